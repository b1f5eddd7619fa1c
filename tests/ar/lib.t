# objkit lib: Microsoft's front, compared with llvm-lib.
. "${top_srcdir:?}/tests/lib.sh"
need clang-19 llvm-lib-19 llvm-ar-19
lib() { "$OBJKIT" lib "$@"; }
printf 'int foo(void){return 1;} int bar;' >f.c; printf 'int other(void){return 2;}' >g.c
for a in x86_64 i686 aarch64; do clang-19 -target $a-pc-windows-msvc -c f.c -o f-$a.obj || exit 99; done
clang-19 -target x86_64-pc-windows-msvc -c g.c -o g-with-a-long-name.obj
ok "a library" lib /out:o.lib f-x86_64.obj g-with-a-long-name.obj
llvm-lib-19 /out:l.lib f-x86_64.obj g-with-a-long-name.obj; same "the same bytes as llvm-lib's" o.lib l.lib
ok "options with a dash, in any case" lib -OUT:o2.lib /NOLOGO f-x86_64.obj g-with-a-long-name.obj
same "the same" o2.lib o.lib
ok "libraries give their members" lib /out:o3.lib o.lib f-x86_64.obj
is "flattened" "$(ar t o3.lib | sort)" "f-x86_64.obj
f-x86_64.obj
g-with-a-long-name.obj"
rm -f l3.lib; llvm-lib-19 /out:l3.lib o.lib f-x86_64.obj; same "as llvm-lib" o3.lib l3.lib
lib /out:o4.lib f-x86_64.obj f-x86_64.obj; is "an input named twice" "$(ar t o4.lib)" f-x86_64.obj
is "/list" "$(lib /list o.lib)" "$(ar t o.lib)"
ok "default output" lib f-x86_64.obj; ok "is named after the input" test -f f-x86_64.lib
status "another machine" 1 lib /out:w.lib f-x86_64.obj f-i686.obj
like "is named" "$(cat tap.err)" "f-i686.obj: is for i386, the library for x86-64"
status "/machine" 1 lib /out:w.lib /machine:arm64 f-x86_64.obj
ok "no output then" test ! -e w.lib
ok "/machine that fits" lib /out:a.lib /machine:ARM64 f-aarch64.obj
mkdir d; cp f-x86_64.obj d/in-d.obj; ok "/libpath" lib /out:p.lib /libpath:d in-d.obj
ok "/llvmlibempty" lib /out:e.lib /llvmlibempty; llvm-lib-19 /out:le.lib /llvmlibempty
same "an empty library" e.lib le.lib
ok "/llvmlibthin" lib /out:t.lib /llvmlibthin f-x86_64.obj; is "is thin" "$(head -c 7 t.lib)" '!<thin>'
status "text is no object" 1 lib /out:w.lib f.c
status "unknown option" 1 lib /out:w.lib -zzz f-x86_64.obj
# import libraries
cat >x.def <<'E'
LIBRARY some.dll
EXPORTS
  foo
  by_number @7 NONAME
  numbered @9
  variable DATA
  hidden PRIVATE
  std@8
  ?cxx@@YAXXZ
E
cat >y.def <<'E'
EXPORTS
  other == real_other
E
for m in x64 x86 arm64; do
	ok "/def, $m" lib /def:x.def /machine:$m /out:i-$m.lib
	llvm-lib-19 /def:x.def /machine:$m /out:l-$m.lib
	is "/def, $m: the symbols of llvm-lib's" "$(llvm-nm-19 --print-armap i-$m.lib 2>/dev/null | grep ' in ' | sed 's/ in .*//' | sort)" \
		"$(llvm-nm-19 --print-armap l-$m.lib 2>/dev/null | grep ' in ' | sed 's/ in .*//' | sort)"
	is "/def, $m: the imports of llvm-lib's" "$(imports -f tsv i-$m.lib | sort)" "$(imports -f tsv l-$m.lib | sort)"
