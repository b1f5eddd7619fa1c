/* undef.c - the report of undefined symbols: who refers to them, from which function and source line, and
   what may have been meant. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ld/ld.h"
#include "obj/source_line.h"

/* Lines are looked up, and spellings compared, for so many symbols: both read much. */
enum { DETAILED = 10 };

void ld_note_undef(struct ld_file *f, uint32_t id, uint32_t sec, uint64_t off)
{
    /* References cluster: of a row of them so many are noted, the others counted. */
    enum { ROW = 8 };
    size_t n = f->undefs.n, row = 0;
    while (row < n && row < ROW && f->undefs.p[n - 1 - row].id == id && f->undefs.p[n - 1 - row].sec == sec) {
        row++;
    }
    if (row == ROW) {
        f->undefs.p[n - 1].more++;
        return;
    }
    vec_push(&f->undefs, (struct ld_undef){id, sec, off, 0});
}

/* The function or variable that the reference is in, or NULL. */
static const struct symbol *symbol_around(const struct ld_file *f, const struct ld_undef *u)
{
    const struct symbol *best = NULL;
    for (uint32_t i = 0; i < f->n_syms; i++) {
        const struct symbol *s = &f->syms[i];
        if (s->sec == u->sec && s->value <= u->off && s->type != SYM_SECTION &&
            !(s->flags & SYMF_SECTION_DEF) && (!best || s->value > best->value)) {
            best = s;
        }
    }
    return best;
}

/* "main" for a reference inside it, else the section's name and offset; with a source line if the object
   has debugging information and WITH_LINE. */
static void print_place(struct ld *ld, struct ld_file *f, const struct ld_undef *u, bool with_line)
{
    const struct symbol *best = symbol_around(f, u);
    struct str source;
    unsigned line;
    struct buf b = {0};
    if (with_line && f->kind == LD_OBJECT &&
        obj_source_line(&f->obj, u->sec, u->off, &ld->arena, &source, &line)) {
        buf_puts(&b, " at ");
        buf_str(&b, source);
        buf_printf(&b, ":%u", line);
    }
    diag_continue(&ld->diag, ">>> referenced by %s:(%.*s+0x%llx)%s%s%.*s", ld_file_name(ld, f),
                  Q(f->obj.sections[u->sec].name), (unsigned long long)u->off, best ? " in " : "",
                  best ? ld_show(ld, &ld->arena, best->name) : "", (int)b.n, b.n ? b.p : "");
    buf_free(&b);
}

struct missing {
    uint32_t id, n, n_refs;
    struct {
        struct ld_file *f;
        struct ld_undef u;
        const struct symbol *in;
    } refs[3];
};

/* Counts a reference, and keeps it if it is one of the first three functions or variables that refer. */
static void add_reference(struct missing *m, struct ld_file *f, const struct ld_undef *u)
{
    m->n += 1 + u->more;
    if (m->n_refs == 3) {
        return;
    }
    const struct symbol *in = symbol_around(f, u);
    for (uint32_t i = 0; i < m->n_refs; i++) {
        if (m->refs[i].f == f && m->refs[i].u.sec == u->sec && m->refs[i].in == in) {
            return;
        }
    }
    m->refs[m->n_refs].f = f;
    m->refs[m->n_refs].u = *u;
    m->refs[m->n_refs++].in = in;
}

/* ---- what may have been meant ------------------------------------------------------------------------ */

/* A name that may have been meant, and the archive that has it, if nothing has been loaded that does. */
struct hint {
    struct str name;
    const struct ld_archive *archive;
};

/* Is NAME defined, or does an archive have it? */
static bool is_known(const struct ld *ld, struct str name, struct hint *h)
{
    uint32_t id = ld_lookup(ld, name);
    *h = (struct hint){name, NULL};
    if (id == LD_NO_SYM || ld_is_defined(ld_sym(ld, id))) {
        return id != LD_NO_SYM;
    }
    for (size_t k = 0; k < ld->archives.n && ld_sym(ld, id)->rank == RANK_NONE; k++) {
        const struct ld_archive *a = ld->archives.p[k];
        for (uint64_t i = 0; a->interned && i < a->n_open; i++) {
            if (a->entry_ids[i] == id) {
                h->archive = a;
                return true;
            }
        }
    }
    return false;
}

