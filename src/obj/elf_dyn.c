/* elf_dyn.c - ELF: the dynamic section, dynamic symbols and symbol versions.

   The loader sees only PT_DYNAMIC: a list of (tag, value) pairs whose addresses are mapped through the
   PT_LOAD segments. That is the truth here too. Section headers are used where the two agree (they
   know the number of dynamic symbols, which the loader has no need of) and where there is no
   PT_DYNAMIC at all.

   Without section headers the number of symbols is DT_HASH's chain count, or one past the last
   symbol that a DT_GNU_HASH chain reaches, or one past the last that a relocation names.

   Sources: gABI 5, "Dynamic Section", "Hash Table"; LSB, "Symbol Versioning"; the GNU hash table is
   described by the readers of it (glibc's dl-lookup). */
#include "base/ckint.h"
#include "obj/elf_int.h"

/* ---- the dynamic section --------------------------------------------------------------------------- */

static void dyn_entry(struct elf_dyn *d, uint64_t tag, uint64_t val, uint64_t *strtab, uint64_t *strsz,
                      uint64_t *symtab)
{
    switch (tag) {
    case DT_NEEDED: d->needed[d->n_needed++] = val; break;
    case DT_STRTAB: *strtab = val; break;
    case DT_STRSZ: *strsz = val; break;
    case DT_SYMTAB: *symtab = val; break;
    case DT_HASH: d->hash_va = val; break;
    case DT_GNU_HASH: d->gnu_hash_va = val; break;
    case DT_VERSYM: d->versym_va = val; break;
    case DT_VERDEF: d->verdef_va = val; break;
    case DT_VERDEFNUM: d->n_verdef = val; break;
    case DT_VERNEED: d->verneed_va = val; break;
    case DT_VERNEEDNUM: d->n_verneed = val; break;
    case DT_SONAME: d->soname = val; d->has_soname = true; break;
    case DT_RPATH: d->rpath = val; d->has_rpath = true; break;
    case DT_RUNPATH: d->runpath = val; d->has_runpath = true; break;
    case DT_RELA: d->rela_va = val; break;
    case DT_RELASZ: d->rela_len = val; break;
    case DT_REL: d->rel_va = val; break;
    case DT_RELSZ: d->rel_len = val; break;
    case DT_JMPREL: d->jmprel_va = val; break;
    case DT_PLTRELSZ: d->jmprel_len = val; break;
    case DT_PLTREL: d->jmprel_is_rela = val == DT_RELA; break;
    case DT_DEBUG: d->has_debug = true; break;
    case DT_FLAGS_1: d->flags_1 = val; break;
    default: break;
    }
}

struct elf_dyn *elf_read_dyn(struct object *obj)
{
    struct elf *e = elf_of(obj);
    struct elf_dyn *d = &e->dyn;
    if (e->dyn_read) {
        return d;
    }
    e->dyn_read = true;
    elf_read_phdrs(obj);
    uint64_t each = obj->is64 ? 16 : 8, n = e->pt_dynamic.len / each;
    if (n == 0) {
        return d;
    }
    uint64_t strtab = 0, strsz = 0, symtab = 0;
    struct view v;
    d->present = true;
    d->needed = arena_array(obj->arena, n, sizeof *d->needed, each, e->pt_dynamic.len);
    struct cursor c = cursor_at(e->pt_dynamic, 0, obj->big_endian);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t tag = cur_addr(&c, obj->is64), val = cur_addr(&c, obj->is64);
        if (tag == DT_NULL) {
            break;
        }
        dyn_entry(d, tag, val, &strtab, &strsz, &symtab);
    }
    if (strtab && elf_va(obj, strtab, &v)) {
        d->strtab = strsz < v.len ? view_of(v.p, strsz) : v;
    }
    if (symtab && elf_va(obj, symtab, &v)) {
        d->symtab = v;
        d->symtab_off = (uint64_t)(v.p - obj->bytes.p);
    }
    return d;
}

struct str elf_dyn_str(struct object *obj, uint64_t off, const char *what)
{
    struct str s = {"", 0};
    if (!view_cstr(elf_read_dyn(obj)->strtab, off, &s)) {
        diag_bad(obj->diag, DIAG_NO_OFFSET, "%s: string offset 0x%llx is outside the dynamic string table",
                 what, (unsigned long long)off);
    }
    return obj_charge(obj, s.len / 16) ? s : (struct str){"", 0};
}

