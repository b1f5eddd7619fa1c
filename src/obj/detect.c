/* detect.c - probes of the formats that have no reader file of their own. Pure, total, silent.

   A probe says what a file claims to be by its first bytes; it does not judge the rest. The order of
   formats.def resolves what two probes both accept. */
#include "obj/reader.h"

bool empty_probe(struct view v) { return v.len == 0; }
bool ar_probe(struct view v) { return view_starts(v, "!<arch>\n", 8); }
bool ar_thin_probe(struct view v) { return view_starts(v, "!<thin>\n", 8); }
bool ar_big_probe(struct view v) { return view_starts(v, "<bigaf>\n", 8); }
bool ar_aix_probe(struct view v) { return view_starts(v, "<aiaff>\n", 8); }
bool wasm_probe(struct view v) { return view_starts(v, "\0asm", 4); }
bool unknown_probe(struct view v) { (void)v; return true; }

/* MZ, or ZM as the first linkers wrote. Also what is left when e_lfanew leads to NE, LE or LX (Windows
   3, OS/2, VxD) and not to PE, which was asked before. */
bool dos_probe(struct view v)
{
    return view_starts(v, "MZ", 2) || view_starts(v, "ZM", 2);
}

/* Another anonymous object: version 1 or more with a class id that is not bigobj's (/GL code, CLR).
   Version 0 is a short import object, which was asked before. */
bool anon_probe(struct view v)
{
    uint16_t version;
    return view_starts(v, "\0\0\xff\xff", 4) && view_u16(v, 4, false, &version) && version >= 1;
}

/* An empty resource header opens every .res file. */
bool res_probe(struct view v)
{
    return view_starts(v, "\0\0\0\0\x20\0\0\0\xff\xff\0\0\xff\xff\0\0", 16);
}

/* XCOFF32, the discontinued and the current XCOFF64. f_nscns is at most a few dozen in 32-bit files
   except for overflow headers, so it says nothing; the header's size does. */
bool xcoff_probe(struct view v)
{
    uint16_t magic;
    return view_u16(v, 0, true, &magic) && v.len >= 20 &&
           (magic == 0x01df || magic == 0x01ef || magic == 0x01f7);
}

/* A Go object's text header, or the binary part behind it: NUL, "go1", version, "ld". */
bool goobj_probe(struct view v)
{
    if (view_starts(v, "go object ", 10)) {
        return true;
    }
    return v.len >= 8 && view_starts(v, "\0go1", 4) && v.p[6] == 'l' && v.p[7] == 'd';
}

static bool is_utf16(struct view v)
{
    return v.len >= 4 && v.len % 2 == 0 &&
           ((v.p[0] == 0xff && v.p[1] == 0xfe) || (v.p[0] == 0xfe && v.p[1] == 0xff));
}

/* Text: no control characters but white space and escape in the first part of the file. */
bool text_probe(struct view v)
{
    uint64_t n = v.len < 512 ? v.len : 512;
    if (is_utf16(v)) {
        return true;
    }
    for (uint64_t i = 0; i < n; i++) {
        uint8_t c = v.p[i];
        if (c == 0x7f || (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\v' &&
                          c != 0x1b)) {
            return false;
        }
    }
    return n > 0;
}
