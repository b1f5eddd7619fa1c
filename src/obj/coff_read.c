/* coff_read.c - COFF objects and bigobj objects: header, sections, relocations.

   A COFF object starts with its machine's number and has no other magic, so the probe weighs what
   the header claims. A bigobj file ("anonymous object" with a class id) differs in three things: a
   longer header, 32-bit section numbers, and therefore 20-byte symbol records.

   Relocations keep their addends in the section's bytes. The reader takes them from there and folds
   in that pc-relative fields count from their end, or k bytes further (REL32_k).
   Source: PE format, "COFF File Header", "COFF Relocations (Object Only)". */
#include "base/ckint.h"
#include "obj/coff_common.h"
#include "obj/coff_fmt.h"
#include "obj/obj.h"

struct coff_priv {
    struct coff_tables t; /* first: see coff_common.h */
    const struct reloc_table *types;
};

/* ---- probes ---------------------------------------------------------------------------------- */

static bool is_printable(uint8_t c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
}

/* Does everything that the header says fit into the file? */
static bool header_fits(struct view v)
{
    uint64_t nsecs = get_u16le(v.p + COFF_HDR_NSECS), opt = get_u16le(v.p + COFF_HDR_OPTSIZE);
    uint64_t symptr = get_u32le(v.p + COFF_HDR_SYMPTR), nsyms = get_u32le(v.p + COFF_HDR_NSYMS);
    uint64_t headers = COFF_HDR_LEN + opt + nsecs * COFF_SEC_LEN;
    if (nsecs > COFF_MAX_SECS || headers > v.len || (nsecs == 0 && nsyms == 0)) {
        return false;
    }
    return symptr == 0 ? nsyms == 0 : symptr >= headers && view_has(v, symptr, nsyms * COFF_SYM_LEN);
}

/* Every section name of an object is empty or starts with a printable character. */
static bool section_names_plausible(struct view v)
{
    uint64_t nsecs = get_u16le(v.p + COFF_HDR_NSECS);
    uint64_t off = (uint64_t)COFF_HDR_LEN + get_u16le(v.p + COFF_HDR_OPTSIZE);
    for (uint64_t i = 0; i < nsecs && i < 64; i++, off += COFF_SEC_LEN) {
        uint8_t c;
        if (view_u8(v, off, &c) && c != 0 && !is_printable(c)) {
            return false;
        }
    }
    return true;
}

/* A machine number that cannot begin a text makes a COFF object unless the rest is absurd: a cut or
   damaged object must get the reader's message, not "not recognized". Numbers that could be two
   letters ("2P" is RISC-V), and 0, need a header that is right in every respect. */
bool coff_probe(struct view v)
{
    if (v.len < 2) {
        return false;
    }
    uint16_t machine = get_u16le(v.p);
    if (machine != IMAGE_FILE_MACHINE_UNKNOWN && machine_from_coff(machine) == MACH_UNKNOWN) {
        return false;
    }
    bool strong = machine != IMAGE_FILE_MACHINE_UNKNOWN && !(is_printable(v.p[0]) && is_printable(v.p[1]));
    if (v.len < COFF_HDR_LEN) {
        return strong;
    }
    if (header_fits(v) && section_names_plausible(v)) {
        return true;
    }
    /* An optional header of an object is 0 (or a few known sizes), its flags have few bits, and a
       symbol table starts behind the headers. */
    uint16_t opt = get_u16le(v.p + COFF_HDR_OPTSIZE), flags = get_u16le(v.p + COFF_HDR_FLAGS);
    uint32_t symptr = get_u32le(v.p + COFF_HDR_SYMPTR);
    return strong && opt <= 512 && (opt & 3) == 0 && (flags & 0x1000) == 0 &&
           (symptr == 0 || symptr >= COFF_HDR_LEN) && get_u16le(v.p + COFF_HDR_NSECS) <= COFF_MAX_SECS &&
           section_names_plausible(v);
}

