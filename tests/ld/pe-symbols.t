# Symbols that the linker defines, in both spellings, with the values that GNU ld gives; names that stand for
# others by their calling convention; and what the image's own symbol table holds.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld i686-w64-mingw32-ld

edges='___crt_xc_start__ ___crt_xc_end__ ___crt_xi_start__ ___crt_xi_end__ ___crt_xl_start__ ___crt_xp_start__
	___crt_xp_end__ ___crt_xt_start__ ___crt_xt_end__ ___tls_start__ ___tls_end__ __IAT_start__ __IAT_end__
	__rt_psrelocs_start __rt_psrelocs_end __data_start__ __data_end__ __bss_start__ __bss_end__'
fields='__section_alignment__ __file_alignment__ __subsystem__ __dll__ __major_os_version__ __minor_os_version__
	__major_image_version__ __minor_image_version__ __major_subsystem_version__ __minor_subsystem_version__
	__size_of_stack_reserve__ __size_of_stack_commit__ __size_of_heap_reserve__ __size_of_heap_commit__
	__loader_flags__'
data() { "$P-objdump" -s -j .data "$1" | sed -n 's/^ [0-9a-f]* \(.\{35\}\).*/\1/p'; }
for m in x86_64 i686; do
	for_target $m
	ptr=$([ $m = x86_64 ] && echo .quad || echo .long)
	{
		echo " .globl ${U}start"; echo "${U}start: ret"; echo " .data"
		for s in $edges; do echo " .rva $s"; done
		for s in $fields; do echo " .long $s"; done
		echo " .long __rt_psrelocs_size"
		for s in XCA XC XCZ XIZ XIA XTA XPA; do printf ' .section .CRT$%s,"dr"\n %s 1\n' $s $ptr; done
		for s in AAA a ZZZ ''; do printf ' .section .tls%s,"dw"\n %s 1\n' "${s:+\$$s}" $ptr; done
		printf ' .bss\n .space 24\n .section .rdata,"dr"\n .rva __imp_%sf, __imp_%sg\n' "$U" "$U"
	} >e.s
	"$P-as" e.s -o e.o
	printf 'LIBRARY d.dll\nEXPORTS\n f\n g\n' >d.def; "$P-dlltool" -d d.def -l d.a
	ok "$m: edges of sections, of groups in .CRT, of the address table; fields of the header" \
		"$OBJKIT" ld -m $emulation -e ${U}start e.o d.a -o o.exe
	# GNU ld lays out an address table of its own order, so its edges are compared, and its section flags differ
	"$P-ld" -e ${U}start e.o d.a -o g.exe
	is "$m: all as GNU ld has them" "$(data o.exe)" "$(data g.exe)"
	"$OBJKIT" ld -m $emulation -e ${U}start e.o d.a -o h.exe --stack 0x300000,0x3000 --heap 0x40000,0x2000 --subsystem windows:6.3 \
		--major-os-version 7 --minor-os-version 8 --major-image-version 9 --minor-image-version 10 --file-alignment 0x400
	"$P-ld" -e ${U}start e.o d.a -o i.exe --stack 0x300000,0x3000 --heap 0x40000,0x2000 --subsystem windows:6.3 \
		--major-os-version 7 --minor-os-version 8 --major-image-version 9 --minor-image-version 10 --file-alignment 0x400
	is "$m: fields that options set" "$(data h.exe)" "$(data i.exe)"
	# a C program spells them with the machine's prefix
	printf 'extern char __data_start__[], __data_end__[], __bss_start__[], __bss_end__[], __end__[], __IAT_start__[], __IAT_end__[];\nint z[4], d = 7;\nint main(void) { return __data_start__ <= (char *)&d && (char *)&d < __data_end__ && __bss_start__ <= (char *)z && (char *)z < __bss_end__ && __end__ >= __bss_end__ && __IAT_start__ < __IAT_end__ ? 0 : 1; }\n' >c.c
	ok "$m: the same from C" cc c.c -o c.exe
	runs "$m: hold" '' 0 ./c.exe
	linked_by_us "$m: objkit linked it" c.exe
	# with nothing between them
	printf ' .globl %sstart\n%sstart: ret\n .data\n .rva ___crt_xc_start__, ___crt_xc_end__, ___tls_start__, __IAT_start__, __IAT_end__\n' "$U" "$U" >n.s
	"$P-as" n.s -o n.o
	ok "$m: edges of what is not there" "$OBJKIT" ld -m $emulation -e ${U}start n.o -o n.exe

	# the symbol table of the image
	printf ' .globl %sstart\n%sstart: ret\nlabel: ret\n.Ldot: ret\nLetter: ret\n .section .averylongname,"dw"\n .long 5\n' "$U" "$U" >s.s
	"$P-as" --keep-locals s.s -o s.o
	syms() { "$P-nm" "$1" 2>/dev/null | grep -oE '(label|\.Ldot|Letter|\.text|\.averylongname)$' | sort | tr '\n' ' '; }
	for o in '' -x -X; do
		"$OBJKIT" ld -m $emulation -e ${U}start s.o $o -o o.exe
		case $o in
		'') want='.Ldot .averylongname .text Letter label ' ;;
		-x) want='.averylongname .text ' ;;
		-X) want='.averylongname .text label ' ;;
		esac
		is "$m: ${o:-no option}: labels and sections" "$(syms o.exe)" "$want"
	done
	like "$m: a section's symbol has its length" "$("$P-objdump" -t o.exe | grep -A1 averylong)" 'scnlen 0x4 '
	names() { "$P-objdump" -h "$1" | grep -o 'averyl[a-z]*'; }
	"$OBJKIT" ld -m $emulation -s -e ${U}start s.o -o o.exe
	is "$m: stripped: the section's name is cut" "$(names o.exe)" averylo
	"$OBJKIT" ld -m $emulation -s -e ${U}start s.o -o o.exe --enable-long-section-names
	is "$m: unless its whole name is asked for" "$(names o.exe)" averylongname
	is "$m: there are no symbols then" "$("$P-nm" o.exe 2>/dev/null)" ''
	is "$m: the loader has nothing against it" "$(python3 "$top_srcdir/tests/tools/pecheck" --exact o.exe 2>&1)" ''
	"$OBJKIT" ld -m $emulation -e ${U}start s.o -o o.exe --disable-long-section-names
	is "$m: --disable-long-section-names" "$(names o.exe)" averylo
