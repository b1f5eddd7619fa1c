/* notes.c - .note.gnu.property, .note.GNU-stack and the build id.

   Property notes say what all code of a module can do (indirect branch tracking, shadow stacks): the
   output has what every input has. The build id is a hash of the contents: blocks are hashed where they
   are written, in parallel, and the id is the hash of their hashes in file order. Sources: x86-64 psABI,
   ".note.gnu.property"; Linux Extensions to gABI. */
#include <md5.h>
#include <pthread.h>
#include <sha1.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/os.h"
#include "ld/elf/elf_ld.h"

enum { NT_GNU_BUILD_ID = 3, NT_GNU_PROPERTY_TYPE_0 = 5 };
#define NT_FDO_PACKAGING_METADATA 0xcafe1a7eu
#define GNU_PROPERTY_X86_FEATURE_1_AND 0xc0000002u
#define GNU_PROPERTY_X86_ISA_1_NEEDED 0xc0008002u
#define GNU_PROPERTY_1_NEEDED 0xb0008000u
#define GNU_PROPERTY_AARCH64_FEATURE_1_AND 0xc0000000u

static uint32_t feature_type(const struct ld *ld)
{
    return ld->machine == MACH_ARM64 ? GNU_PROPERTY_AARCH64_FEATURE_1_AND : GNU_PROPERTY_X86_FEATURE_1_AND;
}

/* How a property of several objects becomes one of the output. Sources: Linux Extensions to gABI, "Program
   Property"; x86-64 psABI. */
enum merge_rule { PROP_UNKNOWN, PROP_MAX, PROP_ANY, PROP_AND, PROP_OR, PROP_OR_IF_ALL };

static enum merge_rule rule_of(const struct ld *ld, uint32_t type)
{
    bool x86 = ld->machine != MACH_ARM64;
    return type == 1                                           ? PROP_MAX /* size of the stack */
           : type == 2                                         ? PROP_ANY /* no copies of protected data */
           : type >= 0xb0000000u && type <= 0xb0007fffu        ? PROP_AND
           : type >= 0xb0008000u && type <= 0xb000ffffu        ? PROP_OR
           : x86 && type >= 0xc0008000u && type <= 0xc000ffffu ? PROP_OR
           : x86 && type >= 0xc0010000u && type <= 0xc0017fffu ? PROP_OR_IF_ALL : PROP_UNKNOWN;
}

static void add_property(struct ld_file *f, uint32_t type, uint32_t size, struct view value)
{
    struct elf_prop *p = ARENA_NEW(f->obj.arena, struct elf_prop);
    uint32_t v = 0;
    uint64_t wide = 0;
    if (size == 0 || (size == 4 && view_u32(value, 0, false, &v)) || (size == 8 && view_u64(value, 0, false, &wide))) {
        *p = (struct elf_prop){.type = type, .size = size, .value = v | wide, .next = elf_file(f)->props};
        elf_file(f)->props = p;
    }
}

/* One property note's descriptor: type, size, data, padded to the word size. */
static void read_properties(const struct ld *ld, struct ld_file *f, struct view desc)
{
    struct elf_file *ef = elf_file(f);
    struct view value;
    uint64_t off = 0;
    uint32_t type, size, v;
    while (view_u32(desc, off, false, &type) && view_u32(desc, off + 4, false, &size) &&
           view_sub(desc, off + 8, size, &value)) {
        if (type == feature_type(ld) && size == 4 && view_u32(value, 0, false, &v)) {
            ef->features |= v;
            ef->has_features = true;
        } else if (rule_of(ld, type) != PROP_UNKNOWN) {
            add_property(f, type, size, value);
        }
        off += 8 + align_up(size, ld->arch->word);
    }
}

void elf_read_notes(struct ld *ld, struct ld_file *f)
{
    struct elf_file *ef = elf_file(f);
    for (uint32_t i = 1; i < f->obj.n_sections; i++) {
        const struct section *s = &f->obj.sections[i];
        if (str_is(s->name, ".note.GNU-stack")) {
            ef->has_stack_note = true;
            ef->exec_stack = s->raw_flags & SHF_EXECINSTR;
        } else if (str_is(s->name, ".note.gnu.property")) {
            uint32_t namesz, descsz, type;
            struct view d = s->data, desc;
            for (uint64_t off = 0; view_u32(d, off, false, &namesz) && view_u32(d, off + 4, false, &descsz) &&
                                   view_u32(d, off + 8, false, &type);) {
                uint64_t at = off + 12 + align_up(namesz, 4);
                if (!view_sub(d, at, descsz, &desc)) {
                    break;
                }
                if (type == NT_GNU_PROPERTY_TYPE_0) {
                    read_properties(ld, f, desc);
                }
                off = at + align_up(descsz, ld->arch->word);
            }
        }
    }
}

