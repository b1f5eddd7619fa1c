/* defined.c - symbols that the linker defines: edges of sections and of groups within them, tables, fields
   of the header. Each only if it is referenced.

   Most have two spellings where the machine puts a prefix before C's names: with it, as a C program asks
   for them, and without, as GNU ld's built-in script spells them. Source: spec pe-ld 2.9. */
#include <string.h>

#include "ld/pe/pe.h"
#include "ld/script_layout.h"

static bool is_wanted(const struct ld *ld, struct str name)
{
    uint32_t id = ld_lookup(ld, name);
    return id != LD_NO_SYM && (ld_sym(ld, id)->rank == RANK_UNDEF ||
                               ld_sym(ld, id)->rank == RANK_UNDEF_WEAK);
}

/* The spellings of NAME that are referenced, into OUT; how many. */
static int wanted(struct ld *ld, const char *name, struct str out[2])
{
    struct str prefix = pe_of(ld)->prefix;
    int n = 0;
    if (is_wanted(ld, str_c(name))) {
        out[n++] = str_c(name);
    }
    if (prefix.len) {
        out[n] = str_c(arena_printf(&ld->arena, "%.*s%s", Q(prefix), name));
        n += is_wanted(ld, out[n]);
    }
    return n;
}

/* ---- edges of sections --------------------------------------------------------------------------------- */

/* An empty chunk at the start or end of OS, to hang a symbol on. At the start: before all that is there. */
static struct ld_chunk *marker(struct ld *ld, struct ld_osec *os, bool at_end)
{
    struct ld_chunk *c = ld_bytes_chunk(ld, NULL, 0, 0);
    struct pe_bucket *b = &((struct pe_osec *)os->priv)->buckets[at_end ? PE_BUCKETS - 1 : 0];
    pe_bucket_add(ld, os, at_end ? PE_BUCKETS - 1 : 0, c);
    if (!at_end) {
        memmove(b->v.p + 1, b->v.p, (b->v.n - 1) * sizeof *b->v.p);
        b->v.p[0] = c;
    }
    return c;
}

static void define_at(struct ld *ld, const char *name, struct ld_osec *os, bool at_end)
{
    struct str s[2];
    for (int i = wanted(ld, name, s); i-- > 0;) {
        ld_define(ld, s[i], marker(ld, os, at_end), 0);
    }
}

static void define_abs(struct ld *ld, const char *name, uint64_t value)
{
    struct str s[2];
    for (int i = wanted(ld, name, s); i-- > 0;) {
        ld_define(ld, s[i], NULL, value);
    }
}

/* __start_S and __stop_S of sections whose names are C identifiers. */
static void define_start_stop(struct ld *ld)
{
    for (size_t i = 1; i < ld->osecs.n; i++) {
        struct ld_osec *os = ld->osecs.p[i];
        if (os->priv && os->name.len && os->name.p[0] != '.') {
            define_at(ld, arena_printf(&ld->arena, "__start_%.*s", Q(os->name)), os, false);
            define_at(ld, arena_printf(&ld->arena, "__stop_%.*s", Q(os->name)), os, true);
        }
    }
}

/* ---- groups within .CRT ---------------------------------------------------------------------------------- */

/* An empty chunk among sections that are sorted by name; priv: the name (struct str) that it is sorted by. */
static const struct ld_chunk_ops group_ops = {"symbol", NULL};

struct str pe_mark_name(const struct ld_chunk *c)
{
    return c->ops == &group_ops ? *(const struct str *)c->priv : (struct str){"", 0};
}

/* ___crt_xc_start__ before .CRT$XC and all that begins so, ___crt_xc_end__ behind; the same of I, L, P, T. */
static void define_crt_groups(struct ld *ld)
{
    struct ld_osec *os = pe_standard_osec(ld, ".CRT");
    for (const char *g = "cilpt"; *g; g++) {
        for (int end = 0; end < 2; end++) {
            char upper = (char)(*g - 'a' + 'A');
            const char *name = arena_printf(&ld->arena, "___crt_x%c_%s__", *g, end ? "end" : "start");
            struct str s[2];
            for (int i = wanted(ld, name, s); i-- > 0;) {
                /* names of sections are below 0xff, so these stand behind one group and before the next */
                struct str *key = ARENA_NEW(&ld->arena, struct str);
                *key = str_c(arena_printf(&ld->arena, ".CRT$X%c\xff", end ? upper : upper - 1));
                struct ld_chunk *c = ld_new_chunk(ld, &group_ops, 0, 0, key);
                pe_bucket_add(ld, os, 2, c);
                ((struct pe_osec *)os->priv)->buckets[2].by_name = true;
                ld_define(ld, s[i], c, 0);
            }
        }
    }
}

/* ---- tables whose places are known later --------------------------------------------------------------- */

/* The address table's edges: its offset in .idata is added once the imports are counted. */
static void define_iat(struct ld *ld)
{
    static const char *const names[] = {"__IAT_start__", "__IAT_end__"};
    for (int k = 0; k < 2; k++) {
        struct str s[2];
        for (int i = wanted(ld, names[k], s); i-- > 0;) {
            struct ld_chunk *c = marker(ld, pe_of(ld)->idata_os, false);
            c->align_p2 = 3; /* where the import directory begins */
            vec_push(&pe_of(ld)->late[k], ld_define(ld, s[i], c, 0));
        }
    }
}

