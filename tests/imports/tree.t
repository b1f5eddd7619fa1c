# The tree: search rules of each system, missing and unfit libraries, checks, reasons.
. "${top_srcdir:?}/tests/lib.sh"
need gcc x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-dlltool jq
W="x86_64-w64-mingw32-gcc -nostdlib -shared -e 0"

# ---- Windows: prog -> a.dll -> b.dll -> a.dll (a cycle), prog -> gone.dll
printf 'LIBRARY B.dll\nEXPORTS\nb\n' >b.def; printf 'LIBRARY gone.dll\nEXPORTS\ngone\n' >gone.def
printf 'LIBRARY a.dll\nEXPORTS\na\na2\n' >a.def
for l in a b gone; do x86_64-w64-mingw32-dlltool -d $l.def -l lib$l.a || exit 99; done
mkdir -p w/dlls w/bin
printf 'int b(void); int a(void) { return b(); } int a2(void) { return 0; }\n' >a.c
printf 'int a(void); int b(void) { return a(); }\n' >b.c
$W a.c a.def -o w/bin/a.dll libb.a 2>/dev/null && $W b.c b.def -o w/dlls/b.DLL liba.a 2>/dev/null || exit 99
printf 'int a(void), a2(void), gone(void); int start(void) { return a() + a2() + gone(); }\n' >p.c
x86_64-w64-mingw32-gcc -nostdlib -e start p.c -o w/bin/p.exe liba.a libgone.a || exit 99

is "names compare without case, each library once, cycles end" "$(imports -r -p w/dlls w/bin/p.exe)" \
"w/bin/p.exe: pei-x86-64
    a.dll => w/bin/a.dll
        B.dll => w/dlls/b.DLL
    gone.dll => not found"
is "--missing prints only what is missing" "$(imports --missing -p w/dlls w/bin/p.exe)" "gone.dll"
is "without -p more is missing" "$(imports --missing w/bin/p.exe | sort | tr '\n' ' ')" "B.dll gone.dll "
status "--missing: 2" 2 imports --missing w/bin/p.exe
status "nothing missing: 0" 0 imports --missing -p w/dlls w/bin/a.dll
is "tsv" "$(imports -r -f tsv -p w/dlls w/bin/p.exe)" "$(printf 'a.dll\tw/bin/a.dll\tfound\t1\tw/bin/p.exe\nB.dll\tw/dlls/b.DLL\tfound\t2\ta.dll\ngone.dll\t-\tmissing\t1\tw/bin/p.exe')"
is "json" "$(imports -r -f json -p w/dlls w/bin/p.exe | jq -c '.files[0].tree | map([.name, .status, (.needs | map(.node))])')" \
	'[["w/bin/p.exe","found",[1,2]],["a.dll","found",[3]],["gone.dll","missing",[]],["B.dll","found",[1]]]'
like "dot" "$(imports -f dot -p w/dlls w/bin/p.exe)" '^  n3 -> n1;$'
if have dot; then ok "Graphviz reads it" sh -c '"$OBJKIT" imports -f dot w/bin/p.exe | dot -Tsvg >/dev/null'; fi
is "--why: the shortest chain to a library" "$(imports --why=b.dll -p w/dlls w/bin/p.exe)" \
"w/bin/p.exe
  a.dll => w/bin/a.dll
    B.dll => w/dlls/b.DLL"
is "--why: to a symbol" "$(imports --why=b -p w/dlls w/bin/p.exe)" \
"w/bin/p.exe
  a.dll => w/bin/a.dll
    b from B.dll"
is "--why, json: a library" "$(imports --why=b.dll -f json -p w/dlls w/bin/p.exe w/bin/p.exe | jq -c '.files[1].why | map([.name, .status, .path])')" \
	'[["w/bin/p.exe","found","w/bin/p.exe"],["a.dll","found","w/bin/a.dll"],["B.dll","found","w/dlls/b.DLL"]]'
