/* walk.c - see walk.h. One line per thing, in the model's order; names are escaped. */
#include "walk.h"

#include <stdio.h>
#include <stdlib.h>

static void name(struct buf *b, struct str s)
{
    buf_c(b, ' ');
    buf_name(b, s.len ? str_head(s, 4096) : S("-"), NAME_ESCAPE);
}

static void walk_head(const struct object *o, struct buf *b)
{
    static const char *const types[] = {"other", "relocatable", "executable", "shared", "core", "import", "debug"};
    buf_printf(b, "%s %s %s %s %s%s flags=0x%x entry=0x%llx base=0x%llx\n", obj_format_name(o->format),
               obj_target_name(o), machine_info(o->machine)->name, types[o->type], o->is64 ? "64" : "32",
               o->big_endian ? "be" : "le", o->raw_flags, (unsigned long long)o->entry,
               (unsigned long long)o->image_base);
}

static void walk_sections(struct object *o, unsigned what, struct buf *b)
{
    for (uint32_t i = 1; i < o->n_sections; i++) {
        const struct section *s = &o->sections[i];
        buf_printf(b, "section %u", i);
        name(b, o->segments ? o->segments[i] : S(""));
        name(b, s->name);
        buf_printf(b, " addr=0x%llx size=0x%llx off=0x%llx flags=0x%x type=0x%x align=%u relocs=%u",
                   (unsigned long long)s->addr, (unsigned long long)s->size,
                   (unsigned long long)s->file_off, (unsigned)s->flags, s->raw_type, (unsigned)s->align_p2,
                   s->n_relocs);
        buf_printf(b, " link=%u info=%u assoc=%u comdat=%u", s->link, s->info, s->assoc, s->comdat);
        struct view v;
        if (what & WALK_DATA && obj_section_data(o, i, &v)) {
            uint32_t sum = 0;
            for (uint64_t k = 0; k < v.len; k++) {
                sum = sum * 31 + v.p[k];
            }
            buf_printf(b, " data=%llu:%08x", (unsigned long long)v.len, sum);
        }
        buf_c(b, '\n');
    }
}

static void walk_symbol(struct object *o, const struct symbol *s, struct buf *b)
{
    buf_printf(b, "%016llx %c bind=%u type=%u vis=%u sec=%x size=%llu flags=%x raw=%x/%x ver=%u idx=%u alias=%x%s",
               (unsigned long long)obj_symbol_address(o, s), obj_symbol_letter(o, s), s->binding, s->type,
               s->visibility, s->sec, (unsigned long long)s->size, s->flags, s->raw_info, s->raw_desc,
               s->version, s->raw_idx, s->alias, obj_symbol_in_armap(o, s) ? " armap" : "");
    if (!sec_is_special(s->sec) && s->sec >= o->n_sections) {
        abort(); /* every reader promises a valid section */
    }
    if (s->alias != UINT32_MAX && s->alias >= o->n_symbols) {
        abort();
    }
    name(b, s->name);
    if (o->format == OBJ_MACHO) {
        buf_c(b, ' ');
        macho_describe(o, s, b);
        macho_describe_after(o, s, b);
    }
    buf_c(b, '\n');
}

static void walk_symbols(struct object *o, struct buf *b)
{
    buf_printf(b, "symbols %d\n", obj_load_symbols(o));
    for (uint32_t i = 0; i < o->n_symbols; i++) {
        walk_symbol(o, &o->symbols[i], b);
    }
    for (uint32_t i = 0; i < o->n_comdats; i++) {
        const struct comdat *c = &o->comdats[i];
        buf_printf(b, "comdat sym=%x selection=%u group=%u", c->sym, c->selection, c->group_sec);
        name(b, c->name);
        for (uint32_t k = 0; k < c->n_members; k++) {
            if (c->members[k] >= o->n_sections) {
                abort();
            }
            buf_printf(b, " %u", c->members[k]);
        }
        buf_c(b, '\n');
    }
    buf_printf(b, "dynsyms %d\n", obj_load_dynsyms(o));
    for (uint32_t i = 0; i < o->n_dynsyms; i++) {
        walk_symbol(o, &o->dynsyms[i], b);
    }
    for (uint32_t i = 0; i < o->n_versions; i++) {
        buf_printf(b, "version %u def=%d", i, o->versions[i].is_def);
        name(b, o->versions[i].name);
        name(b, o->versions[i].lib);
        buf_c(b, '\n');
    }
    buf_printf(b, "slim-lto %d underscore %d\n", obj_is_slim_lto(o), obj_leading_underscore(o));
}