static void define_pseudo_edges(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    struct str s[2];
    for (int i = wanted(ld, "__rt_psrelocs_start", s); i-- > 0;) {
        ld_define(ld, s[i], pe->pseudo, 0);
    }
    for (int i = wanted(ld, "__rt_psrelocs_end", s); i-- > 0;) {
        ld_define(ld, s[i], pe->pseudo_end, 0);
    }
    for (int i = wanted(ld, "__rt_psrelocs_size", s); i-- > 0;) {
        vec_push(&pe->late[PE_LATE_PSEUDO], ld_define(ld, s[i], NULL, 0));
    }
}

static void set_late(struct ld *ld, int which, uint64_t value)
{
    const struct pe *pe = pe_of(ld);
    for (size_t i = 0; i < pe->late[which].n; i++) {
        const struct ld_sym *g = ld_sym(ld, pe->late[which].p[i]);
        if (g->file == 1) {
            ld_file(ld, 1)->syms[g->sym].value = value;
        }
    }
}

void pe_set_late(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    set_late(ld, PE_LATE_IAT_START, pe->idata_iat_off);
    set_late(ld, PE_LATE_IAT_END, pe->idata_iat_off + pe->idata_iat_len);
    set_late(ld, PE_LATE_PSEUDO, pe->pseudo->size);
    pe_place_library_parts(ld);
}

void pe_free_late(struct pe *pe)
{
    for (int i = 0; i < PE_LATE_KINDS; i++) {
        vec_free(&pe->late[i]);
    }
    vec_free(&pe->library_parts);
}

/* ---- lists ----------------------------------------------------------------------------------------------- */

/* A constructor list: head -1, the entries, tail 0. Always there, for the C runtime walks it. */
static struct ld_chunk *list_head(struct ld *ld, const char *name)
{
    struct pe *pe = pe_of(ld);
    uint8_t bytes[8];
    memset(bytes, 0xff, sizeof bytes);
    struct ld_chunk *c = ld_bytes_chunk(ld, bytes, pe->word, pe->is64 ? 3 : 2);
    ld_define(ld, str_c(arena_printf(&ld->arena, "__%s", name)), c, 0);
    ld_define(ld, str_c(arena_printf(&ld->arena, "___%s", name)), c, 0);
    return c;
}

/* Before anything is loaded: libgcc has a member with empty lists, which must not be taken. */
void pe_define_lists(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    pe->ctors = list_head(ld, "CTOR_LIST__");
    pe->dtors = list_head(ld, "DTOR_LIST__");
    pe_define_pseudo(ld);
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

/* What stands at the edges of sections; a script says that itself. */
static void define_edges(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    define_at(ld, "__data_start__", pe->data, false);
    define_at(ld, "__data_end__", pe->data, true);
    define_at(ld, "__bss_start__", pe->bss, false);
    define_at(ld, "__bss_end__", pe->bss, true);
    struct str s[2];
    if (wanted(ld, "___tls_start__", s) + wanted(ld, "___tls_end__", s)) {
        struct ld_osec *tls = pe_standard_osec(ld, ".tls");
        define_at(ld, "___tls_start__", tls, false);
        define_at(ld, "___tls_end__", tls, true);
    }
    static const char *const ends[] = {"etext", "_etext", "__etext"};
    for (size_t i = 0; i < 3; i++) {
        define_at(ld, ends[i], pe->text, true);
    }
    define_at(ld, "end", pe->bss, true);
    define_at(ld, "_end", pe->bss, true);
    define_at(ld, "__end__", pe->bss, true);
    define_crt_groups(ld);
    define_iat(ld);
    define_pseudo_edges(ld);
    define_start_stop(ld);
}

static void define_header(struct ld *ld)
{
    const struct pe *pe = pe_of(ld);
    const struct {
        const char *name;
        uint64_t value;
    } fields[] = {{"__section_alignment__", pe->section_align}, {"__file_alignment__", pe->file_align},
                  {"__subsystem__", pe->subsystem}, {"__dll__", pe->is_dll},
                  {"__major_os_version__", pe->ver.major_os}, {"__minor_os_version__", pe->ver.minor_os},
                  {"__major_image_version__", pe->ver.major_image},
                  {"__minor_image_version__", pe->ver.minor_image},
                  {"__major_subsystem_version__", pe->ver.major_subsystem},
                  {"__minor_subsystem_version__", pe->ver.minor_subsystem},
                  {"__size_of_stack_reserve__", pe->stack_reserve},
                  {"__size_of_stack_commit__", pe->stack_commit},
                  {"__size_of_heap_reserve__", pe->heap_reserve},
                  {"__size_of_heap_commit__", pe->heap_commit}, {"__loader_flags__", 0},
                  {"__dll_characteristics__", pe->dll_flags}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        define_abs(ld, fields[i].name, fields[i].value);
    }
}

/* After the sections are known, before they are ordered. */
void pe_define_symbols(struct ld *ld)
{
    struct pe *pe = pe_of(ld);
    static const char *const image_base[] = {"__image_base__", "___image_base__", "__ImageBase",
                                             "___ImageBase", "__executable_start"};
    for (size_t i = 0; i < sizeof image_base / sizeof *image_base; i++) {
        if (is_wanted(ld, str_c(image_base[i]))) {
            ld_define(ld, str_c(image_base[i]), pe->head, 0);
        }
    }
    if (!ld_script_full(ld)) {
        define_edges(ld);
    }
    define_header(ld);
}
