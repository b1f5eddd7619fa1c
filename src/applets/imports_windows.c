/* imports_windows.c - --requires-windows: the lowest Windows whose own DLLs export every name that
   a PE image imports at start. Delay-loaded functions do not count: programs test for them. */
#include "applets/imports_tree.h"

struct need {
    uint64_t version; /* highest so far */
    uint32_t unknown; /* imports without data */
};

/* 0: unknown. DLLs that are not the system's do not count: *ours is false. */
static uint64_t version_of(const struct imp_tables *t, const struct import *im, bool *ours)
{
    bool set = imp_is_api_set(im->lib);
    *ours = set || imp_is_system_dll(t, im->lib);
    if (!*ours) {
        return 0;
    }
    struct str name = im->by_ordinal ? imp_ordinal_name(t, im->lib, im->ordinal) : im->name;
    uint64_t v = imp_windows_of(t, im->lib, name);
    if (set) {
        uint64_t contract = imp_windows_of_api_set(im->lib);
        v = imp_windows_of(t, S("kernel32.dll"), im->name);
        v = v > contract ? v : contract;
    }
    return v;
}

static bool counts(const struct import *im)
{
    return im->kind == IMPORT_NORMAL && (im->by_ordinal || im->name.len);
}

static void print_rows(struct imp_out *out, const struct object *obj)
{
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        const struct import *im = &obj->imports[i];
        bool ours;
        uint64_t v = version_of(out->o->tables, im, &ours);
        if (!ours || !counts(im)) {
            continue;
        }
        imp_name(out->b, im->lib);
        buf_c(out->b, '\t');
        imp_symbol(out, obj, im, '@');
        buf_c(out->b, '\t');
        if (v) {
            buf_printf(out->b, "%u.%u", (unsigned)(v >> 48), (unsigned)(v >> 32 & 0xffff));
            if (v & 0xffffffff) {
                buf_printf(out->b, ".%u", (unsigned)(v & 0xffffffff));
            }
        } else {
            buf_puts(out->b, "unknown");
        }
        buf_c(out->b, '\n');
    }
}

/* Lines of the imports whose version is V (0: unknown). */
static void print_reasons(struct imp_out *out, const struct object *obj, uint64_t v,
                          const char *word)
{
    enum { MOST = 8 };
    uint32_t n = 0;
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        const struct import *im = &obj->imports[i];
        bool ours;
        if (!counts(im) || version_of(out->o->tables, im, &ours) != v || !ours) {
            continue;
        }
        if (++n <= MOST) {
            buf_puts(out->b, word);
            imp_name(out->b, im->lib);
            buf_c(out->b, ' ');
            imp_symbol(out, obj, im, '@');
            buf_c(out->b, '\n');
        }
    }
    if (n > MOST) {
        buf_printf(out->b, "%sand %u more\n", word, n - MOST);
    }
}

static struct need sum_up(const struct imp_out *out, const struct object *obj)
{
    struct need need = {0};
    for (uint32_t i = 0; i < obj->n_imports; i++) {
        bool ours;
        const struct import *im = &obj->imports[i];
        if (!counts(im)) {
            continue;
        }
        uint64_t v = version_of(out->o->tables, im, &ours);
        need.version = v > need.version ? v : need.version;
        need.unknown += ours && v == 0;
    }
    return need;
}

void imp_print_windows(struct imp_out *out, struct object *obj)
{
    struct buf *b = out->b;
    struct need need = sum_up(out, obj);
    if (out->o->format == FMT_JSON) {
        imp_json_head(out, obj, obj->origin, obj_target_name(obj));
        if (need.version) {
            buf_printf(b, ", \"requires_windows\": \"%u.%u.%u\"", (unsigned)(need.version >> 48),
                       (unsigned)(need.version >> 32 & 0xffff),
                       (unsigned)(need.version & 0xffffffff));
        } else {
            buf_puts(b, ", \"requires_windows\": null");
        }
        buf_printf(b, ", \"unknown\": %u}", need.unknown);
    } else if (out->o->format != FMT_GNU) {
        print_rows(out, obj);
    } else {
        buf_str(b, imp_origin(out, obj->origin));
        buf_puts(b, ": ");
        if (need.version) {
            imp_windows_name(b, need.version);
            buf_puts(b, " or later");
        } else {
            buf_puts(b, need.unknown ? "unknown" : "any Windows (nothing is the system's)");
        }
        buf_puts(b, need.unknown && need.version ? ", as far as known\n" : "\n");
        if (need.version > (UINT64_C(5) << 48 | UINT64_C(1) << 32)) {
            print_reasons(out, obj, need.version, "  because of ");
        }
        if (need.unknown) {
            print_reasons(out, obj, 0, "  unknown: ");
        }
    }
    out->any = true;
}
