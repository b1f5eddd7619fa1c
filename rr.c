static int loc[4]; int *p = &loc[2]; extern void fn(void); void fn(void) {} void (*fp)(void) = fn;
static int one(void) { return 0; } static void *pick(void) { return one; } int ifn(void) __attribute__((ifunc("pick")));
__attribute__((visibility("hidden"))) int hid; int (*ifp)(void) = ifn; int main(void) { return ifp() + *p + hid; }
