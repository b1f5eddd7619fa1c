/* script_input.c - linker scripts as inputs: libc.so and its like, and the scripts of -T. */
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "ld/backend.h"
#include "ld/script_layout.h"
#include "ld/script_mri.h"

/* A file that a script or INCLUDE names: as it is, then along the library search path. */
struct ld_input *ld_find_script(struct ld *ld, struct str name)
{
    const char *path = arena_strdup(&ld->arena, name);
    struct ld_input *in = ld_open_input(ld, path, false);
    for (size_t i = 0; !in && name.len && !path_is_absolute(name) && i < ld->opt.lib_dirs.n; i++) {
        const char *dir = ld->opt.lib_dirs.p[i];
        bool sys = dir[0] == '=' && ld->opt.sysroot;
        in = ld_open_input(ld, arena_printf(&ld->arena, "%s%s/%s", sys ? ld->opt.sysroot : "",
                                            dir + (dir[0] == '='), path), false);
    }
    return in;
}

static bool include(void *ctx, struct str name, struct view *text, const char **path)
{
    struct ld_input *in = ld_find_script(ctx, name);
    if (in) {
        *text = in->file.data;
        *path = in->path;
    }
    return in != NULL;
}

static struct script *parse_text(struct ld *ld, struct view text, const char *path)
{
    struct script *s = ARENA_NEW(&ld->arena, struct script), **end = &ld->script;
    if (!ld->versions) {
        ld->versions = ARENA_NEW(&ld->arena, struct version_script);
    }
    bool good = script_parse(s, text, path, &ld->arena, &ld->diag, ld->versions, include, ld);
    while (*end) {
        end = &(*end)->next;
    }
    *end = s;
    return good ? s : NULL;
}

static struct script *parse(struct ld *ld, struct ld_input *in)
{
    return parse_text(ld, in->file.data, in->path);
}

/* Paths that begin with '/' are of the sysroot when the script itself lies there. */
static struct ld_input *open_named(struct ld *ld, const struct script *s, struct str name,
                                   const struct ld_state *st)
{
    struct ld_input *in = NULL;
    if (str_starts(name, S("-l"))) {
        return ld_find_library(ld, str_skip(name, 2), st);
    }
    const char *plain = arena_strdup(&ld->arena, name), *path = ld_in_sysroot(ld, plain);
    if (path != plain) {
        return ld_open_input(ld, path, false);
    }
    if (ld->opt.sysroot && name.len && name.p[0] == '/' && str_starts(str_c(s->path), str_c(ld->opt.sysroot))) {
        return ld_open_input(ld, arena_printf(&ld->arena, "%s%s", ld->opt.sysroot, plain), false);
    }
    if (name.len && !path_is_absolute(name)) { /* beside the script first */
        size_t dir = path_dir_len(str_c(s->path));
        if (dir) {
            in = ld_open_input(ld, arena_printf(&ld->arena, "%.*s%.*s", (int)dir, s->path, Q(name)), false);
        }
    }
    return in ? in : ld_find_script(ld, name);
}

static unsigned open_groups(const struct ld *ld)
{
    unsigned n = 0;
    for (size_t i = 0; i < ld->items.n; i++) {
        n += ld->items.p[i].kind == ITEM_GROUP_START;
        n -= n && ld->items.p[i].kind == ITEM_GROUP_END;
    }
    return n;
}

/* Is NAME an input, of the command line or of a script before? */
static bool is_input(const struct ld *ld, struct str name)
{
    for (size_t i = 0; i < ld->opt.args.n; i++) {
        const struct ld_arg *a = &ld->opt.args.p[i];
        if (a->kind == ARG_FILE && str_is(name, a->text)) {
            return true;
        }
    }
    for (size_t i = 0; i < ld->items.n; i++) {
        const struct ld_item *it = &ld->items.p[i];
        const struct origin *o = it->kind == ITEM_FILE ? ld_file_origin(it->file) : NULL;
        if (o && !o->parent && str_eq(o->name, name)) {
            return true;
        }
    }
    return false;
}

