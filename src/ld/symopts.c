/* symopts.c - --wrap: names that change on the way in; --retain-symbols-file: names that stay.

   With --wrap S, a reference to S that its own file does not define means __wrap_S, and a reference to
   __real_S means S. Files are renamed before their names are interned, so that resolution, archives and
   everything after see the final names. Where C names carry an underscore, it stays in front. */
#include "ld/ld.h"

/* S without the underscore of the object format, which goes to PREFIX. */
static struct str strip(const struct ld_file *f, struct str s, const char **prefix)
{
    if (f->obj.format != OBJ_ELF && str_starts(s, S("__imp_"))) { /* the pointer to an import */
        bool lead = obj_leading_underscore(&f->obj) && s.len > 6 && s.p[6] == '_';
        *prefix = lead ? "__imp__" : "__imp_";
        return str_skip(s, 6 + (size_t)lead);
    }
    bool lead = obj_leading_underscore(&f->obj) && s.len && s.p[0] == '_';
    *prefix = lead ? "_" : "";
    return str_skip(s, lead);
}

static bool is_wrapped(const struct ld *ld, struct str name)
{
    for (size_t i = 0; i < ld->opt.wrap.n; i++) {
        if (str_is(name, ld->opt.wrap.p[i])) {
            return true;
        }
    }
    return false;
}

void ld_wrap_names(struct ld *ld, struct ld_file *f)
{
    for (uint32_t i = 0; ld->opt.wrap.n && f->kind == LD_OBJECT && i < f->n_syms; i++) {
        struct symbol *s = &f->syms[i];
        const char *prefix;
        if (s->sec != SEC_UNDEF || s->binding == BIND_LOCAL) {
            continue;
        }
        struct str name = strip(f, s->name, &prefix), real = S("__real_");
        if (is_wrapped(ld, name)) {
            s->name = str_c(arena_printf(f->obj.arena, "%s__wrap_%.*s", prefix, Q(name)));
        } else if (str_starts(name, real) && is_wrapped(ld, str_skip(name, real.len))) {
            s->name = str_c(arena_printf(f->obj.arena, "%s%.*s", prefix, Q(str_skip(name, real.len))));
        }
    }
}

/* ---- --retain-symbols-file ------------------------------------------------------------------------- */

bool ld_read_retained(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.retain_symbols.n; i++) {
        struct ld_input *in = ld_open_text(ld, ld->opt.retain_symbols.p[i], true);
        if (!in) {
            return false;
        }
        struct view v = in->file.data;
        for (uint64_t at = 0; at < v.len;) {
            uint64_t end = at;
            while (end < v.len && v.p[end] > ' ') {
                end++;
            }
            if (end > at) {
                strmap_put(&ld->retained, (struct str){(const char *)v.p + at, (size_t)(end - at)}, 1, NULL);
            }
            at = end + 1;
        }
    }
    return true;
}
