/* symtab.c - .symtab and .strtab: one piece per input file, so that they are written in parallel.

   Locals come first, also those that were global in an object and are hidden in the output (gABI,
   "Symbol visibility"). Names are not shared between files: that would cost a table of all of them. */
#include "ld/elf/elf_ld.h"

static bool is_temporary(struct str n)
{
    return n.len > 1 && n.p[0] == '.' && n.p[1] == 'L';
}

/* The output section symbol S of F lies in; 0: not in the output. */
static uint32_t osec_of(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    const struct symbol *s = &f->syms[i];
    const struct ld_chunk *c = f->kind == LD_INTERNAL ? ld->internal_chunks.p[i]
                               : f->chunks && s->sec < f->obj.n_sections ? &f->chunks[s->sec] : NULL;
    if (!c || !(c->flags & (LDC_LIVE | LDC_FOLDED | LDC_MERGE))) {
        return 0;
    }
    uint32_t os = elf_chunk_osec(c);
    return os && ld->osecs.p[os]->number ? os : 0;
}

static bool wants_local(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    const struct symbol *s = &f->syms[i];
    if (i == 0 || s->type == SYM_SECTION || ld->opt.discard == DISCARD_ALL ||
        !ld_retains(ld, s->name)) {
        return false;
    }
    if (s->type == SYM_FILE) {
        return true;
    }
    if (is_temporary(s->name) && ld->opt.discard != DISCARD_NONE) {
        return false;
    }
    return s->name.len && (s->sec == SEC_ABS || (s->sec != SEC_UNDEF && osec_of(ld, f, i)));
}

/* What elf_file.sym_where holds: the part of the table, or 0, and the index of the output section. Decided once:
   the writers, which go over all symbols again for each part, read two bytes instead of a symbol and its section. */
enum { NOWHERE = 0, IN_LOCALS = 1 << 14, IN_GLOBALS = 1 << 15, IN_OSEC = (1 << 14) - 1 };

static unsigned wants_global(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    uint32_t id = f->ids[i];
    const struct ld_sym *g = ld_sym(ld, id);
    if (g->file != f->idx || g->sym != i) {
        return NOWHERE;
    }
    if (g->rank == RANK_SHARED || g->rank <= RANK_UNDEF) {
        if (!ld_retains(ld, ld_sym_name(ld, id))) {
            return NOWHERE;
        }
        const struct elf_x *x = ld->tab.aux[id] ? &elf_of_ld(ld)->x.p[ld->tab.aux[id]] : NULL;
        bool own = elf_of_ld(ld)->own_start && str_is(ld_sym_name(ld, id), "_start");
        bool asked = g->rank == RANK_UNDEF && f->kind == LD_INTERNAL && !own; /* -u, EXTERN */
        return (x && x->dynsym) || asked || (g->rank == RANK_UNDEF_WEAK && f->kind == LD_OBJECT) ? IN_GLOBALS
                                                                                                : NOWHERE;
    }
    const struct symbol *s = &f->syms[i];
    if (!ld_retains(ld, ld_sym_name(ld, id))) {
        return NOWHERE;
    }
    if (f->kind == LD_INTERNAL && s->sec != SEC_ABS && ld->internal_chunks.p[i] &&
        ld->internal_chunks.p[i]->flags & LDC_DISCARDED) { /* a common that a script discards */
        return NOWHERE;
    }
    /* our own symbols get their places after sizes are settled */
    if (s->sec != SEC_ABS && f->kind != LD_INTERNAL && !osec_of(ld, f, i)) {
        return NOWHERE;
    }
    return ld_has(ld, id, LDS_LOCAL) || g->vis == VIS_HIDDEN || g->vis == VIS_INTERNAL ? IN_LOCALS
                                                                                     : IN_GLOBALS;
}

