/* mapfile.c - what people and scripts read about a finished link: the map (-Map, -M) in GNU ld's
   layout, the cross reference table (--cref) and the dependency file (--dependency-file). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ld/backend.h"
#include "ld/script_map.h"

/* ---- members and discarded sections ---------------------------------------------------------------- */

static void print_name(struct buf *b, struct str s)
{
    buf_name(b, s, NAME_ESCAPE);
}

/* NAME in a column of WIDTH characters; a longer one gets a line of its own. */
static void column(struct buf *b, const char *indent, struct str name, size_t width)
{
    size_t from = b->n;
    buf_puts(b, indent);
    print_name(b, name);
    if (b->n - from >= width) {
        buf_c(b, '\n');
        from = b->n;
    }
    buf_fill(b, ' ', width - (b->n - from));
}

void ld_map_address(struct buf *b, const struct ld *ld, uint64_t addr)
{
    bool is64 = ld->arch->word == 8;
    buf_puts(b, is64 ? "0x" : "        0x");
    buf_hex(b, addr, is64 ? 16 : 8);
}

void ld_map_size(struct buf *b, uint64_t size)
{
    char digits[24];
    snprintf(digits, sizeof digits, "0x%llx", (unsigned long long)size);
    buf_printf(b, " %10s", digits);
}

static void members(struct buf *b, struct ld *ld)
{
    bool any = false;
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (!f->archive || !f->why_file) {
            continue;
        }
        if (!any) {
            buf_puts(b, "Archive member included to satisfy reference by file (symbol)\n\n");
        }
        any = true;
        column(b, "", str_c(ld_file_name(ld, f)), 30);
        print_name(b, str_c(ld_file_name(ld, ld_file(ld, f->why_file))));
        buf_puts(b, " (");
        print_name(b, ld_sym_name(ld, f->why_id));
        buf_puts(b, ")\n");
    }
    if (any) {
        buf_c(b, '\n');
    }
}

/* The version of a library's symbol as GNU ld shows it. */
static void print_version(struct buf *b, const struct object *obj, const struct symbol *s)
{
    if (s->version && s->version < obj->n_versions && obj->versions[s->version].name.len) {
        buf_puts(b, s->flags & SYMF_VERSION_HIDDEN ? "@" : "@@");
        print_name(b, obj->versions[s->version].name);
    }
}

struct reference {
    uint32_t file, sym; /* 0: none */
};

/* By library: the first reference that needs it. */
static void first_references(struct ld *ld, struct reference *first)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = f->obj.first_global; f->kind == LD_OBJECT && !f->bad && !f->skip && i < f->n_syms; i++) {
            const struct ld_sym *g = f->ids[i] != LD_NO_SYM ? ld_sym(ld, f->ids[i]) : NULL;
            if (g && g->rank == RANK_SHARED && f->syms[i].sec == SEC_UNDEF && f->syms[i].binding != BIND_WEAK &&
                !first[g->file].file) {
                first[g->file] = (struct reference){(uint32_t)k, i};
            }
        }
    }
}

/* The libraries that --as-needed kept, each with the first reference that needs it. */
static void needed_libraries(struct buf *b, struct ld *ld)
{
    struct reference *first = xcalloc(ld->files.n, sizeof *first);
    bool any = false;
    first_references(ld, first);
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *lib = ld->files.p[k], *f = ld_file(ld, first[k].file);
        if (!first[k].file || !lib->state.as_needed) {
            continue;
        }
        uint32_t id = f->ids[first[k].sym];
        buf_puts(b, any ? "" : "As-needed library included to satisfy reference by file (symbol)\n\n");
        any = true;
        column(b, "", lib->obj.soname.len ? lib->obj.soname : str_c(ld_file_name(ld, lib)), 30);
        print_name(b, str_c(ld_file_name(ld, f)));
        buf_puts(b, " (");
        print_name(b, ld_sym_name(ld, id));
        print_version(b, &lib->obj, &lib->syms[ld_sym(ld, id)->sym]);
        buf_puts(b, ")\n");
    }
    if (any) {
        buf_c(b, '\n');
    }
    free(first);
}

