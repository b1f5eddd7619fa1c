# --sysroot: '=' and $SYSROOT before names on the command line, in -L, and in scripts; scripts that lie in it.
. "${top_srcdir:?}/tests/lib.sh"
need gcc
mkdir -p sys/lib sys/usr/lib other
printf 'int f(void) { return 3; }\n' >f.c
printf '%s\n' 'int f(void);' 'void _start(void) { __asm__("mov %0, %%edi; mov $60, %%eax; syscall" : : "r"(f()) : "edi", "eax"); }' >m.c
gcc -c f.c && gcc -O1 -c m.c || exit 99
ar rc sys/lib/libf.a f.o
cp sys/lib/libf.a other/libg.a
echo 'INPUT(/lib/libf.a)' >sys/usr/lib/libh.a
echo 'INPUT(=/lib/libf.a)' >other/libi.a
echo 'INPUT($SYSROOT/lib/libf.a)' >other/libj.a
echo "INPUT($T/other/libg.a)" >sys/usr/lib/libk.a
echo 'SEARCH_DIR(=/lib) INPUT(-lf)' >other/libl.a
echo 'SEARCH_DIR($SYSROOT/lib) INPUT(-lf)' >other/libm.a
echo 'STARTUP(=/lib/libf.a)' >other/libn.a
echo 'GROUP(AS_NEEDED(=/lib/libf.a) =/lib/libf.a)' >other/libo.a
gnu=$(peer ld.bfd)
# finds WHAT ARGUMENT...: it links and runs; GNU ld too
finds() {
	finds_name=$1; shift
	rm -f x
	ok "$finds_name" ld -nostdlib m.o "$@" -o x
	./x
	is "... runs" $? 3
}
misses() {
	misses_name=$1 misses_what=$2; shift 2
	status "$misses_name" 1 ld -nostdlib m.o "$@" -o none
	like "... says what" "$(cat tap.err)" "$misses_what"
}
for root in --sysroot=sys "--sysroot=$T/sys"; do
	finds "$root: -L=" "$root" -L=/lib -lf
	finds "$root: -L\$SYSROOT" "$root" '-L$SYSROOT/lib' -lf
	finds "$root: the sysroot comes last" -L=/lib -lf "$root"
	finds "$root: =FILE" "$root" =/lib/libf.a
	finds "$root: \$SYSROOT/FILE" "$root" '$SYSROOT/lib/libf.a'
	finds "$root: INPUT(/FILE) of a script inside" "$root" -L=/usr/lib -lh
	for l in i j l m n o; do
		finds "$root: $(cat other/lib$l.a)" "$root" -Lother -l$l
	done
	misses "$root: a script inside names a file outside" 'cannot find .*/other/libg.a' "$root" -L=/usr/lib -lk
done
finds "no sysroot: -L=" "-L=$T/sys/lib" -lf
finds "no sysroot: =FILE" "=$T/sys/lib/libf.a"
misses "no sysroot: INPUT(=/FILE)" 'cannot find =/lib/libf.a' -Lother -li
misses "no sysroot: INPUT(\$SYSROOT/FILE)" 'cannot find .SYSROOT/lib/libf.a' -Lother -lj
misses "no sysroot: the script's own tree" 'cannot find /lib/libf.a' -Lsys/usr/lib -lh
if [ -n "$gnu" ]; then
	for a in -L=/lib\ -lf -L\$SYSROOT/lib\ -lf =/lib/libf.a \$SYSROOT/lib/libf.a -L=/usr/lib\ -lh -L=/usr/lib\ -lk -Lother\ -li \
		-Lother\ -lj; do
		for root in "--sysroot=$T/sys" --sysroot=; do
			# shellcheck disable=SC2086
			is "$root $a: as GNU ld" "$(ld -nostdlib "$root" m.o $a -o x 2>/dev/null; echo $?)" \
				"$("$gnu" -nostdlib "$root" m.o $a -o x 2>/dev/null; echo $?)"
		done
	done
fi
done_testing
