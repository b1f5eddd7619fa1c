# Options of Windows links that no other test has: each with its effect.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc llvm-readobj-19

names() { llvm-readobj-19 --coff-exports "$1" | sed -n 's/ *Name: //p' | tr '\n' ' '; }
for m in x86_64 i686; do
	for_target $m
	cat >d.c <<'C'
int alpha(void) { return 1; }
int alpine(void) { return 2; }
int beta = 3;
static int hidden(void) { return 4; }
int gamma_(void) { return hidden(); }
C
	echo 'int main(void) { return 0; }' >m.c
	"$P-gcc" -c d.c; "$P-gcc" -c m.c
	printf '%salpha\n%sbeta\n' "$U" "$U" >keep
	ok "$m: --retain-symbols-file" cc -shared d.o -o r.dll -Wl,--retain-symbols-file,keep
	is "$m: keeps what the file lists" "$(nm r.dll | awk '{print $3}' | sort | tr '\n' ' ')" "${U}alpha ${U}beta "
	: >tap.err
	for o in "-s --retain-symbols-file keep" "--retain-symbols-file keep -s" "--strip-debug --retain-symbols-file keep"; do
		ok "$m: $o" "$OBJKIT" ld -m $emulation -shared -e 0 d.o -o r.dll $o
		said=$(grep -c 'warning: --retain-symbols-file overrides -s and -S before it' tap.err)
		"$P-ld" -shared -e 0 d.o -o g.dll $o 2>gnu.err
		is "$m: $o: as GNU ld" "$("$P-nm" r.dll 2>&1 | awk '{print $2, $3}' | xargs) $said" \
			"$("$P-nm" g.dll 2>&1 | awk '{print $2, $3}' | sed s/g.dll/r.dll/ | xargs) $(grep -c overrides gnu.err)"
	done
	ok "$m: --retain-symbols-file keep -S" "$OBJKIT" ld -m $emulation -shared -e 0 d.o -o r.dll --retain-symbols-file keep -S
	is "$m: ... keeps all symbols" "$("$P-nm" r.dll | grep -cE ' (_?alpha|_?gamma_|_?hidden)$')" 3
	# versions of the subsystem count in the order in which they stand
	versions() { "$P-objdump" -p "$1" | awk '/SubsystemVersion|^Subsystem/ {print $2}' | xargs; }
	for o in "--subsystem console:6.1 --subsystem=10" "--subsystem windows:7 --subsystem console" "--subsystem=10 --subsystem console:6.1" \
		"--major-subsystem-version 7 --subsystem console:6.1" "--subsystem console:6.1 --minor-subsystem-version 9" "--subsystem 3:8"; do
		"$OBJKIT" ld -m $emulation -e 0 d.o -o s.exe $o; "$P-ld" -e 0 d.o -o g.exe $o 2>/dev/null
		is "$m: $o" "$(versions s.exe)" "$(versions g.exe)"
	done
	printf '{ al*; extern "C++" { "none()"; }; beta; };\n' >dyn
	ok "$m: --dynamic-list in a program" cc m.o d.o -o dyn.exe -Wl,--dynamic-list,dyn
	is "$m: exports what it names" "$(names dyn.exe)" "alpha alpine beta "
	ok "$m: --dynamic-list in a DLL" cc -shared d.o -o dyn.dll -Wl,--dynamic-list,dyn
	is "$m: takes nothing away, as with GNU ld" "$(names dyn.dll)" "alpha alpine beta gamma_ "
	printf 'EXPORTS\n gamma_\n' >dyn.def
	ok "$m: beside a .def file" cc -shared d.o dyn.def -o dyn2.dll -Wl,--dynamic-list,dyn
	is "$m: it adds" "$(names dyn2.dll)" "alpha alpine beta gamma_ "
	echo '{ global: alpha; gamma_; local: *; };' >dyn.ver
	ok "$m: beside a version script" cc -shared d.o -o dyn3.dll -Wl,--dynamic-list,dyn,--version-script,dyn.ver
	is "$m: what that hides stays hidden" "$(names dyn3.dll)" "alpha gamma_ "
	ok "$m: -E" cc m.o -o e.exe -Wl,-E
	gcc_gnu m.o -o ge.exe -Wl,-E 2>gnu.err
	is "$m: is warned of as GNU ld does" "$(sed 's/.*warning/warning/' tap.err)" "$(sed 's/.*warning/warning/' gnu.err)"

	ok "$m: a DLL with a prefix" cc -shared d.o -o ckx.dll
	printf 'int alpha(void); int main(void) { return alpha() + 5; }\n' >u.c
	status "$m: is not found without it" 1 cc u.c -L. -lx -o x.exe
	ok "$m: --dll-search-prefix" cc u.c -L. -lx -o x.exe -Wl,--dll-search-prefix=ck
	runs "$m: it runs" "" 6 ./x.exe

	why() { cc -shared d.o -o w.dll "$@" 2>&1; }
	is "$m: --why-export of a default export" "$(why -Wl,--why-export=alpha)" "'alpha' is exported: everything is exported"
	printf 'EXPORTS\n alpha\n' >w.def
	is "$m: of a .def file's" "$(why w.def -Wl,--why-export=alpha)" "'alpha' is exported: w.def:2"
	is "$m: of one that is not in it" "$(why w.def -Wl,--why-export=beta)" "'beta' is not exported: others are exported by name, and it is not among them; defined in d.o"
	is "$m: of an excluded name" "$(why -Wl,--exclude-symbols=beta -Wl,--why-export=beta)" "'beta' is not exported: its name is excluded; defined in d.o"
	is "$m: of nothing" "$(why -Wl,--why-export=nothing)" "'nothing' is not exported: nothing defines it"
	ok "$m: --warn-duplicate-exports" cc -shared d.o w.def -o w.dll -Wl,--warn-duplicate-exports
	is "$m: quiet without duplicates" "$(cat tap.err)" ''
	printf 'EXPORTS\n alpha\n alpha\n' >w2.def
	ok "$m: with one" cc -shared d.o w2.def -o w.dll -Wl,--warn-duplicate-exports
	like "$m: a warning" "$(cat tap.err)" "warning: duplicate export 'alpha'"
	printf 'int DllMain(void *h, unsigned r, void *p) { (void)h; (void)r; (void)p; return 1; } int z;\n' >dm.c
	ok "$m: --no-default-excludes" cc -shared -nostdlib -e 0 dm.c -o nd.dll -Wl,--no-default-excludes,--no-entry
	like "$m: exports the usual exceptions too" "$(names nd.dll)" 'DllMain.*z'
	ok "$m: --compat-implib and --gc-keep-exported" cc -shared d.o -o kk.dll -Wl,--compat-implib,--gc-keep-exported,--gc-sections
	is "$m: exports are kept" "$(names kk.dll)" "alpha alpine beta gamma_ "

	ok "$m: -e 0" cc -shared d.o -o n0.dll -Wl,-e,0
	like "$m: is none" "$(llvm-readobj-19 --file-headers n0.dll)" "AddressOfEntryPoint: 0x0\$"
	ok "$m: --no-entry" cc -shared d.o -o ne.dll -Wl,--no-entry
	like "$m: leaves 0" "$(llvm-readobj-19 --file-headers ne.dll)" 'AddressOfEntryPoint: 0x0$'
	mkdir -p 'a b'; cp d.o 'a b/d.o'
	printf '"a b/d.o" -o rsp.dll --shared "-e" ""\n' >w.rsp
	ok "$m: response file" "$OBJKIT" ld -m $emulation @w.rsp
	printf '"a b/d.o" -o q\\s.dll --shared --no-entry --defsym "\\"\n' | sed 's/ --defsym.*//' >w.rsp
	ok "$m: --rsp-quoting=windows keeps backslashes" "$OBJKIT" ld -m $emulation --rsp-quoting=windows @w.rsp
	ok "$m: in names" test -f 'q\s.dll'
	ok "$m: --rsp-quoting=posix takes them" "$OBJKIT" ld -m $emulation --rsp-quoting=posix @w.rsp
	ok "$m: from names" test -f qs.dll
	status "$m: other values are refused" 1 "$OBJKIT" ld -m $emulation --rsp-quoting=vms @w.rsp
	case $m in x86_64) lead=--leading-underscore ;; *) lead=--no-leading-underscore ;; esac
	mkobj - >lead.o <<-D
	coff $(case $m in x86_64) echo 0x8664 ;; *) echo 0x14c ;; esac)
	section .text flags=text
	  bytes c3
	symbol $(case $m in x86_64) echo _f ;; *) echo f ;; esac) EXTERNAL sec=.text
	D
	ok "$m: $lead" "$OBJKIT" ld -m $emulation $lead --shared --no-entry lead.o -o lead.dll
	is "$m: C's name is exported" "$(names lead.dll)" "f "