/* " (NOTE, in libx.a)", or less of it. */
static const char *in_brackets(struct ld *ld, const char *note, const struct ld_archive *archive)
{
    struct str path = archive ? str_basename(str_c(archive->input->path)) : S("");
    return !*note && !archive ? "" : arena_printf(&ld->arena, " (%s%s%s%.*s)", note, *note && archive ? ", " : "",
                                                  archive ? "in " : "", Q(path));
}

/* A known name that differs from NAME only by a prefix. */
static bool with_prefix(struct ld *ld, struct str name, struct hint *h)
{
    static const char *const forms[] = {"_", "__imp_", "__imp__"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct str pre = str_c(forms[i]);
        if (is_known(ld, str_c(arena_printf(&ld->arena, "%s%.*s", forms[i], Q(name))), h) ||
            (str_starts(name, pre) && is_known(ld, str_skip(name, pre.len), h))) {
            return true;
        }
    }
    return false;
}

/* "f" of _f@8, @f@8, f@@8, _f and f: what C calls it. */
static struct str undecorated(struct str s)
{
    size_t at = str_rfind(s, '@');
    bool digits = at != SIZE_MAX && at > 1 && at + 1 < s.len;
    for (size_t i = at + 1; digits && i < s.len; i++) {
        digits = s.p[i] >= '0' && s.p[i] <= '9';
    }
    if (digits) {
        s = str_head(s, s.p[at - 1] == '@' ? at - 1 : at);
        s = s.len > 1 && (s.p[0] == '_' || s.p[0] == '@') ? str_skip(s, 1) : s;
    }
    return s;
}

/* "f" of _Z1fi (or __Z1fi, where C names have an underscore); empty if NAME is no function outside of
   namespaces and classes. */
static struct str cxx_base(struct str name)
{
    name = str_starts(name, S("__Z")) ? str_skip(name, 1) : name;
    size_t at = 2, len = 0;
    if (!str_starts(name, S("_Z"))) {
        return (struct str){"", 0};
    }
    for (; at < name.len && name.p[at] >= '0' && name.p[at] <= '9' && len < name.len; at++) {
        len = len * 10 + (size_t)(name.p[at] - '0');
    }
    return len && at + len < name.len ? (struct str){name.p + at, len} : (struct str){"", 0};
}

/* Is B the name A with two neighbouring characters swapped? */
static bool is_swapped(struct str a, struct str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && a.p[i] == b.p[i]) {
        i++;
    }
    return a.len == b.len && i + 1 < a.len && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
           str_eq(str_skip(a, i + 2), str_skip(b, i + 2));
}

/* The edit distance of A and B, or LIMIT + 1 if it is more than LIMIT. */
static unsigned distance(struct str a, struct str b, unsigned limit)
{
    enum { MAX = 256 };
    unsigned row[MAX + 1];
    size_t diff = a.len > b.len ? a.len - b.len : b.len - a.len;
    if (diff > limit || a.len > MAX || b.len > MAX) {
        return limit + 1;
    }
    if (is_swapped(a, b)) {
        return 1;
    }
    for (unsigned j = 0; j <= b.len; j++) {
        row[j] = j;
    }
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0], least = i;
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
            least = row[j] < least ? row[j] : least;
        }
        if (least > limit) {
            return limit + 1;
        }
    }
    return row[b.len];
}

struct guess {
    struct hint decorated, cxx, near;
    unsigned near_distance;
};

/* Is CAND the same C function's name as NAME, by another calling convention? */
static bool is_redecorated(struct str name, struct str c_name, struct str cand)
{
    struct str bare = undecorated(name), other = undecorated(cand);
    /* the C name may or may not have its underscore where the decorated one has lost it */
    bool same = str_eq(bare, other) || (bare.len == name.len && other.len != cand.len && str_eq(c_name, other)) ||
                (other.len == cand.len && bare.len != name.len && cand.len == bare.len + 1 &&
                 cand.p[0] == '_' && str_eq(str_skip(cand, 1), bare));
    return same && (bare.len != name.len || other.len != cand.len);
}

static struct str c_spelling(const struct ld *ld, struct str name)
{
    return ld->machine == MACH_I386 && str_starts(name, S("_")) ? str_skip(name, 1) : name;
}

/* Do A and B differ, and in the case of letters alone? */
static bool is_other_case(struct str a, struct str b)
{
    bool differ = false;
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        char x = a.p[i], y = b.p[i];
        bool letter = (x | 32) >= 'a' && (x | 32) <= 'z';
        if (x != y && !(letter && (x ^ y) == 32)) {
            return false;
        }
        differ |= x != y;
    }
    return differ;
}

