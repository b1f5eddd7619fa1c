# Archives in a link: without an index, with one sorted by name, members that need each other.
. "${top_srcdir:?}/tests/lib.sh"
need gcc nm
. "$top_srcdir/tests/ld/elf.sh"
echo 'int a1(void) { return 1; } int a3(void) { return 3; }' >p.c
echo 'int a4(void); int a2(void) { return a4() - 2; } int z(void) { return 9; }' >q.c
echo 'int a3(void); int a4(void) { return a3() + 1; }' >r.c
echo 'int a1(void); int lonely(void) { return a1(); }' >s.c
cat >m.c <<'X'
#include <stdio.h>
int a1(void), a2(void), a3(void), a4(void);
int main(void) { printf("%d\n", a1() * 1000 + a2() * 100 + a3() * 10 + a4()); }
X
gcc -c p.c q.c r.c s.c
for f in gnu bsd darwin coff; do
	ok "$f archive" "$OBJKIT" ar --format=$f rcs lib$f.a s.o q.o r.o p.o
	ok "a link with it" link m$f m.c lib$f.a
	prints "it runs" 1234 ./m$f
	unlike "no more than needed" "$(nm m$f)" lonely
done
ok "an archive without index" "$OBJKIT" ar rcS libno.a s.o q.o r.o p.o
ok "is linked by its members' symbols" link mno m.c libno.a
prints "and runs" 1234 ./mno
unlike "with no more than needed" "$(nm mno)" lonely
ok "all of it with --whole-archive" link mall m.c -Wl,--whole-archive libno.a -Wl,--no-whole-archive libgnu.a
like "is in the program" "$(nm mall)" lonely

# The first offset of the index points into a member: that entry is reported, and the members are asked instead.
cp libgnu.a liblie.a
printf '\000\000\001\003' | dd of=liblie.a bs=1 seek=72 conv=notrunc 2>/dev/null
echo 'int lonely(void); int main(void) { return lonely() - 1; }' >l.c
ok "a symbol whose index entry lies" link ml l.c liblie.a
prints "is found" "" ./ml
like "is named, with the offset" "$(link ml l.c liblie.a 2>&1)" 'warning: liblie.a: the index points to offset 259, where no member is'
ok "the archive's other symbols are found" link mlie m.c liblie.a
prints "the program runs" 1234 ./mlie
ok "and --whole-archive needs no index" link mlw l.c -Wl,--whole-archive liblie.a -Wl,--no-whole-archive
prints "so that it runs" "" ./mlw

# A script names the archive before the option that wants all of it, which is when its index is needed after all.
echo 'INPUT(libgnu.a)' >first.lds
for t in 1 2; do
	ok "some of it, then all, $t threads" link mtwo$t m.c first.lds -Wl,--threads=$t,--whole-archive libgnu.a -Wl,--no-whole-archive
	prints "runs" 1234 ./mtwo$t
	is "what the script takes stands first, what is left last" \
		"$(nm -n mtwo$t | awk '$3 ~ /^(a[124]|lonely)$/ {print $3}' | tr '\n' ' ')" "a2 a4 a1 lonely "
done
ok "all of it, then some" link mthree m.c -Wl,--whole-archive libgnu.a -Wl,--no-whole-archive first.lds
like "takes nothing again" "$(nm mthree | grep -c lonely)" '^1$'

# A chain through two archives, each link in the other one: as many searches as links.
i=0
while [ $i -lt 40 ]; do
	echo "int c$((i + 1))(void); int c$i(void) { return c$((i + 1))() + 1; }" >c$i.c
	i=$((i + 1))
done
echo 'int c40(void) { return 0; }' >c40.c
echo '#include <stdio.h>
int c0(void); int main(void) { printf("%d\n", c0()); }' >cm.c
gcc -c c[0-9]*.c
"$OBJKIT" ar rcs libeven.a c?[02468].o c[02468].o
"$OBJKIT" ar rcs libodd.a c?[13579].o c[13579].o
for t in 1 2 4; do
	ok "a chain through a group, $t threads" link chain$t cm.c -Wl,--threads=$t -Wl,--start-group libeven.a libodd.a -Wl,--end-group
	prints "runs" 40 ./chain$t
	ok "the same program" cmp chain1 chain$t
done

# a library of another machine, found first: the search goes on, as GNU ld's
mkdir -p other right
mkobj - >i386.o <<'D'
elf32 machine=386
section .text PROGBITS flags=AX
  bytes c3
symbol wanted GLOBAL FUNC sec=.text
D
echo 'int wanted(void) { return 5; }' >wanted.c; echo 'int wanted(void); int main(void) { return wanted(); }' >wants.c
gcc -c wanted.c
"$OBJKIT" ar rcs other/libw.a i386.o; "$OBJKIT" ar rcs right/libw.a wanted.o
ok "an archive for another machine" link wants wants.c -Lother -Lright -lw -Wl,--fatal-warnings
like "is passed over" "$(cat tap.err)" 'skipping incompatible other/libw\.a when searching for -lw'
status "the next one is taken" 5 ./wants
status "where there is none" 1 link wants wants.c -Lother -lw
like "it is not found" "$(cat tap.err)" 'cannot find -lw'

# an archive whose index is fine and whose end is not: what the index names is linked; when a symbol stays undefined,
# the members are asked, and those that are none have nothing to say
cp right/libw.a libtail.a && printf 'no header of a member, but sixty bytes or a few more than that: rubbish' >>libtail.a
ok "an archive with rubbish at its end" link tail wants.c libtail.a
status "its member is taken" 5 ./tail
echo 'int wanted(void), missing(void); int main(void) { return wanted() + missing(); }' >wants2.c
status "and with a symbol that nothing defines" 1 link tail wants2.c libtail.a
like "that is said" "$(cat tap.err)" "undefined reference to .missing"
unlike "and nothing else" "$(grep 'objkit' tap.err)" 'libtail'
done_testing
