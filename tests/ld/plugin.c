/* plugin.c - a linker plugin that claims what is offered, gives the linker the files that PLUG_FILES names, and goes
   wrong in the way that PLUG asks for. See plugin-faults.t. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>
#include "ld/plugin_api.h"

static enum plugin_status (*add_symbols)(void *, int, const struct plugin_symbol *);
static enum plugin_status (*get_symbols)(const void *, int, struct plugin_symbol *);
static enum plugin_status (*add_file)(const char *);
static enum plugin_status (*message)(int, const char *, ...);
static enum plugin_status (*get_input)(const void *, struct plugin_input_file *);
static enum plugin_status (*release_input)(const void *);
static enum plugin_status (*get_view)(const void *, const void **);
static void *handles[8];
static int n_handles;

static int is(const char *s)
{
    const char *p = getenv("PLUG");
    return p && strcmp(p, s) == 0;
}

static struct plugin_symbol sym(const char *name, int def)
{
    struct plugin_symbol s = {.name = (char *)name, .def = (char)def};
    return s;
}

static enum plugin_status claim(const struct plugin_input_file *f, int *claimed)
{
    struct plugin_symbol s[3] = {sym("_start", LDPK_DEF), sym("used", LDPK_UNDEF), sym("_start", LDPK_DEF)};
    int n = n_handles ? 0 : 2;
    if (is("claim-error")) {
        return LDPS_ERR;
    }
    if (is("claim-message")) {
        message(LDPL_ERROR, "this object is of compiler %d", 9);
    }
    if (is("claim-fatal")) {
        message(LDPL_FATAL, "no way to go on with %s", f->name);
        abort(); /* a plugin may rely on that */
    }
    if (is("not-mine")) {
        *claimed = 0;
        return LDPS_OK;
    }
    if (is("described-not-claimed")) {
        add_symbols(f->handle, n, s);
        *claimed = 0;
        return LDPS_OK;
    }
    if (is("no-name")) {
        s[1].name = NULL;
    }
    if (is("odd-kinds")) {
        s[1].def = 77, s[1].visibility = 99, s[1].symbol_type = 55;
    }
    if (is("twice-the-same")) {
        n = 3;
    }
    if (is("many-claims") && n_handles == 0) {
        add_symbols(f->handle, 1, s);
    }
    if (is("negative") ? add_symbols(f->handle, -1, s) == LDPS_OK : add_symbols(f->handle, n, s) != LDPS_OK) {
        return LDPS_ERR;
    }
    if (is("bad-handle") && add_symbols(&n_handles, n, s) == LDPS_OK) {
        abort();
    }
    if (is("early-resolution") && get_symbols(f->handle, n, s) == LDPS_OK) {
        abort();
    }
    if (is("closes")) {
        close(f->fd);
    }
    if (n_handles < 8) {
        handles[n_handles++] = f->handle;
    }
    *claimed = 1;
    return LDPS_OK;
}

static enum plugin_status all_read(void)
{
    struct plugin_symbol s[2] = {sym("_start", LDPK_DEF), sym("used", LDPK_UNDEF)};
    struct plugin_input_file in;
    const void *view;
    const char *out = getenv("PLUG_FILES");
    char words[4096];
    if (is("symbols-late") && add_symbols(handles[0], 2, s) == LDPS_OK) {
        abort();
    }
    if (is("too-many-asked") && get_symbols(handles[0], 100000, s) == LDPS_OK) {
        abort();
    }
    if (get_symbols(handles[0], 2, s) != LDPS_OK && !is("no-symbols")) {
        message(LDPL_WARNING, "no resolution");
    }
    if (get_input(handles[0], &in) != LDPS_OK) {
        return LDPS_ERR;
    }
    if (get_view(handles[0], &view) != LDPS_OK || release_input(handles[0]) != LDPS_OK ||
        release_input(handles[0]) != LDPS_OK || get_view(&n_handles, &view) == LDPS_OK) {
        abort();
    }
    if (is("compile-error")) {
        return LDPS_ERR;
    }
    if (is("compile-fatal")) {
        message(LDPL_FATAL, "compiler \033[1m died");
        abort();
    }
    if (is("no-file-name") && add_file(NULL) == LDPS_OK) {
        abort();
    }
    snprintf(words, sizeof words, "%s", out ? out : "");
    for (char *w = strtok(words, " "); w; w = strtok(NULL, " ")) {
        add_file(w);
    }
    return LDPS_OK;
}

static enum plugin_status cleanup(void)
{
    if (is("symbols-in-cleanup")) {
        struct plugin_symbol s[1] = {sym("x", LDPK_DEF)};
        if (n_handles && add_symbols(handles[0], 1, s) == LDPS_OK) {
            abort();
        }
        add_file("nowhere.o");
    }
    return is("cleanup-error") ? LDPS_ERR : LDPS_OK;
}

enum plugin_status onload(struct plugin_tv *tv)
{
    if (is("onload-error")) {
        return LDPS_ERR;
    }
    for (; tv->tag != LDPT_NULL; tv++) {
        switch ((int)tv->tag) {
        case LDPT_ADD_SYMBOLS: memcpy(&add_symbols, &tv->u.fn, sizeof add_symbols); break;
        case LDPT_GET_SYMBOLS_V2: memcpy(&get_symbols, &tv->u.fn, sizeof get_symbols); break;
        case LDPT_ADD_INPUT_FILE: memcpy(&add_file, &tv->u.fn, sizeof add_file); break;
        case LDPT_MESSAGE: memcpy(&message, &tv->u.fn, sizeof message); break;
        case LDPT_GET_INPUT_FILE: memcpy(&get_input, &tv->u.fn, sizeof get_input); break;
        case LDPT_RELEASE_INPUT_FILE: memcpy(&release_input, &tv->u.fn, sizeof release_input); break;
        case LDPT_GET_VIEW: memcpy(&get_view, &tv->u.fn, sizeof get_view); break;
        case LDPT_REGISTER_CLAIM_FILE_HOOK:
            if (!is("no-claim-hook")) {
                ((enum plugin_status (*)(plugin_claim_fn))tv->u.fn)(claim);
            }
            break;
        case LDPT_REGISTER_ALL_SYMBOLS_READ_HOOK:
            if (!is("no-read-hook")) {
                ((enum plugin_status (*)(plugin_event_fn))tv->u.fn)(all_read);
            }
            break;
        case LDPT_REGISTER_CLEANUP_HOOK: ((enum plugin_status (*)(plugin_event_fn))tv->u.fn)(cleanup); break;
        }
    }
    return LDPS_OK;
}
