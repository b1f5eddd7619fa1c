#!/bin/sh
# What the compiler and the linker add to the program (spec "hardening", section 7): a flag that configure lost is
# noticed here.
. "${top_srcdir:?}/tests/lib.sh"
need readelf
grep -q '^HARDEN_CFLAGS = .*-fPIE' "$top_builddir/Makefile" || { echo "1..0 # SKIP built with --disable-hardening"; exit 0; }
readelf -hldW "$OBJKIT" >elf 2>/dev/null || { echo "1..0 # SKIP the program is no ELF file"; exit 0; }
head=$(sed -n 's/^ *Type: *//p' elf | head -n 1)
like "position-independent" "$head" '^DYN'
like "relocated data is read-only" "$(cat elf)" 'GNU_RELRO'
like "... and relocated before the start" "$(cat elf)" '\(FLAGS\).*BIND_NOW|FLAGS_1\).*NOW'
like "the stack is not executable" "$(grep GNU_STACK elf)" 'RW  '
is "nothing is both writable and executable" "$(grep -c ' LOAD .* RWE ' elf)" 0
flags=$(grep -E '^HARDEN_(CFLAGS|CPPFLAGS|LDFLAGS) = ' "$top_builddir/Makefile")
case $(grep '^CC = ' "$top_builddir/Makefile") in
*gcc*) for f in -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero; do
		like "flag $f" "$flags" "$f"
	done ;;
*) skip_test "flags of the compiler" "another compiler than gcc: it may lack some" ;;
esac
if [ -z "${SANITIZED:-}" ]; then # those builds check in another way
	like "flag _FORTIFY_SOURCE=3" "$flags" '-D_FORTIFY_SOURCE=3'
	readelf -W --dyn-syms "$OBJKIT" >syms
	like "stack protector" "$(cat syms)" '__stack_chk_fail'
	like "checked functions" "$(cat syms)" '__(snprintf|vsnprintf|memcpy|read|pread)_chk'
fi
done_testing
