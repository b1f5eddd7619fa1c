# Every output format, golden, for PE, ELF, objects and import libraries described as text.
. "${top_srcdir:?}/tests/lib.sh"
need x86_64-w64-mingw32-gcc x86_64-w64-mingw32-dlltool gcc jq
printf 'LIBRARY one.dll\nEXPORTS\nalpha\nbeta @7 NONAME\ndelta DATA\n' >one.def
printf 'LIBRARY ws2_32.dll\nEXPORTS\nWSAStartup @115 NONAME\n' >ws.def
x86_64-w64-mingw32-dlltool -d one.def -l libone.a && x86_64-w64-mingw32-dlltool -d ws.def -l libws.a || exit 99
cat >p.c <<'C'
__declspec(dllimport) int alpha(void), beta(void), WSAStartup(int, void *);
__declspec(dllimport) extern int delta;
int start(void) { return alpha() + beta() + delta + WSAStartup(1, 0); }
C
x86_64-w64-mingw32-gcc -nostdlib -e start p.c -o p.exe libone.a libws.a || exit 99

is "the table" "$(imports p.exe)" "p.exe: pei-x86-64
one.dll
     8  alpha
    #7
     9  delta
ws2_32.dll
  #115"
is "tsv" "$(imports -f tsv p.exe | sort)" "$(printf 'one.dll\t#7\tnormal\none.dll\talpha\tnormal\none.dll\tdelta\tnormal\nws2_32.dll\t#115\tnormal')"
is "tsv with -A" "$(imports -A -f tsv p.exe | cut -f1 | uniq)" "p.exe"
is "posix" "$(imports -P --symbol=alpha p.exe | sed 's/[0-9]*$/N/')" "p.exe: alpha one.dll normal N"
is "plain" "$(imports -f plain --lib='ws*' p.exe)" "#115:ws2_32.dll"
is "cgo" "$(imports -f cgo --lib='NONE*' p.exe; imports -f cgo --symbol=alpha p.exe)" \
	'//go:cgo_import_dynamic alpha alpha "one.dll"'
is "--lib: DLLs' names have no case" "$(imports -L -f tsv --lib='WS2_[0-9]*.DLL' p.exe | cut -f1)" ws2_32.dll
for two in '--exports --tree' '--imphash --why=x' '--requires-windows --diff p.exe' '--missing --exports'; do
	status "what excludes each other: $two" 1 imports $two p.exe
done
status "what goes together" 2 imports --tree --missing p.exe
is "--symbol finds names of ordinals" "$(imports -f plain --name-ordinals --symbol='WSA*' p.exe)" "WSAStartup:ws2_32.dll"
is "known ordinals are named on request" "$(imports -f plain --name-ordinals --lib='ws*' p.exe)" "WSAStartup:ws2_32.dll"
printf 'LIBRARY WS2_32\nEXPORTS\n MyName @115\n other @9\n' >ord.def
is "--ordinals names them from a .def file" "$(imports -f plain --ordinals=ord.def --lib='ws*' p.exe)" "MyName:ws2_32.dll"
# ... from an import library, long or short, of either word size, and from a list
is "--ordinals: a long import library" "$(imports -f plain --ordinals=libone.a --lib='one*' p.exe | sort)" "alpha:one.dll
beta:one.dll
delta:one.dll"
for m in i386:x86-64 i386; do
	have llvm-dlltool-19 || { skip_test "--ordinals: a short import library" "llvm-dlltool-19 is not installed"; continue; }
	printf 'LIBRARY ws2_32.dll\nEXPORTS\nShort @115 NONAME\n?f@C@@QAEXXZ @9 NONAME\n' >short.def
	llvm-dlltool-19 -m $m -d short.def -l short.lib
	is "--ordinals: a short import library ($m)" "$(imports -f plain --ordinals=short.lib --lib='ws*' p.exe)" "Short:ws2_32.dll"
