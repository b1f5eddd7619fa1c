/* nm_json.c - --format=json: JSON Lines, one object per symbol.

       {"file":"libx.a","member":"foo.o","arch":"x86-64","name":"_Z1fv","demangled":"f()","letter":"T",
        "value":0,"size":11,"section":".text","binding":"global","type":"function",
        "visibility":"default","version":"V1","default_version":true,"source":"f.c","line":3}

   `member`, `demangled`, `value`, `size`, `section`, `version`, `library`, `default_version`,
   `source` and `line` appear only where there is such a thing; undefined symbols have no value.
   Numbers are JSON numbers. The names are stable; new ones may be added. */
#include "applets/nm.h"


static const char *binding_name(const struct symbol *s)
{
    switch (s->binding) {
    case BIND_LOCAL: return "local";
    case BIND_WEAK: return "weak";
    case BIND_UNIQUE: return "unique";
    case BIND_WEAK_EXTERNAL: return "weak-external";
    default: return "global";
    }
}

static const char *type_name(const struct symbol *s)
{
    static const char *const names[] = {
        [SYM_NOTYPE] = "none", [SYM_OBJECT] = "object", [SYM_FUNC] = "function", [SYM_SECTION] = "section",
        [SYM_FILE] = "file", [SYM_COMMON] = "common", [SYM_TLS] = "tls", [SYM_IFUNC] = "ifunc",
        [SYM_DEBUG] = "debug", [SYM_MAPPING] = "mapping", [SYM_OTHER] = "other"};
    return s->sec == SEC_COMMON ? "common" : s->type <= SYM_OTHER ? names[s->type] : "other";
}

static const char *visibility_name(const struct symbol *s)
{
    static const char *const names[] = {"default", "internal", "hidden", "protected"};
    return s->flags & SYMF_PRIVATE_EXTERN ? "hidden" : names[s->visibility & 3];
}

static void put_key(struct buf *b, const char *key)
{
    buf_puts(b, ",\"");
    buf_puts(b, key);
    buf_puts(b, "\":");
}

static void put_text(struct buf *b, const char *key, struct str s)
{
    put_key(b, key);
    buf_json(b, s);
}

static void put_names(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    struct buf d = {0};
    put_text(b, "name", s->name);
    if (demangle_as(l->o->style, &d, s->name, l->strip_underscore)) {
        put_text(b, "demangled", (struct str){d.p, d.n});
    }
    buf_free(&d);
}

static void put_place(const struct nm_list *l, const struct nm_item *it, struct buf *b)
{
    const struct symbol *s = &l->syms[it->sym];
    if (!nm_is_undefined_letter(it->letter)) {
        put_key(b, "value");
        buf_dec(b, nm_value(l, s), 0);
        if (l->sizes_shown) {
            put_key(b, "size");
            buf_dec(b, nm_size(l, it), 0);
        }
        put_text(b, "section", obj_symbol_section_name(l->obj, s));
    }
}

static void put_version(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    if (s->version && s->version < l->obj->n_versions && l->o->versions) {
        const struct sym_version *v = &l->obj->versions[s->version];
        put_text(b, "version", v->name);
        if (v->lib.len) {
            put_text(b, "library", v->lib);
        }
        if (v->is_def) {
            put_key(b, "default_version");
            buf_puts(b, s->flags & SYMF_VERSION_HIDDEN ? "false" : "true");
        }
    }
}

/* What is the same for all symbols of an object. */
static void start_text(const struct nm_list *l, const struct input_item *item, struct buf *b)
{
    bool member = item->member && item->origin->parent && !item->slice;
    struct buf name = {0};
    origin_print(&name, member ? item->origin->parent : item->origin);
    buf_puts(b, "{\"file\":");
    buf_json(b, (struct str){name.p, name.n});
    buf_free(&name);
    if (member) {
        put_text(b, "member", item->origin->name);
    }
    put_text(b, "arch", str_c(machine_info(l->obj->machine)->name));
}

void nm_print_json(const struct nm_list *l, const struct input_item *item, struct buf *b)
{
    struct buf start = {0};
    start_text(l, item, &start);
    for (size_t i = 0; i < l->n; i++) {
        const struct nm_item *it = &l->items[i];
        const struct symbol *s = &l->syms[it->sym];
        struct str file;
        unsigned line;
        buf_add(b, start.p, start.n);
        put_names(l, s, b);
        put_text(b, "letter", (struct str){&it->letter, 1});
        put_place(l, it, b);
        put_text(b, "binding", str_c(binding_name(s)));
        put_text(b, "type", str_c(type_name(s)));
        put_text(b, "visibility", str_c(visibility_name(s)));
        put_version(l, s, b);
        if (l->line_info && nm_find_line(l, s, &file, &line)) {
            put_text(b, "source", file);
            put_key(b, "line");
            buf_dec(b, line, 0);
        }
        buf_puts(b, "}\n");
    }
    buf_free(&start);
}
