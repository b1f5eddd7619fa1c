/* imports_diff.c - --diff: the rows that only one of two files has. A row is what --format=tsv
   prints: library, symbol, kind; order and hints do not count. */
#include "applets/imports.h"
#include "base/strmap.h"

static void put_json_row(struct buf *b, struct str row)
{
    static const char *const keys[] = {"{\"library\": ", ", \"symbol\": ", ", \"kind\": "};
    for (int i = 0; i < 3; i++) {
        size_t tab = str_find(row, '\t');
        buf_puts(b, keys[i]);
        buf_json(b, str_head(row, tab));
        row = tab == SIZE_MAX ? (struct str){0} : str_skip(row, tab + 1);
    }
    buf_c(b, '}');
}

/* The rows of TEXT that OTHER lacks, each with MARK. */
static void print_only(struct imp_out *out, struct str text, const struct strmap *other, char mark)
{
    struct buf *b = out->b;
    const char *sep = "";
    for (struct str rest = text; rest.len;) {
        size_t nl = str_find(rest, '\n');
        struct str row = str_head(rest, nl);
        rest = nl == SIZE_MAX ? (struct str){0} : str_skip(rest, nl + 1);
        if (strmap_get(other, row) != STRMAP_NONE) {
            continue;
        }
        if (out->o->format == FMT_JSON) {
            buf_puts(b, sep);
            sep = ",";
            buf_puts(b, "\n  ");
            put_json_row(b, row);
            continue;
        }
        if (out->o->color) {
            buf_puts(b, mark == '-' ? "\033[31m" : "\033[32m");
        }
        buf_c(b, mark);
        buf_str(b, row);
        if (out->o->color) {
            buf_puts(b, "\033[0m");
        }
        buf_c(b, '\n');
    }
}

static void add_rows(struct strmap *m, struct str rest)
{
    while (rest.len) {
        size_t nl = str_find(rest, '\n');
        strmap_put(m, str_head(rest, nl), 1, NULL);
        rest = nl == SIZE_MAX ? (struct str){0} : str_skip(rest, nl + 1);
    }
}

void imp_print_diff(struct imp_out *out, struct str old_rows, struct str new_rows)
{
    struct strmap in_old = {0}, in_new = {0};
    add_rows(&in_old, old_rows);
    add_rows(&in_new, new_rows);
    bool json = out->o->format == FMT_JSON;
    buf_puts(out->b, json ? "{\"objkit_imports_diff\": 1, \"removed\": [" : "");
    print_only(out, old_rows, &in_new, '-');
    buf_puts(out->b, json ? "],\n \"added\": [" : "");
    print_only(out, new_rows, &in_old, '+');
    buf_puts(out->b, json ? "]}\n" : "");
    strmap_free(&in_old);
    strmap_free(&in_new);
}
