/* link.c - linking Windows images: the backend's hooks and its pass list. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ld/pe/pe.h"
#include "ld/script_layout.h"
#include "obj/coff_fmt.h"

static void make_standard_sections(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    pe->text = pe_standard_osec(ld, ".text");
    pe->data = pe_standard_osec(ld, ".data");
    pe->rdata = pe_standard_osec(ld, ".rdata");
    pe->bss = pe_standard_osec(ld, ".bss");
    pe->pdata = pe_standard_osec(ld, ".pdata");
    pe->idata_os = pe_standard_osec(ld, ".idata");
    pe->reloc_os = pe_standard_osec(ld, ".reloc");
    /* the headers, so that symbols can stand at the image's start */
    struct ld_osec *head = ld_osec(ld, S("*headers*"));
    pe->head = ld_bytes_chunk(ld, NULL, 0, 0);
    ld_osec_add(ld, head, pe->head);
}

static const char *const *pe_lib_patterns(const struct ld *ld, bool is_static)
{
    static const char *const archives[] = {"lib*.a", "*.lib", "lib*.lib", NULL};
    return is_static ? archives : pe_of(ld)->lib_patterns;
}

/* --dll-search-prefix=cyg looks for cygNAME.dll before libNAME.dll. */
static void set_lib_patterns(struct ld *ld)
{
    static const char *const any[] = {"lib*.dll.a", "*.dll.a", "lib*.a", "*.lib", "lib*.lib"};
    const char **p = pe_of(ld)->lib_patterns;
    size_t n = sizeof any / sizeof *any;
    memcpy(p, any, sizeof any);
    if (ld->opt.pe.dll_search_prefix) {
        p[n++] = arena_printf(&ld->arena, "%s*.dll", ld->opt.pe.dll_search_prefix);
    }
    p[n++] = "lib*.dll";
    p[n] = "*.dll";
}

static bool pe_start(struct ld *ld)
{
    struct pe *pe = ARENA_NEW(&ld->arena, struct pe);
    ld->be_priv = pe;
    pe->is64 = ld->machine != MACH_I386;
    pe->word = pe->is64 ? 8 : 4;
    int lead = ld->opt.pe.leading_underscore;
    pe->prefix = lead == TRI_ON || (lead == TRI_DEFAULT && !pe->is64) ? S("_") : S("");
    set_lib_patterns(ld);
    if (ld->opt.export_dynamic) {
        diag_warning(&ld->diag, "--export-dynamic is not supported for PE%s targets, did you mean "
                     "--export-all-symbols?", pe->is64 ? "+" : "");
    }
    if (ld->opt.elf.rpath.n) {
        diag_warning(&ld->diag, "-rpath has no effect: Windows looks for DLLs beside the program and along PATH");
    }
    if (ld->opt.no_define_common) {
        diag_warning(&ld->diag, "--no-define-common has no effect on Windows images");
    }
    ld_file(ld, 1)->priv = ARENA_NEW(&ld->arena, struct pe_file);
    if (ld->opt.kind == OUT_RELOCATABLE) {
        return pe_settings(ld);
    }
    make_standard_sections(ld);
    pe_define_lists(ld);
    return pe_settings(ld) && pe_delay_start(ld);
}

static bool pe_accept(struct ld *ld, struct object *obj, bool searched)
{
    bool ours = obj->format == OBJ_COFF || obj->format == OBJ_BIGOBJ ||
                obj->format == OBJ_SHORTIMP || obj->format == OBJ_PE;
    if (ours && obj->machine == ld->machine) {
        return true;
    }
    return searched ? false
                    : diag_bad(obj->diag, DIAG_NO_OFFSET, "%s %s given to a link for %s",
                               machine_info(obj->machine)->name, obj_format_text(obj->format),
                               ld->emulation);
}

#define TEXT ".text$"

static bool is_named_after(const struct section *s, struct str suffix)
{
    size_t prefix = obj_unwind_prefix(s->name);
    return prefix && str_eq(str_skip(s->name, prefix), suffix);
}

/* A COMDAT section without a leader, not code: it may be unwind data. */
static bool is_appendix(const struct object *obj, const struct section *s)
{
    const struct comdat *c = s->comdat ? &obj->comdats[s->comdat - 1] : NULL;
    return c && !s->assoc && !(s->flags & SEC_CODE) && c->sym == UINT32_MAX && c->selection == COMDAT_ANY;
}

