/* delay.c - delayed imports (--delayload=DLL): the DLL is loaded when one of its functions is called for
   the first time.

   For each such DLL there is a descriptor (directory 13), a cell for its module handle, a name table
   (INT) and an address table (IAT) whose cells lead to stubs of ours; the stubs reach
   __delayLoadHelper2 of the C runtime, which loads the DLL, writes the function's address into the
   cell and returns it. The address tables have a section of their own, .didat, for they are written
   to at run time. Source: PE format, "Delay-Load Import Tables"; spec pe-ld 5.9. */
#include <string.h>

#include "base/ckint.h"
#include "ld/pe/pe.h"

enum { DESCRIPTOR_LEN = 32, ATTR_RVA = 1, CODE_ALIGN = 16 };

struct pe_delay {
    VEC(uint32_t) dlls;     /* those with live imports, in order of appearance */
    uint32_t n_slots;       /* cells of all tables, with the zero at each one's end */
    uint32_t int_off;       /* in DESC */
    struct ld_chunk *desc;  /* descriptors, a null one, name tables, hints and names, DLL names */
    struct ld_chunk *iat, *handles, *code, *unwind;
    uint32_t helper;        /* symbol id */
};

static const char *helper_name(const struct ld *ld)
{
    return pe_of(ld)->is64 ? "__delayLoadHelper2" : "___delayLoadHelper2@8";
}

bool pe_delay_start(struct ld *ld)
{
    const ld_strings *list = &ld->opt.pe.delayload;
    if (!list->n) {
        return true;
    }
    if (!ld->arch->delay) {
        return diag_error(&ld->diag, "--delayload is not supported for %s", ld->emulation);
    }
    for (size_t i = 0; i < list->n; i++) {
        if (str_caseeq(str_c(list->p[i]), S("kernel32.dll"))) {
            return diag_error(&ld->diag, "--delayload=%s: what loads the others cannot itself be delayed",
                              list->p[i]);
        }
    }
    struct pe_delay *d = ARENA_NEW(&ld->arena, struct pe_delay);
    d->helper = ld_reference(ld, str_c(helper_name(ld)));
    pe_of(ld)->delay = d;
    return true;
}

static bool is_named(const struct ld *ld, struct str dll)
{
    const ld_strings *list = &ld->opt.pe.delayload;
    for (size_t i = 0; i < list->n; i++) {
        if (str_caseeq(str_c(list->p[i]), dll)) {
            return true;
        }
    }
    return false;
}

static void warn_unused(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < ld->opt.pe.delayload.n; i++) {
        const char *name = ld->opt.pe.delayload.p[i];
        bool used = false;
        for (size_t k = 0; k < pe->delay->dlls.n && !used; k++) {
            used = str_caseeq(pe->dlls.p[pe->delay->dlls.p[k]].name, str_c(name));
        }
        if (!used) {
            diag_warning(&ld->diag, "--delayload=%s has no effect: nothing is imported from it", name);
        }
    }
}

/* Only calls can wait for the DLL; what reads a variable has nothing to read yet. */
static void refuse_data(struct ld *ld, const struct pe_dll *dll)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < dll->imports.n; i++) {
        const struct pe_import *im = &pe->imports.p[dll->imports.p[i]];
        if (!im->is_code) {
            diag_report(&ld->diag, SEV_ERROR, ld_file_origin(im->file), DIAG_NO_OFFSET,
                        "'%.*s' is data of %.*s and cannot be imported with --delayload",
                        Q(str_skip(ld_sym_name(ld, im->imp_id), 6)), Q(dll->name));
        }
    }
}

/* ---- writing -------------------------------------------------------------------------------------- */

/* Where the code of DLL number K begins, and where its stub I stands. */
static uint32_t tail_off(const struct ld *ld, size_t k)
{
    const struct pe *pe = pe_of(ld);
    const struct arch_delay *a = ld->arch->delay;
    uint64_t off = 0;
    for (size_t i = 0; i < k; i++) {
        size_t n = pe->dlls.p[pe->delay->dlls.p[i]].imports.n;
        off = align_up(off + a->tail_len + n * a->stub_len, CODE_ALIGN);
    }
    return (uint32_t)off;
}

static uint32_t stub_off(const struct ld *ld, size_t k, size_t i)
{
    return tail_off(ld, k) + ld->arch->delay->tail_len + (uint32_t)i * ld->arch->delay->stub_len;
}