/* ---- how many symbols? ------------------------------------------------------------------------------- */

/* One past the last symbol of a GNU hash table: the end of the chain that the highest bucket starts. */
static uint64_t count_gnu_hash(struct object *obj, uint64_t va)
{
    struct view v;
    bool be = obj->big_endian;
    uint32_t n_buckets, base, bloom, last = 0;
    if (!elf_va(obj, va, &v) || !view_u32(v, 0, be, &n_buckets) || !view_u32(v, 4, be, &base) ||
        !view_u32(v, 8, be, &bloom)) {
        return 0;
    }
    uint64_t buckets = 16 + (uint64_t)bloom * (obj->is64 ? 8 : 4);
    if (!view_has(v, buckets, (uint64_t)n_buckets * 4)) {
        return 0;
    }
    for (uint32_t i = 0; i < n_buckets; i++) {
        uint32_t b = get_u32(v.p + buckets + (uint64_t)i * 4, be);
        last = b > last ? b : last;
    }
    if (last < base) {
        return base; /* no defined symbol at all */
    }
    uint64_t chain = buckets + (uint64_t)n_buckets * 4 + (uint64_t)(last - base) * 4;
    uint32_t hash;
    for (uint64_t n = last;; n++, chain += 4) {
        if (!view_u32(v, chain, be, &hash)) {
            return 0;
        }
        if (hash & 1) {
            return n + 1;
        }
    }
}

/* One past the highest symbol that a relocation table names. */
static uint64_t count_relocs(struct object *obj, uint64_t va, uint64_t len, bool rela)
{
    struct view v;
    uint64_t each = obj->is64 ? (rela ? RELA64_SIZE : REL64_SIZE) : (rela ? RELA32_SIZE : REL32_SIZE);
    uint64_t max = 0;
    if (va == 0 || !elf_va(obj, va, &v)) {
        return 0;
    }
    uint64_t n = (len < v.len ? len : v.len) / each;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = v.p + i * each;
        uint64_t sym = obj->is64 ? get_u64(p + 8, obj->big_endian) >> 32
                                 : get_u32(p + 4, obj->big_endian) >> 8;
        max = sym + 1 > max ? sym + 1 : max;
    }
    return max;
}

static uint64_t count_dynsyms(struct object *obj, const struct elf_dyn *d)
{
    const struct elf *e = elf_of(obj);
    uint64_t each = obj->is64 ? SYM64_SIZE : SYM32_SIZE;
    struct view v;
    uint32_t n32;
    if (e->dynsym && obj->sections[e->dynsym].file_off == d->symtab_off &&
        obj->sections[e->dynsym].data.len != 0) {
        return obj->sections[e->dynsym].data.len / each;
    }
    /* Alpha and 64-bit s390 have 8-byte words in DT_HASH; their 32-bit reading is harmless here. */
    if (d->hash_va && elf_va(obj, d->hash_va, &v) && view_u32(v, 4, obj->big_endian, &n32)) {
        return n32;
    }
    uint64_t n = d->gnu_hash_va ? count_gnu_hash(obj, d->gnu_hash_va) : 0;
    uint64_t more[3] = {count_relocs(obj, d->rela_va, d->rela_len, true),
                        count_relocs(obj, d->rel_va, d->rel_len, false),
                        count_relocs(obj, d->jmprel_va, d->jmprel_len, d->jmprel_is_rela)};
    for (int i = 0; i < 3; i++) {
        n = more[i] > n ? more[i] : n;
    }
    return n;
}

/* ---- versions ------------------------------------------------------------------------------------------- */

/* File version index (vd_ndx, vna_other) -> model index. */
struct version_map {
    uint16_t *to;  /* VERSYM_INDEX + 1 of them */
    uint32_t room; /* in obj->versions */
};

static void add_version(struct object *obj, struct version_map *m, uint16_t ndx, struct sym_version v)
{
    ndx &= VERSYM_INDEX;
    if (obj->n_versions < m->room && !m->to[ndx]) {
        m->to[ndx] = (uint16_t)obj->n_versions;
        obj->versions[obj->n_versions++] = v;
    }
}

