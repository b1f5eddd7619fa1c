#!/bin/sh
# Dynamic symbols: versions, names for PLT entries, images without section headers, PE images.
. "${top_srcdir:?}/tests/lib.sh"
F=$top_srcdir/tests/files
like "-D shows default versions" "$(nm -D "$F/good-elf-versions.so")" ' T [a-z0-9_]*@@[A-Z]'
unlike "--without-symbol-versions" "$(nm -D --without-symbol-versions "$F/good-elf-versions.so")" '@'
is "an object has no dynamic symbols" "$(nm -D "$F/good-elf-x86_64.o" 2>&1 | sed 's/.*: //')" "no symbols"
if have gcc && have nm; then
	gnu=$(peer nm)
	cat >l.c <<'E'
int f(void) { return 1; } int g(void) { return 2; }
extern int puts(const char *); int h(void) { return puts("x"); }
E
	printf 'V1 { global: f; local: *; };\nV2 { global: g; h; } V1;\n' >v.map
	echo 'int h(void); int main(void) { return h(); }' >m.c
	if gcc -shared -fPIC -Wl,--version-script=v.map l.c -o l.so 2>/dev/null && gcc m.c ./l.so -o m 2>/dev/null; then
		for f in l.so m; do
			for o in "-D" "-D -n" "-D -P" "-D -S" "-D --synthetic" "--synthetic" "-D -f sysv"; do
				# shellcheck disable=SC2086
				"$gnu" $o $f >want 2>/dev/null
				# shellcheck disable=SC2086
				nm $o $f >got 2>/dev/null
				same "nm $o $f as GNU nm" got want
			done
		done
		like "puts@plt" "$(nm -D --synthetic l.so)" ' T puts@plt$'
		if have strip; then
			strip -o s.so l.so
			# e_shoff, e_shnum, e_shstrndx: no section headers left
			cp s.so noshdr.so
			printf '\0\0\0\0\0\0\0\0' | dd of=noshdr.so bs=1 seek=40 conv=notrunc 2>/dev/null
			printf '\0\0\0\0' | dd of=noshdr.so bs=1 seek=60 conv=notrunc 2>/dev/null
			is "without section headers: the same names" "$(nm -D -j noshdr.so)" "$(nm -D -j s.so)"
		fi
	else
		skip_test "against GNU nm" "gcc makes no shared libraries"
	fi
else
	skip_test "against GNU nm" "no gcc or nm"
fi
pe=$F/good-pe-x86_64.dll
like "-D on a DLL shows its exports" "$(nm -D "$pe")" '^[0-9a-f]{16} T e1$'
like "and its imports" "$(nm -D "$pe")" '^ {16} U f@imp.dll$'
like "by ordinal too" "$(nm -D "$pe")" ' U #7@imp.dll$'
unlike "--export-symbols leaves the imports out" "$(nm --export-symbols "$pe")" ' U '
like "--rva" "$(nm -D --rva "$pe")" '^0000000000001000 T e1$'
if have x86_64-w64-mingw32-gcc; then
	printf 'int f(void) { return 1; } int g(void) { return 2; }\n' >q.c
	printf 'EXPORTS\n f @3 NONAME\n g\n fw=kernel32.Sleep\n' >q.def
	x86_64-w64-mingw32-gcc -shared -s q.c q.def -o q.dll || exit 99
	is "a stripped DLL: ordinals, forwarders, names" "$(nm -D q.dll | grep -v @ | sed 's/^[0-9a-f]* //')" "T #3
I fw -> kernel32.Sleep
T g"
	is "each where the export table says" "$(nm -D --rva q.dll | awk '/#3|T g/ {print $3, toupper($1)}')" \
		"$(imports --exports -f json q.dll | python3 -c '
import json, sys
for e in json.load(sys.stdin)["files"][0]["exports"]:
    if e["kind"] == "export": print(e["name"] or "#%d" % e["ordinal"], "%016X" % e["address"])' | sort)"
