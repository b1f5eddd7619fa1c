/* script_mri.c - the scripts of -c, in the language of the Microtec linker, as far as GNU ld knows it.

   Each command stands on a line of its own; names are separated by commas or spaces, comments begin with ';', or with
   '*' where a line begins. They are translated into a linker script, which is read instead: files, symbols and the
   output's name become its commands, the sections of ORDER and SECT its SECTIONS in the order of their first mention.
   As with GNU ld such a script replaces the default layout. Source: GNU ld manual, "MRI Compatible Script Files". */
#include <string.h>

#include "ld/script_mri.h"

enum { MRI_DEPTH = 10 };

struct mri_section {
    struct str name, addr, align, subalign;
    bool load;
};

struct mri {
    struct ld *ld;
    struct buf out;
    VEC(struct mri_section) sections;
    VEC(struct str) aliases; /* pairs: section, what else goes there */
    struct str base;
    bool only_some;          /* ABSOLUTE: others are not loaded */
    const char *path;
    unsigned line, depth;
    struct str rest;         /* of the line */
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c && strchr("._$/~+-@", c));
}

static bool bad(const struct mri *m, const char *what, struct str text)
{
    return diag_error(&m->ld->diag, "%s:%u: %s '%.*s'", m->path, m->line, what, Q(text));
}

/* The next word of the line; separators before it are skipped. Without length: there is none. */
static struct str word(struct mri *m)
{
    size_t n = 0;
    while (m->rest.len && (is_space(m->rest.p[0]) || m->rest.p[0] == ',' || m->rest.p[0] == '=')) {
        m->rest = str_skip(m->rest, 1);
    }
    while (n < m->rest.len && is_name_char(m->rest.p[n])) {
        n++;
    }
    struct str w = str_head(m->rest, n);
    m->rest = str_skip(m->rest, n);
    return w;
}

static bool name(struct mri *m, struct str *out)
{
    *out = word(m);
    return out->len || bad(m, "a name is missing before", m->rest);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* $1F and 1FH are hexadecimal. */
static void add_word(struct buf *b, struct str w)
{
    size_t from = w.p[0] == '$', end = w.len, digits = 0;
    bool suffix = w.len > 1 && (w.p[w.len - 1] | 32) == 'h' && w.p[0] >= '0' && w.p[0] <= '9';
    end -= suffix;
    while (from + digits < end && is_hex(w.p[from + digits])) {
        digits++;
    }
    if ((from || suffix) && digits && from + digits == end) {
        buf_puts(b, "0x");
        buf_str(b, (struct str){w.p + from, digits});
    } else {
        buf_str(b, w);
    }
}

/* The rest of the line as an expression of linker scripts. */
static bool expression(struct mri *m, struct str *out)
{
    struct buf b = {0};
    bool first = true;
    while (m->rest.len) {
        char c = m->rest.p[0];
        bool separates = first && (is_space(c) || c == '=' || c == ',');
        size_t n = 0;
        while (n < m->rest.len && is_name_char(m->rest.p[n]) && !strchr("/~+-", m->rest.p[n])) {
            n++;
        }
        if (n) {
            add_word(&b, str_head(m->rest, n));
        } else if (!separates && strchr("+-*/%&|<>~()! \t\r", c)) {
            buf_c(&b, c);
        } else if (!separates) {
            buf_free(&b);
            return bad(m, "no expression:", m->rest);
        }
        first = first && separates;
        m->rest = str_skip(m->rest, n ? n : 1);
    }
    *out = arena_str(&m->ld->arena, (struct str){b.p ? b.p : "", b.n});
    bool any = b.n > 0;
    buf_free(&b);
    return any || bad(m, "a value is missing behind", str_c("="));
}

static struct mri_section *section(struct mri *m, struct str n)
{
    for (size_t i = 0; i < m->sections.n; i++) {
        if (str_eq(m->sections.p[i].name, n)) {
            return &m->sections.p[i];
        }
    }
    vec_push(&m->sections, (struct mri_section){.name = n});
    return &m->sections.p[m->sections.n - 1];
}

/* HEAD(A B ...) */
static bool listed(struct mri *m, const char *head)
{
    struct str w;
    buf_puts(&m->out, head);
    buf_c(&m->out, '(');
    while ((w = word(m)).len) {
        buf_str(&m->out, w);
        buf_c(&m->out, ' ');
    }
    buf_puts(&m->out, ")\n");
    return true;
}

/* ---- commands --------------------------------------------------------------------------------------- */

static bool run(struct mri *m, struct ld_input *in);

static bool c_load(struct mri *m) { return listed(m, "INPUT"); }
static bool c_extern(struct mri *m) { return listed(m, "EXTERN"); }
static bool c_name(struct mri *m) { return listed(m, "OUTPUT"); }
static bool c_start(struct mri *m) { return listed(m, "ENTRY"); }
static bool c_base(struct mri *m) { return expression(m, &m->base); }

static bool c_public(struct mri *m)
{
    struct str n, v;
    if (!name(m, &n) || !expression(m, &v)) {
        return false;
    }
    buf_printf(&m->out, "%.*s = %.*s;\n", Q(n), Q(v));
    return true;
}

static bool c_order(struct mri *m)
{
    for (struct str w; (w = word(m)).len;) {
        section(m, w);
    }
    return true;
}

static bool c_sect(struct mri *m)
{
    struct str n, v;
    if (!name(m, &n) || !expression(m, &v)) {
        return false;
    }
    section(m, n)->addr = v;
    return true;
}

static bool c_align(struct mri *m)
{
    struct str n, v;
    if (!name(m, &n) || !expression(m, &v)) {
        return false;
    }
    section(m, n)->align = v;
    return true;
}

static bool c_alignmod(struct mri *m)
{
    struct str n, v;
    if (!name(m, &n) || !expression(m, &v)) {
        return false;
    }
    section(m, n)->subalign = v;
    return true;
}

static bool c_alias(struct mri *m)
{
    struct str n, other;
    if (!name(m, &n) || !name(m, &other)) {
        return false;
    }
    vec_push(&m->aliases, n);
    vec_push(&m->aliases, other);
    return true;
}

static bool c_absolute(struct mri *m)
{
    for (struct str w; (w = word(m)).len;) {
        section(m, w)->load = true;
        m->only_some = true;
    }
    return true;
}

static bool c_list(struct mri *m)
{
    m->ld->opt.print_map = true;
    m->rest.len = 0;
    return true;
}

static bool c_format(struct mri *m)
{
    struct str n = word(m);
    return bad(m, str_is(n, "S") ? "no S-records are written: format" : "unknown format type", n);
}

static bool c_include(struct mri *m)
{
    struct str n;
    if (!name(m, &n)) {
        return false;
    }
    struct ld_input *in = ld_find_script(m->ld, n);
    return in ? run(m, in) : bad(m, "cannot open", n);
}

static bool c_nothing(struct mri *m)
{
    m->rest.len = 0;
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct mri *m);
} commands[] = {{"ABSOLUTE", c_absolute}, {"ALIAS", c_alias}, {"ALIGN", c_align}, {"ALIGNMOD", c_alignmod},
                {"BASE", c_base}, {"CASE", c_nothing}, {"CHIP", c_nothing}, {"END", c_nothing},
                {"EXTERN", c_extern}, {"FORMAT", c_format}, {"INCLUDE", c_include}, {"LIST", c_list},
                {"LOAD", c_load}, {"NAME", c_name}, {"ORDER", c_order}, {"PUBLIC", c_public}, {"SECT", c_sect},
                {"START", c_start}, {"TRUNCATE", c_nothing}};

