#!/bin/sh
# -l: file and line of functions, variables and undefined symbols, in every format.
. "${top_srcdir:?}/tests/lib.sh"
cat >l.c <<'E'
extern int ext(int);
int var = 3;
static int stat = 4;
int
func(int a)
{
    static int counter;
    return a + stat + counter++;
}
int main(void)
{
    return ext(func(var));
}
E
names='s/^[0-9a-f ]* [A-Za-z] _\{0,1\}//'
want="ext	l.c:12
func	l.c:5
main	l.c:10
stat	l.c:3
var	l.c:2"
# lines LABEL OBJECT
lines() {
	is "$1" "$(nm -l "$2" | sed "$names" | sed 's|	.*/|	|' | grep -E '^(ext|func|main|stat|var)	' | sort)" "$want"
}
tried=0
# try LABEL COMPILER...: compiles l.c
try() {
	tried=$((tried + 1))
	label=$1; shift
	if have "$1" && "$@" -c l.c -o l$tried.o 2>/dev/null; then
		lines "$label" l$tried.o
	else
		skip_test "$label" "no $*"
	fi
}
try "ELF x86-64" gcc -g
try "ELF, DWARF 4" gcc -g -gdwarf-4
try "ELF, compressed" gcc -g -gz
try "ELF i386" gcc -g -m32
try "ELF of clang (address tables)" clang-19 -g
try "ELF AArch64" clang-19 -g --target=aarch64-linux-gnu
try "COFF x86-64" x86_64-w64-mingw32-gcc -g
try "COFF i386" i686-w64-mingw32-gcc -g
try "Mach-O arm64" clang-19 -g --target=arm64-apple-macos11
if have gcc; then # undefined symbols that only data refers to: the variable's line, as GNU's
	printf 'extern int one, two, three;\nint pad = 1;\nint *first = &one;\nstatic int *table[] = {\n\t0, &two, &pad };\nint **use(void) { return table; }\nconst int *const ro = &three;\n' >data.c
	gcc -g -c data.c -o data.o
	is "undefined symbols in data" "$(nm -lu data.o | sed 's/^ *U //; s|	.*/|	|')" "one	data.c:3
three	data.c:7
two	data.c:4"
	clang-19 -g -c data.c -o data.o 2>/dev/null && is "of clang" "$(nm -lu data.o | sed 's/^ *U //; s|	.*/|	|' | head -n 2)" "one	data.c:3
three	data.c:7"
fi
if have gcc && echo 'int ext(int x) { return x; }' >e.c && gcc -g l.c e.c -o prog 2>/dev/null; then
	like "a program" "$(nm -l prog)" ' T func	.*/l\.c:5$'
	like "its variables" "$(nm -l prog)" ' D var	.*/l\.c:2$'
	unlike "code without lines has none" "$(nm -l prog)" ' _start	'
fi
# many symbols: the line table is read once, not once per symbol
if have gcc python3; then
	python3 - <<-'E' >many.s
	print('.file 1 "many.c"\n.text')
	for i in range(600000): print('.globl f%d\n.type f%d,@function\nf%d: .loc 1 %d\nret\n.size f%d,1' % (i, i, i, i + 1, i))
	E
	gcc -g -c many.s -o many.o || exit 99
	t=$(python3 - "$OBJKIT" <<-'E'
	import os, subprocess, sys
	n = subprocess.run([sys.argv[1], 'nm', '-l', 'many.o'], capture_output=True).stdout
	t = os.times(); print(int(t.children_user + t.children_system), n.count(b'.c:') + n.count(b'.s:'))
	E
	)
	is "600,000 symbols all have a line" "${t#* }" 600000
	[ -n "${SANITIZED:-}" ] || ok "in under 5 s of processor time (${t% *})" test "${t% *}" -lt 5
fi
done_testing
