/* script_expr.c - evaluating the expressions of linker scripts.

   A value is a plain number, an absolute address, or a place in a section. Operators work on the offsets of
   places in the same section, and of a place and a plain number; other mixtures are made absolute first.
   Inside an output section what is written as a number is a plain number; outside of all it is an absolute
   address. So "a & 0xff" masks a's offset inside a section and its address outside. Two places make a number,
   comparisons too; a place and a number make a place. Source: GNU ld manual, "The Section of an Expression". */
#include "base/ckint.h"
#include "ld/script.h"

enum { SX_DEPTH = 256 };

static bool eval(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth);

/* Reports at E's place; false. */
#define fail(env, e, ...)                                                                          \
    script_error((env)->d, (e)->script->text, (e)->script->path, (e)->pos, __VA_ARGS__)

static struct sx_value num(uint64_t v)
{
    return (struct sx_value){v, NULL, 0, true};
}

static struct sx_value address(uint64_t v)
{
    return (struct sx_value){v, NULL, 0, false};
}

/* Address V as a place in the section that is being laid out, if there is one. */
static struct sx_value place(struct script_env *env, uint64_t v)
{
    env->of_dot = true;
    return (struct sx_value){v, env->cur_sec, env->cur_sec ? env->cur_sec_addr : 0, false};
}

/* Are numbers at E plain ones? */
static bool plain_numbers(const struct script_env *env, const struct sx *e)
{
    return env->cur_sec || e->script->sane_expr;
}

/* The part of A that operators work on; and A with another one. */
static uint64_t offset(struct sx_value a)
{
    return a.v - a.base;
}

static struct sx_value with(struct sx_value a, uint64_t off)
{
    a.v = a.base + off;
    return a;
}

/* Any number will do for ALIGN, as in GNU ld; what passes 64 bits begins again at 0. */
static uint64_t align_to(uint64_t v, uint64_t align)
{
    return align <= 1 ? v : (v + align - 1) / align * align;
}

static bool constant(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    if (str_is(e->name, "MAXPAGESIZE")) {
        *out = num(env->max_page);
    } else if (str_is(e->name, "COMMONPAGESIZE")) {
        *out = num(env->common_page);
    } else {
        return fail(env, e, "unknown constant '%.*s'", Q(e->name));
    }
    return true;
}

static bool section(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    static const enum sx_query what[] = {[SX_ADDR - SX_ADDR] = SX_Q_ADDR,
                                         [SX_LOADADDR - SX_ADDR] = SX_Q_LOADADDR,
                                         [SX_SIZEOF - SX_ADDR] = SX_Q_SIZE,
                                         [SX_ALIGNOF - SX_ADDR] = SX_Q_ALIGN};
    *out = num(0);
    if (env->section && env->section(env->ctx, e->name, what[e->op - SX_ADDR], out)) {
        return true;
    }
    *out = num(0); /* SIZEOF of a section that does not exist is 0; so is the rest in a first pass */
    if (e->op == SX_SIZEOF || e->op == SX_ALIGNOF || env->quiet) {
        return true;
    }
    return fail(env, e, "there is no section '%.*s'", Q(e->name));
}

static bool region(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    uint64_t origin, length;
    if (!env->region || !env->region(env->ctx, e->name, &origin, &length)) {
        return fail(env, e, "there is no memory region '%.*s'", Q(e->name));
    }
    *out = e->op == SX_ORIGIN ? place(env, origin) : num(length);
    return true;
}

