/* ar.c */
#include "applets/applet.h"

int ar_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
