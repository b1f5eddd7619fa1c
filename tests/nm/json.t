#!/bin/sh
# --format=json: JSON Lines that any parser reads, whatever the names are.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
F=$top_srcdir/tests/files
cat >check.py <<'E'
import json, sys
keys = {"file", "member", "arch", "name", "demangled", "letter", "value", "size", "section", "binding",
        "type", "visibility", "version", "library", "default_version", "source", "line"}
n = 0
for text in sys.stdin.buffer:
    r = json.loads(text)
    assert set(r) <= keys, r
    assert {"file", "arch", "name", "letter", "binding", "type", "visibility"} <= set(r), r
    assert ("value" in r) == (r["letter"] not in "Uvw") or r["type"] == "common", r
    n += 1
print(n)
E
for f in "$F"/good-*; do
	n=$("$OBJKIT" nm --format=json -l "$f" 2>/dev/null | "$PYTHON3" check.py 2>err)
	is "$(basename "$f")" "$n" "$(nm -j "$f" 2>/dev/null | wc -l)" || cat err
done
if have jq; then
	for f in "$F"/good-*; do
		nm --format=json "$f" >lines 2>/dev/null
		is "$(basename "$f"): jq reads it" "$(jq -c 'select((.name | type) == "string" and (.letter | length) == 1)' lines 2>&1 | wc -l)" "$(wc -l <lines)"
	done
else skip_test "jq reads it" "no jq"; fi
mkobj - >odd.o <<'E'
elf64 machine=X86_64 type=REL
section .text
  bytes 90
symbol "a\"b\\c\nd" GLOBAL FUNC sec=.text
symbol _ZN3foo3barEv GLOBAL FUNC sec=.text size=1
E
line=$(nm --format=json odd.o | grep foo)
like "demangled" "$line" '"demangled":"foo::bar\(\)"'
like "value and size are numbers" "$line" '"value":0,"size":1,'
like "a name with quotes" "$(nm --format=json odd.o | "$PYTHON3" check.py 2>&1)" '^[0-9]+$'
done_testing
