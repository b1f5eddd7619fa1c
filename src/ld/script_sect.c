/* script_sect.c - parsing SECTIONS: output section descriptions, input patterns, overlays. */
#include "ld/script_parse.h"

/* ---- input patterns ------------------------------------------------------------------------------ */

typedef VEC(struct str) str_vec;

static struct str *keep_names(struct sp *p, str_vec *v, uint32_t *n)
{
    struct str *out = ARENA_ARRAY(p->a, struct str, v->n ? v->n : 1);
    if (v->n) {
        memcpy(out, v->p, v->n * sizeof *out);
    }
    *n = (uint32_t)v->n;
    vec_free(v);
    return out;
}

/* (a b c) after EXCLUDE_FILE. */
static bool exclude_file(struct sp *p, struct str **out, uint32_t *n)
{
    str_vec v = {0};
    if (!lex_expect(&p->lx, LEX_NAME, '(')) {
        return false;
    }
    while (!lex_accept(&p->lx, LEX_NAME, ')')) {
        struct str s;
        if (!sp_name(p, LEX_NAME, &s)) {
            vec_free(&v);
            return false;
        }
        vec_push(&v, s);
        lex_accept(&p->lx, LEX_NAME, ',');
    }
    *out = keep_names(p, &v, n);
    return true;
}

static bool sort_word(struct str w, enum sort_kind *kind)
{
    static const struct { const char *name; enum sort_kind kind; } table[] = {
        {"SORT", SORT_NAME}, {"SORT_BY_NAME", SORT_NAME}, {"SORT_BY_ALIGNMENT", SORT_ALIGNMENT},
        {"SORT_BY_INIT_PRIORITY", SORT_INIT_PRIORITY}, {"SORT_NONE", SORT_DISABLED}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (str_is(w, table[i].name)) {
            *kind = table[i].kind;
            return true;
        }
    }
    return false;
}

/* One pattern, perhaps within up to two SORTs, REVERSE and EXCLUDE_FILE. Appends one entry per name. */
typedef VEC(struct sc_pattern) pattern_vec;

static bool pattern(struct sp *p, struct sc_pattern base, pattern_vec *out, unsigned depth)
{
    struct lex_token t = lex_next(&p->lx, LEX_NAME);
    enum sort_kind k;
    if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
        return sp_bad(p, t, "a section pattern");
    }
    bool call = t.kind == LEX_WORD && lex_peek(&p->lx, LEX_NAME).kind == '(';
    if (call && str_is(t.text, "EXCLUDE_FILE")) {
        return exclude_file(p, &base.exclude, &base.n_exclude) && pattern(p, base, out, depth);
    }
    if (call && (sort_word(t.text, &k) || str_is(t.text, "REVERSE"))) {
        if (depth == 3) {
            return lex_error_at(&p->lx, t.pos, "SORT nests too deep");
        }
        if (str_is(t.text, "REVERSE")) {
            base.reverse = true;
        } else if (base.sort == SORT_NONE) {
            base.sort = k;
        } else {
            base.sort2 = k;
        }
        lex_next(&p->lx, LEX_NAME);
        while (!lex_accept(&p->lx, LEX_NAME, ')')) {
            if (!pattern(p, base, out, depth + 1)) {
                return false;
            }
            lex_accept(&p->lx, LEX_NAME, ',');
        }
        return true;
    }
    base.name = t.text;
    vec_push(out, base);
    return true;
}

/* Up to the parenthesis, or in the form "[ .stab ]" the bracket, that closes them. */
static bool patterns(struct sp *p, struct sc_input *in, bool bracket)
{
    pattern_vec v = {0};
    while (!(bracket ? lex_accept_word(&p->lx, LEX_NAME, "]") : lex_accept(&p->lx, LEX_NAME, ')'))) {
        if (!pattern(p, (struct sc_pattern){0}, &v, 0)) {
            vec_free(&v);
            return false;
        }
        lex_accept(&p->lx, LEX_NAME, ',');
    }
    in->patterns = ARENA_ARRAY(p->a, struct sc_pattern, v.n ? v.n : 1);
    if (v.n) {
        memcpy(in->patterns, v.p, v.n * sizeof *v.p);
    }
    in->n_patterns = (uint32_t)v.n;
    vec_free(&v);
    return true;
}

