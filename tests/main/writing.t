#!/bin/sh
# How outputs come into being, for everything that writes files (spec "hardening", section 5): whole or not at all,
# modes, links, directories and files that may not be written, devices, signals, two writers, pipes that close. What
# concerns ar alone is in ar/files.t.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
printf 'elf64 machine=X86_64\nsection .text\n  bytes c3\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >s.o
printf 'elf64 machine=X86_64\nsection .text\n  bytes 90 c3\nsymbol _start GLOBAL FUNC sec=.text\n' | mkobj - >s2.o
printf 'coff AMD64\nsection .text\n  bytes 31 c0 c3\nsymbol fn EXTERNAL FUNCTION sec=.text\n' | mkobj - >p.o
"$OBJKIT" ar rcS k.a s.o
elf() { "$OBJKIT" ld -m elf_x86_64 "$@"; }
dll() { "$OBJKIT" ld -m i386pep -shared -e 0 "$@"; }
sum() { cksum <"$1"; }
left() { is "$1: nothing is left beside it" "$(find . -name '.objkit*')" ""; }

# ---- modes
umask 027
elf -o m s.o; is "a program obeys the umask" "$(stat -c %a m)" 750
elf -r -o r s.o -Map=r.map; is "an object is not executable" "$(stat -c '%a' r r.map | tr '\n' ' ')" "640 640 "
umask 077
elf -o m s.o; is "the mode of an old output stays" "$(stat -c %a m)" 750
chmod 604 m; elf -o m s2.o; is "whatever it is" "$(stat -c %a m)" 604
dll -o d.dll p.o --out-implib=d.a --output-def=d.def
is "a DLL, its import library and .def file" "$(stat -c %a d.dll d.a d.def | tr '\n' ' ')" "700 600 600 "
umask 022

# ---- links
elf -o t1 s.o; ln -s t1 l1; elf -o l1 s2.o -Map=map1; ln -s map1 ml; elf -o l1 s2.o -Map=ml
is "symbolic links stay, their targets are replaced" "$(readlink l1 ml | tr '\n' ' ')$(sum t1)" "t1 map1 $(elf -o want s2.o; sum want)"
ln -s nowhere dangle; elf -o dangle s.o
is "a link to nothing: the target is made" "$(readlink dangle) $(test -f nowhere && echo made)" "nowhere made"
mkdir sub; ln -s sub/x rel; elf -o rel s.o; ok "a relative link into a directory" test -f sub/x
ln t1 h1; elf -o h1 s.o
is "hard links stay one file" "$(stat -c %h h1) $(sum t1)" "2 $(elf -o want s.o; sum want)"
ln -s loop2 loop1; ln -s loop1 loop2
status "links in a circle" 1 elf -o loop1 s.o
like "are an error with the reason" "$(cat tap.err)" 'loop1: Too many levels'

# ---- what is no regular file
ok "a device" elf -o /dev/null s.o -Map=/dev/null --dependency-file=/dev/null
ok "it is still one" test -c /dev/null
mkfifo fifo; cat fifo >from-fifo & elf -r -o /dev/null s.o -Map=fifo; wait
like "a map into a FIFO" "$(cat from-fifo)" '^LOAD s.o'
ok "it is still one" test -p fifo
if [ -w /dev/full ]; then
	status "a full device" 1 elf -o /dev/full s.o
	like "is named" "$(cat tap.err)" '/dev/full: (No space|Illegal seek|Invalid)'
	status "a report to it" 1 elf -o m s.o -Map=/dev/full
	like "is named" "$(cat tap.err)" '/dev/full: No space left'
fi
mkdir adir
for c in "ld -m elf_x86_64 -o adir s.o" "ld -m elf_x86_64 -o m s.o -Map=adir" "ld -m elf_x86_64 -o m s.o --dependency-file=adir" \
	"ld -m i386pep -shared -e 0 -o d.dll p.o --out-implib=adir" "ld -m i386pep -shared -e 0 -o d.dll p.o --output-def=adir" \
	"ld -m elf_x86_64 -o m s.o --reproduce=adir"; do
	# shellcheck disable=SC2086
	status "a directory as output: ${c##* }" 1 "$OBJKIT" $c
	like "is an error with the reason" "$(cat tap.err)" 'adir: Is a directory'
	# shellcheck disable=SC2086
	status "no such directory: ${c##* }" 1 "$OBJKIT" $(echo "$c" | sed 's,adir,no/such,')
	like "is an error with the reason" "$(cat tap.err)" 'no/such: No such file'
