/* imports_known.c - names behind ordinals, for imports --name-ordinals.

   The tables are text, compiled in as one string (imports_data.c says why), and read only when asked for:
   "DLL\tRUN\tRUN...\n", where a run is an ordinal and the names of it and of those that follow it. */
#include <stdlib.h>

#include "applets/imports.h"

static const char text[] =
#define KNOWN(dll, names) dll "\t" names "\n"
#include "applets/imports_known.def"
#include "applets/imports_known_vs6.def"
#undef KNOWN
    ;

struct known_dll {
    struct str dll;
    size_t first, n; /* of the names */
};

struct known_ordinal {
    struct str name;
    uint32_t ordinal; /* ascending within a DLL */
};

struct imp_known {
    VEC(struct known_dll) dlls;
    VEC(struct known_ordinal) names;
};

static void add_run(struct imp_known *k, struct str run)
{
    uint64_t ordinal = 0;
    str_u64(str_take(&run, ' '), 10, &ordinal);
    while (run.len) {
        struct str name = str_take(&run, ' ');
        vec_push(&k->names, (struct known_ordinal){name, (uint32_t)ordinal++});
    }
}

struct imp_known *imp_known_new(void)
{
    struct imp_known *k = xcalloc(1, sizeof *k);
    struct str rest = str_c(text);
    while (rest.len) {
        struct str runs = str_take(&rest, '\n');
        struct known_dll d = {.dll = str_take(&runs, '\t'), .first = k->names.n};
        while (runs.len) {
            add_run(k, str_take(&runs, '\t'));
        }
        d.n = k->names.n - d.first;
        vec_push(&k->dlls, d);
    }
    return k;
}

struct str imp_known_name(const struct imp_known *k, struct str dll, uint32_t ordinal)
{
    for (size_t i = 0; i < k->dlls.n; i++) {
        const struct known_dll *d = &k->dlls.p[i];
        size_t low = d->first, high = d->first + d->n;
        if (!str_caseeq(d->dll, dll)) {
            continue;
        }
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            const struct known_ordinal *n = &k->names.p[mid];
            if (n->ordinal == ordinal) {
                return n->name;
            }
            *(n->ordinal < ordinal ? &low : &high) = mid + (n->ordinal < ordinal);
        }
    }
    return (struct str){0};
}

void imp_known_free(struct imp_known *k)
{
    if (k) {
        vec_free(&k->dlls);
        vec_free(&k->names);
        free(k);
    }
}