static bool section_flags(struct sp *p, struct sc_input *in)
{
    static const struct { const char *name; uint32_t bit; } flags[] = {
        {"SHF_WRITE", 1}, {"SHF_ALLOC", 2}, {"SHF_EXECINSTR", 4}, {"SHF_MERGE", 0x10},
        {"SHF_STRINGS", 0x20}, {"SHF_INFO_LINK", 0x40}, {"SHF_LINK_ORDER", 0x80},
        {"SHF_GROUP", 0x200}, {"SHF_TLS", 0x400}};
    if (!lex_expect(&p->lx, LEX_EXPR, '(')) {
        return false;
    }
    do {
        bool not = lex_accept(&p->lx, LEX_EXPR, '!');
        struct lex_token t = lex_next(&p->lx, LEX_EXPR);
        uint32_t bit = t.kind == LEX_NUMBER ? (uint32_t)t.num : 0;
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
            bit |= t.kind == LEX_WORD && str_is(t.text, flags[i].name) ? flags[i].bit : 0;
        }
        if (!bit) {
            return sp_bad(p, t, "a section flag");
        }
        *(not ? &in->without_flags : &in->with_flags) |= bit;
    } while (lex_accept(&p->lx, LEX_EXPR, '&'));
    return lex_expect(&p->lx, LEX_EXPR, ')');
}

/* file(patterns), SORT(file)(patterns), EXCLUDE_FILE(x) *(patterns), a bare file name, or [ patterns ] of any file;
   FIRST is read. */
static bool input(struct sp *p, struct sc_list *list, struct lex_token first, bool keep)
{
    struct sc_stmt *s = sp_stmt(p, list, SC_INPUT, first.pos);
    struct sc_input *in = &s->in;
    in->keep = keep;
    while (first.kind == LEX_WORD && lex_peek(&p->lx, LEX_NAME).kind == '(' &&
           (str_is(first.text, "EXCLUDE_FILE") || str_is(first.text, "INPUT_SECTION_FLAGS"))) {
        if (str_is(first.text, "EXCLUDE_FILE") ? !exclude_file(p, &in->exclude, &in->n_exclude)
                                               : !section_flags(p, in)) {
            return false;
        }
        first = lex_next(&p->lx, LEX_NAME);
    }
    if (first.kind != LEX_WORD && first.kind != LEX_QUOTED) {
        return sp_bad(p, first, "an input section description");
    }
    if (first.kind == LEX_WORD && str_is(first.text, "[")) {
        in->file = S("*");
        return patterns(p, in, true);
    }
    if (first.kind == LEX_WORD && sort_word(first.text, &in->file_sort) &&
        lex_peek(&p->lx, LEX_NAME).kind == '(') {
        if (!sp_paren_name(p, &in->file)) {
            return false;
        }
    } else {
        in->file_sort = SORT_NONE;
        in->file = first.text;
    }
    if (!str_has_glob(in->file) && !memchr(in->file.p, ':', in->file.len)) {
        vec_push(&p->s->files, (struct sc_file){SC_FILE_DESCRIBED, in->file, false, false});
    }
    if (lex_accept(&p->lx, LEX_NAME, '(')) {
        return patterns(p, in, false);
    }
    in->all_sections = true;
    return true;
}

/* Does PATTERN name FILE, of ARCHIVE if that is not empty: file, archive, "archive:member", "archive:" or ":file"? */
static bool names_file(struct str pattern, struct str archive, struct str file)
{
    size_t colon = str_find(pattern, ':');
    if (colon == SIZE_MAX) {
        return str_is(pattern, "*") || str_glob(pattern, file) || (archive.len && str_glob(pattern, archive));
    }
    struct str a = str_head(pattern, colon), m = str_skip(pattern, colon + 1);
    bool member = archive.len != 0;
    return str_glob(a, member ? archive : S("")) && (m.len ? str_glob(m, file) : member);
}

