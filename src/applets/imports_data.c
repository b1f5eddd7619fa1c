/* imports_data.c - facts about Windows that no file tells: names behind ordinals, hosts of API
   sets, the system's own DLLs, the first version that has a function, and the import hash that
   needs them.

   The tables are text, compiled in as single strings: an array of pointers would be relocated at
   each start, whether or not anybody asks. */
#include <md5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/imports_tree.h"

/* ---- the tables in memory ------------------------------------------------------------------- */

enum { MAX_ORDINAL = 512, N_ORDINAL_DLLS = 2, N_VERSION_DLLS = 4 };
static const char *const ordinal_dlls[] = {"ws2_32.dll", "oleaut32.dll"};
static const char *const version_dlls[] = {"kernel32.dll", "user32.dll", "ws2_32.dll", "ntdll.dll"};

struct imp_tables {
    struct str frozen[N_ORDINAL_DLLS][MAX_ORDINAL]; /* the import hash's names of ordinals */
    struct imp_known *known;                        /* everybody else's; NULL: not asked for */
    struct strmap system_dlls;
    struct strmap functions[N_VERSION_DLLS]; /* value: index into versions */
    VEC(uint64_t) versions;
    struct strmap given;    /* "dll#ordinal" from files that the user names; value: index into given_names */
    VEC(struct str) given_names;
};

static size_t index_in(const char *const *dlls, size_t n, struct str dll)
{
    size_t i = 0;
    while (i < n && !str_caseeq(dll, str_c(dlls[i]))) {
        i++;
    }
    return i;
}

/* "DLL\tORDINAL\tNAME\n" */
static const char ordinals[] =
#define ORDINAL(dll, ordinal, name) dll "\t" #ordinal "\t" name "\n"
#include "applets/imports_ordinals.def"
#undef ORDINAL
    ;

static void load_ordinals(struct imp_tables *t)
{
    struct str rest = str_c(ordinals);
    while (rest.len) {
        struct str line = str_take(&rest, '\n');
        size_t dll = index_in(ordinal_dlls, N_ORDINAL_DLLS, str_take(&line, '\t'));
        uint64_t n;
        if (dll < N_ORDINAL_DLLS && str_u64(str_take(&line, '\t'), 10, &n) && n < MAX_ORDINAL) {
            t->frozen[dll][n] = line;
        }
    }
}

static struct str frozen_name(const struct imp_tables *t, struct str dll, uint32_t n)
{
    size_t i = index_in(ordinal_dlls, N_ORDINAL_DLLS, dll);
    return i == N_ORDINAL_DLLS || n >= MAX_ORDINAL ? (struct str){0} : t->frozen[i][n];
}

static struct str find_given(const struct imp_tables *t, struct str dll, uint32_t ordinal)
{
    char key[300];
    int n = dll.len < 256 ? snprintf(key, sizeof key, "%.*s#%u", (int)dll.len, dll.p, ordinal) : 0;
    uint32_t i = n > 0 ? strmap_get(&t->given, (struct str){key, (size_t)n}) : STRMAP_NONE;
    return i == STRMAP_NONE ? (struct str){0} : t->given_names.p[i];
}

struct str imp_ordinal_name(const struct imp_tables *t, struct str dll, uint32_t ordinal)
{
    if (!t) {
        return (struct str){0};
    }
    struct str given = t->given.n ? find_given(t, dll, ordinal) : (struct str){0};
    return given.len || !t->known ? given : imp_known_name(t->known, dll, ordinal);
}

void imp_tables_name(struct imp_tables *t, struct str dll, uint32_t ordinal, struct str name,
                     struct arena *a)
{
    t->given.fold_case = true;
    char *key = arena_printf(a, "%.*s#%u", Q(dll), ordinal);
    strmap_put(&t->given, str_c(key), (uint32_t)t->given_names.n, NULL);
    vec_push(&t->given_names, arena_str(a, name));
}

/* ---- API sets and system DLLs --------------------------------------------------------------- */