static void input_line(struct buf *b, struct ld *ld, const struct ld_chunk *c, uint64_t addr)
{
    column(b, " ", c->file->obj.sections[c->sec].name, 16);
    ld_map_address(b, ld, addr);
    ld_map_size(b, c->size);
    buf_c(b, ' ');
    print_name(b, str_c(ld_file_name(ld, c->file)));
    buf_c(b, '\n');
}

/* A table of the object file, which is read and not copied. */
static bool is_table(const struct object *obj, const struct section *s)
{
    enum { ELF_SYMTAB = 2, ELF_STRTAB = 3, ELF_RELA = 4, ELF_REL = 9, ELF_GROUP = 17, ELF_SHNDX = 18 };
    uint32_t t = s->raw_type;
    return s->flags & SEC_INFO || (obj->format == OBJ_ELF && (t == ELF_SYMTAB || t == ELF_STRTAB || t == ELF_RELA ||
                                                              t == ELF_REL || t == ELF_GROUP || t == ELF_SHNDX));
}

static void discarded(struct buf *b, struct ld *ld)
{
    buf_puts(b, "Discarded input sections\n\n");
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (uint32_t s = 1; f->chunks && !f->claimed && s < f->obj.n_sections; s++) {
            struct ld_chunk *c = &f->chunks[s];
            if (!(c->flags & LDC_LIVE) && !is_table(&f->obj, &f->obj.sections[s]) && c->size) {
                input_line(b, ld, c, 0);
            }
        }
    }
}

/* ---- the memory map ------------------------------------------------------------------------------- */

/* The global symbols that each input section defines, as lists in order of value: built once for all
   files, so that the map takes time proportional to what it prints. */
struct defs {
    uint32_t **first; /* [file][section]: symbol + 1 */
    uint32_t **next;  /* [file][symbol] */
};

struct def {
    uint64_t value;
    uint32_t sym, sec;
};

static int cmp_def(const void *x, const void *y)
{
    const struct def *a = x, *b = y;
    return a->sec != b->sec       ? (a->sec > b->sec) - (a->sec < b->sec)
           : a->value != b->value ? (a->value < b->value) - (a->value > b->value)
                                  : (a->sym < b->sym) - (a->sym > b->sym);
}

static void collect_file(struct ld *ld, struct ld_file *f, uint32_t **first, uint32_t **next)
{
    VEC(struct def) v = {0};
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        uint32_t id = f->ids[i];
        if (id != LD_NO_SYM && s->sec != SEC_UNDEF && !sec_is_special(s->sec) &&
            ld_sym(ld, id)->file == f->idx && ld_sym(ld, id)->sym == i) {
            vec_push(&v, (struct def){s->value, i, s->sec});
        }
    }
    *first = xcalloc(f->obj.n_sections, sizeof **first);
    *next = xcalloc(f->n_syms, sizeof **next);
    if (v.n) {
        qsort(v.p, v.n, sizeof *v.p, cmp_def); /* descending: each list is built from its end */
    }
    for (size_t i = 0; i < v.n; i++) {
        (*next)[v.p[i].sym] = (*first)[v.p[i].sec];
        (*first)[v.p[i].sec] = v.p[i].sym + 1;
    }
    vec_free(&v);
}

static struct defs collect(struct ld *ld)
{
    struct defs d = {xcalloc(ld->files.n, sizeof(uint32_t *)), xcalloc(ld->files.n, sizeof(uint32_t *))};
    for (size_t k = 2; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        if (f->chunks && f->ids && !f->claimed) {
            collect_file(ld, f, &d.first[k], &d.next[k]);
        }
    }
    return d;
}

static void free_defs(struct ld *ld, struct defs *d)
{
    for (size_t k = 0; k < ld->files.n; k++) {
        free(d->first[k]);
        free(d->next[k]);
    }
    free(d->first);
    free(d->next);
}

/* The symbols that the linker has made, by the chunk they stand at. */
struct made {
    const struct ld_chunk *c;
    uint32_t sym; /* in the linker's own file */
};
struct map {
    struct buf *b;
    struct ld *ld;
    struct defs defs;
    VEC(struct made) made;
    struct script_map script;
};