static void weigh(const struct ld *ld, struct guess *g, struct str name, struct str cand)
{
    struct str c_name = c_spelling(ld, name);
    if (!g->decorated.name.len && is_redecorated(name, c_name, cand)) {
        g->decorated.name = cand;
    }
    struct str base = cxx_base(cand);
    if (base.len && !g->cxx.name.len && str_eq(base, c_name)) {
        g->cxx.name = cand;
    }
    unsigned d = g->near_distance ? distance(name, cand, g->near_distance - 1) : UINT32_MAX;
    if (d && d < g->near_distance) {
        g->near.name = cand;
        g->near_distance = d;
    } else if ((!g->near.name.len || g->near_distance > 1) && is_other_case(name, cand)) {
        g->near.name = cand; /* names that are too short for slips, or differ in many letters */
        g->near_distance = 1;
    }
}

/* What archives offer and nobody has asked for: that is much, so that of slips only the slightest counts. */
static void guess_in_archive(const struct ld *ld, struct guess *g, struct str name, const struct ld_archive *a)
{
    struct str c_name = c_spelling(ld, name);
    for (uint64_t i = 0; a->interned && i < a->n_open; i++) {
        struct str cand = ld_sym_name(ld, a->entry_ids[i]);
        bool imp = str_starts(cand, S("__imp_"));
        struct str base = cxx_base(cand);
        if (str_starts(cand, S("."))) {
            continue;
        }
        if (is_redecorated(name, c_name, imp ? str_skip(cand, 6) : cand) &&
            (!g->decorated.name.len || (!imp && str_starts(g->decorated.name, S("__imp_"))))) {
            g->decorated = (struct hint){cand, a};
        }
        if (base.len && !g->cxx.name.len && str_eq(base, c_name)) {
            g->cxx = (struct hint){cand, a};
        }
        if (!imp && name.len > 4 && g->near_distance > 1 && distance(name, cand, 1) == 1) {
            g->near = (struct hint){cand, a};
            g->near_distance = 1;
        }
    }
}

/* Looks at every definition, in load order, then at what archives have. */
static void guess(struct ld *ld, struct guess *g, struct str name)
{
    g->near_distance = name.len < 4 ? 1 : name.len < 8 ? 2 : 3;
    for (size_t k = 1; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; i < f->n_syms; i++) {
            const struct symbol *s = &f->syms[i];
            if (f->ids[i] != LD_NO_SYM && s->sec != SEC_UNDEF && !str_starts(s->name, S("__imp_")) &&
                !str_starts(s->name, S("."))) {
                weigh(ld, g, name, s->name);
            }
        }
    }
    for (size_t k = 0; k < ld->archives.n && !g->decorated.name.len && !g->cxx.name.len; k++) {
        guess_in_archive(ld, g, name, ld->archives.p[k]);
    }
}

/* A DLL given itself that exports something without a name. */
static const struct ld_file *nameless_exports(const struct ld *ld)
{
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (uint32_t i = 0; f->kind == LD_SHARED && f->obj.format == OBJ_PE && i < f->obj.n_exports; i++) {
            if (!f->obj.exports[i].name.len) {
                return f;
            }
        }
    }
    return NULL;
}

static void print_hint(struct ld *ld, struct str name)
{
    struct arena *a = &ld->arena;
    struct guess g = {0};
    struct hint h;
    if (with_prefix(ld, name, &h)) {
        diag_continue(&ld->diag, ">>> did you mean: %.*s%s", Q(h.name), in_brackets(ld, "", h.archive));
        return;
    }
    struct str c = cxx_base(name);
    const char *lead = str_starts(name, S("__Z")) ? "_" : "";
    if (c.len && is_known(ld, str_c(arena_printf(a, "%s%.*s", lead, Q(c))), &h)) {
        diag_continue(&ld->diag, ">>> did you mean to declare it as extern \"C\"? '%.*s' is defined%s", Q(h.name),
                      in_brackets(ld, "", h.archive));
        return;
    }
    guess(ld, &g, str_starts(name, S("__imp_")) ? str_skip(name, 6) : name);
    if (g.decorated.name.len) {
        diag_continue(&ld->diag, ">>> did you mean: %.*s%s", Q(g.decorated.name),
                      in_brackets(ld, "another calling convention", g.decorated.archive));
    } else if (g.cxx.name.len) {
        diag_continue(&ld->diag, ">>> did you mean to declare %s as extern \"C\"?%s", ld_show(ld, a, g.cxx.name),
                      in_brackets(ld, "", g.cxx.archive));
    } else if (g.near.name.len) {
        diag_continue(&ld->diag, ">>> did you mean: %s%s", ld_show(ld, a, g.near.name),
                      in_brackets(ld, "", g.near.archive));
    } else if (nameless_exports(ld)) {
        diag_continue(&ld->diag, ">>> %s exports functions by number only: an import library knows their names",
                      ld_file_name(ld, nameless_exports(ld)));
    } else if (str_starts(name, S("_ZTV")) || str_starts(name, S("__ZTV"))) {
        diag_continue(&ld->diag, ">>> is the class's first virtual function that is not inline defined?");
    }
}

