# Clauses of the acceptance scenarios that belong to no single feature's test: every field of a small program's
# header, the peers that fail, files beside the image, resources and version scripts through the whole linker.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-g++ i686-w64-mingw32-g++ llvm-readobj-19 clang-19 ld.lld-19 \
	llvm-dlltool-19 python3

lld() { clang-19 --target="$P" --ld-path="$(command -v ld.lld-19)" "$@"; }
checked() { is "$1" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact "$2" 2>&1)" ''; }
names() { llvm-readobj-19 --coff-exports "$1" | sed -n 's/ *Name: //p' | sort | xargs; }

# Every field of the COFF and the optional header, by its place in the file.
cat >header.py <<'PY'
import struct, sys
d = open(sys.argv[1], 'rb').read()
pe, = struct.unpack_from('<I', d, 60)
coff = struct.unpack_from('<HHIIIHH', d, pe + 4)
plus = coff[0] == 0x8664
n = coff[1]
opt = pe + 24
table = opt + coff[5]
sec = [struct.unpack_from('<8sIIIIIIHHI', d, table + 40 * i) for i in range(n)]
size = lambda bit: sum(s[3] for s in sec if s[9] & bit)
fmt = '<HBBIIIII' + ('Q' if plus else 'II') + 'IIHHHHHHIIIIHH' + ('QQQQ' if plus else 'IIII') + 'II'
f = list(struct.unpack_from(fmt, d, opt))
if not plus:
    assert f[8] == next(s[2] for s in sec if not s[9] & 0x20), 'BaseOfData'
    del f[8]
last = sec[-1]
up = lambda v, a: (v + a - 1) // a * a
want = [0x20b if plus else 0x10b, 0, 1, size(0x20), size(0x40), 0, f[6], 0x1000, 0x140000000 if plus else 0x400000, 0x1000, 0x200,
        4, 0, 0 if plus else 1, 0, 5 if plus else 4, 2 if plus else 0, 0, up(last[2] + last[1], 0x1000), up(table + 40 * n, 0x200), f[20],
        3, 0x8160 if plus else 0x8140, 0x200000, 0x1000, 0x100000, 0x1000, 0, 16]
names = ('Magic MajorLinker MinorLinker SizeOfCode SizeOfInitializedData SizeOfUninitializedData Entry BaseOfCode ImageBase SectionAlignment '
         'FileAlignment MajorOS MinorOS MajorImage MinorImage MajorSubsystem MinorSubsystem Win32Version SizeOfImage SizeOfHeaders CheckSum '
         'Subsystem DllCharacteristics StackReserve StackCommit HeapReserve HeapCommit LoaderFlags NumberOfRvaAndSizes').split()
for name, got, exp in zip(names, f, want):
    if got != exp:
        print(f'{name}: {got:#x}, wanted {exp:#x}')
if f[6] != sec[0][2]:
    print('entry', hex(f[6]))
if (pe, coff[5], coff[2]) != (0x80, 0xf0 if plus else 0xe0, 0):
    print('e_lfanew, SizeOfOptionalHeader, TimeDateStamp', hex(pe), coff[5], coff[2])
if coff[6] != (0x226 if plus else 0x306) | (0 if coff[3] else 8): # nothing for debuggers, as GNU ld says
    print('Characteristics', hex(coff[6]))
