/* pe_exports.c - what a PE image offers to others, and its dynamic symbols for nm -D.

   The export directory has a table of addresses, indexed by ordinal - base, and two parallel tables
   that give names to some of them: name RVA, and index. An address inside the directory itself is no
   address but a forwarder, the string "DLL.name". An address of 0 is a gap in the ordinals.
   Source: PE format, "The .edata Section". */
#include "obj/coff_fmt.h"
#include "obj/pe_image.h"

struct export_dir {
    struct pe_dir where;
    uint32_t base, n_funcs, n_names;
    struct view funcs, names, ordinals; /* the parts of the tables that come from the file */
};

static bool bad_exports(struct object *obj, const char *what, uint64_t rva)
{
    obj->failed |= LOADED_EXPORTS;
    return diag_bad(obj->diag, DIAG_NO_OFFSET, "export directory: %s, at RVA 0x%llx", what,
                    (unsigned long long)rva);
}

/* The table of *N entries of SIZE bytes at RVA. What lies past the mapping is cut off and reported;
   zero fill gives entries of 0, which mean nothing in any of the three tables. */
static struct view table_at(struct object *obj, uint32_t rva, uint32_t *n, uint32_t size, const char *what)
{
    struct view v = {obj->bytes.p, 0};
    uint64_t zeros = 0;
    if (*n == 0) {
        return v;
    }
    if (!pe_span(obj, rva, &v, &zeros)) {
        v.len = 0;
    }
    if ((uint64_t)*n * size > v.len + zeros) {
        bad_exports(obj, what, rva);
    }
    if (*n > v.len / size) {
        *n = (uint32_t)(v.len / size);
    }
    v.len = (uint64_t)*n * size;
    return v;
}

static bool open_directory(struct object *obj, struct pe_dir where, struct export_dir *d)
{
    uint8_t h[PE_EXP_LEN];
    uint32_t name = 0;
    *d = (struct export_dir){.where = where};
    if (where.rva == 0) {
        return false;
    }
    if (!pe_copy(obj, where.rva, h, sizeof h)) {
        return bad_exports(obj, "it lies outside the image", where.rva);
    }
    name = get_u32le(h + PE_EXP_NAME);
    if (name != 0 && !pe_cstr(obj, name, &obj->soname)) {
        bad_exports(obj, "its name lies outside the image", name);
    }
    d->base = get_u32le(h + PE_EXP_BASE);
    d->n_funcs = get_u32le(h + PE_EXP_NFUNCS);
    d->n_names = get_u32le(h + PE_EXP_NNAMES);
    uint32_t n_ordinals = d->n_names;
    d->funcs = table_at(obj, get_u32le(h + PE_EXP_FUNCS), &d->n_funcs, 4, "address table is cut");
    d->names = table_at(obj, get_u32le(h + PE_EXP_NAMES), &d->n_names, 4, "name table is cut");
    d->ordinals = table_at(obj, get_u32le(h + PE_EXP_ORDINALS), &n_ordinals, 2, "ordinal table is cut");
    d->n_names = n_ordinals < d->n_names ? n_ordinals : d->n_names;
    return true;
}

/* Fills everything but the name. False for a gap. */
static bool read_function(struct object *obj, const struct export_dir *d, uint32_t i, struct export *e)
{
    uint32_t rva = get_u32le(d->funcs.p + (uint64_t)i * 4);
    *e = (struct export){.addr = rva, .ordinal = d->base + i, .is_default = true};
    if (rva == 0) {
        return false;
    }
    if (rva >= d->where.rva && rva - d->where.rva < d->where.size) {
        e->addr = 0;
        if (!pe_cstr(obj, rva, &e->forward)) {
            bad_exports(obj, "a forwarder lies outside the image", rva);
        }
        return true;
    }
    e->sec = pe_section_at(obj, rva);
    e->is_data = e->sec != 0 && !(obj->sections[e->sec].flags & SEC_EXEC);
    return true;
}

/* Names are sorted by spelling in the file; the list goes by ordinal. first[f] .. first[f + 1] are
   the places in `order` of the names of function f: a counting sort, for one function may have many
   names. */
