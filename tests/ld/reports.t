# What a link reports: map, cross references, dependencies, undefined symbols, colours, limits.
. "${top_srcdir:?}/tests/lib.sh"
need gcc x86_64-w64-mingw32-gcc
cat >main.c <<'C'
int helper(int); int var = 3;
int start(void) { return helper(var); }
C
echo 'int helper(int x) { return x; } int unwanted(void) { return 0; }' >helper.c
echo 'int lone(void) { return 1; }' >lone.c
for kind in elf_x86_64 i386pep; do
	case $kind in elf*) cc=gcc ;; *) cc=x86_64-w64-mingw32-gcc ;; esac
	$cc -fno-asynchronous-unwind-tables -ffunction-sections -c main.c helper.c lone.c
	rm -f libh.a; ar rcs libh.a helper.o lone.o
	ok "$kind: link with reports" ld -m $kind -e start main.o libh.a -o p -Map=p.map --cref --dependency-file=p.d --gc-sections
	like "the member and why it was taken" "$(grep -A4 '^Archive member included' p.map | tr '\n' ' ')" 'libh\.a\(helper\.o\) +main\.o \(helper\)'
	unlike "the other member is not there" "$(sed -n '/^LOAD/,/^Cross/p' p.map)" 'lone\.o'
	like "discarded sections" "$(sed -n '/^Discarded/,/^Memory/p' p.map | tr '\n' ' ')" 'unwanted.*helper\.o'
	want=$(nm p | awk '$3 == "helper" { print $1 }')
	is "a symbol's address" "$(awk '$2 == "helper" { print substr($1, 3) }' p.map)" "$want"
	like "cross references: definition first" "$(grep -A1 '^helper ' p.map | tr '\n' ' ')" '^helper +libh\.a\(helper\.o\) +main\.o'
	is "dependencies" "$(sed -n '1,3p' p.d | tr -d '\n\\')" 'p:   main.o   libh.a'
	ok "make reads them" make -n -f p.d p
	is "the map on standard output is the same" "$(ld -m $kind -e start main.o libh.a -o p -M --gc-sections | grep -c .)" \
		"$(sed '/^Cross Reference/,$d' p.map | grep -c .)"
	status "an undefined symbol is an error" 1 ld -m $kind -e start main.o -o q
	like "in GNU's words" "$(cat tap.err)" "undefined reference to .helper'"
	like "with the place" "$(cat tap.err)" '>>> referenced by main\.o:\(\.text.*\) in start'
	ok "--unresolved-symbols=ignore-all" ld -m $kind -e start main.o -o q --unresolved-symbols=ignore-all
	status "an unknown method" 1 ld -m $kind -e start main.o -o q --unresolved-symbols=perhaps
done
printf 'int a(void),b(void),c(void);int start(void){return a()+b()+c();}' >m.c; gcc -c m.c
status "--error-limit" 1 ld -e start m.o -o q --error-limit=2
like "says how many more" "$(cat tap.err)" '1 more undefined'
is "and shows two" "$(grep -c 'undefined reference' tap.err)" 2
status "--color-diagnostics" 1 ld -e start m.o -o q --color-diagnostics=always
like "colours the severity" "$(cat tap.err)" "$(printf '\033')\\[31m"
status "off by default" 1 ld -e start m.o -o q
unlike "no escape" "$(cat tap.err)" "$(printf '\033')"
status "a map that cannot be written" 1 ld -e start m.o -o q --unresolved-symbols=ignore-all -Map=/nonexistent/map
like "is said" "$(cat tap.err)" '/nonexistent/map'
done_testing
