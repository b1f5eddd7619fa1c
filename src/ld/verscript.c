/* verscript.c - see verscript.h. */
#include "base/demangle.h"
#include "ld/verscript.h"

void verscript_free(struct version_script *vs)
{
    for (size_t i = 0; i < vs->nodes.n; i++) {
        vec_free(&vs->nodes.p[i].parents);
    }
    vec_free(&vs->nodes);
    vec_free(&vs->patterns);
    strmap_free(&vs->exact);
    strmap_free(&vs->exact_cxx);
}

uint32_t verscript_node(const struct version_script *vs, struct str name)
{
    for (size_t i = 0; i < vs->nodes.n; i++) {
        if (str_eq(vs->nodes.p[i].name, name)) {
            return (uint32_t)i;
        }
    }
    return UINT32_MAX;
}

/* An exact name that is global somewhere stays global: the first one of its kind wins. */
static void add_exact(struct version_script *vs, struct strmap *m, uint32_t idx)
{
    const struct ver_pattern *p = &vs->patterns.p[idx];
    bool added;
    uint32_t *cell = strmap_put(m, p->text, idx, &added);
    if (!added && vs->patterns.p[*cell].local && !p->local) {
        *cell = idx;
    }
}

static void add_pattern(struct version_script *vs, struct ver_pattern p, bool quoted)
{
    p.exact = quoted || !str_has_glob(p.text);
    p.star = !quoted && str_is(p.text, "*");
    vec_push(&vs->patterns, p);
    uint32_t idx = (uint32_t)(vs->patterns.n - 1);
    vs->has_cxx |= p.cxx;
    if (p.exact) {
        add_exact(vs, p.cxx ? &vs->exact_cxx : &vs->exact, idx);
    } else {
        vs->has_patterns = true;
    }
}

void verscript_add(struct version_script *vs, struct str text, bool local)
{
    add_pattern(vs, (struct ver_pattern){.text = text, .local = local}, false);
}

/* ---- parsing ------------------------------------------------------------------------------------- */

/* name; name; extern "C++" { name; }; ... up to the closing brace, which is left. LABELS: "global:"
   and "local:" may stand between. */
static bool patterns(struct version_script *vs, struct script_lex *lx, uint32_t node, bool cxx,
                     bool local, bool labels, unsigned depth)
{
    for (;;) {
        struct lex_token t = lex_peek(lx, LEX_VERSION);
        if (t.kind == '}' || lx->failed) {
            return !lx->failed;
        }
        if (t.kind == ';') { /* an empty item, as after extern's brace */
            lex_next(lx, LEX_VERSION);
            continue;
        }
        if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
            return t.kind == LEX_END
                       ? lex_error_at(lx, t.pos, "'}' expected, but the version script ends")
                       : lex_error_at(lx, t.pos, "a symbol name expected, not '%.*s'", Q(t.text));
        }
        lex_next(lx, LEX_VERSION);
        if (labels && t.kind == LEX_WORD && (str_is(t.text, "global") || str_is(t.text, "local")) &&
            lex_accept(lx, LEX_VERSION, ':')) {
            local = str_is(t.text, "local");
            continue;
        }
        if (t.kind == LEX_WORD && str_is(t.text, "extern") &&
            lex_peek(lx, LEX_VERSION).kind == LEX_QUOTED) {
            struct lex_token lang = lex_next(lx, LEX_VERSION);
            bool inner = str_is(lang.text, "C++");
            if (!inner && !str_is(lang.text, "C") && !str_is(lang.text, "Java")) {
                return lex_error_at(lx, lang.pos, "unknown language '%.*s'", Q(lang.text));
            }
            if (depth > 4) {
                return lex_error_at(lx, t.pos, "extern blocks nest too deep");
            }
            if (!lex_expect(lx, LEX_VERSION, '{') ||
                !patterns(vs, lx, node, inner, local, false, depth + 1) ||
                !lex_expect(lx, LEX_VERSION, '}')) {
                return false;
            }
            continue;
        }
        add_pattern(vs, (struct ver_pattern){.text = t.text, .node = node, .local = local,
                                             .cxx = cxx, .pos = t.pos},
                    t.kind == LEX_QUOTED);
        if (lex_peek(lx, LEX_VERSION).kind != '}' && !lex_expect(lx, LEX_VERSION, ';')) {
            return false;
        }
    }
}

