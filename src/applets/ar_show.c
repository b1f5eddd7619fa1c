/* ar_show.c - t and p: what is in an archive. Reads headers only, but for what p prints. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "applets/ar_app.h"
#include "applets/ar_paths.h"
#include "input/input.h"

void ar_mode_text(uint32_t mode, char text[10])
{
    static const char letters[] = "rwxrwxrwx";
    for (int i = 0; i < 9; i++) {
        text[i] = mode >> (8 - i) & 1 ? letters[i] : '-';
    }
    static const struct {
        unsigned bit, at;
        char with_x, without;
    } special[] = {{04000, 2, 's', 'S'}, {02000, 5, 's', 'S'}, {01000, 8, 't', 'T'}};
    for (size_t i = 0; i < 3; i++) {
        if (mode & special[i].bit) {
            text[special[i].at] = text[special[i].at] == 'x' ? special[i].with_x : special[i].without;
        }
    }
    text[9] = '\0';
}

/* ---- choosing members --------------------------------------------------------------------------- */

struct chosen {
    struct strmap map;        /* name -> first member of that name not yet taken */
    struct strmap by_base;    /* thin: last part of the name -> the first such member's name's index */
    VEC(struct ar_member) members;
    VEC(uint32_t) next;
};

/* Gives back the pages before M that were only passed. */
static void drop_passed(const struct ar_app *app, const struct ar *ar, const struct ar_member *m,
                        uint64_t *from)
{
    enum { EVERY = 16 << 20 };
    struct view v;
    if (app->mapped && m->hdr_off > *from && m->hdr_off - *from > EVERY &&
        view_sub(ar->bytes, *from, m->hdr_off - *from, &v)) {
        file_drop_pages(v);
        *from = m->hdr_off;
    }
}

static void read_all(struct ar_app *app, struct ar *ar, struct chosen *c, bool *good)
{
    struct ar_iter it;
    struct ar_member m;
    VEC(uint32_t) tail = {0}; /* per first member: the last of its name */
    uint64_t dropped = 0;
    ar_iter_start(&it, ar, false);
    while (ar_iter_next(&it, &m)) {
        drop_passed(app, ar, &m, &dropped);
        uint32_t i = (uint32_t)c->members.n;
        bool added;
        struct str key = ar->thin ? m.name : ar_match_name(app, m.name);
        uint32_t first = *strmap_put(&c->map, key, i, &added);
        vec_push(&c->members, m);
        vec_push(&c->next, STRMAP_NONE);
        vec_push(&tail, i);
        if (!added) {
            c->next.p[tail.p[first]] = i;
            tail.p[first] = i;
        }
    }
    *good = *good && !it.bad;
    vec_free(&tail);
}

/* What a thin archive calls NAME: as stored, or as a path from here, or as its last part. */
static struct str thin_key(struct ar_app *app, const char *archive, const char *name, struct chosen *c)
{
    struct str path = ar_relative_path(&app->paths, archive, name);
    if (strmap_get(&c->map, str_c(name)) != STRMAP_NONE) {
        return str_c(name);
    }
    if (strmap_get(&c->map, path) != STRMAP_NONE || strchr(name, '/')) {
        return path;
    }
    for (size_t i = c->by_base.n ? 0 : c->members.n; i-- > 0;) {
        *strmap_put(&c->by_base, str_basename(c->members.p[i].name), 0, NULL) = (uint32_t)i;
    }
    uint32_t k = strmap_get(&c->by_base, str_c(name));
    return k == STRMAP_NONE ? path : c->members.p[k].name;
}

bool ar_for_members(struct ar_app *app, struct ar *ar, ar_member_fn fn, void *ctx)
{
    bool good = true;
    struct ar_iter it;
    struct ar_member m;
    if (app->o.n_members == 0) {
        uint64_t dropped = 0;
        ar_iter_start(&it, ar, false);
        while (ar_iter_next(&it, &m)) {
            drop_passed(app, ar, &m, &dropped);
            fn(app, ar, &m, ctx);
        }
        return !it.bad;
    }
    struct chosen c = {0};
    read_all(app, ar, &c, &good);
    for (int i = 0; i < app->o.n_members; i++) {
        const char *name = app->o.members[i];
        struct str key = ar->thin ? thin_key(app, app->o.archive, name, &c)
                                  : ar_match_name(app, str_c(name));
        uint32_t k = strmap_get(&c.map, key);
        if (app->o.counted) {
            for (uint64_t n = 1; n < app->o.count && k != STRMAP_NONE; n++) {
                k = c.next.p[k];
            }
        }
        if (k == STRMAP_NONE) {
            good = diag_error(&app->d, "no entry %s in archive", name);
            continue;
        }
        fn(app, ar, &c.members.p[k], ctx);
        if (!app->o.counted) {
            *strmap_put(&c.map, key, 0, NULL) = c.next.p[k];
        }
    }
    strmap_free(&c.map);
    strmap_free(&c.by_base);
    vec_free(&c.members);
    vec_free(&c.next);
    return good;
}