print(' '.join(s[0].rstrip(b'\0').decode() + f':{s[9]:08x}' for s in sec))
PY
for m in x86_64 i686; do
	for_target $m
	case $m in x86_64) mach=i386:x86-64 at= ;; *) mach=i386 at=@4 ;; esac
	# 1: one object, one short import, nothing of a C runtime
	printf 'void __attribute__((stdcall)) ExitProcess(unsigned);\nint number = 42;\nint start(void) { ExitProcess(number); return 0; }\n' >n.c
	"$P-gcc" -O1 -fno-asynchronous-unwind-tables -c n.c
	printf 'LIBRARY kernel32.dll\nEXPORTS\n ExitProcess%s\n' "$at" >k.def
	llvm-dlltool-19 -m $mach -k -d k.def -l libk.a
	ok "$m: a bare program" "$OBJKIT" ld -m $emulation -e ${U}start n.o libk.a -o n.exe
	runs "$m: it runs" '' 42 ./n.exe
	is "$m: every field of its header" "$(python3 ../header.py n.exe)" '.text:60000020 .data:c0000040 .rdata:40000040 .idata:40000040 .reloc:42000040'
	checked "$m: the loader's rules" n.exe

	# 13: what GNU ld and ld.lld make of a direct call of a function that is exported as data
	printf 'int f(int x) { return x + 100; }\nint v = 1;\n' >fd.c
	printf 'LIBRARY fd.dll\nEXPORTS\n f DATA\n v DATA\n' >fd.def
	cc -shared fd.c fd.def -o fd.dll -Wl,--out-implib,libfd.a
	printf '#include <stdio.h>\nint f(int); extern int v; int (*p)(int) = f;\nint main(void) { printf("%%d %%d\\n", f(v), p(2)); return 0; }\n' >fc.c
	"$P-gcc" -O1 -c fc.c
	ok "$m: a function exported as data, called and its address taken" cc fc.o -L. -lfd -o fc.exe
	linked_by_us "$m: objkit linked it" fc.exe
	runs "$m: it runs" '101 102' 0 ./fc.exe
	checked "$m: the loader's rules" fc.exe
	gcc_gnu fc.o -L. -lfd -o gfc.exe 2>/dev/null; lld fc.o -L. -lfd -o lfc.exe 2>/dev/null
	for p in gfc lfc; do
		[ $m = x86_64 ] || continue # with fields of 32 bits the run-time relocation of a call reaches
		if [ -n "$runner" ]; then unlike "$m: the peer's ($p) does not" "$(run ./$p.exe)" '^101'; else skip_test "$m: $p" "no wine"; fi
	done

	# 16: the import library has what GNU's has, without what is private
	printf 'int var = 1, dat = 2; int one(void) { return 1; } int two(void) { return 2; } int pri(void) { return 3; }\n' >full.c
	printf 'LIBRARY full.dll\nEXPORTS\n one @5\n two @7 NONAME\n var DATA\n dat DATA\n alias = one\n fwd = KERNEL32.GetTickCount\n pri PRIVATE\n' >full.def
	ok "$m: a .def file with every kind" cc -shared full.c full.def -o full.dll -Wl,--out-implib,libfull.a
	mkdir -p g; gcc_gnu -shared full.c full.def -o g/full.dll -Wl,--out-implib,g/libfull.a
	is "$m: its exports are GNU ld's" "$(llvm-readobj-19 --coff-exports full.dll | grep -E 'Ordinal|Name|Forward' | xargs)" \
		"$(llvm-readobj-19 --coff-exports g/full.dll | grep -E 'Ordinal|Name|Forward' | xargs)"
	lib() { nm "$1" 2>/dev/null | sed -n 's/.* [TI] //p' | grep -vE '_head_|_iname|__nm_|IMPORT_DESCRIPTOR|NULL_THUNK' | sort | xargs; }
	is "$m: its import library has GNU ld's names" "$(lib libfull.a)" "$(lib g/libfull.a)"
	unlike "$m: not the private one" "$(lib libfull.a)" pri

	# 30: the load configuration stays
	n=$([ $m = x86_64 ] && echo 148 || echo 92)
	printf ' .section .rdata$zzlc,"dr"\n .globl %s_load_config_used\n .balign 8\n%s_load_config_used:\n .long %d\n .space %d\n' "$U" "$U" $n $((n - 4)) >lc.s
	"$P-as" lc.s -o lc.o
	cat >gc.cc <<'C'
