/* archive: reading members and indexes of every dialect, and damage. */
#include <stdlib.h>

#include "archive/ar_file.h"
#include "base/buf.h"
#include "tests/unit/tap.h"

static const struct origin origin = {NULL, {"x.a", 3}, ORIGIN_FILE};

/* One opened archive and all its members. */
struct listing {
    struct ar ar;
    struct arena arena;
    struct diag diag;
    struct ar_member m[16];
    int n;
    bool opened, bad;
};

static void list(struct listing *l, struct view v)
{
    *l = (struct listing){0};
    diag_init(&l->diag, "test");
    l->opened = ar_open(&l->ar, v, &origin, &l->diag, &l->arena);
    if (l->opened) {
        struct ar_iter it;
        ar_iter_start(&it, &l->ar, false);
        while (l->n < 16 && ar_iter_next(&it, &l->m[l->n])) {
            l->n++;
        }
        l->bad = it.bad;
    }
}

static void end(struct listing *l)
{
    diag_drop(&l->diag);
    arena_free(&l->arena);
}

/* A header with the given name field and size, then DATA and the pad byte. */
static void member(struct buf *b, const char *name, const char *data, size_t n)
{
    buf_printf(b, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 7, 1, 2, "100644", n);
    buf_add(b, data, n);
    if (n & 1) {
        buf_c(b, '\n');
    }
}

static void test_gnu(void)
{
    struct buf b = {0};
    struct listing l;
    buf_puts(&b, "!<arch>\n");
    member(&b, "/", "\0\0\0\1\0\0\0\xa0" "foo", 12);
    member(&b, "//", "a_very_long_name.o/\n", 20);
    member(&b, "/0", "hello", 5);
    member(&b, "with sp.o/", "xy", 2);
    member(&b, "d/a.o/", "", 0);
    list(&l, view_of(b.p, b.n));
    ok(l.opened && l.ar.dialect == AR_DIALECT_GNU && !l.bad, "a GNU archive");
    ok(l.n == 3, "three members");
    is_str(l.m[0].name, "a_very_long_name.o", "long name");
    is_str(l.m[1].name, "with sp.o", "name with a space");
    is_str(l.m[2].name, "d/a.o", "name with a slash in the short field");
    is_u64(l.m[0].data.len, 5, "contents without the pad byte");
    ok(l.m[0].mtime == 7 && l.m[0].uid == 1 && l.m[0].gid == 2 && l.m[0].mode == 0100644, "fields");
    struct armap map;
    ok(ar_read_armap(&l.ar, &map) && map.present && map.n == 1, "index");
    is_str(map.entries[0].name, "foo", "index name");
    struct ar_member m;
    ok(ar_member_at(&l.ar, map.entries[0].hdr_off, &m) && m.data.len == 5, "member through the index");
    end(&l);
    for (size_t n = 0; n <= b.n; n++) { /* every truncation ends quietly */
        char *copy = malloc(n ? n : 1);
        memcpy(copy, b.p, n);
        list(&l, view_of(copy, n));
        if (l.opened) {
            ar_read_armap(&l.ar, &map);
        }
        end(&l);
        free(copy);
    }
    ok(true, "truncated at every length");
    buf_free(&b);
}

static void test_bsd(void)
{
    struct buf b = {0};
    struct listing l;
    buf_puts(&b, "!<arch>\n");
    member(&b, "#1/20", "__.SYMDEF\0\0\0\0\0\0\0\0\0\0\0" "\x08\0\0\0" "\0\0\0\0" "\x70\0\0\0" "\4\0\0\0" "_f\0\0", 40);
    buf_fill(&b, '\n', 4);
    ok(b.n == 112, "layout");
    member(&b, "#1/4", "ab\0\0data", 8);
    member(&b, "plain name", "x", 1);
    member(&b, "#1/99", "short", 5);
    list(&l, view_of(b.p, b.n));
    ok(l.opened && l.bad, "padding where a header should be is damage");
    end(&l);
    b.n = 0;
    buf_puts(&b, "!<arch>\n");
    member(&b, "#1/20", "__.SYMDEF\0\0\0\0\0\0\0\0\0\0\0" "\x08\0\0\0" "\0\0\0\0" "\x6c\0\0\0" "\4\0\0\0" "_f\0\0", 40);
    member(&b, "#1/4", "ab\0\0data", 8);
    member(&b, "plain name", "x", 1);
    member(&b, "#1/99", "short", 5);
    member(&b, "last", "z", 1);
    list(&l, view_of(b.p, b.n));
    ok(l.opened && l.n == 3 && !l.bad && !diag_ok(&l.diag), "a name longer than its member costs that member");
    is_str(l.m[0].name, "ab", "#1/n name");
    is_u64(l.m[0].size, 4, "size without the name");
    is_str(l.m[1].name, "plain name", "plain name with a space");
    struct armap map;
    ok(ar_read_armap(&l.ar, &map) && map.n == 1, "__.SYMDEF");
    is_u64(map.entries[0].hdr_off, 108, "its offset");
    end(&l);
    buf_free(&b);
}

