/* ld/script*, ld/verscript: parsing, expressions, errors with their place. */
#include "ld/script.h"
#include "tests/unit/tap.h"

static struct arena arena;
static struct diag d;

static bool parse(struct script *s, const char *text)
{
    static struct version_script vs;
    return script_parse(s, view_of(text, strlen(text)), "t.ld", &arena, &d, &vs, NULL, NULL);
}

static uint64_t value(const char *text)
{
    struct script s;
    struct script_env env = {.d = &d, .has_dot = true, .dot = {.v = 0x1234}, .max_page = 0x1000,
                             .common_page = 0x1000};
    struct sx_value v = {.v = 0xdead};
    const struct sx *e = script_parse_expr(&s, view_of(text, strlen(text)), "expr", &arena, &d);
    ok(e && sx_eval(&env, e, &v), "%s", text);
    return v.v;
}

static void test_expr(void)
{
    is_u64(value("1 + 2 * 3"), 7, "precedence");
    is_u64(value("(1 + 2) * 3"), 9, "parentheses");
    is_u64(value("0x10 | 1 << 4 - 1"), 0x18, "shift binds weaker than minus");
    is_u64(value("4K + 1M"), 4096 + 1048576, "K and M");
    is_u64(value("10 - 4 - 3"), 3, "left associative");
    is_u64(value("1 ? 2 : 3 ? 4 : 5"), 2, "conditional");
    struct script s;
    struct script_env env = {.d = &d, .max_page = 0x1000, .common_page = 0x1000};
    struct sx_value v;
    const char *both = "0 && 1 / 0";
    const struct sx *e = script_parse_expr(&s, view_of(both, strlen(both)), "expr", &arena, &d);
    ok(e && !sx_eval(&env, e, &v) && d.counts[SEV_ERROR] == 1, "&& looks at both sides, as in GNU ld");
    diag_drop(&d);
    is_u64(value("ALIGN(0x1000)"), 0x2000, "ALIGN of dot");
    is_u64(value("ALIGN(5, 8)"), 8, "ALIGN of a value");
    is_u64(value("MAX(3, MIN(9, 5))"), 5, "MAX and MIN");
    is_u64(value("LOG2CEIL(9)"), 4, "LOG2CEIL");
    is_u64(value("-1"), UINT64_MAX, "minus");
    is_u64(value("!0 + ~0"), 0, "not");
    is_u64(value("CONSTANT(MAXPAGESIZE)"), 0x1000, "CONSTANT");
    is_u64(value("SEGMENT_START(\"text\", 0x400) + SIZEOF_HEADERS"), 0x400, "SEGMENT_START default");
}

static void is_error(const char *text, const char *name)
{
    struct script s;
    bool good = parse(&s, text);
    ok(!good && d.counts[SEV_ERROR] == 1, "%s", name);
    diag_drop(&d);
    script_free(&s);
}

static void test_script(void)
{
    struct script s;
    ok(parse(&s, "/* GNU ld script */ OUTPUT_FORMAT(elf64-x86-64)\n"
                 "GROUP ( /lib/libc.so.6 /usr/lib/libc_nonshared.a AS_NEEDED ( /lib64/ld.so.2 ) )"),
       "the script that stands for libc");
    is_u64(s.files.n, 5, "group start, three files, group end");
    is_str(s.files.p[1].name, "/lib/libc.so.6", "first file");
    ok(!s.files.p[1].as_needed && s.files.p[3].as_needed, "AS_NEEDED");
    script_free(&s);
    ok(parse(&s,
             "ENTRY(_start)\nMEMORY { rom (rx) : ORIGIN = 0x8000000, LENGTH = 64K\n"
             " ram (!rx) : o = 0x20000000, l = 8K }\n"
             "PHDRS { text PT_LOAD FILEHDR PHDRS FLAGS(5); data PT_LOAD; }\n"
             "SECTIONS { . = 0x1000; PROVIDE(__start = .);\n"
             ".text ALIGN(16) : AT(0x100) SUBALIGN(4) { KEEP(*(.vectors)) *(.text .text.*) *(SORT_BY_NAME(.ctors.*))\n"
             " EXCLUDE_FILE(*a.o) *(.x) *(EXCLUDE_FILE(*b.o) .y) LONG(1 + 2) . = ALIGN(8); } >rom :text =0x90909090\n"
             ".data : { *(.data*) x += 4; } >ram AT>rom :data\n"
             ".bss (NOLOAD) : { *(COMMON) lib.a:foo.o(.bss) }\n/DISCARD/ : { *(.note*) }\n"
             "ASSERT(. < 0x9000, \"too big\") }\n"),
       "a firmware script");
    is_u64(s.regions.n, 2, "regions");
    is_u64(s.phdrs.n, 2, "program headers");
    unsigned outs = 0, ins = 0;
    for (struct sc_stmt *t = s.stmts.first; t; t = t->next) {
        outs += t->kind == SC_OUTPUT;
        for (struct sc_stmt *b = t->kind == SC_OUTPUT ? t->out.body.first : NULL; b; b = b->next) {
            ins += b->kind == SC_INPUT;
        }
    }
    is_u64(outs, 4, "output sections");
    is_u64(ins, 9, "input descriptions");
    struct sc_stmt *text = s.stmts.first->next->next;
    is_str(text->out.region, "rom", "region");
    ok(text->out.fill_bytes.len == 4 && text->out.n_phdrs == 1, "fill and header");
    script_free(&s);
    ok(parse(&s, "SECTIONS { .dbg BLOCK(__section_alignment__) (NOLOAD) : { *(.dbg) } } INSERT AFTER .debug_types;"),
       "the script Go writes");
    ok(s.has_insert, "INSERT");
    script_free(&s);
    is_error("SECTIONS { .text : { *(.text }", "missing parenthesis");
    is_error("INPUT(a b", "end inside a list");
    is_error("FOO(1)", "unknown command");
    is_error("SECTIONS { x = 1 + ; }", "missing operand");
    is_error("/* no end", "comment without end");
    is_error("OUTPUT_FORMAT(\"elf", "string without end");
    struct buf deep = {0};
    buf_puts(&deep, "x = ");
    buf_fill(&deep, '(', 100000);
    buf_c(&deep, 0);
    is_error(deep.p, "parentheses without end");
    buf_free(&deep);
}

