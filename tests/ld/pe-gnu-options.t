# Every option that GNU ld's --help lists for Windows is known: it works, is documented as accepted without
# effect, or is refused in one line that says so. And those that no other test has, each with its effect.
. "${top_srcdir:?}/tests/lib.sh"
. "$top_srcdir/tests/ld/pe.sh"
need x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc x86_64-w64-mingw32-ld i686-w64-mingw32-ld python3

for m in x86_64 i686; do
	for_target $m
	echo 'int start(void) { return 0; }' >s.c
	"$P-gcc" -c s.c; ar rc libs.a s.o
	"$P-ld" --help >help
	python3 "$top_srcdir/tests/tools/gnuopts" help >options
	known=0 unknown=
	while IFS='	' read -r o arg; do
		case $o,$arg in
		-o,* | --output,*) set -- $o x.exe ;;
		-T,* | --script,* | --default-script,* | -dT,*) echo >empty.ld; set -- $o empty.ld ;;
		-m,*) set -- $o $emulation ;;
		-l,* | --library,*) set -- -L . $o s ;;
		*,-) set -- $o ;;
		*,=*) set -- "$o=1" ;;
		*,"["*) set -- $o ;;
		*) set -- $o 1 ;;
		esac
		"$OBJKIT" ld -m $emulation s.o -e ${U}start -o x.exe "$@" >out 2>err
		if grep -q 'unrecognized option' err; then unknown="$unknown $o"; else known=$((known + 1)); fi
	done <options
	is "$m: no option of GNU ld is unknown" "$unknown" ''
	ok "$m: there were many ($known)" test $known -gt 200
	for o in --task-link=x -Trodata-segment=1 -Tldata-segment=1; do
		# shellcheck disable=SC2086
		status "$m: $o" 1 "$OBJKIT" ld -m $emulation s.o -e ${U}start -o refused.exe $o
		is "$m: $o is refused in one line" "$(grep -c . tap.err) $(grep -c 'not supported' tap.err)" '1 1'
	done
	ok "$m: nothing is written then" test ! -e refused.exe
	for o in --pdb= --pdb=x.pdb --split-by-file --base-file=x --no-define-common; do
		ok "$m: $o" "$OBJKIT" ld -m $emulation s.o -e ${U}start -o w.exe $o
		like "$m: $o warns that it has no effect" "$(cat tap.err)" 'warning: .*has no effect'
	done
	ok "$m: -rpath" "$OBJKIT" ld -m $emulation s.o -e ${U}start -o w.exe -rpath /x
	like "$m: is warned of" "$(cat tap.err)" 'warning: -rpath has no effect'
	ok "$m: --support-old-code" "$OBJKIT" ld -m $emulation s.o -e ${U}start -o w.exe --support-old-code
	is "$m: is silent" "$(cat tap.err)" ''

	for o in '' -r; do
		is "$m: --print-output-format $o" "$("$OBJKIT" ld -m $emulation --print-output-format $o)" "$("$P-ld" --print-output-format $o)"
	done
	is "$m: --print-sysroot" "$("$OBJKIT" ld --print-sysroot --sysroot=/some/where)" /some/where
	ok "$m: --force-exe-suffix" "$OBJKIT" ld -m $emulation s.o -e ${U}start -o suffix --force-exe-suffix
	same "$m: the image is there twice" suffix suffix.exe
	ok "$m: with a name that needs none" "$OBJKIT" ld -m $emulation s.o -e ${U}start -o name.ExE --force-exe-suffix
	ok "$m: once" test ! -e name.ExE.exe

	printf 'int gone(void), gone2(void); int start(void) { return gone() + gone2(); }\n' >u.c; "$P-gcc" -c u.c
	ok "$m: --ignore-unresolved-symbol" "$OBJKIT" ld -m $emulation u.o -e ${U}start -o u.exe \
		--ignore-unresolved-symbol=${U}gone --ignore-unresolved-symbol ${U}gone2
	status "$m: of one of two" 1 "$OBJKIT" ld -m $emulation u.o -e ${U}start -o u.exe --ignore-unresolved-symbol=${U}gone
	like "$m: reports the other" "$(cat tap.err)" "undefined reference to '_?gone2'"
	unlike "$m: alone" "$(cat tap.err)" "'_?gone'"

	printf '__attribute__((section(".mine"))) int mine = 1; int start(void) { return mine; }\n' >orph.c; "$P-gcc" -c orph.c
	"$P-ld" --verbose | sed -n '/^=====/,/^=====/p' | grep -v ^==== >gnu.ld
	for how in place warn error; do
		"$OBJKIT" ld -m $emulation -T gnu.ld orph.o -e ${U}start -o orph-$how.exe --orphan-handling=$how >out 2>orph-$how.err
		echo $? >orph-$how.rc
	done
	is "$m: --orphan-handling=place" "$(cat orph-place.rc orph-place.err)" 0
	like "$m: --orphan-handling=warn" "$(cat orph-warn.rc orph-warn.err | xargs)" "^0 .*warning: orph.o: orphan section .mine is placed in .mine"
	like "$m: --orphan-handling=error" "$(cat orph-error.rc orph-error.err | xargs)" "^1 .*error: orph.o: unplaced orphan section .mine"
	status "$m: --orphan-handling=elsewhere" 1 "$OBJKIT" ld -m $emulation orph.o -o x.exe --orphan-handling=elsewhere

	# symbols of another image, as numbers
	printf 'int table[4] = { 1, 2, 3, 4 }; int addone(int x) { return x + 1; } int start(void) { return addone(table[1]); }\n' >base.c
	printf 'extern int table[]; int addone(int); int *p = &table[2]; int start(void) { return addone(1) + table[3]; }\n' >over.c
	"$P-gcc" -c base.c over.c
	ok "$m: an image" "$OBJKIT" ld -m $emulation base.o -e ${U}start -o base.exe --disable-dynamicbase
	case $m in x86_64) far=0x150000000 ;; *) far=0x2000000 ;; esac
	base=$("$P-nm" base.exe | awk -v s=${U}table '$3 == s { print $1 }')
	for o in "-R base.exe" --just-symbols=base.exe; do
		# shellcheck disable=SC2086
		ok "$m: $o" "$OBJKIT" ld -m $emulation over.o -e ${U}start -o over.exe $o --image-base $far --disable-dynamicbase
		word=$("$P-objdump" -s -j .data over.exe | awk '/^ [0-9a-f]+ / { w = $2; print substr(w, 7, 2) substr(w, 5, 2) substr(w, 3, 2) substr(w, 1, 2); exit }')
		is "$m: $o: the pointer is that image's address" "$(printf %d 0x$word)" "$(printf %d $((0x$base + 8 & 0xffffffff)))"
		unlike "$m: $o: nothing of its contents" "$("$P-nm" over.exe)" ' T _?addone'
	done
	ok "$m: an object, with a second definition" "$OBJKIT" ld -m $emulation over.o base.o -R base.exe --allow-multiple-definition -e ${U}start -o two.exe
	status "$m: what is neither" 1 "$OBJKIT" ld -m $emulation over.o -R over.c -o x.exe

	# an empty entry before the first of each table
	printf '__declspec(dllexport) int f(void) { return 1; }\n__declspec(dllexport) int v = 2;\n' >d.c
	printf '__declspec(dllimport) int f(void); __declspec(dllimport) extern int v; int main(void) { return f() * 10 + v; }\n' >c.c
	ok "$m: --use-nul-prefixed-import-tables" cc -shared d.c -o d.dll -Wl,--out-implib,nul.a -Wl,--use-nul-prefixed-import-tables
	gcc_gnu -shared d.c -o gd.dll -Wl,--out-implib,gnu-nul.a -Wl,--use-nul-prefixed-import-tables
	head_of() { for t in '.idata$2' '.idata$4' '.idata$5'; do
		"$P-objdump" -s -j "$t" "$1" 2>/dev/null | sed -n '/Contents/,/^$/p' | head -n 3; done | grep '^ ' | head -n 4; }
	is "$m: the head is as GNU ld's" "$(head_of nul.a)" "$(head_of gnu-nul.a)"
	for l in nul gnu-nul; do
		sed -i "s/gd\\.dll/d.dll\\x00/" $l.a
		ok "$m: objkit with $l" cc c.c $l.a -o o-$l.exe; runs "$m: it runs" '' 12 ./o-$l.exe
	done
	ok "$m: GNU ld with ours" gcc_gnu c.c nul.a -o g.exe; runs "$m: it runs" '' 12 ./g.exe
done
done_testing