#include <stdexcept>
#include <string>
#include <vector>
static thread_local int t = 3;
int dead_one() { return std::stoi("1"); }
int used(int x) { if (x > 2) throw std::runtime_error("gc " + std::to_string(x)); return x; }
int main() { std::vector<int> v{1, 2, 3, t}; try { for (int x : v) used(x); } catch (std::exception &e) { return e.what()[3] - '0'; } }
C
	"$P-g++" -O1 -ffunction-sections -fdata-sections -c gc.cc
	for o in '' -s; do
		ok "$m: --gc-sections $o" cxx -static gc.o lc.o -o gc.exe $o -Wl,--gc-sections
		runs "$m: it runs" '' 3 ./gc.exe
		is "$m: the load configuration is kept" "$(llvm-readobj-19 --file-headers gc.exe | sed -n 's/ *LoadConfigTableSize: 0x//p')" "$(printf %X $n)"
		unlike "$m: the TLS directory too" "$(llvm-readobj-19 --file-headers gc.exe | grep TLSTableRVA)" '0x0$'
		checked "$m: the loader's rules" gc.exe
	done
	if [ $m = i686 ]; then # .eh_frame has records of what is in .text, and of nothing else
		cxx -static gc.o lc.o -o gu.exe -Wl,--gc-sections # with its name whole
		"$P-objdump" --dwarf=frames gu.exe 2>/dev/null | sed -n 's/.*FDE.*pc=\([0-9a-f]*\)\.\..*/0x\1/p' >fdes
		set -- $("$P-objdump" -h gu.exe | awk '$2 == ".text" {print "0x" $3, "0x" $4}')
		is "$m: every FDE is of a function that is there" \
			"$(python3 -c 'import sys; n, lo = int(sys.argv[1], 16), int(sys.argv[2], 16); a = [int(x, 16) for x in open("fdes")]; print(sum(not lo <= x < lo + n for x in a), len(a) > 100)' "$1" "$2")" '0 True'
		cxx -static gc.o lc.o -o gt.exe -s -Wl,--gc-sections,--threads=1
		same "$m: on one thread" gc.exe gt.exe
	fi
	if lld -static -s gc.o lc.o -o l.exe -Wl,--gc-sections -lstdc++ -L"$(dirname "$("$P-g++" -print-libgcc-file-name)")" 2>/dev/null; then
		ok "$m: no larger than ld.lld's and 2 %" test $(($(wc -c <gc.exe) * 100)) -le $(($(wc -c <l.exe) * 102))
	else
		skip_test "$m: no larger than ld.lld's" "clang does not find GCC's libraries"
	fi

	# 32
	printf 'int inlib(void) { return 1; }\n' >el.c; printf 'int main(void) { return 7; }\n' >nou.c
	"$P-gcc" -c el.c nou.c; rm -f libel.a; ar rc libel.a el.o
	for o in -u --undefined= --require-defined= --require-defined,; do
		ok "$m: $o of a library's symbol" cc nou.o libel.a -o u.exe "-Wl,$o${U}inlib"
		like "$m: takes its member" "$(nm u.exe)" " T ${U}inlib$"
	done
	ok "$m: -u of nothing is nothing" cc nou.o libel.a -o u.exe -Wl,-u,${U}nowhere
	runs "$m: it runs" '' 7 ./u.exe
	status "$m: --require-defined of nothing" 1 cc nou.o libel.a -o r.exe -Wl,--require-defined=${U}nowhere
	like "$m: is named" "$(cat tap.err)" "required symbol .${U}nowhere. is not defined"
	ok "$m: and nothing is written" test ! -e r.exe

	# 33: version scripts, as GNU ld takes them
	cat >api.cc <<'C'
namespace api { int one(int) { return 1; } int two(double) { return 2; } struct K { int m() const; static int s; virtual ~K(); };
	int K::m() const { return 3; } int K::s = 4; K::~K() {} }
namespace priv { int hid(int) { return 5; } }
extern "C" { int c_alpha() { return priv::hid(1); } int c_beta = 7; int c_gamma() { return c_beta; } int _under() { return 1; } }
template <class T> T tmpl(T t) { return t; } template int tmpl<int>(int); template long tmpl<long>(long);
C
	"$P-g++" -c api.cc
	while read -r script; do
		printf '%s\n' "$script" >v.ver
		ok "$m: $script" cxx -shared api.o -Wl,--version-script,v.ver -o v.dll
		"$P-g++" -shared api.o -Wl,--version-script,v.ver -o g/v.dll 2>/dev/null
		is "$m: exports what GNU ld does" "$(names v.dll)" "$(names g/v.dll)"
	done <<'V'
{ global: c_*; local: *; };
V1 { global: c_*; local: *; }; V2 { global: _under; } V1;
{ global: extern "C++" { "api::one(int)"; api::K::*; typeinfo*for*; vtable*; }; local: *; };
{ global: extern "C++" { api::*; }; c_[ab]*; c_gamm?; local: *; };
{ local: c_*; *hid*; };
{ global: nosuch; "c_alpha"; local: *; };
V
	is "$m: the first one's" "$(echo '{ global: c_*; local: *; };' >v.ver; cxx -shared api.o -Wl,--version-script,v.ver -o v.dll; names v.dll)" \
		'c_alpha c_beta c_gamma'

	# what stands beside an image appears with it, or neither does
	"$P-gcc" -c full.c -o beside.o; echo old >old
	for o in --out-implib --output-def -Map --dependency-file; do
		rm -f b.dll
		status "$m: $o into no directory" 1 "$OBJKIT" ld -m $emulation -shared -e 0 beside.o -o b.dll $o nowhere/x
		like "$m: $o: is named" "$(cat tap.err)" 'error: nowhere/x: No such file'
		ok "$m: $o: no image then" test ! -e b.dll
		cp old b.dll
		status "$m: $o to a full disk" 1 "$OBJKIT" ld -m $emulation -shared -e 0 beside.o -o b.dll $o /dev/full
		same "$m: $o: an older image stays" b.dll old
	done
