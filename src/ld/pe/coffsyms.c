/* coffsyms.c - the image's COFF symbol table, for debuggers.

   Every file writes its own part, in parallel: its name, its local symbols, and the global ones it
   defines. Counts come first, so that each part knows its place and its place in the string table.
   The last ones are a symbol for each section of the image; those of the inputs' sections are left out.
   Source: PE format, "COFF Symbol Table"; spec pe-ld 5.3. */
#include <string.h>

#include "ld/pe/pe.h"
#include "obj/coff_fmt.h"

enum { RECORD = 18, CLASS_EXTERNAL = 2, CLASS_STATIC = 3, CLASS_LABEL = 6, CLASS_FILE = 103 };

static bool place(struct ld *ld, const struct ld_osec *os, uint64_t rva, struct pe_listed *o)
{
    (void)ld;
    if (!os || !os->number) {
        return false;
    }
    o->value = (uint32_t)(rva - os->addr);
    o->section = (uint16_t)os->number;
    return true;
}

static const struct ld_osec *osec_of_slot(struct ld *ld, const struct pe_import *im)
{
    struct pe *pe = pe_of(ld);
    return pe->dlls.p[im->dll].delayed ? pe_standard_osec(ld, ".didat") : ld->osecs.p[pe->idata->osec];
}

static bool import_symbol(struct ld *ld, const struct ld_file *f, uint32_t i, struct pe_listed *o)
{
    struct pe *pe = pe_of(ld);
    uint32_t id = f->ids[i];
    const struct pe_import *im = pe_import_of(ld, id);
    if (!im || ld_sym(ld, id)->file != f->idx || ld_sym(ld, id)->sym != i) {
        return false;
    }
    bool thunk = !str_starts(f->syms[i].name, S("__imp_"));
    uint64_t rva = thunk ? im->thunk_rva : im->slot_rva;
    o->cls = CLASS_EXTERNAL;
    return rva && place(ld, thunk ? ld->osecs.p[pe->thunks->osec] : osec_of_slot(ld, im), rva, o);
}

/* A weak external whose default counts: what it stands for. */
static bool weak_symbol(struct ld *ld, const struct ld_file *f, uint32_t i, struct pe_listed *o)
{
    uint32_t id = f->ids[i];
    const struct ld_sym *g = id == LD_NO_SYM ? NULL : ld_sym(ld, id);
    if (!g || g->file != f->idx || g->sym != i || g->rank != RANK_WEAK_EXT || ld_has(ld, id, LDS_ABS)) {
        return false;
    }
    uint64_t rva = ld->tab.values[id];
    const struct ld_osec *os = pe_osec_at(ld, rva);
    return os && rva - os->addr < os->size && place(ld, os, rva, o);
}

/* Does symbol I of F go into the output, and as what? */
static bool wanted(struct ld *ld, const struct ld_file *f, uint32_t i, struct pe_listed *o)
{
    const struct symbol *s = &f->syms[i];
    uint32_t id = f->ids[i];
    bool weak = s->binding == BIND_WEAK_EXTERNAL;
    if ((s->sec == SEC_UNDEF && !weak) || s->type == SYM_SECTION || s->type == SYM_FILE || s->name.len == 0 ||
        !ld_retains(ld, s->name)) {
        return false;
    }
    *o = (struct pe_listed){.sym = i, .type = s->raw_desc, .cls = CLASS_EXTERNAL};
    if (f->kind == LD_IMPORT || f->kind == LD_SHARED) {
        return id != LD_NO_SYM && import_symbol(ld, f, i, o);
    }
    if (weak) {
        return weak_symbol(ld, f, i, o);
    }
    const struct ld_chunk *c;
    if (id != LD_NO_SYM) {
        const struct ld_sym *g = ld_sym(ld, id);
        if (g->file != f->idx || g->sym != i || g->rank < RANK_WEAK) {
            return false;
        }
        c = ld_sym_chunk(ld, id);
    } else {
        if (ld->opt.discard == DISCARD_ALL || s->flags & SYMF_SECTION_DEF ||
            (s->raw_info != CLASS_STATIC && s->raw_info != CLASS_LABEL) ||
            (ld->opt.discard == DISCARD_L && (str_starts(s->name, S(".L")) || s->name.p[0] == 'L'))) {
            return false;
        }
        o->cls = (uint8_t)s->raw_info;
        c = sec_is_special(s->sec) ? NULL : &f->chunks[s->sec];
    }
    if (s->sec == SEC_ABS || (id != LD_NO_SYM && ld_has(ld, id, LDS_ABS))) {
        o->value = (uint32_t)(s->sec == SEC_ABS ? s->value : ld->tab.values[id]);
        o->section = 0xffff;
        return true;
    }
    c = c ? ld_chunk_kept(c) : NULL;
    if (!c || !(c->flags & LDC_LIVE)) {
        return false;
    }
    const struct ld_osec *os = ld->osecs.p[c->osec];
    return os->priv && place(ld, os, os->addr + c->off + s->value, o);
}