/* Chains move strictly forward by at least a record, so they end with the view. */
static bool read_verdefs(struct object *obj, struct version_map *m, struct view v, struct view strs,
                         uint64_t count)
{
    bool be = obj->big_endian;
    uint64_t off = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!view_has(v, off, VERDEF_SIZE)) {
            return diag_bad(obj->diag, DIAG_NO_OFFSET, "version definition %llu lies outside its table",
                            (unsigned long long)i);
        }
        const uint8_t *p = v.p + off;
        uint16_t flags = get_u16(p + 2, be), ndx = get_u16(p + 4, be);
        uint32_t aux = get_u32(p + 12, be), next = get_u32(p + 16, be), name;
        struct sym_version sv = {.is_def = true, .is_base = flags & VER_FLG_BASE, .weak = flags & VER_FLG_WEAK};
        if (!view_u32(v, off + aux, be, &name) || !view_cstr(strs, name, &sv.name)) {
            diag_bad(obj->diag, DIAG_NO_OFFSET, "version definition %llu has no valid name",
                     (unsigned long long)i);
        } else if (obj_charge(obj, sv.name.len / 16)) {
            add_version(obj, m, ndx, sv);
        }
        if (next == 0) {
            break;
        }
        if (next < VERDEF_SIZE) {
            return diag_bad(obj->diag, DIAG_NO_OFFSET, "version definitions overlap");
        }
        off += next;
    }
    return true;
}

static bool read_vernaux(struct object *obj, struct version_map *m, struct view v, struct view strs,
                         uint64_t off, uint32_t count, struct str lib)
{
    bool be = obj->big_endian;
    for (uint32_t i = 0; i < count; i++) {
        if (!view_has(v, off, VERNAUX_SIZE) || !obj_charge(obj, 1)) {
            return diag_bad(obj->diag, DIAG_NO_OFFSET, "version requirement lies outside its table");
        }
        const uint8_t *p = v.p + off;
        uint16_t flags = get_u16(p + 4, be), ndx = get_u16(p + 6, be);
        uint32_t name = get_u32(p + 8, be), next = get_u32(p + 12, be);
        struct sym_version sv = {.lib = lib, .weak = flags & VER_FLG_WEAK};
        if (!view_cstr(strs, name, &sv.name)) {
            diag_bad(obj->diag, DIAG_NO_OFFSET, "version requirement has no valid name");
        } else if (obj_charge(obj, sv.name.len / 16)) {
            add_version(obj, m, ndx, sv);
        }
        if (next == 0) {
            break;
        }
        if (next < VERNAUX_SIZE) {
            return diag_bad(obj->diag, DIAG_NO_OFFSET, "version requirements overlap");
        }
        off += next;
    }
    return true;
}

static bool read_verneeds(struct object *obj, struct version_map *m, struct view v, struct view strs,
                          uint64_t count)
{
    bool be = obj->big_endian;
    uint64_t off = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (!view_has(v, off, VERNEED_SIZE)) {
            return diag_bad(obj->diag, DIAG_NO_OFFSET, "version requirement %llu lies outside its table",
                            (unsigned long long)i);
        }
        const uint8_t *p = v.p + off;
        uint16_t n_aux = get_u16(p + 2, be);
        uint32_t file = get_u32(p + 4, be), aux = get_u32(p + 8, be), next = get_u32(p + 12, be);
        struct str lib = {"", 0};
        if (view_cstr(strs, file, &lib)) {
            if (!obj_charge(obj, lib.len / 16)) {
                return false;
            }
        } else {
            diag_bad(obj->diag, DIAG_NO_OFFSET, "version requirement %llu names no valid library",
                     (unsigned long long)i);
        }
        if (!read_vernaux(obj, m, v, strs, off + aux, n_aux, lib)) {
            return false;
        }
        if (next == 0) {
            break;
        }
        if (next < VERNEED_SIZE) {
            return diag_bad(obj->diag, DIAG_NO_OFFSET, "version requirements overlap");
        }
        off += next;
    }
    return true;
}

/* The three version tables, from PT_DYNAMIC or, without one, from the section headers. */
struct version_tables {
    struct view versym, verdef, verneed;
    uint64_t n_verdef, n_verneed;
};