static bool parents(struct version_script *vs, struct script_lex *lx, uint32_t node)
{
    while (lex_peek(lx, LEX_VERSION).kind == LEX_WORD) {
        struct lex_token t = lex_next(lx, LEX_VERSION);
        uint32_t parent = verscript_node(vs, t.text);
        if (parent == UINT32_MAX || parent == node) {
            return lex_error_at(lx, t.pos, "unknown parent version '%.*s'", Q(t.text));
        }
        vec_push(&vs->nodes.p[node].parents, parent);
    }
    return lex_expect(lx, LEX_VERSION, ';');
}

bool verscript_parse_lex(struct version_script *vs, struct script_lex *lx)
{
    for (;;) {
        struct lex_token t = lex_peek(lx, LEX_VERSION);
        if (lx->failed) {
            return false;
        }
        if (t.kind == LEX_END || t.kind == '}') {
            return true;
        }
        struct str name = {0};
        if (t.kind == LEX_WORD || t.kind == LEX_QUOTED) {
            lex_next(lx, LEX_VERSION);
            name = t.text;
        }
        if ((name.len == 0 && vs->nodes.n > 0) || vs->anonymous) {
            return lex_error_at(lx, t.pos,
                                "an anonymous version cannot stand beside other versions");
        }
        if (name.len && verscript_node(vs, name) != UINT32_MAX) {
            return lex_error_at(lx, t.pos, "version '%.*s' is defined twice", Q(name));
        }
        vs->anonymous = name.len == 0;
        vec_push(&vs->nodes, (struct ver_node){.name = name});
        uint32_t node = (uint32_t)(vs->nodes.n - 1);
        if (!lex_expect(lx, LEX_VERSION, '{') || !patterns(vs, lx, node, false, false, true, 0) ||
            !lex_expect(lx, LEX_VERSION, '}') || !parents(vs, lx, node)) {
            return false;
        }
    }
}

static bool at_end(struct script_lex *lx)
{
    struct lex_token t = lex_next(lx, LEX_VERSION);
    return t.kind == LEX_END ? !lx->failed
                             : lex_error_at(lx, t.pos, "unexpected '%.*s'", Q(t.text));
}

bool verscript_parse(struct version_script *vs, struct view text, const char *path, struct diag *d)
{
    struct script_lex lx;
    lex_start(&lx, text, path, d);
    return verscript_parse_lex(vs, &lx) && at_end(&lx);
}

bool dynlist_parse(struct version_script *vs, struct view text, const char *path, struct diag *d)
{
    struct script_lex lx;
    lex_start(&lx, text, path, d);
    do {
        if (!lex_expect(&lx, LEX_VERSION, '{') || !patterns(vs, &lx, 0, false, false, false, 0) ||
            !lex_expect(&lx, LEX_VERSION, '}') || !lex_expect(&lx, LEX_VERSION, ';')) {
            return false;
        }
    } while (lex_peek(&lx, LEX_VERSION).kind == '{');
    return at_end(&lx);
}

/* ---- matching ------------------------------------------------------------------------------------ */

/* Larger wins. */
static int strength(const struct ver_pattern *p)
{
    return (p->star ? 0 : 2) + (p->local ? 0 : 1);
}

static uint32_t best_pattern(const struct version_script *vs, struct str name, struct str cxx)
{
    uint32_t best = STRMAP_NONE;
    for (uint32_t i = 0; i < vs->patterns.n; i++) {
        const struct ver_pattern *p = &vs->patterns.p[i];
        if (p->exact || (best != STRMAP_NONE && strength(p) < strength(&vs->patterns.p[best]))) {
            continue;
        }
        if (p->star ? !p->cxx || cxx.len : str_glob(p->text, p->cxx ? cxx : name)) {
            best = i;
        }
    }
    return best;
}

struct ver_match verscript_match(const struct version_script *vs, struct str name)
{
    uint32_t hit = strmap_get(&vs->exact, name);
    struct buf b = {0};
    struct str cxx = {0};
    if (hit == STRMAP_NONE && vs->has_cxx) {
        /* names that are not mangled stand for themselves, as in GNU ld */
        cxx = demangle(&b, name, false) ? (struct str){b.p, b.n} : name;
        hit = strmap_get(&vs->exact_cxx, cxx);
    }
    if (hit == STRMAP_NONE && vs->has_patterns) {
        hit = best_pattern(vs, name, cxx);
    }
    buf_free(&b);
    if (hit == STRMAP_NONE) {
        return (struct ver_match){0};
    }
    const struct ver_pattern *p = &vs->patterns.p[hit];
    return (struct ver_match){true, p->local, p->node, hit};
}