/* The version behind a name in the table, as GNU ld has it: @V of what a library defines, @@V of .symver. */
static struct str version_behind(const struct ld_file *f, const struct symbol *s)
{
    if (f->kind == LD_SHARED) { /* a hidden version is part of the name already */
        bool has = s->version && s->version < f->obj.n_versions && !(s->flags & SYMF_VERSION_HIDDEN);
        return has ? f->obj.versions[s->version].name : (struct str){0};
    }
    return s->flags & SYMF_EXPORTED && f->kind == LD_OBJECT ? str_c(s->name.p + s->name.len + 1) : (struct str){0};
}

/* Bytes of the name of S of F in the string table. */
static inline size_t name_size(const struct ld_file *f, const struct symbol *s)
{
    size_t tail = f->kind == LD_SHARED || s->flags & SYMF_EXPORTED ? version_behind(f, s).len : 0;
    return s->name.len + (tail ? tail + 1 : 0) + 1;
}

enum { IS_GLOBAL = 1u << 31 };

uint32_t elf_symtab_index(const struct ld *ld, const struct ld_file *f, uint32_t sym)
{
    uint32_t id = f->ids[sym];
    if (id != LD_NO_SYM) {
        f = ld_file(ld, ld_sym(ld, id)->file);
        sym = ld_sym(ld, id)->sym;
    }
    const struct elf_file *ef = f ? elf_file(f) : NULL;
    uint32_t n = ef && ef->sym_out ? ef->sym_out[sym] : 0;
    return n == 0 ? 0 : n & IS_GLOBAL ? ef->first_global + (n & ~(uint32_t)IS_GLOBAL) - 1 : ef->first_local + n - 1;
}

/* -s leaves nothing but what --emit-relocs' relocations name. */
static bool is_stripped(const struct ld *ld, uint32_t id)
{
    const uint64_t *used = elf_of_ld(ld)->emit_used;
    return used && (id == LD_NO_SYM || !(used[id / 64] >> id % 64 & 1));
}

static unsigned where(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    unsigned part = is_stripped(ld, f->ids[i])                           ? NOWHERE
                    : f->ids[i] != LD_NO_SYM                             ? wants_global(ld, f, i)
                    : f->kind != LD_SHARED && wants_local(ld, f, i) ? IN_LOCALS
                                                                    : NOWHERE;
    uint32_t os = part && f->kind == LD_OBJECT ? osec_of(ld, f, i) : 0;
    return part | (os < IN_OSEC ? os : IN_OSEC);
}

/* The next symbols' sections and entries of the global table: each is a wait for memory. */
static void prefetch_ahead(const struct ld *ld, const struct ld_file *f, uint32_t i)
{
    enum { AHEAD = 8 };
    i += AHEAD;
    if (i < f->n_syms) {
        uint32_t sec = f->syms[i].sec, id = f->ids[i];
        __builtin_prefetch(f->chunks && sec < f->obj.n_sections ? &f->chunks[sec] : NULL);
        __builtin_prefetch(id != LD_NO_SYM ? ld_sym(ld, id) : NULL);
    }
}

static void count_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k + 1];
    struct elf_file *ef = elf_file(f);
    if (f->bad || f->skip) {
        return;
    }
    if (ld->opt.emit_relocs) {
        ef->sym_out = ARENA_ARRAY(&ld->worker_arena[worker], uint32_t, f->n_syms + 1);
    }
    ef->sym_where = arena_alloc(&ld->worker_arena[worker], f->n_syms * sizeof *ef->sym_where);
    for (uint32_t i = 0; i < f->n_syms; i++) {
        prefetch_ahead(ld, f, i);
        unsigned w = where(ld, f, i);
        ef->sym_where[i] = (uint16_t)w;
        if (w & IN_LOCALS) {
            ef->n_locals++;
            if (ef->sym_out) {
                ef->sym_out[i] = ef->n_locals;
            }
            ef->str_local += name_size(f, &f->syms[i]);
        } else if (w & IN_GLOBALS) {
            ef->n_globals++;
            if (ef->sym_out) {
                ef->sym_out[i] = ef->n_globals | IS_GLOBAL;
            }
            ef->str_global += name_size(f, &f->syms[i]);
        }
    }
}

/* Section numbers are what they are, IS_ABS stands for SHN_ABS: there may be a section of that number. */
enum { IS_ABS = UINT32_MAX };

