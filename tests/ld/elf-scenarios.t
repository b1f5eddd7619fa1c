# Programs as people build them, where a walk through the scenarios of ELF links found something wrong.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf
. "$top_srcdir/tests/ld/elf.sh"

# --- 9: the map says for what --as-needed kept a library
echo 'int used(void) { return 1; }' >used.c
echo 'int idle(void) { return 2; }' >idle.c
echo 'int used(void); int main(void) { return used() - 1; }' >m.c
gcc -shared -fPIC -Wl,-soname,libused.so.1 used.c -o used.so && gcc -shared -fPIC idle.c -o idle.so || exit 99
gcc -c m.c || exit 99
ok "--as-needed and a map" link m m.o -Wl,--as-needed ./used.so ./idle.so -Wl,-Map=m.map -Wl,-rpath,.
like "... lists libraries with their first reference" "$(sed -n '/^As-needed/,/^Discarded/p' m.map | tr '\n' ' ')" \
	'^As-needed library included to satisfy reference by file \(symbol\)  libused\.so\.1 +m\.o \(used\) libc\.so\.6 +.*crt1\.o \(__libc_start_main@@GLIBC_[0-9.]+\)  Discarded'
unlike "... not those that are not needed" "$(cat m.map)" '^idle\.so'
ok "without --as-needed" link m m.o -Wl,--no-as-needed ./used.so -Wl,-Map=m.map
unlike "... what is named is not listed" "$(cat m.map)" '^libused'

# --- 8: --wrap and intermediate code: the wrapper and the real function in different files
echo 'int __real_work(int); int __wrap_work(int x) { return __real_work(x) + 100; }
int work(int); int main(void) { return work(1) != 2 && work(1) != 102; }' >w1.c
echo 'int work(int x) { return x + 1; }' >w2.c
for o in -flto "-flto -ffat-lto-objects"; do
	# shellcheck disable=SC2086
	if gcc -O2 $o -c w1.c w2.c 2>/dev/null; then
		ok "--wrap with gcc $o" link w -O2 $o w1.o w2.o -Wl,--wrap=work
		ok "... runs" ./w
	else
		skip_test "--wrap with gcc $o" "gcc has no LTO"
	fi
done
done_testing
