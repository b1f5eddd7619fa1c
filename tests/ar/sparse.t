# Listing an archive, and printing or extracting one member, reads the headers (and that member) from the
# disk, not what is between them; so does asking the index.
. "${top_srcdir:?}/tests/lib.sh"
need python3 gcc
printf '.globl wanted\nwanted: .zero 300000\n' >f.s; gcc -c f.s -o f.o || exit 99
head -c 300000 /dev/urandom >blob
for i in $(seq 100 299); do cp blob b$i; done
cp f.o b250; ar rc x.a b[12]?? || exit 99; rm b[12]??
resident() { # ARG...: pages of x.a that are in memory after "objkit ARG..."; at first there are none
	python3 - "$OBJKIT" "$@" <<'P'
import ctypes, mmap, os, subprocess, sys
fd = os.open('x.a', os.O_RDWR); os.fsync(fd); n = os.fstat(fd).st_size
m = mmap.mmap(fd, n)
p = ctypes.addressof(ctypes.c_char.from_buffer(m))
def count():
    v = (ctypes.c_ubyte * ((n + 4095) // 4096))()
    ctypes.CDLL(None).mincore(ctypes.c_void_p(p), ctypes.c_size_t(n), v)
    return sum(x & 1 for x in v)
os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
if count() > 16: print('cached'); sys.exit()
rc = subprocess.run(sys.argv[1:], stdout=open('out', 'w'), stderr=open('err', 'w')).returncode
print(count() if rc == 0 else 'exit %d' % rc)
P
}
if [ "$(resident --version)" = cached ]; then
	echo "1..0 # SKIP the file system keeps files in memory"; exit 0
fi
all=$(($(wc -c <x.a) / 4096))
limit=800
check() { l=$1; shift; n=$(resident "$@"); ok "$l reads $n of $all pages" test "$n" -lt $limit; }
check "t" ar t x.a; is "all are listed" "$(grep -c . out)" 200
check "tv" ar tv x.a
check "p" ar p x.a b150; same "the one" out blob
check "x" ar x --output x x.a b150; same "the one, extracted" x/b150 blob
limit=$((all / 2)) # the index is read with what the system reads around it
check "which" ar which wanted --in x.a; like "it is found" "$(cat out)" "b250"
n=$(resident ar p x.a); ok "p of all reads all ($n)" test "$n" -gt $((all - 200))
done_testing
