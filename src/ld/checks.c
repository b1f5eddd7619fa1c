/* checks.c - what people ask to be told of: commons that meet, references that only a linker like this one
   resolves; and --undefined-glob. After resolution; off unless an option asks. */
#include <stdlib.h>

#include "ld/ld.h"

/* ---- --undefined-glob ---------------------------------------------------------------------------- */

/* Names of archives' indexes that match become references; they extract. */
bool ld_undefined_globs(struct ld *ld)
{
    const ld_strings *globs = &ld->opt.undefined_glob;
    bool any = false;
    for (size_t g = 0; g < globs->n; g++) {
        struct str pattern = str_c(globs->p[g]);
        for (size_t k = 0; k < ld->archives.n; k++) {
            const struct ld_archive *a = ld->archives.p[k];
            for (size_t i = 0; a->interned && i < a->map.n; i++) {
                struct str name = ld_sym_name(ld, a->entry_ids[i]);
                if (ld_sym(ld, a->entry_ids[i])->rank < RANK_UNDEF && str_glob(pattern, name)) {
                    ld_reference(ld, name);
                    any = true;
                }
            }
        }
        for (size_t k = 2; k < ld->files.n; k++) { /* what objects define is kept by gc */
            const struct ld_file *f = ld->files.p[k];
            for (uint32_t i = 0; f->kind == LD_OBJECT && i < f->n_syms; i++) {
                if (f->ids[i] != LD_NO_SYM && f->syms[i].sec != SEC_UNDEF && str_glob(pattern, f->syms[i].name)) {
                    ld_need(ld, f->ids[i], LDS_KEEP);
                }
            }
        }
    }
    return !any || ld_resolve_more(ld);
}

/* ---- --warn-common ------------------------------------------------------------------------------- */

static void warn_common(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->kind == LD_OBJECT && i < f->n_syms; i++) {
            const struct symbol *s = &f->syms[i];
            uint32_t id = f->ids[i];
            const struct ld_sym *g = s->sec == SEC_COMMON && id != LD_NO_SYM ? ld_sym(ld, id) : NULL;
            const struct symbol *won = g && (g->file != f->idx || g->sym != i) ? ld_definition(ld, id) : NULL;
            if (!won) {
                continue;
            }
            const char *where = g->file > 1 ? ld_file_name(ld, ld_file(ld, g->file)) : "the command line";
            const char *what = won->sec != SEC_COMMON ? "is overridden by the definition in"
                               : won->size > s->size  ? "is overridden by the larger one in"
                                                      : "is also in";
            diag_report(&ld->diag, SEV_WARNING, ld_file_origin(f), DIAG_NO_OFFSET, "common symbol '%s' %s %s",
                        ld_show(ld, &ld->arena, s->name), what, where);
        }
    }
}

/* ---- --warn-backrefs ----------------------------------------------------------------------------- */

/* Where each file and archive stands on the command line; a group is one place. */
struct places {
    size_t *file, *archive; /* by index; 0 unknown */
};

static size_t archive_number(const struct ld *ld, const struct ld_archive *a)
{
    for (size_t i = 0; i < ld->archives.n; i++) {
        if (ld->archives.p[i] == a) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void find_places(const struct ld *ld, struct places *p)
{
    size_t depth = 0, place = 1;
    p->file = xcalloc(ld->files.n, sizeof *p->file);
    p->archive = xcalloc(ld->archives.n + 1, sizeof *p->archive);
    for (size_t i = 0; i < ld->items.n; i++) {
        const struct ld_item *it = &ld->items.p[i];
        depth += it->kind == ITEM_GROUP_START;
        depth -= it->kind == ITEM_GROUP_END && depth;
        place += depth == 0 || it->kind == ITEM_GROUP_START;
        size_t a = it->archive ? archive_number(ld, it->archive) : SIZE_MAX;
        if (it->file && it->file->idx) {
            p->file[it->file->idx] = place;
        } else if (a != SIZE_MAX) {
            p->archive[a] = place; /* the last mention counts: the reference may be served there */
        }
    }
}

static size_t place_of(const struct ld *ld, const struct places *p, const struct ld_file *f)
{
    size_t a = f->archive ? archive_number(ld, f->archive) : SIZE_MAX;
    return a != SIZE_MAX ? p->archive[a] : p->file[f->idx];
}

static void warn_backrefs(struct ld *ld)
{
    struct places p;
    find_places(ld, &p);
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        if (!f->archive || f->why_file < 2) {
            continue;
        }
        const struct ld_file *from = ld_file(ld, f->why_file);
        if (place_of(ld, &p, f) && place_of(ld, &p, f) < place_of(ld, &p, from)) {
            diag_warning(&ld->diag, "backward reference: '%s' in %s refers to %s, which stands before it",
                         ld_show(ld, &ld->arena, ld_sym_name(ld, f->why_id)), ld_file_name(ld, from),
                         ld_file_name(ld, f));
        }
    }
    free(p.file);
    free(p.archive);
}

static void check_required(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.require_defined.n; i++) {
        const char *name = ld->opt.require_defined.p[i];
        uint32_t id = ld_lookup(ld, str_c(name));
        if (id == LD_NO_SYM || !ld_is_defined(ld_sym(ld, id))) {
            diag_error(&ld->diag, "required symbol '%s' is not defined", name);
        }
    }
}

bool ld_check_resolution(struct ld *ld)
{
    check_required(ld);
    if (ld->opt.warn_common) {
        warn_common(ld);
    }
    if (ld->opt.warn_backrefs) {
        warn_backrefs(ld);
    }
    return diag_ok(&ld->diag);
}