/* Do the two sections behind the COMDAT function in section I hold its unwind data? Their names say so, most often.
   Relocations do too, and the early election goes by these (coff_elect.c), on the same conditions. */
static bool is_unwound(const struct object *obj, uint32_t i)
{
    const struct section *s = &obj->sections[i];
    const struct comdat *c = s->comdat ? &obj->comdats[s->comdat - 1] : NULL;
    if (!c || !(s->flags & SEC_CODE) || obj->n_sections - i <= 2 || !is_appendix(obj, s + 1) ||
        !is_appendix(obj, s + 2)) {
        return false;
    }
    if (str_starts(s->name, S(TEXT))) {
        struct str suffix = str_skip(s->name, sizeof TEXT - 1);
        if (is_named_after(s + 1, suffix) && is_named_after(s + 2, suffix)) {
            return true;
        }
    }
    return c->selection == COMDAT_ANY && c->sym < obj->n_symbols && obj->symbols[c->sym].binding == BIND_GLOBAL &&
           obj_is_unwound(obj, i);
}

/* gas makes .xdata$f and .pdata$f COMDATs without a leader: they live and die with .text$f, which
   stands near them. Source: spec pe-ld 2.4, "mingw rule". */
static void tie_unwind_sections(struct ld_file *f)
{
    struct object *obj = &f->obj;
    uint32_t text = 0; /* the last .text$ seen */
    struct strmap by_suffix = {0};
    bool mapped = false;
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        struct section *s = &obj->sections[i];
        size_t prefix;
        if (!(s->flags & SEC_COMDAT)) {
            continue;
        }
        if (is_unwound(obj, i)) {
            s[1].assoc = s[2].assoc = i;
            f->has_assoc = true;
        }
        if (str_starts(s->name, S(TEXT))) {
            text = i;
            continue;
        }
        if (s->assoc || (prefix = obj_unwind_prefix(s->name)) == 0) {
            continue;
        }
        struct str suffix = str_skip(s->name, prefix);
        if (text && str_eq(str_skip(obj->sections[text].name, sizeof TEXT - 1), suffix)) {
            s->assoc = text;
            f->has_assoc = true;
            continue;
        }
        for (uint32_t k = 1; !mapped && k < obj->n_sections; k++) {
            if (str_starts(obj->sections[k].name, S(TEXT))) {
                strmap_put(&by_suffix, str_skip(obj->sections[k].name, sizeof TEXT - 1), k, NULL);
            }
        }
        mapped = true;
        uint32_t to = strmap_get(&by_suffix, suffix);
        s->assoc = to == STRMAP_NONE ? 0 : to;
        f->has_assoc |= s->assoc != 0;
    }
    strmap_free(&by_suffix);
}

/* A member that frames the short import objects of a library: descriptor, null descriptor, ends of the
   tables. Our tables have all that. */
static bool is_short_frame(const struct object *obj)
{
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (s->sec != SEC_UNDEF && !sec_is_special(s->sec) && s->binding == BIND_GLOBAL &&
            str_starts(obj->sections[s->sec].name, S(".idata$")) &&
            (str_starts(s->name, S("__IMPORT_DESCRIPTOR_")) ||
             str_is(s->name, "__NULL_IMPORT_DESCRIPTOR") || str_starts(s->name, S("\177")))) {
            return true;
        }
    }
    return false;
}

/* .drectve: read it, and let -aligncomm settle the commons' alignment. */
static void read_directives(struct ld_file *f)
{
    struct object *obj = &f->obj;
    struct pe_file *pf = pe_file_of(f);
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (str_is(obj->sections[i].name, ".drectve")) {
            drectve_parse(obj->sections[i].data, obj->arena, &f->diag, &pf->dv);
        }
    }
    if (!pf->dv.aligncomm.n) {
        return;
    }
    struct strmap aligns = {0};
    for (size_t i = 0; i < pf->dv.aligncomm.n; i++) {
        uint64_t p2;
        if (str_u64(pf->dv.aligncomm.p[i].value, 10, &p2) && p2 <= 13) {
            *strmap_put(&aligns, pf->dv.aligncomm.p[i].name, 0, NULL) = (uint32_t)p2;
        }
    }
    for (uint32_t i = 0; i < f->n_syms; i++) {
        uint32_t p2 = f->syms[i].sec == SEC_COMMON ? strmap_get(&aligns, f->syms[i].name) : STRMAP_NONE;
        if (p2 != STRMAP_NONE) {
            f->syms[i].common_align_p2 = (uint8_t)p2;
        }
    }
    strmap_free(&aligns);
}

