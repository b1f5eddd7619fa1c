# -r: objects joined, then linked: C++ with groups and exceptions, TLS, commons, debugging information.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >a.cc <<'X'
#include <iostream>
#include <stdexcept>
template <class T> T twice(T x) { return x + x; }
inline int &counter() { static int n; return n; }
int b(int);
extern "C" { extern int common_one[]; }
thread_local int t = 3;
int main()
{
	try { b(1); } catch (const std::runtime_error &e) { std::cout << e.what() << " " << twice(4) << " " << counter() << "\n"; }
	common_one[2] = t; std::cout << common_one[2] << "\n";
}
X
cat >b.cc <<'X'
#include <stdexcept>
template <class T> T twice(T x) { return x + x; }
inline int &counter() { static int n; return n; }
int b(int n) { counter() += twice(n); if (n) throw std::runtime_error("joined"); return 0; }
X
echo 'int common_one[5];' >c.c
want="joined 8 2
3"
for o in "" "-g -O2" "-ffunction-sections -fdata-sections -O1"; do
	# shellcheck disable=SC2086
	g++ $o -c a.cc b.cc && gcc -fcommon -c c.c
	ok "ld -r $o" ld -m elf_x86_64 -r -o all.o a.o b.o c.o
	like "an object" "$(readelf -h all.o)" 'REL \(Relocatable'
	like "commons stay" "$(readelf -sW all.o)" 'COM common_one'
	is "readelf finds nothing wrong" "$(readelf -aW all.o 2>&1 >/dev/null)" ""
	ok "linked by us" linkxx p all.o
	prints "it runs" "$want" ./p
	if have ld.bfd; then
		ok "linked by GNU ld" g++ -fuse-ld=bfd -o p all.o
		prints "it runs" "$want" ./p
	fi
	ok "again" ld -m elf_x86_64 -r -o again.o all.o
	ok "linked with --gc-sections" linkxx p again.o -Wl,--gc-sections
	prints "it runs" "$want" ./p
done
echo "int one[3];" >com.c; gcc -fcommon -c com.c
ok "-d" ld -m elf_x86_64 -r -d -o comd.o com.o
like "allocates commons" "$(nm comd.o)" ' B one'
like "with their size" "$(readelf -sW comd.o)" ' 12 OBJECT +GLOBAL +DEFAULT +[0-9]+ one'

# --- groups whose signature is a local symbol of the assembler's; groups that are no COMDATs
as -o q.o - <<'X' || exit 99
.section .bar,"aG",@progbits,sig,comdat
.byte 1
.section .bar,"aG",@progbits,plain
.byte 2
.section .bar,"a"
.byte 3
X
cp q.o q2.o
size_of() { readelf -SW "$1" | sed 's/\[ */[/' | awk -v n="$2" '$2 == n { print $6 }' | xargs; }
ok "two objects with a plain group of one name" ld -e 0 q.o q2.o -o q
is "... each keeps its own, one of the COMDATs goes" "$(size_of q .bar)" 000005
ok "the same with -r" ld -r q.o q2.o -o qr.o
is "... the groups keep their names" "$(readelf -gW qr.o | sed -n "s/\(.*\) section \[.*\] .* \[\(.*\)\] .*/\1 \2/p" | xargs)" \
	"COMDAT group sig group plain group plain"
ok "... and link again" ld -e 0 qr.o q.o -o q
is "... to the same" "$(size_of q .bar)" 000007

# --- --gc-sections: what is wanted has to be said
cat >gc.c <<'X'
static int deep(void) { return 3; }
int one(void) { return deep() + 1; } int two(void) { return 2; }
__attribute__((visibility("hidden"))) int hid(void) { return 4; }
X
gcc -c -O0 -g -ffunction-sections gc.c -o gc.o || exit 99
syms() { nm "$1" | awk '$2 ~ /[Tt]/ { print $3 }' | sort | xargs; }
status "-r --gc-sections without a root" 1 ld -r --gc-sections gc.o -o gcr.o
like "... says what is missing" "$(cat tap.err)" 'requires a defined symbol root specified by -e or -u'
ok "... -u" ld -r --gc-sections -u one gc.o -o gcr.o
is "... keeps it and what it reaches" "$(syms gcr.o)" "deep one"
ok "... -e" ld -r --gc-sections -e two gc.o -o gcr.o
is "... keeps it" "$(syms gcr.o)" "two"
ok "... --gc-keep-exported" ld -r --gc-sections --gc-keep-exported gc.o -o gcr.o
is "... keeps what others see" "$(syms gcr.o)" "deep one two"
echo 'int one(void); int main(void) { return one() - 4; }' >gcm.c
ok "... what is left links" link gcx gcm.c gcr.o
ok "... and runs" ./gcx
ok "a program with --gc-sections" link gcx gcm.c gc.o -Wl,--gc-sections
is "... has no dead function" "$(syms gcx | tr ' ' '\n' | grep -E '^(one|two|hid|deep)$' | xargs)" "deep one"
ok "... --gc-keep-exported" link gcx gcm.c gc.o -Wl,--gc-sections,--gc-keep-exported
is "... has those that are not hidden" "$(syms gcx | tr ' ' '\n' | grep -E '^(one|two|hid|deep)$' | xargs)" "deep one two"

# --- --unique: sections that no one has heard of
printf '.section .odd,"a"\n.long 1\n.text\nnop\n.section .debug_info,""\n.long 1\n' | as -o u.o -
cp u.o u2.o
ok "--unique" ld -r --unique u.o u2.o -o uu.o
is "... two of those, one of others" "$(size_of uu.o .odd) $(size_of uu.o .text) $(size_of uu.o .debug_info)" "000004 000004 000002 000008"
done_testing