static void write_desc(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe *pe = pe_of(ld);
    const struct pe_delay *dl = pe->delay;
    uint64_t base = ld_chunk_addr(ld, c);
    memset(out, 0, (size_t)c->size);
    for (size_t k = 0; k < dl->dlls.n; k++) {
        const struct pe_dll *dll = &pe->dlls.p[dl->dlls.p[k]];
        uint8_t *d = out + k * DESCRIPTOR_LEN, *cell = out + dl->int_off + dll->first_slot * pe->word;
        put_u32le(d, ATTR_RVA);
        put_u32le(d + 4, (uint32_t)(base + dll->name_off));
        put_u32le(d + 8, (uint32_t)(ld_chunk_addr(ld, dl->handles) + k * pe->word));
        put_u32le(d + 12, (uint32_t)(ld_chunk_addr(ld, dl->iat) + dll->first_slot * pe->word));
        put_u32le(d + 16, (uint32_t)(base + dl->int_off + dll->first_slot * pe->word));
        memcpy(out + dll->name_off, dll->name.p, dll->name.len);
        for (size_t i = 0; i < dll->imports.n; i++, cell += pe->word) {
            const struct pe_import *im = &pe->imports.p[dll->imports.p[i]];
            uint64_t v = base + im->name_off;
            if (im->by_ordinal) {
                v = (UINT64_C(1) << (pe->word * 8 - 1)) | im->ordinal;
            } else {
                put_u16le(out + im->name_off, im->hint);
                memcpy(out + im->name_off + 2, im->name.p, im->name.len);
            }
            pe->is64 ? put_u64le(cell, v) : put_u32le(cell, (uint32_t)v);
        }
    }
}

static void write_zero(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    (void)ld;
    memset(out, 0, (size_t)c->size);
}

static void write_iat(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe *pe = pe_of(ld);
    uint64_t code = ld->image_base + ld_chunk_addr(ld, pe->delay->code);
    memset(out, 0, (size_t)c->size);
    for (size_t k = 0; k < pe->delay->dlls.n; k++) {
        const struct pe_dll *dll = &pe->dlls.p[pe->delay->dlls.p[k]];
        for (size_t i = 0; i < dll->imports.n; i++) {
            uint8_t *cell = out + (dll->first_slot + i) * pe->word;
            uint64_t v = code + stub_off(ld, k, i);
            pe->is64 ? put_u64le(cell, v) : put_u32le(cell, (uint32_t)v);
        }
    }
}

static void write_code(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    const struct pe *pe = pe_of(ld);
    const struct pe_delay *dl = pe->delay;
    const struct arch_delay *a = ld->arch->delay;
    uint64_t va = ld->image_base + ld_chunk_addr(ld, c);
    uint64_t desc = ld->image_base + ld_chunk_addr(ld, dl->desc);
    memset(out, 0xcc, (size_t)c->size);
    for (size_t k = 0; k < dl->dlls.n; k++) {
        const struct pe_dll *dll = &pe->dlls.p[dl->dlls.p[k]];
        uint32_t tail = tail_off(ld, k), at = tail + a->tail_len;
        a->tail(out + tail, va + tail, desc + k * DESCRIPTOR_LEN,
                ld->image_base + ld->tab.values[dl->helper]);
        for (size_t i = 0; i < dll->imports.n; i++, at += a->stub_len) {
            a->stub(out + at, va + at, ld->image_base + pe->imports.p[dll->imports.p[i]].slot_rva,
                    va + tail);
        }
    }
}

/* ---- sizes and places ------------------------------------------------------------------------------- */

static uint64_t place_names(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct pe_delay *dl = pe->delay;
    dl->int_off = (uint32_t)(dl->dlls.n + 1) * DESCRIPTOR_LEN;
    uint64_t off = dl->int_off + (uint64_t)dl->n_slots * pe->word;
    for (size_t k = 0; k < dl->dlls.n; k++) {
        struct pe_dll *dll = &pe->dlls.p[dl->dlls.p[k]];
        for (size_t i = 0; i < dll->imports.n; i++) {
            struct pe_import *im = &pe->imports.p[dll->imports.p[i]];
            if (!im->by_ordinal) {
                im->name_off = (uint32_t)off;
                off = align_up(off + 2 + im->name.len + 1, 2);
            }
        }
    }
    for (size_t k = 0; k < dl->dlls.n; k++) {
        struct pe_dll *dll = &pe->dlls.p[dl->dlls.p[k]];
        dll->name_off = (uint32_t)off;
        off += dll->name.len + 1;
    }
    return off;
}

