#!/bin/sh
# imports names what llvm-readobj, objdump and readelf find: library, symbol, hint, version, in order.
. "${top_srcdir:?}/tests/lib.sh"

# ours FILE: "library symbol hint" of PE imports; delay imports have no hint in LLVM's words
ours() {
	imports --format=posix "$1" 2>err |
		awk '{ print $3, $2, ($4 == "normal" && $2 !~ /^#/) ? $5 : "-" }'
}
llvm() {
	llvm-readobj-19 --coff-imports "$1" 2>/dev/null | awk '
		/^(Import|DelayImport) \{/ { delay = /^Delay/ }
		/^  Name: / { lib = $2 }
		/^ *Symbol: / {
			n = $NF; gsub(/[()]/, "", n); name = NF > 2 ? $2 : "#" n
			print lib, name, (delay || NF <= 2) ? "-" : n
		}'
}
gnu() {
	x86_64-w64-mingw32-objdump -p "$1" 2>/dev/null | awk '
		/^The Import Tables/ { on = 1 } /^The (Export|Function) Table|^PE File Base/ { on = 0 }
		on && /DLL Name:/ { lib = $3 }
		on && /^\t[0-9a-f]+\t *[0-9]+  [^ ]/ { print lib, $3, $2 }'
}

if have x86_64-w64-mingw32-gcc; then
	echo '#include <stdio.h>
	int main(void) { puts("hello"); return 0; }' >p.c
	x86_64-w64-mingw32-gcc p.c -o gnu-linked.exe
	mkdir -p B; ln -sf "$OBJKIT" B/collect2
	ok "objkit links the program" x86_64-w64-mingw32-gcc -B B/ p.c -o objkit-linked.exe
	like "objkit it was" "$(x86_64-w64-mingw32-gcc -B B/ p.c -Wl,--version 2>&1)" 'objkit ld'
	set -- gnu-linked.exe objkit-linked.exe
	for l in libstdc++-6.dll libgcc_s_seh-1.dll libwinpthread-1.dll libatomic-1.dll libgomp-1.dll; do
		f=$(x86_64-w64-mingw32-gcc -print-file-name=$l)
		[ "$f" = "$l" ] || set -- "$@" "$f"
	done
	for f; do
		n=$(basename "$f")
		ours "$f" >o
		ok "$n has imports" test -s o
		gnu "$f" >g
		same "$n: as objdump -p" o g
		have llvm-readobj-19 && { llvm "$f" >l; same "$n: as llvm-readobj" o l; }
	done
else
	skip_test "programs of mingw-w64" "x86_64-w64-mingw32-gcc is not installed"
fi

# wine's DLLs: real tables of every kind, delay imports and ordinals among them
dir=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows
if have llvm-readobj-19 && [ -d $dir ]; then
	n=0 bad=
	for f in "$dir"/[a-e]*.dll "$dir"/shlwapi.dll "$dir"/ole32.dll "$dir"/user32.dll; do
		[ -f "$f" ] || continue
		ours "$f" >o; llvm "$f" >l
		n=$((n + 1))
		cmp -s o l || { bad="$bad ${f##*/}"; diff l o | head -n 4 | sed 's/^/# /'; }
	done
	is "wine's DLLs: as llvm-readobj" "$bad" ""
	ok "there were enough of them ($n)" test $n -gt 50
else
	skip_test "wine's DLLs" "wine or llvm-readobj-19 is not installed"
fi

# ELF: needed libraries as readelf -d; undefined symbols and versions as nm -D
if have readelf nm; then
	for f in /bin/sh /usr/bin/make /usr/bin/awk "$(command -v git)"; do
		f=$(readlink -f "$f" 2>/dev/null) && [ -f "$f" ] || continue
		readelf -dW "$f" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort >want
		[ -s want ] || continue
		imports -L --format=tsv "$f" | cut -f1 | sort -u >got
		same "$f: libraries as readelf -d" got want
		nm -D --undefined-only "$f" | awk '$1 == "U" { print $2 }' | sort >want
		imports --format=tsv --kind=undef "$f" | cut -f2 | grep -v "^-$" | sort >got
		same "$f: symbols as nm -D" got want
	done
else
	skip_test "ELF" "readelf or nm is not installed"
fi
done_testing
