/* ar.c - the archive applet's entry: options, then the operation's own file. */
#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "applets/applet.h"
#include "applets/ar_app.h"
#include "applets/ar_extras.h"
#include "base/file.h"

void ar_app_start(struct ar_app *app, const char *prog)
{
    *app = (struct ar_app){.prog = prog};
    file_set_prog(prog);
    diag_init(&app->d, prog);
    app->d.immediate = true;
    app->out = buf_to_fd(1);
    app->paths.arena = &app->arena;
    app->now = (int64_t)time(NULL);
    app->max_mtime = INT64_MAX;
    app->o.deterministic = true;
    app->o.sym64_threshold = UINT64_C(1) << 32;
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t x;
    if (epoch && str_u64(str_c(epoch), 10, &x) && x < INT64_MAX) {
        app->now = app->max_mtime = (int64_t)x;
    }
}

int ar_app_finish(struct ar_app *app, int status)
{
    if (!diag_finish(&app->d) && status == 0) {
        status = 1;
    }
    int err = buf_finish(&app->out);
    if (err) {
        diag_error(&app->d, "standard output: %s", strerror(err));
        diag_finish(&app->d);
        status = status ? status : 1;
    }
    if (app->pool) {
        pool_free(app->pool);
    }
    for (size_t i = 0; i < app->kept.n; i++) {
        file_close(&app->kept.p[i]);
    }
    vec_free(&app->kept);
    arena_free(&app->arena);
    return applet_close_stdout(app->prog, status > app->status ? status : app->status);
}

static int run(struct ar_app *app)
{
    switch (app->o.op) {
    case 't':
    case 'p':
        return ar_show(app);
    case 'x':
        return ar_extract(app);
    case 'M':
        return ar_script(app);
    default:
        return ar_update(app);
    }
}

/* Subcommands, and the names of other systems' archivers. -1: it is ar itself. */
static int ar_front(struct ar_app *app, int argc, char **argv)
{
    struct str name = str_basename(str_c(argv[0]));
    if (str_is(name, "libtool") || str_ends(name, S("-libtool"))) {
        return ar_libtool(app, argc, argv);
    }
    if (str_is(name, "lib") || str_is(name, "lib.exe") || str_ends(name, S("-lib"))) {
        return ar_lib(app, argc, argv);
    }
    return ar_subcommand(app, argc, argv);
}

int ar_main(int argc, char **argv)
{
    struct ar_app app;
    ar_app_start(&app, applet_prog(argv[0]));
    int status = 1;
    app.pool = pool_new(0);
    int done = ar_front(&app, argc, argv);
    if (done >= 0) {
        status = done;
    } else if (ar_parse_options(&app, argc, argv, &status)) {
        pool_free(app.pool);
        app.pool = pool_new(app.o.threads);
        status = run(&app);
    }
    return ar_app_finish(&app, status);
}
