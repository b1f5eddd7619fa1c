extern int data; extern int fn(void); int (*fp)(void) = fn; int main(void) { return data + fn() + fp() - 19; }
