# Small things of images that nobody sees run: order of tables, sizes of directories, words of .drectve that meet.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-windres llvm-readobj-19 python3

# as NAME: assembles standard input, in which U is C's prefix and PTR a pointer
as() { sed "s/\\bU_/$U/g; s/\\bPTR\\b/$ptr/g" >$1.s; "$P-as" $1.s -o $1.o || fail "as $1"; }
link() { "$OBJKIT" ld -m $emulation "$@"; }
bytes() { "$P-objdump" -s -j "$2" "$1" | sed -n 's/^ [0-9a-f]* \(.\{35\}\).*/\1/p' | tr -d ' \n'; }
flags() { llvm-readobj-19 --sections "$1" | awk -v n="$2" '$1 == "Name:" {on = $2 == n} on && /Characteristics/ {print $3}' | tr -d '()'; }
exported() { llvm-readobj-19 --coff-exports "$1" | sed -n 's/ *Name: //p' | xargs; }
sound() { is "$1: the loader's rules" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact "$2")" ''; }
for m in x86_64 i686; do
	for_target $m
	ptr=.long one=01000000; [ $m = x86_64 ] && ptr=.quad one=0100000000000000
	printf ' .globl U_start, U_f, U_g\nU_start: ret\nU_f: ret\nU_g: ret\n' | as s

	# sections
	printf ' .section .mine,"w"\n .long 0x44332211\n .section .drectve,"yn"\n .ascii " -merge:.mine=.bss"\n' | as bss
	ok "$m: contents join .bss" link s.o bss.o -e ${U}start -o bss.exe
	like "$m: and are in the file" "$(bytes bss.exe .bss)" 11223344
	printf ' .section .dis,"dr"\n .long 7\n' | as dis
	python3 -c "