int script_input_match(const struct sc_input *in, struct str archive, struct str file, struct str sec)
{
    if (!names_file(in->file, archive, file)) {
        return -1;
    }
    for (uint32_t i = 0; i < in->n_exclude; i++) {
        if (names_file(in->exclude[i], archive, file)) {
            return -1;
        }
    }
    if (in->all_sections) {
        return 0;
    }
    for (uint32_t i = 0; i < in->n_patterns; i++) {
        const struct sc_pattern *pt = &in->patterns[i];
        bool out = !str_glob(pt->name, sec);
        for (uint32_t k = 0; !out && k < pt->n_exclude; k++) {
            out = names_file(pt->exclude[k], archive, file);
        }
        if (!out) {
            return (int)i;
        }
    }
    return -1;
}

/* ---- inside an output section ----------------------------------------------------------------------- */

/* Hex digits longer than eight are a byte string; anything else an expression of four bytes. */
static bool fill_value(struct sp *p, const struct sx **value, struct str *bytes)
{
    struct lex_token t = lex_peek(&p->lx, LEX_NAME); /* may be no number of 64 bits */
    if (t.kind == LEX_WORD && t.text.len > 2 && t.text.p[0] == '0' && (t.text.p[1] | 32) == 'x') {
        struct str hex = str_skip(t.text, 2);
        bool good = hex.len > 0;
        for (size_t i = 0; i < hex.len; i++) {
            char c = (char)(hex.p[i] | 32);
            good = good && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
        }
        if (good && hex.len % 2 == 0) {
            char *out = arena_alloc(p->a, hex.len / 2);
            for (size_t i = 0; i < hex.len / 2; i++) {
                uint64_t v = 0;
                str_u64((struct str){hex.p + i * 2, 2}, 16, &v);
                out[i] = (char)v;
            }
            *bytes = (struct str){out, hex.len / 2};
            lex_next(&p->lx, LEX_NAME);
            return true;
        }
    }
    return (*value = sp_expr(p)) != NULL;
}

