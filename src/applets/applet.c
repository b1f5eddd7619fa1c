/* applet.c - what every applet ends with. */
#include "applets/applet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

int applet_close_stdout(const char *prog, int status)
{
    int bad = ferror(stdout);
    errno = 0;
    if (fclose(stdout) != 0 || bad) {
        fprintf(stderr, "%s: standard output: %s\n", prog, strerror(errno ? errno : EIO));
        return status ? status : 1;
    }
    return status;
}

const char *applet_prog(const char *argv0)
{
    return str_basename(str_c(argv0)).p;
}
