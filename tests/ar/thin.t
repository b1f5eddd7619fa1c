# Thin archives: paths, updates, what they refuse.
. "${top_srcdir:?}/tests/lib.sh"
need ar gcc
gnu() { command ar "$@"; }
mkdir keyboard mouse lib
echo 'int k(void){return 1;}' >k.c; echo 'int m(void){return 2;}' >m.c
gcc -c k.c -o keyboard/click.o && gcc -c m.c -o mouse/click.o && cp keyboard/click.o a.o || exit 99
ar rc --thin lib/t.a keyboard/click.o mouse/click.o
is "both stay" "$(ar t lib/t.a)" "lib/../keyboard/click.o
lib/../mouse/click.o"
is "as GNU lists them" "$(ar t lib/t.a)" "$(gnu t lib/t.a)"
is "--normalize" "$(ar t --normalize lib/t.a)" "keyboard/click.o
mouse/click.o"
is "from elsewhere" "$(cd lib && ar t t.a)" "../keyboard/click.o
../mouse/click.o"
gcc -c -g m.c -o mouse/click.o
(cd mouse && ar r --thin ../lib/t.a click.o)
is "re-added from another directory: replaced" "$(ar t lib/t.a | wc -l)" 2
ar r lib/t.a keyboard/click.o; is "r without --thin stays thin" "$(head -c 7 lib/t.a)" '!<thin>'
ar q lib/t.a a.o; is "q too" "$(ar t --normalize lib/t.a | tail -n 1)" "a.o"
ar p lib/t.a a.o >p; same "p reads the file" p a.o
ar d lib/t.a a.o; is "d" "$(ar t lib/t.a | wc -l)" 2
ar rc --thin t2.a lib/t.a
is "a thin archive is flattened" "$(ar t t2.a)" "keyboard/click.o
mouse/click.o"
ar q t2.a lib/t.a; is "in q as well" "$(ar t t2.a | wc -l)" 4
ar rc reg.a a.o
status "a regular archive's members cannot be referenced" 1 ar rc --thin t3.a reg.a
ok "no output then" test ! -e t3.a
status "regular to thin by r is refused" 1 ar r --thin reg.a a.o
ar rcL flat.a t2.a; is "L makes files of thin members" "$(ar t flat.a | head -n 2)" "click.o
click.o"
status "x is refused" 1 ar x t2.a
ok "x --output copies" ar x --output out t2.a keyboard/click.o
same "the file" out/click.o keyboard/click.o
ok "ranlib" ranlib lib/t.a
is "index of a thin archive" "$(command nm -s lib/t.a 2>/dev/null | sed -n 3,4p)" "k in lib/../keyboard/click.o
m in lib/../mouse/click.o"
mv mouse/click.o gone
is "t lists what is gone" "$(ar t lib/t.a | wc -l)" 2
status "p of it fails" 1 ar p lib/t.a mouse/click.o
status "s fails" 1 ar s lib/t.a
cp lib/t.a before; status "r fails" 1 ar r lib/t.a a.o; same "and changes nothing" lib/t.a before
mkfifo pipe; status "a FIFO is no member" 1 ar rc --thin fifo.a pipe
# GNU ar refers to members of regular archives by offset
rm -f reg.a nest.a; ar rc reg.a a.o keyboard/click.o; gnu rcT nest.a reg.a
is "nested: t" "$(ar t nest.a)" "$(gnu t nest.a)"
rm -rf out; ok "nested: x --output" ar x --output out nest.a; same "nested: the right member" out/a.o a.o
is "nested: nm" "$(nm nest.a 2>&1 | grep -c ' T k')" 2
status "nested: it is not rewritten" 1 ar r nest.a a.o
# what is named, not added, goes by the last part of its path too, as with GNU; a whole path goes first
mkdir -p pa pb; echo one >pa/same.txt; echo two >pb/same.txt; echo three >pb/other.txt; rm -f base.a
ar rc --thin base.a pa/same.txt pb/same.txt pb/other.txt
is "t by the last part" "$(ar t base.a other.txt)" "pb/other.txt"
is "p: the first of them" "$(ar p base.a same.txt)" one
is "p by a path" "$(ar p base.a pb/same.txt)" two
is "tO has no offsets: nothing is in there" "$(ar tO base.a other.txt)" "pb/other.txt"
ar d base.a other.txt; is "d by the last part" "$(ar t base.a | xargs)" "pa/same.txt pb/same.txt"
ar d base.a pb/same.txt; is "d by a path" "$(ar t base.a | xargs)" "pa/same.txt"
echo here >same.txt; ar r base.a same.txt; is "r adds by paths alone" "$(ar t base.a | xargs)" "pa/same.txt same.txt"
ar m base.a pa/same.txt; is "m by a path" "$(ar t base.a | xargs)" "same.txt pa/same.txt"
status "x without --output" 1 ar x base.a; is "says why once" "$(wc -l <tap.err)" 1
ar x --output=got base.a 2>err; is "x with it: of two members of one name" "$(cat err)" \
	"ar: warning: base.a: there are several members named 'same.txt': the last one stays"
is "the last one" "$(cat got/same.txt)" one
rm -rf got; ar x --unique --output=got base.a; is "or both" "$(cat got/same.txt got/same.txt.2 | xargs)" "here one"
done_testing