static bool data_command(struct sp *p, struct sc_list *list, struct lex_token t)
{
    static const struct { const char *name; uint8_t width; bool is_signed; } table[] = {
        {"BYTE", 1, false}, {"SHORT", 2, false}, {"LONG", 4, false}, {"QUAD", 8, false},
        {"SQUAD", 8, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (str_is(t.text, table[i].name)) {
            struct sc_stmt *s = sp_stmt(p, list, SC_DATA, t.pos);
            s->data.width = table[i].width;
            s->data.is_signed = table[i].is_signed;
            return lex_expect(&p->lx, LEX_EXPR, '(') && (s->data.value = sp_expr(p)) &&
                   lex_expect(&p->lx, LEX_EXPR, ')');
        }
    }
    return false;
}

static bool is_data(struct str w)
{
    return str_is(w, "BYTE") || str_is(w, "SHORT") || str_is(w, "LONG") || str_is(w, "QUAD") ||
           str_is(w, "SQUAD");
}

static bool body(struct sp *p, struct sc_list *list);
static struct sc_list *include_into(struct sp *p, struct sc_list *list);

static bool included_body(struct sp *p)
{
    return body(p, p->include_list);
}

static bool include_body(struct sp *p, struct sc_list *list)
{
    struct sc_list *old = include_into(p, list);
    bool good = sp_include(p, included_body);
    p->include_list = old;
    return good;
}

static struct sc_list *include_into(struct sp *p, struct sc_list *list)
{
    struct sc_list *old = p->include_list;
    p->include_list = list;
    return old;
}

/* \n \r \t \OOO and \ before anything else. */
static bool unescape(struct sp *p, struct str *text)
{
    char *out = arena_alloc(p->a, text->len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->p[i];
        if (c == '\\' && i + 1 < text->len) {
            c = text->p[++i];
            if (c >= '0' && c <= '7') {
                unsigned v = 0;
                for (unsigned k = 0; k < 3 && i < text->len && text->p[i] >= '0' && text->p[i] <= '7'; k++, i++) {
                    v = v * 8 + (unsigned)(text->p[i] - '0');
                }
                i--;
                c = (char)v;
            } else {
                c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            }
        }
        out[n++] = c;
    }
    *text = (struct str){out, n};
    return true;
}

static bool body_command(struct sp *p, struct sc_list *list, struct lex_token t)
{
    bool call = lex_peek(&p->lx, LEX_NAME).kind == '(';
    if (t.kind != LEX_WORD) {
        return input(p, list, t, false);
    }
    if (call && is_data(t.text)) {
        return data_command(p, list, t);
    }
    if (call && str_is(t.text, "FILL")) {
        struct sc_stmt *s = sp_stmt(p, list, SC_FILL, t.pos);
        return lex_expect(&p->lx, LEX_EXPR, '(') && fill_value(p, &s->fill.value, &s->fill.bytes) &&
               lex_expect(&p->lx, LEX_EXPR, ')');
    }
    if (str_is(t.text, "ASCIZ") && (call || lex_peek(&p->lx, LEX_NAME).kind == LEX_QUOTED)) {
        struct sc_stmt *s = sp_stmt(p, list, SC_ASCIZ, t.pos);
        return (call ? sp_paren_name(p, &s->text) : sp_name(p, LEX_NAME, &s->text)) && unescape(p, &s->text);
    }
    if (str_is(t.text, "LINKER_VERSION")) { /* nothing, unless --enable-linker-version says more, in GNU ld too */
        return true;
    }
    if (call && str_is(t.text, "KEEP")) {
        lex_next(&p->lx, LEX_NAME);
        return input(p, list, lex_next(&p->lx, LEX_NAME), true) && lex_expect(&p->lx, LEX_NAME, ')');
    }
    if (str_is(t.text, "CREATE_OBJECT_SYMBOLS")) {
        sp_stmt(p, list, SC_OBJECT_SYMBOLS, t.pos);
        return true;
    }
    if (str_is(t.text, "CONSTRUCTORS")) {
        sp_stmt(p, list, SC_CONSTRUCTORS, t.pos);
        return true;
    }
    if (call && str_is(t.text, "SORT") ) {
        uint64_t pos = p->lx.pos;
        lex_next(&p->lx, LEX_NAME);
        if (lex_accept_word(&p->lx, LEX_NAME, "CONSTRUCTORS")) {
            sp_stmt(p, list, SC_CONSTRUCTORS, t.pos);
            return lex_expect(&p->lx, LEX_NAME, ')');
        }
        p->lx.pos = pos;
    }
    if (str_is(t.text, "INCLUDE")) {
        return include_body(p, list);
    }
    return input(p, list, t, false);
}

/* Statements up to the closing brace (left) or the end of an included script. */
static bool body(struct sp *p, struct sc_list *list)
{
    for (;;) {
        struct lex_token t = lex_peek(&p->lx, LEX_NAME);
        if (p->lx.failed) {
            return false;
        }
        if (t.kind == '}' || (t.kind == LEX_END && p->n_includes)) {
            return true;
        }
        if (t.kind == ';' || t.kind == ',') {
            lex_next(&p->lx, LEX_NAME);
            continue;
        }
        int r = sp_common(p, list);
        if (r < 0) {
            return false;
        }
        if (r == 0) {
            lex_next(&p->lx, LEX_NAME);
            if (!body_command(p, list, t)) {
                return false;
            }
        }
    }
}

/* ---- output sections --------------------------------------------------------------------------------- */

/* = NUMBER, or one of the names that GNU ld knows. */
static bool type_number(struct sp *p, struct sc_output *o)
{
    static const struct { const char *name; uint32_t type; } types[] = {
        {"SHT_PROGBITS", 1}, {"SHT_STRTAB", 3}, {"SHT_NOTE", 7}, {"SHT_NOBITS", 8}, {"SHT_INIT_ARRAY", 14},
        {"SHT_FINI_ARRAY", 15}, {"SHT_PREINIT_ARRAY", 16}};
    uint64_t pos = p->lx.pos;
    struct str name;
    if (lex_accept(&p->lx, LEX_EXPR, '=') && lex_peek(&p->lx, LEX_EXPR).kind == LEX_WORD &&
        sp_name(p, LEX_EXPR, &name)) {
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            if (str_is(name, types[i].name)) {
                struct sx *e = ARENA_NEW(p->a, struct sx);
                *e = (struct sx){.op = SX_NUM, .pos = pos, .num = types[i].type, .script = p->source};
                o->type_num = e;
                return lex_expect(&p->lx, LEX_EXPR, ')');
            }
        }
    }
    p->lx.pos = pos;
    return lex_expect(&p->lx, LEX_EXPR, '=') && (o->type_num = sp_expr(p)) && lex_expect(&p->lx, LEX_EXPR, ')');
}

