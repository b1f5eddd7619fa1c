/* obj.c - detect, open, and the lazily loaded parts of an object. */
#include "obj/obj.h"

#include <stdio.h>

#include "base/ckint.h"
#include "base/limits.h"
#include "obj/reader.h"

static const struct {
    const char *name, *text;
    bool (*probe)(struct view);
    const struct reader *reader;
} formats[OBJ_N_FORMATS] = {
#define FORMAT(id, name, text, probe, reader) {name, text, probe, reader},
#include "obj/formats.def"
#undef FORMAT
};

enum obj_format obj_detect(struct view v)
{
    unsigned f = 0;
    while (f < OBJ_UNKNOWN && !formats[f].probe(v)) {
        f++;
    }
    return (enum obj_format)f;
}

const char *obj_format_name(enum obj_format f)
{
    return formats[f].name;
}

const char *obj_format_text(enum obj_format f)
{
    return formats[f].text;
}

bool obj_format_readable(enum obj_format f)
{
    return formats[f].reader != NULL;
}

static const struct machine_info machines[MACH_N] = {
    [MACH_UNKNOWN] = {"unknown", -1, -1, -1, 0, false},
#define MACHINE(id, name, elf, coff, macho, bits, linkable) \
    [MACH_##id] = {name, elf, coff, macho, bits, linkable},
#include "obj/machine.def"
#undef MACHINE
};

/* e_machine -> row for the official numbers, which are dense; rows without one share a last cell. */
enum { N_ELF_INDEX = 512 };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static const uint16_t elf_index[N_ELF_INDEX + 1] = {
#define MACHINE(id, name, elf, coff, macho, bits, linkable) \
    [(elf) >= 0 && (elf) < N_ELF_INDEX ? (elf) : N_ELF_INDEX] = MACH_##id,
#include "obj/machine.def"
#undef MACHINE
};
#pragma GCC diagnostic pop

const struct machine_info *machine_info(enum machine m)
{
    return &machines[m];
}

enum machine machine_from_elf(uint32_t e_machine)
{
    if (e_machine < N_ELF_INDEX) {
        return (enum machine)elf_index[e_machine];
    }
    for (unsigned m = 1; m < MACH_N; m++) {
        if (machines[m].elf == (int32_t)e_machine) {
            return (enum machine)m;
        }
    }
    return MACH_UNKNOWN;
}

enum machine machine_from_coff(uint32_t machine)
{
    for (unsigned m = 1; m < MACH_N; m++) {
        if (machines[m].coff >= 0 && (uint32_t)machines[m].coff == machine) {
            return (enum machine)m;
        }
    }
    return MACH_UNKNOWN;
}

enum machine machine_from_macho(uint32_t cputype)
{
    for (unsigned m = 1; m < MACH_N; m++) {
        if (machines[m].macho >= 0 && (uint32_t)machines[m].macho == cputype) {
            return (enum machine)m;
        }
    }
    return MACH_UNKNOWN;
}

static bool open_as(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                    struct arena *a, bool tables_only, struct obj_source *src, struct comdat_elector *elector)
{
    *obj = (struct object){.origin = origin, .bytes = bytes, .diag = d, .arena = a,
                           .tables_only = tables_only, .source = src, .elector = elector,
                           .file_len = src ? src->len : bytes.len};
    obj->work_left = LIMIT_WORK_BASE + obj->file_len * LIMIT_WORK_PER_BYTE;
    d->origin = origin;
    obj->format = obj_detect(bytes);
    obj->reader = formats[obj->format].reader;
    if (!obj->reader) {
        return diag_bad(d, DIAG_NO_OFFSET, "file format not recognized");
    }
    return obj->reader->open(obj);
}

bool obj_open_in(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                 struct arena *a)
{
    return open_as(obj, bytes, origin, d, a, false, NULL, NULL);
}

bool obj_open_electing(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                       struct arena *a, struct comdat_elector *elector)
{
    return open_as(obj, bytes, origin, d, a, false, NULL, elector);
}

bool obj_open_tables(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d,
                     struct arena *a)
{
    return open_as(obj, bytes, origin, d, a, true, NULL, NULL);
}

bool obj_open_source(struct object *obj, struct view head, struct obj_source *src,
                     const struct origin *origin, struct diag *d, struct arena *a)
{
    return open_as(obj, head, origin, d, a, true, src, NULL);
}

bool obj_open(struct object *obj, struct view bytes, const struct origin *origin, struct diag *d)
{
    /* open_as clears the object, so its own arena is empty when the reader first allocates. */
    return open_as(obj, bytes, origin, d, &obj->own_arena, false, NULL, NULL);
}

void obj_close(struct object *obj)
{
    arena_free(&obj->own_arena);
}

/* Runs HOOK the first time it is asked for. */
static bool load_part(struct object *obj, unsigned part, bool (*hook)(struct object *))
{
    if (!(obj->loaded & part)) {
        obj->loaded |= part;
        obj->diag->origin = obj->origin;
        if (hook && !hook(obj)) {
            obj->failed |= part;
        }
    }
    return !(obj->failed & part);
}

bool obj_load_symbols(struct object *obj)
{
    return load_part(obj, LOADED_SYMBOLS, obj->reader->symbols);
}

struct view obj_leave_tables(struct object *obj)
{
    return obj->reader && obj->reader->leave_tables ? obj->reader->leave_tables(obj) : (struct view){0};
}

bool obj_load_dynsyms(struct object *obj)
{
    return load_part(obj, LOADED_DYNSYMS, obj->reader->dynsyms);
}

/* Cuts a name that is longer than may be. False, with a diagnostic that says whose. */
static bool limit_name(struct object *obj, struct str *name, const char *what, uint32_t i)
{
    if (name->len <= LIMIT_NAME_LEN) {
        return true;
    }
    name->len = (size_t)LIMIT_NAME_LEN;
    return diag_bad(obj->diag, DIAG_NO_OFFSET, "the name of %s %u is longer than %llu bytes, the limit", what, i,
                    (unsigned long long)LIMIT_NAME_LEN);
}

static bool limited_imports(struct object *obj)
{
    bool good = !obj->reader->imports || obj->reader->imports(obj);
    for (uint32_t i = 0; i < obj->n_needed; i++) {
        good = limit_name(obj, &obj->needed[i].name, "library", i) && good;
    }
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        struct import *im = &obj->imports[i];
        good = limit_name(obj, &im->name, "import", i) && good;
        im->lib.len = im->lib.len < LIMIT_NAME_LEN ? im->lib.len : (size_t)LIMIT_NAME_LEN;
    }
    return good;
}