/* Which of the sections that need a closer look OBJ has. */
static void look_for(const struct object *obj, bool *idata, bool *drectve)
{
    *idata = *drectve = false;
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        struct str name = obj->sections[i].name;
        if (name.len > 6 && name.p[1] == 'i') {
            *idata = *idata || str_starts(name, S(".idata$"));
        } else if (name.len == 8 && name.p[1] == 'd') {
            *drectve = *drectve || str_is(name, ".drectve");
        }
    }
}

static bool lies_in(const char *p, struct view v)
{
    return (uintptr_t)p - (uintptr_t)v.p < v.len;
}

void pe_own_name(struct ld_file *f, struct str *name)
{
    const struct object *obj = &f->obj;
    if (name->len && (lies_in(name->p, obj->tables) || lies_in(name->p, obj->bytes))) {
        *name = arena_str(f->obj.arena, *name);
    }
}

/* Names that are compared with other files' are copied: a COFF string table is large, full of sections' names that
   nobody reads again, and given back once it has been read. */
static void own_names(struct ld_file *f)
{
    struct object *obj = &f->obj;
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        if (obj->symbols[i].binding != BIND_LOCAL && !(obj->symbols[i].flags & SYMF_LOST)) {
            pe_own_name(f, &obj->symbols[i].name);
        }
    }
}

static bool pe_parsed(struct ld *ld, struct ld_file *f)
{
    bool idata, drectve;
    struct object *obj = &f->obj;
    struct pe_file *pf = ARENA_NEW(obj->arena, struct pe_file);
    f->priv = pf;
    if (f->kind == LD_SHARED) {
        return pe_dll_symbols(ld, f);
    }
    if (f->kind == LD_IMPORT) {
        return obj_load_imports(obj);
    }
    if (obj->format == OBJ_PE) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "a program cannot be linked with");
    }
    if (ld->opt.kind == OUT_RELOCATABLE) {
        tie_unwind_sections(f);
        read_directives(f); /* for the commons; the rest of them is for the last link */
        drectve_free(&pf->dv);
        pf->dv = (struct drectve){0};
        return true;
    }
    look_for(obj, &idata, &drectve);
    if (idata) {
        (void)obj_leave_tables(obj); /* what is kept of such a member is not copied */
        implib_classify(obj, &pf->member);
        if (pf->member.part == IMPLIB_NONE && is_short_frame(obj)) {
            pf->member.part = IMPLIB_HEAD;
        }
    }
    if (pf->member.part != IMPLIB_NONE) {
        f->kind = LD_IMPORT;
        f->chunks = NULL;
        obj->n_comdats = 0;
        return true;
    }
    tie_unwind_sections(f);
    if (drectve) {
        read_directives(f);
    }
    pe_classify_sections(f);
    own_names(f);
    return true;
}

/* IMPORTS of a .def file: each becomes a short import object, as an import library would have it. */
static void add_def_import(struct ld *ld, const struct def_import *d)
{
    struct pe *pe = pe_of(ld);
    struct ld_state st = {0};
    struct str c_name = d->internal.len ? d->internal : d->name;
    bool has_ext = str_find(d->dll, '.') != SIZE_MAX;
    struct buf b = {0};
    uint8_t head[20] = {0};
    put_u16le(head + 2, 0xffff);
    put_u16le(head + 6, (uint16_t)machine_info(ld->machine)->coff);
    put_u16le(head + 16, (uint16_t)d->ordinal);
    put_u16le(head + 18, (uint16_t)((d->by_ordinal ? 0 : IMPORT_OBJECT_NAME_EXPORTAS) << 2));
    buf_add(&b, (const char *)head, sizeof head);
    buf_printf(&b, "%.*s%.*s", Q(pe_is_bare(c_name) ? S("") : pe->prefix), Q(c_name));
    buf_c(&b, '\0');
    buf_printf(&b, "%.*s%s", Q(d->dll), has_ext ? "" : ".dll");
    buf_c(&b, '\0');
    if (!d->by_ordinal) {
        buf_str(&b, d->name);
        buf_c(&b, '\0');
    }
    put_u32le((uint8_t *)b.p + 12, (uint32_t)(b.n - sizeof head));
    struct ld_input *in = ARENA_NEW(&ld->arena, struct ld_input);
    struct str bytes = arena_str(&ld->arena, (struct str){b.p, b.n});
    buf_free(&b);
    in->path = arena_printf(&ld->arena, "%s:%u", pe->def_path, d->line);
    in->origin = (struct origin){NULL, str_c(in->path), ORIGIN_FILE};
    in->file.data = (struct view){(const uint8_t *)bytes.p, bytes.len};
    in->file.fd = -1;
    in->format = OBJ_SHORTIMP;
    (void)ld_add_input(ld, in, &st);
}