is "--why, json: a symbol" "$(imports --why=b -f json -p w/dlls w/bin/p.exe | jq -c '.files[0] | [(.why | length), .symbol, .["library"]]')" '[2,"b","B.dll"]'
is "--why, dot: the chain alone" "$(imports --why=b -f dot -p w/dlls w/bin/p.exe)" 'digraph "p.exe" {
  node [shape=box];
  n0 [label="p.exe"];
  n1 [label="a.dll"];
  n0 -> n1;
  s [shape=plain, label="b"];
  n1 -> s;
}'
is "--missing, dot: the drawing alone" "$(imports --missing -f dot w/bin/p.exe | grep -vc '^[ }]')" 1
status "--missing, dot: 2" 2 imports --missing -f dot w/bin/p.exe
is "--missing, json" "$(imports --missing -f json w/bin/p.exe | jq -c '[.files[0].tree[] | select(.status == "missing").name] | sort')" '["B.dll","gone.dll"]'
for other in --exports --imphash --requires-windows --diff; do status "dot does not draw $other" 1 imports -f dot $other w/bin/p.exe w/bin/a.dll; done
status "--why: nothing brings it in" 1 imports --why=nope w/bin/p.exe
is "--check: all is there but gone.dll" "$(imports --check -p w/dlls w/bin/p.exe)" "gone.dll"
printf 'LIBRARY a.dll\nEXPORTS\na\n' >a1.def
$W a.c a1.def -o w/bin/a.dll libb.a 2>/dev/null || exit 99
is "--check: a2 is no longer exported" "$(imports --check -p w/dlls w/bin/p.exe | sed 1d)" \
	"w/bin/p.exe: a2 is not in a.dll (w/bin/a.dll)"
is "--check, json" "$(imports --check -f json -p w/dlls w/bin/p.exe | jq -c '.files[0].lacking')" \
	'[{"by":"w/bin/p.exe","library":"a.dll","name":"a2"}]'
is "--check, json: one object, whatever is found" "$(imports --check -f json -p w/dlls w/bin/p.exe w/bin/a.dll w/bin/p.exe | jq '.files | length')" 3
is "--check, tsv" "$(imports --check -f tsv -p w/dlls w/bin/p.exe | sed -n '$p')" "$(printf 'w/bin/p.exe\ta2\ta.dll')"
# forwarders are followed: a2 now lives in b.dll, then nowhere
printf 'LIBRARY a.dll\nEXPORTS\na\na2=B.b\n' >a1.def
$W a.c a1.def -o w/bin/a.dll libb.a 2>/dev/null || exit 99
is "--check: a forwarder that leads somewhere" "$(imports --check -p w/dlls w/bin/p.exe)" "gone.dll"
printf 'LIBRARY a.dll\nEXPORTS\na\na2=B.zzz\n' >a1.def
$W a.c a1.def -o w/bin/a.dll libb.a 2>/dev/null || exit 99
like "--check: a forwarder that leads nowhere" "$(imports --check -p w/dlls w/bin/p.exe)" '^w/bin/p.exe: a2 is not in a.dll'
status "--check: 2" 2 imports --check -p w/dlls w/bin/p.exe
printf 'LIBRARY a.dll\nEXPORTS\na\na2=a.a2\n' >a1.def
$W a.c a1.def -o w/bin/a.dll libb.a 2>/dev/null || exit 99
status "--check: a forwarder to itself ends" 2 timeout 10 "$OBJKIT" imports --check -p w/dlls w/bin/p.exe

# an unfit a.dll in front of the right one is passed over with a note
mkdir w/wrong && i686-w64-mingw32-gcc -nostdlib -shared -Wl,-e,0 b.c -o w/wrong/B.dll -Wl,--unresolved-symbols=ignore-all 2>/dev/null ||
	i686-w64-mingw32-gcc -nostdlib -shared -Wl,-e,0 p.c -o w/wrong/B.dll -Wl,--unresolved-symbols=ignore-all 2>/dev/null
if [ ! -f w/wrong/B.dll ]; then
	printf 'int q(void) { return 1; }\n' >q.c
	i686-w64-mingw32-gcc -nostdlib -shared -Wl,-e,0 q.c -o w/wrong/B.dll || exit 99
fi
is "a library for another machine is passed over" "$(imports -r -p w/wrong -p w/dlls w/bin/p.exe 2>/dev/null | grep B.dll)" \
	"        B.dll => w/dlls/b.DLL"
