/* load.c - from the command line to parsed files.

   First every argument becomes an input (libraries are looked up, linker scripts are expanded where
   they stand), then all objects that are linked unconditionally are parsed in parallel. Archives
   only have their index read; members are parsed when resolution wants them (resolve.c). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "ld/backend.h"
#include "ld/claims.h"
#include "ld/ld.h"
#include "ld/lto.h"

const struct origin *ld_file_origin(const struct ld_file *f)
{
    return f->archive ? &f->origin : f->input ? &f->input->origin : NULL;
}

const char *ld_file_name(struct ld *ld, const struct ld_file *f)
{
    const struct origin *o = ld_file_origin(f);
    if (!o) {
        return "<internal>";
    }
    struct buf b = {0};
    origin_print(&b, o);
    char *s = arena_strdup(&ld->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return s;
}

enum { KEEP_OPEN_FROM = 256 << 10, MAX_OPEN = 700 };
/* Less in archives is read by one thread: waking others costs more. */
enum { AHEAD_FROM = 4 << 20, OPEN_FROM = 32 };

/* A file that was opened makes an input; FILE is its own from now on. */
static struct ld_input *new_input(struct ld *ld, const char *path, struct file *file, enum obj_format format)
{
    /* Large files are read again when their sections are written; most systems allow 1,024 open. */
    if (file->fd >= 0 && (file->data.len < KEEP_OPEN_FROM || ld->n_open >= MAX_OPEN)) {
        close(file->fd);
        file->fd = -1;
    }
    ld->n_open += file->fd >= 0;
    struct ld_input *in = ARENA_NEW(&ld->arena, struct ld_input);
    in->file = *file;
    in->path = arena_strdup(&ld->arena, str_c(path));
    in->origin = (struct origin){NULL, str_c(in->path), ORIGIN_FILE};
    in->format = format;
    strmap_put(&ld->input_by_path, str_c(in->path), (uint32_t)ld->inputs.n, NULL);
    vec_push(&ld->inputs, in);
    if (ld->opt.verbose) {
        diag_note(&ld->diag, "opened %s", path);
    }
    return in;
}

static struct ld_input *known_input(const struct ld *ld, const char *path)
{
    uint32_t known = strmap_get(&ld->input_by_path, str_c(path));
    return known != STRMAP_NONE ? ld->inputs.p[known] : NULL;
}

static struct ld_input *open_input(struct ld *ld, const char *path, unsigned flags, bool must_exist)
{
    struct ld_input *known = known_input(ld, path);
    if (known) {
        return known;
    }
    struct file file;
    int err = file_open(&file, path, flags);
    if (err) {
        if (must_exist) {
            diag_report(&ld->diag, SEV_ERROR, NULL, DIAG_NO_OFFSET, "cannot open %s: %s", path,
                        file_strerror(err));
        }
        return NULL;
    }
    return new_input(ld, path, &file, obj_detect(file.data));
}

struct ld_input *ld_open_input(struct ld *ld, const char *path, bool must_exist)
{
    return open_input(ld, path, FILE_KEEP_FD, must_exist);
}

struct ld_input *ld_open_text(struct ld *ld, const char *path, bool must_exist)
{
    return open_input(ld, path, FILE_PIPES, must_exist);
}

/* ---- libraries --------------------------------------------------------------------------------- */

/* "lib*.a" with NAME for the star, in DIR. */
static struct ld_input *try_library(struct ld *ld, const char *dir, const char *pattern,
                                    struct str name)
{
    struct buf b = {0};
    const char *star = strchr(pattern, '*');
    if (dir[0] == '=' && ld->opt.sysroot) {
        buf_puts(&b, ld->opt.sysroot);
    }
    buf_puts(&b, dir[0] == '=' ? dir + 1 : dir);
    buf_c(&b, '/');
    if (star) {
        buf_add(&b, pattern, (size_t)(star - pattern));
    }
    buf_str(&b, name);
    if (star) {
        buf_puts(&b, star + 1);
    }
    buf_c(&b, '\0');
    struct ld_input *in = ld_open_input(ld, b.p, false);
    buf_free(&b);
    return in;
}

/* Are BYTES an object of the link's machine? DAMAGED: the answer for one that cannot be read. */
static bool is_ours(struct ld *ld, struct view bytes, const struct origin *origin, struct diag *d, bool damaged)
{
    struct object obj;
    bool ok = obj_open(&obj, bytes, origin, d) ? ld->be->accept(ld, &obj, true) : damaged;
    obj_close(&obj);
    return ok;
}