static void test_other(void)
{
    struct buf b = {0};
    struct listing l;
    buf_puts(&b, "!<arch>\n");
    member(&b, "debian-binary", "2.0\n", 4);
    member(&b, "control.tar.xz", "c", 1);
    list(&l, view_of(b.p, b.n));
    ok(l.ar.dialect == AR_DIALECT_RAW && l.n == 2, "raw names");
    end(&l);
    b.n = 0;
    buf_puts(&b, "!<thin>\n");
    member(&b, "//", "../a.o/\nsub/b.o/\n\n", 18);
    buf_printf(&b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", "/0", 0, 0, 0, "644", 5000);
    buf_printf(&b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", "/8", 0, 0, 0, "644", 6);
    list(&l, view_of(b.p, b.n));
    ok(l.ar.thin && l.n == 2 && l.m[0].thin && l.m[0].size == 5000, "thin members have no data");
    ok(strcmp(ar_thin_path(&l.ar, "lib/x.a", &l.m[0]), "lib/../a.o") == 0, "path beside the archive");
    end(&l);
    list(&l, view_of("!<arch>\n", 8));
    ok(l.opened && l.n == 0 && !l.bad && l.ar.dialect == AR_DIALECT_NONE, "an empty archive");
    end(&l);
    list(&l, view_of("hello, world", 12));
    ok(!l.opened && !diag_ok(&l.diag), "text is no archive");
    end(&l);
    buf_free(&b);
}

static void test_damage(void)
{
    struct buf b = {0};
    struct listing l;
    struct armap map;
    buf_puts(&b, "!<arch>\n");
    member(&b, "/", "\xff\xff\xff\xff\0\0\0\x08" "foo", 12);
    member(&b, "a.o/", "data", 4);
    list(&l, view_of(b.p, b.n));
    ok(l.n == 1 && ar_read_armap(&l.ar, &map) && !map.present && map.n == 0, "a lying index count");
    end(&l);
    b.n = 8;
    member(&b, "/", "\0\0\0\1\0\0\0\x09" "foo", 12);
    member(&b, "a.o/", "data", 4);
    list(&l, view_of(b.p, b.n));
    ok(ar_read_armap(&l.ar, &map) && map.n == 0 && l.diag.counts[SEV_WARNING] == 1,
       "an index entry that points nowhere");
    end(&l);
    b.n = 8;
    member(&b, "/5", "data", 4);
    member(&b, "b.o/", "data", 4);
    list(&l, view_of(b.p, b.n));
    ok(l.n == 1 && !diag_ok(&l.diag), "no table of long names");
    end(&l);
    b.n = 8;
    member(&b, "a.o/", "data", 4);
    member(&b, "b.o/", "data", 4);
    b.n -= 2;
    list(&l, view_of(b.p, b.n));
    ok(l.n == 2 && l.bad && l.m[1].truncated && l.m[1].data.len == 2, "cut short: listed, then an error");
    end(&l);
    b.p[8 + 64 + 48] = 'x';
    list(&l, view_of(b.p, b.n));
    ok(l.n == 1 && l.bad, "a size that is no number");
    end(&l);
    buf_free(&b);
}

int main(void)
{
    test_gnu();
    test_bsd();
    test_other();
    test_damage();
    return done_testing();
}