/* (NOLOAD) (TYPE=SHT_X) (READONLY) (READONLY (TYPE=SHT_X)) ... */
static bool section_type(struct sp *p, struct sc_output *o)
{
    static const struct { const char *name; enum sc_sec_type type; } types[] = {
        {"NOLOAD", SC_NOLOAD}, {"DSECT", SC_NOALLOC}, {"COPY", SC_NOALLOC}, {"INFO", SC_NOALLOC},
        {"OVERLAY", SC_NOALLOC}, {"READONLY", SC_READONLY}};
    if (!lex_expect(&p->lx, LEX_EXPR, '(')) {
        return false;
    }
    struct lex_token t = lex_next(&p->lx, LEX_EXPR);
    if (t.kind == ')') {
        return true;
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (str_is(t.text, types[i].name)) {
            o->type = types[i].type;
            if (o->type == SC_READONLY && lex_accept(&p->lx, LEX_EXPR, '(')) {
                o->type = SC_READONLY_NUMBER;
                return lex_expect_word(&p->lx, LEX_EXPR, "TYPE") && type_number(p, o) &&
                       lex_expect(&p->lx, LEX_EXPR, ')');
            }
            return lex_expect(&p->lx, LEX_EXPR, ')');
        }
    }
    if (!str_is(t.text, "TYPE")) {
        return sp_bad(p, t, "a section type");
    }
    o->type = SC_TYPE_NUMBER;
    return type_number(p, o);
}

static bool is_section_type(struct sp *p)
{
    static const char *const words[] = {"NOLOAD", "DSECT", "COPY", "INFO", "OVERLAY", "READONLY",
                                        "TYPE", NULL};
    uint64_t pos = p->lx.pos;
    bool yes = false;
    if (lex_next(&p->lx, LEX_EXPR).kind == '(') {
        struct lex_token t = lex_next(&p->lx, LEX_EXPR);
        yes = t.kind == ')';
        for (int i = 0; words[i] && t.kind == LEX_WORD; i++) {
            yes = yes || str_is(t.text, words[i]);
        }
    }
    p->lx.pos = pos;
    return yes;
}

static bool paren_expr(struct sp *p, const struct sx **out)
{
    return lex_expect(&p->lx, LEX_EXPR, '(') && (*out = sp_expr(p)) != NULL &&
           lex_expect(&p->lx, LEX_EXPR, ')');
}

/* [address] [(type)] ':' [AT(lma)] [ALIGN(n)] [SUBALIGN(n)] [constraint] */
static bool header(struct sp *p, struct sc_output *o)
{
    if (is_section_type(p) && !section_type(p, o)) {
        return false;
    }
    if (lex_peek(&p->lx, LEX_EXPR).kind != ':') {
        if (!(o->addr = sp_expr(p)) || (is_section_type(p) && !section_type(p, o))) {
            return false;
        }
    }
    if (!lex_expect(&p->lx, LEX_EXPR, ':')) {
        return false;
    }
    for (;;) {
        bool good = true;
        if (lex_accept_word(&p->lx, LEX_EXPR, "AT")) {
            good = paren_expr(p, &o->at);
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "ALIGN_WITH_INPUT")) {
            o->align_with_input = true;
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "ALIGN")) {
            good = paren_expr(p, &o->align);
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "SUBALIGN")) {
            good = paren_expr(p, &o->subalign);
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "ONLY_IF_RO")) {
            o->constraint = SC_ONLY_IF_RO;
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "ONLY_IF_RW")) {
            o->constraint = SC_ONLY_IF_RW;
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "SPECIAL")) {
            continue;
        } else {
            return true;
        }
        if (!good) {
            return false;
        }
    }
}

