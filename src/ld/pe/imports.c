/* imports.c - what the image takes from DLLs.

   Import libraries come as short import objects, as the three-part members of dlltool and GNU ld
   (obj/implib.h), or not at all: a DLL itself is named. All become records {dll, name}, and the
   records that are referenced become ONE descriptor per DLL, whatever library they came from:
   descriptors, a null one, all lookup tables, all address tables (IAT), hints with names, DLL
   names. Source: spec pe-ld 2.5, 2.6, 3.3; PE format, ".idata". */
#include <stdlib.h>
#include <string.h>

#include "base/ckint.h"
#include "ld/pe/pe.h"
#include "ld/script_layout.h"

enum { DESCRIPTOR_LEN = 20 };

static bool is_imp(struct str name)
{
    return str_starts(name, S("__imp_"));
}

struct pe_import *pe_import_of(const struct ld *ld, uint32_t id)
{
    uint32_t aux = ld->tab.aux[id];
    return aux ? &pe_of(ld)->imports.p[aux - 1] : NULL;
}

/* ---- records ------------------------------------------------------------------------------------ */

static uint32_t dll_index(struct ld *ld, struct str name)
{
    struct pe *pe = pe_of(ld);
    pe->dll_by_name.fold_case = true;
    bool added;
    uint32_t i = *strmap_put(&pe->dll_by_name, name, (uint32_t)pe->dlls.n, &added);
    if (added) {
        vec_push(&pe->dlls, (struct pe_dll){.name = name});
    }
    return i;
}

/* entry -> head -> tail, by the symbols that link them. */
static bool dll_of_member(struct ld *ld, struct ld_file *f, struct str *out)
{
    struct str link = pe_file_of(f)->member.link;
    for (int step = 0; step < 2; step++) {
        uint32_t id = ld_lookup(ld, link);
        if (id == LD_NO_SYM || ld_sym(ld, id)->rank < RANK_WEAK) {
            break;
        }
        const struct ld_file *to = ld_file(ld, ld_sym(ld, id)->file);
        const struct pe_file *pf = to->kind == LD_IMPORT ? pe_file_of(to) : NULL;
        if (!pf) {
            break;
        }
        if (pf->member.dll.len) {
            *out = pf->member.dll;
            return true;
        }
        link = pf->member.link;
    }
    return diag_report(&ld->diag, SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                       "import library member does not lead to the name of its DLL");
}

static uint32_t add_record(struct ld *ld, struct pe_import rec)
{
    vec_push(&pe_of(ld)->imports, rec);
    return (uint32_t)pe_of(ld)->imports.n;
}

/* The symbols of F that are its own definitions get the record. */
static void claim(struct ld *ld, struct ld_file *f, uint32_t i, uint32_t rec)
{
    uint32_t id = f->ids[i];
    if (id != LD_NO_SYM && ld_sym(ld, id)->file == f->idx && !ld->tab.aux[id]) {
        ld->tab.aux[id] = rec;
    }
}

static void collect_import_file(struct ld *ld, struct ld_file *f)
{
    struct pe_file *pf = pe_file_of(f);
    struct pe_import rec = {.file = f, .imp_id = LD_NO_SYM};
    struct str dll;
    if (pf->member.part == IMPLIB_HEAD || pf->member.part == IMPLIB_TAIL) {
        return;
    }
    if (pf->member.part == IMPLIB_ENTRY) {
        const struct implib_member *m = &pf->member;
        if (!dll_of_member(ld, f, &dll)) {
            return;
        }
        rec.name = m->name;
        rec.by_ordinal = m->by_ordinal;
        rec.ordinal = m->ordinal;
        rec.hint = m->hint;
        rec.is_code = !m->data;
    } else {
        const struct import *im = &f->obj.imports[0];
        dll = im->lib;
        rec.name = im->name;
        rec.by_ordinal = im->by_ordinal;
        rec.ordinal = im->ordinal;
        rec.hint = im->hint;
        rec.is_code = f->n_syms > 1;
    }
    /* Another library may have won __imp_X; then its slot serves X too. */
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n_syms && !n; i++) {
        if (f->ids[i] != LD_NO_SYM && f->syms[i].sec != SEC_UNDEF && is_imp(f->syms[i].name)) {
            rec.imp_id = f->ids[i];
            n = ld->tab.aux[rec.imp_id];
        }
    }
    if (!n) {
        rec.dll = dll_index(ld, dll);
        n = add_record(ld, rec);
    }
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (f->syms[i].sec != SEC_UNDEF) {
            claim(ld, f, i, n);
        }
    }
}

