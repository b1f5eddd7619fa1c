# Objects that are too large to be held, and archives of which most stays as it is: indexed from their
# tables alone, copied in one piece. The bytes must be those of an archive made at once.
. "${top_srcdir:?}/tests/lib.sh"
need gcc ar python3
gnu() { command ar "$@"; }
printf '.globl f, g, w, c2\n.weak w\n.hidden g\nf: g: w: .zero 40000\n.comm c2,8,8\nl: .byte 1\n.globl u\n.long u\n' >f.s
gcc -c f.s -o f.o || exit 99
mkdir m; for i in $(seq 100 199); do
	sed "s/\([fgw]\)\([,:]\)/\1$i\2/g; s/globl f$i, g, w/globl f$i, g$i, w$i/; s/weak w/weak w$i/; s/, w,/, w$i,/" f.s >m/x.s
	gcc -c m/x.s -o m/member_with_a_long_name_$i.o || exit 99
done
rm m/x.s; cd m
gnu rcD ../g.a *.o; ar rc ../o.a *.o
same "made at once" ../o.a ../g.a
ar rc --threads=1 ../one.a *.o; same "one thread" ../one.a ../g.a
gnu rcSD ../n.a *.o; ar s ../n.a; same "indexed afterwards" ../n.a ../g.a
# one in the middle changes: its neighbours are moved as one piece each
printf 'int changed_f(void){return 1;}' >../ch.c; gcc -c ../ch.c -o member_with_a_long_name_150.o
rm ../g.a; gnu rcD ../g.a *.o
ar r ../o.a member_with_a_long_name_150.o; same "one replaced" ../o.a ../g.a
cp ../o.a ../p.a; ar r --threads=1 ../p.a member_with_a_long_name_150.o; same "again, one thread" ../p.a ../g.a
cp ../f.o new.o; gnu rD ../g.a new.o; ar r ../o.a new.o; same "one added" ../o.a ../g.a
gnu dD ../g.a member_with_a_long_name_120.o new.o; ar d ../o.a member_with_a_long_name_120.o new.o
same "two deleted" ../o.a ../g.a
cd ..
# odd sizes, and padding that is not a newline: it is written as it should be
python3 - <<'P'
h = b'%-16s%-12d%-6d%-6d%-8s%-10d`\n'
b = open('m/member_with_a_long_name_110.o', 'rb').read()
with open('pad.a', 'wb') as f, open('want.a', 'wb') as g:
    f.write(b'!<arch>\n'); g.write(b'!<arch>\n')
    for i in range(60):
        m = h % (b'm%d.o/' % i, 0, 0, 0, b'644', len(b) + 1)
        f.write(m + b + b'x' + b'\0'); g.write(m + b + b'x' + b'\n')
P
ar dS pad.a nothing; ar rS pad.a 2>/dev/null
cp m/new.o m59.o; gnu rSD want.a m59.o; ar rS pad.a m59.o; same "padding" pad.a want.a
# what the short way leaves to the long one
for m in elf32 'elf64 be machine=PPC64' 'elf32 be machine=MIPS'; do
	{ echo "$m"; echo "section .text PROGBITS flags=AX"; echo "zero 20000"
	echo "symbol one GLOBAL FUNC sec=.text; symbol two WEAK sec=.text; symbol three GLOBAL COMMON size=4"
	echo "symbol four GLOBAL ABS value=4; symbol five GLOBAL; symbol six WEAK; symbol seven LOCAL sec=.text"
	} >d; mkobj d >k.o || exit 99
	rm -f k.a; ar rc k.a k.o
	is "$m" "$(nm -s k.a 2>/dev/null | sed -n 's/ in k.o//p' | tr '\n' ' ')" "one two three four "
done
python3 - <<'P'
with open('many.s', 'w') as f:
    for i in range(66000): f.write('.section s%d,"a"\n' % i)
    f.write('.globl in_the_last\nin_the_last: .byte 1\n')
P
gcc -c many.s -o many.o; rm -f k.a; ar rc k.a many.o
is "more than 65,279 sections" "$(nm -s k.a | sed -n '3p')" "in_the_last in many.o"
# damage: stored all the same, said, not indexed beyond what can be read
{ cat m/member_with_a_long_name_110.o; } >bad.o
python3 - <<'P'
b = bytearray(open('bad.o', 'rb').read())
import struct
off = struct.unpack_from('<Q', b, 40)[0]; n = struct.unpack_from('<H', b, 60)[0]
for i in range(n):
    if struct.unpack_from('<I', b, off + 64 * i + 4)[0] == 2:
        struct.pack_into('<I', b, struct.unpack_from('<Q', b, off + 64 * i + 24)[0] + 24 * 5, 0x7fffffff)
open('bad.o', 'wb').write(b)
P
rm -f k.a; like "a name outside the table is reported" "$(ar rc k.a bad.o 2>&1)" "bad.o.*outside the string table"
is "and the object stored" "$(ar p k.a bad.o | cmp - bad.o && echo same)" same
done_testing