like "with a note" "$(imports -r -p w/wrong -p w/dlls w/bin/p.exe 2>&1 >/dev/null)" 'w/wrong/B.dll: skipped: it is for pei-i386'

# system DLLs: known by name, looked for only below --sysroot
printf 'int main(void) { return 0; }\n' >m.c && x86_64-w64-mingw32-gcc m.c -o m.exe && i686-w64-mingw32-gcc m.c -o m32.exe || exit 99
status "system DLLs are not missing" 0 imports --missing m.exe
like "they are marked" "$(imports -r m.exe)" '^    KERNEL32.dll \(system\)$'
mkdir -p s/Windows/System32 s/Windows/SysWOW64
status "below a sysroot they must be there" 2 imports --missing --sysroot=s m.exe
cp w/dlls/b.DLL s/Windows/System32/kernel32.dll && cp w/dlls/b.DLL s/Windows/System32/msvcrt.dll
like "and are found in System32 without regard to case" "$(imports -r --sysroot=s m.exe 2>&1)" \
	'^    KERNEL32.dll => s/Windows/System32/kernel32.dll$'
cp w/wrong/B.dll s/Windows/SysWOW64/kernel32.dll
like "for i386 in SysWOW64" "$(imports -r --sysroot=s m32.exe 2>&1)" '^    KERNEL32.dll => s/Windows/SysWOW64/kernel32.dll$'

# API sets
printf 'LIBRARY api-ms-win-crt-math-l1-1-0.dll\nEXPORTS\nsinx\n' >api.def
x86_64-w64-mingw32-dlltool -d api.def -l libapi.a && printf 'int sinx(void); int start(void) { return sinx(); }\n' >api.c &&
	x86_64-w64-mingw32-gcc -nostdlib -e start api.c -o api.exe libapi.a || exit 99
is "an API set names its host" "$(imports -r api.exe | sed 1d)" "    api-ms-win-crt-math-l1-1-0.dll => ucrtbase.dll (system)"
is "--why: by the name of the API set" "$(imports --why=api-ms-win-crt-math-l1-1-0.dll api.exe)" "api.exe
  ucrtbase.dll"
printf 'api-ms-win-crt-math-l1-1-0\tother.dll\n' >sets
is "--apiset gives another table" "$(imports -r --apiset=sets api.exe | sed 1d)" \
	"    api-ms-win-crt-math-l1-1-0.dll => other.dll => not found"

