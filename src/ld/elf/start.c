/* start.c - the ELF link's options and defaults; which inputs belong; what a parsed file tells. */
#include <stdlib.h>

#include "ld/elf/elf_ld.h"

/* ---- -z -------------------------------------------------------------------------------------------- */

static bool z_value(const char *text, const char *key, uint64_t *out)
{
    size_t n = strlen(key);
    return strncmp(text, key, n) == 0 && text[n] == '=' && str_u64(str_c(text + n + 1), 0, out);
}

static bool z_flag(struct elf_z *z, const char *k)
{
    static const struct { const char *name; size_t field; bool value; } table[] = {
#define Z(name, field, value) {name, offsetof(struct elf_z, field), value}
        Z("now", now, true), Z("lazy", now, false), Z("origin", origin, true),
        Z("nodelete", nodelete, true), Z("nodlopen", nodlopen, true), Z("initfirst", initfirst, true),
        Z("interpose", interpose, true), Z("nodefaultlib", nodefaultlib, true), Z("global", global, true),
        Z("nodump", nodump, true), Z("loadfltr", loadfltr, true), Z("globalaudit", globalaudit, true),
        Z("unique", unique, true), Z("nounique", unique, false), Z("common", common, true),
        Z("nocommon", nocommon, true), Z("norelro", norelro, true), Z("relro", norelro, false),
        Z("notext", notext, true), Z("textoff", notext, true), Z("text", notext, false),
        Z("nocopyreloc", nocopyreloc, true), Z("report-relative-reloc", report_relative, true),
        Z("ibtplt", ibtplt, true), Z("ibt", force_ibt, true),
        Z("force-ibt", force_ibt, true), Z("force-bti", force_bti, true),
        Z("pac-plt", pac_plt, true), Z("shstk", shstk, true),
        Z("pack-relative-relocs", pack_relr, true), Z("nopack-relative-relocs", pack_relr, false),
        Z("start-stop-gc", start_stop_gc, true), Z("nostart-stop-gc", start_stop_gc, false),
        Z("keep-text-section-prefix", keep_text_prefix, true),
        Z("nokeep-text-section-prefix", keep_text_prefix, false), Z("defs", defs, true),
        Z("undefs", defs, false), Z("separate-code", separate_code, true),
        Z("noseparate-code", separate_code, false), Z("muldefs", muldefs, true),
        Z("dynamic-undefined-weak", dynamic_undefined_weak, true),
        Z("nodynamic-undefined-weak", dynamic_undefined_weak, false), Z("unique-symbol", unique_symbol, true),
        Z("nounique-symbol", unique_symbol, false), Z("separate-loadable-segments", separate_segments, true),
        Z("noseparate-loadable-segments", separate_segments, false)
#undef Z
    };
    /* keywords that ask for what is always so here, or for what no loader of today reads */
    static const char *const accepted[] = {"combreloc", "nocombreloc", "noextern-protected-data",
                                           "extern-protected-data", "nomemory-seal", NULL};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(k, table[i].name) == 0) {
            *(bool *)((char *)z + table[i].field) = table[i].value;
            return true;
        }
    }
    for (size_t i = 0; accepted[i]; i++) {
        if (strcmp(k, accepted[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* -z x86-64-v3 and its like: what the processor must have. */
static bool z_level(struct ld *ld, struct elf_z *z, const char *k)
{
    static const char *const levels[] = {"baseline", "v2", "v3", "v4"};
    for (unsigned i = 0; i < 4; i++) {
        if (strcmp(k, levels[i]) == 0) {
            z->isa_level = 1u << i;
            return true;
        }
    }
    return diag_error(&ld->diag, "-z x86-64-%s: it is baseline, v2, v3 or v4", k);
}

/* KEYWORD=none|warning|error. */
static bool z_report(struct ld *ld, const char *k, uint8_t *out)
{
    static const char *const how[] = {"none", "warning", "error"};
    const char *v = strchr(k, '=') + 1;
    for (uint8_t i = 0; i < 3; i++) {
        if (strcmp(v, how[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return diag_error(&ld->diag, "-z %s: it is none, warning or error", k);
}

/* What only x86-64 has. False: no such keyword; *OK: it was understood. */
static bool z_x86_64(struct ld *ld, struct elf_z *z, const char *k, bool *ok)
{
    if (ld->machine != MACH_X86_64) {
        return false;
    }
    if (strncmp(k, "x86-64-", 7) == 0) {
        *ok = z_level(ld, z, k + 7);
    } else if (strcmp(k, "lam-u48") == 0) {
        z->features |= GNU_PROPERTY_X86_FEATURE_1_LAM_U48 | GNU_PROPERTY_X86_FEATURE_1_LAM_U57;
    } else if (strcmp(k, "lam-u57") == 0) {
        z->features |= GNU_PROPERTY_X86_FEATURE_1_LAM_U57;
    } else if (strncmp(k, "lam-u48-report=", 15) == 0) {
        *ok = z_report(ld, k, &z->lam_u48_report);
    } else if (strncmp(k, "lam-u57-report=", 15) == 0) {
        *ok = z_report(ld, k, &z->lam_u57_report);
    } else if (strncmp(k, "lam-report=", 11) == 0) {
        *ok = z_report(ld, k, &z->lam_u48_report);
        z->lam_u57_report = z->lam_u48_report;
    } else {
        return false;
    }
    return true;
}

/* call-nop=prefix-addr, call-nop=suffix-nop, or the byte as a number. */
static bool z_call_nop(struct ld *ld, struct elf_z *z, const char *k)
{
    const char *v = strchr(k, '=') + 1;
    uint64_t byte = 0x67;
    bool behind = strncmp(v, "suffix-", 7) == 0;
    if (!behind && strncmp(v, "prefix-", 7) != 0) {
        return diag_error(&ld->diag, "-z %s: it is prefix-addr, suffix-nop, prefix-BYTE or suffix-BYTE", k);
    }
    if (behind && strcmp(v, "suffix-nop") == 0) {
        byte = 0x90;
    } else if (strcmp(v, "prefix-addr") != 0 && (!str_u64(str_c(v + 7), 0, &byte) || byte > UINT8_MAX)) {
        return diag_error(&ld->diag, "-z %s: '%s' is no byte", k, v + 7);
    }
    z->call_nop = behind || byte != 0x67;
    z->call_nop_behind = behind;
    z->call_nop_byte = (uint8_t)byte;
    return true;
}

static bool read_z(struct ld *ld, struct elf_link *e)
{
    for (size_t i = 0; i < ld->opt.elf.z.n; i++) {
        const char *k = ld->opt.elf.z.p[i];
        bool ok = true;
        uint64_t v;
        if (z_x86_64(ld, &e->z, k, &ok)) {
            if (!ok) {
                return false;
            }
        } else if (z_value(k, "max-page-size", &v) || z_value(k, "common-page-size", &v)) {
            if (!is_pow2(v) || v > UINT32_MAX) {
                return diag_error(&ld->diag, "-z %s: not a power of two", k);
            }
            *(k[0] == 'm' ? &e->max_page : &e->common_page) = (uint32_t)v;
        } else if (strncmp(k, "cet-report=", 11) == 0 || strncmp(k, "bti-report=", 11) == 0) {
            if (!z_report(ld, k, &e->z.cet_report)) {
                return false;
            }
        } else if (strncmp(k, "call-nop=", 9) == 0) {
            if (!z_call_nop(ld, &e->z, k)) {
                return false;
            }
        } else if (strncmp(k, "start-stop-visibility=", 22) == 0) {
            static const char *const names[] = {
                [VIS_DEFAULT] = "default", [VIS_INTERNAL] = "internal", [VIS_HIDDEN] = "hidden",
                [VIS_PROTECTED] = "protected"};
            uint8_t vis = 0;
            while (vis < 4 && strcmp(k + 22, names[vis]) != 0) {
                vis++;
            }
            if (vis == 4) {
                return diag_error(&ld->diag, "-z %s: it is default, internal, hidden or protected", k);
            }
            e->z.start_stop_vis = vis;
        } else if (strcmp(k, "indirect-extern-access") == 0 || strcmp(k, "noindirect-extern-access") == 0) {
            e->z.indirect_extern = k[0] == 'i' ? TRI_ON : TRI_OFF;
        } else if (strcmp(k, "execstack") == 0 || strcmp(k, "noexecstack") == 0) {
            e->z.execstack = k[0] == 'e';
            e->z.noexecstack = !e->z.execstack;
        } else if (z_value(k, "stack-size", &v)) {
            e->z.stack_size = v;
        } else if (!z_flag(&e->z, k)) {
            diag_warning(&ld->diag, "unknown -z keyword '%s' ignored", k);
        }
    }
    if (e->common_page > e->max_page) {
        e->common_page = e->max_page;
    }
    ld->opt.no_undefined |= e->z.defs;
    ld->opt.allow_multiple_definition |= e->z.muldefs;
    e->z.ibtplt |= e->z.force_ibt;
    e->z.nocopyreloc |= e->z.indirect_extern == TRI_ON;
    e->z.notext |= ld->opt.elf.warn_textrel;
    return true;
}

/* ---- start ----------------------------------------------------------------------------------------- */

static bool read_file(struct ld *ld, const char *path, struct view *out)
{
    struct ld_input *in = ld_open_text(ld, path, true);
    if (in) {
        *out = in->file.data;
    }
    return in != NULL;
}

static bool read_dynlists(struct ld *ld, struct elf_link *e)
{
    const struct ld_elf_options *o = &ld->opt.elf;
    e->dynlist = ARENA_NEW(&ld->arena, struct version_script);
    const ld_strings *lists[] = {&o->dynamic_list, &o->export_dynamic_lists};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < lists[k]->n; i++) {
            struct view text;
            if (!read_file(ld, lists[k]->p[i], &text) ||
                !dynlist_parse(e->dynlist, text, lists[k]->p[i], &ld->diag)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < o->export_dynamic_symbol.n; i++) {
        verscript_add(e->dynlist, str_c(o->export_dynamic_symbol.p[i]), false);
    }
    static const char *const fresh[] = {"_Znw*", "_Zna*", "_Zdl*", "_Zda*"}, *const info[] = {"_ZTI*", "_ZTS*"};
    for (int i = 0; i < 4 && o->dynamic_list_cpp_new; i++) {
        verscript_add(e->dynlist, str_c(fresh[i]), false);
    }
    for (int i = 0; i < 2 && o->dynamic_list_cpp_typeinfo; i++) {
        verscript_add(e->dynlist, str_c(info[i]), false);
    }
    e->has_dynlist = o->dynamic_list.n + o->export_dynamic_symbol.n + o->export_dynamic_lists.n + o->dynamic_list_data +
                         o->dynamic_list_cpp_new +
                         o->dynamic_list_cpp_typeinfo > 0;
    e->binds_unlisted = o->dynamic_list.n || o->dynamic_list_data || o->dynamic_list_cpp_new ||
                        o->dynamic_list_cpp_typeinfo;
    return true;
}

static bool read_versions(struct ld *ld, struct elf_link *e)
{
    if (!ld->versions) {
        ld->versions = ARENA_NEW(&ld->arena, struct version_script);
        for (size_t i = 0; i < ld->opt.version_scripts.n; i++) {
            struct view text;
            if (!read_file(ld, ld->opt.version_scripts.p[i], &text) ||
                !verscript_parse(ld->versions, text, ld->opt.version_scripts.p[i], &ld->diag)) {
                return false;
            }
        }
    }
    struct str name = ld->opt.elf.soname ? str_c(ld->opt.elf.soname) : str_basename(str_c(ld->opt.output));
    bool wanted = ld->opt.elf.default_symver && ld->opt.kind != OUT_RELOCATABLE;
    if (wanted && ld->versions->anonymous && ld->versions->nodes.n == 1) {
        ld->versions->nodes.p[0].name = name;
        ld->versions->anonymous = false;
    }
    if (wanted && !ld->versions->nodes.n) {
        vec_push(&ld->versions->nodes, (struct ver_node){.name = name});
        verscript_add(ld->versions, S("*"), false);
    }
    e->versions = ld->versions;
    e->has_versions = e->versions->nodes.n > 0;
    return true;
}

/* Where libraries are when no -L says so. */
static void add_default_dirs(struct ld *ld)
{
    static const char *const multiarch[] = {"=/usr/local/lib/%s", "=/lib/%s", "=/usr/lib/%s", NULL};
    static const char *const plain[] = {"=/usr/local/lib", "=/lib", "=/usr/lib", NULL};
    const char *triplet = ld->machine == MACH_X86_64 ? "x86_64-linux-gnu"
                          : ld->machine == MACH_I386 ? "i386-linux-gnu" : "aarch64-linux-gnu";
    for (int i = 0; multiarch[i]; i++) {
        size_t n = strlen(multiarch[i]) - 2;
        vec_push(&ld->opt.lib_dirs, arena_printf(&ld->arena, "%.*s%s", (int)n, multiarch[i], triplet));
    }
    for (int i = 0; plain[i]; i++) {
        vec_push(&ld->opt.lib_dirs, plain[i]);
    }
}

static bool elf_start(struct ld *ld)
{
    struct elf_link *e = ARENA_NEW(&ld->arena, struct elf_link);
    ld->be_priv = e;
    ld->image_base = 0;
    e->shared = ld->opt.kind == OUT_SHARED;
    e->pic = e->shared || ld->opt.kind == OUT_PIE;
    e->word = ld->arch->word;
    e->rela = ld->machine != MACH_I386;
    e->rel_size = e->word == 8 ? RELA64_SIZE : REL32_SIZE;
    e->max_page = ld->arch->max_page;
    e->common_page = ld->arch->common_page;
    e->z.separate_code = ld->machine != MACH_ARM64;
    e->z.start_stop_vis = VIS_PROTECTED;
    e->z.dynamic_undefined_weak = true;
    e->tlsld = -1;
    vec_push(&e->x, (struct elf_x){0});
    vec_push(&e->dynsyms, 0);
    if (!ld->opt.output) {
        ld->opt.output = "a.out";
    }
    if (!e->shared && ld->opt.elf.filter.n + ld->opt.elf.auxiliary.n) {
        return diag_error(&ld->diag, "%s may not be used without -shared", ld->opt.elf.filter.n ? "-F" : "-f");
    }
    if (!elf_check_sort(ld) || !read_z(ld, e) || !read_dynlists(ld, e) || !read_versions(ld, e)) {
        return false;
    }
    if (!ld->opt.entry && ld->opt.kind != OUT_RELOCATABLE) {
        ld->opt.entry = "_start"; /* of shared libraries too: dynamic linkers have one */
        e->own_entry = e->own_start = true;
    }
    ld->entry = LD_NO_SYM;
    e->n_user_dirs = ld->opt.lib_dirs.n;
    if (!ld->opt.nostdlib) {
        add_default_dirs(ld);
    }
    for (size_t i = 0; i < ld->opt.undefined.n; i++) {
        ld_reference(ld, str_c(ld->opt.undefined.p[i]));
    }
    for (size_t i = 0; i < ld->opt.require_defined.n; i++) {
        ld_reference(ld, str_c(ld->opt.require_defined.p[i]));
    }
    if (ld->opt.entry && *ld->opt.entry && !e->shared) {
        ld_reference(ld, str_c(ld->opt.entry));
    }
    return true;
}

static void elf_end(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    if (!e) {
        return;
    }
    vec_free(&e->x);
    free(e->rel_dyn_bytes);
    free(e->relr_bytes);
    vec_free(&e->iplt_got);
    ld_script_free(ld);
    vec_free(&e->got_x);
    vec_free(&e->plt_x);
    vec_free(&e->pltgot_x);
    vec_free(&e->copy_x);
    vec_free(&e->dynsyms);
    vec_free(&e->order);
    elf_free_thunks(e);
    elf_free_errata(e);
    vec_free(&e->aliases);
    buf_free(&e->dynstr_buf);
    buf_free(&e->verneed_buf);
    buf_free(&e->verdef_buf);
    strmap_free(&e->dynstr_map);
    free(e->attr);
    if (e->dynlist) {
        verscript_free(e->dynlist);
    }
    for (size_t i = 1; i < ld->files.n; i++) {
        struct elf_file *ef = elf_file(ld->files.p[i]);
        if (ef) {
            vec_free(&ef->needs);
            vec_free(&ef->zeros);
            vec_free(&ef->dynrels);
        }
    }
    ld->be_priv = NULL;
}

/* ---- inputs ---------------------------------------------------------------------------------------- */

static const char *const *elf_lib_patterns(const struct ld *ld, bool is_static)
{
    static const char *const both[] = {"lib*.so", "lib*.a", NULL}, *const only_a[] = {"lib*.a", NULL};
    return is_static || ld->opt.is_static || ld->opt.kind == OUT_RELOCATABLE ? only_a : both;
}

static bool elf_accept(struct ld *ld, struct object *obj, bool searched)
{
    bool good = obj->format == OBJ_ELF && obj->machine == ld->machine && !obj->big_endian &&
                obj->is64 == (ld->arch->word == 8);
    if (good && (obj->type == OBJ_TYPE_RELOCATABLE || obj->type == OBJ_TYPE_SHARED)) {
        return obj->type == OBJ_TYPE_RELOCATABLE || ld->opt.kind != OUT_RELOCATABLE || searched ||
               diag_bad(obj->diag, DIAG_NO_OFFSET, "shared library in a link with -r");
    }
    if (searched) {
        return false;
    }
    if (obj->format != OBJ_ELF) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "%s cannot be linked into an ELF output",
                        obj_format_text(obj->format));
    }
    if (!good) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "is for %s, the output is %s",
                        obj_target_name(obj), machine_info(ld->machine)->name);
    }
    return diag_bad(obj->diag, DIAG_NO_OFFSET, "is a program, neither an object nor a library");
}

/* Sections that describe the input file itself, or speak to the linker, are not copied. */
static bool is_metadata(const struct section *s)
{
    switch (s->raw_type) {
    case SHT_NULL: case SHT_SYMTAB: case SHT_STRTAB: case SHT_RELA: case SHT_REL: case SHT_GROUP:
    case SHT_SYMTAB_SHNDX: case SHT_RELR: case SHT_CREL:
    case 0x6fff4c03u: /* SHT_LLVM_ADDRSIG */
    case 0x6fff4c04u: /* SHT_LLVM_DEPENDENT_LIBRARIES */
    case 0x6fff4c00u: /* SHT_LLVM_ODRTAB */
        return true;
    default:
        return str_is(s->name, ".note.GNU-stack") || str_is(s->name, ".note.gnu.property") ||
               str_is(s->name, ".gnu_debuglink") || str_starts(s->name, S(".gnu.warning.")) || s->flags & SEC_LTO;
    }
}

static void sort_out_sections(struct ld *ld, struct ld_file *f)
{
    bool strip = ld->opt.strip != STRIP_NONE, keep_all = ld->opt.kind == OUT_RELOCATABLE;
    for (uint32_t i = 1; i < f->obj.n_sections; i++) {
        const struct section *s = &f->obj.sections[i];
        struct ld_chunk *c = &f->chunks[i];
        bool debug = c->flags & LDC_DEBUG && !(s->raw_flags & SHF_ALLOC);
        if (!debug) {
            c->flags &= ~(uint32_t)LDC_DEBUG;
        }
        if (keep_all && s->flags & SEC_EXCLUDE) {
            c->flags |= LDC_LIVE;
        }
        if (is_metadata(s) ? !(keep_all && s->flags & SEC_LTO) : strip && debug) {
            c->flags &= ~(uint32_t)LDC_LIVE;
        }
        if (!(s->raw_flags & SHF_ALLOC)) {
            c->flags |= LDC_DEBUG; /* neither a gc root nor swept, and not scanned */
        }
        if (c->flags & LDC_LIVE) {
            elf_classify_section(s, c);
        }
    }
}

static bool elf_parsed(struct ld *ld, struct ld_file *f)
{
    f->priv = ARENA_NEW(f->obj.arena, struct elf_file);
    if (f->kind == LD_SHARED) {
        return elf_shared_versions(ld, f);
    }
    sort_out_sections(ld, f);
    if (ld->opt.gc_sections) {
        elf_note_roots(f);
    }
    elf_read_notes(ld, f);
    return elf_object_versions(ld, f) && elf_parse_eh_frame(ld, f);
}

static bool elf_added(struct ld *ld, struct ld_file *f)
{
    (void)ld;
    (void)f;
    return true;
}

static bool elf_unresolved(struct ld *ld)
{
    bool any = elf_copy_needed(ld);
    return elf_bind_versions(ld) || any;
}

const struct backend elf_backend = {
    .name = "elf",
    .commons_take_members = true,
    .start = elf_start,
    .lib_patterns = elf_lib_patterns,
    .accept = elf_accept,
    .parsed = elf_parsed,
    .added = elf_added,
    .unresolved = elf_unresolved,
    .makes_symbol = elf_makes_symbol,
    .gc_roots = elf_gc_roots,
    .gc_extra = elf_gc_extra,
    .icf_kind = elf_icf_kind,
    .icf_bound = elf_icf_bound,
    .icf_extra = elf_icf_extra,
    .link = elf_link,
    .relocate = elf_relocate,
    .patch = elf_patch,
    .end = elf_end,
};
