/* nm_line.c - source lines of symbols, for -l.

   Asking a DWARF library for one address after the other means a search per symbol. Here all
   addresses are known before the first question: they are sorted once, and each compilation unit's
   line table is walked once, filling in whatever symbols its rows cover. Functions get the line of
   their first instruction; variables, which have no line, that of their declaration; undefined
   symbols of objects, the place of their first relocation: in data, the variable that it is part of.

   libdw is loaded when it is first needed. */
#include "applets/nm.h"

#include <stdlib.h>

#include "config.h"
#include "obj/debug_image.h"

#ifdef HAVE_LIBDW
#include <dwarf.h>

#include "obj/libdw.h"

/* An address that somebody wants the line of. */
struct query {
    uint64_t addr;
    uint32_t sym;
    bool declared;    /* SYM is undefined, and the answer the declaration of what is at ADDR */
};

struct hit {
    const char *file; /* owned by libdw */
    int line;
};

struct nm_lines {
    struct libdw *dw;
    Elf *elf;
    Dwarf *dwarf;
    struct query *queries;
    size_t n;
    struct hit *hits; /* by symbol */
    bool data;        /* some are not functions */
    Dwarf_Die *cu;    /* the unit being walked */
    Dwarf_Half version;
    const char *dir;  /* the unit was compiled in, or NULL */
    const char *last_file, *last_path; /* the last file name that DIR was put before */
    struct arena *arena;
};

struct libdw *nm_libdw_load(struct diag *d)
{
    struct libdw *dw = xcalloc(1, sizeof *dw);
    if (!libdw_load(dw)) {
        diag_warning(d, "-l needs %s, which cannot be loaded: no source lines", LIBDW_SONAME);
        free(dw);
        return NULL;
    }
    return dw;
}

void nm_libdw_free(struct libdw *dw)
{
    free(dw);
}

/* ---- the questions ---------------------------------------------------------------------------------- */

static int by_addr(const void *a, const void *b)
{
    const struct query *x = a, *y = b;
    return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The addresses of all variables, in order. */
struct variables {
    uint64_t *addrs;
    size_t n;
    bool made;
};

static bool is_code(const struct section *s)
{
    return s->flags & (SEC_EXEC | SEC_CODE);
}

static void make_variables(struct variables *v, const struct object *obj, const struct debug_image *img)
{
    v->made = true;
    v->addrs = ARENA_ARRAY(obj->arena, uint64_t, obj->n_symbols);
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        const struct symbol *s = &obj->symbols[i];
        if (!sec_is_special(s->sec) && s->sec != SEC_UNDEF && s->sec < obj->n_sections && s->type != SYM_SECTION &&
            !is_code(&obj->sections[s->sec])) {
            v->addrs[v->n++] = debug_image_address(img, obj, s);
        }
    }
    if (v->n) {
        qsort(v->addrs, v->n, sizeof *v->addrs, by_number);
    }
}

/* Where the variable begins that the data at ADDR, in a section from BASE on, is part of. False if there is none. */
static bool variable_at(const struct variables *v, uint64_t base, uint64_t addr, uint64_t *out)
{
    size_t lo = 0, hi = v->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (v->addrs[mid] <= addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo == 0 || v->addrs[lo - 1] < base) {
        return false;
    }
    *out = v->addrs[lo - 1];
    return true;
}

/* Asks for the place of relocation R in section SEC. False if nothing can be there. */
static bool ask_place(struct nm_lines *q, struct object *obj, const struct debug_image *img, uint32_t sec,
                      const struct reloc *r, struct variables *v)
{
    struct query ask = {.addr = img->bases[sec] + r->off, .sym = r->sym};
    if (!is_code(&obj->sections[sec])) {
        if (!v->made) {
            make_variables(v, obj, img);
        }
        if (!variable_at(v, img->bases[sec], ask.addr, &ask.addr)) {
            return false;
        }
        ask.declared = q->data = true;
    }
    q->queries[q->n++] = ask;
    return true;
}