static uint32_t *names_by_function(struct object *obj, const struct export_dir *d, uint32_t *order)
{
    uint32_t *first = ARENA_ARRAY(obj->arena, uint32_t, (size_t)d->n_funcs + 2);
    for (uint32_t k = 0; k < d->n_names; k++) {
        uint32_t f = get_u16le(d->ordinals.p + (uint64_t)k * 2);
        if (f < d->n_funcs) {
            first[f + 2]++;
        } else {
            bad_exports(obj, "a name has no address", get_u32le(d->names.p + (uint64_t)k * 4));
        }
    }
    for (uint32_t f = 2; f < d->n_funcs + 2; f++) {
        first[f] += first[f - 1];
    }
    for (uint32_t k = 0; k < d->n_names; k++) {
        uint32_t f = get_u16le(d->ordinals.p + (uint64_t)k * 2);
        if (f < d->n_funcs) {
            order[first[f + 1]++] = k;
        }
    }
    return first;
}

static void read_directory(struct object *obj, const struct export_dir *d)
{
    uint64_t max = (uint64_t)d->n_funcs + d->n_names;
    if (!obj_charge(obj, max)) {
        return;
    }
    uint32_t *order = ARENA_ARRAY(obj->arena, uint32_t, (size_t)d->n_names + 1);
    uint32_t *first = names_by_function(obj, d, order);
    obj->exports = ARENA_ARRAY(obj->arena, struct export, (size_t)max);
    obj->export_base = d->base;
    for (uint32_t f = 0; f < d->n_funcs; f++) {
        struct export e;
        if (!read_function(obj, d, f, &e)) {
            continue;
        }
        if (first[f] == first[f + 1]) {
            obj->exports[obj->n_exports++] = e;
        }
        for (uint32_t k = first[f]; k < first[f + 1]; k++) {
            uint32_t rva = get_u32le(d->names.p + (uint64_t)order[k] * 4);
            if (!pe_cstr(obj, rva, &e.name)) {
                bad_exports(obj, "a name lies outside the image", rva);
                continue;
            }
            obj->exports[obj->n_exports++] = e;
        }
    }
}

bool pe_read_exports(struct object *obj)
{
    const struct pe_image *im = obj->priv;
    struct pe_dir dirs[PE_N_DIRS];
    bool second = obj->ec_view && pe_hybrid_dirs(obj, dirs);
    struct export_dir d;
    if (open_directory(obj, (second ? dirs : im->dirs)[PE_DIR_EXPORT], &d)) {
        read_directory(obj, &d);
    }
    return true;
}

/* ---- dynamic symbols --------------------------------------------------------------------------- */

static struct str import_name(struct object *obj, const struct import *im)
{
    struct buf b = {0};
    if (im->by_ordinal) {
        buf_printf(&b, "#%u", im->ordinal);
    } else {
        buf_str(&b, im->name);
    }
    buf_c(&b, '@');
    buf_str(&b, im->lib);
    struct str s = arena_str(obj->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return s;
}

static struct str export_name(struct object *obj, const struct export *e)
{
    struct str name = e->name;
    if (name.len == 0) {
        name = str_c(arena_printf(obj->arena, "#%u", e->ordinal));
    }
    if (e->forward.len == 0) {
        return name;
    }
    struct buf b = {0};
    buf_str(&b, name);
    buf_puts(&b, " -> ");
    buf_str(&b, e->forward);
    name = arena_str(obj->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return name;
}

/* Exports ("name", "#7", "name -> other.f"), then imports ("name@DLL"). Source: spec ar-nm, 4.3. */
bool pe_read_dynsyms(struct object *obj)
{
    bool good = obj_load_exports(obj);
    good = obj_load_imports(obj) && good;
    uint64_t n = (uint64_t)obj->n_exports + obj->n_imports;
    if (!obj_charge(obj, n)) {
        return false;
    }
    struct symbol *s = obj->dynsyms = ARENA_ARRAY(obj->arena, struct symbol, (size_t)n);
    for (uint32_t i = 0; i < obj->n_exports; i++, s++) {
        const struct export *e = &obj->exports[i];
        s->name = export_name(obj, e);
        s->value = e->addr;
        s->sec = e->forward.len ? SEC_INDIRECT : e->sec ? e->sec : SEC_ABS;
        s->type = e->is_data ? SYM_OBJECT : SYM_FUNC;
        s->flags = SYMF_EXPORTED;
    }
    for (uint32_t i = 0; i < obj->n_imports; i++, s++) {
        s->name = import_name(obj, &obj->imports[i]);
        s->sec = SEC_UNDEF;
        s->flags = SYMF_IMPORTED;
    }
    obj->n_dynsyms = (uint32_t)n;
    for (uint32_t i = 0; i < obj->n_dynsyms; i++) {
        obj->dynsyms[i].binding = BIND_GLOBAL;
        obj->dynsyms[i].raw_idx = i;
        obj->dynsyms[i].alias = UINT32_MAX;
    }
    return good;
}