b = bytearray(open('dis.o', 'rb').read()); b[b.index(b'.dis') + 39] |= 2 # IMAGE_SCN_MEM_DISCARDABLE
open('dis.o', 'wb').write(b)"
	ok "$m: a discardable section" link s.o dis.o -e ${U}start -o dis.exe
	is "$m: stays one" "$(flags dis.exe .dis)" 0x42000040
	printf ' .section .mc1,"dr"\n .long 0x11111111\n .section .mc2,"dr"\n .long 0x22222222\n .section .drectve,"yn"\n .ascii " -merge:.mc1=.mc2 -merge:.mc2=.rdata"\n' | as chain
	ok "$m: merged twice" link s.o chain.o -e ${U}start -o chain.exe
	like "$m: both are there" "$(bytes chain.exe .rdata)" '11111111.*22222222|22222222.*11111111'
	unlike "$m: by no other name" "$("$P-objdump" -h chain.exe)" '\.mc'
	printf ' .section .shr,"sw"\n .long 1\n .section .drectve,"yn"\n .ascii " -section:.shr,RW!S"\n' | as shr
	ok "$m: an attribute taken away" link s.o shr.o -e ${U}start -o shr.exe
	is "$m: is gone" "$(flags shr.exe .shr)" 0xC0000040
	printf ' .data\n PTR U_f\n .zero 4096\n PTR U_f\n .zero 4096\n PTR U_g\n' | as pages
	ok "$m: one base relocation in each of three pages" link s.o pages.o -e ${U}start -o pages.exe
	sound "$m: padded blocks" pages.exe
	is "$m: three blocks of two entries" "$("$P-objdump" -p pages.exe | grep -c 'Number of fixups 2$')" 3

	# .drectve
	drectve() { printf ' .section .drectve,"yn"\n .ascii "%s"\n' "$2" | as "$1"; }
	drectve al1 " -alternatename:${U}none=${U}f"; drectve al2 " -alternatename:${U}none=${U}g"
	status "$m: two alternates of one name" 1 link s.o al1.o al2.o -e ${U}start -o al.exe
	like "$m: are told" "$(cat tap.err)" "al2\.o: the alternate of '_?none' is '_?g' here and '_?f' in al1\.o"
	drectve nol ' -nodefaultlib -defaultlib:nowhere'
	ok "$m: -nodefaultlib alone" link s.o nol.o -e ${U}start -o nol.exe
	is "$m: is for all libraries" "$(cat tap.err)" ''
	drectve st1 ' -stack:0x400000 -heap:0x500000'; drectve st2 ' -stack:0x600000 -heap:0x700000'
	ok "$m: two sizes of the stack" link s.o st1.o st2.o -e ${U}start -o st.exe
	is "$m: the first counts" "$("$P-objdump" -p st.exe | awk '/^SizeOf(Stack|Heap)Reserve/ {print $2}' | sed 's/^0*//' | xargs)" '400000 500000'
	drectve ex ' -exclude-symbols:f,g'
	ok "$m: two names kept out" link -shared -e 0 s.o ex.o -o ex.dll
	is "$m: neither is exported" "$(exported ex.dll)" start
	drectve bom '\357\273\277-export:g'
	ok "$m: behind a byte order mark" link -shared -e 0 s.o bom.o -o bom.dll
	is "$m: words are read" "$(exported bom.dll) $(cat tap.err)" 'g '

	# COMDATs that lost
	printf ' .section .text$one,"x"\n .linkonce discard\n .globl U_one\nU_one: nop\nlocal: ret\n' | as one
	{ sed "s/\\b$U""one\\b/U_one/" one.s; printf ' .section .debug_ranges,"dr"\n PTR local\n PTR 0\n PTR 0\n'; } | as two
	ok "$m: ranges of a function that lost" link s.o one.o two.o -e ${U}start -o lost.exe
	like "$m: do not end the list" "$(bytes lost.exe .debug_ranges)" "^$one"
	{ sed "s/\\b$U""one\\b/U_one/" one.s; printf ' .data\n PTR local\n'; } | as three
	status "$m: data that refers to it" 1 link s.o one.o three.o -e ${U}start -o lost2.exe
	like "$m: is refused" "$(cat tap.err)" "three\.o: .*\.data\+0x0: refers to .* in a discarded section|three\.o.*in a discarded section"

	# imports
	for n in 1:KERNEL32.dll:Aaa 2:kernel32.DLL:Bbb; do
		i=${n%%:*}; d=${n#*:}
		printf 'LIBRARY %s\nEXPORTS\n %s\n' "${d%%:*}" "${d#*:}" >k$i.def; "$P-dlltool" -d k$i.def -l k$i.a
	done
	printf ' call U_Aaa\n call U_Bbb\n' | as twice
	ok "$m: one DLL in two spellings" link s.o twice.o k1.a k2.a -e ${U}start -o twice.exe
	is "$m: is one" "$("$P-objdump" -p twice.exe | grep -c 'DLL Name')" 1
	printf ' .globl U_a, U_b, U_c, U_v\nU_a: ret\nU_b: ret\nU_c: ret\n .data\nU_v: .long 5\n .section .drectve,"yn"\n .ascii " -export:a -export:b -export:c -export:fw=kernel32.Sleep -export:v,DATA"\n' | as d
	for f in long short; do
		ok "$m: $f: a DLL" link -shared -e 0 d.o -o d.dll --out-implib d-$f.a --implib-format=$f
		printf ' call U_c\n' | as c
		ok "$m: $f: its user" link s.o c.o d-$f.a -e ${U}start -o hint.exe
		like "$m: $f: the hint is the place in the table" "$(llvm-readobj-19 --coff-imports hint.exe)" 'Symbol: c \(2\)'
	done
	touch -d '2001-01-01' d-long.a; link -shared -e 0 d.o -o d.dll --out-implib d-long.a
	is "$m: an import library that stays the same is not written" "$(date -r d-long.a +%Y)" 2001
	touch -d '2001-01-01' d-long.a; link -shared -e 0 d.o s.o -o d.dll --out-implib d-long.a --export-all-symbols
	unlike "$m: one that changes is" "$(date -r d-long.a +%Y)" 2001
	link -shared -e 0 d.o -o d.dll
	printf ' .globl U__pei386_runtime_relocator\nU__pei386_runtime_relocator: ret\n call U_fw\n .data\n .long 0x5a5a5a5a\n PTR U_v\n PTR U_fw\n PTR __rt_psrelocs_size\n .long 0x5a5a5a5a\n' | as user
	ok "$m: a DLL itself: its data and its forwarder" link s.o user.o d.dll -e ${U}start -o user.exe
	like "$m: the list's size" "$(bytes user.exe .data)" "5a5a5a5a.*18000000(00000000)?5a5a5a5a"
	printf 'EXPORTS\n dot=in.side\n fwd=other.side\n' >dot.def; printf ' .globl "U_in.side"\n"U_in.side": ret\n' | as dot
	ok "$m: a name with a dot that is defined" link -shared -e 0 dot.o dot.def -o dot.dll
	is "$m: is no forwarder" "$(llvm-readobj-19 --coff-exports dot.dll | sed -n 's/ *\(Name\|ForwardedTo\): //p' | xargs)" 'dot fwd other.side'
	printf ' .data\n PTR __imp_U_v\n .globl U_v\nU_v: .long 1\n' | sed "s/__imp_U_/__imp_$U/" | as both
	ok "$m: a name that is imported as well" link -shared -e 0 s.o both.o d-long.a -o both.dll --export-all-symbols
	is "$m: is not exported" "$(exported both.dll)" 'f g start'
	printf ' .data\n .long 0x5a5a5a5a\n .long __dll__\n .long 0x5a5a5a5a\n' | as dll
	ok "$m: __dll__" link -shared -e 0 s.o dll.o -o isdll.dll; like "$m: is 1" "$(bytes isdll.dll .data)" '5a5a5a5a010000005a5a5a5a'

	# the debug directory
	ok "$m: --build-id" link s.o -e ${U}start --build-id -o id.exe
	llvm-readobj-19 --coff-debug-directory id.exe >id.txt
	is "$m: CodeView, and that it is reproducible" "$(sed -n 's/ *Type: \([A-Za-z]*\).*/\1/p' id.txt | xargs)" 'CodeView Repro'
	like "$m: age" "$(cat id.txt)" 'PDBAge: 1$'
	is "$m: the place in the file" "$(python3 -c "
import re
t = open('id.txt').read(); b = open('id.exe', 'rb').read()
print(b[int(re.search(r'PointerToRawData: (0x[0-9A-F]+)', t)[1], 16):][:4].decode())")" RSDS
done

# unwind tables: by address, of what is left only, of what delayed imports add
for_target x86_64; m=x86_64 ptr=.quad
printf ' .section .text$z,"x"\n .globl fz\nfz: ret\nez:\n .section .text$a,"x"\n .globl fa\nfa: ret\nea:\n .section .xdata,"dr"\nux: .byte 1,0,0,0\n .section .pdata,"dr"\n .rva fz, ez, ux, fa, ea, ux\n' | as un
ok "functions placed in another order" link s.o un.o -e start -o un.exe
is "the table ascends" "$(python3 -c "
import subprocess, struct
h = subprocess.run(['$P-objdump', '-s', '-j', '.pdata', 'un.exe'], capture_output=True, text=True).stdout
b = bytes.fromhex(''.join(l[1:].split(' ', 1)[1][:35].replace(' ', '') for l in h.splitlines() if l.startswith(' 1')))
print(*(v - struct.unpack_from('<I', b)[0] for v in struct.unpack_from('<I8xI', b)))" | awk '{print ($2 > 0)}')" 1
ok "one of them is left out" link s.o un.o -e start -u fa --gc-sections -o gc.exe
is "and its entry" "$("$P-objdump" -p gc.exe | awk '/^Entry 3/ {print $4}')" 0000000c
printf ' .globl __delayLoadHelper2\n__delayLoadHelper2: ret\n call c\n' | as dl
ok "a delayed import" link s.o dl.o d-long.a -e start --delayload=d.dll -o dl.exe
is "has unwind data" "$("$P-objdump" -p dl.exe | awk '/^Entry 3/ {print $4}')" 0000000c
like "and the hint" "$(llvm-readobj-19 --coff-imports dl.exe)" 'Symbol: c \(2\)'

# resources: names without case, code pages, strings that differ
rc() { echo "$2" >$1.rc; "$P-windres" $1.rc $1.o; }
rc r1 'ABC RCDATA { "one" }'; rc r2 'ABC RCDATA { "two" }'
rc r3 'STRINGTABLE { 1 "one" }'; rc r4 'STRINGTABLE { 1 "two" }'
python3 -c "
b = open('r2.o', 'rb').read(); name = 'ABC'.encode('utf-16-le'); assert name in b
open('r2.o', 'wb').write(b.replace(name, 'abc'.encode('utf-16-le')))
b = bytearray(open('r1.o', 'rb').read()); at = int.from_bytes(b[40:44], 'little') + 88
b[at:at + 2] = (1252).to_bytes(2, 'little'); open('r1.o', 'wb').write(b)"
ok "a resource with a code page" link s.o r1.o -e start -o r1.exe
is "keeps it" "$(python3 -c "
b = open('r1.exe', 'rb').read(); name = b.index('ABC'.encode('utf-16-le')) - 2
print(int.from_bytes(b[name - 8:name - 4], 'little'))")" 1252
status "one name in capitals and not" 1 link s.o r1.o r2.o -e start -o r2.exe
like "is one resource" "$(cat tap.err)" 'r2\.o: resource is defined twice \(type 10, name (ABC|abc), .*the other one is in r1\.o'
status "one string twice" 1 link s.o r3.o r4.o -e start -o r3.exe
like "is refused" "$(cat tap.err)" 'r4\.o: string 1 is defined twice .*the other one is in r3\.o'

# control flow guard: exports and delayed imports are listed, by address
printf ' .data\n .long 0x5a5a5a5a\n .quad __guard_fids_count, __guard_iat_count\n .long __guard_flags\n .section .drectve,"yn"\n .ascii " -export:fz -export:fa"\n' | as gd
printf ' .section .gfids$y,"dr0"\n .byte 1,2,3\n .text\n .globl @feat.00\n.set @feat.00, 0x800\n' | as odd
ok "exports of a guarded DLL" link -shared -e 0 gd.o un.o dl.o d-long.a --guard-cf --delayload=d.dll -o gd.dll
guarded=$(bytes gd.dll .data)
like "are counted, and the delayed import" "$guarded" '5a5a5a5a02000000000000000[1-9]00000000000000'
like "flags: tables, delayed imports" "$guarded" '5a5a5a5a.{32}00350100'
fids=$(bytes gd.dll .rdata | grep -o '..100000..100000')
ok "by address" test "$(echo "$fids" | cut -c1-2)" '<' "$(echo "$fids" | cut -c9-10)"
status "half an entry" 1 link s.o odd.o --guard-cf -e start -o odd.exe
like "is refused" "$(cat tap.err)" 'odd\.o: \.gfids\$y\+0x0: size 3 is not a multiple of 4'

# the name of a section beyond the reach of "/N"
for n in a b; do
	python3 -c "print(' .section .$n' + 'n' * 6000000 + ',\"dw\"\n .long 1')" | as far$n
done
printf ' .section .third_long_name,"dw"\n .long 2' | as far
ok "a string table of twelve million bytes" link s.o fara.o farb.o far.o -e start -o far.exe
is "names beyond" "$(llvm-readobj-19 --sections far.exe | sed -n 's/ *Name: \(\.third[a-z_]*\) .*/\1/p')" .third_long_name
like "are written in base 64" "$(python3 -c "print(open('far.exe', 'rb').read()[:2048])")" '//A[A-Za-z0-9+/]{5}'
done_testing