/* A .def file or compiled resources on the command line. */
static bool pe_other_input(struct ld *ld, struct ld_input *in)
{
    struct pe *pe = pe_of(ld);
    if (in->format == OBJ_RES) {
        vec_push(&pe->res_inputs, in);
        return true;
    }
    struct str path = str_c(in->path);
    struct str ext = path.len > 4 ? str_skip(path, path.len - 4) : S("");
    if (!str_caseeq(ext, S(".def"))) {
        return false;
    }
    if (pe->has_def) {
        return diag_error(&ld->diag, "%s: there is already a .def file, %s", in->path, pe->def_path);
    }
    pe->has_def = true;
    pe->def_path = in->path;
    if (!def_parse(in->file.data, in->path, &ld->diag, &pe->def)) {
        return false;
    }
    const struct def_file *d = &pe->def;
    for (size_t i = 0; i < d->imports.n; i++) {
        add_def_import(ld, &d->imports.p[i]);
    }
    if (d->is_library && !pe->is_dll && ld->opt.kind != OUT_RELOCATABLE) {
        pe_become_dll(ld);
    }
    if (d->name.len) {
        pe->dll_name = d->name;
        bool bare = str_find(d->name, '.') == SIZE_MAX;
        if (bare) {
            pe->dll_name = str_c(arena_printf(&ld->arena, "%.*s.%s", Q(d->name),
                                              d->is_library ? "dll" : "exe"));
        }
    }
    const struct ld_pe_options *o = &ld->opt.pe; /* the command line has the last word */
    if (!pe_sizes_fit(ld, d->stack_reserve, d->stack_commit) || !pe_sizes_fit(ld, d->heap_reserve, d->heap_commit)) {
        return diag_error(&ld->diag, "%s: a stack or a heap of more than 4 GiB", in->path);
    }
    if (d->has_stack && !o->stack) {
        pe->stack_reserve = d->stack_reserve;
        pe->stack_commit = d->stack_commit ? d->stack_commit : pe->stack_commit;
    }
    if (d->has_heap && !o->heap) {
        pe->heap_reserve = d->heap_reserve;
        pe->heap_commit = d->heap_commit ? d->heap_commit : pe->heap_commit;
    }
    if (d->has_base && ld->opt.pe.image_base == UINT64_MAX) {
        ld->image_base = d->base;
        pe->asked_base = true;
        if (!pe_base_fits(ld)) {
            return diag_error(&ld->diag, "%s: image base 0x%llx is not a multiple of 64 KiB in range", in->path,
                              (unsigned long long)d->base);
        }
    }
    if (d->has_version) {
        pe->ver.major_image = o->major_image_version == UINT64_MAX ? d->major : pe->ver.major_image;
        pe->ver.minor_image = o->minor_image_version == UINT64_MAX ? d->minor : pe->ver.minor_image;
    }
    for (size_t i = 0; i < d->exports.n; i++) {
        struct str s = d->exports.p[i].internal.len ? d->exports.p[i].internal : d->exports.p[i].name;
        bool forward = d->exports.p[i].internal.len && str_find(s, '.') != SIZE_MAX;
        if (!forward) {
            ld_reference(ld, str_c(arena_printf(&ld->arena, "%.*s%.*s", Q(pe->prefix), Q(s))));
        }
    }
    return true;
}

