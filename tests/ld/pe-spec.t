# Statements about Windows links that no other test has: undefined and repeated symbols by option, which symbols
# stay, calls of imported data in every form, reports.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19

for m in x86_64 i686; do
	for_target $m
	printf 'int undef1(void); extern int undef2;\nint u(void) { return undef1() + undef2; }\nint main(void) { return 3; }\n' >m.c
	"$P-gcc" -c m.c
	for o in --unresolved-symbols=report-all --unresolved-symbols=ignore-in-shared-libs --no-undefined; do
		status "$m: $o" 1 cc m.o "-Wl,$o" -o t.exe
		is "$m: $o: both are reported" "$(grep -c 'undefined reference' tap.err)" 2
		ok "$m: $o: no output" test ! -e t.exe
	done
	for o in --unresolved-symbols=ignore-all --unresolved-symbols=ignore-in-object-files; do
		ok "$m: $o" cc m.o "-Wl,$o" -o t.exe
		is "$m: $o: silence" "$(cat tap.err)" ''
		runs "$m: $o: it runs" '' 3 ./t.exe
	done
	for o in --warn-unresolved-symbols --noinhibit-exec; do
		ok "$m: $o" cc m.o "-Wl,$o" -o t.exe
		is "$m: $o: two warnings" "$(grep -c 'warning: undefined reference' tap.err)" 2
		runs "$m: $o: it runs" '' 3 ./t.exe
	done

	echo 'int twice(void) { return 1; }' >a.c; echo 'int twice(void) { return 2; }' >b.c
	echo 'int twice(void); int main(void) { return twice(); }' >t.c
	"$P-gcc" -c a.c b.c t.c
	status "$m: two definitions" 1 cc t.o a.o b.o -o t.exe
	like "$m: both files and sections are named" "$(cat tap.err)" "b\.o: \.text\+0x0: multiple definition of '${U}twice'; first defined in a\.o: \.text\+0x0"
	for o in --allow-multiple-definition '-z,muldefs'; do
		ok "$m: $o" cc t.o b.o a.o "-Wl,$o" -o t.exe
		runs "$m: $o: the first one" '' 2 ./t.exe
	done

	# which symbols stay: as GNU ld
	printf 'static int loc(int x) { return x + 1; }\nint glob(int x) { return loc(x); }\nint main(void) { return glob(1); }\n' >s.c
	printf '\t.text\n.Ltmp: nop\nLlocal: nop\n.globl gg\ngg: nop\n' >l.s
	"$P-gcc" -g -O0 -c s.c; "$P-as" --keep-locals l.s -o l.o
	those() { "$P-nm" "$1" 2>/dev/null | awk '{ print $3 }' | grep -xE '_?(loc|Llocal|\.Ltmp|glob|gg)' | sort | xargs; "$P-objdump" -h "$1" | grep -c 'debug_'; }
	for o in '' -x -X -s -S --discard-all --discard-locals --discard-none --strip-debug --strip-all; do
		cc s.o l.o -o o.exe ${o:+"-Wl,$o"}; gcc_gnu s.o l.o -o g.exe ${o:+"-Wl,$o"}
		is "$m: ${o:-no option}: symbols and debugging sections" "$(those o.exe)" "$(those g.exe)"
	done

	# variables of a DLL that nobody declared as imports
	printf 'int var = 5, arr[4] = {1, 2, 3, 4};\n' >d.c
	cc -shared d.c -o d.dll -Wl,--out-implib,libd.a
	printf 'extern int var, arr[];\nint *p = &arr[2];\nint main(void) { return var * 10 + *p; }\n' >c.c
	ok "$m: with debugging information" cc -g c.c -L. -ld -o c.exe
	runs "$m: it runs" '' 53 ./c.exe
	unlike "$m: no item for a section that is not loaded" "$(python3 "$top_srcdir/tests/tools/pseudorel" c.exe)" 'debug'
	status "$m: --disable-auto-import" 1 cc c.c -L. -ld -o n.exe -Wl,--disable-auto-import
	like "$m: they are undefined" "$(cat tap.err)" "undefined reference to '${U}arr'"
	status "$m: --disable-runtime-pseudo-reloc" 1 cc c.c -L. -ld -o n.exe -Wl,--disable-runtime-pseudo-reloc
	like "$m: names object, place and symbol" "$(cat tap.err)" "\.data\+0x0: variable '${U}arr' cannot be auto-imported without run-time relocation"
	ok "$m: no output" test ! -e n.exe
	# a function that the DLL calls data: a call, a jump at a function's end, a conditional jump
	echo 'int f(int x) { return x + 1; }' >df.c
	printf 'EXPORTS\n f DATA\n' >df.def
	cc -shared df.c df.def -o df.dll -Wl,--out-implib,libdf.a
	printf 'int f(int), jc(int);\n__attribute__((noinline)) int tail(int x) { return f(x * 2); }\nint main(void) { return f(1) * 10 + tail(2) + jc(40); }\n' >cf.c
	case $m in
	x86_64) printf '\t.globl jc\njc:\ttest %%ecx, %%ecx\n\tjne f\n\tret\n' >jc.s ;;
	*) printf '\t.globl _jc\n_jc:\tcmpl $0, 4(%%esp)\n\tjne _f\n\tret\n' >jc.s ;;
	esac
	ok "$m: all forms of calls" cc -O2 cf.c jc.s -L. -ldf -o cf.exe
	runs "$m: reach it" '' 66 ./cf.exe
	is "$m: without an item" "$(python3 "$top_srcdir/tests/tools/pseudorel" cf.exe | grep -v '^version')" ''

	# ids
	guid() { llvm-readobj-19 --coff-debug-directory "$1" | sed -n 's/.*PDBGUID: //p'; }
	cc s.o -o id.exe -Wl,--build-id; first=$(guid id.exe)
	for o in =sha1 =md5 =uuid; do
		cc s.o -o id.exe -Wl,--build-id$o
		is "$m: --build-id$o is the contents' hash" "$(guid id.exe)" "$first"
	done
	cc s.o a.o -o id2.exe -Wl,--build-id,--allow-multiple-definition
	ok "$m: other contents, another id" test "$(guid id2.exe)" != "$first" -a -n "$first"
	cc s.o -o id.exe -Wl,--build-id=0x0102030405
	is "$m: --build-id=0x..." "$(guid id.exe)" '{04030201-0005-0000-0000-000000000000}'
	cc s.o -o id.exe -Wl,--build-id,--build-id=none
	is "$m: --build-id=none" "$(guid id.exe)" ''
	status "$m: --build-id=what" 1 cc s.o -o no.exe -Wl,--build-id=what
	like "$m: is named" "$(cat tap.err)" 'build-id=what: unknown style'

	printf 'EXPORTS\n main\n main\n' >dup.def
	status "$m: --fatal-warnings" 1 cc s.o dup.def -o no.exe -Wl,--warn-duplicate-exports,--fatal-warnings
	ok "$m: no output then" test ! -e no.exe
	like "$m: -y" "$(cc s.o l.o -o o.exe "-Wl,-y,${U}glob" 2>&1)" "s\.o: definition of ${U}glob"
	is "$m: -t: files in their order" "$(cc s.o l.o -o o.exe -Wl,-t 2>&1 | grep -xE '[sl]\.o' | xargs)" "s.o l.o"
	# a weak alias of a weak alias, and one name's several spellings of the linker's own symbols
	printf 'int end_of_chain(void) { return 9; }\n' >w1.c
	mkobj - >w.o <<D