/* [>region] [AT>region] [:phdr ...] [=fill] [,] */
static bool tail(struct sp *p, struct sc_output *o)
{
    str_vec ph = {0};
    bool good = true;
    for (;;) {
        struct str s;
        uint64_t pos = p->lx.pos;
        if (lex_accept(&p->lx, LEX_EXPR, '>')) {
            good = sp_region(p, &o->region);
        } else if (lex_accept_word(&p->lx, LEX_EXPR, "AT") ) {
            if (!lex_accept(&p->lx, LEX_EXPR, '>')) {
                p->lx.pos = pos;
                break;
            }
            good = sp_region(p, &o->lma_region);
        } else if (lex_accept(&p->lx, LEX_EXPR, ':')) {
            good = sp_name(p, LEX_EXPR, &s);
            if (good) {
                vec_push(&ph, s);
            }
        } else if (lex_accept(&p->lx, LEX_EXPR, '=')) {
            good = fill_value(p, &o->fill, &o->fill_bytes);
        } else {
            lex_accept(&p->lx, LEX_EXPR, ',');
            break;
        }
        if (!good) {
            break;
        }
    }
    o->phdrs = keep_names(p, &ph, &o->n_phdrs);
    return good && !p->lx.failed;
}

static bool output_section(struct sp *p, struct sc_list *list)
{
    struct lex_token t = lex_next(&p->lx, LEX_NAME);
    if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
        return sp_bad(p, t, "an output section");
    }
    struct sc_stmt *s = sp_stmt(p, list, SC_OUTPUT, t.pos);
    struct sc_output *o = &s->out;
    o->name = t.text;
    o->discard = str_is(t.text, "/DISCARD/");
    if (!header(p, o) || !lex_expect(&p->lx, LEX_NAME, '{') || !body(p, &o->body) ||
        !lex_expect(&p->lx, LEX_NAME, '}') || !tail(p, o)) {
        return false;
    }
    return !(o->at && o->lma_region.len) ||
           lex_error_at(&p->lx, t.pos, "section has both a load address and a load region");
}

static struct sx *section_query(struct sp *p, enum sx_op op, const struct sc_stmt *sec)
{
    struct sx *e = ARENA_NEW(p->a, struct sx);
    *e = (struct sx){.op = (uint8_t)op, .pos = sec->pos, .name = sec->out.name, .script = p->source};
    return e;
}

/* PROVIDE (PREFIX NAME = VALUE), NAME being the section's without what C does not allow. */
static void provide(struct sp *p, struct sc_list *list, const char *prefix, const struct sc_stmt *sec,
                    const struct sx *value)
{
    char *name = arena_printf(p->a, "%s%.*s", prefix, Q(sec->out.name)), *to = name;
    for (const char *c = name; *c; c++) {
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '_') {
            *to++ = *c;
        }
    }
    struct sc_stmt *s = sp_stmt(p, list, SC_ASSIGN, sec->pos);
    s->assign.name = (struct str){name, (size_t)(to - name)};
    s->assign.value = value;
    s->assign.provide = SC_PROVIDE;
}

/* Where each section of an overlay is loaded: __load_start_NAME, __load_stop_NAME. */
static void overlay_symbols(struct sp *p, struct sc_list *list, const struct sc_overlay *o)
{
    for (const struct sc_stmt *c = o->sections.first; c; c = c->next) {
        struct sx *end = ARENA_NEW(p->a, struct sx);
        *end = (struct sx){.op = SX_ADD, .pos = c->pos, .a = section_query(p, SX_LOADADDR, c),
                           .b = section_query(p, SX_SIZEOF, c), .script = p->source};
        provide(p, list, "__load_start_", c, section_query(p, SX_LOADADDR, c));
        provide(p, list, "__load_stop_", c, end);
    }
}