done
# two views of one DLL: what ARM64EC code sees and what native code does
cat >ec.def <<'E'
LIBRARY some.dll
EXPORTS
  foo
  by_number @7 NONAME
  variable DATA
  other == real_other
  ?cxx@@YAXXZ
  ?f@N@@YAXXZ
  ??0N@@QEAA@XZ
  ??_GN@M@@UEAAPEAXI@Z
  ?g@?A0x1234@@YAXXZ
  ?h@N@1@YAXXZ
  ?ec@@$$hYAXXZ
E
printf 'LIBRARY some.dll\nEXPORTS\n foo\n nat\n variable DATA\n' >native.def
both_maps() { llvm-nm-19 --print-armap "$1" 2>/dev/null | sed -n '/^Archive/p; / in /p'; }
for m in arm64ec arm64x; do
	for n in /defArm64Native:native.def ''; do
		# shellcheck disable=SC2086 # nothing, or one word
		ok "/def, $m $n" lib /def:ec.def $n /machine:$m /out:ec-$m.lib
		# shellcheck disable=SC2086
		llvm-lib-19 /def:ec.def $n /machine:$m /out:lec-$m.lib
		is "/def, $m $n: both indexes are llvm-lib's" "$(both_maps ec-$m.lib)" "$(both_maps lec-$m.lib)"
		llvm-readobj-19 ec-$m.lib 2>/dev/null | grep -v ^File >r1; llvm-readobj-19 lec-$m.lib 2>/dev/null | grep -v ^File >r2
		same "/def, $m $n: and every member" r1 r2
	done
	if [ $m = arm64ec ]; then
		llvm-lib-19 /def:ec.def /defArm64Native:native.def /machine:$m /out:lec-$m.lib
		cp lec-$m.lib s.lib; ar s s.lib; same "ar s keeps both indexes of an import library" s.lib lec-$m.lib
	fi
done
# "#f" is a name, "# f" a comment
printf 'LIBRARY some.dll\n# a comment\nEXPORTS ## another\n  #foo # a third\n  bar\n  b#az\n' >hash.def
printf 'LIBRARY some.dll\nEXPORTS\n  #foo\n  bar\n  b#az\n' >hash0.def
for m in arm64ec x64; do
	ok "/def with #, $m" lib /def:hash.def /machine:$m /out:hash.lib
	llvm-lib-19 /def:hash0.def /machine:$m /out:lhash.lib
	is "names that begin with #, $m: llvm-lib's indexes" "$(both_maps hash.lib)" "$(both_maps lhash.lib)"
	llvm-readobj-19 hash.lib 2>/dev/null | grep -E '^(Export|Name|Type|Symbol|Nam)' >r1; llvm-readobj-19 lhash.lib 2>/dev/null | grep -E '^(Export|Name|Type|Symbol|Nam)' >r2
	same "$m: and imports" r1 r2