/* ---- t --------------------------------------------------------------------------------------- */

static void print_date(struct buf *b, int64_t t)
{
    time_t when = (time_t)t;
    struct tm tm;
    char month[16];
    if (localtime_r(&when, &tm) && strftime(month, sizeof month, "%b", &tm)) {
        buf_printf(b, "%s %2d %02d:%02d %d", month, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_year + 1900);
    } else {
        buf_puts(b, "?");
    }
}

static void print_verbose(struct ar_app *app, const struct ar_member *m)
{
    char mode[10];
    if (m->bad_fields) {
        buf_printf(&app->out, "????????? ?/? %6llu ?", (unsigned long long)m->size);
        app->status = 1;
    } else {
        ar_mode_text(m->mode, mode);
        buf_printf(&app->out, "%s %llu/%llu %6llu ", mode, (unsigned long long)m->uid,
                   (unsigned long long)m->gid, (unsigned long long)m->size);
        print_date(&app->out, m->mtime);
    }
    buf_c(&app->out, ' ');
}

static void print_json(struct ar_app *app, const struct ar_member *m, const char *path)
{
    struct buf *b = &app->out;
    buf_puts(b, "{\"archive\":");
    buf_json(b, str_c(path));
    buf_puts(b, ",\"member\":");
    buf_json(b, m->name);
    buf_printf(b, ",\"size\":%llu,\"offset\":%llu,\"mtime\":%lld,\"uid\":%llu,\"gid\":%llu,\"mode\":\"%o\"",
               (unsigned long long)m->size, (unsigned long long)m->data_off, (long long)m->mtime,
               (unsigned long long)m->uid, (unsigned long long)m->gid, m->mode);
    if (m->thin) {
        buf_puts(b, ",\"thin\":true");
    } else {
        buf_puts(b, ",\"format\":");
        buf_json(b, str_c(obj_format_name(obj_detect(m->data))));
    }
    buf_puts(b, "}\n");
}

void ar_print_member(struct ar_app *app, struct ar *ar, const struct ar_member *m, const char *path)
{
    if (app->o.json) {
        print_json(app, m, path);
        return;
    }
    if (app->o.verbose) {
        print_verbose(app, m);
    }
    struct str name = m->name;
    struct file f = {.fd = -1};
    struct ar_member inner;
    if (m->nested_off) { /* GNU shows the name that it has in its own archive */
        name = ar_open_thin(app, ar, path, m, &f, &inner) ? arena_str(&app->arena, inner.name) : name;
        file_close(&f);
    } else if (m->thin) {
        name = str_c(ar_thin_path(ar, path, m));
        name = app->o.normalize ? ar_clean_path(&app->arena, name) : name;
    }
    buf_name(&app->out, name, name_style_for(1));
    if (app->o.offsets && !m->thin) {
        buf_printf(&app->out, " 0x%llx", (unsigned long long)m->data_off);
    }
    buf_c(&app->out, '\n');
}

static void list_one(struct ar_app *app, struct ar *ar, const struct ar_member *m, void *ctx)
{
    ar_print_member(app, ar, m, ctx);
}

/* ---- p --------------------------------------------------------------------------------------- */

bool ar_open_thin(struct ar_app *app, struct ar *ar, const char *archive, const struct ar_member *m,
                  struct file *f, struct ar_member *inner)
{
    char *path = ar_thin_path(ar, archive, m);
    int err = file_open(f, path, 0);
    if (err) {
        return diag_errno(&app->d, path, err);
    }
    struct ar in;
    *inner = *m;
    inner->data = f->data;
    if (m->nested_off && !ar_nested_member(ar, m, f->data, &in, inner)) {
        file_close(f);
        return false;
    }
    return true;
}

static void write_bytes(struct ar_app *app, struct view v)
{
    buf_flush(&app->out);
    if (app->mapped) {
        file_will_need(v);
    }
    while (v.len && !app->out.error) {
        size_t n = v.len < (1u << 20) ? (size_t)v.len : 1u << 20;
        ssize_t w = write(1, v.p, n);
        if (w > 0) {
            v = view_from(v, (uint64_t)w);
        } else if (w < 0 && errno != EINTR) {
            app->out.error = errno;
        }
    }
}

static void print_one(struct ar_app *app, struct ar *ar, const struct ar_member *m, void *ctx)
{
    struct file f = {.fd = -1};
    struct view v = m->data;
    struct ar_member inner;
    if (m->thin) {
        if (!ar_open_thin(app, ar, ctx, m, &f, &inner)) {
            return;
        }
        v = inner.data;
    }
    if (app->o.verbose) {
        buf_puts(&app->out, "\n<");
        buf_name(&app->out, m->name, name_style_for(1));
        buf_puts(&app->out, ">\n\n");
    }
    write_bytes(app, app->o.trim_padding ? ar_trimmed(v) : v);
    file_close(&f);
}

