// Functions whose mangled names show every rule of Microsoft's mangling that a qualified name can hold.
// Compiled for ARM64EC by clang, which marks them; lib.t takes the marks off and has objkit put them on.
namespace N {
template <class T, int... I> struct A {
    A();
    ~A();
    void f();
    template <class U> U g(U, T *);
    operator T *();
    template <class U> operator U();
    A &operator=(const A &);
    bool operator==(const A &) const &;
    void *operator new(unsigned long long);
    void rvalue() &&;
    void vol() volatile;
    virtual void v();
    struct In {
        void h(A);
    };
};
template <class T, int... I> A<T, I...>::A() {}
template <class T, int... I> A<T, I...>::~A() {}
template <class T, int... I> void A<T, I...>::f() {}
template <class T, int... I> void A<T, I...>::v() {}
template <class T, int... I> template <class U> U A<T, I...>::g(U u, T *) { return u; }
template <class T, int... I> A<T, I...>::operator T *() { return 0; }
template <class T, int... I> template <class U> A<T, I...>::operator U() { return U(); }
template <class T, int... I> A<T, I...> &A<T, I...>::operator=(const A &) { return *this; }
template <class T, int... I> bool A<T, I...>::operator==(const A &) const & { return true; }
template <class T, int... I> void *A<T, I...>::operator new(unsigned long long) { return 0; }
template <class T, int... I> void A<T, I...>::rvalue() && {}
template <class T, int... I> void A<T, I...>::vol() volatile {}
template <class T, int... I> void A<T, I...>::In::h(A) {}
} // namespace N
template struct N::A<int>;
template struct N::A<int, 1, -5, 0, 1000, -100000>;
template struct N::A<const char *const *>;
template struct N::A<int (*)(float, ...)>;
template struct N::A<N::A<int> *>;
template struct N::A<int (N::A<int>::*)() const>;
template struct N::A<int N::A<int>::*>;
template long N::A<int>::g(long, int *);
template N::A<int>::operator long();
template short && (&&N::A<int>::g(short && (&&)(), int *))();

// values
int object, array[5];
void func(int, int);
struct S {
    int a, b[2], n;
    int m();
    virtual int vm();
};
struct B1 {
    virtual void q();
};
struct D : B1, S {
    int m2();
};
struct V : virtual S {
    int m3(), mm;
};
enum E1 { e };
enum class E2 : char { z };
template <auto> void value() {}
template void value<5>();
template void value<'c'>();
template void value<&object>();
template void value<&array>();
template void value<&func>();
template void value<&S::a>();
template void value<&S::m>();
template void value<&S::vm>();
template void value<&D::m2>();
template void value<&V::m3>();
template void value<&V::mm>();
template void value<nullptr>();
template void value<true>();
template void value<E2::z>();
struct L {
    int a, b;
};
struct LA {
    int a[3];
    L l;
    const int *p;
};
union UU {
    int i;
    char c;
};
template <L> void of_class() {}
template void of_class<L{1, 2}>();
template <LA> void of_arrays() {}
template void of_arrays<LA{{1, 2, 3}, {4, 5}, &object}>();
template void of_arrays<LA{{1, 2, 3}, {4, 5}, nullptr}>();
template <UU> void of_union() {}
template void of_union<UU{7}>();
template <int &> void reference() {}
template void reference<object>();

// templates and packs as arguments
template <class...> struct Pack {};
template <template <class...> class> void of_template() {}
template void of_template<Pack>();
template <class... T> void pack(T...) {}
template void pack<>();
template void pack(int, char, int *, Pack<int, Pack<>>);

// types
typedef float v4 __attribute__((vector_size(16)));
template <class> void type() {}
template void type<int[5]>();
template void type<const int[]>();
template void type<int[2][3]>();
template void type<int(int)>();
template void type<void() const>();
template void type<const int>();
template void type<volatile S>();
template void type<int &&>();
template void type<const int &>();
template void type<decltype(nullptr)>();
template void type<bool>();
template void type<wchar_t>();
template void type<char8_t>();
template void type<char16_t>();
template void type<char32_t>();
template void type<__int128>();
template void type<long double>();
template void type<void (*)() noexcept>();
template void type<int __vectorcall(int)>();
template void type<const volatile void *const volatile>();
template void type<int *__restrict>();
template void type<int __unaligned *>();
template void type<_Float16>();
template void type<v4>();
template void type<_Complex float>();
template void type<E1>();
template void type<E2>();

// scopes
namespace {
struct Hidden {
    void f() {}
};
template <class T> void hidden(T) {}
} // namespace
void use_hidden()
{
    Hidden().f();
    hidden(Hidden());
}
template <class F> void call(F f) { f(); }
int scopes()
{
    auto l = [](auto x) { return x; };
    l(3);
    l("x");
    struct Loc {
        void m() { static Loc z; }
    };
    Loc().m();
    type<Loc>();
    {
        struct Loc {
            void other() {}
        };
        Loc().other();
    }
    call([&] { call([] {}); });
    return 0;
}
inline int deep()
{
    struct Loc {
        int f()
        {
            struct In {
                int g() { return 1; }
            };
            return In().g();
        }
    };
    return Loc().f();
}
int use_deep() { return deep(); }
extern "C" int in_c()
{
    struct Z {
        void f()
        {
            auto l = [] { return 1; };
            l();
        }
    };
    Z().f();
    return 0;
}
template <int> struct Back {
    template <class T> struct R {
        struct Q {};
        void f(Q, R, Q, T, Back, Back *) {}
    };
};
template struct Back<3>::R<Back<4>>;
template struct Back<3>::R<Back<3>>;

// operators and what compilers make
template <char...> int operator""_y() { return 0; }
int number = 123_y;
bool operator<(S, S) { return false; }
template <class T> bool operator<(T, D) { return false; }
template bool operator<(int, D);
int dynamic();
struct SD {
    static int x;
};
int SD::x = dynamic();
template <class T> struct TS {
    static T x;
};
template <class T> T TS<T>::x = dynamic();
template struct TS<int>;
template <class T> T variable = dynamic();
int use_variables() { return variable<int> + (int)variable<long>; }
struct Dt {
    ~Dt();
};
Dt at_end;
struct W1 {
    virtual ~W1();
    virtual int w();
};
struct W2 {
    virtual ~W2();
    virtual int w2();
};
struct W3 : W1, W2 {
    ~W3();
    int w() override;
    int w2() override;
};
W3::~W3() {}
int W3::w() { return 0; }
int W3::w2() { return 1; }
struct W4 : virtual W1 {
    W4();
    ~W4();
    int w() override;
};
W4::W4() {}
W4::~W4() {}
int W4::w() { return 0; }
S *make() { return new S[5]; }