static bool read_version_scripts(struct ld *ld)
{
    struct version_script *vs = ld->versions; /* VERSION in a linker script */
    bool ok = true;
    for (size_t i = 0; i < ld->opt.version_scripts.n; i++) {
        struct ld_input *in = ld_open_text(ld, ld->opt.version_scripts.p[i], true);
        vs = vs ? vs : ARENA_NEW(&ld->arena, struct version_script);
        ok = in && verscript_parse(vs, in->file.data, in->path, &ld->diag) && ok;
    }
    ld->versions = vs;
    const struct ld_elf_options *o = &ld->opt.elf;
    if (o->dynamic_list.n + o->export_dynamic_symbol.n + o->export_dynamic_lists.n) {
        struct version_script *list = pe_of(ld)->dynlist = ARENA_NEW(&ld->arena, struct version_script);
        for (size_t i = 0; i < o->dynamic_list.n; i++) {
            struct ld_input *in = ld_open_text(ld, o->dynamic_list.p[i], true);
            ok = in && dynlist_parse(list, in->file.data, in->path, &ld->diag) && ok;
        }
        for (size_t i = 0; i < o->export_dynamic_lists.n; i++) {
            struct ld_input *in = ld_open_text(ld, o->export_dynamic_lists.p[i], true);
            ok = in && dynlist_parse(list, in->file.data, in->path, &ld->diag) && ok;
        }
        for (size_t i = 0; i < o->export_dynamic_symbol.n; i++) {
            verscript_add(list, str_c(o->export_dynamic_symbol.p[i]), false);
        }
    }
    return ok;
}

