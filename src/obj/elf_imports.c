/* elf_imports.c - what an ELF file takes from others and gives to them.

   Images: DT_NEEDED names libraries; undefined dynamic symbols name functions and data. The two are
   tied together only by the version record (verneed): a symbol without one can come from any library,
   and its `lib` stays empty. Objects have no libraries: their imports are their undefined symbols.

   Source: spec imports, section 3; gABI 5. */
#include "obj/elf_int.h"

enum { MAX_PARTS = 4096 /* of a search path; what follows stays in the last */ };

/* Splits a search path at its colons; an empty part means the current directory, and is kept. */
static const struct str *split_path(struct object *obj, struct str path, uint32_t *n)
{
    uint32_t parts = 1;
    for (size_t i = 0; i < path.len && parts < MAX_PARTS; i++) {
        parts += path.p[i] == ':';
    }
    struct str *out = ARENA_ARRAY(obj->arena, struct str, parts);
    *n = parts;
    for (uint32_t i = 0; i < parts; i++) {
        size_t colon = i + 1 < parts ? str_find(path, ':') : SIZE_MAX;
        out[i] = str_head(path, colon);
        path = str_skip(path, colon == SIZE_MAX ? path.len : colon + 1);
    }
    return out;
}

static void read_needed(struct object *obj, const struct elf_dyn *d)
{
    obj->needed = ARENA_ARRAY(obj->arena, struct needed, d->n_needed);
    for (uint32_t i = 0; i < d->n_needed; i++) {
        obj->needed[obj->n_needed++].name = elf_dyn_str(obj, d->needed[i], "DT_NEEDED");
    }
    if (d->has_soname) {
        obj->soname = elf_dyn_str(obj, d->soname, "DT_SONAME");
    }
    if (d->has_rpath) {
        obj->rpaths = split_path(obj, elf_dyn_str(obj, d->rpath, "DT_RPATH"), &obj->n_rpaths);
    }
    if (d->has_runpath) {
        obj->runpaths = split_path(obj, elf_dyn_str(obj, d->runpath, "DT_RUNPATH"), &obj->n_runpaths);
    }
}

static bool is_import(const struct symbol *s)
{
    return s->sec == SEC_UNDEF && s->binding != BIND_LOCAL && s->name.len != 0;
}

static void imports_from(struct object *obj, const struct symbol *syms, uint32_t n_syms, uint32_t *sym_import)
{
    uint32_t n = 0;
    for (uint32_t i = 1; i < n_syms; i++) {
        n += is_import(&syms[i]);
    }
    obj->imports = ARENA_ARRAY(obj->arena, struct import, n);
    for (uint32_t i = 1; i < n_syms; i++) {
        const struct symbol *s = &syms[i];
        if (!is_import(s)) {
            continue;
        }
        struct import *im = &obj->imports[obj->n_imports++];
        im->name = s->name;
        im->kind = s->binding == BIND_WEAK ? IMPORT_WEAK : IMPORT_UNDEF;
        if (s->version) {
            im->version = obj->versions[s->version].name;
            im->lib = obj->versions[s->version].lib;
        }
        if (sym_import) {
            sym_import[i] = obj->n_imports;
        }
    }
}

/* The GOT cell that a dynamic relocation fills for an import: its first one. */
static void read_slots(struct object *obj, uint64_t va, uint64_t len, bool rela, const uint32_t *sym_import)
{
    struct view v;
    uint64_t each = obj->is64 ? (rela ? RELA64_SIZE : REL64_SIZE) : (rela ? RELA32_SIZE : REL32_SIZE);
    if (va == 0 || !elf_va(obj, va, &v)) {
        return;
    }
    uint64_t n = (len < v.len ? len : v.len) / each;
    bool be = obj->big_endian;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = v.p + i * each;
        uint64_t off = obj->is64 ? get_u64(p, be) : get_u32(p, be);
        uint64_t info = obj->is64 ? get_u64(p + 8, be) : get_u32(p + 4, be);
        uint64_t sym = obj->is64 ? info >> 32 : info >> 8;
        const struct reloc_row *row = reloc_find(obj, (uint32_t)(obj->is64 ? info : info & 0xff));
        if (row && (row->kind == KIND_JUMP_SLOT || row->kind == KIND_GLOB_DAT) && sym < obj->n_dynsyms &&
            sym_import[sym] && obj->imports[sym_import[sym] - 1].slot == 0) {
            obj->imports[sym_import[sym] - 1].slot = off;
        }
    }
}

bool elf_imports(struct object *obj)
{
    struct elf *e = elf_of(obj);
    if (obj->type == OBJ_TYPE_RELOCATABLE) {
        if (!obj_load_symbols(obj)) {
            return false;
        }
        imports_from(obj, obj->symbols, obj->n_symbols, NULL);
        return true;
    }
    if (obj->type != OBJ_TYPE_EXECUTABLE && obj->type != OBJ_TYPE_SHARED) {
        return true;
    }
    const struct elf_dyn *d = elf_read_dyn(obj);
    if (e->pt_interp.len) {
        (void)view_padded(e->pt_interp, 0, e->pt_interp.len, &obj->interp);
    }
    read_needed(obj, d);
    if (!obj_load_dynsyms(obj)) {
        return false;
    }
    uint32_t *sym_import = ARENA_ARRAY(obj->arena, uint32_t, obj->n_dynsyms);
    imports_from(obj, obj->dynsyms, obj->n_dynsyms, sym_import);
    read_slots(obj, d->jmprel_va, d->jmprel_len, d->jmprel_is_rela, sym_import);
    read_slots(obj, d->rela_va, d->rela_len, true, sym_import);
    read_slots(obj, d->rel_va, d->rel_len, false, sym_import);
    return true;
}

static bool is_export(const struct symbol *s)
{
    return s->sec != SEC_UNDEF && s->binding != BIND_LOCAL && s->name.len != 0 &&
           (s->visibility == VIS_DEFAULT || s->visibility == VIS_PROTECTED) && s->type != SYM_SECTION &&
           s->type != SYM_FILE;
}

bool elf_exports(struct object *obj)
{
    if (!obj_load_dynsyms(obj)) {
        return false;
    }
    uint32_t n = 0;
    for (uint32_t i = 1; i < obj->n_dynsyms; i++) {
        n += is_export(&obj->dynsyms[i]);
    }
    obj->exports = ARENA_ARRAY(obj->arena, struct export, n);
    for (uint32_t i = 1; i < obj->n_dynsyms; i++) {
        const struct symbol *s = &obj->dynsyms[i];
        if (!is_export(s)) {
            continue;
        }
        obj->exports[obj->n_exports++] = (struct export){
            .name = s->name,
            .version = s->version ? obj->versions[s->version].name : (struct str){"", 0},
            .addr = s->value,
            .size = s->size,
            .sec = s->sec,
            .is_data = s->type == SYM_OBJECT || s->type == SYM_TLS || s->type == SYM_COMMON,
            .weak = s->binding == BIND_WEAK,
            .is_default = !(s->flags & SYMF_VERSION_HIDDEN)};
    }
    return true;
}
