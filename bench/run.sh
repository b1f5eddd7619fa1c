#!/bin/sh
# run.sh: what "make bench" runs. BENCH_DATA: what prepare.sh built; BENCH: which scripts, by commas.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${BENCH_DATA:?make bench BENCH_DATA=DIR (bench/README says how DIR is made)}"
: "${OBJKIT:?the program to measure}"
[ -d "$BENCH_DATA/ar" ] || { echo "bench: $BENCH_DATA holds no workloads; run: bench/prepare.sh $BENCH_DATA" >&2; exit 1; }
rc=0
for b in $(echo "${BENCH:-ar,nm,imports,ldpe,ldelf,ldmacho}" | tr , ' '); do
	[ -f "$here/$b.sh" ] || { echo "bench: no $b.sh" >&2; exit 2; }
	echo "== $b"
	"$here/$b.sh" "$BENCH_DATA" || rc=1
done
exit $rc