/* A DLL given as input: syms come in pairs, __imp_X and X (pe_dll_symbols). */
static void collect_dll(struct ld *ld, struct ld_file *f)
{
    for (uint32_t i = 0; i + 1 < f->n_syms; i += 2) {
        uint32_t imp = f->ids[i], id = f->ids[i + 1];
        bool wanted = (ld_sym(ld, imp)->file == f->idx && ld_has(ld, imp, LDS_REF)) ||
                      (ld_sym(ld, id)->file == f->idx && ld_has(ld, id, LDS_REF));
        if (!wanted || ld->tab.aux[imp]) {
            continue;
        }
        const struct export *e = &f->obj.exports[f->syms[i].raw_idx];
        uint32_t n = add_record(ld, (struct pe_import){.name = e->name, .file = f, .imp_id = imp,
                                                       .is_code = f->syms[i + 1].type == SYM_FUNC,
                                                       .dll = dll_index(ld, f->obj.soname)});
        claim(ld, f, i, n);
        claim(ld, f, i + 1, n);
    }
}

/* After resolution: one record per imported thing, in load order. */
void pe_collect_imports(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->kind == LD_IMPORT && !f->bad && !f->skip) {
            collect_import_file(ld, f);
        } else if (f->kind == LD_SHARED && !f->bad) {
            collect_dll(ld, f);
        }
    }
    for (size_t i = 0; i < pe->aliases.n; i++) {
        ld->tab.aux[pe->aliases.p[i].id] = ld->tab.aux[pe->aliases.p[i].to];
    }
    /* auto-imported names, and their .refptr cells, stand for the record of __imp_X */
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        if (!ld_has(ld, id, LDS_AUTO)) {
            continue;
        }
        struct str name = ld_sym_name(ld, id);
        struct buf b = {0};
        buf_puts(&b, "__imp_");
        buf_str(&b, name);
        uint32_t imp = ld_lookup(ld, (struct str){b.p, b.n});
        b.n = 0;
        buf_puts(&b, ".refptr.");
        buf_str(&b, name);
        uint32_t refptr = ld_lookup(ld, (struct str){b.p, b.n});
        buf_free(&b);
        ld->tab.aux[id] = imp == LD_NO_SYM ? 0 : ld->tab.aux[imp];
        struct ld_chunk *c = refptr == LD_NO_SYM ? NULL : ld_sym_chunk(ld, refptr);
        if (c && ld->tab.aux[id]) {
            ld_need(ld, refptr, LDS_REFPTR);
            ld->tab.aux[refptr] = ld->tab.aux[id];
            c->flags = (c->flags & ~(uint32_t)LDC_LIVE) | LDC_DISCARDED;
        }
    }
    pe_define_library_parts(ld);
    ld_count(ld, "imports known", pe->imports.n);
}

/* Exports of a DLL as symbols, in pairs. Called while parsing: writes only F. */
bool pe_dll_symbols(struct ld *ld, struct ld_file *f)
{
    struct object *obj = &f->obj;
    struct str prefix = pe_of(ld)->prefix;
    if (!obj_load_exports(obj)) {
        return false;
    }
    if (!obj->soname.len && f->input) {
        obj->soname = str_basename(str_c(f->input->path));
    }
    f->syms = ARENA_ARRAY(obj->arena, struct symbol, (size_t)obj->n_exports * 2);
    for (uint32_t i = 0; i < obj->n_exports; i++) {
        const struct export *e = &obj->exports[i];
        if (!e->name.len) {
            continue; /* NONAME: cannot be found by name */
        }
        struct str c_prefix = pe_is_bare(e->name) ? S("") : prefix;
        const char *imp = arena_printf(obj->arena, "__imp_%.*s%.*s", Q(c_prefix), Q(e->name));
        struct symbol *s = &f->syms[f->n_syms];
        s[0] = (struct symbol){.name = str_c(imp), .sec = SEC_ABS, .raw_idx = i,
                               .binding = BIND_GLOBAL, .type = SYM_OBJECT, .alias = UINT32_MAX};
        s[1] = s[0];
        s[1].name = str_skip(s[0].name, 6);
        bool code = e->forward.len || (e->sec && e->sec < obj->n_sections &&
                                       obj->sections[e->sec].flags & SEC_EXEC);
        s[1].type = code ? SYM_FUNC : SYM_OBJECT;
        s[1].sec = code ? SEC_ABS : SEC_UNDEF;
        f->n_syms += 2;
    }
    return true;
}

/* ---- auto-import --------------------------------------------------------------------------------- */