/* By its first object, as GNU ld. What is damaged is told when the archive is read. */
static bool archive_suits(struct ld *ld, const struct ld_input *in, struct diag *d)
{
    enum { MOST = 16 }; /* rustc's and others' data stand before the first object */
    struct arena a = {0};
    struct ar ar;
    struct ar_iter it;
    struct ar_member m;
    bool ok = true;
    if (ar_open(&ar, in->file.data, &in->origin, d, &a)) {
        ar_iter_start(&it, &ar, false);
        for (int i = 0; i < MOST && ar_iter_next(&it, &m) && !m.thin; i++) {
            enum obj_format format = obj_detect(m.data);
            /* intermediate code is for the plugin to refuse */
            if (format != OBJ_TEXT && format != OBJ_BITCODE && obj_format_readable(format) && !m.truncated) {
                ok = is_ours(ld, m.data, &in->origin, d, true);
                break;
            }
        }
    }
    arena_free(&a);
    return ok;
}

/* Is IN of the link's machine? A library of another one is passed over in the search for NAME. */
static bool suits(struct ld *ld, struct ld_input *in, struct str name)
{
    bool archive = in->format == OBJ_AR;
    if (in->format == OBJ_TEXT || in->format == OBJ_AR_THIN || !(archive || obj_format_readable(in->format))) {
        return true;
    }
    struct diag d;
    diag_child(&d, &ld->diag);
    bool ok = archive ? archive_suits(ld, in, &d) : is_ours(ld, in->file.data, &in->origin, &d, false);
    diag_drop(&d);
    if (!ok) {
        diag_note(&ld->diag, "skipping incompatible %s when searching for -l%.*s", in->path, Q(name));
    }
    return ok;
}

struct ld_input *ld_find_library(struct ld *ld, struct str name, const struct ld_state *st)
{
    static const char *const exact[] = {"*", NULL};
    const char *const *patterns = ld->be->lib_patterns(ld, st->is_static);
    struct str key = name;
    if (name.len && name.p[0] == ':') {
        patterns = exact;
        name = str_skip(name, 1);
    }
    struct buf b = {0};
    buf_c(&b, st->is_static ? 's' : 'd');
    buf_str(&b, key);
    uint32_t known = strmap_get(&ld->libs_found, (struct str){b.p, b.n});
    struct ld_input *in = known == STRMAP_NONE ? NULL : ld->inputs.p[known];
    for (size_t d = 0; !in && d < ld->opt.lib_dirs.n; d++) {
        for (size_t i = 0; !in && patterns[i]; i++) {
            in = try_library(ld, ld->opt.lib_dirs.p[d], patterns[i], name);
            if (in && !suits(ld, in, key)) {
                in = NULL;
            }
        }
    }
    if (in && known == STRMAP_NONE) {
        struct str k = arena_str(&ld->arena, (struct str){b.p, b.n});
        strmap_put(&ld->libs_found, k, strmap_get(&ld->input_by_path, str_c(in->path)), NULL);
    }
    buf_free(&b);
    return in;
}

/* ---- archives ------------------------------------------------------------------------------------ */

static int cmp_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int cmp_member(const void *a, const void *b)
{
    const struct ld_member *x = a, *y = b;
    return (x->hdr_off > y->hdr_off) - (x->hdr_off < y->hdr_off);
}

/* The members that the index names, by offset, and each entry's place among them. */
static void number_members(struct ld_archive *a)
{
    uint64_t n = a->map.n;
    uint64_t *offs = xmalloc((size_t)n * sizeof *offs);
    bool sorted = true;
    for (uint64_t i = 0; i < n; i++) {
        offs[i] = a->map.entries[i].hdr_off;
        sorted = sorted && (i == 0 || offs[i] >= offs[i - 1]);
    }
    if (!sorted) {
        qsort(offs, (size_t)n, sizeof *offs, cmp_u64);
    }
    uint32_t m = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (i == 0 || offs[i] != offs[i - 1]) {
            offs[m++] = offs[i];
        }
    }
    a->n_members = m;
    a->members = ARENA_ARRAY(&a->arena, struct ld_member, m);
    for (uint32_t i = 0; i < m; i++) {
        a->members[i].hdr_off = offs[i];
    }
    uint32_t at = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t off = a->map.entries[i].hdr_off;
        if (offs[at] != off) {
            at = (uint32_t)((uint64_t *)bsearch(&off, offs, m, sizeof *offs, cmp_u64) - offs);
        }
        a->entry_member[i] = at;
    }
    free(offs);
}

