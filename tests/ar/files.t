# What happens to the file on disk: links, modes, failures, signals, two writers (spec 3.4).
. "${top_srcdir:?}/tests/lib.sh"
for f in a b c; do echo "member $f" >$f; done
sum() { cksum <"$1"; }
no_temp() { ok "$1: no temporary is left" sh -c '[ -z "$(find . -name ".objkit*")" ]'; }

ar rc x.a a b
cp x.a x0.a; ln -s x.a link.a; ar r link.a c
ok "a symbolic link stays" test -L link.a
is "its target is updated" "$(ar t x.a | wc -l)" 3
ln x.a hard.a; ar d hard.a c
is "hard links stay" "$(ar t x.a | wc -l):$(stat -c %h x.a)" "2:2"
chmod 640 x.a; rm hard.a; ar r x.a c; is "the mode stays" "$(stat -c %a x.a)" 640
umask 027; ar rc new.a a; is "a new archive obeys the umask" "$(stat -c %a new.a)" 640; umask 022
if have setfattr getfattr && setfattr -n user.k -v v x.a 2>/dev/null; then
	ar d x.a c; like "extended attributes stay" "$(getfattr -d x.a 2>/dev/null)" 'user.k="v"'
else
	skip_test "extended attributes stay" "no setfattr, or the file system has none"
fi
chmod 755 "$T"; chmod 444 x.a; before=$(sum x.a)
if [ "$(id -u)" = 0 ]; then
	if have setpriv && setpriv --reuid 65534 --clear-groups true 2>/dev/null; then
		chmod 777 .; cp "$OBJKIT" ./objkit-copy; chmod 755 objkit-copy
		status "an unwritable archive is refused" 1 setpriv --reuid 65534 --clear-groups ./objkit-copy ar r x.a c
		rm objkit-copy; chmod 755 .
	else
		skip_test "an unwritable archive is refused" "cannot become another user"
	fi
else
	status "an unwritable archive is refused" 1 ar r x.a c
fi
is "and stays as it was" "$(sum x.a)" "$before"
chmod 644 x.a

status "a directory is no archive" 1 ar r . a
status "nor is /dev/full" 1 ar r /dev/full a
mkdir dir; status "a directory is no member" 1 ar r x.a dir
status "a missing member" 1 ar r x.a missing
is "the archive is as it was" "$(sum x.a)" "$before"
status "missing member, new archive" 1 ar rc y.a a missing
ok "no archive then" test ! -e y.a
no_temp "failures"
: >zero.a; ok "an empty file is a new archive" ar rc zero.a a; is "with its member" "$(ar t zero.a)" a
echo text >text.a; status "text is no archive" 1 ar r text.a a; is "and stays" "$(cat text.a)" text
is "message" "$(ar t text.a 2>&1)" "ar: text.a: file format not recognized"

# standard input and FIFOs
is "- is standard input" "$(ar t - <x.a | wc -l)" "$(ar t x.a | wc -l)"
is "p from a pipe" "$(cat x.a | ar p - a)" "member a"
is "/dev/stdin" "$(cat x.a | ar t /dev/stdin | wc -l)" "$(ar t x.a | wc -l)"
ar r - a b >out.a; ok "r to standard output" cmp out.a x0.a
ar r - a b | cat >out.a; ok "to a pipe" cmp out.a x0.a
mkfifo fifo; cat x.a >fifo & is "a FIFO is read" "$(ar t fifo | wc -l)" "$(ar t x.a | wc -l)"; wait

if [ -c /dev/zero ] && [ -z "${SANITIZED:-}" ]; then
	small() { (ulimit -v 400000; "$OBJKIT" "$@"); }
	for c in "ar t" "ar r" nm; do
		f=; [ "$c" = "ar r" ] && f=a
		# shellcheck disable=SC2086 # a command of two words, and nothing or one
		status "$c of a device without end" 1 small $c /dev/zero $f
		like "$c: is said" "$(cat tap.err)" "^(ar|nm): /dev/zero: (more than 64 MiB, the limit for a device|not a regular file)"
	done