else skip_test "a stripped DLL" "no mingw-w64 gcc"; fi
# 34: exports as objdump and LLVM print them, imports too: by name, ordinal, forwarder, of every kind; stripped or not
cat >w.c <<'C'
#include <windows.h>
int f(void) { return 1; }
int g(void) { return 2; }
int dat = 5;
const int ro = 3;
int bs;
int h(void) { Sleep(1); return GetTickCount(); }
C
printf 'EXPORTS\n f @3 NONAME\n g\n fw=kernel32.Sleep\n dat DATA\n ro DATA\n bs DATA\n h @20\n alias=g\n' >w.def
for t in x86_64-w64-mingw32 i686-w64-mingw32; do
	have $t-gcc $t-objdump || { skip_test "exports of a DLL as $t-objdump prints them" "no $t-gcc"; continue; }
	$t-gcc -shared w.c w.def -o w.dll && $t-gcc -shared -s w.c w.def -o ws.dll || exit 99
	for d in w.dll ws.dll; do
		$t-objdump -p $d >dump
		# "RVA ordinal" and "ordinal name", joined by the ordinal
		awk '/^Export Address Table/{t=1; next} /^\[Ordinal\/Name/{t=2; next} /^The /{t=0}
			{gsub("[][]", " ")}
			t == 1 && /Export RVA/{at[$3] = $4; i[$1] = $3}
			t == 1 && /Forwarder RVA/{at[$3] = "-> " $NF; i[$1] = $3}
			t == 2 && NF {name[i[$1]] = $NF}
			END {for (o in at) print (name[o] == "" ? "#" o : name[o]), at[o]}' dump | sort >want
		nm -D --rva $d | grep -v ' U ' | sed -n 's/^0*\([0-9a-f]*\) [A-Z] \([^ ]*\)\( -> .*\)\{0,1\}$/\2 \1\3/p' |
			sed 's/  -> / -> /; s/^\([^ ]*\) -> /\1 -> /' | sort >got
		same "$t $d: exports as objdump" got want
		is "$t $d: all eight of them" "$(grep -c . got)" 8
		is "$t $d: --export-symbols has the same" "$(nm --export-symbols $d)" "$(nm -D $d | grep -v ' U ')"
		is "$t $d: letters by section" "$(nm -D $d | sed -n 's/.* \([A-Z]\) \(bs\|dat\|ro\|g\|fw\)\( .*\)\{0,1\}$/\2\1/p' | xargs)" "bsB datD fwI gT roR"
		if have llvm-readobj-19; then
			llvm-readobj-19 --coff-imports $d | awk '/^  Name:/{d=$2} /Symbol:/{print $2 "@" d}' | sort >want
			nm -D $d | sed -n 's/^ * U //p' | sort >got; same "$t $d: imports as llvm-readobj" got want
			llvm-readobj-19 --coff-exports $d | awk '/Ordinal:/{o=$2} /^  Name:/{n=$2} /RVA: 0x0$/{n=""; next} /RVA:/{print (n == "" ? "#" o : n), $2} /ForwardedTo/{print n, "->" $2}' |
				sort >want
			nm -D --rva $d | grep -v ' U ' | awk '{a=$1; sub(/^0*/, "", a); print $3, ($4 == "->" ? "->" $5 : "0x" toupper(a))}' | sort >got
			same "$t $d: exports as llvm-readobj" got want
		else skip_test "$t $d: as llvm-readobj" "no llvm-readobj-19"; fi
	done
done
if have llvm-dlltool-19; then
	printf 'LIBRARY h.dll\nEXPORTS\nfunc\nvar DATA\nkonst CONSTANT\n' >h.def
	llvm-dlltool-19 -m i386:x86-64 -d h.def -l h.lib
	is "short imports" "$(nm h.lib | sed -n 's/^[0-9a-f]* \(. [a-z_]*\(func\|var\|konst\)\)$/\1/p' | tr '\n' ' ')" \
		"I __imp_func T func I __imp_var I __imp_konst R konst "
else skip_test "short imports" "no llvm-dlltool-19"; fi
done_testing
