/* imports.c */
#include "applets/applet.h"

int imports_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 2;
}