fi

# a full disk
disk() { # KIND: mounts 1 MiB at full
	case $1 in
	tmpfs) mount -t tmpfs -o size=1m none full ;;
	*) head -c 1048576 /dev/zero >image && mkfs.ext4 -q -F image && mount -o loop image full ;;
	esac 2>/dev/null
}
mkdir full; tried=0
for kind in tmpfs ext4; do
	[ "$(id -u)" = 0 ] && disk $kind || continue
	tried=$((tried + 1))
	rmdir full/lost+found 2>/dev/null
	head -c 560000 /dev/urandom >big; ar rc full/x.a big; before=$(sum full/x.a); cp big big2
	for how in "ar r full/x.a big2" "ranlib full/x.a" "ar m full/x.a big" "ar rc full/new.a big big2" "ar convert --format=bsd full/x.a" \
		"ar merge full/x.a full/x.a big2" "ar x --output=full full/x.a big"; do
		[ "$how" = "ranlib full/x.a" ] && { cp full/x.a keep.a; ar rS keep.a "$top_srcdir/tests/files/good-elf-x86_64.o"
			cat keep.a >full/x.a; before=$(sum full/x.a); }
		# shellcheck disable=SC2086 # words
		status "$kind is full: $how" 1 $how
		like "$kind: $how: why" "$(cat tap.err)" "^(ar|ranlib): (full/.*|big): No space left on device$"
		is "$kind: $how: the old archive is whole" "$(sum full/x.a)" "$before"
		is "$kind: $how: nothing beside it" "$(ls -A full)" "x.a"
	done
	ln full/x.a full/hard.a
	status "$kind is full, the archive has two names" 1 ar r full/x.a big2
	is "$kind: the old archive is whole" "$(sum full/x.a)" "$before"
	is "$kind: nothing beside its names" "$(ls -A full | tr '\n' ' ')" "hard.a x.a "
	umount full
done
if [ $tried = 0 ]; then
	# a file size limit fails the write in the same place
	head -c 600000 /dev/zero >big; ar rc lim.a big; cp big big2; before=$(sum lim.a)
	status "file too large" 1 sh -c 'trap "" XFSZ; ulimit -f 1500; "$OBJKIT" ar r lim.a big2'
	is "the old archive is whole" "$(sum lim.a)" "$before"
	no_temp "file too large"
fi

