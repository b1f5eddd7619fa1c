# C programs through gcc: static, non-PIE, PIE, static PIE, shared library and user.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >hello.c <<'X'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int cmp(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv)
{
	int v[] = {3, 1, 2};
	qsort(v, 3, sizeof v[0], cmp);
	fprintf(stdout, "hello %d%d%d %zu %.2f\n", v[0], v[1], v[2], strlen("four"), atof("1.5"));
	return argc > 99 || !argv;
}
X
for mode in -static -no-pie -pie -static-pie "-pie -Wl,-z,now" "-pie -Wl,-z,pack-relative-relocs" \
	"-pie -fno-plt" "-no-pie -Wl,-z,noseparate-code" "-pie -Wl,--hash-style=sysv" "-pie -Wl,--hash-style=both" \
	"-pie -s" "-O2 -g" "-pie -Wl,-z,norelro" "-pie -Wl,--gc-sections" "-static -Wl,--gc-sections" \
	"-fcf-protection -Wl,-z,ibtplt"; do
	# shellcheck disable=SC2086
	ok "gcc $mode" link h $mode hello.c
	prints "it runs: $mode" "hello 123 4 1.50" ./h
done
link h -static hello.c
sections=$(readelf -SW h | sed 's/^ *\[ *//; s/\]/ /')
is "a static program's relocations name the symbol table, as GNU ld has it" \
	"$(echo "$sections" | awk '$2 ~ /^\.rela?\.plt$/ { print $(NF - 2) }')" "$(echo "$sections" | awk '$2 == ".symtab" { print $1 }')"
cat >lib.c <<'X'
int counter = 40;
int *counter_address(void) { return &counter; }
int add(int n) { return counter += n; }
X
cat >use.c <<'X'
#include <stdio.h>
extern int counter;
int *counter_address(void);
int add(int);
int (*fn)(int) = add;
int main(void)
{
	counter++;
	printf("%d %d %d\n", fn(1), &counter == counter_address(), fn == add);
	return 0;
}
X
ok "a shared library" link libx.so -shared -fPIC lib.c
for mode in -no-pie -pie "-no-pie -fno-pic" "-pie -fPIE"; do
	# shellcheck disable=SC2086
	ok "its user: $mode" link u $mode use.c -L. -lx -Wl,-rpath,.
	prints "data and functions are shared: $mode" "42 1 1" ./u
done
status "an undefined symbol is an error" 1 link bad use.c
like "and named" "$(cat tap.err)" "undefined (symbol|reference).*counter"
ok "no output appears" test ! -e bad
done_testing