/* ---- both ------------------------------------------------------------------------------------ */

/* The first file that the walk hands out: what PATH selects inside a container. */
struct selected {
    ar_archive_fn fn;
    void *ctx;
    struct ar_app *app;
    bool done, good;
};

/* Of a universal file, the slice that is asked for, else this machine's, else the only one. */
static bool choose_slice(struct ar_app *app, struct view v, const struct origin *origin, struct fat_slice *out)
{
    struct fat_slice *slices;
    uint32_t n;
    struct buf names = {0};
    const char *wanted = app->o.arch ? app->o.arch : obj_host_arch();
    app->d.origin = origin;
    bool good = fat_read(v, &app->arena, &app->d, &slices, &n), found = false;
    app->d.origin = NULL;
    for (uint32_t i = 0; good && i < n; i++) {
        buf_printf(&names, "%s%s", i ? ", " : "", slices[i].arch);
        if (strcmp(slices[i].arch, wanted) == 0 || (n == 1 && !app->o.arch)) {
            *out = slices[i];
            found = true;
        }
    }
    if (good && !found) {
        diag_report(&app->d, SEV_ERROR, origin, DIAG_NO_OFFSET, "no architecture '%s' in this universal file: "
                    "--arch names one of %.*s", wanted, (int)names.n, names.p ? names.p : "");
    }
    buf_free(&names);
    return found;
}

bool ar_open_bytes(struct ar_app *app, struct ar *ar, struct view v, const struct origin *origin)
{
    if (input_is_container(v)) {
        return diag_report(&app->d, SEV_ERROR, origin, DIAG_NO_OFFSET, "a container, no archive; what lies in it "
                           "is named as CONTAINER//PATH");
    }
    return ar_open(ar, v, origin, &app->d, &app->arena);
}

bool ar_cannot_open(struct ar_app *app, const char *path, int err)
{
    if ((err == ENOENT || err == ENOTDIR) && strstr(path, "//")) {
        struct str outer = str_head(str_c(path), (size_t)(strstr(path, "//") - path));
        struct stat st;
        if (stat(arena_strdup(&app->arena, outer), &st) == 0 && S_ISREG(st.st_mode)) {
            return diag_error(&app->d, "%s: archives in a container can be listed, printed, extracted, searched and "
                              "verified (t, p, x, which, verify)", path);
        }
    }
    return diag_errno(&app->d, path, err);
}

static bool show_bytes(struct ar_app *app, struct view v, const struct origin *origin, ar_archive_fn fn, void *ctx)
{
    struct ar ar;
    struct fat_slice slice;
    struct origin inner;
    if (obj_detect(v) == OBJ_FAT) {
        if (!choose_slice(app, v, origin, &slice)) {
            return false;
        }
        v = slice.bytes;
        inner = (struct origin){origin, str_c(slice.arch), ORIGIN_SLICE};
        origin = &inner;
    }
    if (!ar_open_bytes(app, &ar, v, origin)) {
        return false;
    }
    ar.mapped = ar.sparse = app->mapped;
    return fn(app, &ar, ctx);
}

static enum input_next on_selected(void *ctx, const struct input_item *item)
{
    struct selected *s = ctx;
    if (item->event != INPUT_FILE) {
        return INPUT_CONTINUE;
    }
    s->done = true;
    s->good = show_bytes(s->app, item->bytes, item->origin, s->fn, s->ctx);
    return INPUT_STOP;
}

bool ar_with_archive(struct ar_app *app, const char *path, ar_archive_fn fn, void *ctx)
{
    struct file f;
    int err = file_open(&f, path, FILE_ANY_TYPE);
    if ((err == ENOENT || err == ENOTDIR) && strstr(path, "//")) {
        struct selected s = {.fn = fn, .ctx = ctx, .app = app};
        input_walk(path, INPUT_NO_ARCHIVES, &app->d, on_selected, &s);
        if (!s.done && diag_ok(&app->d)) {
            return diag_errno(&app->d, path, ENOENT);
        }
        return s.good;
    }
    if (err) {
        return diag_errno(&app->d, path, err);
    }
    struct origin origin = {NULL, str_c(path), ORIGIN_FILE};
    app->mapped = f.mapped;
    file_read_sparsely(&f);
    bool good = show_bytes(app, f.data, &origin, fn, ctx);
    app->mapped = false;
    buf_flush(&app->out);
    file_close(&f);
    return good;
}

static bool show(struct ar_app *app, struct ar *ar, void *ctx)
{
    (void)ctx;
    void *path = (void *)(uintptr_t)app->o.archive;
    return ar_for_members(app, ar, app->o.op == 't' ? list_one : print_one, path);
}

int ar_show(struct ar_app *app)
{
    return ar_with_archive(app, app->o.archive, show, NULL) ? 0 : 1;
}