/* Every member, in order: --whole-archive, or an archive without index. */
static void list_all_members(struct ld_archive *a)
{
    VEC(uint64_t) offs = {0};
    struct ar_iter it;
    struct ar_member m;
    ar_iter_start(&it, &a->ar, false);
    while (ar_iter_next(&it, &m)) {
        vec_push(&offs, m.hdr_off);
    }
    a->bad = a->bad || it.bad;
    struct ld_member *old = a->members;
    uint32_t n_old = a->n_members, at = 0;
    a->members = ARENA_ARRAY(&a->arena, struct ld_member, offs.n);
    a->n_members = (uint32_t)offs.n;
    uint32_t *moved = xmalloc(n_old * sizeof *moved);
    memset(moved, 0xff, n_old * sizeof *moved);
    for (uint32_t i = 0; i < a->n_members; i++) {
        a->members[i].hdr_off = offs.p[i];
        while (at < n_old && old[at].hdr_off < offs.p[i]) {
            at++; /* the index says so, but no member begins there */
        }
        if (at < n_old && old[at].hdr_off == offs.p[i]) {
            a->members[i].file = old[at].file;
            moved[at++] = i;
        }
    }
    uint64_t n_entries = 0;
    for (uint64_t i = 0; i < a->map.n; i++) {
        if (moved[a->entry_member[i]] != UINT32_MAX) {
            a->map.entries[n_entries] = a->map.entries[i];
            a->entry_member[n_entries++] = moved[a->entry_member[i]];
        }
    }
    if (a->map.n != n_entries) {
        a->map.n = n_entries;
        free(a->gnames); /* these are of the old entries */
        a->gnames = NULL;
    }
    free(moved);
    a->has_all = true;
    vec_free(&offs);
}

struct ld_file *ld_member_file(struct ld *ld, struct ld_archive *a, uint32_t member)
{
    struct ld_member *m = &a->members[member];
    struct ar_member am;
    if (m->file || m->absent) {
        return m->file;
    }
    m->absent = true; /* whatever is wrong with it is said once */
    if (!ar_has_header(&a->ar, m->hdr_off)) {
        diag_report(&ld->diag, ld->be->makes_symbol ? SEV_WARNING : SEV_ERROR, &a->input->origin, DIAG_NO_OFFSET,
                    "the index points to offset %llu, where no member is", (unsigned long long)m->hdr_off);
        return NULL;
    }
    if (!ar_member_at(&a->ar, m->hdr_off, &am)) {
        diag_merge(&ld->diag, &a->diag);
        return NULL;
    }
    struct ld_input *in = a->input;
    if (am.thin) {
        in = ld_open_input(ld, ar_thin_path(&a->ar, a->input->path, &am), true);
        if (!in) {
            return NULL;
        }
        am.data = in->file.data;
    }
    struct ld_file *f = ld_new_file(ld, in, a);
    f->origin = (struct origin){&a->input->origin, am.name, ORIGIN_MEMBER};
    f->obj.bytes = am.data;
    m->file = f;
    m->absent = false;
    return f;
}

/* The entries of an archive without index, from its members' symbols. */
static void build_index(struct ld *ld, struct ld_archive *a)
{
    list_all_members(a);
    struct ld_file **files = xcalloc(a->n_members, sizeof(struct ld_file *));
    size_t n = 0;
    for (uint32_t i = 0; i < a->n_members; i++) {
        struct ld_file *f = ld_member_file(ld, a, i);
        if (f && !f->obj.reader && !f->skip && !f->bad) {
            files[n++] = f;
        }
    }
    ld_parse_files(ld, files, n);
    ld_intern_files(ld, files, n);
    VEC(struct armap_entry) entries = {0};
    VEC(uint32_t) owners = {0};
    for (uint32_t i = 0; i < a->n_members; i++) {
        struct ld_file *f = a->members[i].file;
        for (uint32_t k = 0; f && !f->bad && k < f->n_syms; k++) {
            const struct symbol *s = &f->syms[k];
            if (f->ids[k] != LD_NO_SYM && s->sec != SEC_UNDEF) {
                vec_push(&entries, (struct armap_entry){s->name, a->members[i].hdr_off, false});
                vec_push(&owners, i);
            }
        }
    }
    a->map.n = entries.n;
    a->map.entries = ARENA_ARRAY(&a->arena, struct armap_entry, entries.n);
    a->entry_ids = ARENA_ARRAY(&a->arena, uint32_t, entries.n);
    a->entry_member = ARENA_ARRAY(&a->arena, uint32_t, entries.n);
    if (entries.n) {
        memcpy(a->map.entries, entries.p, entries.n * sizeof *entries.p);
        memcpy(a->entry_member, owners.p, owners.n * sizeof *owners.p);
    }
    vec_free(&entries);
    vec_free(&owners);
    free(files);
}

