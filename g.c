extern int data; int get(void) { return data; }
