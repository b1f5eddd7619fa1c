/* names.c - --defsym, which gives symbols values, and --trace-symbol, which follows them. */

#include "ld/backend.h"
#include "ld/ld.h"
#include "ld/script.h"

/* ---- --defsym ------------------------------------------------------------------------------------ */

/* NAME=EXPRESSION, in the language of linker scripts. */
struct defsym {
    struct str name;
    const struct sx *value;
    struct script *script; /* whose text VALUE is of */
};

static bool parse_defsym(struct ld *ld, const char *text, struct defsym *out)
{
    struct str s = str_c(text);
    size_t eq = str_find(s, '=');
    if (eq == SIZE_MAX || eq == 0) {
        return diag_error(&ld->diag, "--defsym %s: it is SYMBOL=VALUE", text);
    }
    struct str v = str_skip(s, eq + 1);
    *out = (struct defsym){.name = str_head(s, eq), .script = ARENA_NEW(&ld->arena, struct script)};
    out->value = script_parse_expr(out->script, view_of(v.p, v.len), "--defsym", &ld->arena, &ld->diag);
    return out->value != NULL;
}

enum { DEFSYM_DEPTH = 200 };

/* The value of E, if it is made of numbers alone. Division by zero is left to whoever reports it. */
static bool constant(const struct sx *e, uint64_t *out, unsigned depth)
{
    uint64_t a, b;
    if (!e || !depth) {
        return false;
    }
    switch (e->op) {
    case SX_NUM: *out = e->num; return true;
    case SX_NEG: return constant(e->a, &a, depth - 1) && (*out = 0 - a, true);
    case SX_COMPL: return constant(e->a, &a, depth - 1) && (*out = ~a, true);
    case SX_ADD: case SX_SUB: case SX_MUL:
        if (!constant(e->a, &a, depth - 1) || !constant(e->b, &b, depth - 1)) {
            return false;
        }
        *out = e->op == SX_ADD ? a + b : e->op == SX_SUB ? a - b : a * b;
        return true;
    default: return false; /* the script engine knows the rest */
    }
}

/* Is E a symbol, or one plus or minus a number? That needs no layout. */
static bool symbol_and_offset(const struct sx *e, struct str *name, uint64_t *off)
{
    *off = 0;
    if (e->op == SX_ADD && e->a->op == SX_SYM && constant(e->b, off, DEFSYM_DEPTH)) {
        e = e->a;
    } else if (e->op == SX_SUB && e->a->op == SX_SYM && constant(e->b, off, DEFSYM_DEPTH)) {
        *off = 0 - *off;
        e = e->a;
    }
    *name = e->name;
    return e->op == SX_SYM;
}

/* What E needs for certain is referred to, so that archives are searched for it. */
static void refer(struct ld *ld, const struct sx *e, unsigned depth)
{
    if (!e || !depth) {
        return;
    }
    if (e->op == SX_SYM) {
        ld_reference(ld, e->name);
        return;
    }
    bool decides = e->op == SX_COND || e->op == SX_ANDAND || e->op == SX_OROR;
    refer(ld, e->a, depth - 1);
    refer(ld, decides ? NULL : e->b, depth - 1);
    refer(ld, decides ? NULL : e->c, depth - 1);
}

bool ld_begin_defsyms(struct ld *ld)
{
    for (size_t i = 0; i < ld->opt.defsym.n; i++) {
        struct defsym d;
        uint64_t v = 0;
        if (!parse_defsym(ld, ld->opt.defsym.p[i], &d)) {
            return false;
        }
        constant(d.value, &v, DEFSYM_DEPTH);
        ld_define(ld, d.name, NULL, v);
        refer(ld, d.value, DEFSYM_DEPTH);
    }
    return true;
}

/* The assignment joins the scripts, behind those of other --defsym: a layout gives it its value. */
static void add_assignment(struct ld *ld, const struct defsym *d, struct script ***at)
{
    struct sc_stmt *s = ARENA_NEW(&ld->arena, struct sc_stmt);
    s->kind = SC_ASSIGN;
    s->script = d->script;
    s->in_sections = true; /* '.' is 0 before anything is laid out */
    s->assign.name = d->name;
    s->assign.value = d->value;
    d->script->stmts.first = s;
    d->script->next = **at;
    **at = d->script;
    *at = &d->script->next;
}

bool ld_finish_defsyms(struct ld *ld)
{
    struct script **at = &ld->script;
    for (size_t i = 0; i < ld->opt.defsym.n; i++) {
        struct defsym d;
        struct str base;
        uint64_t off;
        if (!parse_defsym(ld, ld->opt.defsym.p[i], &d)) {
            return false;
        }
        if (constant(d.value, &off, DEFSYM_DEPTH)) {
            continue;
        }
        uint32_t id = ld_lookup(ld, d.name);
        ld->tab.syms[id].flags &= (uint16_t)~LDS_ABS;
        uint32_t of = symbol_and_offset(d.value, &base, &off) ? ld_lookup(ld, base) : LD_NO_SYM;
        const struct symbol *s = of == LD_NO_SYM ? NULL : ld_definition(ld, of);
        if (s && ld_sym(ld, of)->rank >= RANK_WEAK && ld_sym(ld, of)->file != 1) {
            id = ld_define(ld, d.name, ld_sym_chunk(ld, of), s->value + off);
            if (!off && ld_file(ld, ld_sym(ld, of)->file)->obj.format == OBJ_ELF) { /* another name of the same */
                struct symbol *made = &ld_file(ld, 1)->syms[ld_sym(ld, id)->sym];
                made->type = s->type;
                made->raw_info = (uint8_t)(0x10 | (s->raw_info & 15));
            }
        } else {
            add_assignment(ld, &d, &at);
        }
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