static bool data_segment(struct script_env *env, const struct sx *e, struct sx_value *out,
                         unsigned depth)
{
    struct sx_value a, b;
    if (e->op == SX_DATA_SEGMENT_END) {
        bool good = eval(env, e->a, out, depth);
        env->data_end = out->v;
        env->seen_data_end = good;
        return good;
    }
    if (!eval(env, e->a, &a, depth) || !eval(env, e->b, &b, depth)) {
        return false;
    }
    if (e->op == SX_DATA_SEGMENT_RELRO_END) { /* (offset, address) */
        uint64_t end = b.v + a.v, page = env->common_page;
        env->seen_relro_end = true;
        env->relro_used = end;
        env->relro_end = page && env->relro ? align_up(end, page) : end;
        *out = address(env->relro_end - a.v);
        return true;
    }
    /* DATA_SEGMENT_ALIGN(maxpage, commonpage): the next page; without relro at the same offset in it, so that text
       and data may share one page of the file, or at a common page's border where that saves one in memory. A relro
       part must in addition end on a page. */
    uint64_t max = a.v ? a.v : 1, dot = env->dot.v;
    uint64_t at = (dot + max - 1) / max * max;
    env->data_common = b.v;
    if (env->data_adjust) {
        at += b.v < max ? (dot + b.v - 1) & (max - b.v) : 0;
    } else {
        at += env->relro ? 0 : dot % max;
    }
    if (env->relro_size) {
        at = (dot + max - 1) / max * max;
        uint64_t used = env->relro_size % (b.v ? b.v : 1);
        at += used ? (b.v - used) : 0;
    }
    env->data_align_base = at;
    *out = address(at);
    return true;
}

static bool unary(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth)
{
    struct sx_value a;
    uint64_t v;
    if (!eval(env, e->a, &a, depth)) {
        return false;
    }
    switch (e->op) {
    case SX_NEG: *out = with(a, 0 - offset(a)); return true;
    case SX_NOT: *out = with(a, !offset(a)); return true;
    case SX_COMPL: *out = with(a, ~offset(a)); return true;
    case SX_ABSOLUTE:
        *out = address(a.v);
        env->of_dot = false;
        return true;
    case SX_ALIGN1:
        *out = place(env, align_to(env->dot.v, a.v));
        return true;
    case SX_NEXT:
        env->of_dot = false;
        *out = address(align_to(env->dot.v, a.v));
        return true;
    case SX_LOG2CEIL:
        for (v = 0; v < 64 && (v == 63 ? UINT64_C(1) << 63 : UINT64_C(1) << v) < offset(a);) {
            v++;
        }
        *out = num(v);
        return true;
    case SX_ASSERT:
        *out = a;
        return a.v || env->quiet || fail(env, e, "%.*s", Q(e->name));
    default: return fail(env, e, "bad expression");
    }
}

/* Brings the operands to offsets that can be compared. What is left of their sections is that of the result if
   one of them is a plain number. */
static struct sx_value level(struct script_env *env, struct sx_value *a, struct sx_value *b)
{
    if (!a->number && !b->number && a->sec != b->sec) {
        env->of_dot = false;
        *a = address(a->v);
        *b = address(b->v);
    }
    return b->number ? *a : *b;
}

static bool compare(unsigned op, uint64_t a, uint64_t b, uint64_t *out)
{
    switch (op) {
    case SX_LT: *out = a < b; return true;
    case SX_GT: *out = a > b; return true;
    case SX_LE: *out = a <= b; return true;
    case SX_GE: *out = a >= b; return true;
    case SX_EQ: *out = a == b; return true;
    case SX_NE: *out = a != b; return true;
    case SX_ANDAND: *out = a && b; return true;
    case SX_OROR: *out = a || b; return true;
    default: return false;
    }
}

/* A OP B, B not being 0 where it divides. */
static uint64_t arithmetic(unsigned op, uint64_t a, uint64_t b)
{
    switch (op) {
    case SX_ADD: return a + b;
    case SX_SUB: return a - b;
    case SX_MUL: return a * b;
    case SX_DIV: return a / b;
    case SX_MOD: return a % b;
    case SX_SHL: return b < 64 ? a << b : 0;
    case SX_SHR: return b < 64 ? a >> b : 0;
    case SX_AND: return a & b;
    case SX_OR: return a | b;
    case SX_XOR: return a ^ b;
    case SX_MAX: return a > b ? a : b;
    default: return a < b ? a : b;
    }
}