bool ld_renew_index(struct ld *ld, struct ld_archive *a)
{
    if (a->bad || !a->map.present || a->has_all) {
        return false;
    }
    free(a->gnames);
    a->gnames = NULL;
    a->interned = false;
    build_index(ld, a);
    diag_drop(&a->diag); /* what is no member cannot help; the index named the others */
    return true;
}

static struct ld_archive *new_archive(struct ld *ld, struct ld_input *in)
{
    struct ld_archive *a = ARENA_NEW(&ld->arena, struct ld_archive);
    in->archive = a;
    a->input = in;
    diag_child(&a->diag, &ld->diag);
    return a;
}

static bool read_index(struct ld_archive *a)
{
    if (!ar_read_armap(&a->ar, &a->map)) {
        return false;
    }
    if (a->map.present) {
        a->entry_ids = ARENA_ARRAY(&a->arena, uint32_t, a->map.n);
        a->entry_member = ARENA_ARRAY(&a->arena, uint32_t, a->map.n);
    }
    return true;
}

/* Opens the archive and reads its index, if there is one. WHOLE: all members will be in the link, so nobody asks the
   index for them. Parallel: writes only the archive. */
static void read_archive(struct ld_archive *a, bool whole)
{
    struct ld_input *in = a->input;
    if (!ar_open(&a->ar, in->file.data, &in->origin, &a->diag, &a->arena)) {
        a->bad = true;
        return;
    }
    a->ar.index_unchecked = true;
    if (whole && ar_has_armap(&a->ar)) {
        a->map.present = a->unread = true;
        list_all_members(a);
        return;
    }
    if (!read_index(a)) {
        a->bad = true;
    } else if (a->map.present) {
        number_members(a);
        ld_sort_archive(a);
    }
}

/* The index of an archive that was opened as a whole, for a place on the command line that wants single members of
   it: a script may name it earlier than the option that wants all. */
static void read_index_late(struct ld_archive *a)
{
    a->unread = false;
    if (!read_index(a)) {
        a->bad = true;
        return;
    }
    uint64_t n = 0;
    for (uint64_t i = 0; i < a->map.n; i++) {
        struct ld_member key = {.hdr_off = a->map.entries[i].hdr_off};
        const struct ld_member *m = bsearch(&key, a->members, a->n_members, sizeof key, cmp_member);
        if (m) { /* else the index lies */
            a->map.entries[n] = a->map.entries[i];
            a->entry_member[n++] = (uint32_t)(m - a->members);
        }
    }
    a->map.n = n;
}

/* The archive IN, where the command line names it: its place among the archives is that of the first time. */
static struct ld_archive *open_archive(struct ld *ld, struct ld_input *in, bool whole)
{
    struct ld_archive *a = in->archive;
    if (!a) {
        a = new_archive(ld, in);
        read_archive(a, whole);
    }
    if (a->unread && !whole && !a->bad) {
        read_index_late(a);
        diag_merge(&ld->diag, &a->diag);
    }
    if (!a->named) {
        a->named = true;
        vec_push(&ld->archives, a);
        if (!a->bad && !a->map.present) {
            build_index(ld, a);
        }
        diag_merge(&ld->diag, &a->diag);
    }
    return a;
}

/* ---- parsing ------------------------------------------------------------------------------------- */

struct ld_file *ld_new_file(struct ld *ld, struct ld_input *in, struct ld_archive *a)
{
    struct ld_file *f = ARENA_NEW(&ld->arena, struct ld_file);
    f->input = in;
    f->archive = a;
    f->obj.bytes = in->file.data;
    diag_child(&f->diag, &ld->diag);
    return f;
}