/* A cut header has no room for the class id: what is there must agree. */
bool bigobj_probe(struct view v)
{
    uint16_t version;
    if (!view_starts(v, "\0\0\xff\xff", 4) || !view_u16(v, BIGOBJ_HDR_VERSION, false, &version) ||
        version < 2) {
        return false;
    }
    struct view id = view_from(v, BIGOBJ_HDR_CLASS);
    uint64_t n = id.len < 16 ? id.len : 16;
    return memcmp(id.p, BIGOBJ_CLASS_ID, (size_t)n) == 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void set_machine(struct object *obj, uint32_t machine)
{
    obj->raw_machine = machine;
    obj->machine = machine_from_coff(machine);
    obj->is64 = machine_info(obj->machine)->word_bits == 64;
    obj->type = OBJ_TYPE_RELOCATABLE;
}

static bool open_coff(struct object *obj)
{
    struct coff_priv *priv = ARENA_NEW(obj->arena, struct coff_priv);
    struct view v = obj->bytes;
    uint64_t hdr_len = COFF_HDR_LEN;
    uint32_t nsecs, symptr, nsyms;
    obj->priv = priv;
    obj->bigobj = obj->format == OBJ_BIGOBJ;
    if (obj->bigobj) {
        if (v.len < BIGOBJ_HDR_LEN) {
            return diag_bad(obj->diag, 0, "file is too short for its header");
        }
        set_machine(obj, get_u16le(v.p + BIGOBJ_HDR_MACHINE));
        nsecs = get_u32le(v.p + BIGOBJ_HDR_NSECS);
        symptr = get_u32le(v.p + BIGOBJ_HDR_SYMPTR);
        nsyms = get_u32le(v.p + BIGOBJ_HDR_NSYMS);
        hdr_len = BIGOBJ_HDR_LEN;
    } else {
        if (v.len < COFF_HDR_LEN) {
            return diag_bad(obj->diag, 0, "file is too short for its header");
        }
        set_machine(obj, get_u16le(v.p + COFF_HDR_MACHINE));
        nsecs = get_u16le(v.p + COFF_HDR_NSECS);
        symptr = get_u32le(v.p + COFF_HDR_SYMPTR);
        nsyms = get_u32le(v.p + COFF_HDR_NSYMS);
        hdr_len += get_u16le(v.p + COFF_HDR_OPTSIZE);
        obj->raw_flags = get_u16le(v.p + COFF_HDR_FLAGS);
    }
    priv->types = reloc_table_of(obj);
    priv->t.rec_len = obj->bigobj ? BIGOBJ_SYM_LEN : COFF_SYM_LEN;
    coff_find_tables(obj, &priv->t, symptr, nsyms);
    return coff_read_sections(obj, &priv->t, hdr_len, nsecs);
}

/* ---- relocations ----------------------------------------------------------------------------- */

static bool reloc_start(const struct object *obj, uint32_t sec, struct reloc_iter *it)
{
    const struct section *s = &obj->sections[sec];
    const struct coff_priv *priv = obj->priv;
    if (s->n_relocs == 0) {
        return true;
    }
    if (!priv->t.index.n) {
        return diag_bad(obj->diag, s->reloc_off,
                        "section %u (%.*s) has relocations, but there are no symbols", obj_section_number(obj, sec),
                        Q(s->name));
    }
    if (!view_has(obj->bytes, s->reloc_off, (uint64_t)s->n_relocs * COFF_REL_LEN)) {
        return diag_bad(obj->diag, s->reloc_off, "relocations of section %u (%.*s) lie outside the file",
                        obj_section_number(obj, sec), Q(s->name));
    }
    it->rows = priv->types;
    it->end = s->n_relocs;
    return true;
}

const uint8_t *obj_reloc_coff(const struct reloc_iter *it, struct coff_index *index)
{
    const struct object *obj = it->obj;
    if ((obj->format != OBJ_COFF && obj->format != OBJ_BIGOBJ) || it->bad || it->end == 0) {
        return NULL;
    }
    const struct coff_priv *priv = obj->priv;
    *index = priv->t.index;
    return obj->bytes.p + it->sec->reloc_off;
}

uint32_t obj_coff_symbol(const struct object *obj, uint64_t raw)
{
    const struct coff_priv *priv = obj->priv;
    return raw < priv->t.index.n ? coff_index_at(&priv->t.index, (uint32_t)raw) : UINT32_MAX;
}

struct str obj_coff_reloc_name(const struct object *obj, uint32_t sec, uint64_t off)
{
    const struct coff_priv *priv = obj->priv;
    const struct section *s = &obj->sections[sec];
    struct view table, record;
    struct str name = {0};
    if (!view_sub(obj->bytes, s->reloc_off, (uint64_t)s->n_relocs * COFF_REL_LEN, &table)) {
        return name;
    }
    for (uint64_t at = 0; at < table.len; at += COFF_REL_LEN) {
        if (get_u32le(table.p + at + COFF_REL_VADDR) - s->addr != off ||
            !view_sub(priv->t.symtab, (uint64_t)get_u32le(table.p + at + COFF_REL_SYM) * priv->t.rec_len,
                      priv->t.rec_len, &record)) {
            continue;
        }
        if (get_u32le(record.p) != 0) {
            (void)view_padded(record, 0, 8, &name);
        } else {
            (void)view_cstr(priv->t.strtab, get_u32le(record.p + COFF_SYM_STROFF), &name);
        }
        break;
    }
    return name;
}

static int64_t sign_extend(uint64_t x, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1);
    x &= (sign << 1) - 1;
    return (int64_t)((x ^ sign) - sign);
}

/* The addend in an arm64 instruction, in bytes. The shapes: branches count words; ADR and ADRP have
   their low two bits apart; loads and stores scale their offset by their size. */
