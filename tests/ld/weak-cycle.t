# Weak externals that are each other's default: a named error, in bounded time, and no output.
. "${top_srcdir:?}/tests/lib.sh"
mkobj - >cycle.o <<'E'
coff 0x8664
section .text flags=text
  bytes e8 00 00 00 00 c3
reloc 1 4 wa
symbol start EXTERNAL sec=.text
symbol wa WEAK_EXTERNAL
aux-weak wb 3
symbol wb WEAK_EXTERNAL
aux-weak wa 3
E
for o in --no-gc-sections --gc-sections; do
	status "$o" 1 timeout 60 "$OBJKIT" ld -m i386pep -e start $o cycle.o -o p.exe
	like "names file, place and symbol" "$(cat tap.err)" "cycle\.o: \.text\+0x1: .*'wa'"
	ok "no output" test ! -e p.exe
done
done_testing