static void report_missing(struct ld *ld, const struct ld_file *f, uint8_t how, const char *what)
{
    diag_report(&ld->diag, how == 1 ? SEV_WARNING : SEV_ERROR, ld_file_origin(f), DIAG_NO_OFFSET,
                "does not have the %s property", what);
}

/* -z cet-report, lam-report: which objects keep the program from being marked? */
static void report_features(struct ld *ld, const struct elf_link *e, const struct ld_file *f)
{
    const struct elf_file *ef = elf_file(f);
    bool arm = ld->machine == MACH_ARM64;
    uint32_t have = ef->has_features ? ef->features : 0;
    static const char *const x86[] = {"IBT", "SHSTK"};
    for (uint32_t bit = 0; e->z.cet_report && bit < (arm ? 1u : 2u); bit++) {
        if (!(have & 1u << bit)) {
            report_missing(ld, f, e->z.cet_report, arm ? "BTI" : x86[bit]);
        }
    }
    if (e->z.lam_u48_report && !(have & GNU_PROPERTY_X86_FEATURE_1_LAM_U48)) {
        report_missing(ld, f, e->z.lam_u48_report, "LAM_U48");
    }
    if (e->z.lam_u57_report && !(have & GNU_PROPERTY_X86_FEATURE_1_LAM_U57)) {
        report_missing(ld, f, e->z.lam_u57_report, "LAM_U57");
    }
}

/* The property of TYPE of the output, made if new: the list is ordered by type. */
static struct elf_prop *out_property(struct ld *ld, uint32_t type, uint32_t size)
{
    struct elf_prop **at = &elf_of_ld(ld)->props;
    while (*at && (*at)->type < type) {
        at = &(*at)->next;
    }
    if (!*at || (*at)->type != type) {
        struct elf_prop *p = ARENA_NEW(&ld->arena, struct elf_prop);
        *p = (struct elf_prop){.type = type, .size = size, .next = *at};
        *at = p;
    }
    return *at;
}

/* Adds those of F, the Nth object. */
static void combine_properties(struct ld *ld, const struct ld_file *f, uint32_t n)
{
    for (const struct elf_prop *p = elf_file(f)->props; p; p = p->next) {
        struct elf_prop *to = out_property(ld, p->type, p->size);
        enum merge_rule rule = rule_of(ld, p->type);
        if (rule == PROP_MAX) {
            to->value = p->value > to->value ? p->value : to->value;
        } else if (rule == PROP_AND && to->seen) {
            to->value &= p->value;
        } else {
            to->value |= p->value;
        }
        to->seen = to->seen + 1 == n ? n : to->seen;
    }
}

/* What the options ask for; then only what all N objects have, where that counts, and what says anything. */
static void settle_properties(struct ld *ld, struct elf_link *e, uint32_t n)
{
    if (ld->machine != MACH_ARM64 && e->z.isa_level) {
        out_property(ld, GNU_PROPERTY_X86_ISA_1_NEEDED, 4)->value |= e->z.isa_level;
    }
    if (e->z.indirect_extern == TRI_ON) {
        out_property(ld, GNU_PROPERTY_1_NEEDED, 4)->value |= 1;
    }
    for (struct elf_prop **at = &e->props; *at;) {
        struct elf_prop *p = *at;
        enum merge_rule rule = rule_of(ld, p->type);
        bool by_all = rule == PROP_AND || rule == PROP_OR_IF_ALL;
        if (p->type == GNU_PROPERTY_1_NEEDED && e->z.indirect_extern == TRI_OFF) {
            p->value &= ~UINT64_C(1);
        }
        if ((by_all && p->seen != n) || (rule != PROP_ANY && !p->value)) {
            *at = p->next;
        } else {
            at = &p->next;
        }
    }
}