static bool binary(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth)
{
    struct sx_value a, b;
    uint64_t v;
    if (!eval(env, e->a, &a, depth) || !eval(env, e->b, &b, depth)) {
        return false;
    }
    *out = level(env, &a, &b);
    if (compare(e->op, offset(a), offset(b), &v)) {
        *out = num(v);
        return true;
    }
    if (e->op == SX_ALIGN2) {
        *out = with(*out, align_to(offset(a), offset(b)));
        return true;
    }
    if ((e->op == SX_DIV || e->op == SX_MOD) && offset(b) == 0) {
        return env->quiet ? (*out = num(0), true) : fail(env, e, "division by zero");
    }
    v = arithmetic(e->op, offset(a), offset(b));
    bool keeps = e->op == SX_MAX || e->op == SX_MIN || a.number != b.number;
    *out = keeps ? with(*out, v) : plain_numbers(env, e) ? num(v) : address(v);
    return true;
}

static bool leaf(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    switch (e->op) {
    case SX_NUM:
        *out = plain_numbers(env, e) ? num(e->num) : address(e->num);
        return true;
    case SX_DOT:
        if (!env->has_dot) {
            return fail(env, e, "'.' has no meaning here");
        }
        *out = env->dot;
        env->of_dot = true;
        return true;
    case SX_SYM:
        if (env->symbol && env->symbol(env->ctx, e->name, out)) {
            out->number = !out->sec && plain_numbers(env, e);
            return true;
        }
        *out = num(0);
        return env->quiet || fail(env, e, "symbol '%.*s' is not defined", Q(e->name));
    case SX_DEFINED:
        *out = num(env->defined ? env->defined(env->ctx, e->name)
                                : env->symbol && env->symbol(env->ctx, e->name, out));
        return true;
    case SX_SIZEOF_HEADERS:
        env->seen_headers = true;
        *out = num(env->headers_size);
        return true;
    default:
        return constant(env, e, out);
    }
}

static bool eval(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth)
{
    if (depth++ > SX_DEPTH) {
        return fail(env, e, "expression nests too deep");
    }
    struct sx_value c;
    switch (e->op) {
    case SX_NUM: case SX_DOT: case SX_SYM: case SX_DEFINED: case SX_SIZEOF_HEADERS: case SX_CONSTANT:
        return leaf(env, e, out);
    case SX_ADDR: case SX_LOADADDR: case SX_SIZEOF: case SX_ALIGNOF:
        return section(env, e, out);
    case SX_ORIGIN: case SX_LENGTH:
        return region(env, e, out);
    case SX_DATA_SEGMENT_ALIGN: case SX_DATA_SEGMENT_END: case SX_DATA_SEGMENT_RELRO_END:
        return data_segment(env, e, out, depth);
    case SX_SEGMENT_START:
        *out = place(env, 0);
        if (env->segment_start && env->segment_start(env->ctx, e->name, &out->v)) {
            return true;
        }
        if (!eval(env, e->a, &c, depth)) {
            return false;
        }
        *out = place(env, c.v);
        return true;
    case SX_COND:
        return eval(env, e->a, &c, depth) && eval(env, offset(c) ? e->b : e->c, out, depth);
    case SX_ANDAND: case SX_OROR: { /* what decides alone hides what is wrong with the other */
        uint64_t stop = e->op == SX_OROR;
        if (!eval(env, e->a, &c, depth)) {
            return false;
        }
        if (c.number && (c.v != 0) == stop) {
            *out = num(stop);
            return true;
        }
        return binary(env, e, out, depth);
    }
    case SX_NEG: case SX_NOT: case SX_COMPL: case SX_ABSOLUTE: case SX_ALIGN1: case SX_NEXT:
    case SX_LOG2CEIL: case SX_ASSERT:
        return unary(env, e, out, depth);
    default:
        return binary(env, e, out, depth);
    }
}

bool sx_eval(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    env->of_dot = false;
    return eval(env, e, out, 0);
}
