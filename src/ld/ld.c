/* ld.c */
#include "applets/applet.h"

int ld_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