done
mkdir -p l; printf '# ordinals\n115 Listed\r\n\n9\tOther\n' >l/ws2_32.ord
is "--ordinals: a list" "$(imports -f plain --ordinals=l/ws2_32.ord --lib='ws*' p.exe)" "Listed:ws2_32.dll"
is "--ordinals: the first name counts" "$(imports -f plain --ordinals=ord.def --ordinals=l/ws2_32.ord --lib='ws*' p.exe)" "MyName:ws2_32.dll"
is "--ordinals: json says both" "$(imports -f json --ordinals=l/ws2_32.ord --lib='ws*' p.exe | jq -c '.files[0].libraries[0].symbols[0] | [.ordinal, .known_as]')" '[115,"Listed"]'
printf '115 Listed\n70000 TooMuch\n' >l/bad.ord
status "--ordinals: a bad list" 1 imports --ordinals=l/bad.ord p.exe
like "... says where" "$(imports --ordinals=l/bad.ord p.exe 2>&1 >/dev/null)" '^imports: l/bad.ord: line 2: not an ordinal and a name$'
like "--ordinals: a library without any" "$(imports --ordinals=e.o p.exe 2>&1 >/dev/null; printf 'int x;\n' >e.c; gcc -c e.c -o e.o; imports --ordinals=e.o p.exe 2>&1 >/dev/null)" 'warning: e.o: names no ordinals'
head -c 100 libone.a >cutlib.a
status "--ordinals: a damaged library" 1 imports --ordinals=cutlib.a p.exe
status "a .def file that is not there" 1 imports --ordinals=none.def p.exe
is "libraries only" "$(imports -L p.exe)" "$(printf 'p.exe: pei-x86-64\n\tone.dll\n\tws2_32.dll')"
is "-A names the file on each line" "$(imports -AL p.exe)" "p.exe: one.dll
p.exe: ws2_32.dll"
is "json" "$(imports -f json p.exe | jq -c '.files[0].libraries[] | [.name, .kind, (.symbols | map(.name // .ordinal) | sort_by(tostring))]')" \
	'["one.dll","needed",[7,"alpha","delta"]]
["ws2_32.dll","needed",[115]]'
is "json: every file one object, whatever the order" "$(imports -f json p.exe p.exe p.exe | jq '.files | length')" 3
ok "json of nothing is valid" sh -c '"$OBJKIT" imports -f json nothere 2>/dev/null | jq -e ".files == []"'
is "sysv" "$(imports -f sysv --symbol=alpha p.exe | sed -n '$p' | cut -d'|' -f1-3)" \
	"alpha                           |one.dll                 |normal"
is "--kind leaves others out" "$(imports -f tsv --kind=delay p.exe)" ""

# a library of ours as a DLL, and what it exports
printf 'LIBRARY e.dll\nEXPORTS\nfwd=one.alpha\nmine @9\nhidden @4 NONAME\n' >e.def
printf 'int mine(void) { return 1; }\nint hidden(void) { return 2; }\n' >e.c
x86_64-w64-mingw32-gcc -nostdlib -shared -e 0 e.c e.def -o e.dll 2>/dev/null || exit 99
is "--exports" "$(imports --exports -f tsv e.dll | cut -f1,2,4,5)" "$(printf '#4\t4\texport\t-\nfwd\t5\tforward\tone.alpha\nmine\t9\texport\t-' | sort)"
is "--exports, json" "$(imports --exports -f json e.dll | jq -c '[.files[0].exports[] | [.name, .ordinal, .forward]] | sort')" \
	"$(imports --exports -f tsv e.dll | cut -f1,2,5 | jq -Rc 'split("\t") | [(.[0] | if startswith("#") then null else . end), (.[1] | tonumber), (.[2] | if . == "-" then null else . end)]' | jq -sc sort)"

# import libraries
is "a long import library" "$(imports -f tsv libone.a | sort)" "$(printf 'one.dll\t#7\tnormal\none.dll\talpha\tnormal\none.dll\tdelta\tnormal')"
like "data and names are marked" "$(imports libone.a)" 'delta \(data\)'
if have llvm-dlltool-19; then
	llvm-dlltool-19 -m i386:x86-64 -d one.def -l one.lib
	is "a short import library says the same" "$(imports -f tsv one.lib | sort)" "$(imports -f tsv libone.a | sort)"
