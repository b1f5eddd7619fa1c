int data = 5; int fn(void) { return 7; }