static int cmp_made(const void *x, const void *y)
{
    const struct made *a = x, *b = y;
    return a->c != b->c ? ((uintptr_t)a->c > (uintptr_t)b->c) - ((uintptr_t)a->c < (uintptr_t)b->c)
                        : (a->sym > b->sym) - (a->sym < b->sym);
}

/* The script's part of the map speaks of these. */
static bool by_defsym(const struct ld *ld, struct str name)
{
    for (size_t i = 0; i < ld->opt.defsym.n; i++) {
        struct str s = str_c(ld->opt.defsym.p[i]);
        if (str_eq(str_head(s, str_find(s, '=')), name)) {
            return true;
        }
    }
    return false;
}

static void collect_made(struct map *m)
{
    const struct ld_file *self = ld_file(m->ld, 1);
    for (uint32_t i = 0; i < self->n_syms; i++) {
        const struct ld_chunk *c = m->ld->internal_chunks.p[i];
        const struct ld_sym *g = self->ids[i] != LD_NO_SYM ? ld_sym(m->ld, self->ids[i]) : NULL;
        if (c && g && g->file == 1 && g->sym == i && !by_defsym(m->ld, self->syms[i].name)) {
            vec_push(&m->made, (struct made){c, i});
        }
    }
    if (m->made.n) {
        qsort(m->made.p, m->made.n, sizeof *m->made.p, cmp_made);
    }
}

static void symbol_line(struct map *m, uint64_t addr, struct str name, const char *behind)
{
    struct buf *b = m->b;
    buf_fill(b, ' ', 16);
    ld_map_address(b, m->ld, addr);
    buf_fill(b, ' ', 16);
    print_name(b, str_c(ld_show(m->ld, &m->ld->arena, name)));
    buf_puts(b, behind);
    buf_c(b, '\n');
}

static void made_lines(struct map *m, const struct ld_chunk *c, uint64_t addr)
{
    const struct ld_file *self = ld_file(m->ld, 1);
    size_t lo = 0, hi = m->made.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((uintptr_t)m->made.p[mid].c < (uintptr_t)c) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    for (; lo < m->made.n && m->made.p[lo].c == c; lo++) {
        const struct symbol *s = &self->syms[m->made.p[lo].sym];
        symbol_line(m, addr + s->value, s->name, s->type == SYM_COMMON || s->size ? "" : " = .");
    }
}

static void chunk_lines(struct map *m, const struct ld_chunk *c)
{
    struct buf *b = m->b;
    struct ld *ld = m->ld;
    uint64_t addr = ld->image_base + ld_chunk_addr(ld, c);
    if (c->ops || !c->file) {
        if (c->size) {
            column(b, " ", str_c(c->ops && c->ops->name ? c->ops->name : "linker"), 16);
            ld_map_address(b, ld, addr);
            ld_map_size(b, c->size);
            buf_c(b, '\n');
        }
        made_lines(m, c, addr);
        return;
    }
    input_line(b, ld, c, addr);
    const struct ld_file *f = c->file;
    for (uint32_t i = m->defs.first[f->idx] ? m->defs.first[f->idx][c->sec] : 0; i; i = m->defs.next[f->idx][i - 1]) {
        symbol_line(m, addr + f->syms[i - 1].value, f->syms[i - 1].name, "");
    }
    made_lines(m, c, addr);
}

/* The gap before C, which begins at END of its section or behind it. */
static void gap_line(struct map *m, const struct ld_osec *os, const struct ld_chunk *c, uint64_t end)
{
    if (end && c->off > end) {
        buf_puts(m->b, " *fill*         ");
        ld_map_address(m->b, m->ld, m->ld->image_base + os->addr + end);
        ld_map_size(m->b, c->off - end);
        buf_puts(m->b, " \n");
    }
}

static void contents(struct map *m, const struct ld_osec *os)
{
    struct script_body body = ld_script_map_body(&m->script, os);
    uint64_t end = 0;
    for (size_t k = 0; k < os->chunks.n; k++) {
        const struct ld_chunk *c = os->chunks.p[k];
        uint64_t addr = m->ld->image_base + os->addr + c->off;
        if (!(c->flags & LDC_LIVE)) {
            continue;
        }
        ld_script_map_before(&m->script, m->b, &body, c);
        if (!ld_script_map_inside(&m->script, m->b, c, addr) && os->number) {
            gap_line(m, os, c, end);
            chunk_lines(m, c);
        }
        end = c->off + c->size;
    }
    ld_script_map_before(&m->script, m->b, &body, NULL);
    free(body.stmts);
}

