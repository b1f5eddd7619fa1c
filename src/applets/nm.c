/* nm.c */
#include "applets/applet.h"

int nm_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
