#!/bin/sh
# The house rules: see tests/tools/lint.
: "${top_srcdir:?run by make check}" "${top_builddir:?}"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
exec "$PYTHON3" "$top_srcdir/tests/tools/lint" "$top_srcdir" "$top_builddir"