# The old archive is swapped with the finished new one, then removed. Whatever happens in between, one whole
# archive is there.
if have strace; then
	cp x.a k.a; cp x.a want.a; ar r want.a c; before=$(sum k.a); after=$(sum want.a)
	traced() { env --default-signal=INT,HUP,TERM strace -f -qq -o trace -e "trace=$1" -e "inject=$2" "$OBJKIT" ar r k.a c >/dev/null 2>tap.err; }
	strace -f -qq -o trace -e trace=rename,renameat2,unlink "$OBJKIT" ar r k.a c
	like "the new archive is swapped with the old one" "$(sed -n 1p trace)" 'renameat2.*\.tmp".*k\.a", RENAME_EXCHANGE\) = 0'
	like "and the old one removed" "$(sed -n 2p trace)" 'unlink\(".*\.tmp"\) = 0'
	is "nothing else is renamed or removed" "$(grep -c . trace)" 2
	is "the archive is the new one" "$(sum k.a)" "$after"
	no_temp "swapped"
	for e in EINVAL ENOSYS; do
		cp x.a k.a; chmod 640 k.a; traced rename,renameat2 renameat2:error=$e
		like "a file system that cannot swap ($e): it is renamed" "$(sed -n 2p trace)" 'rename\(.*= 0'
		is "$e: the new archive, the old mode" "$(sum k.a) $(stat -c %a k.a)" "$after 640"
		no_temp "$e"
	done
	cp x.a k.a; status "neither swapped nor renamed" 1 traced rename,renameat2 renameat2,rename:error=EIO
	like "why is said" "$(cat tap.err)" "^ar: k.a: Input/output error$"
	is "the old archive" "$(sum k.a)" "$before"
	no_temp "neither swapped nor renamed"
	for sig in TERM INT HUP; do
		traced renameat2 renameat2:signal=$sig:error=EINTR
		is "$sig before the swap: the old archive" "$(sum k.a)" "$before"
		no_temp "$sig before the swap"
	done
	traced renameat2,rename renameat2:signal=KILL:error=EINTR
	is "killed before the swap: the old archive" "$(sum k.a)" "$before"
	rm -f .objkit*
	for sig in TERM INT HUP; do
		cp x.a k.a; traced unlink unlink:signal=$sig:error=EINTR:when=1
		like "$sig behind the swap: the old file was still there" "$(sed -n 1p trace)" 'INJECTED'
		is "$sig behind the swap: the new archive" "$(sum k.a)" "$after"
		no_temp "$sig behind the swap"
	done
	cp x.a k.a; traced unlink unlink:signal=KILL:error=EINTR
	is "killed behind the swap: the new archive" "$(sum k.a)" "$after"
	is "and the old one beside it" "$(cat .objkit*.tmp | cksum)" "$before"
	rm -f .objkit*
	cp x.a k.a; ln -s k.a kl.a
	strace -f -qq -o trace -e trace=rename,renameat2 "$OBJKIT" ar r kl.a c
	like "a symbolic link's target is swapped, beside itself" "$(cat trace)" 'renameat2.*/k\.a", RENAME_EXCHANGE\) = 0'
	is "the link stays" "$(readlink kl.a) $(sum k.a)" "k.a $after"
	cp x.a k.a; ln k.a hard.a
	strace -f -qq -o trace -e trace=rename,renameat2 "$OBJKIT" ar r k.a c
	is "a file with other names is not swapped" "$(cat trace) $(sum hard.a)" " $after"
	rm hard.a; cp x.a k.a
	strace -f -qq -o trace -e trace=rename,renameat2 "$OBJKIT" ar rS never.a c 2>/dev/null
	like "a new archive is renamed, over nothing" "$(cat trace)" 'never.a", RENAME_NOREPLACE\) = 0'
	strace -f -qq -o trace -e trace=rename,renameat2 "$OBJKIT" ranlib never.a
	is "ranlib that has nothing to change swaps nothing" "$(cat trace)" ""
	ar rcS idx.a "$top_srcdir/tests/files/good-elf-x86_64.o"
	strace -f -qq -o trace -e trace=rename,renameat2 "$OBJKIT" ranlib idx.a
	like "ranlib that adds an index swaps" "$(cat trace)" 'idx.a", RENAME_EXCHANGE\) = 0'
	for call in write fchmod; do
		cp x.a k.a; status "$call fails" 1 strace -f -qq -o /dev/null -e trace=$call -e inject=$call:error=EIO:when=1 "$OBJKIT" ar r k.a c
		is "$call: the old archive" "$(sum k.a)" "$before"
		no_temp "$call"
	done
else
	skip_test "the old archive is swapped with the new one" "no strace"
fi

# eight writers at once, on an archive that is there and on one that is not
for n in 1 2 3 4 5 6 7 8; do echo $n >m$n; done
ar rc both.a a
for n in 1 2 3 4 5 6 7 8; do ar rc both.a m$n & done; wait
is "nothing is lost" "$(ar t both.a | sort | tr '\n' ' ')" "a m1 m2 m3 m4 m5 m6 m7 m8 "
for n in 1 2 3 4 5 6 7 8; do ar rc fresh.a m$n & done; wait
is "nor when all create it" "$(ar t fresh.a | sort | tr '\n' ' ')" "m1 m2 m3 m4 m5 m6 m7 m8 "
no_temp "eight writers"
done_testing