static void section_lines(struct map *m, const struct ld_osec *os)
{
    struct buf *b = m->b;
    buf_c(b, '\n');
    if (!os->number) { /* a script describes it, and there is nothing in it */
        print_name(b, os->name);
        buf_c(b, '\n');
        contents(m, os);
        return;
    }
    column(b, "", os->name, 16);
    ld_map_address(b, m->ld, m->ld->image_base + os->addr);
    ld_map_size(b, os->size);
    if (os->lma_delta) {
        buf_puts(b, " load address ");
        ld_map_address(b, m->ld, os->addr + os->lma_delta);
    }
    buf_c(b, '\n');
    contents(m, os);
}

static int by_number(const void *x, const void *y)
{
    const struct ld_osec *const *a = x, *const *b = y;
    return ((*a)->number > (*b)->number) - ((*a)->number < (*b)->number);
}

static void loaded_files(struct map *m)
{
    const struct ld_input *last = NULL;
    for (size_t i = 0; i < m->ld->inputs.n; i++) {
        const struct ld_input *in = m->ld->inputs.p[i];
        if (in != last && (in->archive || obj_format_readable(in->format))) {
            buf_puts(m->b, "LOAD ");
            print_name(m->b, str_c(in->path));
            buf_c(m->b, '\n');
        }
        last = in;
    }
}

/* What a full script says, in its order. By output section: was it shown? */
static char *script_lines(struct map *m)
{
    char *shown = xcalloc(m->ld->osecs.n, 1);
    size_t n = 0;
    const struct script_step *s = ld_script_full(m->ld) ? ld_script_steps(m->ld, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        if (s[i].os && (s[i].os->number || s[i].out) && !shown[s[i].os->idx]) {
            shown[s[i].os->idx] = 1;
            section_lines(m, s[i].os);
        } else if (!s[i].os) {
            ld_script_map_step(&m->script, m->b, &s[i]);
        }
    }
    return shown;
}

static void memory_map(struct buf *b, struct ld *ld)
{
    struct map m = {.b = b, .ld = ld, .defs = collect(ld)};
    VEC(struct ld_osec *) order = {0};
    collect_made(&m);
    buf_puts(b, "\nMemory Configuration\n\nName             Origin             Length             Attributes\n");
    ld_script_map_memory(ld, b);
    buf_puts(b, "*default*        0x0000000000000000 0xffffffffffffffff\n\nLinker script and memory map\n\n");
    loaded_files(&m);
    ld_script_map_begin(&m.script, ld);
    ld_script_map_assignments(&m.script, b);
    char *shown = script_lines(&m);
    for (size_t i = 1; i < ld->osecs.n; i++) {
        if (ld->osecs.p[i]->number && !shown[i]) {
            vec_push(&order, ld->osecs.p[i]);
        }
    }
    if (order.n) {
        qsort(order.p, order.n, sizeof(struct ld_osec *), by_number);
    }
    for (size_t i = 0; i < order.n; i++) {
        section_lines(&m, order.p[i]);
    }
    const struct ld_emulation *e = ld_find_emulation(str_c(ld->emulation));
    buf_puts(b, "OUTPUT(");
    print_name(b, str_c(ld->opt.output));
    buf_printf(b, " %s)\n", ld->opt.kind == OUT_RELOCATABLE ? e->object_format : e->format);
    free(shown);
    ld_script_map_end(&m.script);
    vec_free(&order);
    vec_free(&m.made);
    free_defs(ld, &m.defs);
}

/* ---- cross references ------------------------------------------------------------------------------ */

struct mention {
    struct str name;
    uint32_t file;
    bool is_ref; /* definitions come first */
};

static int cmp_mention(const void *x, const void *y)
{
    const struct mention *a = x, *b = y;
    int c = str_cmp(a->name, b->name);
    return c                       ? c
           : a->is_ref != b->is_ref ? (a->is_ref > b->is_ref) - (a->is_ref < b->is_ref)
                                    : (a->file > b->file) - (a->file < b->file);
}

