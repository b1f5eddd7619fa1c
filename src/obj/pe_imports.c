/* pe_imports.c - what a PE image takes from other modules: normal, delay-loaded and bound imports,
   what .NET metadata refers to, and the second view of ARM64X images.

   The import directory is an array of descriptors, one per DLL; each has a lookup table of names and
   ordinals and a table of slots (IAT) that the loader fills. The rules are the Windows loader's, not
   the specification's (spec imports, section 2): the array ends at a descriptor without name or slot
   table, the directory's size is not looked at, a descriptor whose first slot is 0 is skipped, and a
   lookup table outside the image gives way to the slot table.

   Tables may overlap and share their thunks: each walk is charged. Two passes: the first counts and
   so bounds the memory, the second fills arrays of the exact size. */
#include "base/limits.h"
#include "obj/pe_image.h"

/* What the arrays may take: spec hardening, 3, gives a reader 64 MiB and 4 x the file; half of it is
   for imports. */
static uint64_t memory_limit(const struct object *obj)
{
    return (UINT64_C(32) << 20) + 4 * obj->file_len;
}

/* One pass over all tables. With `fill` unset it only counts. */
struct pass {
    struct object *obj;
    bool fill, stop;
    uint32_t n_imports, n_needed;
    uint32_t max_imports, max_needed; /* filling: what was counted */
};

/* Is there room for one more import or library? Once not, the pass ends and keeps what it has. */
static bool has_room(struct pass *p)
{
    if (p->stop) {
        return false;
    }
    if (p->fill) {
        p->stop = p->n_imports > p->max_imports || p->n_needed > p->max_needed;
        return !p->stop;
    }
    uint64_t use = p->n_imports * sizeof(struct import) + p->n_needed * sizeof(struct needed);
    if (use > memory_limit(p->obj)) {
        p->stop = true;
        diag_bad(p->obj->diag, DIAG_NO_OFFSET,
                 "import tables overlap so that listing them all exceeds the memory limit");
    }
    return !p->stop;
}

static bool add_import(struct pass *p)
{
    p->n_imports++;
    if (!has_room(p)) {
        p->n_imports--;
        return false;
    }
    return true;
}

/* Only the counting pass reports, so that nothing is said twice; names are read by the filling pass
   alone, and reported there. */
static void bad_table(struct pass *p, uint64_t rva, const char *what, uint32_t idx)
{
    p->obj->failed |= LOADED_IMPORTS;
    if (!p->fill) {
        diag_bad(p->obj->diag, DIAG_NO_OFFSET, "import descriptor %u: %s at RVA 0x%llx", idx, what,
                 (unsigned long long)rva);
    }
}

/* ---- thunk tables ---------------------------------------------------------------------------- */

/* How the addresses in a table are to be read: RVAs, or (VC6 delay imports) virtual addresses. Real
   files mix both, so each value is taken the way that lies in the image. */
struct addressing {
    bool prefer_va;
};

static uint64_t to_rva(const struct object *obj, struct addressing how, uint64_t x)
{
    const struct pe_image *im = obj->priv;
    uint64_t base = obj->image_base;
    bool as_va = x >= base && x - base < im->size_of_image;
    bool as_rva = x < im->size_of_image;
    return as_va && (how.prefer_va || !as_rva) ? x - base : x;
}

/* Reads the import behind one thunk. False if it names nothing readable. */
static bool read_thunk(struct pass *p, struct addressing how, uint64_t thunk, struct import *out)
{
    struct object *obj = p->obj;
    uint64_t ordinal_bit = obj->is64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;
    if (thunk & ordinal_bit) {
        out->by_ordinal = true;
        out->ordinal = thunk & 0xffff;
        if (thunk & ~ordinal_bit & ~UINT64_C(0xffff)) {
            diag_warn_at(obj->diag, DIAG_NO_OFFSET, "import by ordinal %u has other bits set: 0x%llx",
                         out->ordinal, (unsigned long long)thunk);
        }
        return true;
    }
    uint64_t rva = to_rva(obj, how, thunk);
    if (!pe_hint_name(obj, rva, &out->hint, &out->name)) {
        obj->failed |= LOADED_IMPORTS;
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "name of an import lies outside the image, at RVA 0x%llx",
                        (unsigned long long)rva);
    }
    return true;
}

/* Walks one table of thunks up to its zero entry. TABLE is read, SLOTS are the IAT's RVAs. */
static void walk_thunks(struct pass *p, struct addressing how, uint64_t table, uint64_t slots,
                        const struct import *proto, uint32_t idx)
{
    struct object *obj = p->obj;
    uint64_t size = obj->is64 ? 8 : 4, zeros;
    struct view v;
    if (!pe_span(obj, table, &v, &zeros)) {
        bad_table(p, table, "its lookup table lies outside the image", idx);
        return;
    }
    for (uint64_t off = 0;; off += size) {
        uint8_t last[8] = {0};
        if (!view_has(v, off, size)) {
            /* the entry that straddles the end of the raw data is completed with zeros */
            if (off < v.len) {
                memcpy(last, v.p + off, (size_t)(v.len - off));
            }
            if (zeros + v.len < off + size) {
                bad_table(p, table, "its lookup table has no end", idx);
                return;
            }
        }
        const uint8_t *e = view_has(v, off, size) ? v.p + off : last;
        uint64_t thunk = obj->is64 ? get_u64le(e) : get_u32le(e);
        if (thunk == 0 || !obj_charge(obj, 1)) {
            return;
        }
        if (!add_import(p)) {
            return;
        }
        if (p->fill) {
            struct import im = *proto;
            im.slot = slots + off;
            if (read_thunk(p, how, thunk, &im)) {
                obj->imports[p->n_imports - 1] = im;
            } else {
                p->n_imports--;
            }
        }
    }
}

