# Random linker scripts against GNU ld: addresses, sizes, types, flags and alignments of sections, values of symbols.
# GNU ld lays out once with tables that it drops later; where that moves '.' in a section that stays empty, it
# is written to, and a name may stand for two sections: so a few may differ.
. "${top_srcdir:?}/tests/lib.sh"
need ld.bfd as readelf python3
[ "$(uname -m)" = x86_64 ] || { echo "1..0 # SKIP not x86-64"; exit 0; }
n=120
python3 "$top_srcdir/tests/tools/mkscripts" . $n || exit 99
for s in o*.s; do as "$s" -o "${s%.s}.o" || exit 99; done
facts() {
	readelf -SW "$1" | sed -n 's/^ *\[ *[0-9]*\] \([^ ]* *[A-Z_]* *[0-9a-f]*\) [0-9a-f]* \([0-9a-f]* *[0-9a-f]* *W*A[A-Z]*\) *[0-9]* *[0-9]* *\([0-9]*\)$/\1 \2 \3/p' | sort
	readelf -sW "$1" | awk '$8 != "" && $5 != "SECTION" && $4 != "FILE" { print $8, $2 }' | sort -u
}
compared=0; differ=''
i=0
while [ $i -lt $n ]; do
	# shellcheck disable=SC2046
	set -- $(cat $i.args)
	if command ld.bfd -m elf_x86_64 -T $i.ld "$@" -o g 2>g.err; then # it aborts at some
		compared=$((compared + 1))
		if ld -m elf_x86_64 -T $i.ld "$@" -o o 2>o.err; then
			facts g >g.txt; facts o >o.txt
			cmp -s g.txt o.txt || { differ="$differ $i"; diff g.txt o.txt | sed "s/^/# script $i: /" | head -n 3; }
		else
			differ="$differ $i"; sed "s/^/# script $i: /" o.err
		fi
	fi
	i=$((i + 1))
done
ok "most scripts are ones that GNU ld takes" [ $compared -gt $((n * 3 / 4)) ]
# shellcheck disable=SC2086
set -- $differ
ok "at most one in forty differs ($# of $compared)" [ $(($# * 40)) -le $compared ]
done_testing