uint32_t elf_long_shndx(uint32_t shndx)
{
    return shndx >= SHN_LORESERVE && shndx != IS_ABS ? shndx : 0;
}

static void put_symbol(const struct elf_link *e, uint8_t *p, uint64_t name, uint8_t info, uint8_t other,
                       uint32_t shndx, uint64_t value, uint64_t size)
{
    put_u32le(p, (uint32_t)name);
    shndx = shndx < SHN_LORESERVE ? shndx : shndx == IS_ABS ? SHN_ABS : SHN_XINDEX;
    if (e->word == 8) {
        p[4] = info;
        p[5] = other;
        put_u16le(p + 6, (uint16_t)shndx);
        put_u64le(p + 8, value);
        put_u64le(p + 16, size);
    } else {
        put_u32le(p + 4, (uint32_t)value);
        put_u32le(p + 8, (uint32_t)size);
        p[12] = info;
        p[13] = other;
        put_u16le(p + 14, (uint16_t)shndx);
    }
}

/* Gives the number of the symbol's section as put_symbol takes it. */
static uint32_t put_one(const struct ld *ld, const struct ld_file *f, uint32_t i, uint8_t *p, uint64_t name,
                        bool local)
{
    const struct elf_link *e = elf_of_ld(ld);
    const struct symbol *s = &f->syms[i];
    uint32_t id = f->ids[i], shndx = IS_ABS;
    uint8_t type = s->raw_info & 15, bind = s->binding == BIND_WEAK ? STB_WEAK : STB_GLOBAL;
    uint64_t value, size = s->size;
    bool dead;
    if (s->binding == BIND_UNIQUE) {
        bind = STB_GNU_UNIQUE;
    }
    if (type == STT_COMMON) {
        type = STT_OBJECT;
    }
    value = elf_sym_value(ld, f, i, 0, &dead);
    if (s->type == SYM_FILE) {
        value = 0;
    } else if (id != LD_NO_SYM && ld_sym(ld, id)->rank <= RANK_SHARED) {
        const struct elf_x *x = ld->tab.aux[id] ? &e->x.p[ld->tab.aux[id]] : NULL;
        shndx = x && x->copy_off ? ld->osecs.p[(x->copy_relro ? e->copy_ro : e->copy)->osec]->number : SHN_UNDEF;
        bool plt = x && x->need & LDS_CANON_PLT && x->plt >= 0;
        size = shndx == SHN_UNDEF ? 0 : size;
        value = shndx != SHN_UNDEF || plt ? value : 0;
        type = type == STT_GNU_IFUNC ? STT_FUNC : type;
        bool strong = x && x->copy_off ? s->binding != BIND_WEAK : ld_has(ld, id, LDS_REF);
        bind = strong ? STB_GLOBAL : STB_WEAK;
    } else if (s->sec != SEC_ABS) {
        uint32_t os = elf_file(f)->sym_where[i] & IN_OSEC;
        os = id != LD_NO_SYM && ld_has(ld, id, LDS_ABS)           ? 0
             : f->kind == LD_INTERNAL || os == IN_OSEC ? osec_of(ld, f, i)
                                                       : os;
        shndx = os ? ld->osecs.p[os]->number : IS_ABS;
        if (type == STT_TLS) {
            value -= e->tls_start;
        }
    }
    uint8_t other = local ? 0 /* as GNU ld: a local symbol has no visibility */
                          : (uint8_t)(id != LD_NO_SYM && ld_sym(ld, id)->vis == VIS_PROTECTED ? 3 : 0);
    other |= (uint8_t)(s->raw_desc & ~3u); /* the machine's bits */
    put_symbol(e, p, name, (uint8_t)((local ? STB_LOCAL : bind) << 4 | type), other, shndx, value, size);
    return shndx;
}