else skip_test "short import library" "llvm-dlltool-19 is not installed"; fi
x86_64-w64-mingw32-dlltool -d ws.def -l libone2.a && printf 'create m.a\naddlib libone.a\naddlib libws.a\nsave\n' | "$OBJKIT" ar -M
is "two DLLs in one library" "$(imports -f tsv m.a | cut -f1 | sort -u)" "$(printf 'one.dll\nws2_32.dll')"

# ELF and objects
printf 'int puts(const char *);\n__attribute__((weak)) int opt(void);\nint main(void) { return puts("x") + (opt ? opt() : 0); }\n' >m.c
gcc -fPIE -pie m.c -o m && gcc -fPIE -c m.c -o m.o || exit 99
like "ELF: library, symbol and version" "$(imports -f tsv m)" '^libc.so.6	puts@GLIBC_[0-9.]+	undef$'
like "ELF: the library by itself" "$(imports -f tsv m)" '^libc.so.6	-	needed$'
like "ELF: weak, of no library" "$(imports -f tsv m)" '^-	opt	weak$'
is "-u: symbols only" "$(imports -u -f tsv m | grep -c needed)" 0
like "cgo: version behind #" "$(imports -f cgo m)" '^//go:cgo_import_dynamic puts puts#GLIBC_[0-9.]+ "libc.so.6"$'
is "cgo: libraries behind the symbols" "$(imports -f cgo m | sed -n '$p')" '//go:cgo_import_dynamic _ _ "libc.so.6"'
like "cgo: the interpreter" "$(imports -f cgo m)" '^//go:cgo_dynamic_linker "/lib'
is "an object's undefined symbols" "$(imports -f plain m.o | grep -v GLOBAL_OFFSET | sort)" "opt:-
puts:-"
is "a static library: what no member defines" "$(printf 'int puts(const char*); int g(void){return puts("");}' >g.c; printf 'int g(void); int h(void){return g();}' >h.c; gcc -c g.c h.c && "$OBJKIT" ar rcs s.a g.o h.o; imports -f plain s.a | grep -v GLOBAL_OFFSET)" "puts:-"
is "... and member by member" "$(imports -A -f plain s.a | grep -v GLOBAL_OFFSET)" "s.a(g.o): puts:-
s.a(h.o): g:-"
printf 'extern "C" int puts(const char*); namespace n { int f(int); } int x() { return n::f(puts("")); }' >d.cc
gcc -c d.cc -o d.o
like "-C demangles" "$(imports -C -f plain d.o)" '^n::f\(int\):-$'

# names that are not plain
mkobj - >odd.o <<'E'
elf64 machine=X86_64 type=REL
section .text
  bytes c3
symbol "a\nb" GLOBAL
symbol "t\tab" GLOBAL
E
if [ -s odd.o ]; then
	is "control characters are escaped" "$(imports -u odd.o | sed 1d)" '  a\x0ab
  t\x09ab'
fi
status "no file" 1 imports
status "a wrong format" 1 imports -f nonsense p.exe
status "a file that is not there" 1 imports nothere
status "a text file" 1 imports p.c
ok "one readable file among others is still printed" sh -c '"$OBJKIT" imports nothere p.exe 2>/dev/null | grep -q alpha'
status "/dev/full" 1 sh -c '"$OBJKIT" imports p.exe >/dev/full'
is "threads do not change the output" "$(imports --threads=4 p.exe m m.o s.a libone.a p.exe e.dll | cksum)" \
	"$(imports --threads=1 p.exe m m.o s.a libone.a p.exe e.dll | cksum)"
is "--diff" "$(imports --diff p.exe p.exe)" ""
is "--diff shows what went and what came" "$(imports --diff libone.a libws.a | cut -f1,2 | sort)" \
	"$(printf '+ws2_32.dll\t#115\n-one.dll\t#7\n-one.dll\talpha\n-one.dll\tdelta')"
is "--diff, json" "$(imports --diff -f json libone.a libws.a | jq -c '[(.removed | length), (.added | length)]')" "[3,1]"
done_testing