/* The first relocation against each undefined symbol. WANTED: by symbol. */
static void ask_undefined(struct nm_lines *q, const struct nm_list *l, const struct debug_image *img, bool *wanted)
{
    struct object *obj = l->obj;
    struct variables v = {0};
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        struct reloc_iter it;
        struct reloc block[RELOC_BLOCK];
        if (!(obj->sections[i].flags & SEC_ALLOC) || obj->sections[i].n_relocs == 0 ||
            !obj_reloc_start(obj, i, &it)) {
            continue;
        }
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t k = 0; k < n; k++) {
                uint32_t sym = block[k].sym;
                if (sym < obj->n_symbols && wanted[sym] && ask_place(q, obj, img, i, &block[k], &v)) {
                    wanted[sym] = false;
                }
            }
        }
    }
}

static void ask(struct nm_lines *q, const struct nm_list *l, const struct debug_image *img, uint32_t n_syms,
                struct arena *a)
{
    bool *undefined = ARENA_ARRAY(a, bool, n_syms);
    bool any = false;
    for (size_t i = 0; i < l->n; i++) {
        uint32_t sym = l->items[i].sym;
        const struct symbol *s = &l->syms[sym];
        if (s->sec == SEC_UNDEF) {
            undefined[sym] = true;
            any = true;
        } else if (!sec_is_special(s->sec)) {
            q->data = q->data || s->type != SYM_FUNC;
            q->queries[q->n++] = (struct query){.addr = debug_image_address(img, l->obj, s), .sym = sym};
        }
    }
    if (any && img->bases && l->syms == l->obj->symbols) {
        ask_undefined(q, l, img, undefined);
    }
    if (q->n) {
        qsort(q->queries, q->n, sizeof *q->queries, by_addr);
    }
}