/* One chunk per section. A section that is not for the image stays dead. */
static bool make_chunks(struct ld_file *f)
{
    struct object *obj = &f->obj;
    uintptr_t raw = (uintptr_t)arena_zalloc(obj->arena, (obj->n_sections + (size_t)1) * sizeof *f->chunks);
    f->chunks = (struct ld_chunk *)(void *)((raw + sizeof *f->chunks - 1) & ~(uintptr_t)(sizeof *f->chunks - 1));
    for (uint32_t i = 1; i < obj->n_sections; i++) {
        const struct section *s = &obj->sections[i];
        struct ld_chunk *c = &f->chunks[i];
        uint32_t flags = s->flags & (SEC_EXCLUDE | SEC_INFO) ? 0 : LDC_LIVE;
        flags |= s->flags & SEC_NOBITS ? (uint32_t)LDC_NOBITS : 0;
        flags |= s->flags & SEC_DEBUG ? (uint32_t)LDC_DEBUG : 0;
        flags |= s->comdat ? (uint32_t)LDC_COMDAT : 0;
        flags |= s->flags & SEC_LOST ? (uint32_t)LDC_DISCARDED : 0;
        c->file = f;
        c->sec = i;
        c->size = s->size;
        c->align_p2 = s->align_p2;
        f->has_assoc |= s->assoc != 0;
        f->has_lto |= (s->flags & SEC_LTO) != 0;
        if (s->flags & SEC_COMPRESSED) {
            if (!obj_section_size(obj, i, &c->size)) {
                return false;
            }
            c->align_p2 = obj_section_align(obj, i);
        }
        atomic_init(&c->flags, flags);
    }
    for (uint32_t i = 0; i < obj->n_comdats; i++) {
        uint8_t sel = obj->comdats[i].selection;
        f->has_largest |= sel == COMDAT_LARGEST;
        f->odd_comdats |= sel == COMDAT_NODUPLICATES || sel == COMDAT_NEWEST;
    }
    return true;
}

static void list_live(struct ld_file *f)
{
    uint32_t n = 0;
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        n += f->chunks[s].flags & LDC_LIVE;
    }
    f->live = arena_alloc(f->obj.arena, n * sizeof *f->live);
    for (uint32_t s = 1; s < f->obj.n_sections; s++) {
        if (f->chunks[s].flags & LDC_LIVE) {
            f->live[f->n_live++] = s;
        }
    }
}

static bool parse(struct ld *ld, struct ld_file *f, unsigned worker)
{
    struct object *obj = &f->obj;
    struct view bytes = obj->bytes;
    if (f->archive && !obj_format_readable(obj_detect(bytes))) {
        f->skip = true; /* an .rlib's metadata, a text file: archives hold all sorts of things */
        return true;
    }
    if (!ld_open_object(ld, f, worker)) {
        return false;
    }
    if (obj->format == OBJ_BITCODE) {
        return true; /* the plugin gives its symbols (ld_lto_offer) */
    }
    if (!ld->be->accept(ld, obj, false)) {
        return false;
    }
    f->kind = obj->type == OBJ_TYPE_IMPORT    ? LD_IMPORT
              : obj->type == OBJ_TYPE_SHARED ? LD_SHARED
                                              : LD_OBJECT;
    if (f->kind == LD_SHARED && obj->format == OBJ_ELF) {
        if (!obj_load_dynsyms(obj)) {
            return false;
        }
        f->syms = obj->dynsyms;
        f->n_syms = obj->n_dynsyms;
    } else if (f->kind != LD_SHARED) {
        obj->by_section_name = true;
        if (!obj_load_symbols(obj) || (f->kind == LD_OBJECT && !make_chunks(f))) {
            return false;
        }
        if (obj->claims) {
            arena_rewind(&ld->brief_arena[worker], obj->claims + obj->n_claims);
        }
        f->syms = obj->symbols;
        f->n_syms = obj->n_symbols;
    }
    if (!ld->be->parsed(ld, f)) {
        return false;
    }
    if (f->chunks) {
        list_live(f);
    }
    if (!f->skip) {
        ld_wrap_names(ld, f);
        ld_collect_names(f, &ld->brief_arena[worker]);
    }
    return true;
}

