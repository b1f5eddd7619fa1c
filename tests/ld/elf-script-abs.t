# Numbers that a script gives to symbols of a shared library stay numbers wherever the library is loaded.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >l.c <<'C'
extern char number, nothing, sum, place, kept;
const char *got(int i) { return i == 0 ? &number : i == 1 ? &nothing : i == 2 ? &sum : i == 3 ? &place : &kept; }
C
cat >m.c <<'C'
#include <stdio.h>
const char *got(int);
int main(void) { printf("%p %d %p %d %d\n", (void *)got(0), got(1) == 0, (void *)got(2), got(3) > (char *)0x100000, got(4) < (char *)0x100000); }
C
echo '"number" = 0x55aa; nothing = 0; sum = number + 1; place = ADDR(.text); kept = ABSOLUTE(ADDR(.text));' >s.ld
gcc -c -fPIC l.c && gcc -c -fPIE m.c
ok "a library with numbers of a script" link libl.so -shared l.o s.ld
is "... which are absolute" "$(readelf --dyn-syms -W libl.so | awk '$7 == "ABS" { print $8 }' | sort | xargs)" "kept nothing number sum"
ok "... for a program" link m -pie m.o ./libl.so
prints "... that sees them" '0x55aa 1 0x55ab 1 1' ./m
done_testing