static bool limited_exports(struct object *obj)
{
    bool good = !obj->reader->exports || obj->reader->exports(obj);
    for (uint32_t i = 0; i < obj->n_exports; i++) {
        good = limit_name(obj, &obj->exports[i].name, "export", i) && good;
        good = limit_name(obj, &obj->exports[i].forward, "what forwards export", i) && good;
    }
    return good;
}

bool obj_load_imports(struct object *obj)
{
    return load_part(obj, LOADED_IMPORTS, limited_imports);
}

bool obj_load_exports(struct object *obj)
{
    return load_part(obj, LOADED_EXPORTS, limited_exports);
}

bool obj_load_synthetic(struct object *obj, struct symbol **out, uint32_t *n)
{
    *out = NULL;
    *n = 0;
    obj->diag->origin = obj->origin;
    return !obj->reader->synthetic || obj->reader->synthetic(obj, out, n);
}

bool obj_charge(struct object *obj, uint64_t n)
{
    if (obj->work_left >= n) {
        obj->work_left -= n;
        return true;
    }
    if (obj->work_left != 0) {
        obj->work_left = 0;
        diag_bad(obj->diag, DIAG_NO_OFFSET,
                 "tables overlap or repeat so often that reading them all exceeds the work limit");
    }
    return false;
}

bool obj_reloc_start(const struct object *obj, uint32_t sec_idx, struct reloc_iter *it)
{
    bool there = sec_idx < obj->n_sections && obj->reader->reloc_start;
    *it = (struct reloc_iter){.obj = obj, .sec = there ? &obj->sections[sec_idx] : NULL, .bad = !there};
    if (!there) {
        return diag_bad(obj->diag, DIAG_NO_OFFSET, "relocations of section %u cannot be read", sec_idx);
    }
    it->bad = !obj->reader->reloc_start(obj, sec_idx, it);
    return !it->bad;
}

size_t obj_reloc_next(struct reloc_iter *it, struct reloc block[RELOC_BLOCK])
{
    return it->bad || it->next >= it->end ? 0 : it->obj->reader->reloc_next(it, block);
}

char obj_symbol_letter(const struct object *obj, const struct symbol *sym)
{
    if (sym->sec == SEC_INDIRECT) {
        return sym->binding == BIND_LOCAL ? 'i' : 'I';
    }
    return obj->reader->letter ? obj->reader->letter(obj, sym) : '?';
}

uint64_t obj_symbol_address(const struct object *obj, const struct symbol *sym)
{
    if (sec_is_special(sym->sec) || sym->sec == SEC_UNDEF || sym->sec >= obj->n_sections) {
        return sym->value;
    }
    if (obj->type == OBJ_TYPE_RELOCATABLE) {
        return obj->sections[sym->sec].addr + sym->value;
    }
    return obj->image_base + sym->value;
}

const char *obj_target_name(const struct object *obj)
{
    return obj->reader->target_name ? obj->reader->target_name(obj) : obj_format_name(obj->format);
}

bool obj_leading_underscore(const struct object *obj)
{
    return obj->underscore || obj->format == OBJ_MACHO ||
           (obj->machine == MACH_I386 && (obj->format == OBJ_COFF || obj->format == OBJ_BIGOBJ ||
                                          obj->format == OBJ_PE || obj->format == OBJ_SHORTIMP));
}