static struct str file_symbol(const struct ld_file *f)
{
    for (uint32_t i = 0; i < f->n_syms && i < 4; i++) {
        if (f->syms[i].type == SYM_FILE) {
            return f->syms[i].name;
        }
    }
    return S("");
}

static void count_file(void *ctx, size_t k, unsigned worker)
{
    struct ld *ld = ctx;
    struct ld_file *f = ld->files.p[k + 1];
    struct pe_file *pf = pe_file_of(f);
    struct pe_listed o;
    VEC(struct pe_listed) list = {0};
    if (!pf) {
        return;
    }
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (wanted(ld, f, i, &o)) {
            vec_push(&list, o);
            pf->str_len += f->syms[i].name.len > 8 ? f->syms[i].name.len + 1 : 0;
        }
    }
    pf->n_listed = pf->n_syms_out = (uint32_t)list.n;
    pf->syms_out = arena_alloc(&ld->worker_arena[worker], list.n * sizeof *list.p);
    if (list.n) {
        memcpy(pf->syms_out, list.p, list.n * sizeof *list.p);
    }
    vec_free(&list);
    struct str name = file_symbol(f);
    if (name.len && pf->n_syms_out) {
        pf->n_syms_out += 2;
        pf->str_len += name.len > RECORD ? name.len + 1 : 0;
    }
}

static void put_name(uint8_t *p, struct str name, uint64_t *str_off)
{
    if (name.len <= 8) {
        memcpy(p, name.p, name.len);
    } else {
        put_u32le(p + 4, (uint32_t)*str_off);
        *str_off += name.len + 1;
    }
}

static void write_records(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct ld_file *f = c->priv;
    struct pe_file *pf = pe_file_of(f);
    uint64_t str_off = pf->str_off;
    struct str name = file_symbol(f);
    (void)ld;
    memset(out, 0, (size_t)c->size);
    if (name.len) {
        memcpy(out, ".file", 5);
        put_u32le(out + 8, (uint32_t)(pf->sym_first + pf->n_syms_out)); /* the next .file */
        put_u16le(out + 12, 0xfffe);
        out[16] = CLASS_FILE;
        out[17] = 1;
        if (name.len <= RECORD) {
            memcpy(out + RECORD, name.p, name.len);
        } else {
            put_u32le(out + RECORD + 4, (uint32_t)str_off);
            str_off += name.len + 1;
        }
        out += 2 * RECORD;
    }
    for (uint32_t i = 0; i < pf->n_listed; i++, out += RECORD) {
        const struct pe_listed *s = &pf->syms_out[i];
        put_name(out, f->syms[s->sym].name, &str_off);
        put_u32le(out + 8, s->value);
        put_u16le(out + 12, s->section);
        put_u16le(out + 14, s->type);
        out[16] = s->cls;
    }
}

static void write_strings(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct ld_file *f = c->priv;
    const struct pe_file *pf = pe_file_of(f);
    struct str name = file_symbol(f);
    (void)ld;
    if (name.len > RECORD) {
        memcpy(out, name.p, name.len);
        out[name.len] = 0;
        out += name.len + 1;
    }
    for (uint32_t i = 0; i < pf->n_listed; i++) {
        struct str n = f->syms[pf->syms_out[i].sym].name;
        if (n.len > 8) {
            memcpy(out, n.p, n.len);
            out[n.len] = 0;
            out += n.len + 1;
        }
    }
}

