# -O2: a string that ends another string has no place of its own.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf python3
. "$top_srcdir/tests/ld/elf.sh"
cat >a.c <<'X'
#include <stdio.h>
const char *a = "foobar", *b = "bar", *c = "r", *d = "", *e = "oobar", *f = "baz", *g = "xbar";
extern const char *other, *table[];
int main(void)
{
    printf("%s %s %s [%s] %s %s %s %s\n", a, b, c, d, e, f, g, other);
    printf("%d %d %d %d\n", b == a + 3 || b == g + 1, e == a + 1, *d == 0, other == a + 2);
    int bad = 0;
    for (int i = 0; i < 3000; i++) {
        char want[40];
        snprintf(want, sizeof want, "%d%s", i * 7919 % 3000, i % 3 ? "tail" : "");
        for (const char *p = want, *q = table[i]; (*p || *q) && !bad; p++, q++) bad = *p != *q;
    }
    return bad;
}
X
python3 -c 'print("const char *other = \"obar\", *table[] = {" + ",".join("\"%d%s\"" % (i * 7919 % 3000, "tail" if i % 3 else "") for i in range(3000)) + "};")' >b.c
ok "-O2" link o2 -O1 a.c b.c -g -Wl,-O2
prints "strings end in each other" "foobar bar r [] oobar baz xbar obar
1 1 1 1" ./o2
ok "-O1" link o1 -O1 a.c b.c -g -Wl,-O1
prints "... not without it" "foobar bar r [] oobar baz xbar obar
0 0 1 0" ./o1
size() { readelf -SW "$1" | awk '/ \.rodata /{ print $(NF - 5) }'; }
if [ "$((0x$(size o2)))" -lt "$((0x$(size o1)))" ]; then pass "smaller"; else fail "smaller"; diag "$(size o1) $(size o2)"; fi
info() { readelf --debug-dump=info -W "$1" | sed 's/(offset: [0-9a-fx]*)//; s/([a-z]*) 0x[0-9a-f]*$//' | grep -v '^File:\|DW_AT_low_pc\|DW_AT_location\|DW_AT_call_value'; }
info o1 >1.txt; info o2 >2.txt
same "names in debugging information are the same" 1.txt 2.txt
for t in 1 4; do gcc -B"$B" -O1 a.c b.c -o t$t -Wl,-O2,--threads=$t; done
same "any number of threads" t1 t4
done_testing