done
printf 'EXPORTS\n#ifdef X\n  foo\n#endif\n' >pp.def
status "a .def that has not been preprocessed" 1 lib /def:pp.def /machine:x64 /out:pp.lib
like "is named with its line" "$(head -n 1 tap.err)" "pp.def:2:1: .*preprocess.* at '#ifdef'"
ok "no library then" test ! -e pp.lib
like "nm lists the four names" "$(nm s.lib | tr '\n' ' ')" "T #foo [0-9]+ I __imp_aux_foo [0-9]+ I __imp_foo [0-9]+ T foo"
like "without a second view it has no effect" "$(lib /def:x.def /defarm64native:native.def /machine:x64 /out:n.lib 2>&1)" "no effect"
# the marks that clang puts into names of C++ functions: taken off, and put on by lib
clang-19 -target arm64ec-pc-windows-msvc -std=c++20 -w -c "$top_srcdir/tests/ar/ec-names.cpp" -o names.obj || exit 99
llvm-nm-19 -j names.obj | grep '^?.*\$\$h' | grep -v '_thunk@' | sort -u >marked
(printf 'LIBRARY a.dll\nEXPORTS\n'; sed 's/\$\$h//; s/^/ /' marked) >names.def
ok "$(grep -c . marked) names of C++ functions that templates, scopes and operators make" lib /def:names.def /machine:arm64ec /out:names.lib
nm -j names.lib 2>err | grep '^?.*\$\$h' | sort -u >got; same "are marked where clang marks them" got marked
ok "there are many" test "$(grep -c . marked)" -gt 150
md5='??@0123456789abcdef0123456789abcdef@'
printf 'LIBRARY a.dll\nEXPORTS\n %s\n %s$$h@\n' "$md5" "$(echo "$md5" | tr 0-9 a-j)" >md5.def; ok "a digest for a name" lib /def:md5.def /machine:arm64ec /out:md5.lib
nm -j md5.lib 2>err | sort -u >got
like "is marked at its end" "$(grep '^??@0' got | tr '\n' ' ')" '^\?\?@[0-9a-f]*@ \?\?@[0-9a-f]*@\$\$h@ $'
like "its mark is taken off there" "$(grep '^??@a' got | tr '\n' ' ')" '^\?\?@[a-j]*@ \?\?@[a-j]*@\$\$h@ $'
for n in '?f@?$A@VB@@QEAAXXZ' '?f' '??$f@' '?f@?$A@$0@@QEAAXXZ' '??' '?f@?1?g@@' '??$f@P6@@' "?f@$(printf '?$A@V%.0s' $(seq 400))"; do
	printf 'LIBRARY a.dll\nEXPORTS\n %s\n' "$n" >tm.def
	status "a name that is none: $(echo "$n" | cut -c 1-20)" 1 lib /def:tm.def /machine:arm64ec /out:tm.lib
	like "is named" "$(cat tap.err)" 'where \$\$h belongs'
done
status "a native .def that is not there" 1 lib /def:x.def /defarm64native:none.def /machine:arm64ec /out:w.lib
ar merge --rename=prefix m.lib i-x64.lib i-x64.lib
is "ar merge renames no short imports" "$(ar t m.lib | sort | uniq -c | tr -s ' ')" " $(($(ar t i-x64.lib | wc -l) * 2)) some.dll"
ok "/name and a name for the DLL alone" lib /def:y.def /machine:x64 /out:y.lib /name:named.dll
is "... " "$(imports -f tsv y.lib | cut -f1,2)" "$(printf 'named.dll\treal_other')"
ok "the output's name is LIBRARY's" lib /def:x.def /machine:x64
same "... with .lib" some.lib i-x64.lib
status "/def without /machine" 1 lib /def:x.def /out:w.lib
status "/def with objects" 1 lib /def:x.def /machine:x64 /out:w.lib f-x86_64.obj
printf 'EXPORTS\n a @99999999\n' >bad.def; status "a damaged .def" 1 lib /def:bad.def /machine:x64 /out:w.lib
like "... is named with its line" "$(cat tap.err)" "bad.def:2:[0-9]+: "
status "a .def that is not there" 1 lib /def:none.def /machine:x64 /out:w.lib
ok "no output then" test ! -e w.lib
if have lld-link; then
	printf 'int foo(void); int other(void); int start(void){return foo()+other();}' >s.c
	clang-19 -target x86_64-pc-windows-msvc -c s.c -o s.obj
	printf 'LIBRARY some.dll\nEXPORTS\n foo\n other\n' >z.def && lib /def:z.def /machine:x64 /out:z.lib
	ok "lld-link links an import library" lld-link /nodefaultlib /subsystem:console /entry:start /out:i.exe s.obj z.lib
	is "and the program imports" "$(imports -f plain i.exe | sort | tr '\n' ' ')" "foo:some.dll other:some.dll "
	ok "lld-link links it" lld-link /nodefaultlib /subsystem:console /entry:start /out:p.exe s.obj o.lib
fi
done_testing