/* The string table begins with its size and the long section names. */
static struct ld_chunk *section_names(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct buf b = {0};
    buf_u32(&b, false, 0);
    for (size_t i = 0; i < pe->order.n; i++) {
        struct ld_osec *os = pe->order.p[i];
        if (os->number && os->name.len > 8 && ld->opt.pe.long_section_names != TRI_OFF) {
            ((struct pe_osec *)os->priv)->name_off = (uint32_t)b.n;
            buf_str(&b, os->name);
            buf_c(&b, '\0');
        }
    }
    struct ld_chunk *c = ld_bytes_chunk(ld, b.p, b.n, 0);
    buf_free(&b);
    return c;
}

/* One for each section: its name, and in an auxiliary record its length. */
static void write_section_symbols(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe *pe = pe_of(ld);
    memset(out, 0, (size_t)c->size);
    for (size_t i = 0; i < pe->order.n; i++) {
        const struct ld_osec *os = pe->order.p[i];
        uint32_t name_off = ((const struct pe_osec *)os->priv)->name_off;
        if (!os->number) {
            continue;
        }
        if (name_off) {
            put_u32le(out + 4, name_off);
        } else {
            memcpy(out, os->name.p, os->name.len < 8 ? os->name.len : 8);
        }
        put_u16le(out + 12, (uint16_t)os->number);
        out[16] = CLASS_STATIC;
        out[17] = 1;
        put_u32le(out + RECORD, (uint32_t)os->size);
        out += 2 * RECORD;
    }
}

static uint64_t add_section_symbols(struct ld *ld, struct ld_osec *records)
{
    static const struct ld_chunk_ops ops = {"section symbols", write_section_symbols};
    uint64_t n = (uint64_t)pe_of(ld)->n_sections * 2;
    ld_osec_add(ld, records, ld_new_chunk(ld, &ops, n * RECORD, 0, NULL));
    return n;
}

static bool any_long_name(const struct pe *pe)
{
    for (size_t i = 0; i < pe->order.n; i++) {
        if (pe->order.p[i]->number && pe->order.p[i]->name.len > 8) {
            return true;
        }
    }
    return false;
}

static struct ld_osec *table(struct ld *ld, const char *name)
{
    struct ld_osec *os = ld_osec(ld, str_c(name));
    os->number = UINT32_MAX; /* written, but no section of the image */
    return os;
}

/* After layout: parts get their places behind the sections. */
void pe_place_symbols(struct ld *ld)
{
    static const struct ld_chunk_ops records_ops = {"symbols", write_records};
    static const struct ld_chunk_ops strings_ops = {"symbol names", write_strings};
    struct pe *pe = pe_of(ld);
    bool stripped = ld->opt.strip == STRIP_ALL;
    if (stripped && (ld->opt.pe.long_section_names != TRI_ON || !any_long_name(pe))) {
        return;
    }
    if (!stripped) {
        parallel_for(ld->pool, ld->files.n - 1, 8, count_file, ld);
    }
    struct ld_osec *records = table(ld, "*symbols*"), *strings = table(ld, "*strings*");
    struct ld_chunk *names = section_names(ld);
    ld_osec_add(ld, strings, names);
    uint64_t n = 0, str = names->size;
    pe->has_strings = true;
    for (size_t k = 1; k < ld->files.n && !stripped; k++) {
        struct ld_file *f = ld->files.p[k];
        struct pe_file *pf = pe_file_of(f);
        if (!pf || !pf->n_syms_out) {
            continue;
        }
        pf->sym_first = n;
        pf->str_off = str;
        n += pf->n_syms_out;
        str += pf->str_len;
        ld_osec_add(ld, records,
                    ld_new_chunk(ld, &records_ops, (uint64_t)pf->n_syms_out * RECORD, 0, f));
        if (pf->str_len) {
            ld_osec_add(ld, strings, ld_new_chunk(ld, &strings_ops, pf->str_len, 0, f));
        }
    }
    n += stripped || ld->opt.retain_symbols.n ? 0 : add_section_symbols(ld, records);
    ld_layout_osec(records);
    ld_layout_osec(strings);
    put_u32le(names->priv, (uint32_t)strings->size);
    pe->n_symbols = (uint32_t)n;
    records->file_off = pe->symtab_off;
    records->file_size = records->size;
    strings->file_off = records->file_off + records->size;
    strings->file_size = strings->size;
    ld->file_size = strings->file_off + strings->size;
    ld_count(ld, "symbols written", n);
}
