/* ar_extras.h - ar's subcommands; each takes its own words and returns the exit status. */
#ifndef OBJKIT_APPLETS_AR_EXTRAS_H
#define OBJKIT_APPLETS_AR_EXTRAS_H

#include "applets/ar_app.h"

int ar_which(struct ar_app *app, int argc, char **argv);
int ar_verify(struct ar_app *app, int argc, char **argv);
int ar_diff(struct ar_app *app, int argc, char **argv);
int ar_merge(struct ar_app *app, int argc, char **argv);
int ar_convert(struct ar_app *app, int argc, char **argv);
int ar_lib(struct ar_app *app, int argc, char **argv);
int ar_libtool(struct ar_app *app, int argc, char **argv);

/* "usage: ar TEXT" on standard error; 2. */
int ar_extras_usage(struct ar_app *app, const char *text);

/* ar_lib_def.c: the import library of the DLL that the file DEF defines. OUT, DLL: NULL if not given.
   With machine ARM64EC or ARM64X it is what EC code sees, and NATIVE (or NULL) what native code sees. */
struct lib_def {
    const char *def, *native, *out, *dll;
    enum machine machine;
};
bool ar_lib_def(struct ar_app *app, struct lib_def *l);

#endif