/* The tables of so many bytes of objects are megabytes for every thread. */
enum { LARGE_INPUT = 64 << 20 };

/* Pages of smaller files are not worth a system call to give back. */
enum { FORGET_FROM = 256 << 10 };

void ld_forget_inputs(const struct ld *ld)
{
    VEC(struct view) v = {0};
    for (size_t i = 0; i < ld->inputs.n; i++) {
        const struct file *f = &ld->inputs.p[i]->file;
        if (f->mapped && f->data.len >= FORGET_FROM) {
            vec_push(&v, f->data);
        }
    }
    file_drop_many(v.p, v.n);
    vec_free(&v);
}

struct parse_job {
    struct ld *ld;
    struct ld_file **files;
    /* Per worker: files that were read, whose pages are given back together. */
    struct parsed {
        struct view v[8];
        size_t n;
        uint64_t n_read; /* files whose tables were read, not mapped */
    } *parsed;
};

static void forget_noted(struct parsed *p)
{
    file_drop_many(p->v, p->n);
    p->n = 0;
}

/* V of file F will not be looked at again, or seldom. Where debugging information is linked too, a few times as many
   bytes pass anyway: there it only costs time to give pages back. */
static void forget_parsed(const struct ld *ld, struct parsed *p, const struct ld_file *f, struct view v)
{
    if (ld->opt.strip != STRIP_NONE && f->obj.bytes.len >= FORGET_FROM && f->input->file.mapped && v.len) {
        p->v[p->n++] = v;
    }
    if (p->n == sizeof p->v / sizeof *p->v) {
        forget_noted(p);
    }
}

/* A file that cannot be linked, or need not be, says nothing to resolution. */
static void forget_symbols(struct ld_file *f)
{
    f->n_syms = f->n_gnames = 0;
    f->obj.n_comdats = 0;
    memset(f->shard_end, 0, sizeof f->shard_end);
}

static void parse_one(void *ctx, size_t i, unsigned worker)
{
    struct parse_job *job = ctx;
    struct ld_file *f = job->files[i];
    if (f->obj.reader || f->skip || f->bad) {
        return; /* parsed before */
    }
    f->bad = !parse(job->ld, f, worker);
    job->parsed[worker].n_read += f->obj.tables.p != NULL;
    struct view passed = obj_leave_tables(&f->obj);
    /* What is allocated later for this file may be so on another thread. */
    f->obj.arena = &f->obj.own_arena;
    forget_parsed(job->ld, &job->parsed[worker], f, passed);
    if (f->bad || f->skip) {
        forget_symbols(f);
    }
}

static void parse_all(struct ld *ld, struct ld_file **files, size_t n)
{
    struct parse_job job = {ld, files, xcalloc(pool_threads(ld->pool), sizeof *job.parsed)};
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        bytes += files[i]->obj.bytes.len;
    }
    for (unsigned i = 0; bytes >= LARGE_INPUT && i < pool_threads(ld->pool); i++) {
        ld->worker_arena[i].large_from = ld->brief_arena[i].large_from = ARENA_LARGE;
    }
    parallel_for(ld->pool, n, bytes < (256u << 10) ? n : 1, parse_one, &job);
    for (unsigned i = 0; i < pool_threads(ld->pool); i++) {
        forget_noted(&job.parsed[i]);
        ld->n_read_aside += job.parsed[i].n_read;
    }
    free(job.parsed);
}

void ld_parse_again(struct ld *ld, struct ld_file **files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ld_file *f = files[i], old = *f;
        if (ld->be->forget) {
            ld->be->forget(f);
        }
        obj_close(&f->obj);
        diag_drop(&f->diag);
        *f = (struct ld_file){.pos = old.pos, .state = old.state, .archive = old.archive, .input = old.input,
                              .origin = old.origin, .obj.bytes = old.obj.bytes};
        diag_child(&f->diag, &ld->diag);
    }
    parse_all(ld, files, n);
}

/* COMDATs whose election looks at more than who comes first. */
static bool any_odd_comdats(struct ld_file *const *files, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (files[i]->has_largest || files[i]->odd_comdats) {
            return true;
        }
    }
    return false;
}