done
left "errors"

ln -s also-nowhere two; ln -s two one; elf -o one s.o
is "a link to a link to nothing" "$(readlink one two | tr '\n' ' ')$(test -f also-nowhere && echo made)" "two also-nowhere made"

# ---- directories and files that another user may not write
if [ "$(id -u)" = 0 ] && have setpriv && setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
	cp "$OBJKIT" objkit-copy; chmod 755 . objkit-copy; chmod 644 ./*.o
	other() { setpriv --reuid 65534 --regid 65534 --clear-groups ./objkit-copy ld -m elf_x86_64 "$@"; }
	mkdir ro; elf -o ro/x s.o; chown 65534 ro/x; chmod 755 ro; ino=$(stat -c %i ro/x)
	ok "a file that may be written in a directory that may not" other -o ro/x s2.o
	is "is rewritten" "$(sum ro/x) $(stat -c '%i %a' ro/x)" "$(elf -o want s2.o; sum want) $ino 755"
	status "a file that may not be written" 1 other -o want s.o
	like "is named" "$(cat tap.err)" 'want: Permission denied'
	status "no file may be made there" 1 other -o ro/new s.o
	like "which is said" "$(cat tap.err)" 'ro/new: Permission denied'
	is "and nothing is" "$(ls -A ro)" x
	mkdir sticky; chmod 1777 sticky; elf -o sticky/x s.o; chmod 777 sticky/x
	ok "another's file where only owners rename" other -o sticky/x s2.o
	is "is rewritten" "$(sum sticky/x) $(ls -A sticky)" "$(elf -o want s2.o; sum want) x"
	cp s.o sec.o; chmod 600 sec.o
	status "an input that may not be read" 1 other -o /dev/null sec.o
	like "is named with the reason" "$(cat tap.err)" 'sec.o: Permission denied'
	rm objkit-copy
else
	skip_test "other users' directories and files" "not root, or no setpriv"
fi

# ---- temporaries
if have strace && strace -f -o /dev/null true 2>/dev/null; then
	# under ptrace the sanitizers cannot look for leaks
	trace() { ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" env --default-signal=INT,HUP,TERM strace -f -qq -o trace "$@" "$OBJKIT" ld -m elf_x86_64 -o kept s2.o >/dev/null 2>tap.err; }
	elf -o kept s.o; old=$(sum kept)
	if trace -e trace=openat; grep -q 'O_TMPFILE.*= [0-9]' trace; then
		like "the new output has no name until it is finished" "$(cat trace)" 'O_RDWR\|O_CLOEXEC\|O_TMPFILE, 0600'
		elf -o kept s.o
		trace -e trace=pwrite64,linkat -e inject=pwrite64:signal=KILL
		is "killed while writing: the old output, nothing beside it" "$(sum kept) $(find . -name '.objkit*')" "$old "
		trace -e trace=linkat -e inject=linkat:error=ENOENT
		is "without /proc: the output is made all the same" "$(sum kept)" "$(elf -o want s2.o; sum want)"
		left "without /proc"
	else
		skip_test "the new output has no name" "the file system has no files without a name"
	fi
	elf -o kept s.o
	trace -e trace=openat; nth=$(grep -n O_TMPFILE trace | cut -d : -f 1)
	trace -e trace=openat -e inject=openat:error=EOPNOTSUPP:when="$nth"
	like "else it has one of its own" "$(cat trace)" \
		'\.objkit-[0-9]+-[0-9]+\.tmp", O_RDWR\|O_CREAT\|O_EXCL\|O_NOFOLLOW\|O_CLOEXEC, 0600'
	left "named"
	for call in pwrite64 linkat renameat2 ftruncate fchmod; do
		for err in EIO ENOSPC; do
			elf -o kept s.o
			rc=0; trace -e trace=$call -e inject=$call:error=$err || rc=$?
			new=$(elf -o want s2.o; sum want)
			case "$rc $(sum kept)" in
			"0 $new" | "1 $old") pass "$call: $err: whole, and the status is right" ;;
			*) fail "$call: $err: whole, and the status is right"; diag "exit $rc, $(sum kept)" ;;
			esac
			[ $rc = 0 ] || like "$call: $err: is said" "$(cat tap.err)" ': (Input/output error|No space left on device|Bad file)'
			left "$call: $err"
		done
	done
	for sig in TERM:15 INT:2 HUP:1; do
		elf -o kept s.o
		rc=0; trace -e trace=pwrite64 -e inject=pwrite64:signal=${sig%:*} || rc=$?
		is "$sig while writing: the old output" "$(sum kept)" "$old"
		is "$sig while writing: ends by the signal" "$rc" $((128 + ${sig#*:}))
		left "$sig"
	done
else
	skip_test "temporaries" "no strace"
fi

# ---- two writers: the last one wins, never a mixture
"$PYTHON3" - <<'P'
open('z1', 'wb').write(b'1' * 3000000); open('z2', 'wb').write(b'2' * 2900000)
P
elf -o w1 s.o -b binary z1; elf -o w2 s.o -b binary z2; sum w1 >sums; sum w2 >>sums; bad=
for i in 1 2 3 4 5 6; do
	elf -o both s.o -b binary z1 & elf -o both s.o -b binary z2 & elf -o both s.o -b binary z1 &
	for k in 1 2 3 4 5; do [ ! -e both ] || grep -qx "$(sum both)" sums || bad="$bad $i.$k"; done
	wait
	grep -qx "$(sum both)" sums || bad="$bad $i"
done
is "three writers at once, and a reader" "$bad" ""
left "three writers"

# ---- pipes whose reader has gone
"$PYTHON3" -c "
print('elf64 machine=X86_64\nsection .text\n  bytes c3')
for i in range(5000): print('symbol a_rather_long_name_for_a_function_%d GLOBAL FUNC sec=.text' % i)" | mkobj - >many.o
"$OBJKIT" ar rcS many.a many.o
cat >nobody.py <<'P'
import os, signal, subprocess, sys
r, w = os.pipe(); os.close(r)
for action in signal.SIG_DFL, signal.SIG_IGN:
    p = subprocess.run(sys.argv[1:], stdout=w, stderr=subprocess.PIPE, text=True, restore_signals=False,
                       preexec_fn=lambda: signal.signal(signal.SIGPIPE, action))
    print(p.returncode, p.stderr.strip())
P
for c in "nm many.o" "imports many.o" "ld -m elf_x86_64 -M -r -o /dev/null many.o" "ar p many.a" "nm --help"; do
	# shellcheck disable=SC2086
	"$PYTHON3" nobody.py "$OBJKIT" $c >got
	is "$c | nobody: dies quietly" "$(sed -n 1p got)" "-13 "
	like "$c | nobody, SIGPIPE ignored: exit 1 and the reason" "$(sed -n 2p got)" '^1 .*Broken pipe'
done

# ---- inputs that are none
for c in "nm" "ar t" "imports" "ld -m elf_x86_64 -o out" "ld -m i386pep -o out" "ld -m elf_x86_64 -o out s.o -T" "ld -m elf_x86_64 -shared -o out s.o --version-script"; do
	: >empty; printf '\0\1\2' >junk; ln -sf looped looped
	for f in adir no/such looped empty junk; do
		case "$c $f" in *"-T empty" | *"script empty" | "imports adir") continue ;; esac # nothing in them is no error
		# shellcheck disable=SC2086
		status "$c $f" 1 timeout 10 "$OBJKIT" $c $f
		like "$c $f: is named" "$(cat tap.err)" "$f"
	done
	case $c in "ar t" | nm | imports) continue ;; esac # they wait for a writer, as cat would: nm <(command)
	# shellcheck disable=SC2086
	status "$c of a FIFO: no hang" 1 timeout 10 "$OBJKIT" $c fifo
	like "$c of a FIFO: is named" "$(cat tap.err)" 'fifo'
done
mkdir dir; mkfifo dir/fifo; cp s.o dir/; printf 'pe AMD64\nsection .text\n  bytes c3\nimport a.dll f\n' | mkobj - >dir/a.exe
timeout 10 "$OBJKIT" imports dir >got 2>&1; rc=$?
is "a FIFO in a directory is passed over" "$rc $(grep -c 'a\.dll' got)" "0 1"
done_testing