/* A cell in .rdata that holds the address of X: for __imp_X where X is defined here. */
static void local_cell(struct ld *ld, uint32_t imp, uint32_t id)
{
    struct pe_cell *cell = ARENA_NEW(&ld->arena, struct pe_cell);
    *cell = (struct pe_cell){imp, id, NULL};
    vec_push(&pe_of(ld)->cells, cell);
    struct ld_chunk *c = ld_new_chunk(ld, &pe_cell_ops, pe_of(ld)->word,
                                      pe_of(ld)->is64 ? 3 : 2, cell);
    cell->chunk = c;
    pe_bucket_add(ld, pe_of(ld)->rdata, PE_BUCKETS - 3, c);
    ld_define(ld, ld_sym_name(ld, imp), c, 0);
    diag_warning(&ld->diag, "%s is defined here, but %s asks for it as an import; using its address",
                 ld_show(ld, &ld->arena, ld_sym_name(ld, id)),
                 ld_show(ld, &ld->arena, ld_sym_name(ld, imp)));
}

/* ---- stdcall names ----------------------------------------------------------------------------------- */

/* "_f" of "_f@8" and of fastcall's "@f@8"; empty if NAME has no such suffix. */
static struct str stdcall_base(struct ld *ld, struct str name)
{
    size_t at = str_rfind(name, '@');
    if (at == SIZE_MAX || at == 0 || at + 1 == name.len || (name.p[0] == '@' && at == 1)) {
        return (struct str){"", 0};
    }
    for (size_t i = at + 1; i < name.len; i++) {
        if (name.p[i] < '0' || name.p[i] > '9') {
            return (struct str){"", 0};
        }
    }
    if (name.p[0] == '@') {
        struct str bare = str_skip(str_head(name, at), 1);
        return str_c(arena_printf(&ld->arena, "%.*s%.*s", Q(pe_of(ld)->prefix), Q(bare)));
    }
    return str_head(name, at);
}

void pe_alias_to(struct ld *ld, uint32_t id, uint32_t to)
{
    struct ld_sym *g = ld_sym(ld, id), *d = ld_sym(ld, to);
    g->file = d->file;
    g->sym = d->sym;
    g->rank = d->rank;
    ld_need(ld, to, LDS_REF); /* a DLL's names get records only if they are referenced */
    vec_push(&pe_of(ld)->aliases, (struct pe_alias){id, to});
}

static void fix_one(struct ld *ld, uint32_t id, uint32_t to)
{
    if (ld->opt.pe.stdcall_fixup == TRI_DEFAULT) {
        diag_warning(&ld->diag, "resolving %.*s by linking to %.*s (--enable-stdcall-fixup silences this, "
                     "--disable-stdcall-fixup turns it off)", Q(ld_sym_name(ld, id)),
                     Q(ld_sym_name(ld, to)));
    }
    pe_alias_to(ld, id, to);
}

/* Undefined _f@N meets a defined _f, and undefined _f a defined _f@N: an index by bare name, made once,
   not a walk per symbol. Source: spec pe-ld 2.8. */
static void fix_stdcall(struct ld *ld)
{
    int want = ld->opt.pe.stdcall_fixup;
    struct strmap by_base = {0};
    bool indexed = false;
    if (want == TRI_OFF || (pe_of(ld)->is64 && want != TRI_ON)) {
        return;
    }
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; i < f->n_syms; i++) {
            uint32_t id = f->ids[i];
            if (id == LD_NO_SYM || ld_sym(ld, id)->rank != RANK_UNDEF || ld_has(ld, id, LDS_AUTO) ||
                !ld_has(ld, id, LDS_REF)) {
                continue;
            }
            struct str base = stdcall_base(ld, ld_sym_name(ld, id));
            uint32_t to = base.len ? ld_lookup(ld, base) : LD_NO_SYM;
            for (uint32_t d = 0; !base.len && !indexed && d < ld->tab.cap; d++) {
                struct str from = ld_sym(ld, d)->rank >= RANK_SHARED ? stdcall_base(ld, ld_sym_name(ld, d))
                                                                     : (struct str){"", 0};
                if (from.len) {
                    strmap_put(&by_base, from, d, NULL);
                }
            }
            indexed = indexed || !base.len;
            if (!base.len) {
                to = strmap_get(&by_base, ld_sym_name(ld, id));
            }
            if (to != LD_NO_SYM && ld_sym(ld, to)->rank >= RANK_SHARED) {
                fix_one(ld, id, to);
            }
        }
    }
    strmap_free(&by_base);
}

/* be->unresolved: X undefined and __imp_X known: X is imported. __imp_X undefined and X defined: a
   cell. Order of ids does not matter: each name is decided by itself, and what is loaded then comes
   in archive order. */
