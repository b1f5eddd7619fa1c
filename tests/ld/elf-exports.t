# What a library or program exports: __start_ and __stop_ symbols, symbols of scripts, dynamic lists by kind.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf
. "$top_srcdir/tests/ld/elf.sh"
exports() { readelf --dyn-syms -W "$1" | awk '$7 != "UND" && $7 != "Ndx" && NF >= 8 { sub(/@.*/, "", $8); print $8 }' | sort | tr '\n' ' '; }
vis() { readelf -sW "$1" | awk -v n="$2" '$8 == n { v = $5 " " $6 } END { print v }'; }
cat >k.c <<'X'
__attribute__((section("myset"))) int e1 = 1;
extern int __start_myset[], __stop_myset[];
int size(void) { return __stop_myset - __start_myset; }
X
gcc -c -fPIC k.c || exit 99
ok "a library with __start_ and __stop_" ld -shared k.o -o k.so
is "... exports them" "$(exports k.so)" "__start_myset __stop_myset e1 size "
is "... protected" "$(vis k.so __start_myset)" "GLOBAL PROTECTED"
ok "-z start-stop-visibility=default" ld -shared -z start-stop-visibility=default k.o -o k.so
is "... can be replaced" "$(vis k.so __stop_myset)" "GLOBAL DEFAULT"
ok "-z start-stop-visibility=hidden" ld -shared -z start-stop-visibility=hidden k.o -o k.so
is "... is not exported" "$(exports k.so)" "e1 size "
status "another word" 1 ld -shared -z start-stop-visibility=none k.o -o k.so
like "... is named" "$(cat tap.err)" 'start-stop-visibility=none: it is default, internal, hidden or protected'
echo 'V1 { global: size; local: *; };' >v.map
ok "a version script" ld -shared --version-script=v.map k.o -o k.so
is "... has its say" "$(exports k.so)" "V1 size "
sed 's/extern int/extern __attribute__((visibility("hidden"))) int/' k.c >kh.c
gcc -c -fPIC kh.c
ok "references that ask for hidden ones" ld -shared kh.o -o k.so
is "... get them" "$(exports k.so)" "e1 size "
# each module has its own
cat >m.c <<'X'
#include <stdio.h>
__attribute__((section("myset"))) int m1 = 1, m2 = 2, m3 = 3;
extern int __start_myset[], __stop_myset[];
int size(void);
int main(void) { printf("%d %d\n", (int)(__stop_myset - __start_myset), size()); return 0; }
X
ok "a library and a program with the same set" link k.so -shared k.o
ok "... the program" link m m.c k.so -Wl,-rpath,.
prints "... each sees its own" "3 1" ./m
echo 'made = size;' >s.ld
ok "a script's symbol in a library" ld -shared k.o s.ld -o k.so
like "... is exported" "$(exports k.so)" 'made '
ok "... with a version script" ld -shared --version-script=v.map k.o s.ld -o k.so
unlike "... is not" "$(exports k.so)" 'made'

cat >d.cc <<'X'
int data = 1;
int fn() { return data; }
struct A { virtual ~A() {} };
A *make() { return new A; }
void *operator new(unsigned long);
X
g++ -fPIC -O0 -c d.cc || exit 99
list() { # list OPTION EXPORTED RELOCATIONS-OF
	ok "a program with $1" ld -pie -e _Z2fnv --unresolved-symbols=ignore-all "$1" d.o -o d
	is "... exports" "$(exports d)" "$2"
	ok "a library with $1" ld -shared "$1" d.o -o d.so
	is "... binds the rest to itself" "$(readelf -rW d.so | grep -oE ' (data|_Z2fnv|_ZTI1A) ' | sort -u | tr -d '\n')" "$3"
}
list --dynamic-list-data "_ZTI1A _ZTS1A _ZTV1A data " " _ZTI1A  data "
list --dynamic-list-cpp-typeinfo "_ZTI1A _ZTS1A " " _ZTI1A "
list --dynamic-list-cpp-new "" ""
# --- -Bsymbolic beside lists: what they name can be replaced, so the library is no SYMBOLIC one
printf 'int f(void) { return 1; }\nint g(void) { return f(); }\n' >sy.c
printf '#include <stdio.h>\nint f(void) { return 2; }\nint g(void);\nint main(void) { printf("%%d\\n", g()); return 0; }\n' >syuse.c
echo '{ f; };' >sy.list
gcc -fPIC -O0 -c sy.c
for o in "-Bsymbolic:1:2" "-Bsymbolic --dynamic-list=sy.list:2:0" "--dynamic-list=sy.list -Bsymbolic:2:0" \
	"-Bsymbolic --export-dynamic-symbol=f:2:0" "-Bsymbolic --dynamic-list-data:1:0" "-Bsymbolic --dynamic-list-cpp-new:1:0"; do
	n=${o##*:} o=${o%:*} v=
	v=${o##*:} o=${o%:*}
	# shellcheck disable=SC2086
	ld -shared sy.o $o -o libsy.so
	is "$o: SYMBOLIC" "$(readelf -dW libsy.so | grep -c SYMBOLIC)" "$n"
	gcc -B"$B" syuse.c -L. -lsy -Wl,-rpath,. -o syuse
	is "... whose function is called" "$(./syuse)" "$v"
done
done_testing
