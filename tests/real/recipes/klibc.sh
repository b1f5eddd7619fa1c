# a C library of early user space: its shared library is a program that the kernel loads at a fixed address, and its
# users have no dynamic section, only an interpreter that an object brings and symbols of --just-symbols
source_package() { echo klibc; }
klibc_make() {
	make -j"$JOBS" KLIBCKERNELSRC="$PWD/linux" ARCH=x86_64 CC="$CC" HOSTCC=gcc LD=ld KLIBCLD=ld AR="$AR" KLIBCAR="$AR" KLIBCRANLIB="$RANLIB" "$@"
}
build_native() {
	mkdir -p linux/include
	ln -sf /usr/include/linux /usr/include/asm-generic "/usr/include/$(gcc -print-multiarch)/asm" linux/include/
	# its programs are stripped of .comment: the mark of the linker is looked for in copies
	klibc_make
	klibc_make test
	STRIPPED=1
}
check_native() {
	so=$(cd usr/klibc && ls klibc-*.so)
	[ ! -e "/lib/$so" ] # where its programs look for it
	cp "usr/klibc/$so" /lib/
	trap 'rm -f "/lib/$so"' EXIT
	for t in microhello minihello hello environ fcntl malloctest malloctest2 opentest pipetest select setjmptest sigint socket sscanf stdio strlcpycat vfork; do
		a_test "$t" sh -c "timeout 120 usr/klibc/tests/$t >$t.out 2>&1 && ! grep -qw ERROR $t.out"
		a_test "$t, shared" sh -c "timeout 120 usr/klibc/tests/$t.shared >$t.out 2>&1 && ! grep -qw ERROR $t.out"
	done
	a_test 'setjmp' grep -qF 'calling longjmp with 256... setjmp returned 256' setjmptest.out
	a_test 'signals' grep -qF 'Signal received OK' sigint.out
	a_test 'stdio' grep -qF 'Hello again - and some more - and some more' stdio.out
	a_test 'the shell' [ "$(usr/dash/static/sh -c 'echo $((6 * 7))')" = 42 ]
	a_test 'a shared program' [ "$(printf x | usr/utils/shared/cat)" = x ]
	all_pass 39
}