static void report_one(struct ld *ld, const struct missing *m, bool detailed)
{
    struct str name = ld_sym_name(ld, m->id);
    enum severity sev = ld->opt.warn_unresolved || ld->opt.noinhibit_exec ? SEV_WARNING : SEV_ERROR;
    diag_report(&ld->diag, sev, NULL, DIAG_NO_OFFSET, "undefined reference to '%s'",
                ld_show(ld, &ld->arena, name));
    for (uint32_t i = 0; i < m->n_refs; i++) {
        print_place(ld, m->refs[i].f, &m->refs[i].u, detailed);
    }
    if (m->n > m->n_refs) {
        diag_continue(&ld->diag, ">>> referenced %u more time%s", m->n - m->n_refs, m->n - m->n_refs == 1 ? "" : "s");
    }
    if (ld_sym(ld, m->id)->rank == RANK_SHARED) {
        diag_continue(&ld->diag, ">>> an object hides it, so that the definition in %s does not count",
                      ld_file_name(ld, ld_file(ld, ld_sym(ld, m->id)->file)));
    } else if (detailed) {
        print_hint(ld, name);
    }
}

/* --unresolved-symbols: are undefined symbols of objects to be let through? Shared libraries' are the
   backend's business. */
static bool lets_through(struct ld *ld)
{
    const char *how = ld->opt.unresolved_symbols;
    if (!how || strcmp(how, "report-all") == 0 || strcmp(how, "ignore-in-shared-libs") == 0) {
        return false;
    }
    if (strcmp(how, "ignore-all") != 0 && strcmp(how, "ignore-in-object-files") != 0) {
        diag_error(&ld->diag, "--unresolved-symbols=%s: unknown method", how);
    }
    return true;
}

bool ld_lets_undefined(const struct ld *ld, uint32_t id)
{
    const char *how = ld->opt.unresolved_symbols ? ld->opt.unresolved_symbols : "";
    if (ld->opt.warn_unresolved || ld->opt.noinhibit_exec) {
        return true;
    }
    return strcmp(how, "ignore-all") == 0 || strcmp(how, "ignore-in-object-files") == 0 ||
           ld_ignores_unresolved(ld, ld_sym_name(ld, id));
}

bool ld_ignores_unresolved(const struct ld *ld, struct str name)
{
    for (size_t i = 0; i < ld->opt.ignore_unresolved.n; i++) {
        if (str_is(name, ld->opt.ignore_unresolved.p[i])) {
            return true;
        }
    }
    return false;
}

bool ld_report_undefined(struct ld *ld)
{
    if (lets_through(ld)) {
        return diag_ok(&ld->diag);
    }
    VEC(struct missing) list = {0};
    uint32_t *seen = NULL; /* by id: index + 1 in list */
    for (size_t k = 1; k < ld->files.n; k++) {
        struct ld_file *f = ld->files.p[k];
        for (size_t i = 0; i < f->undefs.n; i++) {
            const struct ld_undef *u = &f->undefs.p[i];
            if (ld->opt.ignore_unresolved.n && ld_ignores_unresolved(ld, ld_sym_name(ld, u->id))) {
                continue;
            }
            seen = seen ? seen : xcalloc(ld->tab.cap, sizeof *seen);
            if (!seen[u->id]) {
                vec_push(&list, (struct missing){.id = u->id});
                seen[u->id] = (uint32_t)list.n;
            }
            add_reference(&list.p[seen[u->id] - 1], f, u);
        }
    }
    for (size_t i = 0; i < list.n; i++) {
        if (ld->opt.error_limit && i >= ld->opt.error_limit) {
            diag_error(&ld->diag, "too many errors: %zu more undefined symbols (--error-limit=0 shows all)",
                       list.n - i);
            break;
        }
        report_one(ld, &list.p[i], i < DETAILED);
    }
    vec_free(&list);
    free(seen);
    return diag_ok(&ld->diag);
}
