# -C: names of several languages in one table, the underscore of formats that add one, prefixes that
# toolchains put before a name (spec ar-nm, 4.4 and scenario 36).
. "${top_srcdir:?}/tests/lib.sh"
need python3
names='_ZN3foo3barEv _RNvCs1234_7mycrate3foo _ZN4core3fmt9Formatter3pad17h0123456789abcdefE _D4test3fooFZv ?f@@YAXXZ
plain __ZN3foo3bazEv _ZN3foo3barEv.cold .refptr._ZN3foo3barEv __emutls_v._ZN3foo1vE'
elf() { echo 'elf64'; echo 'section .text PROGBITS flags=AX'; echo 'zero 64'
	for n in $names; do echo "symbol \"$n\" GLOBAL FUNC sec=.text"; done; }
elf >d; mkobj d >e.o || exit 99
nm -C e.o | sed 's/^[^ ]* . //' >out
for want in 'foo::bar()' 'mycrate::foo' 'core::fmt::Formatter::pad' 'test.foo()' plain 'foo::bar() [clone .cold]' \
	'.refptr.foo::bar()' '__emutls_v.foo::v'; do
	ok "ELF: $want" grep -Fqx -- "$want" out
done
ok "ELF: two underscores are no C++ name" grep -qx '__ZN3foo3bazEv' out
ok "MSVC's names are shown as they are" grep -Fqx '?f@@YAXXZ' out
{ echo 'macho64'; echo 'section __TEXT,__text'; echo 'zero 16'
	echo 'symbol "__ZN3foo3bazEv" external sec=__text; symbol "_plain" external sec=__text'; } >d
mkobj d >m.o 2>/dev/null || { sed -i 's/sec=__text/sec=1/g' d; mkobj d >m.o; } || exit 99
is "Mach-O: one underscore belongs to the format" "$(nm -C m.o | sed 's/^[^ ]* . //')" "foo::baz()
_plain"
for m in I386 AMD64; do
	u=; [ $m = AMD64 ] || u=_
	{ echo "coff $m"; echo 'section .text flags=text'; echo 'zero 16'
	echo "symbol \"${u}_ZN3foo3barEv\" EXTERNAL FUNCTION sec=.text"; echo "symbol \"__imp_${u}_ZN3foo3barEv\" EXTERNAL sec=.text"; } >d
	mkobj d >c.o || exit 99
	nm -C c.o | sed 's/^[^ ]* . //' >out
	ok "COFF $m: demangled" grep -Fqx 'foo::bar()' out
	ok "COFF $m: through __imp_" grep -Fqx '__imp_foo::bar()' out
done
# what LLVM's nm leaves out of COFF objects: a static function, whose auxiliary record is no section's
if have x86_64-w64-mingw32-gcc; then
	printf 'static __attribute__((noinline, used)) int st_fn(int x) { return x; }\nint g(int x) { return st_fn(x); }\n' >s.c
	x86_64-w64-mingw32-gcc -c s.c -o s.o || exit 99
	like "a static function in a COFF object" "$(nm s.o)" '^0*0 t st_fn$'
	is "as GNU lists it" "$(nm s.o)" "$(x86_64-w64-mingw32-nm s.o)"
else skip_test "static functions in COFF" "no mingw-w64 gcc"; fi
# one language alone, as GNU nm has it
if have gcc nm; then
	gnu=$(peer nm)
	printf '.globl foo__bar, main, _ZN4java4lang6String6lengthEv, pkg__Oadd, _ada_main, Weird, _D4test3fooFZv\n' >a.s
	printf 'foo__bar: main: _ZN4java4lang6String6lengthEv: pkg__Oadd: _ada_main: Weird: _D4test3fooFZv: nop\n' >>a.s
	gcc -c a.s -o a.o || exit 99
	for st in auto none gnu-v3 rust dlang java gnat; do
		"$gnu" --demangle=$st a.o >want; nm --demangle=$st a.o >got
		[ $st != auto ] || sed -i 's/_D4test3fooFZv/test.foo()/' want # GNU's auto leaves D out
		same "--demangle=$st as GNU nm" got want
	done
	status "an unknown style" 1 nm --demangle=zzz a.o
	printf 'elf64\nsection .text PROGBITS flags=AX\nzero 64\n' >d
	for n in _ZN3foo3barEv@@V_1 _ZN3foo3bazEv@V_1 _ZdlPv@plt ._ZN3foo1cEv '$_ZN3foo1dEv' @V_1; do
		echo "symbol \"$n\" GLOBAL FUNC sec=.text" >>d
	done
	mkobj d >at.o || exit 99
	"$gnu" -C at.o >want; nm -C at.o >got; same "-C: versions, @plt and leading dots stay" got want
	like "which are there" "$(cat got)" ' foo::bar\(\)@@V_1$'
	printf 'int puts(const char *); int main(void) { return puts("x"); }\n' >v.c
	gcc v.c -o v || exit 99
	"$gnu" --without-symbol-versions v >want; nm --without-symbol-versions v >got
	same "--without-symbol-versions, names with versions in them" got want
	like "which are there" "$(nm v)" ' U puts@'
else skip_test "--demangle=STYLE" "no gcc or nm"; fi
if have i686-w64-mingw32-gcc; then
	printf 'int plain; int f(void) { return plain; }\n__attribute__((stdcall)) int s(int x) { return x; }\n' >p.c
	i686-w64-mingw32-gcc -c p.c -o p.o || exit 99
	is "-C and the underscore of 32-bit Windows" "$(nm -C p.o)" "$(i686-w64-mingw32-nm -C p.o)"
	is "not without -C" "$(nm p.o | grep -c ' _plain$')" 1
else skip_test "the underscore of 32-bit Windows" "no mingw-w64 gcc"; fi
done_testing