void ld_parse_files(struct ld *ld, struct ld_file **files, size_t n)
{
    parse_all(ld, files, n);
    if (ld->claims && any_odd_comdats(files, n)) {
        ld_end_claims(ld);
    }
    /* Plugins know no threads. */
    for (size_t i = 0; i < n; i++) {
        struct ld_file *f = files[i];
        if (!f->bad && !f->skip && !f->offered && f->kind == LD_OBJECT &&
            (f->has_lto || f->obj.format == OBJ_BITCODE)) {
            f->offered = true;
            if (!ld_lto_offer(ld, f)) {
                forget_symbols(f);
            }
        }
    }
}

/* ---- the command line ------------------------------------------------------------------------------ */

static bool add_archive(struct ld *ld, struct ld_input *in, const struct ld_state *st)
{
    struct ld_archive *a = open_archive(ld, in, st->whole_archive);
    if (st->whole_archive && !a->has_all && !a->bad) {
        list_all_members(a);
        diag_merge(&ld->diag, &a->diag);
    }
    vec_push(&ld->items,
             (struct ld_item){st->whole_archive ? ITEM_WHOLE_ARCHIVE : ITEM_ARCHIVE, NULL, a, *st});
    return !a->bad;
}

bool ld_add_input(struct ld *ld, struct ld_input *in, const struct ld_state *st)
{
    if (in->format == OBJ_AR || in->format == OBJ_AR_THIN) {
        return add_archive(ld, in, st);
    }
    if (obj_format_readable(in->format)) {
        struct ld_file *f = ld_new_file(ld, in, NULL);
        f->state = *st;
        vec_push(&ld->items, (struct ld_item){ITEM_FILE, f, NULL, *st});
        return true;
    }
    if (ld->be->other_input && ld->be->other_input(ld, in)) {
        return true;
    }
    if (!diag_ok(&ld->diag)) {
        return false;
    }
    if (in->format == OBJ_TEXT) {
        return ld_add_script(ld, in, st);
    }
    return diag_report(&ld->diag, SEV_ERROR, &in->origin, DIAG_NO_OFFSET,
                       in->format == OBJ_EMPTY ? "file is empty" : "file not recognized: %s",
                       obj_format_text(in->format));
}

static struct ld_state state_of(const struct ld_arg *a)
{
    return (struct ld_state){a->is_static, a->whole_archive, a->as_needed, a->just_symbols, a->binary,
                             a->copy_needed, a->kind == ARG_LIBRARY};
}

/* What is done for all arguments at once, before they are taken in their order. */
struct ahead {
    struct ld *ld;
    struct opened {
        struct file file;
        enum obj_format format;
        bool open;
    } *files;                  /* [args.n] */
    struct ld_input **inputs;  /* [args.n]: NULL if there is none, or none that could be opened */
    VEC(struct ahead_archive {
        struct ld_archive *archive;
        bool whole;
    }) archives;
};

static void open_ahead(void *ctx, size_t i, unsigned worker)
{
    struct ahead *h = ctx;
    const struct ld_arg *a = &h->ld->opt.args.p[i];
    struct opened *o = &h->files[i];
    (void)worker;
    o->open = a->kind == ARG_FILE && file_open(&o->file, a->text, FILE_KEEP_FD) == 0;
    o->format = o->open ? obj_detect(o->file.data) : OBJ_UNKNOWN;
}

static void read_archive_ahead(void *ctx, size_t i, unsigned worker)
{
    struct ahead *h = ctx;
    (void)worker;
    read_archive(h->archives.p[i].archive, h->archives.p[i].whole);
}

/* Opens the files that the command line names, and reads the indexes of archives among them, in parallel. What cannot
   be opened is NULL: it is said in its turn. Libraries are not looked for ahead: what the search says has its turn too,
   and a script may add to where it looks. Each of the files has a descriptor for a moment: no more than MAX_OPEN are
   opened at once. */