static void write_symbols(struct ld *ld, const struct ld_chunk *c, uint8_t *out, bool local)
{
    const struct ld_file *f = c->priv;
    const struct elf_file *ef = elf_file(f);
    uint32_t each = elf_of_ld(ld)->word == 8 ? SYM64_SIZE : SYM32_SIZE;
    uint64_t name = (local ? ef->str_local_chunk : ef->str_global_chunk)->off;
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (ef->sym_where[i] & (local ? IN_LOCALS : IN_GLOBALS)) {
            put_one(ld, f, i, out, name, local);
            out += each;
            name += name_size(f, &f->syms[i]);
        }
    }
}

static void write_locals(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    write_symbols(ld, c, out, true);
}

static void write_globals(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    write_symbols(ld, c, out, false);
}

/* .symtab_shndx: the numbers that do not fit 16 bits, 0 for the others. */
static void write_indices(const struct ld *ld, const struct ld_file *f, uint8_t *out, bool local)
{
    uint8_t record[SYM64_SIZE];
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (elf_file(f)->sym_where[i] & (local ? IN_LOCALS : IN_GLOBALS)) {
            put_u32le(out, elf_long_shndx(put_one(ld, f, i, record, 0, local)));
            out += 4;
        }
    }
}

static void write_local_indices(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    write_indices(ld, c->priv, out, true);
}

static void write_global_indices(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    write_indices(ld, c->priv, out, false);
}

static void write_section_indices(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)c;
    for (uint32_t i = 0; i < elf_of_ld(ld)->n_section_syms; i++) {
        put_u32le(out + (size_t)i * 4, elf_long_shndx(elf_of_ld(ld)->order.p[i]->number));
    }
}

static void write_names(const struct ld_chunk *c, uint8_t *out, unsigned part)
{
    const struct ld_file *f = c->priv;
    const struct elf_file *ef = elf_file(f);
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (ef->sym_where[i] & part) {
            struct str n = f->syms[i].name;
            if (n.len) {
                memcpy(out, n.p, n.len);
            }
            out += n.len;
            struct str tail = f->kind == LD_SHARED || f->syms[i].flags & SYMF_EXPORTED
                                  ? version_behind(f, &f->syms[i]) : (struct str){0};
            if (tail.len) {
                *out++ = '@';
                memcpy(out, tail.p, tail.len);
                out += tail.len;
            }
            *out++ = 0;
        }
    }
}

static void write_local_names(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    write_names(c, out, IN_LOCALS);
}

static void write_global_names(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    write_names(c, out, IN_GLOBALS);
}

/* A symbol for every output section: relocations may count from its start. */
static void write_section_symbols(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct elf_link *e = elf_of_ld(ld);
    uint32_t each = e->word == 8 ? SYM64_SIZE : SYM32_SIZE;
    (void)c;
    for (uint32_t i = 0; i < e->n_section_syms; i++) {
        const struct ld_osec *os = e->order.p[i];
        put_symbol(e, out + (size_t)i * each, 0, STB_LOCAL << 4 | STT_SECTION, 0, os->number, os->addr, 0);
    }
}

static struct ld_chunk *piece(struct ld *ld, struct ld_osec *os, const struct ld_chunk_ops *ops,
                              uint64_t size, uint8_t p2, struct ld_file *f)
{
    struct ld_chunk *c = ld_new_chunk(ld, ops, size, p2, f);
    ld_osec_add(ld, os, c);
    return c;
}

/* -z unique-symbol: every local symbol gets a number, so that no two have one name. */
static void number_locals(struct ld *ld)
{
    struct strmap count = {0};
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; !f->bad && !f->skip && i < f->n_syms; i++) {
            struct symbol *s = &f->syms[i];
            if (s->type != SYM_FILE && s->type != SYM_SECTION && where(ld, f, i) & IN_LOCALS) {
                s->name = elf_numbered(ld, &count, s->name);
            }
        }
    }
    strmap_free(&count);
}

struct str elf_numbered(struct ld *ld, struct strmap *count, struct str name)
{
    uint32_t *n = strmap_put(count, name, 0, NULL);
    return str_c(arena_printf(&ld->arena, "%.*s.%x", Q(name), (*n)++));
}