schema=$(ls /usr/lib/*/wine/x86_64-windows/apisetschema.dll 2>/dev/null | head -n 1)
if [ -n "$schema" ]; then
	is "--apiset reads a Windows version's own schema" "$(imports -r --apiset="$schema" api.exe | sed 1d)" \
		"    api-ms-win-crt-math-l1-1-0.dll => ucrtbase.dll (system)"
	head -c 12000 "$schema" >cut.dll
	status "a damaged schema fails" 1 imports -r --apiset=cut.dll api.exe
else skip_test "apisetschema.dll" "wine is not installed"; fi
status "a DLL without a schema fails" 1 imports -r --apiset=w/bin/a.dll api.exe

# ---- ELF
mkdir -p e/lib e/run e/x
printf 'int two(void) { return 2; }\n' >two.c; printf 'int two(void); int one(void) { return two(); }\n' >one.c
gcc -shared -fPIC two.c -o e/run/libtwo.so && gcc -shared -fPIC one.c -o e/lib/libone.so -Le/run -ltwo -Wl,-rpath,'$ORIGIN/../run' &&
	printf 'int one(void); int main(void) { return one(); }\n' >em.c &&
	gcc em.c -o e/x/prog -Le/lib -lone -Wl,-rpath-link,e/run -Wl,-rpath,'$ORIGIN/../lib' || exit 99
is "ELF: RUNPATH, \$ORIGIN of each library" "$(imports -r -f tsv e/x/prog | cut -f1-3 | grep 'lib\(one\|two\)')" \
	"$(printf 'libone.so\te/x/../lib/libone.so\tfound\nlibtwo.so\te/x/../lib/../run/libtwo.so\tfound')"
status "ELF: all symbols found" 0 imports --check e/x/prog
is "ELF: RUNPATH of the program does not serve its libraries" "$(gcc -shared -fPIC one.c -o e/lib/libone.so -Le/run -ltwo;
	gcc em.c -o e/x/prog -Le/lib -lone -Wl,-rpath-link,e/run -Wl,--enable-new-dtags,-rpath,'$ORIGIN/../lib:$ORIGIN/../run'; imports --missing e/x/prog)" "libtwo.so"
is "ELF: RPATH does" "$(gcc em.c -o e/x/prog -Le/lib -lone -Wl,-rpath-link,e/run -Wl,--disable-new-dtags,-rpath,'$ORIGIN/../lib:$ORIGIN/../run'; imports --missing e/x/prog)" ""
gcc em.c -o e/x/prog -Le/lib -lone -Wl,-rpath-link,e/run
is "ELF: LD_LIBRARY_PATH only when asked" "$(LD_LIBRARY_PATH=e/lib:e/run imports --missing e/x/prog)" "libone.so"
is "ELF: then it counts" "$(LD_LIBRARY_PATH=e/lib:e/run imports --missing --env e/x/prog)" ""
printf 'int three(void) { return 2; }\n' >two.c; gcc -shared -fPIC two.c -o e/run/libtwo.so
is "ELF: a symbol that nobody defines" "$(imports --check -p e/lib -p e/run e/x/prog)" "libone.so: two is not in any library"
is "ELF: the tree is ldd's" "$(imports -r -f tsv /bin/sh | cut -f1 | sort)" \
	"$(ldd /bin/sh | sed -n 's/^[[:space:]]*\(\/[^ ]*\/\)\{0,1\}\([^ ]*\) .*/\2/p' | grep -v vdso | sort)"
# copies for better processors
mkdir -p h/lib/glibc-hwcaps/x86-64-v2 h/lib/glibc-hwcaps/x86-64-v3
gcc -shared -fPIC two.c -o h/lib/libtwo.so && cp h/lib/libtwo.so h/lib/glibc-hwcaps/x86-64-v2/ &&
	cp h/lib/libtwo.so h/lib/glibc-hwcaps/x86-64-v3/ && cp h/lib/libtwo.so h/lib/glibc-hwcaps/x86-64-v3/libfew.so || exit 99
printf 'int three(void); int main(void) { return three(); }\n' >hm.c
gcc -shared -fPIC two.c -Wl,-soname,libfew.so -o h/libfew.so && gcc hm.c -o h/p -Lh/lib -ltwo && gcc hm.c -o h/q h/libfew.so || exit 99
at() { imports -r -f tsv "$@" | awk '$1 ~ /two|few/ {print $2}'; }
is "hwcaps: the copy for all" "$(at -p h/lib h/p)" h/lib/libtwo.so
is "hwcaps: as on a v2" "$(at --hwcaps=x86-64-v2 -p h/lib h/p)" h/lib/glibc-hwcaps/x86-64-v2/libtwo.so
is "hwcaps: as on a v4" "$(at --hwcaps=x86-64-v4 -p h/lib h/p)" h/lib/glibc-hwcaps/x86-64-v3/libtwo.so
is "hwcaps: nothing for all" "$(at -p h/lib h/q)" h/lib/glibc-hwcaps/x86-64-v3/libfew.so
status "hwcaps: an unknown level" 1 imports -r --hwcaps=x86-64-v9 h/p
# the loader's cache: the only way to a directory that no configuration names
mkdir -p c/etc c/opt/odd c/lib && cp h/lib/libtwo.so c/opt/odd/ && echo /opt/odd >c/etc/ld.so.conf
if have /sbin/ldconfig && /sbin/ldconfig -r c -C /etc/ld.so.cache 2>/dev/null && [ -s c/etc/ld.so.cache ]; then
	rm c/etc/ld.so.conf
	is "ld.so.cache" "$(at --sysroot=c h/p)" c/opt/odd/libtwo.so
	head -c 60 c/etc/ld.so.cache >cut && cp cut c/etc/ld.so.cache
	is "ld.so.cache, cut" "$(at --sysroot=c h/p)" -
else skip_test "ld.so.cache" "ldconfig cannot make one here"; fi
status "an object has no tree" 1 imports -r "$(gcc -c em.c -o em.o; echo em.o)"
status "in a directory it is passed over" 0 imports -r -p e/lib -p e/run e/x
done_testing