static void find_versions(struct object *obj, const struct elf_dyn *d, bool by_sections,
                          struct version_tables *t)
{
    const struct elf *e = elf_of(obj);
    *t = (struct version_tables){0};
    if (by_sections) {
        t->versym = obj->sections[e->versym].data;
        t->verdef = obj->sections[e->verdef].data;
        t->n_verdef = obj->sections[e->verdef].info;
        t->verneed = obj->sections[e->verneed].data;
        t->n_verneed = obj->sections[e->verneed].info;
        return;
    }
    if (d->versym_va) {
        (void)elf_va(obj, d->versym_va, &t->versym);
    }
    if (d->verdef_va && elf_va(obj, d->verdef_va, &t->verdef)) {
        t->n_verdef = d->n_verdef;
    }
    if (d->verneed_va && elf_va(obj, d->verneed_va, &t->verneed)) {
        t->n_verneed = d->n_verneed;
    }
}

static void read_versions(struct object *obj, const struct version_tables *t, struct view strs)
{
    if (t->versym.len == 0) {
        return;
    }
    struct version_map m = {.to = ARENA_ARRAY(obj->arena, uint16_t, VERSYM_INDEX + 1)};
    /* Every version takes a record, and no more than VERSYM_INDEX can be named. */
    uint64_t most = t->verdef.len / VERDEF_SIZE + t->verneed.len / VERNAUX_SIZE + 1;
    m.room = most > VERSYM_INDEX + 1 ? VERSYM_INDEX + 1 : (uint32_t)most;
    obj->versions = ARENA_ARRAY(obj->arena, struct sym_version, m.room);
    obj->n_versions = 1;
    (void)read_verdefs(obj, &m, t->verdef, strs, t->n_verdef);
    (void)read_verneeds(obj, &m, t->verneed, strs, t->n_verneed);
    uint64_t n = t->versym.len / 2 < obj->n_dynsyms ? t->versym.len / 2 : obj->n_dynsyms;
    uint32_t missing = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint16_t raw = get_u16(t->versym.p + i * 2, obj->big_endian);
        uint16_t ndx = raw & VERSYM_INDEX;
        if (ndx > 1) {
            obj->dynsyms[i].version = m.to[ndx];
            missing += m.to[ndx] == 0;
        }
        obj->dynsyms[i].flags |= raw & VERSYM_HIDDEN ? SYMF_VERSION_HIDDEN : 0;
    }
    if (missing) {
        diag_bad(obj->diag, DIAG_NO_OFFSET, "%u dynamic symbols have a version that is not in the tables",
                 missing);
    }
}

/* ---- dynamic symbols ---------------------------------------------------------------------------------------- */

bool elf_dynsyms(struct object *obj)
{
    const struct elf *e = elf_of(obj);
    if (obj->type != OBJ_TYPE_EXECUTABLE && obj->type != OBJ_TYPE_SHARED) {
        return true;
    }
    const struct elf_dyn *d = elf_read_dyn(obj);
    uint64_t each = obj->is64 ? SYM64_SIZE : SYM32_SIZE, n;
    struct view tab = d->symtab, strs = d->strtab;
    bool by_sections = false;
    if (d->symtab.len != 0) {
        n = count_dynsyms(obj, d);
        if (n > tab.len / each) {
            diag_bad(obj->diag, d->symtab_off, "dynamic symbol table extends past the end of its segment");
            n = tab.len / each;
        }
    } else if (e->dynsym && obj->sections[e->dynsym].data.len != 0) {
        const struct section *s = &obj->sections[e->dynsym];
        by_sections = true;
        tab = s->data;
        n = tab.len / each;
        strs = s->link < obj->n_sections ? obj->sections[s->link].data : view_of(tab.p, 0);
    } else {
        return true;
    }
    if (n > UINT32_MAX - 16) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "impossible number of dynamic symbols");
    }
    obj->n_dynsyms = (uint32_t)n;
    obj->dynsyms = arena_array(obj->arena, n, sizeof *obj->dynsyms, each, tab.len);
    /* Section numbers mean nothing to the loader; without headers each defined symbol is "somewhere". */
    elf_decode_syms(obj, tab, strs, view_of(tab.p, 0), obj->dynsyms, obj->n_dynsyms);
    struct version_tables t;
    find_versions(obj, d, by_sections, &t);
    read_versions(obj, &t, strs);
    for (uint32_t i = 1; i < obj->n_dynsyms; i++) {
        struct symbol *s = &obj->dynsyms[i];
        if (s->binding != BIND_LOCAL) {
            s->flags |= s->sec == SEC_UNDEF ? SYMF_IMPORTED : SYMF_EXPORTED;
        }
    }
    return true;
}
