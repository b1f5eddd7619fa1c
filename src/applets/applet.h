/* applet.h - what main knows of an applet. */
#ifndef OBJKIT_APPLETS_APPLET_H
#define OBJKIT_APPLETS_APPLET_H

/* An applet's main: ARGV[0] is the name it was called by (ar, x86_64-w64-mingw32-ld, …). Returns the
   exit status: 0 done, 1 failed, 2 usage where GNU does. */
#define APPLET(name, function, summary) int function(int argc, char **argv);
#include "applets.def"
#undef APPLET

/* Finishes standard output: flush, close, check. STATUS, or 1 with a message if the write failed. */
int applet_close_stdout(const char *prog, int status);

/* The program name for messages: the last component of ARGV0. */
const char *applet_prog(const char *argv0);

#endif
