# Which definition a name gets, and what must be said where it gets none: commons and archives, hidden references,
# --require-defined, versions that no script has.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/elf.sh"
need gcc readelf ar python3
cat >main.c <<'C'
#include <stdio.h>
int x;
int main(void) { printf("%d\n", x); return 0; }
C
echo 'int x = 5;' >data.c
echo 'int x(void) { return 1; }' >func.c
gcc -fcommon -c main.c && gcc -c data.c func.c && ar rcs libdata.a data.o && ar rcs libfunc.a func.o || exit 99
ok "a common and a library that defines it as data" link p main.o libdata.a
prints "takes the library's definition" 5 ./p
ok "a common and a library that has a function of its name" link p main.o libfunc.a
prints "stays a common" 0 ./p

printf 'int f(void) { return 1; }\n' >lib.c && gcc -fpic -shared lib.c -o libf.so || exit 99
printf '__attribute__((visibility("hidden"))) int f(void);\nint main(void) { return f(); }\n' >hid.c && gcc -c hid.c
status "a hidden reference is not for a shared library" 1 link q hid.o libf.so
like "the symbol is named" "$(cat tap.err)" "undefined reference to .f'|undefined.*f"
ok "no output" test ! -e q
gcc -c lib.c -o lib.o && ok "an object has it" link q hid.o lib.o libf.so

status "--require-defined of a name that nothing has" 1 link r main.o -Wl,--require-defined=nowhere
like "it is named" "$(cat tap.err)" "'nowhere' is not defined"
ok "--require-defined of one there is" link r main.o libdata.a -Wl,--require-defined=x

printf 'V1 { global: f; gone; local: *; };\n' >v.map
ok "a version script may name what nothing has" gcc -B"$B" -shared lib.o -o v.so -Wl,--version-script=v.map
status "--no-undefined-version" 1 gcc -B"$B" -shared lib.o -o w.so -Wl,--version-script=v.map,--no-undefined-version
like "names the symbol and the version" "$(cat tap.err)" "'gone' version 'V1'"
printf '__asm__(".symver old, f@V9");\nint old(void) { return 1; }\n' >sv.c && gcc -fpic -c sv.c
status "a version that no script has" 1 gcc -B"$B" -shared sv.o -o w.so -Wl,--version-script=v.map
like "it is named" "$(cat tap.err)" "version 'V9'"
# groups that name no section, among and behind others
cat >g.py <<'P'
import struct, subprocess
s = '.section .note.GNU-stack,"",@progbits\n.text\n.globl main\nmain: xor %eax,%eax\n ret\n'
for i in range(12):
    s += f'.section .text.g{i},"axG",@progbits,g{i},comdat\n.weak g{i}\ng{i}: ret\n'
open('g.s', 'w').write(s)
subprocess.run(['gcc', '-c', 'g.s', '-o', 'g.o'], check=True)
b = bytearray(open('g.o', 'rb').read())
table, = struct.unpack_from('<Q', b, 0x28)
count, = struct.unpack_from('<H', b, 0x3c)
groups = [table + 64 * i for i in range(count) if struct.unpack_from('<I', b, table + 64 * i + 4)[0] == 17]
for at in groups[3], groups[9], groups[11]:
    struct.pack_into('<Q', b, at + 32, 4)
open('g.o', 'wb').write(b)
P
python3 g.py || exit 99
ok "groups without members" link g g.o
prints "the program runs" "" ./g
done_testing