/* The table of section numbers that goes with .symtab, if there are so many sections. */
static void make_indices(struct ld *ld)
{
    static const struct ld_chunk_ops locals = {"section numbers", write_local_indices},
                                     globals = {"section numbers", write_global_indices},
                                     sections = {"section numbers", write_section_indices};
    static const uint8_t zeros[4];
    struct elf_link *e = elf_of_ld(ld);
    if (e->order.n + 16 < SHN_LORESERVE) { /* 16: those that are still to come */
        return;
    }
    struct ld_osec *os = elf_osec(ld, ".symtab_shndx", SHT_SYMTAB_SHNDX, 0, 4);
    ld_osec_add(ld, os, ld_bytes_chunk(ld, zeros, 4, 2));
    if (e->n_section_syms) {
        piece(ld, os, &sections, (uint64_t)e->n_section_syms * 4, 2, NULL);
    }
    for (size_t k = 1; k < ld->files.n; k++) {
        if (elf_file(ld->files.p[k])->n_locals) {
            piece(ld, os, &locals, (uint64_t)elf_file(ld->files.p[k])->n_locals * 4, 2, ld->files.p[k]);
        }
    }
    for (size_t k = 1; k < ld->files.n; k++) {
        if (elf_file(ld->files.p[k])->n_globals) {
            piece(ld, os, &globals, (uint64_t)elf_file(ld->files.p[k])->n_globals * 4, 2, ld->files.p[k]);
        }
    }
}

/* Sizes are known once symbols and sections are final; barrier: no section is added after this. */
void elf_make_symtab(struct ld *ld)
{
    static const struct ld_chunk_ops locals = {"symbols", write_locals}, globals = {"symbols", write_globals},
                                     names1 = {"names", write_local_names}, names2 = {"names", write_global_names};
    struct elf_link *e = elf_of_ld(ld);
    uint8_t p2 = e->word == 8 ? 3 : 2;
    uint32_t each = e->word == 8 ? SYM64_SIZE : SYM32_SIZE;
    static const uint8_t zeros[SYM64_SIZE];
    if (ld->opt.strip == STRIP_ALL) {
        if (!ld->opt.emit_relocs) {
            return;
        }
        elf_note_emitted(ld);
    }
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        f->priv = f->priv ? f->priv : ARENA_NEW(&ld->arena, struct elf_file);
    }
    if (e->z.unique_symbol) {
        number_locals(ld);
    }
    parallel_for(ld->pool, ld->files.n - 1, 4, count_file, ld);
    struct ld_osec *sym = elf_osec(ld, ".symtab", SHT_SYMTAB, 0, each);
    struct ld_osec *str = elf_osec(ld, ".strtab", SHT_STRTAB, 0, 0);
    ld_osec_add(ld, sym, ld_bytes_chunk(ld, zeros, each, p2));
    ld_osec_add(ld, str, ld_bytes_chunk(ld, zeros, 1, 0));
    uint32_t n = 1;
    if (ld->opt.emit_relocs) {
        static const struct ld_chunk_ops sections = {"section symbols", write_section_symbols};
        e->n_section_syms = (uint32_t)e->order.n;
        piece(ld, sym, &sections, (uint64_t)e->n_section_syms * each, p2, NULL);
        n += e->n_section_syms;
    }
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = elf_file(f);
        ef->first_local = n;
        if (ef->n_locals) {
            piece(ld, sym, &locals, (uint64_t)ef->n_locals * each, p2, f);
            ef->str_local_chunk = piece(ld, str, &names1, ef->str_local, 0, f);
            n += ef->n_locals;
        }
    }
    uint32_t n_all = n;
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        struct elf_file *ef = elf_file(f);
        ef->first_global = n_all;
        n_all += ef->n_globals;
        if (ef->n_globals) {
            piece(ld, sym, &globals, (uint64_t)ef->n_globals * each, p2, f);
            ef->str_global_chunk = piece(ld, str, &names2, ef->str_global, 0, f);
        }
    }
    make_indices(ld);
    e->n_local_syms = n;
    e->os_symtab = sym;
    e->os_strtab = str;
}