bool pe_auto_import(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    bool more = false;
    VEC(uint32_t) cells = {0};
    if (ld->opt.kind == OUT_RELOCATABLE) {
        return false;
    }
    if (ld->opt.pe.auto_import == TRI_OFF) {
        fix_stdcall(ld);
        return false;
    }
    struct buf b = {0};
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        struct ld_sym *g = ld_sym(ld, id);
        if (g->rank != RANK_UNDEF || ld_has(ld, id, LDS_AUTO)) {
            continue;
        }
        struct str name = ld_sym_name(ld, id);
        if (is_imp(name)) {
            uint32_t x = ld_lookup(ld, str_skip(name, 6));
            if (x != LD_NO_SYM && ld_sym(ld, x)->rank >= RANK_COMMON) {
                vec_push(&cells, id);
            }
            continue;
        }
        b.n = 0;
        buf_puts(&b, "__imp_");
        buf_str(&b, name);
        uint32_t imp = ld_lookup(ld, (struct str){b.p, b.n});
        if (imp == LD_NO_SYM || ld_sym(ld, imp)->rank == RANK_UNDEF) {
            continue;
        }
        if (ld_sym(ld, imp)->rank == RANK_NONE) {
            more = true; /* an archive has it */
            ld_reference(ld, ld_sym_name(ld, imp));
        } else {
            ld_need(ld, imp, LDS_REF);
            ld_need(ld, id, LDS_AUTO);
            pe->any_auto = true;
        }
    }
    buf_free(&b);
    if (pe->any_auto && !pe->relocator) {
        struct str name = pe->is64 ? S("_pei386_runtime_relocator") : S("__pei386_runtime_relocator");
        pe->relocator = true;
        more = ld_sym(ld, ld_reference(ld, name))->rank == RANK_UNDEF || more;
    }
    for (size_t i = 0; i < cells.n && !more; i++) {
        struct str name = ld_sym_name(ld, cells.p[i]);
        local_cell(ld, cells.p[i], ld_lookup(ld, str_skip(name, 6)));
    }
    vec_free(&cells);
    if (!more) {
        fix_stdcall(ld);
    }
    return more;
}

/* ---- tables -------------------------------------------------------------------------------------- */

static void write_idata(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct pe *pe = pe_of(ld);
    uint64_t base = ld_chunk_addr(ld, c);
    unsigned word = pe->word;
    memset(out, 0, (size_t)c->size);
    uint8_t *desc = out;
    for (size_t d = 0; d < pe->dlls.n; d++) {
        const struct pe_dll *dll = &pe->dlls.p[d];
        if (!dll->imports.n || dll->delayed) {
            continue;
        }
        uint64_t ilt = pe->idata_ilt_off + (uint64_t)dll->first_slot * word;
        uint64_t iat = pe->idata_iat_off + (uint64_t)dll->first_slot * word;
        put_u32le(desc, (uint32_t)(base + ilt));
        put_u32le(desc + 12, (uint32_t)(base + dll->name_off));
        put_u32le(desc + 16, (uint32_t)(base + iat));
        desc += DESCRIPTOR_LEN;
        memcpy(out + dll->name_off, dll->name.p, dll->name.len);
        for (size_t i = 0; i < dll->imports.n; i++) {
            const struct pe_import *im = &pe->imports.p[dll->imports.p[i]];
            uint64_t v = base + im->name_off;
            if (im->by_ordinal) {
                v = (UINT64_C(1) << (word * 8 - 1)) | im->ordinal;
            } else {
                put_u16le(out + im->name_off, im->hint);
                memcpy(out + im->name_off + 2, im->name.p, im->name.len);
            }
            for (int t = 0; t < 2; t++) {
                uint8_t *p = out + (t ? iat : ilt) + i * word;
                word == 8 ? put_u64le(p, v) : put_u32le(p, (uint32_t)v);
            }
        }
    }
}

static void write_thunks(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    struct pe *pe = pe_of(ld);
    (void)c;
    for (size_t i = 0; i < pe->thunk_recs.n; i++) {
        const struct pe_import *im = &pe->imports.p[pe->thunk_recs.p[i]];
        ld->arch->import_thunk(out + i * ld->arch->import_thunk_len, ld->image_base + im->thunk_rva,
                               ld->image_base + im->slot_rva);
    }
}

