/* symver.c - symbol versions on the way in.

   Names are the keys of the symbol table, so versions become part of them only where they distinguish:
   the default version of a definition (foo@@V in an object, a version without the hidden bit in a shared
   library) is plain "foo"; any other is "foo@V". An undefined "foo@V" (from .symver) that stays without
   a definition of that very name is bound to the default "foo" if its version is V.
   Source: LSB, "Symbol Versioning"; gas manual, ".symver". */
#include "ld/elf/elf_ld.h"

/* foo@@V loses its version in NAME and keeps it in the file's table; foo@V keeps its name. */
bool elf_object_versions(struct ld *ld, struct ld_file *f)
{
    struct object *obj = &f->obj;
    (void)ld;
    for (uint32_t i = obj_names_versions(obj) ? obj->first_global : f->n_syms; i < f->n_syms; i++) {
        struct symbol *s = &f->syms[i];
        const char *at = memchr(s->name.p, '@', s->name.len);
        if (!at || at == s->name.p) {
            continue;
        }
        elf_file(f)->names_versions = true;
        size_t base = (size_t)(at - s->name.p);
        bool is_default = base + 1 < s->name.len && at[1] == '@';
        if (is_default && s->sec != SEC_UNDEF) {
            s->name.len = base; /* the version follows after "@@" in the same string */
            s->flags |= SYMF_EXPORTED; /* marks: has a default version behind its name */
        } else if (is_default) { /* an undefined foo@@V asks for foo@V */
            bool three = base + 2 < s->name.len && at[2] == '@';
            struct str ver = str_skip(s->name, base + (three ? 3 : 2));
            s->name = str_c(arena_printf(obj->arena, "%.*s@%.*s", (int)base, s->name.p, Q(ver)));
        }
    }
    return true;
}

bool elf_shared_versions(struct ld *ld, struct ld_file *f)
{
    struct object *obj = &f->obj;
    struct elf_file *ef = elf_file(f);
    (void)ld;
    if (!obj_load_imports(obj)) { /* the dynamic section: soname */
        return false;
    }
    const struct origin *o = ld_file_origin(f);
    ef->soname = obj->soname.len ? obj->soname
                 : f->state.is_static ? o->name : str_basename(o->name);
    if (!obj->soname.len && o->parent == NULL && f->input && !f->archive) {
        ef->soname = f->state.found ? str_basename(o->name) : o->name; /* as GNU ld: the path it was given */
    }
    ef->ver_out = ARENA_ARRAY(obj->arena, uint16_t, obj->n_versions + 1);
    for (uint32_t i = 0; i < f->n_syms; i++) {
        struct symbol *s = &f->syms[i];
        if (s->sec == SEC_UNDEF || !s->version || s->version >= obj->n_versions) {
            continue;
        }
        if (s->flags & SYMF_VERSION_HIDDEN && obj->versions[s->version].name.len) {
            s->name = str_c(arena_printf(obj->arena, "%.*s@%.*s", Q(s->name),
                                         Q(obj->versions[s->version].name)));
        }
    }
    return true;
}

/* The version of a definition without its name: from the string behind it, or the library's table. */
static struct str version_of(const struct ld_file *f, const struct symbol *s)
{
    if (f->kind == LD_SHARED) {
        return s->version && s->version < f->obj.n_versions ? f->obj.versions[s->version].name
                                                             : (struct str){0};
    }
    return s->flags & SYMF_EXPORTED && f->kind == LD_OBJECT ? str_c(s->name.p + s->name.len + 2)
                                                            : (struct str){0};
}

/* Makes the undefined NAME@V another name of the default NAME, when that has version V. */
static bool bind_one(struct ld *ld, uint32_t id)
{
    struct str name = ld_sym_name(ld, id);
    size_t at = str_find(name, '@');
    if (at == SIZE_MAX || at == 0) {
        return false;
    }
    uint32_t base = ld_lookup(ld, str_head(name, at));
    if (base == LD_NO_SYM || !ld_is_defined(ld_sym(ld, base))) {
        return false;
    }
    const struct ld_sym *b = ld_sym(ld, base);
    const struct symbol *def = ld_definition(ld, base);
    struct str want = str_skip(name, at + 1), have = def ? version_of(ld_file(ld, b->file), def)
                                                         : (struct str){0};
    if (!def || (have.len && !str_eq(have, want))) {
        return false;
    }
    struct ld_sym *g = ld_sym(ld, id);
    g->file = b->file;
    g->sym = b->sym;
    g->rank = b->rank;
    vec_push(&elf_of_ld(ld)->aliases, id);
    vec_push(&elf_of_ld(ld)->aliases, base);
    return true;
}

bool elf_bind_versions(struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind != LD_OBJECT || (f->priv && !elf_file(f)->names_versions)) {
            continue;
        }
        for (uint32_t i = f->obj.first_global; i < f->n_syms; i++) {
            const struct symbol *s = &f->syms[i];
            if (s->sec == SEC_UNDEF && f->ids[i] != LD_NO_SYM &&
                memchr(s->name.p, '@', s->name.len) && !ld_is_defined(ld_sym(ld, f->ids[i]))) {
                bind_one(ld, f->ids[i]);
            }
        }
    }
    return false; /* no new references */
}
