# Reports that are asked for: why something is live, commons, backward references, holes in libraries, memory, traces.
. "${top_srcdir:?}/tests/lib.sh"
need gcc readelf python3
. "$top_srcdir/tests/ld/elf.sh"
cat >g.c <<'X'
static int deep(void) { return 3; }
int (*table[])(void) = {deep};
int used(void) { return table[0](); }
int dead(void) { return 7; }
int main(void) { return used() - 3; }
X
out=$(gcc -B"$B" -O0 -ffunction-sections -fdata-sections -o g g.c -Wl,--gc-sections,--why-live=deep,--why-live=dead,--why-live=nothing)
like "--why-live: a local function" "$out" '^live symbol: deep in .*:\(\.text\.deep\)$'
is "... the chain" "$(printf '%s\n' "$out" | sed -n 's/^>>> referenced by .*:(\(.*\))$/\1/p' | head -n 3 | xargs)" ".data.rel.local.table .text.used .text.main"
like "... ends where it begins" "$out" '^>>> which is kept in any case'
like "... what is not there" "$out" '^dead symbol: dead in .*text\.dead'
like "... nor anywhere" "$out" '^no such symbol: nothing'
out=$(gcc -B"$B" -O0 -ffunction-sections -o g g.c -Wl,--why-live=dead,--why-live=nothing)
is "... without --gc-sections" "$(printf '%s\n' "$out" | sed 's/ in .*:(/ in (/')" "live symbol: dead in (.text.dead)
>>> which is kept in any case: there is no --gc-sections
no such symbol: nothing"
like "--print-gc-sections" "$(gcc -B"$B" -ffunction-sections -o g g.c -Wl,--gc-sections,--print-gc-sections 2>&1)" "removing unused section '\.text\.dead'"

echo 'int c; int main(void) { return c; }' >c1.c; echo 'long c;' >c2.c; echo 'int c = 5;' >c3.c
for n in 1 2 3; do gcc -fcommon -c c$n.c -o c$n.o; done
ok "--warn-common" link c c1.o c2.o -Wl,--warn-common
like "... a larger one" "$(cat tap.err)" "c1.o: common symbol 'c' is overridden by the larger one in c2.o"
ok "--warn-common" link c c1.o c3.o -Wl,--warn-common
like "... a definition" "$(cat tap.err)" "c1.o: common symbol 'c' is overridden by the definition in c3.o"
ok "no option" link c c1.o c2.o
is "... no warning" "$(cat tap.err)" ""

echo 'int a(void) { return 0; }' >a.c; echo 'int a(void); int main(void) { return a(); }' >m.c
gcc -c a.c m.c; ar rcs liba.a a.o
ok "an archive before its user" link b liba.a m.o -Wl,--warn-backrefs
like "--warn-backrefs" "$(cat tap.err)" "warning: backward reference: 'a' in m.o refers to liba.a\(a.o\)"
ok "in order" link b m.o liba.a -Wl,--warn-backrefs
unlike "... silence" "$(cat tap.err)" "backward reference: 'a'"
ok "in a group" link b -Wl,--start-group liba.a m.o -Wl,--end-group,--warn-backrefs
unlike "... silence" "$(cat tap.err)" "backward reference: 'a'"
ok "--undefined-glob" link u -x c - -x none liba.a -Wl,--undefined-glob='a*' <<'X'
int main(void) { return 0; }
X
like "... extracts" "$(readelf -sW u)" ' a$'

echo 'int missing(void); int h(void) { return missing(); }' >h.c
gcc -shared -fPIC -o libh.so h.c -lc
echo 'int h(void); int main(void) { return h(); }' >hu.c
status "--no-allow-shlib-undefined" 1 link h hu.c -L. -lh -Wl,--no-allow-shlib-undefined
like "... names library and symbol" "$(cat tap.err)" "libh.so: undefined reference to 'missing'"
ok "--allow-shlib-undefined" link h hu.c -L. -lh -Wl,--allow-shlib-undefined

echo 'int dv(void) { return 4; }' >dv.c; echo 'int dv(void); int main(void) { return dv() - 4; }' >dvu.c
ok "--default-symver" link libdv.so -shared -fPIC dv.c -Wl,-soname,libdv.so.1,--default-symver
like "... versions named by the soname" "$(readelf --dyn-syms -W libdv.so)" 'dv@@libdv\.so\.1'
ln -sf libdv.so libdv.so.1
ok "... its user" link dvu dvu.c -L. -ldv -Wl,-rpath,.
ok "... runs" ./dvu

echo 'extern __thread int t; int main(void) { return t; }' >t1.c; echo 'int t;' >t2.c
status "thread-local here, not there" 1 link t t1.c t2.c
like "... is an error" "$(cat tap.err)" "against 't', which is not thread-local where it is defined"

gcc -fcf-protection=none -c m.c -o n.o
status "-z cet-report=error" 1 link z n.o a.o -Wl,-z,cet-report=error
like "... names object and property" "$(cat tap.err)" "error: n.o: does not have the IBT property"
ok "-z cet-report=warning" link z n.o a.o -Wl,-z,cet-report=warning
like "... warns" "$(cat tap.err)" "warning: n.o: does not have the SHSTK property"
status "another word" 1 link z n.o a.o -Wl,-z,cet-report=perhaps

cat >mem.ld <<'X'
MEMORY { rom (rx) : ORIGIN = 0, LENGTH = 64K  ram (rw) : ORIGIN = 0x20000000, LENGTH = 1000 }
SECTIONS { .text : { *(.text*) } > rom .data : { *(.data*) *(.bss*) *(COMMON) } > ram /DISCARD/ : { *(*) } }
X
echo 'int x = 3, y; int _start(void) { return x + y; }' >mm.c; gcc -c -fno-pic -ffreestanding mm.c
is "--print-memory-usage as GNU ld's" "$(ld -T mem.ld mm.o -o mm --print-memory-usage)" "$(ld.bfd -T mem.ld mm.o -o mm2 --print-memory-usage 2>/dev/null)"

ok "--time-trace" link tt m.o a.o -Wl,--time-trace
ok "... is JSON with the passes" python3 -c '
import json
e = json.load(open("tt.time-trace"))["traceEvents"]
assert {"load", "resolve", "write"} <= {x["name"] for x in e} and all(x["dur"] >= 0 for x in e)'
ok "--time-trace=FILE" link tt m.o a.o -Wl,--time-trace=x.json
ok "... is there" test -s x.json
mkdir -p adir
for to in /nonexistent/x.json adir; do
	echo old >tt
	status "--time-trace=$to: refused" 1 "$OBJKIT" ld -m elf_x86_64 m.o a.o -e main --time-trace=$to -o tt
	is "... in one line" "$(grep -c . tap.err)" 1
	like "... that names it" "$(cat tap.err)" "error: $to: (No such file|Is a directory)"
	is "... and the output is as it was" "$(cat tt)" old
done
done_testing
