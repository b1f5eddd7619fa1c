# elf.sh - for tests of ELF links: makes $B, a directory for gcc -B whose ld is objkit.
B=$T/B
mkdir -p "$B"
for elf_n in ld real-ld; do
	printf '#!/bin/sh\nexec "%s" ld "$@"\n' "$OBJKIT" >"$B/$elf_n"
	chmod +x "$B/$elf_n"
done
# link OUTPUT ARGUMENT...: gcc with objkit as its linker; the output must carry our mark
link() {
	elf_out=$1; shift
	gcc -B"$B" -o "$elf_out" "$@" && ours "$elf_out"
}
linkxx() {
	elf_out=$1; shift
	g++ -B"$B" -o "$elf_out" "$@" && ours "$elf_out"
}
# ours FILE: did objkit link it?
ours() { readelf -p .comment "$1" | grep -q 'Linker: objkit'; }
# prints NAME EXPECTED COMMAND...: the command succeeds and prints exactly that
prints() {
	elf_name=$1 elf_want=$2; shift 2
	elf_got=$("$@" 2>&1); elf_rc=$?
	is "$elf_name" "$elf_got [$elf_rc]" "$elf_want [0]"
}