/* "PREFIX\tHOST\n" */
static const char api_sets[] =
#define API_SET(prefix, host) prefix "\t" host "\n"
#include "applets/imports_apiset.def"
#undef API_SET
    ;

/* " NAME NAME ... " */
static const char system_dlls[] =
#define SYSTEM_DLL(names) names
#include "applets/imports_sysdll.def"
#undef SYSTEM_DLL
    ;

bool imp_is_api_set(struct str name)
{
    return str_caseeq(str_head(name, 4), S("api-")) || str_caseeq(str_head(name, 4), S("ext-"));
}

struct str imp_api_set_host(struct str name)
{
    struct str rest = str_c(api_sets), best = {0}, best_prefix = {0};
    while (rest.len) {
        struct str host = str_take(&rest, '\n');
        struct str prefix = str_take(&host, '\t');
        if (prefix.len > best_prefix.len && str_caseeq(str_head(name, prefix.len), prefix)) {
            best = host;
            best_prefix = prefix;
        }
    }
    return best;
}

static struct str without_dll(struct str name)
{
    if (name.len > 4 && str_caseeq(str_skip(name, name.len - 4), S(".dll"))) {
        name.len -= 4;
    }
    return name;
}

static void load_system_dlls(struct imp_tables *t)
{
    struct str rest = str_c(system_dlls);
    t->system_dlls.fold_case = true;
    while (rest.len) {
        struct str name = str_take(&rest, ' ');
        if (name.len) {
            strmap_put(&t->system_dlls, name, 1, NULL);
        }
    }
    strmap_put(&t->system_dlls, S("winspool.drv"), 1, NULL);
}

bool imp_is_system_dll(const struct imp_tables *t, struct str name)
{
    return strmap_get(&t->system_dlls, without_dll(name)) != STRMAP_NONE;
}

/* ---- Windows versions ----------------------------------------------------------------------- */

/* "DLL\tVERSION\tNAME NAME ... \n" */
static const char versions[] =
#define WINVER(dll, version, names) dll "\t" version "\t" names "\n"
#include "applets/imports_winver.def"
#undef WINVER
    ;

static uint64_t version_number(struct str s)
{
    uint64_t major = 0, minor = 0, build = 0;
    str_u64(str_take(&s, '.'), 10, &major);
    str_u64(str_take(&s, '.'), 10, &minor);
    str_u64(s, 10, &build);
    return major << 48 | minor << 32 | build;
}

static void load_versions(struct imp_tables *t)
{
    struct str rest = str_c(versions);
    while (rest.len) {
        struct str names = str_take(&rest, '\n');
        size_t dll = index_in(version_dlls, N_VERSION_DLLS, str_take(&names, '\t'));
        uint64_t version = version_number(str_take(&names, '\t'));
        while (names.len && dll < N_VERSION_DLLS) {
            struct str name = str_take(&names, ' ');
            if (name.len) {
                strmap_put(&t->functions[dll], name, (uint32_t)t->versions.n, NULL);
            }
        }
        vec_push(&t->versions, version);
    }
}

uint64_t imp_windows_of(const struct imp_tables *t, struct str dll, struct str function)
{
    size_t i = index_in(version_dlls, N_VERSION_DLLS, dll);
    uint32_t row = i < N_VERSION_DLLS ? strmap_get(&t->functions[i], function) : STRMAP_NONE;
    return row == STRMAP_NONE ? 0 : t->versions.p[row];
}

struct imp_tables *imp_tables_new(bool ordinals_too)
{
    struct imp_tables *t = xcalloc(1, sizeof *t);
    t->known = ordinals_too ? imp_known_new() : NULL;
    load_ordinals(t);
    load_system_dlls(t);
    load_versions(t);
    return t;
}

void imp_tables_free(struct imp_tables *t)
{
    if (t) {
        strmap_free(&t->system_dlls);
        for (size_t i = 0; i < N_VERSION_DLLS; i++) {
            strmap_free(&t->functions[i]);
        }
        vec_free(&t->versions);
        strmap_free(&t->given);
        vec_free(&t->given_names);
        imp_known_free(t->known);
        free(t);
    }
}