static bool is_root(struct str name)
{
    static const char *const prefixes[] = {".ctors", ".dtors", ".CRT$", ".tls", ".init", ".fini",
                                           ".jcr", ".rsrc", ".eh_frame", ".gcc_except_table",
                                           ".idata$", ".rdata_runtime_pseudo_reloc"};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (str_starts(name, str_c(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

static void keep(struct ld *ld, const char *name)
{
    const char *s = arena_printf(&ld->arena, "%.*s%s", Q(pe_of(ld)->prefix), name);
    uint32_t id = ld_lookup(ld, str_c(s));
    if (id != LD_NO_SYM) {
        ld_need(ld, id, LDS_KEEP);
    }
}

static void pe_gc_roots(struct ld *ld)
{
    keep(ld, "_tls_used");
    keep(ld, "_load_config_used");
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; i < f->n_live; i++) {
            uint32_t s = f->live[i];
            if (!f->obj.sections[s].assoc && is_root(f->obj.sections[s].name)) {
                f->chunks[s].flags |= LDC_ROOT;
            }
            if (str_starts(f->obj.sections[s].name, S(".eh_frame"))) {
                f->chunks[s].flags |= LDC_WEAK_REFS;
            }
        }
        if (f->chunks) {
            pe_tie_unwind(f);
        }
    }
}

static void write_rsrc(struct ld *ld, const struct ld_chunk *c, uint8_t *out)
{
    rsrc_write(c->priv, (uint32_t)ld_chunk_addr(ld, c), out);
}

bool pe_gather_rsrc(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    bool ok = true;
    rsrc_init(&pe->rsrc, &ld->diag);
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        bool any = false;
        for (uint32_t i = 0; i < f->n_live; i++) {
            uint32_t s = f->live[i];
            if (pe_is_rsrc(f, s) && f->chunks[s].flags & LDC_LIVE) {
                f->chunks[s].flags &= ~(uint32_t)LDC_LIVE;
                any = true;
            }
        }
        ok = (!any || rsrc_add_object(&pe->rsrc, &f->obj)) && ok;
    }
    for (size_t i = 0; i < pe->res_inputs.n; i++) {
        const struct ld_input *in = pe->res_inputs.p[i];
        ok = rsrc_add_res(&pe->rsrc, in->file.data, &in->origin) && ok;
    }
    if (ld->opt.pe.manifest) {
        struct ld_input *in = ld_open_input(ld, ld->opt.pe.manifest, true);
        if (!in) {
            return false;
        }
        rsrc_add_leaf(&pe->rsrc, RSRC_RT_MANIFEST, pe->is_dll ? 2 : 1, 1033, in->file.data, &in->origin);
    }
    return ok && rsrc_merge(&pe->rsrc);
}

/* The resources of all inputs become one tree. Before sections are assigned. */
static bool make_rsrc(struct ld *ld)
{
    static const struct ld_chunk_ops ops = {"resources", write_rsrc};
    struct pe *pe = pe_of(ld);
    if (!pe_gather_rsrc(ld)) {
        return false;
    }
    if (pe->rsrc.size) {
        struct ld_chunk *c = ld_new_chunk(ld, &ops, pe->rsrc.size, 2, &pe->rsrc);
        pe_bucket_add(ld, pe_standard_osec(ld, ".rsrc"), 0, c);
    }
    return true;
}

static bool check_entry(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (ld->entry == LD_NO_SYM) {
        return true;
    }
    const struct ld_sym *g = ld_sym(ld, ld->entry);
    if (g->rank >= RANK_WEAK_EXT) {
        return true;
    }
    if (pe->entry_optional) { /* nobody asked for it: as GNU ld */
        pe->entry_at_text = !pe->is_dll;
        if (pe->entry_at_text) {
            diag_warning(&ld->diag, "cannot find entry symbol %.*s; the program starts at the beginning of .text "
                         "(-e SYMBOL says where; a compiler driver brings start-up files)",
                         Q(ld_sym_name(ld, ld->entry)));
        }
        ld->entry = LD_NO_SYM;
        return true;
    }
    return diag_error(&ld->diag, "undefined entry symbol: %.*s", Q(ld_sym_name(ld, ld->entry)));
}

/* Sections and symbols. Gives the section that holds the commons; NULL after a diagnostic. */
static struct ld_osec *assign_sections(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    bool full = ld_script_full(ld); /* then the rest is done once all tables are made */
    struct ld_osec *commons = full ? pe_osec(ld, "COMMON", (uint32_t)pe->bss->raw_flags, 0) : pe->bss;
    ld_script_symbols(ld);
    if (full) {
        pe_gather_pdata(ld);
    } else {
        pe_script_insert(ld);
        pe_assign_sections(ld);
        pe_section_directives(ld);
    }
    if (!pe_make_debug_directory(ld)) {
        return NULL;
    }
    pe_define_symbols(ld);
    pe_define_guard(ld);
    ld_alloc_commons(ld, commons, NULL);
    if (!full) {
        pe_take_commons(ld);
    }
    return commons;
}

static bool layout(struct ld *ld, struct ld_osec *commons)
{
    if (ld->opt.emit_relocs) { /* readers of images take these header fields for counts of lines */
        diag_warning(&ld->diag, "--emit-relocs has no effect on Windows images");
    }
    if (ld_script_full(ld)) {
        return pe_script_layout(ld, commons);
    }
    pe_order_sections(ld);
    if (!ld_fixed_addresses(ld) || !pe_layout(ld) || !ld_script_assignments(ld)) {
        return false;
    }
    ld_script_place_symbols(ld, pe_of(ld)->order.p, pe_of(ld)->order.n);
    return true;
}

/* --force-exe-suffix: the image a second time, under a name that Windows runs. */
static bool write_exe(struct ld *ld)
{
    struct str name = str_c(ld->opt.output);
    struct str ext = name.len > 4 ? str_skip(name, name.len - 4) : S("");
    if (!ld->opt.pe.force_exe_suffix || str_caseeq(ext, S(".exe")) || str_caseeq(ext, S(".dll"))) {
        return true;
    }
    const char *path = arena_printf(&ld->arena, "%s.exe", ld->opt.output);
    struct file in;
    struct outfile out;
    int err = file_open(&in, ld->opt.output, 0);
    if (err) {
        return diag_errno(&ld->diag, ld->opt.output, err);
    }
    err = outfile_begin(&out, path, 0777);
    if (!err) {
        err = outfile_pwrite(&out, in.data.p, (size_t)in.data.len, 0);
        err = err ? (outfile_abort(&out), err) : outfile_commit(&out);
    }
    file_close(&in);
    return !err || diag_errno(&ld->diag, path, err);
}

static bool pe_link(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    if (ld->opt.kind == OUT_RELOCATABLE) {
        return pe_link_relocatable(ld);
    }
    ld_pass(ld, "imports");
    pe_collect_imports(ld);
    if (!read_version_scripts(ld) || !pe_collect_exports(ld)) {
        return false;
    }
    if (!pe_script_start(ld) || !check_entry(ld)) {
        return false;
    }
    if (ld->opt.gc_sections) {
        ld_pass(ld, "gc");
        if (!ld_gc(ld)) {
            return false;
        }
    }
    if (ld->opt.icf != ICF_NONE) {
        ld_pass(ld, "icf");
        pe_icf_prepare(ld);
        if (!ld_icf(ld)) {
            return false;
        }
    }
    if (!ld_read_order(ld)) {
        return false;
    }
    ld_pass(ld, "sections");
    if (ld->opt.gc_sections) {
        pe_trim_eh_frame(ld);
    }
    if (!make_rsrc(ld)) {
        return false;
    }
    struct ld_osec *commons = assign_sections(ld);
    if (!commons) {
        return false;
    }
    /* Beyond this point every symbol that will be defined is. */
    ld_pass(ld, "scan relocations");
    if (!pe_scan(ld) || !pe_size_pseudo(ld)) {
        return false;
    }
    pe_make_edata(ld);
    if (!pe_build_imports(ld) || !pe_make_pdata(ld) || !pe_build_guard(ld)) {
        return false;
    }
    pe_set_late(ld);
    ld_pass(ld, "layout");
    if (!layout(ld, commons)) {
        return false;
    }
    /* Beyond this point addresses and sizes do not change. */
    ld_pass(ld, "values");
    ld_set_values(ld);
    pe_place_imports(ld);
    pe_set_weak_values(ld);
    ld_pass(ld, "symbol table");
    pe_place_symbols(ld);
    if (ld->entry != LD_NO_SYM) {
        pe->entry_rva = (uint32_t)ld->tab.values[ld->entry];
    } else if (pe->entry_at_text && pe->text->number) {
        pe->entry_rva = (uint32_t)pe->text->addr;
    }
    ld_pass(ld, "write");
    return pe_write(ld) && write_exe(ld);
}

static void pe_forget(const struct ld_file *f)
{
    struct pe_file *pf = f ? pe_file_of(f) : NULL;
    if (pf) {
        drectve_free(&pf->dv);
        vec_free(&pf->follow);
        vec_free(&pf->sites);
        vec_free(&pf->pseudos);
    }
}

/* Those that an error kept out of the link have been parsed too. */
static void free_files(struct ld *ld)
{
    for (size_t k = 1; k < ld->files.n; k++) {
        pe_forget(ld->files.p[k]);
    }
    for (size_t k = 0; k < ld->items.n; k++) {
        pe_forget(ld->items.p[k].file);
    }
    for (size_t k = 0; k < ld->archives.n; k++) {
        for (uint32_t m = 0; m < ld->archives.p[k]->n_members; m++) {
            pe_forget(ld->archives.p[k]->members[m].file);
        }
    }
}

static void pe_end(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    free_files(ld);
    for (size_t i = 0; i < pe->dlls.n; i++) {
        vec_free(&pe->dlls.p[i].imports);
    }
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct pe_osec *po = ld->osecs.p[i]->priv;
        for (int b = 0; po && b < PE_BUCKETS; b++) {
            vec_free(&po->buckets[b].v);
        }
    }
    if (ld->versions) {
        verscript_free(ld->versions);
    }
    ld_script_free(ld);
    pe_delay_end(ld);
    pe_directives_end(ld);
    pe_guard_end(ld);
    if (pe->dynlist) {
        verscript_free(pe->dynlist);
    }
    pe_free_late(pe);
    vec_free(&pe->searched);
    vec_free(&pe->raw_descs);
    def_free(&pe->def);
    strmap_free(&pe->excluded);
    strmap_free(&pe->dll_by_name);
    vec_free(&pe->exports);
    vec_free(&pe->dlls);
    vec_free(&pe->imports);
    rsrc_free(&pe->rsrc);
    vec_free(&pe->res_inputs);
    vec_free(&pe->cells);
    vec_free(&pe->aliases);
    vec_free(&pe->thunk_recs);
    vec_free(&pe->base_sites);
    vec_free(&pe->order);
}

const struct backend pe_backend = {
    .name = "pe",
    .start = pe_start,
    .lib_patterns = pe_lib_patterns,
    .accept = pe_accept,
    .other_input = pe_other_input,
    .parsed = pe_parsed,
    .forget = pe_forget,
    .added = pe_take_directives,
    .unresolved = pe_unresolved,
    .gc_roots = pe_gc_roots,
    .gc_extra = pe_gc_extra,
    .icf_kind = pe_icf_kind,
    .icf_bound = pe_icf_bound,
    .icf_extra = pe_icf_extra,
    .icf_folded = pe_icf_folded,
    .link = pe_link,
    .relocate = pe_relocate,
    .end = pe_end,
};
