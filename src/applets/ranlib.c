/* ranlib.c - ar s under its own name, for several archives. */
#include "applets/applet.h"
#include "applets/ar_app.h"
#include "config.h"

static void ranlib_usage(struct buf *b)
{
    buf_puts(b, "Usage: ranlib [OPTION...] ARCHIVE...\n"
                "Make or refresh the symbol index of archives. Files whose index is right stay untouched.\n"
                "  -D              zero date in the index (default)\n"
                "  -U              real date in the index\n"
                "  -t              write the index anew even if it is right\n"
                "  --plugin FILE   accepted and ignored: LTO objects need no plugin\n"
                "  -h, --help      show this help\n"
                "  -v, -V, --version  show the version\n"
                "  @FILE           read options from FILE\n");
}

enum { R_DET = 1, R_UNDET, R_TOUCH, R_PLUGIN, R_HELP, R_VERSION };
static const struct opt_row ranlib_rows[] = {
    {R_DET, 'D', NULL, OPT_NONE, NULL, NULL},       {R_UNDET, 'U', NULL, OPT_NONE, NULL, NULL},
    {R_TOUCH, 't', NULL, OPT_NONE, NULL, NULL},     {R_PLUGIN, 0, "plugin", OPT_REQUIRED, NULL, NULL},
    {R_HELP, 'h', "help", OPT_NONE, NULL, NULL},    {R_HELP, 'H', NULL, OPT_NONE, NULL, NULL},
    {R_VERSION, 'v', "version", OPT_NONE, NULL, NULL}, {R_VERSION, 'V', NULL, OPT_NONE, NULL, NULL},
    {R_PLUGIN, 'X', NULL, OPT_REQUIRED, NULL, NULL}, {0, 0, NULL, OPT_NONE, NULL, NULL},
};

/* -1: go on with the archives in FILES. */
static int ranlib_options(struct ar_app *app, const argvec *words, argvec *files, bool *touch)
{
    struct opt_parser op;
    opt_start(&op, ranlib_rows, (int)words->n, words->p, &app->d);
    op.i = 1;
    while (opt_next(&op)) {
        switch (op.id) {
        case 0: vec_push(files, words->p[op.i - 1]); break;
        case R_DET: app->o.deterministic = true; break;
        case R_UNDET: app->o.deterministic = false; break;
        case R_TOUCH: *touch = true; break;
        case R_PLUGIN: break;
        case R_HELP: ranlib_usage(&app->out); return 0;
        case R_VERSION: buf_puts(&app->out, "objkit ranlib (objkit) " PACKAGE_VERSION "\n"); return 0;
        default: return 1;
        }
    }
    if (files->n == 0) {
        struct buf b = buf_to_fd(2);
        ranlib_usage(&b);
        buf_finish(&b);
        return 1;
    }
    return -1;
}

int ranlib_main(int argc, char **argv)
{
    struct ar_app app;
    argvec words = {0}, files = {0};
    bool touch = false;
    ar_app_start(&app, applet_prog(argv[0]));
    app.o.op = 's';
    app.o.index = 1;
    int status = 1;
    if (opt_expand(&words, argc, argv, &app.arena, &app.d)) {
        status = ranlib_options(&app, &words, &files, &touch);
    }
    if (status < 0) {
        status = 0;
        app.pool = pool_new(0);
        for (size_t i = 0; i < files.n; i++) {
            app.d.counts[SEV_ERROR] = 0;
            status |= ar_index_archive(&app, files.p[i], touch || !app.o.deterministic);
        }
    }
    vec_free(&words);
    vec_free(&files);
    return ar_app_finish(&app, status);
}