/* Index of the first query at or above ADDR. */
static size_t lower_bound(const struct nm_lines *q, uint64_t addr)
{
    size_t lo = 0, hi = q->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (q->queries[mid].addr < addr) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

/* A path as GNU tools print it: relative names follow the directory of the compilation. */
static const char *whole_path(struct nm_lines *q, const char *file)
{
    if (!file || file[0] == '/' || !q->dir || (file[0] && file[1] == ':')) {
        return file;
    }
    if (file != q->last_file) {
        q->last_file = file;
        q->last_path = arena_printf(q->arena, "%s/%s", q->dir, file);
    }
    return q->last_path;
}

/* ---- the answers --------------------------------------------------------------------------------------- */

static void answer_lines(struct nm_lines *q, Dwarf_Die *cu)
{
    struct libdw *dw = q->dw;
    Dwarf_Lines *lines;
    size_t n, at = 0;
    if (dw->dwarf_getsrclines(cu, &lines, &n) != 0) {
        return;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        Dwarf_Line *row = dw->dwarf_onesrcline(lines, i), *next = dw->dwarf_onesrcline(lines, i + 1);
        Dwarf_Addr from, to;
        bool end;
        int line;
        if (dw->dwarf_lineaddr(row, &from) != 0 || dw->dwarf_lineaddr(next, &to) != 0 || from >= to ||
            dw->dwarf_lineendsequence(row, &end) != 0 || end) {
            continue;
        }
        /* Rows mostly ascend with few symbols between: look around the last place first. */
        if (at > q->n || (at > 0 && q->queries[at - 1].addr >= from) ||
            (at < q->n && q->queries[at].addr < from)) {
            at = lower_bound(q, from);
        }
        for (; at < q->n && q->queries[at].addr < to; at++) {
            struct hit *h = &q->hits[q->queries[at].sym];
            /* The row that ends one sequence of code may look as if it reached to the next. */
            if (!h->file && !q->queries[at].declared && dw->dwarf_lineno(row, &line) == 0 && line != 0 &&
                dw->dwarf_haspc(cu, q->queries[at].addr) == 1) {
                *h = (struct hit){whole_path(q, dw->dwarf_linesrc(row, NULL, NULL)), line};
            }
        }
    }
}

/* The file of DIE's declaration. Some versions of libdw take DWARF 5's file 0, the unit's own, for none. */
static const char *declaring_file(struct nm_lines *q, Dwarf_Die *die)
{
    struct libdw *dw = q->dw;
    Dwarf_Files *files;
    size_t n;
    const char *name = dw->dwarf_decl_file(die);
    if (!name && q->version >= 5 && dw->dwarf_getsrcfiles(q->cu, &files, &n) == 0 && n > 0) {
        name = dw->dwarf_filesrc(files, 0, NULL, NULL);
    }
    return name;
}

/* ADDR is where DIE's thing begins: its declaration is the answer for the symbols there. */
static void answer_declared(struct nm_lines *q, const struct nm_list *l, Dwarf_Die *die, uint64_t addr)
{
    struct libdw *dw = q->dw;
    int line;
    for (size_t at = lower_bound(q, addr); at < q->n && q->queries[at].addr == addr; at++) {
        const struct symbol *s = &l->syms[q->queries[at].sym];
        struct hit *h = &q->hits[q->queries[at].sym];
        if (!h->file && s->type != SYM_SECTION && (s->sec != SEC_UNDEF || q->queries[at].declared) &&
            dw->dwarf_decl_line(die, &line) == 0) {
            *h = (struct hit){whole_path(q, declaring_file(q, die)), line};
        }
    }
}

/* A variable whose location is one address, there or in the table of addresses (DWARF 5). */
static void answer_variable(struct nm_lines *q, const struct nm_list *l, Dwarf_Die *die)
{
    struct libdw *dw = q->dw;
    Dwarf_Attribute attr, in_table;
    Dwarf_Addr addr;
    Dwarf_Op *ops;
    size_t n_ops;
    if (!dw->dwarf_attr(die, DW_AT_location, &attr) || dw->dwarf_getlocation(&attr, &ops, &n_ops) != 0 ||
        n_ops < 1) {
        return;
    }
    if (ops[0].atom == DW_OP_addr) {
        answer_declared(q, l, die, ops[0].number);
    } else if (ops[0].atom == DW_OP_addrx && dw->dwarf_getlocation_attr(&attr, &ops[0], &in_table) == 0 &&
               dw->dwarf_formaddr(&in_table, &addr) == 0) {
        answer_declared(q, l, die, addr);
    }
}

/* A function in one piece, or in several (hot and cold parts). */
static void answer_function(struct nm_lines *q, const struct nm_list *l, Dwarf_Die *die)
{
    struct libdw *dw = q->dw;
    Dwarf_Addr addr, base, end;
    if (dw->dwarf_lowpc(die, &addr) == 0) {
        answer_declared(q, l, die, addr);
        return;
    }
    for (ptrdiff_t at = 0; (at = dw->dwarf_ranges(die, at, &base, &addr, &end)) > 0;) {
        answer_declared(q, l, die, addr);
    }
}

enum { DIE_DEPTH = 24 /* namespaces, functions and blocks inside one another */ };

static void answer_declarations(struct nm_lines *q, const struct nm_list *l, Dwarf_Die *parent, int depth)
{
    struct libdw *dw = q->dw;
    Dwarf_Die die;
    if (depth > DIE_DEPTH || dw->dwarf_child(parent, &die) != 0) {
        return;
    }
    do {
        int tag = dw->dwarf_tag(&die);
        if (tag == DW_TAG_variable) {
            answer_variable(q, l, &die);
        } else if (tag == DW_TAG_subprogram) {
            answer_function(q, l, &die);
        }
        if (tag == DW_TAG_namespace || (q->data && (tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block))) {
            answer_declarations(q, l, &die, depth + 1);
        }
    } while (dw->dwarf_siblingof(&die, &die) == 0);
}

static void answer(struct nm_lines *q, const struct nm_list *l)
{
    struct libdw *dw = q->dw;
    Dwarf_CU *cu = NULL;
    Dwarf_Die die;
    while (q->n && dw->dwarf_get_units(q->dwarf, cu, &cu, &q->version, NULL, &die, NULL) == 0) {
        Dwarf_Attribute dir;
        q->cu = &die;
        q->dir = dw->dwarf_attr(&die, DW_AT_comp_dir, &dir) ? dw->dwarf_formstring(&dir) : NULL;
        q->last_file = NULL;
        answer_declarations(q, l, &die, 0);
        answer_lines(q, &die);
    }
}

/* libelf takes the compression off sections by writing into the image it was given: the file is mapped for
   reading only, so it gets a copy then. */
static struct view writable_image(const struct object *obj, struct view v, struct arena *a)
{
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        if (obj->sections[i].flags & SEC_COMPRESSED) {
            void *copy = arena_alloc(a, (size_t)v.len);
            memcpy(copy, v.p, (size_t)v.len);
            return (struct view){copy, v.len};
        }
    }
    return v;
}