/* Sizes of the tables; every live import knows its place in them. After scanning. */
bool pe_build_imports(struct ld *ld)
{
    static const struct ld_chunk_ops idata_ops = {"imports", write_idata};
    static const struct ld_chunk_ops thunk_ops = {"import thunks", write_thunks};
    struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->imports.n; i++) {
        struct pe_import *im = &pe->imports.p[i];
        bool thunk = ld_has(ld, im->imp_id, LDS_THUNK);
        if (!thunk && !ld_has(ld, im->imp_id, LDS_SLOT)) {
            continue;
        }
        if (thunk) {
            vec_push(&pe->thunk_recs, (uint32_t)i);
        }
        im->slot = (uint32_t)pe->dlls.p[im->dll].imports.n;
        vec_push(&pe->dlls.p[im->dll].imports, (uint32_t)i);
    }
    if (pe->thunk_recs.n) {
        pe->thunks = ld_new_chunk(ld, &thunk_ops,
                                  pe->thunk_recs.n * ld->arch->import_thunk_len, 3, NULL);
        pe_bucket_add(ld, pe->text, TEXT_THUNKS, pe->thunks);
    }
    if (!pe_build_delay(ld)) {
        return false;
    }
    uint32_t n_desc = 0, n_slots = 0;
    for (size_t d = 0; d < pe->dlls.n; d++) {
        struct pe_dll *dll = &pe->dlls.p[d];
        if (dll->imports.n && !dll->delayed) {
            dll->first_slot = n_slots;
            n_slots += (uint32_t)dll->imports.n + 1;
            n_desc++;
        }
    }
    pe->raw_desc_len = (uint32_t)pe_take_raw_descriptors(ld);
    if (!n_desc && !pe->raw_desc_len) {
        return true;
    }
    pe->idata_desc_len = (n_desc + 1) * DESCRIPTOR_LEN;
    pe->idata_ilt_off = (uint32_t)align_up(pe->idata_desc_len, pe->word);
    pe->idata_iat_len = n_slots * pe->word;
    pe->idata_iat_off = pe->idata_ilt_off + pe->idata_iat_len;
    uint64_t off = pe->idata_iat_off + pe->idata_iat_len;
    for (size_t d = 0; d < pe->dlls.n; d++) {
        for (size_t i = 0; !pe->dlls.p[d].delayed && i < pe->dlls.p[d].imports.n; i++) {
            struct pe_import *im = &pe->imports.p[pe->dlls.p[d].imports.p[i]];
            if (!im->by_ordinal) {
                im->name_off = (uint32_t)off;
                off = align_up(off + 2 + im->name.len + 1, 2);
            }
        }
    }
    for (size_t d = 0; d < pe->dlls.n; d++) {
        if (pe->dlls.p[d].imports.n && !pe->dlls.p[d].delayed) {
            pe->dlls.p[d].name_off = (uint32_t)off;
            off += pe->dlls.p[d].name.len + 1;
        }
    }
    pe->idata = ld_new_chunk(ld, &idata_ops, off, 3, NULL);
    for (size_t i = 0; i < pe->raw_descs.n && !ld_script_full(ld); i++) {
        pe_bucket_add(ld, pe->idata_os, 0, pe->raw_descs.p[i]);
    }
    pe_bucket_add(ld, pe->idata_os, 0, pe->idata);
    return true;
}

/* After layout: addresses of slots and thunks, and what the names stand for. */
void pe_place_imports(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (!pe->imports.n) {
        return;
    }
    uint64_t base = pe->idata ? ld_chunk_addr(ld, pe->idata) : 0;
    for (size_t d = 0; d < pe->dlls.n; d++) {
        const struct pe_dll *dll = &pe->dlls.p[d];
        for (size_t i = 0; !dll->delayed && i < dll->imports.n; i++) {
            pe->imports.p[dll->imports.p[i]].slot_rva =
                base + pe->idata_iat_off + (dll->first_slot + i) * pe->word;
        }
    }
    pe_place_delay(ld);
    for (size_t i = 0; i < pe->thunk_recs.n; i++) {
        pe->imports.p[pe->thunk_recs.p[i]].thunk_rva =
            ld_chunk_addr(ld, pe->thunks) + i * ld->arch->import_thunk_len;
    }
    for (uint32_t id = 0; id < ld->tab.cap; id++) {
        const struct pe_import *im = pe_import_of(ld, id);
        if (!im) {
            continue;
        }
        bool slot = id == im->imp_id || ld_has(ld, id, LDS_AUTO | LDS_REFPTR) ||
                    is_imp(ld_sym_name(ld, id));
        ld->tab.values[id] = slot ? im->slot_rva : im->thunk_rva;
        ld->tab.syms[id].flags &= (uint16_t)~LDS_ABS;
    }
}