/* A contract's level says when it appeared: l1-1-0 in 7, l1-1-1 and l1-2-0 in 8, l1-2-1 in 8.1. The
   C runtime's came with 10 (and as an update for Vista and later). */
uint64_t imp_windows_of_api_set(struct str set)
{
    set = without_dll(set);
    if (str_caseeq(str_head(set, 15), S("api-ms-win-crt-"))) {
        return version_number(S("10.0.10240"));
    }
    static const struct {
        const char *level, *version;
    } levels[] = {{"-l1-1-0", "6.1"}, {"-l1-1-1", "6.2"}, {"-l1-2-0", "6.2"}, {"-l1-2-1", "6.3"}};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (str_caseeq(str_skip(set, set.len > 7 ? set.len - 7 : 0), str_c(levels[i].level)) &&
            str_caseeq(str_head(set, 16), S("api-ms-win-core-"))) {
            return version_number(str_c(levels[i].version));
        }
    }
    return 0;
}

void imp_windows_name(struct buf *b, uint64_t version)
{
    static const struct {
        const char *number, *name;
    } names[] = {{"5.1", "XP"},           {"6.0", "Vista"},       {"6.1", "7"},
                 {"6.2", "8"},            {"6.3", "8.1"},         {"10.0.10240", "10"},
                 {"10.0.10586", "10 1511"}, {"10.0.14393", "10 1607"}, {"10.0.15063", "10 1703"},
                 {"10.0.16299", "10 1709"}, {"10.0.17134", "10 1803"}, {"10.0.17763", "10 1809"},
                 {"10.0.19041", "10 2004"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (version_number(str_c(names[i].number)) == version) {
            buf_puts(b, "Windows ");
            buf_puts(b, names[i].name);
            buf_puts(b, " (");
            buf_puts(b, names[i].number);
            buf_c(b, ')');
        }
    }
}

/* ---- the import hash ------------------------------------------------------------------------ */

static void hash_text(MD5_CTX *md5, const char *s, size_t n)
{
    MD5Update(md5, (const uint8_t *)s, n);
}

static void hash_lower(MD5_CTX *md5, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.p[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        hash_text(md5, &c, 1);
    }
}

/* The library's name without .dll, .sys or .ocx. */
static struct str hash_lib(struct str lib)
{
    static const char *const suffixes[] = {".dll", ".sys", ".ocx"};
    for (size_t i = 0; i < 3; i++) {
        if (lib.len >= 4 && str_caseeq(str_skip(lib, lib.len - 4), str_c(suffixes[i]))) {
            lib.len -= 4;
            break;
        }
    }
    return lib;
}

/* pefile's get_imphash: MD5 of "lib.function" in lower case, joined by commas; ordinals of ws2_32
   (whose table also serves wsock32) and oleaut32 by their frozen names, others as ordN. */
bool imp_imphash(struct buf *b, const struct imp_tables *t, const struct object *obj)
{
    MD5_CTX md5;
    bool any = false;
    MD5Init(&md5);
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        const struct import *im = &obj->imports[i];
        if (im->kind != IMPORT_NORMAL || (!im->by_ordinal && !im->name.len)) {
            continue;
        }
        hash_text(&md5, ",", any);
        any = true;
        hash_lower(&md5, hash_lib(im->lib));
        hash_text(&md5, ".", 1);
        struct str name = im->name;
        struct buf number = {0};
        if (im->by_ordinal) {
            struct str dll = str_caseeq(im->lib, S("wsock32.dll")) ? S("ws2_32.dll") : im->lib;
            name = frozen_name(t, dll, im->ordinal);
            if (!name.len) {
                buf_puts(&number, "ord");
                buf_dec(&number, im->ordinal, 0);
                name = (struct str){number.p, number.n};
            }
        }
        hash_lower(&md5, name);
        buf_free(&number);
    }
    uint8_t digest[MD5_DIGEST_LENGTH];
    MD5Final(digest, &md5);
    for (size_t i = 0; any && i < sizeof digest; i++) {
        buf_hex(b, digest[i], 2);
    }
    return any;
}