static bool start_library(struct pass *p, struct str name, unsigned kind, uint32_t time)
{
    p->n_needed++;
    if (!has_room(p)) {
        p->n_needed--;
        return false;
    }
    if (p->fill) {
        p->obj->needed[p->n_needed - 1] = (struct needed){
            .name = name, .kind = (uint8_t)kind, .first = p->n_imports, .timestamp = time};
    }
    return true;
}

static void end_library(struct pass *p)
{
    if (p->fill) {
        struct needed *n = &p->obj->needed[p->n_needed - 1];
        n->n = p->n_imports - n->first;
    }
}

/* ---- the import directory --------------------------------------------------------------------- */

static bool first_slot_is_zero(struct pass *p, uint64_t iat)
{
    uint8_t slot[8] = {0};
    if (!pe_copy(p->obj, iat, slot, p->obj->is64 ? 8 : 4)) {
        return false; /* reported when the table is walked */
    }
    return get_u64le(slot) == 0;
}

static void walk_directory(struct pass *p, struct pe_dir dir, unsigned kind)
{
    struct object *obj = p->obj;
    const struct pe_image *im = obj->priv;
    for (uint32_t i = 0; dir.rva != 0 && obj_charge(obj, 1); i++) {
        uint8_t d[PE_IMP_LEN];
        uint64_t rva = dir.rva + (uint64_t)i * PE_IMP_LEN;
        if (!pe_copy(obj, rva, d, sizeof d)) {
            bad_table(p, rva, "it lies outside the image", i);
            return;
        }
        uint32_t name_rva = get_u32le(d + PE_IMP_NAME), iat = get_u32le(d + PE_IMP_IAT);
        if (name_rva == 0 || iat == 0) {
            return;
        }
        if (first_slot_is_zero(p, iat)) {
            continue;
        }
        struct import proto = {.kind = (uint8_t)kind};
        if (!pe_cstr(obj, name_rva, &proto.lib)) {
            bad_table(p, name_rva, "its library name lies outside the image", i);
            continue;
        }
        uint32_t lookup = get_u32le(d + PE_IMP_LOOKUP);
        bool use_lookup = lookup >= im->size_of_headers && lookup < im->size_of_image;
        if (!start_library(p, proto.lib, kind, get_u32le(d + PE_IMP_TIME))) {
            return;
        }
        walk_thunks(p, (struct addressing){false}, use_lookup ? lookup : iat, iat, &proto, i);
        end_library(p);
    }
}

/* ---- delay imports ---------------------------------------------------------------------------- */

static void walk_delay(struct pass *p)
{
    struct object *obj = p->obj;
    const struct pe_image *im = obj->priv;
    for (uint32_t i = 0; im->dirs[PE_DIR_DELAY_IMPORT].rva != 0 && obj_charge(obj, 1); i++) {
        uint8_t d[PE_DELAY_LEN];
        uint64_t rva = im->dirs[PE_DIR_DELAY_IMPORT].rva + (uint64_t)i * PE_DELAY_LEN;
        if (!pe_copy(obj, rva, d, sizeof d)) {
            bad_table(p, rva, "it lies outside the image (delay-load)", i);
            return;
        }
        uint32_t name = get_u32le(d + PE_DELAY_NAME), table = get_u32le(d + PE_DELAY_INT);
        if (name == 0) {
            return;
        }
        struct addressing how = {!(get_u32le(d + PE_DELAY_ATTRS) & 1)};
        struct import proto = {.kind = IMPORT_DELAY};
        if (!pe_cstr(obj, to_rva(obj, how, name), &proto.lib)) {
            bad_table(p, name, "its library name lies outside the image (delay-load)", i);
            continue;
        }
        uint64_t iat = to_rva(obj, how, get_u32le(d + PE_DELAY_IAT));
        if (!start_library(p, proto.lib, IMPORT_DELAY, get_u32le(d + PE_DELAY_TIME))) {
            return;
        }
        walk_thunks(p, how, to_rva(obj, how, table), iat, &proto, i);
        end_library(p);
    }
}

/* ---- bound imports ---------------------------------------------------------------------------- */

/* A list of {time, name offset, n} where n entries of the same shape follow: the modules to which
   the first one forwards. Names count from the start of the list. */
