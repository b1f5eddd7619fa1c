/* ranlib.c */
#include "applets/applet.h"

int ranlib_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