static bool same_word(struct str w, const char *upper)
{
    size_t i = 0;
    while (i < w.len && upper[i] && (w.p[i] == upper[i] || w.p[i] == (upper[i] | 32))) {
        i++;
    }
    return i == w.len && !upper[i];
}

static bool command(struct mri *m)
{
    struct str w = word(m);
    if (!w.len) {
        return !m->rest.len || bad(m, "no command:", m->rest);
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (same_word(w, commands[i].name)) {
            if (!commands[i].run(m)) {
                return false;
            }
            while (m->rest.len && is_space(m->rest.p[0])) {
                m->rest = str_skip(m->rest, 1);
            }
            return !m->rest.len || bad(m, "more than the command wants:", m->rest);
        }
    }
    return bad(m, "unrecognised keyword in MRI style script:", w);
}

static bool run(struct mri *m, struct ld_input *in)
{
    struct str text = {(const char *)in->file.data.p, (size_t)in->file.data.len}, rest = m->rest;
    const char *path = m->path;
    unsigned line = m->line;
    bool ok = true;
    if (in->in_script || m->depth == MRI_DEPTH) {
        return bad(m, "scripts include each other:", str_c(in->path));
    }
    in->in_script = true;
    m->depth++;
    m->path = in->path;
    m->line = 0;
    while (ok && text.len) {
        size_t n = str_find(text, '\n');
        n = n == SIZE_MAX ? text.len : n;
        struct str l = str_head(text, n);
        text = str_skip(text, n < text.len ? n + 1 : n);
        m->line++;
        size_t comment = l.len && l.p[0] == '*' ? 0 : str_find(l, ';');
        m->rest = comment == SIZE_MAX ? l : str_head(l, comment);
        ok = command(m);
    }
    in->in_script = false;
    m->depth--;
    m->path = path;
    m->line = line;
    m->rest = rest;
    m->rest.len = 0;
    return ok;
}

static void add_sections(struct mri *m)
{
    buf_puts(&m->out, "SECTIONS {\n");
    for (size_t i = 0; i < m->sections.n; i++) {
        const struct mri_section *s = &m->sections.p[i];
        struct str at = i == 0 && m->base.len ? m->base : s->addr;
        buf_printf(&m->out, "%.*s %.*s%s :", Q(s->name), Q(at), m->only_some && !s->load ? " (NOLOAD)" : "");
        if (s->align.len) {
            buf_printf(&m->out, " ALIGN(%.*s)", Q(s->align));
        }
        if (s->subalign.len) {
            buf_printf(&m->out, " SUBALIGN(%.*s)", Q(s->subalign));
        }
        buf_printf(&m->out, " { *(%.*s)", Q(s->name));
        for (size_t k = 0; k < m->aliases.n; k += 2) {
            if (str_eq(m->aliases.p[k], s->name)) {
                buf_printf(&m->out, " *(%.*s)", Q(m->aliases.p[k + 1]));
            }
        }
        buf_puts(&m->out, " }\n");
    }
    buf_puts(&m->out, "}\n");
}

bool ld_translate_mri(struct ld *ld, struct ld_input *in, struct view *out)
{
    struct mri m = {.ld = ld, .path = in->path};
    bool ok = run(&m, in);
    if (ok) {
        add_sections(&m);
        struct str text = arena_str(&ld->arena, (struct str){m.out.p, m.out.n});
        *out = view_of(text.p, text.len);
    }
    buf_free(&m.out);
    vec_free(&m.sections);
    vec_free(&m.aliases);
    return ok;
}