static void walk_bound(struct pass *p)
{
    struct object *obj = p->obj;
    const struct pe_image *im = obj->priv;
    uint64_t start = im->dirs[PE_DIR_BOUND_IMPORT].rva, refs = 0;
    for (uint32_t i = 0; start != 0 && obj_charge(obj, 1); i++) {
        uint8_t d[PE_BOUND_LEN];
        struct str name;
        if (!pe_copy(obj, start + (uint64_t)i * PE_BOUND_LEN, d, sizeof d)) {
            bad_table(p, start, "the bound import list has no end", i);
            return;
        }
        uint16_t off = get_u16le(d + PE_BOUND_NAME);
        if (off == 0 && refs == 0) {
            return;
        }
        bool forwarder = refs > 0;
        refs = forwarder ? refs - 1 : get_u16le(d + PE_BOUND_NREFS);
        if (!pe_cstr(obj, start + off, &name)) {
            bad_table(p, start + off, "name of a bound import lies outside the image", i);
            continue;
        }
        if (!start_library(p, name, IMPORT_BOUND, get_u32le(d + PE_BOUND_TIME))) {
            return;
        }
        if (p->fill) {
            obj->needed[p->n_needed - 1].reexport = forwarder;
        }
        end_library(p);
    }
}

/* ---- .NET ------------------------------------------------------------------------------------- */

static void add_clr(struct pass *p, const struct pe_clr *clr)
{
    struct object *obj = p->obj;
    if (!p->fill) {
        p->n_needed += clr->n_modrefs + clr->n_asmrefs;
        p->n_imports += clr->n_implmaps;
        return;
    }
    uint64_t n_libs = (uint64_t)clr->n_modrefs + clr->n_asmrefs;
    if (n_libs > p->max_needed - p->n_needed || clr->n_implmaps > p->max_imports - p->n_imports) {
        return;
    }
    uint32_t first = p->n_needed;
    for (uint32_t i = 0; i < clr->n_modrefs; i++) {
        (void)start_library(p, pe_clr_modref(clr, i), IMPORT_CLR, 0);
    }
    /* The methods of one library are not contiguous in the table: group them by counting. */
    uint32_t *at = ARENA_ARRAY(obj->arena, uint32_t, (size_t)clr->n_modrefs + 1), lib;
    for (uint32_t i = 0; i < clr->n_implmaps; i++) {
        (void)pe_clr_implmap(clr, i, &lib);
        at[lib]++;
    }
    uint32_t next = p->n_imports;
    for (uint32_t i = 0; i <= clr->n_modrefs; i++) {
        uint32_t n = at[i];
        at[i] = next;
        if (i > 0) {
            obj->needed[first + i - 1].first = next;
            obj->needed[first + i - 1].n = n;
        }
        next += n;
    }
    for (uint32_t i = 0; i < clr->n_implmaps; i++) {
        struct str name = pe_clr_implmap(clr, i, &lib);
        obj->imports[at[lib]++] = (struct import){.name = name,
                                                  .lib = lib ? pe_clr_modref(clr, lib - 1) : S(""),
                                                  .kind = IMPORT_CLR};
    }
    p->n_imports = next;
    for (uint32_t i = 0; i < clr->n_asmrefs; i++) {
        (void)start_library(p, pe_clr_asmref(clr, i, obj->arena), IMPORT_CLR, 0);
    }
}

/* ---- all of it -------------------------------------------------------------------------------- */

static void walk_all(struct pass *p, const struct pe_dir *ec_dirs, const struct pe_clr *clr)
{
    const struct pe_image *im = p->obj->priv;
    walk_directory(p, im->dirs[PE_DIR_IMPORT], IMPORT_NORMAL);
    walk_delay(p);
    walk_bound(p);
    if (clr) {
        add_clr(p, clr);
    }
    if (ec_dirs && ec_dirs[PE_DIR_IMPORT].rva != im->dirs[PE_DIR_IMPORT].rva) {
        walk_directory(p, ec_dirs[PE_DIR_IMPORT], IMPORT_EC);
    }
}

bool pe_read_imports(struct object *obj)
{
    struct pass p = {.obj = obj};
    struct pe_dir ec_dirs[PE_N_DIRS];
    struct pe_clr clr;
    bool hybrid = pe_hybrid_dirs(obj, ec_dirs), has_clr = pe_clr_open(obj, &clr);
    /* Counting may use half of the budget, so that filling has something left to show. */
    uint64_t work = obj->work_left;
    obj->work_left = work / 2;
    walk_all(&p, hybrid ? ec_dirs : NULL, has_clr ? &clr : NULL);
    obj->work_left = work - work / 2;
    obj->imports = ARENA_ARRAY(obj->arena, struct import, p.n_imports);
    obj->needed = ARENA_ARRAY(obj->arena, struct needed, p.n_needed);
    p = (struct pass){.obj = obj, .fill = true, .max_imports = p.n_imports, .max_needed = p.n_needed};
    walk_all(&p, hybrid ? ec_dirs : NULL, has_clr ? &clr : NULL);
    obj->n_imports = p.n_imports;
    obj->n_needed = p.n_needed;
    return true;
}