static bool add_files(struct ld *ld, const struct script *s, const struct ld_state *st)
{
    bool grouped = open_groups(ld) > 0, ok = true; /* groups do not nest: the outer one does */
    for (size_t i = 0; i < s->files.n; i++) {
        const struct sc_file *f = &s->files.p[i];
        struct ld_state state = *st;
        state.as_needed |= f->as_needed;
        state.found = str_starts(f->name, S("-l"));
        if (f->kind == SC_FILE_DESCRIBED && is_input(ld, f->name)) {
            continue;
        }
        if (f->kind == SC_FILE_GROUP_START || f->kind == SC_FILE_GROUP_END) {
            enum ld_item_kind k = f->kind == SC_FILE_GROUP_START ? ITEM_GROUP_START : ITEM_GROUP_END;
            if (!grouped) {
                vec_push(&ld->items, (struct ld_item){k, NULL, NULL, state});
            }
            continue;
        }
        struct ld_input *in = open_named(ld, s, f->name, &state);
        if (!in) {
            ok = diag_error(&ld->diag, "%s: cannot find %.*s", s->path, Q(f->name));
            continue;
        }
        state.binary |= f->binary;
        ok = (f->binary ? ld_add_binary(ld, in, &state) : ld_add_input(ld, in, &state)) && ok;
    }
    return ok;
}

/* STARTUP: its file comes before all others. */
static bool add_startup(struct ld *ld, const struct script *s, const struct ld_state *st)
{
    struct ld_input *in = open_named(ld, s, s->startup, st);
    size_t before = ld->items.n;
    if (!in) {
        return diag_error(&ld->diag, "%s: cannot find %.*s", s->path, Q(s->startup));
    }
    bool ok = ld_add_input(ld, in, st);
    for (size_t i = before; i < ld->items.n; i++) {
        struct ld_item it = ld->items.p[i];
        size_t to = i - before;
        memmove(ld->items.p + to + 1, ld->items.p + to, (i - to) * sizeof it);
        ld->items.p[to] = it;
    }
    return ok;
}

static bool take_commands(struct ld *ld, const struct script *s, const struct ld_state *st)
{
    if (s->output.len && !ld->opt.output_named) {
        ld->opt.output = arena_strdup(&ld->arena, s->output);
        ld->opt.output_named = true;
    }
    ld->opt.define_common |= s->force_common;
    ld->opt.no_define_common |= s->inhibit_common;
    ld->opt.force_groups |= s->force_group_allocation;
    if (s->format.len && !ld->opt.output_format && !ld_output_format(ld, s->format, s->path)) {
        return false;
    }
    if (s->arch.len && !ld_output_arch(ld, s->arch, s->path)) {
        return false;
    }
    if (s->startup.len && !add_startup(ld, s, st)) {
        return false;
    }
    for (size_t i = 0; i < s->externs.n; i++) {
        ld_reference(ld, s->externs.p[i]);
    }
    for (size_t i = 0; i < s->search_dirs.n; i++) {
        vec_push(&ld->opt.lib_dirs, ld_in_sysroot(ld, arena_strdup(&ld->arena, s->search_dirs.p[i])));
    }
    return true;
}

bool ld_add_script(struct ld *ld, struct ld_input *in, const struct ld_state *st)
{
    if (in->in_script) {
        return diag_error(&ld->diag, "%s: the linker script names itself as an input", in->path);
    }
    in->in_script = true;
    const struct script *s = parse(ld, in);
    bool ok = s && take_commands(ld, s, st) && add_files(ld, s, st);
    in->in_script = false;
    return ok;
}

static bool take_script(struct ld *ld, const struct script *s)
{
    struct ld_state st = {.is_static = ld->opt.is_static};
    return s && take_commands(ld, s, &st) && add_files(ld, s, &st);
}

static struct ld_input *script_file(struct ld *ld, const char *path)
{
    struct ld_input *in = ld_open_text(ld, path, false);
    in = in ? in : ld_find_script(ld, str_c(path));
    if (!in) {
        diag_error(&ld->diag, "cannot open linker script file %s", path);
    }
    return in;
}

bool ld_read_scripts(struct ld *ld)
{
    bool whole = false; /* a script that places everything: the default one is not wanted */
    for (size_t i = 0; i < ld->opt.scripts.n; i++) {
        struct ld_input *in = script_file(ld, ld->opt.scripts.p[i]);
        const struct script *s = in ? parse(ld, in) : NULL;
        if (!take_script(ld, s)) {
            return false;
        }
        whole |= !s->has_insert;
    }
    for (size_t i = 0; i < ld->opt.mri_scripts.n; i++) {
        struct ld_input *in = script_file(ld, ld->opt.mri_scripts.p[i]);
        struct view text;
        if (!in || !ld_translate_mri(ld, in, &text) || !take_script(ld, parse_text(ld, text, in->path))) {
            return false;
        }
        whole = true;
    }
    if (ld->opt.default_script && !whole) {
        struct ld_input *in = script_file(ld, ld->opt.default_script);
        return in && take_script(ld, parse(ld, in));
    }
    return true;
}