static void test_match(void)
{
    struct script s;
    parse(&s, "SECTIONS { .o : { *lib*.a:m.o(.a .b*) *(EXCLUDE_FILE(*x.o) .c) f.o } }");
    struct sc_stmt *b = s.stmts.first->out.body.first;
    is_u64(script_input_match(&b->in, S("/l/libq.a"), S("m.o"), S(".bss")), 1, "archive:member");
    ok(script_input_match(&b->in, S(""), S("m.o"), S(".bss")) < 0, "not without the archive");
    b = b->next;
    ok(script_input_match(&b->in, S(""), S("y.o"), S(".c")) == 0, "not excluded");
    ok(script_input_match(&b->in, S(""), S("x.o"), S(".c")) < 0, "excluded");
    ok(script_input_match(&b->next->in, S(""), S("f.o"), S("any")) == 0, "a bare file name");
    script_free(&s);
}

static void test_version(void)
{
    const char *text = "V1 { global: foo; bar*; extern \"C++\" { ns::f*; \"ns::g(int)\"; }; local: *; };\n"
                       "# comment\nV2 { baz; barx; bar_hidden; local: bar_h*; } V1;";
    struct version_script vs = {0};
    ok(verscript_parse(&vs, view_of(text, strlen(text)), "v.map", &d), "a version script");
    struct ver_match m = verscript_match(&vs, S("foo"));
    ok(m.found && !m.local && m.node == 0, "exact name");
    m = verscript_match(&vs, S("barx"));
    ok(m.found && m.node == 1, "exact beats pattern");
    m = verscript_match(&vs, S("bar_h2"));
    ok(m.found && !m.local, "a global pattern beats a local one");
    m = verscript_match(&vs, S("qux"));
    ok(m.found && m.local, "the rest is local");
    m = verscript_match(&vs, S("_ZN2ns3fooEv"));
    ok(m.found && !m.local, "a demangled pattern");
    m = verscript_match(&vs, S("_ZN2ns1gEi"));
    ok(m.found && !m.local, "a quoted demangled name");
    m = verscript_match(&vs, S("_ZN2ns1gEv"));
    ok(m.found && m.local, "and not its overload");
    is_u64(vs.nodes.p[1].parents.n, 1, "inheritance");
    verscript_free(&vs);
    vs = (struct version_script){0};
    ok(dynlist_parse(&vs, view_of("{ a; b*; };", 11), "d", &d), "a dynamic list");
    ok(verscript_match(&vs, S("bb")).found && !verscript_match(&vs, S("c")).found, "matches");
    verscript_free(&vs);
    static const char *const bad[] = {"{ a; ", "V1 { a; } V9;", "V1 {}; V1 {};", "{ a; }; V {};",
                                      "V1 { extern \"Ada\" { x; }; };", "V1 { a b; };", NULL};
    for (int i = 0; bad[i]; i++) {
        vs = (struct version_script){0};
        bool good = verscript_parse(&vs, view_of(bad[i], strlen(bad[i])), "v", &d);
        ok(!good && d.counts[SEV_ERROR] == 1, "error: %s", bad[i]);
        diag_drop(&d);
        verscript_free(&vs);
    }
}

int main(void)
{
    diag_init(&d, "test");
    test_expr();
    test_script();
    test_match();
    test_version();
    diag_finish(&d);
    arena_free(&arena);
    return done_testing();
}