static int64_t arm64_addend(uint16_t type, uint32_t insn)
{
    uint32_t imm12 = insn >> 10 & 0xfff;
    unsigned scale;
    switch (type) {
    case 3: /* BRANCH26 */
        return sign_extend(insn, 26) * 4;
    case 15: /* BRANCH19 */
        return sign_extend(insn >> 5, 19) * 4;
    case 16: /* BRANCH14 */
        return sign_extend(insn >> 5, 14) * 4;
    case 4: /* PAGEBASE_REL21 */
    case 5: /* REL21 */
        return sign_extend((insn >> 5 & 0x7ffff) << 2 | (insn >> 29 & 3), 21);
    case 7: /* PAGEOFFSET_12L */
    case 11: /* SECREL_LOW12L */
        scale = insn >> 30;
        if ((insn & 0x04800000) == 0x04800000) { /* a 128-bit vector register */
            scale += 4;
        }
        return (int64_t)((uint64_t)imm12 << scale);
    case 10: /* SECREL_HIGH12A */
        return (int64_t)imm12 << 12;
    default:
        return imm12;
    }
}

static int64_t read_addend(const struct reloc_row *row, const uint8_t *p)
{
    int64_t a;
    if (row->flags & RELF_BITS) {
        return row->width < 8 ? p[0] & 0x7f : arm64_addend(row->raw_type, get_u32le(p));
    }
    switch (row->width) {
    case 1: a = (int8_t)p[0]; break;
    case 2: a = (int16_t)get_u16le(p); break;
    case 4: a = (int32_t)get_u32le(p); break;
    case 8: a = (int64_t)get_u64le(p); break;
    default: return 0;
    }
    return (int64_t)((uint64_t)a + (uint64_t)(int64_t)row->bias);
}

static bool bad_reloc(struct reloc_iter *it, const char *what)
{
    const struct object *obj = it->obj;
    it->bad = true;
    return diag_bad(obj->diag, it->sec->reloc_off + it->next * COFF_REL_LEN,
                    "relocation %llu of section %u (%.*s): %s", (unsigned long long)it->next,
                    obj_section_number(obj, (uint32_t)(it->sec - obj->sections)), Q(it->sec->name), what);
}

static bool decode_reloc(struct reloc_iter *it, const uint8_t *p, struct reloc *r)
{
    const struct coff_priv *priv = it->obj->priv;
    uint32_t raw_sym = get_u32le(p + COFF_REL_SYM), raw_type = get_u16le(p + COFF_REL_TYPE);
    const struct reloc_row *row = reloc_table_row(it->rows, raw_type);
    *r = (struct reloc){.off = get_u32le(p + COFF_REL_VADDR) - it->sec->addr,
                        .sym = UINT32_MAX,
                        .sym2 = UINT32_MAX,
                        .raw_type = (uint16_t)raw_type};
    if (raw_sym < priv->t.index.n) {
        r->sym = coff_index_at(&priv->t.index, raw_sym);
    }
    /* Machines without a table: the symbol field of a PAIR is a displacement, so nothing is
       required of it. */
    if (!row || row->kind == KIND_NONE) {
        r->kind = row ? KIND_NONE : KIND_UNKNOWN;
        return true;
    }
    if (r->sym == UINT32_MAX) {
        return bad_reloc(it, "symbol number out of range");
    }
    if (!view_has(it->sec->data, r->off, reloc_field_bytes(row->width, row->flags))) {
        return bad_reloc(it, "its field lies outside the section");
    }
    r->kind = row->kind;
    r->width = row->width;
    r->flags = row->flags;
    r->addend = read_addend(row, (it->contents ? it->contents : it->sec->data.p) + r->off);
    return true;
}

static size_t reloc_next(struct reloc_iter *it, struct reloc *block)
{
    const uint8_t *p = it->obj->bytes.p + it->sec->reloc_off + it->next * COFF_REL_LEN;
    size_t n = 0;
    for (; n < RELOC_BLOCK && it->next < it->end; it->next++, p += COFF_REL_LEN) {
        if (!decode_reloc(it, p, &block[n])) {
            break;
        }
        n++;
    }
    return n;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* GNU's names where GNU has one; the same pattern for the other machines. */
static const char *target_name(const struct object *obj)
{
    switch (obj->raw_machine) {
    case IMAGE_FILE_MACHINE_I386: return obj->bigobj ? "pe-bigobj-i386" : "pe-i386";
    case IMAGE_FILE_MACHINE_AMD64: return obj->bigobj ? "pe-bigobj-x86-64" : "pe-x86-64";
    case IMAGE_FILE_MACHINE_ARM64: return "pe-aarch64-little";
    case IMAGE_FILE_MACHINE_ARM64EC: return "pe-arm64ec";
    case 0x1c0:
    case 0x1c2: return "pe-arm-little";
    case 0x1c4: return "pe-arm-wince-little";
    case 0x166: return "pe-mips";
    case 0x1a2:
    case 0x1a6: return "pe-shl";
    case 0x200: return "pe-ia64";
    default:
        return arena_printf((struct arena *)obj->arena, "%s-%s", obj->bigobj ? "pe-bigobj" : "pe",
                            machine_info(obj->machine)->name);
    }
}

const struct reader coff_reader = {
    .name = "coff",
    .open = open_coff,
    .symbols = coff_read_symbols,
    .leave_tables = coff_leave_tables,
    .reloc_start = reloc_start,
    .reloc_next = reloc_next,
    .letter = coff_letter,
    .target_name = target_name,
};