coff $([ $m = x86_64 ] && echo 0x8664 || echo 0x14c)
symbol ${U}wa WEAK_EXTERNAL
aux-weak ${U}wb 3
symbol ${U}wb WEAK_EXTERNAL
aux-weak ${U}end_of_chain 3
symbol ${U}end_of_chain EXTERNAL
D
	printf 'int wa(void); int main(void) { return wa(); }\n' >w2.c
	ok "$m: a chain of weak aliases" cc w2.c w.o w1.c -o w.exe
	runs "$m: ends at its end" '' 9 ./w.exe
	# sections: more than old loaders take; nothing to relocate still has a table
	printf '\t.text\n\t.globl start\nstart:\tret\n' >few.s; "$P-as" few.s -o few.o
	for n in 96 97; do # of them, .text and .reloc
		i=2; while [ $i -lt $n ]; do printf '\t.section s%d,"dw"\n\t.long %d\n' $i $i; i=$((i + 1)); done >many.s
		"$P-as" many.s -o many.o
		ok "$m: $n sections" ld -m $emulation -e start few.o many.o -o many.exe
		is "$m: $n sections: more than 96 are warned of" "$(cat tap.err)" \
			"$([ $n = 96 ] || echo 'objkit ld: warning: 97 sections; loaders before Windows Vista refuse more than 96')"
	done
	ok "$m: nothing to relocate" ld -m $emulation -e start few.o -o few.exe
	like "$m: has a table of padding" "$("$P-objdump" -h few.exe)" '\.reloc +0*c '
	ok "$m: and is sound" python3 "$top_srcdir/tests/tools/pecheck" few.exe
	# manifests: the default one (language 0) yields, two others are refused; --manifest
	manifest() { printf 'LANGUAGE %s\n1 24 { "%s" }\n' "$2" "$3" >$1.rc; "$P-windres" $1.rc $1.o; }
	manifest mdef '0, 0' '<assembly-default/>'; manifest mine '9, 1' '<assembly-mine/>'; manifest other '7, 1' '<assembly-other/>'
	in_it() { strings -n 8 "$1" | grep -o '<assembly-[a-z]*/>' | xargs; }
	for o in 'mdef.o mine.o' 'mine.o mdef.o'; do
		ok "$m: $o" ld -m $emulation -e start few.o $o -o ma.exe
		is "$m: $o: the default manifest yields" "$(in_it ma.exe)" '<assembly-mine/>'
	done
	ok "$m: alone" ld -m $emulation -e start few.o mdef.o -o ma.exe
	is "$m: it stays" "$(in_it ma.exe)" '<assembly-default/>'
	status "$m: two others" 1 ld -m $emulation -e start few.o mine.o other.o -o no.exe
	like "$m: are refused by both names" "$(cat tap.err)" 'two manifests.*type 24, name 1.*other one is in .*\.o'
	ok "$m: no output" test ! -e no.exe
	printf '<assembly-given/>' >given.manifest
	ok "$m: --manifest" ld -m $emulation -e start few.o mdef.o --manifest=given.manifest -o ma.exe
	is "$m: --manifest: is in it, and the default one is not" "$(in_it ma.exe)" '<assembly-given/>'
	like "$m: --manifest: a resource of type 24 with name 1" "$(llvm-readobj-19 --coff-resources ma.exe)" 'Type: MANIFEST \(ID 24\)'
	status "$m: --manifest beside another" 1 ld -m $emulation -e start few.o mine.o --manifest=given.manifest -o no.exe
	status "$m: --manifest that is not there" 1 ld -m $emulation -e start few.o --manifest=nowhere -o no.exe
	like "$m: is named" "$(cat tap.err)" 'nowhere'
	# continuations of exception handling: addresses, ascending, each once
	if have clang-19; then
		case $m in x86_64) word=.quad ;; *) word=.long ;; esac
		cat >ec.s <<S
	.text
	.globl ${U}start