static struct ld_input **read_ahead(struct ld *ld)
{
    size_t n = ld->opt.args.n;
    struct ahead h = {.ld = ld, .files = xcalloc(n, sizeof *h.files), .inputs = xcalloc(n, sizeof(struct ld_input *))};
    uint64_t bytes = 0;
    if (n >= OPEN_FROM) {
        os_expect_threads(n < MAX_OPEN ? (unsigned)n : MAX_OPEN);
    }
    parallel_for(ld->pool, n < MAX_OPEN ? n : 0, n < OPEN_FROM ? n : 4, open_ahead, &h);
    for (size_t i = 0; i < n; i++) {
        const struct ld_arg *a = &ld->opt.args.p[i];
        struct opened *o = &h.files[i];
        struct ld_input *in = a->kind == ARG_FILE ? known_input(ld, a->text) : NULL;
        if (o->open && in) {
            file_close(&o->file); /* named twice */
        } else if (o->open) {
            in = new_input(ld, a->text, &o->file, o->format);
        } else if (a->kind == ARG_FILE && !in) {
            in = ld_open_input(ld, a->text, false);
        }
        h.inputs[i] = in;
        bool archive = in && (in->format == OBJ_AR || in->format == OBJ_AR_THIN);
        if (archive && !in->archive && !a->binary && !a->just_symbols) {
            vec_push(&h.archives, (struct ahead_archive){new_archive(ld, in), a->whole_archive});
            bytes += in->file.data.len;
        }
    }
    parallel_for(ld->pool, h.archives.n, bytes < AHEAD_FROM ? h.archives.n : 1, read_archive_ahead, &h);
    vec_free(&h.archives);
    free(h.files);
    return h.inputs;
}

/* FOUND: the input, if it was found ahead. */
static bool add_arg(struct ld *ld, const struct ld_arg *a, struct ld_input *found)
{
    struct ld_state st = state_of(a);
    struct ld_input *in = found;
    switch (a->kind) {
    case ARG_GROUP_START:
        vec_push(&ld->items, (struct ld_item){ITEM_GROUP_START, NULL, NULL, st});
        return true;
    case ARG_GROUP_END:
        vec_push(&ld->items, (struct ld_item){ITEM_GROUP_END, NULL, NULL, st});
        return true;
    case ARG_LIBRARY:
        in = in ? in : ld_find_library(ld, str_c(a->text), &st);
        if (!in) {
            return diag_error(&ld->diag, "cannot find -l%s", a->text);
        }
        break;
    case ARG_FILE:
        in = in ? in : ld_open_input(ld, a->text, true);
        break;
    }
    if (in && a->just_symbols && a->kind == ARG_FILE) {
        return ld_just_symbols(ld, in);
    }
    if (in && a->binary && a->kind == ARG_FILE) {
        return ld_add_binary(ld, in, &st);
    }
    return in && ld_add_input(ld, in, &st);
}

static bool is_searched(const struct ld *ld, const struct ld_archive *a)
{
    for (size_t i = 0; i < ld->items.n; i++) {
        if (ld->items.p[i].kind == ITEM_ARCHIVE && ld->items.p[i].archive == a) {
            return true;
        }
    }
    return false;
}

bool ld_load(struct ld *ld)
{
    bool ok = ld_read_scripts(ld);
    struct ld_input **found = read_ahead(ld);
    for (size_t i = 0; i < ld->opt.args.n; i++) {
        ok = add_arg(ld, &ld->opt.args.p[i], found[i]) && ok;
    }
    free(found);
    ld_claims_begin(ld);
    VEC(struct ld_file *) files = {0};
    for (size_t i = 0; i < ld->items.n; i++) {
        const struct ld_item *it = &ld->items.p[i];
        if (it->kind == ITEM_FILE) {
            vec_push(&files, it->file);
            it->file->pos = (uint32_t)files.n;
        } else if (it->kind == ITEM_WHOLE_ARCHIVE && !it->archive->bad) {
            bool searched = is_searched(ld, it->archive); /* then its members may join before their turn */
            for (uint32_t m = 0; m < it->archive->n_members; m++) {
                struct ld_file *f = ld_member_file(ld, it->archive, m);
                if (f && !f->pos) {
                    vec_push(&files, f);
                    f->pos = searched ? 0 : (uint32_t)files.n;
                }
                ok = ok && f;
            }
        }
    }
    ld_parse_files(ld, files.p, files.n);
    uint64_t n_left_out = 0;
    for (size_t i = 0; i < files.n; i++) {
        const struct object *obj = &files.p[i]->obj;
        n_left_out += obj->lost_sec ? obj->n_raw_secs + 2 - obj->n_sections : 0;
    }
    ld_count(ld, "sections left out while read", n_left_out);
    if (ld->n_read_aside) { /* of COFF */
        ld_count(ld, "files whose symbol table was read aside", ld->n_read_aside);
    }
    vec_free(&files);
    ld->phase = PHASE_LOADED;
    return ok;
}