/* ---- the interface ---------------------------------------------------------------------------------------- */

struct nm_lines *nm_lines_open(const struct nm_list *l, uint32_t n_syms, struct arena *a)
{
    struct debug_image img;
    struct nm_lines *q = ARENA_NEW(a, struct nm_lines);
    q->dw = l->o->libdw;
    q->arena = a;
    if (!q->dw || !obj_debug_image(l->obj, &img)) {
        return NULL;
    }
    q->hits = ARENA_ARRAY(a, struct hit, n_syms);
    q->queries = ARENA_ARRAY(a, struct query, l->n);
    ask(q, l, &img, n_syms, a);
    img.bytes = writable_image(l->obj, img.bytes, a);
    q->elf = q->dw->elf_memory((char *)(uintptr_t)img.bytes.p, (size_t)img.bytes.len);
    q->dwarf = q->elf ? q->dw->dwarf_begin_elf(q->elf, DWARF_C_READ, NULL) : NULL;
    if (q->dwarf) {
        answer(q, l);
    }
    return q;
}

void nm_lines_close(struct nm_lines *q)
{
    if (q->dwarf) {
        q->dw->dwarf_end(q->dwarf);
    }
    if (q->elf) {
        q->dw->elf_end(q->elf);
    }
}

bool nm_find_line(const struct nm_list *l, const struct symbol *s, struct str *file, unsigned *line)
{
    const struct hit *h = &l->line_info->hits[s - l->syms];
    if (!h->file) {
        return false;
    }
    *file = str_c(h->file);
    *line = (unsigned)h->line;
    return true;
}

#else /* without libdw */

struct libdw *nm_libdw_load(struct diag *d)
{
    diag_warning(d, "-l: this nm was built without libdw: no source lines");
    return NULL;
}

void nm_libdw_free(struct libdw *dw) { (void)dw; }

struct nm_lines *nm_lines_open(const struct nm_list *l, uint32_t n_syms, struct arena *a)
{
    (void)l, (void)n_syms, (void)a;
    return NULL;
}

void nm_lines_close(struct nm_lines *q) { (void)q; }

bool nm_find_line(const struct nm_list *l, const struct symbol *s, struct str *file, unsigned *line)
{
    (void)l, (void)s, (void)file, (void)line;
    return false;
}

#endif

void nm_put_line(const struct nm_list *l, const struct symbol *s, struct buf *b)
{
    struct str file;
    unsigned line;
    if (nm_find_line(l, s, &file, &line)) {
        buf_c(b, '\t');
        buf_name(b, file, l->o->names);
        buf_c(b, ':');
        buf_dec(b, line, 0);
    }
}