static void make_chunks(struct ld *ld, uint64_t desc_size)
{
    static const struct ld_chunk_ops desc_ops = {"delayed imports", write_desc},
                                     iat_ops = {"delayed import addresses", write_iat},
                                     zero_ops = {"module handles", write_zero},
                                     code_ops = {"delayed import stubs", write_code};
    struct pe *pe = pe_of(ld);
    struct pe_delay *dl = pe->delay;
    const struct arch_delay *a = ld->arch->delay;
    uint8_t p2 = pe->is64 ? 3 : 2;
    dl->desc = ld_new_chunk(ld, &desc_ops, desc_size, 3, NULL);
    pe_bucket_add(ld, pe->rdata, PE_BUCKETS - 2, dl->desc);
    dl->iat = ld_new_chunk(ld, &iat_ops, (uint64_t)dl->n_slots * pe->word, p2, NULL);
    pe_bucket_add(ld, pe_standard_osec(ld, ".didat"), 0, dl->iat);
    dl->handles = ld_new_chunk(ld, &zero_ops, dl->dlls.n * pe->word, p2, NULL);
    pe_bucket_add(ld, pe->data, PE_BUCKETS - 2, dl->handles);
    dl->code = ld_new_chunk(ld, &code_ops, tail_off(ld, dl->dlls.n), 4, NULL);
    pe_bucket_add(ld, pe->text, TEXT_THUNKS, dl->code);
    if (a->unwind_len) {
        dl->unwind = ld_bytes_chunk(ld, a->unwind, a->unwind_len, 2);
        pe_bucket_add(ld, pe_standard_osec(ld, ".xdata"), PE_BUCKETS - 2, dl->unwind);
    }
}

/* Takes the DLLs of --delayload out of the tables that are filled at start. After scanning, when each
   DLL knows its live imports. */
bool pe_build_delay(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct pe_delay *dl = pe->delay;
    if (!dl) {
        return true;
    }
    for (size_t d = 0; d < pe->dlls.n; d++) {
        struct pe_dll *dll = &pe->dlls.p[d];
        if (!dll->imports.n || !is_named(ld, dll->name)) {
            continue;
        }
        refuse_data(ld, dll);
        dll->delayed = true;
        dll->first_slot = dl->n_slots;
        dl->n_slots += (uint32_t)dll->imports.n + 1;
        vec_push(&dl->dlls, (uint32_t)d);
    }
    warn_unused(ld);
    if (!dl->dlls.n) {
        return diag_ok(&ld->diag);
    }
    if (ld_sym(ld, dl->helper)->rank < RANK_SHARED) {
        diag_error(&ld->diag, "--delayload needs %s, which no input defines: the C runtime has it",
                   helper_name(ld));
    }
    make_chunks(ld, place_names(ld));
    return diag_ok(&ld->diag);
}

/* After layout: the addresses of the cells. */
void pe_place_delay(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    for (size_t k = 0; pe->delay && k < pe->delay->dlls.n; k++) {
        const struct pe_dll *dll = &pe->dlls.p[pe->delay->dlls.p[k]];
        for (size_t i = 0; i < dll->imports.n; i++) {
            pe->imports.p[dll->imports.p[i]].slot_rva =
                ld_chunk_addr(ld, pe->delay->iat) + (dll->first_slot + i) * pe->word;
        }
    }
}

static void add_site(struct pe *pe, uint64_t rva)
{
    vec_push(&pe->base_sites, rva << 4 | (pe->is64 ? 10 : 3));
}

/* The absolute addresses in what we made. */
void pe_delay_base_sites(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    const struct arch_delay *a = ld->arch->delay;
    for (size_t k = 0; pe->delay && k < pe->delay->dlls.n; k++) {
        const struct pe_dll *dll = &pe->dlls.p[pe->delay->dlls.p[k]];
        uint64_t code = ld_chunk_addr(ld, pe->delay->code), iat = ld_chunk_addr(ld, pe->delay->iat);
        for (size_t i = 0; i < dll->imports.n; i++) {
            add_site(pe, iat + (dll->first_slot + i) * pe->word);
            if (a->stub_abs >= 0) {
                add_site(pe, code + stub_off(ld, k, i) + (uint64_t)a->stub_abs);
            }
        }
        if (a->tail_abs >= 0) {
            add_site(pe, code + tail_off(ld, k) + (uint64_t)a->tail_abs);
        }
    }
}

uint32_t pe_delay_pdata(const struct ld *ld, uint8_t *out)
{
    const struct pe_delay *dl = pe_of(ld)->delay;
    if (!dl || !dl->unwind) {
        return 0;
    }
    for (size_t k = 0; out && k < dl->dlls.n; k++, out += 12) {
        uint32_t rva = (uint32_t)ld_chunk_addr(ld, dl->code) + tail_off(ld, k);
        put_u32le(out, rva);
        put_u32le(out + 4, rva + ld->arch->delay->tail_len);
        put_u32le(out + 8, (uint32_t)ld_chunk_addr(ld, dl->unwind));
    }
    return (uint32_t)dl->dlls.n;
}

struct pe_range pe_delay_directory(const struct ld *ld)
{
    const struct pe_delay *dl = pe_of(ld)->delay;
    struct pe_range r = {0, 0};
    if (dl && dl->desc) {
        r.rva = (uint32_t)ld_chunk_addr(ld, dl->desc);
        r.size = (uint32_t)(dl->dlls.n + 1) * DESCRIPTOR_LEN;
    }
    return r;
}

void pe_delay_end(struct ld *ld)
{
    if (pe_of(ld)->delay) {
        vec_free(&pe_of(ld)->delay->dlls);
    }
}