/* OVERLAY [start] : [NOCROSSREFS] [AT(lma)] { sections } [>region] ... */
static bool overlay(struct sp *p, struct sc_list *list, uint64_t pos)
{
    struct sc_stmt *s = sp_stmt(p, list, SC_OVERLAY, pos);
    struct sc_overlay *o = &s->overlay;
    struct sc_output end = {0};
    if (lex_peek(&p->lx, LEX_EXPR).kind != ':' && !(o->addr = sp_expr(p))) {
        return false;
    }
    if (!lex_expect(&p->lx, LEX_EXPR, ':')) {
        return false;
    }
    o->nocrossrefs = lex_accept_word(&p->lx, LEX_EXPR, "NOCROSSREFS");
    if (lex_accept_word(&p->lx, LEX_EXPR, "AT") && !paren_expr(p, &o->at)) {
        return false;
    }
    if (!lex_expect(&p->lx, LEX_NAME, '{')) {
        return false;
    }
    struct sc_nocross apart = {p->s->nocrossrefs.n, 0, false};
    while (!lex_accept(&p->lx, LEX_NAME, '}')) {
        struct lex_token t = lex_next(&p->lx, LEX_NAME);
        if (t.kind != LEX_WORD && t.kind != LEX_QUOTED) {
            return sp_bad(p, t, "an output section");
        }
        struct sc_stmt *c = sp_stmt(p, &o->sections, SC_OUTPUT, t.pos);
        c->out.name = t.text;
        vec_push(&p->s->nocrossrefs, t.text);
        apart.n++;
        if (!lex_expect(&p->lx, LEX_NAME, '{') || !body(p, &c->out.body) ||
            !lex_expect(&p->lx, LEX_NAME, '}') || !tail(p, &c->out)) {
            return false;
        }
    }
    if (!tail(p, &end)) {
        return false;
    }
    if (o->nocrossrefs) {
        vec_push(&p->s->nocross_lists, apart);
    }
    for (struct sc_stmt *c = o->sections.first; c; c = c->next) { /* what follows the overlay is of all */
        if (!c->out.n_phdrs) {
            c->out.phdrs = end.phdrs;
            c->out.n_phdrs = end.n_phdrs;
        }
        if (!c->out.fill && !c->out.fill_bytes.len) {
            c->out.fill = end.fill;
            c->out.fill_bytes = end.fill_bytes;
        }
    }
    o->region = end.region;
    o->lma_region = end.lma_region;
    overlay_symbols(p, list, o);
    return true;
}

/* Statements of SECTIONS up to its closing brace (left), or the end of an included script. */
static bool section_commands(struct sp *p)
{
    struct sc_list *list = &p->s->stmts;
    for (;;) {
        struct lex_token t = lex_peek(&p->lx, LEX_NAME);
        if (p->lx.failed) {
            return false;
        }
        if (t.kind == '}' || (t.kind == LEX_END && p->n_includes)) {
            return true;
        }
        if (t.kind == ';') {
            lex_next(&p->lx, LEX_NAME);
            continue;
        }
        int r = sp_common(p, list);
        bool good = r > 0;
        if (r == 0 && t.kind == LEX_WORD && str_is(t.text, "ENTRY")) {
            lex_next(&p->lx, LEX_NAME);
            good = sp_paren_name(p, &p->s->entry);
        } else if (r == 0 && lex_accept_word(&p->lx, LEX_NAME, "OVERLAY")) {
            good = overlay(p, list, t.pos);
        } else if (r == 0 && lex_accept_word(&p->lx, LEX_NAME, "INCLUDE")) {
            good = sp_include(p, section_commands);
        } else if (r == 0) {
            good = output_section(p, list);
        }
        if (!good) {
            return false;
        }
    }
}

bool sp_sections(struct sp *p)
{
    p->s->has_sections = true;
    bool outer = p->in_sections;
    p->in_sections = true;
    bool good = lex_expect(&p->lx, LEX_NAME, '{') && section_commands(p) &&
                lex_expect(&p->lx, LEX_NAME, '}');
    p->in_sections = outer;
    return good;
}