done

# a weak external of kind 2 looks into archives only when asked to
for_target x86_64
for k in 1 2 3; do
	mkobj - >weak$k.o <<-D
	coff 0x8664
	section .text flags=text
	  bytes e8 00 00 00 00 c3
	  reloc 1 4 w
	  bytes b8 01 00 00 00 c3
	symbol start EXTERNAL FUNCTION sec=.text
	symbol fallback EXTERNAL FUNCTION sec=.text value=6
	symbol w WEAK_EXTERNAL
	aux-weak fallback $k
	D
done
echo 'int w(void) { return 2; }' >w.c; x86_64-w64-mingw32-gcc -c w.c; ar rc libw.a w.o
for k in 1 2 3; do
	for o in '' --weak-library-search; do
		ok "weak kind $k $o" "$OBJKIT" ld -m i386pep -e start weak$k.o libw.a -o wk.exe $o
		case $k$o in 2?*) want=2 ;; *) want=1 ;; esac
		runs "weak kind $k $o: takes $want" '' $want ./wk.exe
	done
done
ar rc libe.a w.c
ok "nothing in the archives" "$OBJKIT" ld -m i386pep -e start weak2.o libe.a -o wk.exe --weak-library-search
runs "the default stays" '' 1 ./wk.exe
status "aliases in a ring" 1 "$OBJKIT" ld -m i386pep -e start -o ring.exe $(mkobj - >ring.o <<'D'
coff 0x8664
section .text flags=text
  bytes e8 00 00 00 00 c3
  reloc 1 4 a
symbol start EXTERNAL FUNCTION sec=.text
symbol b WEAK_EXTERNAL
aux-weak a 3
symbol a WEAK_EXTERNAL
aux-weak b 3
D
echo ring.o)
like "are refused" "$(cat tap.err)" "ring\.o: \.text\+0x1: weak symbol 'a' has no end in its aliases"

# libraries in the wrong order: all are searched again, and -t says what that brought
printf 'int g(void); int main(void) { return g(); }\n' >m.c
printf 'int h(void); int g(void) { return h(); }\n' >g.c; printf 'int h(void) { return 3; }\n' >h.c
for f in m g h; do x86_64-w64-mingw32-gcc -c $f.c; ar rc lib$f.a $f.o; done
ok "a library that stands too early" cc m.o -L. -lh -lg -o late.exe -Wl,-t
is "is searched again, which -t tells" "$(grep -c 'libh.a(h.o) (found by searching all archives again)$' tap.out)" 1
is "of no other" "$(grep 'libg.a' tap.out | grep -c again)" 0
runs "it runs" '' 3 ./late.exe
done_testing