static void combine(struct ld *ld, struct elf_link *e)
{
    uint32_t n = 0;
    uint32_t all = UINT32_MAX;
    bool any = false;
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        const struct elf_file *ef = f->kind == LD_OBJECT && !f->bad && !f->skip ? elf_file(f) : NULL;
        if (!ef || f->claimed) {
            continue;
        }
        any = true;
        all &= ef->has_features ? ef->features : 0;
        report_features(ld, e, f);
        if (e->z.force_bti && ld->machine == MACH_ARM64 && !(ef->has_features && ef->features & 1) &&
            !e->z.cet_report) {
            diag_report(&ld->diag, SEV_WARNING, ld_file_origin(f), DIAG_NO_OFFSET,
                        "does not have the BTI property, which -z force-bti claims for the output");
        }
        combine_properties(ld, f, ++n);
        if (!e->z.noexecstack && ef->exec_stack && !e->exec_stack) {
            if (!e->z.execstack && ld->opt.elf.warn_execstack != TRI_OFF) {
                diag_report(&ld->diag, SEV_WARNING, ld_file_origin(f), DIAG_NO_OFFSET,
                            "requires executable stack (because the .note.GNU-stack section is executable)");
            }
            e->exec_stack = true;
        }
    }
    e->features = any ? all : 0;
    if (ld->machine != MACH_ARM64) {
        e->features |= (e->z.force_ibt ? 1u : 0u) | (e->z.shstk ? 2u : 0u) | e->z.features;
        e->z.ibtplt |= e->features & 1;
    } else {
        e->features |= e->z.force_bti ? 1u : 0u;
        e->z.ibtplt = e->features & 1;
    }
    settle_properties(ld, e, n);
    if (e->z.execstack && ld->opt.elf.warn_execstack == TRI_ON) {
        diag_warning(&ld->diag, "the stack is executable because of -z execstack");
    }
    e->exec_stack |= e->z.execstack && ld->opt.kind != OUT_RELOCATABLE;
}

static void put_property(struct buf *desc, const struct elf_link *e, uint32_t type, uint32_t size, uint64_t value)
{
    buf_u32(desc, false, type);
    buf_u32(desc, false, size);
    if (size == 4) {
        buf_u32(desc, false, (uint32_t)value);
    } else if (size == 8) {
        buf_u64(desc, false, value);
    }
    buf_fill(desc, 0, (size_t)(align_up(size, e->word) - size));
}

static void make_property(struct ld *ld, struct elf_link *e)
{
    struct buf b = {0}, desc = {0};
    const struct elf_prop own = {.type = feature_type(ld), .size = 4, .value = e->features, .next = NULL};
    const struct elf_prop *rest = e->features ? &own : NULL;
    for (const struct elf_prop *p = e->props; p || rest;) {
        bool first = rest && (!p || p->type > rest->type);
        const struct elf_prop *now = first ? rest : p;
        if (now->type == GNU_PROPERTY_1_NEEDED) {
            e->needed_at = 16 + desc.n + 8;
        }
        put_property(&desc, e, now->type, now->size, now->value);
        *(first ? &rest : &p) = now->next;
    }
    if (desc.n) {
        buf_u32(&b, false, 4);
        buf_u32(&b, false, (uint32_t)desc.n);
        buf_u32(&b, false, NT_GNU_PROPERTY_TYPE_0);
        buf_add(&b, "GNU", 4);
        buf_add(&b, desc.p, desc.n);
        e->property = ld_bytes_chunk(ld, b.p, b.n, e->word == 8 ? 3 : 2);
        ld_osec_add(ld, elf_osec(ld, ".note.gnu.property", SHT_NOTE, SHF_ALLOC, 0), e->property);
    }
    buf_free(&b);
    buf_free(&desc);
}

/* After scanning: the output copies data, so it does not keep to what its objects promise. */
void elf_settle_indirect(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    if (e->property && e->needed_at && e->copy_x.n && e->z.indirect_extern != TRI_ON) {
        uint8_t *bytes = e->property->priv;
        bytes[e->needed_at] &= (uint8_t)~1u;
    }
}

/* ---- build id ---------------------------------------------------------------------------------------- */

struct elf_hashes {
    pthread_mutex_t lock;
    VEC(struct { uint64_t off; XXH128_canonical_t h; }) v;
    uint8_t id[64];
    uint32_t len;
    bool by_content, md5;
};

static bool hex_id(struct elf_hashes *h, const char *s)
{
    for (s += 2; *s && h->len < sizeof h->id; s += 2) {
        uint64_t v;
        while (*s == '-' || *s == ':') {
            s++;
        }
        if (!s[0] || !s[1] || !str_u64((struct str){s, 2}, 16, &v)) {
            return false;
        }
        h->id[h->len++] = (uint8_t)v;
    }
    return h->len > 0;
}

static bool random_id(struct elf_hashes *h)
{
    bool ok = os_random(h->id, 16);
    h->id[6] = (uint8_t)((h->id[6] & 0x0f) | 0x40);
    h->id[8] = (uint8_t)((h->id[8] & 0x3f) | 0x80);
    h->len = 16;
    return ok;
}

