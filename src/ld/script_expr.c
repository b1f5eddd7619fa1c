/* script_expr.c - evaluating the expressions of linker scripts.

   GNU's values are either numbers or places in a section; a place moves when its section does. Here a
   value always carries its absolute number, and the section beside it when it is a place, so only three
   rules need care: a plain number given to something inside an output section counts from that
   section's start; the difference of two places is a number; ABSOLUTE drops the section.
   Source: GNU ld manual, "The Section of an Expression". */
#include "base/ckint.h"
#include "ld/script.h"

enum { SX_DEPTH = 256 };

static bool eval(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth);

/* Reports at E's place; false. */
#define fail(env, e, ...)                                                                          \
    script_error((env)->d, (e)->script->text, (e)->script->path, (e)->pos, __VA_ARGS__)

static struct sx_value num(uint64_t v)
{
    return (struct sx_value){v, NULL};
}

static bool align_to(struct script_env *env, const struct sx *e, struct sx_value v, uint64_t align,
                     struct sx_value *out)
{
    *out = v;
    if (align <= 1) {
        return true;
    }
    uint64_t rem = v.v % align; /* GNU accepts any number here */
    if (rem && !ck_add(v.v, align - rem, &out->v)) {
        return fail(env, e, "the aligned address does not fit 64 bits");
    }
    return true;
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
    *out = num(e->op == SX_ORIGIN ? origin : length);
    return true;
}

static bool data_segment(struct script_env *env, const struct sx *e, struct sx_value *out,
                         unsigned depth)
{
    struct sx_value a, b;
    if (e->op == SX_DATA_SEGMENT_END) {
        return eval(env, e->a, out, depth);
    }
    if (!eval(env, e->a, &a, depth) || !eval(env, e->b, &b, depth)) {
        return false;
    }
    if (e->op == SX_DATA_SEGMENT_RELRO_END) { /* (offset, address) */
        uint64_t end = b.v + a.v, page = env->common_page;
        env->seen_relro_end = true;
        env->relro_used = end;
        env->relro_end = page && env->relro ? align_up(end, page) : end;
        *out = num(env->relro_end - a.v);
        return true;
    }
    /* DATA_SEGMENT_ALIGN(maxpage, commonpage): the next page, at the same offset in it, so that text and
       data may share one page of the file; a relro part must in addition end on a page. */
    uint64_t max = a.v ? a.v : 1, dot = env->dot.v;
    uint64_t at = (dot + max - 1) / max * max + dot % max;
    if (env->relro_size) {
        at = (dot + max - 1) / max * max;
        uint64_t used = env->relro_size % (b.v ? b.v : 1);
        at += used ? (b.v - used) : 0;
    }
    env->data_align_base = at;
    *out = num(at);
    return true;
}

static bool unary(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth)
{
    struct sx_value a;
    if (!eval(env, e->a, &a, depth)) {
        return false;
    }
    switch (e->op) {
    case SX_NEG: *out = num(0 - a.v); return true;
    case SX_NOT: *out = num(!a.v); return true;
    case SX_COMPL: *out = num(~a.v); return true;
    case SX_ABSOLUTE: *out = num(a.v); return true;
    case SX_ALIGN1:
    case SX_NEXT: return align_to(env, e, env->dot, a.v, out);
    case SX_LOG2CEIL:
        *out = num(0);
        while (out->v < 63 && (UINT64_C(1) << out->v) < a.v) {
            out->v++;
        }
        return true;
    case SX_ASSERT:
        *out = a;
        return a.v || env->quiet || fail(env, e, "%.*s", Q(e->name));
    default: return fail(env, e, "bad expression");
    }
}

/* Sections of the operands: place +- number stays a place, place - place is a number, anything else
   is a number. */
static struct sx_value sum(const struct sx *e, struct sx_value a, struct sx_value b)
{
    if (e->op == SX_ADD) {
        const void *sec = a.sec && b.sec ? NULL : a.sec ? a.sec : b.sec;
        return (struct sx_value){a.v + b.v, sec};
    }
    return (struct sx_value){a.v - b.v, b.sec ? NULL : a.sec};
}

static uint64_t compare(unsigned op, uint64_t a, uint64_t b)
{
    switch (op) {
    case SX_LT: return a < b;
    case SX_GT: return a > b;
    case SX_LE: return a <= b;
    case SX_GE: return a >= b;
    case SX_EQ: return a == b;
    default: return a != b;
    }
}

static bool binary(struct script_env *env, const struct sx *e, struct sx_value *out, unsigned depth)
{
    struct sx_value a, b;
    if (!eval(env, e->a, &a, depth) || !eval(env, e->b, &b, depth)) {
        return false;
    }
    switch (e->op) {
    case SX_ADD:
    case SX_SUB: *out = sum(e, a, b); return true;
    case SX_MUL: *out = num(a.v * b.v); return true;
    case SX_DIV:
    case SX_MOD:
        if (b.v == 0) {
            return fail(env, e, "division by zero");
        }
        *out = num(e->op == SX_DIV ? a.v / b.v : a.v % b.v);
        return true;
    case SX_SHL: *out = num(b.v < 64 ? a.v << b.v : 0); return true;
    case SX_SHR: *out = num(b.v < 64 ? a.v >> b.v : 0); return true;
    case SX_AND: *out = (struct sx_value){a.v & b.v, a.sec}; return true;
    case SX_OR: *out = num(a.v | b.v); return true;
    case SX_XOR: *out = num(a.v ^ b.v); return true;
    case SX_MAX: *out = a.v >= b.v ? a : b; return true;
    case SX_MIN: *out = a.v <= b.v ? a : b; return true;
    case SX_ALIGN2: return align_to(env, e, a, b.v, out);
    default: *out = num(compare(e->op, a.v, b.v)); return true;
    }
}

static bool leaf(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    switch (e->op) {
    case SX_NUM:
        *out = num(e->num);
        return true;
    case SX_DOT:
        if (!env->has_dot) {
            return fail(env, e, "'.' has no meaning here");
        }
        *out = env->dot;
        return true;
    case SX_SYM:
        if (env->symbol && env->symbol(env->ctx, e->name, out)) {
            return true;
        }
        *out = num(0);
        return env->quiet || fail(env, e, "symbol '%.*s' is not defined", Q(e->name));
    case SX_DEFINED:
        *out = num(env->symbol && env->symbol(env->ctx, e->name, out));
        return true;
    case SX_SIZEOF_HEADERS:
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
        *out = num(0);
        return (env->segment_start && env->segment_start(env->ctx, e->name, &out->v)) ||
               eval(env, e->a, out, depth);
    case SX_COND:
        return eval(env, e->a, &c, depth) && eval(env, c.v ? e->b : e->c, out, depth);
    case SX_ANDAND: case SX_OROR:
        if (!eval(env, e->a, &c, depth)) {
            return false;
        }
        if ((c.v != 0) == (e->op == SX_OROR)) {
            *out = num(c.v != 0);
            return true;
        }
        if (!eval(env, e->b, &c, depth)) {
            return false;
        }
        *out = num(c.v != 0);
        return true;
    case SX_NEG: case SX_NOT: case SX_COMPL: case SX_ABSOLUTE: case SX_ALIGN1: case SX_NEXT:
    case SX_LOG2CEIL: case SX_ASSERT:
        return unary(env, e, out, depth);
    default:
        return binary(env, e, out, depth);
    }
}

bool sx_eval(struct script_env *env, const struct sx *e, struct sx_value *out)
{
    return eval(env, e, out, 0);
}
