# An archive is written in pieces of 128 KiB: headers, padding and contents that lie across a border, in
# every dialect, from files and from the old archive, to a file and to a stream, by any number of threads.
. "${top_srcdir:?}/tests/lib.sh"
need python3 ar llvm-ar-19
python3 - <<'P' || exit 99
import os, random
random.seed(7); os.mkdir('m')
K = 128 << 10
pos, names = 8 + 60 + 400, []   # about: what matters is that every distance to a border occurs
def add(n):
    global pos
    name = 'member_%03d%s' % (len(names), '' if len(names) % 3 else '_with_a_long_name')
    open('m/' + name, 'wb').write(random.randbytes(n)); names.append(name); pos += 60 + n + (n & 1)
for d in range(-130, 12, 3):                  # ends here: the header behind it is cut at every place
    add((K - (pos + 60 + 200 - d)) % K + 100)
for n in (0, 1, 2, K - 1, K, K + 1, 3 * K + 7, 5, 0, 0, 17): add(n)
for i in range(200): add(i * 37 % 200)
open('rsp', 'w').write('\n'.join(names) + '\n')
P
gnu() { command ar "$@"; }
cd m
gnu rcSD ../gnu.a @../rsp
for f in bsd darwin coff bigarchive; do llvm-ar-19 rcSD --format=$f ../$f.a @../rsp || exit 99; done
for f in gnu bsd darwin coff bigarchive; do
	for n in 1 2 3; do
		rm -f ../o.a; ar rcSD --format=$f --threads=$n ../o.a @../rsp; same "$f, $n threads" ../o.a ../$f.a
	done
	ar rcSD --format=$f - @../rsp >../s.a; same "$f, to a stream" ../s.a ../$f.a
	# one in the middle goes away and comes back at the end: the others move by an odd distance
	cp ../$f.a ../e.a; x=member_040; ar dS ../e.a $x; ar rS ../e.a $x
	grep -vx $x ../rsp >../moved; echo $x >>../moved
	rm -f ../w.a; ar rcSD --format=$f --threads=1 ../w.a @../moved; same "$f, members of an old archive" ../e.a ../w.a
done
cd ..; ar x --output x e.a; ok "every member is whole" diff -r x m; cd m
 rm -f ../t.a ../u.a; gnu rcTSD ../t.a @../rsp; ar rcTSD ../u.a @../rsp; same "thin" ../u.a ../t.a
cd ..
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=1m none full 2>/dev/null; then
	status "no space for several pieces" 1 sh -c 'cd m && "$OBJKIT" ar rcD ../full/x.a @../rsp 2>../err'
	is "one line says so" "$(grep -c . err)" 1
	like "and which" "$(cat err)" "full/x.a: No space left on device"
	is "nothing is left" "$(ls -A full)" ""
	umount full
else
	skip_test "no space for several pieces" "needs root and a mount"
fi
done_testing
