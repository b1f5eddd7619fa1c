/* drectve.c - parses the words of a .drectve section. */
#include "ld/pe/drectve.h"

#include "base/buf.h"

/* The next word, without its quotes; false at the end. */
static bool next_word(struct view text, uint64_t *at, struct arena *a, struct str *out)
{
    struct buf b = {0};
    bool quoted = false;
    while (*at < text.len && (text.p[*at] <= ' ')) {
        ++*at;
    }
    if (*at >= text.len) {
        return false;
    }
    for (; *at < text.len && (quoted || text.p[*at] > ' '); ++*at) {
        if (text.p[*at] == '"') {
            quoted = !quoted;
        } else if (text.p[*at]) {
            buf_c(&b, (char)text.p[*at]);
        }
    }
    *out = arena_str(a, (struct str){b.p, b.n});
    buf_free(&b);
    return true;
}

/* name[=internal][,@ordinal[,NONAME]][,DATA][,PRIVATE][,CONSTANT][,EXPORTAS,name] */
static bool parse_export(struct drectve *out, struct str v)
{
    struct drectve_export e = {0};
    struct str first = str_take(&v, ',');
    e.name = str_take(&first, '=');
    e.internal = first;
    while (v.len) {
        struct str w = str_take(&v, ',');
        uint64_t n;
        if (w.len && w.p[0] == '@') {
            if (!str_u64(str_skip(w, 1), 10, &n) || n == 0 || n > UINT16_MAX) {
                return false;
            }
            e.ordinal = (uint32_t)n;
            e.has_ordinal = true;
        } else if (str_caseeq(w, S("NONAME"))) {
            e.noname = true;
        } else if (str_caseeq(w, S("DATA")) || str_caseeq(w, S("CONSTANT"))) {
            e.data = true;
        } else if (str_caseeq(w, S("PRIVATE"))) {
            e.is_private = true;
        } else if (str_caseeq(w, S("EXPORTAS"))) {
            e.export_as = str_take(&v, ',');
        } else if (w.len) {
            return false;
        }
    }
    if (!e.name.len) {
        return false;
    }
    vec_push(&out->exports, e);
    return true;
}

enum word { W_EXPORT, W_ALIGNCOMM, W_EXCLUDE, W_INCLUDE, W_ALTERNATE, W_DEFAULTLIB, W_NODEFAULTLIB,
            W_ENTRY, W_SUBSYSTEM, W_STACK, W_HEAP, W_MISMATCH, W_MERGE, W_SECTION, W_GUARDSYM, W_IGNORED };

static const struct {
    struct str name;
    enum word word;
} words[] = {
    {{"export", 6}, W_EXPORT},
    {{"aligncomm", 9}, W_ALIGNCOMM},
    {{"exclude-symbols", 15}, W_EXCLUDE},
    {{"include", 7}, W_INCLUDE},
    {{"alternatename", 13}, W_ALTERNATE},
    {{"defaultlib", 10}, W_DEFAULTLIB},
    {{"nodefaultlib", 12}, W_NODEFAULTLIB},
    {{"entry", 5}, W_ENTRY},
    {{"subsystem", 9}, W_SUBSYSTEM},
    {{"stack", 5}, W_STACK},
    {{"heap", 4}, W_HEAP},
    {{"failifmismatch", 14}, W_MISMATCH},
    {{"merge", 5}, W_MERGE},
    {{"section", 7}, W_SECTION},
    {{"attr", 4}, W_SECTION},
    {{"guardsym", 8}, W_GUARDSYM},
    {{"throwingnew", 11}, W_IGNORED},
    {{"editandcontinue", 15}, W_IGNORED},
    {{"manifestdependency", 18}, W_IGNORED},
};

static bool parse_word(struct drectve *out, enum word w, struct str v)
{
    struct str name;
    switch (w) {
    case W_EXPORT:
        return parse_export(out, v);
    case W_ALIGNCOMM:
        name = str_take(&v, ',');
        vec_push(&out->aligncomm, (struct drectve_pair){name, v});
        return name.len && v.len;
    case W_EXCLUDE:
        while (v.len) {
            vec_push(&out->exclude_symbols, str_take(&v, ','));
        }
        return true;
    case W_INCLUDE:
        vec_push(&out->includes, v);
        return v.len != 0;
    case W_ALTERNATE:
        name = str_take(&v, '=');
        vec_push(&out->alternatename, (struct drectve_pair){name, v});
        return name.len && v.len;
    case W_MISMATCH:
        name = str_take(&v, '=');
        vec_push(&out->mismatch, (struct drectve_pair){name, v});
        return name.len != 0;
    case W_DEFAULTLIB:
        vec_push(&out->default_libs, v);
        return v.len != 0;
    case W_NODEFAULTLIB:
        if (v.len) {
            vec_push(&out->no_libs, v);
        } else {
            out->no_default_libs = true;
        }
        return true;
    case W_MERGE:
        name = str_take(&v, '=');
        vec_push(&out->merges, (struct drectve_pair){name, v});
        return name.len && v.len;
    case W_SECTION:
        name = str_take(&v, ',');
        vec_push(&out->sections, (struct drectve_pair){name, v});
        return name.len && v.len;
    case W_GUARDSYM:
        vec_push(&out->guardsyms, str_take(&v, ','));
        return out->guardsyms.p[out->guardsyms.n - 1].len != 0;
    case W_ENTRY:
        out->entry = v;
        return true;
    case W_SUBSYSTEM:
        out->subsystem = v;
        return true;
    case W_STACK:
        out->stack = v;
        return true;
    case W_HEAP:
        out->heap = v;
        return true;
    case W_IGNORED:
        return true;
    }
    return true;
}

void drectve_parse(struct view text, struct arena *a, struct diag *d, struct drectve *out)
{
    struct str word;
    uint64_t at = 0;
    if (view_starts(text, "\xef\xbb\xbf", 3)) { /* a byte order mark, from clang-cl */
        at = 3;
    }
    while (next_word(text, &at, a, &word)) {
        struct str v = str_skip(word, 1), key;
        bool option = word.len > 1 && (word.p[0] == '-' || word.p[0] == '/'), known = false;
        key = str_take(&v, ':');
        for (size_t i = 0; option && !known && i < sizeof words / sizeof *words; i++) {
            if (str_caseeq(key, words[i].name)) {
                known = true;
                out->acts_on_link = out->acts_on_link || words[i].word > W_INCLUDE;
                if (!parse_word(out, words[i].word, v)) {
                    if (words[i].word == W_EXPORT) { /* without it the DLL would not be what it should */
                        diag_bad(d, DIAG_NO_OFFSET, "directive '%.*s' is malformed", Q(word));
                        continue;
                    }
                    diag_warn_at(d, DIAG_NO_OFFSET, "directive '%.*s' is malformed", Q(word));
                }
            }
        }
        if (!known && word.len) {
            diag_warn_at(d, DIAG_NO_OFFSET, "unknown directive '%.*s' in .drectve", Q(word));
        }
    }
}

void drectve_free(struct drectve *dv)
{
    vec_free(&dv->exports);
    vec_free(&dv->aligncomm);
    vec_free(&dv->alternatename);
    vec_free(&dv->mismatch);
    vec_free(&dv->exclude_symbols);
    vec_free(&dv->includes);
    vec_free(&dv->default_libs);
    vec_free(&dv->no_libs);
    vec_free(&dv->merges);
    vec_free(&dv->sections);
    vec_free(&dv->guardsyms);
}