done

# a weak function that nothing overrides is among the symbols, where its definition is
for m in x86_64 i686; do
	for_target $m
	printf '__attribute__((weak)) int wk(void) { return 1; } int start(void) { return wk(); }\n' >w.c
	printf ' .weak %snone\n .globl two\ntwo: .long %snone\n' "$U" "$U" | "$P-as" -o none.o
	"$P-gcc" -c w.c
	"$OBJKIT" ld -m $emulation -e ${U}start w.o none.o -o w.exe --disable-high-entropy-va --disable-dynamicbase
	is "$m: a weak function" "$("$P-nm" w.exe | awk -v n="${U}wk" '$3 == n || $3 ~ "^[.]weak[.]" n {print $1, $2}' | sort -u | grep -c T)" 1
	is "$m: by its own name" "$("$P-nm" w.exe | grep -c " T ${U}wk\$")" 1
	is "$m: not one that is undefined" "$("$P-nm" w.exe | grep -c " ${U}none\$")" 0
done

# calling conventions: as GNU ld, with its warning, both ways
for_target i686
printf ' .globl _start\n_start: call _std@4\n call _plain\n call @fast@8\n call _bare\n ret\n .globl _std, _plain@4, _fast, @bare@4\n_std: _plain@4: _fast: @bare@4: ret\n' >k.s
"$P-as" k.s -o k.o
ok "i386: four names that differ in their decoration" "$OBJKIT" ld -m i386pe -e _start k.o -o k.exe
is "are told" "$(sed 's/.*resolving \(.*\) by linking to \([^ ]*\).*/\1 \2/' tap.err | sort | tr '\n' ';')" \
	"$("$P-ld" -e _start k.o -o g.exe 2>&1 | sed -n 's/.*resolving \(.*\) by linking to \(.*\)/\1 \2/p' | sort | tr '\n' ';')"
ok "--enable-stdcall-fixup" "$OBJKIT" ld -m i386pe -e _start k.o -o k.exe --enable-stdcall-fixup
is "says nothing" "$(cat tap.err)" ''
status "--disable-stdcall-fixup" 1 "$OBJKIT" ld -m i386pe -e _start k.o -o k.exe --disable-stdcall-fixup
for_target x86_64
printf ' .globl start\nstart: call f@4\n ret\n .globl f\nf: ret\n' >k.s; "$P-as" k.s -o k.o
status "x86-64: not by itself" 1 "$OBJKIT" ld -m i386pep -e start k.o -o k.exe
ok "x86-64: if asked" "$OBJKIT" ld -m i386pep -e start k.o -o k.exe --enable-stdcall-fixup
done_testing
