/* main.c - picks the applet: from argv[0] (also TRIPLET-ld, ld.objkit, real-ld), else argv[1]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applet.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/os.h"
#include "base/str.h"
#include "config.h"

struct applet {
    const char *name;
    int (*main)(int, char **);
    const char *summary;
};

static const struct applet applets[] = {
#define APPLET(name, function, summary) {#name, function, summary},
#include "applets.def"
#undef APPLET
};
enum { N_APPLETS = sizeof applets / sizeof *applets };

/* Other names that compiler drivers call the linker by. */
static const struct {
    const char *name, *applet;
} aliases[] = {{"real-ld", "ld"}, {"collect-ld", "ld"}, {"collect2", "ld"}, {"libtool", "ar"}, {"lib", "ar"}};

static const struct applet *find_exact(struct str name)
{
    for (int i = 0; i < N_APPLETS; i++) {
        if (str_is(name, applets[i].name)) {
            return &applets[i];
        }
    }
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++) {
        if (str_is(name, aliases[i].name)) {
            return find_exact(str_c(aliases[i].applet));
        }
    }
    return NULL;
}

/* What stands behind a dot: our name, or those of linkers that drivers ask for, as gcc's -fuse-ld=bfd does. */
static const char *const suffixes[] = {".objkit", ".bfd", ".gold", ".lld", ".mold"};

/* "ar", "x86_64-w64-mingw32-ar", "ld.objkit", "ar.exe", "nm-1.0" and their combinations. */
static const struct applet *find_by_program(const char *argv0)
{
    char lower[64];
    struct str name = str_basename(str_c(argv0));
    bool exe = name.len > 4 && str_caseeq(str_skip(name, name.len - 4), S(".exe"));
    name.len -= exe ? 4 : 0;
    if ((exe || OS_WINDOWS_PATHS) && name.len <= sizeof lower) { /* Windows' names have no case */
        for (size_t i = 0; i < name.len; i++) {
            char c = name.p[i];
            lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
        name.p = lower;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (str_ends(name, str_c(suffixes[i]))) {
            name.len -= strlen(suffixes[i]);
            break;
        }
    }
    const struct applet *a = find_exact(name);
    size_t dash = str_rfind(name, '-');
    if (!a && dash != SIZE_MAX) {
        a = find_exact(str_skip(name, dash + 1));
    }
    return a;
}

static void print_usage(FILE *f)
{
    fputs("usage: objkit APPLET [ARGUMENT...]\n"
          "       objkit help [APPLET] | --list | --version | --help\n"
          "\n"
          "One program for ELF, PE/COFF and Mach-O files. Called by an applet's name (ar, nm,\n"
          "TRIPLET-ld, ld.objkit) it is that applet.\n\nApplets:\n",
          f);
    for (int i = 0; i < N_APPLETS; i++) {
        fprintf(f, "  %-10s %s\n", applets[i].name, applets[i].summary);
    }
    fputs("\n'objkit help APPLET' shows an applet's options.\n", f);
}

static int no_applet(const char *name)
{
    struct diag d;
    diag_init(&d, "objkit");
    struct str s = str_c(name);
    diag_error(&d, "no applet '%.*s'; 'objkit --list' lists them", Q(s));
    diag_finish(&d);
    return 2;
}

static int finish(int status)
{
    return applet_close_stdout("objkit", status);
}

static int cmd_help(int argc, char **argv)
{
    if (argc < 3) {
        print_usage(stdout);
        return finish(0);
    }
    const struct applet *a = find_exact(str_c(argv[2]));
    if (!a) {
        return no_applet(argv[2]);
    }
    char help[] = "--help";
    char *args[] = {argv[2], help, NULL};
    return a->main(2, args);
}

int main(int argc, char **argv)
{
    file_init();
    os_arguments(&argc, &argv);
    const struct applet *a = argc > 0 ? find_by_program(argv[0]) : NULL;
    if (a) {
        return a->main(argc, argv);
    }
    if (argc < 2) {
        print_usage(stderr);
        return 2;
    }
    if (strcmp(argv[1], "help") == 0) {
        return cmd_help(argc, argv);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return finish(0);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts(PACKAGE_STRING "\nCopyright (C) 2026 the objkit authors.\n"
             "Licence GPLv3+: GNU GPL version 3 or later. There is NO WARRANTY, to the extent "
             "permitted by law.");
        return finish(0);
    }
    if (strcmp(argv[1], "--list") == 0) {
        for (int i = 0; i < N_APPLETS; i++) {
            puts(applets[i].name);
        }
        return finish(0);
    }
    a = find_exact(str_c(argv[1]));
    if (!a) {
        return no_applet(argv[1]);
    }
    return a->main(argc - 1, argv + 1);
}
