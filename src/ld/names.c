/* names.c - --defsym, which gives symbols values, and --trace-symbol, which follows them. */

#include "ld/backend.h"
#include "ld/ld.h"
#include "ld/script.h"

/* ---- --defsym ------------------------------------------------------------------------------------ */

/* NAME=VALUE, VALUE a number, a symbol, or a symbol plus or minus a number. */
struct defsym {
    struct str name, base; /* base: empty for a number */
    uint64_t offset;
};

/* An expression of numbers only, in the language of linker scripts. */
static bool is_constant(struct ld *ld, struct str text, uint64_t *out)
{
    struct diag quiet;
    struct script s;
    struct sx_value v = {0};
    diag_child(&quiet, &ld->diag);
    struct script_env env = {.d = &quiet};
    const struct sx *e = script_parse_expr(&s, view_of(text.p, text.len), "--defsym", &ld->arena, &quiet);
    bool good = e && sx_eval(&env, e, &v);
    diag_drop(&quiet);
    *out = good ? v.v : *out;
    return good;
}

static bool parse_defsym(struct ld *ld, const char *text, struct defsym *out)
{
    struct str s = str_c(text);
    size_t eq = str_find(s, '=');
    if (eq == SIZE_MAX || eq == 0) {
        return diag_error(&ld->diag, "--defsym %s: it is SYMBOL=VALUE", text);
    }
    *out = (struct defsym){.name = str_head(s, eq)};
    struct str v = str_skip(s, eq + 1);
    if (str_u64(v, 0, &out->offset) || is_constant(ld, v, &out->offset)) {
        return true;
    }
    size_t op = SIZE_MAX;
    for (size_t i = 1; i < v.len && op == SIZE_MAX; i++) {
        op = v.p[i] == '+' || v.p[i] == '-' ? i : SIZE_MAX;
    }
    out->base = str_head(v, op);
    if (op != SIZE_MAX) {
        if (!str_u64(str_skip(v, op + 1), 0, &out->offset)) {
            return diag_error(&ld->diag, "--defsym %s: the value is a number or SYMBOL+NUMBER", text);
        }
        out->offset = v.p[op] == '-' ? -out->offset : out->offset;
    }
    return out->base.len != 0;
}

bool ld_begin_defsyms(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.defsym.n; i++) {
        struct defsym d;
        if (!parse_defsym(ld, ld->opt.defsym.p[i], &d)) {
            return false;
        }
        ld_define(ld, d.name, NULL, d.offset);
        if (d.base.len) {
            ld_reference(ld, d.base);
        }
    }
    return true;
}

bool ld_finish_defsyms(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.defsym.n; i++) {
        struct defsym d;
        if (!parse_defsym(ld, ld->opt.defsym.p[i], &d)) {
            return false;
        }
        if (!d.base.len) {
            continue;
        }
        uint32_t base = ld_lookup(ld, d.base), id = ld_lookup(ld, d.name);
        const struct symbol *s = base == LD_NO_SYM ? NULL : ld_definition(ld, base);
        if (!s || id == LD_NO_SYM || ld_sym(ld, base)->rank < RANK_WEAK) {
            diag_error(&ld->diag, "--defsym %s: symbol '%.*s' is not defined", ld->opt.defsym.p[i],
                       Q(d.base));
            continue;
        }
        struct ld_chunk *c = ld_sym_chunk(ld, base);
        ld->tab.syms[id].flags &= (uint16_t)~LDS_ABS;
        ld_define(ld, d.name, c, s->value + d.offset);
    }
    return diag_ok(&ld->diag);
}

/* ---- --just-symbols -------------------------------------------------------------------------------- */

bool ld_just_symbols(struct ld *ld, struct ld_input *in)
{
    struct object obj;
    struct diag d;
    diag_child(&d, &ld->diag);
    bool ok = obj_open(&obj, in->file.data, &in->origin, &d) && obj_load_symbols(&obj);
    for (uint32_t i = 0; ok && i < obj.n_symbols; i++) {
        const struct symbol *s = &obj.symbols[i];
        bool placed = s->sec != SEC_UNDEF && !sec_is_special(s->sec);
        if (!(placed || s->sec == SEC_ABS) || (s->binding != BIND_GLOBAL && s->binding != BIND_WEAK)) {
            continue;
        }
        uint64_t base = !placed                              ? 0
                        : obj.type == OBJ_TYPE_RELOCATABLE ? obj.sections[s->sec].addr
                        : obj.format == OBJ_PE              ? obj.image_base
                                                            : 0; /* values of images are addresses, of PE's RVAs */
        ld_define(ld, arena_str(&ld->arena, s->name), NULL, s->value + base);
    }
    diag_merge(&ld->diag, &d);
    obj_close(&obj);
    return ok;
}

/* ---- --trace-symbol ------------------------------------------------------------------------------ */

void ld_trace_symbols(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.trace_symbol.n; i++) {
        uint32_t id = ld_lookup(ld, str_c(ld->opt.trace_symbol.p[i]));
        for (size_t k = 2; id != LD_NO_SYM && k < ld->files.n; k++) {
            const struct ld_file *f = ld->files.p[k];
            for (uint32_t s = 0; s < f->n_syms; s++) {
                if (f->ids[s] == id) {
                    diag_note(&ld->diag, "%s: %s %s", ld_file_name(ld, f),
                              f->syms[s].sec == SEC_UNDEF    ? "reference to"
                              : f->syms[s].sec == SEC_COMMON ? "common definition of"
                                                              : "definition of",
                              ld->opt.trace_symbol.p[i]);
                }
            }
        }
    }
}
