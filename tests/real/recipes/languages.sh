# Fortran, Objective-C and D: run-time libraries of their own, module tables and constructors that the linker lays
# out (packages gfortran, gobjc, gdc, gfortran-mingw-w64-x86-64)
targets='native mingw64'
source_package() { :; }
program() {
	cat >f.f90 <<'F'
module shapes
  implicit none
  type, abstract :: shape
  contains
    procedure(area_of), deferred :: area
  end type
  abstract interface
    function area_of(self) result(a)
      import shape
      class(shape), intent(in) :: self
      real(8) :: a
    end function
  end interface
  type, extends(shape) :: square
    real(8) :: side
  contains
    procedure :: area => square_area
  end type
  real(8) :: work(1000)
  common /blank/ work
contains
  function square_area(self) result(a)
    class(square), intent(in) :: self
    real(8) :: a
    a = self%side ** 2
  end function
  recursive integer function factorial(n) result(r)
    integer, intent(in) :: n
    if (n <= 1) then; r = 1; else; r = n * factorial(n - 1); end if
  end function
end module
program t
  use shapes
  use iso_c_binding
  implicit none
  interface
    function c_len(s) bind(c, name="strlen")
      import c_size_t, c_char
      character(kind=c_char), intent(in) :: s(*)
      integer(c_size_t) :: c_len
    end function
  end interface
  class(shape), allocatable :: p
  real(8) :: a(4, 4), b(4, 4)
  integer :: i, u
  integer, allocatable :: v(:)
  character(len=20) :: line
  allocate(p, source=square(side=3d0))
  a = reshape([(real(i, 8), i = 1, 16)], [4, 4])
  b = matmul(a, transpose(a))
  v = [(i * i, i = 1, 5)]
  work(10) = sum(b)
  open(newunit=u, file='f.tmp', status='replace')
  write(u, '(3i5)') v(1:3)
  rewind(u)
  read(u, '(a)') line
  close(u, status='delete')
  write(*, '(f4.2, f7.1, i5, i2, a, i2)') p%area(), work(10), factorial(7), size(v), trim(line), c_len('abcd' // c_null_char)
end program
F
	cat >o.m <<'M'
#include <objc/runtime.h>
#include <stdio.h>
@interface Root { Class isa; int n; }
+ (id)alloc;
+ (Class)class;
- (id)initWith:(int)v;
- (int)value;
@end
static int loads, initialized;
@implementation Root
+ (void)load { loads++; }
+ (void)initialize { initialized += self == [Root class]; }
+ (Class)class { return self; }
+ (id)alloc { return class_createInstance(self, 0); }
- (id)initWith:(int)v { n = v; return self; }
- (int)value { return n; }
@end
@interface Sub : Root
@end
@implementation Sub
- (int)value { return 2 * [super value]; }
@end
@interface Root (More)
- (int)more;
@end
@implementation Root (More)
+ (void)load { loads++; }
- (int)more { return [self value] + 1; }
@end
int main(void) {
	Root *r = [[Sub alloc] initWith:20];
	int got = 0;
	@try { @throw r; } @catch (Sub *s) { got = [s more]; } @finally { got += 100; }
	@synchronized (r) { got += 1000; }
	printf("%d %d %d %s\n", loads, initialized, got, class_getName(object_getClass(r)));
	return 0;
}
M
	cat >d.d <<'D'
import std.array, std.concurrency, std.parallelism, std.range, std.regex, std.stdio;
int mine = 3;
__gshared int all = 4;
shared static this() { all++; }
class A { int v() { return 1; } }
class B : A { override int v() { return 2; } }
struct Leaves { ~this() { all += 10; } }
void worker(Tid owner) { mine = 9; owner.send(mine); }
template factorial(int n) { static if (n < 2) enum factorial = 1; else enum factorial = n * factorial!(n - 1); }
void main(string[] args) {
	A a = new B;
	{ Leaves l; }
	spawn(&worker, thisTid);
	int r = receiveOnly!int(), caught;
	try { auto z = args[args.length]; } catch (Error e) caught++;
	try { throw new Exception("x"); } catch (Exception e) caught += 10;
	auto sum = taskPool.reduce!"a+b"(10.iota.array);
	writefln("%d %d %d %d %d %d %d %s", a.v, r, mine, all, caught, factorial!6, sum, matchFirst("ab12", regex(`\d+`)).hit);
}
D
}
fortran='9.00 5904.0 5040 5    1    4    9 4'
objc='2 1 1141 Sub'
d='2 9 3 15 11 720 45 12'
# each NAME COMPILER SOURCE OPTION-SETS...: one program per set of options, NAME-1, NAME-2, …
each() {
	name=$1 how=$2 from=$3 n=0; shift 3
	for o; do
		n=$((n + 1))
		# shellcheck disable=SC2086 # a compiler and options
		$how $o -o "$name-$n" "$from" $libs
	done
}
build_native() {
	program
	b=${CC#gcc}
	libs=''
	each f "gfortran$b" f.f90 -O1 -static-libgfortran '-fPIE -static-pie' '-O2 -flto'
	each d "gdc$b" d.d -O1 -static-libphobos '-shared-libphobos -g' '-ffunction-sections -Wl,--gc-sections' '-O2 -flto'
	libs='-lobjc -lpthread'
	each o "$CC -fobjc-exceptions" o.m -O1 '-O2 -no-pie' -static '-O2 -flto'
}
check_native() {
	for n in 1 2 3 4; do
		a_test "Fortran $n" [ "$(./f-$n)" = "$fortran" ]
		a_test "Objective-C $n" [ "$(./o-$n)" = "$objc" ]
	done
	for n in 1 2 3 4 5; do a_test "D $n" [ "$(./d-$n)" = "$d" ]; done
	all_pass 13
}
build_mingw() {
	program
	libs=''
	each f "$HOST-gfortran${CC#"$HOST-gcc"}" f.f90 '-O1 -static' -O1 '-O2 -flto -static'
}
check_mingw() {
	copy_runtime . "$HOST-gfortran"
	for l in libgfortran-5.dll libquadmath-0.dll; do cp "$("$HOST-gfortran" -print-file-name=$l)" .; done
	for n in 1 2 3; do a_test "Fortran $n" [ "$("$RUN" f-$n.exe | tr -d '\r')" = "$fortran" ]; done
	all_pass 3
}