${U}start:
	nop
	.globl c1
c1:	nop
	.globl c2
c2:	ret
	.section .gehcont\$y,"dr"
	.symidx c2
	.symidx c1
	.symidx c2
	.data
	.ascii "here:---"
	$word ${U}__guard_eh_cont_table
	$word ${U}__guard_eh_cont_count
	.globl @feat.00
	.set @feat.00, 0x4800
S
		clang-19 --target=$P -c ec.s -o ec.o
		ok "$m: continuations" ld -m $emulation -e ${U}start ec.o --guard-cf -o ec.exe
		is "$m: two of them, ascending" "$(python3 - ec.exe $("$P-nm" ec.exe | awk '$3 == "c1" || $3 == "c2" { print $1 }') <<'PY'
import struct, sys
b = open(sys.argv[1], 'rb').read()
pe = struct.unpack_from('<I', b, 60)[0]
wide = struct.unpack_from('<H', b, pe + 24)[0] == 0x20b
base = struct.unpack_from('<Q', b, pe + 48)[0] if wide else struct.unpack_from('<I', b, pe + 52)[0]
secs = [struct.unpack_from('<IIII', b, pe + 24 + struct.unpack_from('<H', b, pe + 20)[0] + 40 * i + 8)
        for i in range(struct.unpack_from('<H', b, pe + 6)[0])]
at = b.index(b'here:---') + 8
table, count = struct.unpack_from('<QQ' if wide else '<II', b, at)
off = next(r - v + table - base for _, v, n, r in secs if v <= table - base < v + n)
got = [base + x for x in struct.unpack_from(f'<{count}I', b, off)]
print(count, got == sorted(int(x, 16) for x in sys.argv[2:]))
PY
)" '2 True'
	else
		skip_test "$m: continuations" "clang-19 is not installed"
	fi
done
done_testing