static void cross_references(struct buf *b, struct ld *ld)
{
    VEC(struct mention) v = {0};
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->ids && i < f->n_syms; i++) {
            if (f->ids[i] != LD_NO_SYM) {
                bool defines = ld_sym(ld, f->ids[i])->file == f->idx && f->syms[i].sec != SEC_UNDEF;
                vec_push(&v, (struct mention){ld_sym_name(ld, f->ids[i]), (uint32_t)k, !defines});
            }
        }
    }
    if (v.n) {
        qsort(v.p, v.n, sizeof *v.p, cmp_mention);
    }
    buf_puts(b, "\nCross Reference Table\n\nSymbol                                            File\n");
    for (size_t i = 0; i < v.n; i++) {
        bool again = i > 0 && str_eq(v.p[i].name, v.p[i - 1].name);
        if (again && v.p[i].file == v.p[i - 1].file) {
            continue;
        }
        column(b, "", again ? S("") : str_c(ld_show(ld, &ld->arena, v.p[i].name)), 50);
        print_name(b, str_c(ld_file_name(ld, ld_file(ld, v.p[i].file))));
        buf_c(b, '\n');
    }
    vec_free(&v);
}

/* ---- files ----------------------------------------------------------------------------------------- */

static bool write_report(struct ld *ld, const char *path, struct buf *b)
{
    struct outfile out;
    int err = outfile_begin(&out, path, 0666);
    if (!err) {
        err = outfile_write(&out, b->p, b->n);
        if (err) {
            outfile_abort(&out);
        } else {
            err = outfile_commit(&out);
        }
    }
    return err ? diag_errno(&ld->diag, path, err) : true;
}

bool ld_write_map(struct ld *ld)
{
    bool to_stdout = ld->opt.print_map || (ld->opt.map_file && strcmp(ld->opt.map_file, "-") == 0);
    bool ok = true;
    if (!to_stdout && !ld->opt.map_file && !ld->opt.cref) {
        return true;
    }
    struct buf b = {0};
    if (to_stdout || ld->opt.map_file) {
        members(&b, ld);
        needed_libraries(&b, ld);
        discarded(&b, ld);
        memory_map(&b, ld);
    }
    if (ld->opt.cref) {
        cross_references(&b, ld);
    }
    if (to_stdout || !ld->opt.map_file) {
        ok = ld_print(ld, &b);
    }
    if (ld->opt.map_file && strcmp(ld->opt.map_file, "-") != 0) {
        ok = write_report(ld, ld->opt.map_file, &b) && ok;
    }
    buf_free(&b);
    return ok;
}

/* A make rule: the output needs every file that was read; each of those is also a target without
   prerequisites, so that make does not stop when one is gone. */
static void make_name(struct buf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == ' ' || *s == '#') {
            buf_c(b, '\\');
        } else if (*s == '$') {
            buf_c(b, '$');
        }
        buf_c(b, *s);
    }
}

/* No makefile can hold a line's end in a name: another rule would begin there. */
static bool make_can_name(const char *s)
{
    return !strpbrk(s, "\n\r");
}

bool ld_write_dependencies(struct ld *ld)
{
    const char *path = ld->opt.dependency_file;
    if (!path) {
        return true;
    }
    if (!make_can_name(ld->opt.output)) {
        return diag_error(&ld->diag, "%s: a makefile cannot name '%s'", path, ld->opt.output);
    }
    struct buf b = {0};
    make_name(&b, ld->opt.output);
    buf_c(&b, ':');
    for (size_t i = 0; i < ld->inputs.n; i++) {
        const char *in = ld->inputs.p[i]->path;
        if (make_can_name(in)) {
            buf_puts(&b, " \\\n  ");
            make_name(&b, in);
        } else {
            diag_warning(&ld->diag, "%s: leaves out '%s', which a makefile cannot name", path, in);
        }
    }
    buf_c(&b, '\n');
    for (size_t i = 0; i < ld->inputs.n; i++) {
        if (make_can_name(ld->inputs.p[i]->path)) {
            buf_c(&b, '\n');
            make_name(&b, ld->inputs.p[i]->path);
            buf_puts(&b, ":\n");
        }
    }
    bool ok = write_report(ld, path, &b);
    buf_free(&b);
    return ok;
}