done

# 5: decorated names, HIGHLOW, the order of .eh_frame
for_target i686
printf '#include <stdio.h>\nint __attribute__((stdcall)) std(int a, int b) { return a - b; }\nint __attribute__((fastcall)) fast(int a) { return a; }\nint (*p)(int, int) = 0;\nint *q = (int *)&p;\nint main(void) { printf("hi %%d %%d\\n", std(5, 2), fast(4)); return q == 0; }\n' >h.c
ok "i686: hello" cc h.c -o h.exe
linked_by_us "i686: objkit linked it" h.exe
runs "i686: it runs" 'hi 3 4' 0 ./h.exe
gcc_gnu h.c -o gh.exe; runs "i686: as GNU ld's does" 'hi 3 4' 0 ./gh.exe
like "i686: names are decorated" "$(nm h.exe | sed -n 's/.* [TD] //p' | grep -xE '_main|_std@8|@fast@4|_q' | xargs)" '^@fast@4 _main _q _std@8$'
is "i686: HIGHLOW alone" "$(llvm-readobj-19 --coff-basereloc h.exe | sed -n 's/ *Type: //p' | sort -u | xargs)" 'ABSOLUTE HIGHLOW'
cat >eh.py <<'PY'
import struct, sys
d = open(sys.argv[1], 'rb').read()
pe, = struct.unpack_from('<I', d, 60)
n, = struct.unpack_from('<H', d, pe + 6)
symptr, nsyms = struct.unpack_from('<II', d, pe + 12)
table = pe + 24 + struct.unpack_from('<H', d, pe + 20)[0]
strtab = symptr + 18 * nsyms
def name(raw, at):
    if raw[:1] == b'/':
        at = strtab + int(raw[1:].rstrip(b'\0'))
        return d[at:d.index(b'\0', at)].decode()
    return raw.rstrip(b'\0').decode()
for i in range(n):
    f = struct.unpack_from('<8sIIIII', d, table + 40 * i)
    if name(f[0], 0) == '.eh_frame':
        eh, num = d[f[4]:f[4] + f[1]], i + 1
i, begin = 0, None
while i < nsyms:
    raw, value, sec, _, cls, aux = struct.unpack_from('<8sIhHBB', d, symptr + 18 * i)
    if raw[:4] == b'\0\0\0\0':
        at = strtab + struct.unpack_from('<I', raw, 4)[0]
        if d[at:d.index(b'\0', at)] == b'___EH_FRAME_BEGIN__' and sec == num:
            begin = value
    i += 1 + aux
at = records = 0
while at + 4 <= len(eh):
    size, = struct.unpack_from('<I', eh, at)
    at += 4 + size
    if not size:
        break
    records += 1
print(f'begin {begin}, {len(eh) - at} bytes behind the zero,', 'records' if records > 3 else 'no records')
PY
is "i686: .eh_frame has crtbegin's symbol, records without gaps and crtend's zero where GNU ld has them" "$(python3 eh.py h.exe)" "$(python3 eh.py gh.exe)"
like "i686: which is before and behind all that is registered" "$(python3 eh.py h.exe)" '^begin [0-9]+, [0-9]+ bytes behind the zero, records$'
done_testing
