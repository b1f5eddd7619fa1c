/* implib.c - import libraries written and read back. Called with arguments it writes one, for the
   tests that link against it: implib MACHINE long|short FILE DLL SYMBOL[=NAME][#ORDINAL][,DATA]... */
#include "tests/unit/tap.h"

#include <stdlib.h>

#include "archive/implib_write.h"
#include "obj/coff_fmt.h"
#include "obj/implib.h"

static struct implib_export parse(const char *arg)
{
    struct str s = str_c(arg);
    struct implib_export e = {0};
    size_t comma = str_find(s, ',');
    e.data = comma != SIZE_MAX;
    s = str_head(s, comma);
    size_t hash = str_rfind(s, '#'), eq = str_find(s, '=');
    if (hash != SIZE_MAX) {
        e.noname = true;
        e.ordinal = (uint32_t)strtoul(s.p + hash + 1, NULL, 10);
        s = str_head(s, hash);
    }
    e.symbol = str_head(s, eq);
    e.name = eq == SIZE_MAX ? s : str_skip(s, eq + 1);
    return e;
}

static int write_one(char **argv, int n)
{
    struct implib_export exports[16];
    struct diag d;
    size_t n_exports = 0;
    for (int i = 4; i < n && n_exports < 16; i++) {
        exports[n_exports++] = parse(argv[i]);
    }
    struct implib_spec spec = {
        .machine = (uint32_t)strtoul(argv[0], NULL, 0), .dll = str_c(argv[3]),
        .exports = exports, .n_exports = n_exports,
        .format = strcmp(argv[1], "short") == 0 ? IMPLIB_FORMAT_SHORT : IMPLIB_FORMAT_LONG};
    struct pool *pool = pool_new(1);
    diag_init(&d, "implib");
    bool good = implib_save(&spec, argv[2], pool, &d);
    pool_free(pool);
    return diag_finish(&d) && good ? 0 : 1;
}

static const struct implib_export exports[] = {
    {.symbol = {"f", 1}, .name = {"f", 1}, .hint = 3},
    {.symbol = {"v", 1}, .name = {"v", 1}, .data = true},
    {.symbol = {"g", 1}, .ordinal = 7, .noname = true},
    {.symbol = {"alias", 5}, .name = {"a_longer_name", 13}},
};
enum { N = sizeof exports / sizeof *exports };

static void open_item(const struct ar_item *item, struct object *obj, struct diag *d,
                      const struct origin *origin)
{
    ok(obj_open(obj, item->data, origin, d) && obj_load_symbols(obj), "member %.*s is an object",
       Q(item->name));
}

static bool asks_for(const struct object *obj, const char *name)
{
    for (uint32_t i = 0; i < obj->n_symbols; i++) {
        if (obj->symbols[i].sec == SEC_UNDEF && str_is(obj->symbols[i].name, name)) {
            return true;
        }
    }
    return false;
}

static void test_long(uint32_t machine)
{
    struct implib_spec spec = {.machine = machine, .dll = S("my-lib.dll"), .format = IMPLIB_FORMAT_LONG,
                               .exports = exports, .n_exports = N};
    struct arena a = {0};
    struct diag d;
    struct ar_item *items;
    size_t n = 0;
    struct origin origin = {NULL, S("x.a"), ORIGIN_FILE};
    struct implib_member head = {0}, m;
    diag_init(&d, "test");
    ok(implib_members(&spec, &a, &items, &n, &d), "members of a long library for 0x%x", machine);
    is_u64(n, N + 3, "head, entries, tail, null descriptor");
    for (size_t i = 0; i < n; i++) {
        struct object obj;
        open_item(&items[i], &obj, &d, &origin);
        is_u64(obj.raw_machine, machine, "machine");
        implib_classify(&obj, &m);
        if (i == 0) {
            is_u64(m.part, IMPLIB_HEAD, "head");
            ok(str_ends(m.defines, S("_head_my_lib_dll")), "its symbol follows from the DLL's name");
            ok(asks_for(&obj, "__NULL_IMPORT_DESCRIPTOR"), "it asks for the end of the descriptors");
            m.link = arena_str(&a, m.link);
            m.defines = arena_str(&a, m.defines);
            head = m;
        } else if (i <= N) {
            const struct implib_export *e = &exports[i - 1];
            is_u64(m.part, IMPLIB_ENTRY, "entry");
            ok(str_eq(m.link, head.defines), "it belongs to the head");
            ok(str_eq(m.symbol, e->symbol) && m.data == e->data, "symbol and kind");
            ok(m.by_ordinal == e->noname && (e->noname ? m.ordinal == e->ordinal
                                                       : str_eq(m.name, e->name) && m.hint == e->hint),
               "name and hint, or ordinal");
        } else if (i == N + 1) {
            is_u64(m.part, IMPLIB_TAIL, "tail");
            ok(str_eq(m.defines, head.link), "the head points to it");
            is_str(m.dll, "my-lib.dll", "DLL");
        } else {
            ok(obj.n_symbols == 1 && str_is(obj.symbols[0].name, "__NULL_IMPORT_DESCRIPTOR"), "null descriptor");
        }
        obj_close(&obj);
    }
    ok(diag_finish(&d), "no message");
    arena_free(&a);
}

static void test_short(void)
{
    static const struct implib_export undecorated[] = {
        {.symbol = {"_f@8", 4}, .name = {"f@8", 3}, .hint = 1},
        {.symbol = {"_g@8", 4}, .name = {"g", 1}},
        {.symbol = {"_h", 2}, .name = {"other", 5}, .data = true},
        {.symbol = {"@q@4", 4}, .name = {"@q@4", 4}},
        {.symbol = {"_o", 2}, .ordinal = 9, .noname = true},
    };
    struct implib_spec spec = {.machine = IMAGE_FILE_MACHINE_I386, .dll = S("u.dll"),
                               .format = IMPLIB_FORMAT_SHORT, .exports = undecorated, .n_exports = 5};
    struct arena a = {0};
    struct diag d;
    struct ar_item *items;
    size_t n = 0;
    struct origin origin = {NULL, S("x.lib"), ORIGIN_FILE};
    diag_init(&d, "test");
    ok(implib_members(&spec, &a, &items, &n, &d) && n == 8, "members of a short library");
    for (size_t i = 0; i < n; i++) {
        struct object obj;
        open_item(&items[i], &obj, &d, &origin);
        if (i >= 3) {
            const struct implib_export *e = &undecorated[i - 3];
            ok(obj_load_imports(&obj) && obj.n_imports == 1, "one import");
            ok(obj.imports[0].by_ordinal == e->noname &&
                   (e->noname ? obj.imports[0].ordinal == e->ordinal : str_eq(obj.imports[0].name, e->name)),
               "the name that the DLL exports");
            is_u64(obj.n_symbols, e->data ? 1 : 2, "symbols");
        }
        obj_close(&obj);
    }
    spec.machine = 0x166;
    ok(!implib_members(&spec, &a, &items, &n, &d), "no thunks for MIPS");
    diag_drop(&d);
    (void)diag_finish(&d);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    if (argc > 5) {
        return write_one(argv + 1, argc - 1);
    }
    test_long(IMAGE_FILE_MACHINE_AMD64);
    test_long(IMAGE_FILE_MACHINE_I386);
    test_long(IMAGE_FILE_MACHINE_ARM64);
    test_short();
    return done_testing();
}