static void make_build_id(struct ld *ld, struct elf_link *e)
{
    const char *style = ld->opt.build_id;
    if (!style || strcmp(style, "none") == 0) {
        return;
    }
    struct elf_hashes *h = ARENA_NEW(&ld->arena, struct elf_hashes);
    pthread_mutex_init(&h->lock, NULL);
    bool good = true;
    if (strncmp(style, "0x", 2) == 0) {
        good = hex_id(h, style);
    } else if (strcmp(style, "uuid") == 0) {
        good = random_id(h);
    } else if (strcmp(style, "md5") == 0 || strcmp(style, "sha1") == 0 || strcmp(style, "default") == 0 ||
               strcmp(style, "fast") == 0 || strcmp(style, "tree") == 0) {
        h->by_content = true;
        h->md5 = style[0] == 'm';
        h->len = h->md5 ? 16 : 20;
    } else {
        good = false;
    }
    if (!good) {
        diag_warning(&ld->diag, "unrecognized --build-id style '%s' ignored", style);
        return;
    }
    struct buf b = {0};
    buf_u32(&b, false, 4);
    buf_u32(&b, false, h->len);
    buf_u32(&b, false, NT_GNU_BUILD_ID);
    buf_add(&b, "GNU", 4);
    buf_add(&b, h->id, h->len);
    buf_fill(&b, 0, (size_t)(align_up(h->len, 4) - h->len));
    e->hashes = h;
    e->build_id = ld_bytes_chunk(ld, b.p, b.n, 2);
    ld_osec_add(ld, elf_osec(ld, ".note.gnu.build-id", SHT_NOTE, SHF_ALLOC, 0), e->build_id);
    buf_free(&b);
}

void elf_hash_block(struct ld *ld, uint64_t off, const uint8_t *p, size_t n, unsigned worker)
{
    struct elf_hashes *h = elf_of_ld(ld)->hashes;
    XXH128_canonical_t c;
    (void)worker;
    if (!h || !h->by_content) {
        return;
    }
    XXH128_canonicalFromHash(&c, XXH3_128bits(p, n));
    pthread_mutex_lock(&h->lock);
    vec_reserve(&h->v, 1);
    h->v.p[h->v.n].off = off;
    h->v.p[h->v.n++].h = c;
    pthread_mutex_unlock(&h->lock);
}

static int cmp_hash(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

bool elf_finish_build_id(struct ld *ld, struct outfile *out)
{
    struct elf_link *e = elf_of_ld(ld);
    struct elf_hashes *h = e->hashes;
    int err = 0;
    if (h && h->by_content) {
        if (h->v.n) {
            qsort(h->v.p, h->v.n, sizeof *h->v.p, cmp_hash);
        }
        MD5_CTX m;
        SHA1_CTX s;
        MD5Init(&m);
        SHA1Init(&s);
        for (size_t i = 0; i < h->v.n; i++) {
            MD5Update(&m, h->v.p[i].h.digest, sizeof h->v.p[i].h.digest);
            SHA1Update(&s, h->v.p[i].h.digest, sizeof h->v.p[i].h.digest);
        }
        if (h->md5) {
            MD5Final(h->id, &m);
        } else {
            SHA1Final(h->id, &s);
        }
        err = outfile_pwrite(out, h->id, h->len, ld->osecs.p[e->build_id->osec]->file_off + e->build_id->off + 16);
    }
    return err ? diag_errno(&ld->diag, ld->opt.output, err) : true;
}

void elf_end_build_id(struct ld *ld)
{
    struct elf_hashes *h = elf_of_ld(ld)->hashes;
    if (h) {
        vec_free(&h->v);
        pthread_mutex_destroy(&h->lock);
    }
}

/* The package that the output belongs to, as JSON (systemd's ELF package metadata). */
static void make_package_note(struct ld *ld)
{
    const char *json = ld->opt.package_metadata;
    if (!json || !*json) {
        return;
    }
    struct buf b = {0};
    uint64_t len = align_up(strlen(json) + 1, 4);
    buf_u32(&b, false, 4);
    buf_u32(&b, false, (uint32_t)len);
    buf_u32(&b, false, NT_FDO_PACKAGING_METADATA);
    buf_add(&b, "FDO", 4);
    buf_add(&b, json, strlen(json) + 1);
    buf_fill(&b, 0, (size_t)len - strlen(json) - 1);
    ld_osec_add(ld, elf_osec(ld, ".note.package", SHT_NOTE, SHF_ALLOC, 0), ld_bytes_chunk(ld, b.p, b.n, 2));
    buf_free(&b);
}

void elf_make_notes(struct ld *ld)
{
    struct elf_link *e = elf_of_ld(ld);
    combine(ld, e);
    make_property(ld, e);
    make_build_id(ld, e);
    make_package_note(ld);
}
