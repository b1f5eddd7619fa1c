# C++ over three shared libraries and one that is loaded at run time: exceptions, casts, templates' and
# inline functions' statics, thread-local objects, constructors in order
source_package() { :; }
program() {
	cat >x.h <<'CC'
#include <stdexcept>
#include <string>
#include <vector>
#ifdef _WIN32
#define API __attribute__((visibility("default")))
#else
#define API
#endif
struct API Shape { virtual ~Shape(); virtual double area() const = 0; virtual std::string name() const; };
struct API Named { virtual ~Named(); std::string tag; };
struct API Both : virtual Shape, virtual Named { double area() const override; std::string name() const override; int more = 7; };
struct API Oops : std::runtime_error { using std::runtime_error::runtime_error; ~Oops() override; int code = 5; };
template <class T> struct Count { static int n; static T &slot() { static T t{}; return t; } };
template <class T> int Count<T>::n = 0;
inline int &shared_static() { static int s = 100; return s; }
void thrower(int);
int rethrow(void (*)(int));
Shape *make();
int per_thread();
extern std::vector<std::string> *order;
void note(const char *);
CC
	cat >a.cc <<'CC'
#include "x.h"
Shape::~Shape() {} std::string Shape::name() const { return "shape"; }
Named::~Named() {} Oops::~Oops() {}
std::vector<std::string> *order;
void note(const char *s) { if (!order) order = new std::vector<std::string>; order->push_back(s); }
static struct A { A() { note("a"); } } a;
thread_local int mine = 3;
int per_thread() { return mine++; }
void thrower(int k) {
	shared_static()++; Count<int>::n++;
	switch (k) { case 0: throw Oops("oops"); case 1: throw 42; case 2: throw std::out_of_range("far"); case 3: throw std::string("text"); }
}
CC
	cat >b.cc <<'CC'
#include "x.h"
static struct B { B() { note("b"); } } b;
double Both::area() const { return 2.5; } std::string Both::name() const { return "both/" + tag; }
Shape *make() { Both *p = new Both; p->tag = "t"; Count<int>::slot() += 10; return p; }
int rethrow(void (*f)(int)) {
	int r = 0;
	for (int k = 0; k < 4; k++) try { try { f(k); } catch (const std::string &) { throw; } catch (int v) { throw v + 1; } }
		catch (const Oops &o) { r += o.code; } catch (const std::exception &) { r += 100; } catch (int v) { r += 1000 * v; } catch (...) { r += 100000; }
	return r;
}
CC
	cat >plugin.cc <<'CC'
#include "x.h"
struct Circle : Shape { double area() const override { return 3.0; } std::string name() const override { return "circle"; } };
extern "C" API Shape *plugin_make() { Count<int>::slot()++; shared_static()++; return new Circle; }
extern "C" API void plugin_throw() { throw Oops("plugin"); }
CC
	cat >main.cc <<'CC'
#include "x.h"
#include <iostream>
#include <thread>
#ifdef _WIN32
#include <windows.h>
static void *load(const char *f, const char *s) { return (void *)GetProcAddress(LoadLibraryA(f), s); }
#define LIB "plugin.dll"
#else
#include <dlfcn.h>
static void *load(const char *f, const char *s) { return dlsym(dlopen(f, RTLD_NOW), s); }
#define LIB "./plugin.so"
#endif
static struct M { M() { note("m"); } } m;
int main() {
	Shape *s = make();
	Named *n = dynamic_cast<Named *>(s);
	Both *b = dynamic_cast<Both *>(n);
	std::cout << s->name() << ' ' << s->area() << ' ' << b->more << ' ' << rethrow(thrower);
	auto mk = (Shape *(*)())load(LIB, "plugin_make");
	auto th = (void (*)())load(LIB, "plugin_throw");
	Shape *c = mk();
	std::cout << ' ' << c->name() << ' ' << (dynamic_cast<Both *>(c) == nullptr);
	try { th(); } catch (const Oops &o) { std::cout << ' ' << o.what() << o.code; }
	int here = per_thread(), there = 0;
	std::thread([&] { there = per_thread() * 10 + per_thread(); }).join();
	std::cout << ' ' << here << ' ' << there << ' ' << order->size() << (*order)[0] << order->back() << ' ' << typeid(*s).name() << std::endl;
}
CC
}
want='both/t 2.5 7 143105 circle 1 plugin5 3 34 3am 4Both'
libraries() { # SUFFIX FLAGS...
	s=$1; shift
	program
	# shellcheck disable=SC2086 # a compiler and its options
	for f in a b plugin main; do $cxx "$@" -std=c++17 -O2 -c $f.cc -o $f.o; done
	$cxx -shared -o liba.$s a.o
	$cxx -shared -o libb.$s b.o -L. -la
	$cxx -shared -o plugin.$s plugin.o -L. -la
}
build_native() { cxx=$CXX; libraries so -fPIC; $cxx -o t main.o -L. -lb -la -Wl,-rpath,'$ORIGIN' -pthread; }
check_native() { [ "$(./t)" = "$want" ]; }
# straight against the DLLs, without import libraries
build_mingw() { cxx="$HOST-g++-posix${CXX#"$HOST-g++"}"; libraries dll; $cxx -o t.exe main.o libb.dll liba.dll; }
check_mingw() {
	copy_runtime . "$HOST-g++-posix"
	[ "$("$RUN" t.exe | tr -d '\r')" = "$want" ]
}