static void walk_relocs(struct object *o, struct buf *b)
{
    char raw[16];
    for (uint32_t i = 1; i < o->n_sections; i++) {
        struct reloc_iter it;
        struct reloc block[RELOC_BLOCK];
        uint64_t size; /* of the contents: compressed sections are relocated when inflated */
        if (o->sections[i].n_relocs == 0 || !obj_section_size(o, i, &size) || !obj_reloc_start(o, i, &it)) {
            continue;
        }
        if (!(o->sections[i].flags & SEC_COMPRESSED)) {
            size = o->sections[i].size; /* also where damaged headers leave no contents */
        }
        buf_printf(b, "relocs of %u\n", i);
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t k = 0; k < n; k++) {
                const struct reloc *r = &block[k];
                if (r->sym != UINT32_MAX && o->loaded & LOADED_SYMBOLS && !(o->failed & LOADED_SYMBOLS) &&
                    r->sym >= o->n_symbols && r->sym >= o->n_dynsyms) {
                    abort();
                }
                if (r->kind != KIND_NONE && r->kind != KIND_UNKNOWN &&
                    (r->off > size || size - r->off < reloc_field_bytes(r->width, r->flags))) {
                    abort();
                }
                buf_printf(b, "%08llx %s kind=%u width=%u flags=%x addend=%lld sym=%x sym2=%x sec=%u sec2=%u\n",
                           (unsigned long long)r->off, reloc_name(o, r->raw_type, raw), r->kind, r->width,
                           r->flags, (long long)r->addend, r->sym, r->sym2, r->sec, r->sec2);
            }
        }
        buf_printf(b, "end%s\n", it.bad ? " (bad)" : "");
    }
}

static void walk_imports(struct object *o, struct buf *b)
{
    buf_printf(b, "imports %d", obj_load_imports(o));
    name(b, o->soname);
    name(b, o->interp);
    buf_c(b, '\n');
    for (uint32_t i = 0; i < o->n_rpaths; i++) {
        buf_puts(b, "rpath");
        name(b, o->rpaths[i]);
        buf_c(b, '\n');
    }
    for (uint32_t i = 0; i < o->n_runpaths; i++) {
        buf_puts(b, "runpath");
        name(b, o->runpaths[i]);
        buf_c(b, '\n');
    }
    for (uint32_t i = 0; i < o->n_needed; i++) {
        const struct needed *n = &o->needed[i];
        if (n->first > o->n_imports || n->n > o->n_imports - n->first) {
            abort();
        }
        buf_printf(b, "needed kind=%u%s%s version=%x/%x first=%u n=%u", n->kind, n->reexport ? " reexport" : "",
                   n->upward ? " upward" : "", n->current_version, n->compat_version, n->first, n->n);
        name(b, n->name);
        buf_c(b, '\n');
    }
    for (uint32_t i = 0; i < o->n_imports; i++) {
        const struct import *m = &o->imports[i];
        buf_printf(b, "import kind=%u slot=0x%llx addend=%lld ordinal=%u hint=%u by=%d from=%d", m->kind,
                   (unsigned long long)m->slot, (long long)m->addend, m->ordinal, m->hint, m->by_ordinal,
                   m->lib_ordinal);
        name(b, m->lib);
        name(b, m->name);
        name(b, m->version);
        buf_c(b, '\n');
    }
}

static void walk_exports(struct object *o, struct buf *b)
{
    buf_printf(b, "exports %d base=%u\n", obj_load_exports(o), o->export_base);
    for (uint32_t i = 0; i < o->n_exports; i++) {
        const struct export *e = &o->exports[i];
        buf_printf(b, "export 0x%llx size=%llu ordinal=%u sec=%x%s%s", (unsigned long long)e->addr,
                   (unsigned long long)e->size, e->ordinal, e->sec, e->is_data ? " data" : "",
                   e->weak ? " weak" : "");
        if (!sec_is_special(e->sec) && e->sec >= o->n_sections && e->sec != 0) {
            abort();
        }
        name(b, e->name);
        name(b, e->forward);
        name(b, e->version);
        buf_c(b, '\n');
    }
}

void walk_object(struct object *o, unsigned what, struct buf *b)
{
    walk_head(o, b);
    if (what & WALK_SECTIONS) {
        walk_sections(o, what, b);
    }
    if (what & WALK_SYMBOLS) {
        walk_symbols(o, b);
    }
    if (what & WALK_RELOCS) {
        walk_relocs(o, b);
    }
    if (what & WALK_IMPORTS) {
        walk_imports(o, b);
    }
    if (what & WALK_EXPORTS) {
        walk_exports(o, b);
    }
}

bool walk_bytes(struct view bytes, const struct origin *origin, unsigned what, struct diag *d, struct buf *out)
{
    struct object o;
    bool ok = obj_open(&o, bytes, origin, d);
    if (ok) {
        walk_object(&o, what, out);
    }
    uint64_t cap = (UINT64_C(64) << 20) + 4 * bytes.len;
    if (!(what & WALK_DATA) && o.own_arena.total > cap) {
        fprintf(stderr, "memory budget: %zu bytes for %llu\n", o.own_arena.total, (unsigned long long)bytes.len);
        abort();
    }
    obj_close(&o);
    return ok;
}
