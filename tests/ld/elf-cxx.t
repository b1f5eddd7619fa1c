# C++: exceptions across a shared library, COMDAT functions, static initialisers in order, unwinding.
. "${top_srcdir:?}/tests/lib.sh"
need g++ readelf
. "$top_srcdir/tests/ld/elf.sh"
cat >lib.cc <<'X'
#include <stdexcept>
#include <string>
struct special : std::runtime_error { using std::runtime_error::runtime_error; };
void thrower(int n)
{
	if (n > 1) throw special("from the library " + std::to_string(n));
}
template <class T> T twice(T x) { return x + x; }
template int twice<int>(int);
inline int &shared_static() { static int n; return n; }
int bump() { return ++shared_static(); }
X
cat >main.cc <<'X'
#include <iostream>
#include <stdexcept>
#include <vector>
#include <map>
void thrower(int);
inline int &shared_static() { static int n; return n; }
int bump();
static int order[8], n_order;
struct mark { int n; mark(int i) : n(i) { order[n_order++] = i; } };
__attribute__((init_priority(300))) mark c(3);
__attribute__((init_priority(200))) mark b(2);
mark d(4);
struct base { virtual ~base() {} virtual int f() { return 1; } };
struct derived : base { int f() override { return 2; } };
int main()
{
	try { thrower(2); } catch (const std::runtime_error &e) { std::cout << e.what() << "\n"; }
	try { std::vector<int>().at(5); } catch (const std::out_of_range &) { std::cout << "range\n"; }
	bump(); shared_static()++;
	std::cout << bump() << " " << shared_static() << "\n";
	base *p = new derived; derived *q = dynamic_cast<derived *>(p);
	std::map<std::string, int> m; m["x"] = p->f();
	std::cout << m["x"] << (q != nullptr) << " " << order[0] << order[1] << order[2] << "\n";
	delete p;
}
X
want="from the library 2
range
3 3
21 234"
for mode in "" -no-pie -static "-static-pie" "-Wl,--gc-sections -ffunction-sections -fdata-sections" \
	"-O2 -g -Wl,-z,now" "-fcf-protection" "-Wl,--icf=none"; do
	# shellcheck disable=SC2086
	ok "one program: g++ $mode" linkxx m $mode main.cc lib.cc
	prints "it runs: $mode" "$want" ./m
done
ok "a library" linkxx libl.so -shared -fPIC lib.cc
for mode in "" -no-pie; do
	# shellcheck disable=SC2086
	ok "its user $mode" linkxx u $mode main.cc -L. -ll -Wl,-rpath,.
	prints "exceptions cross the library $mode" "$want" ./u
done
# the search table of unwinding
like "eh_frame_hdr" "$(readelf -lW u)" 'GNU_EH_FRAME'
cat >bt.c <<'X'
#include <stdio.h>
#include <unwind.h>
static int depth;
static _Unwind_Reason_Code step(struct _Unwind_Context *c, void *p) { (void)p; depth += _Unwind_GetIP(c) != 0; return _URC_NO_REASON; }
__attribute__((noinline)) int f(int n) { if (n) return f(n - 1) + 1; _Unwind_Backtrace(step, 0); return 0; }
int main(void) { int n = f(10); printf("%d\n", n == 10 && depth >= 12); }
X
ok "unwinding without exceptions" link bt -O1 -fno-optimize-sibling-calls bt.c
prints "_Unwind_Backtrace walks the stack" 1 ./bt
if have clang++-19; then
	ok "clang" clang++-19 -o cl main.cc lib.cc "--ld-path=$B/ld"
	prints "clang's program runs" "$want" ./cl
	ok "clang with safe icf of its address-significance tables" clang++-19 -O2 -o cl main.cc lib.cc "--ld-path=$B/ld" -Wl,--gc-sections
	prints "it runs too" "$want" ./cl
fi
done_testing
