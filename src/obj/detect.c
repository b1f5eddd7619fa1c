/* detect.c - probes of the formats that have no reader file of their own. Pure, total, silent. */
#include "obj/reader.h"

bool empty_probe(struct view v) { return v.len == 0; }
bool ar_probe(struct view v) { return view_starts(v, "!<arch>\n", 8); }
bool ar_thin_probe(struct view v) { return view_starts(v, "!<thin>\n", 8); }
bool ar_big_probe(struct view v) { return view_starts(v, "<bigaf>\n", 8); }
bool ar_aix_probe(struct view v) { return view_starts(v, "<aiaff>\n", 8); }
bool dos_probe(struct view v) { return view_starts(v, "MZ", 2); }
bool wasm_probe(struct view v) { return view_starts(v, "\0asm", 4); }
bool goobj_probe(struct view v) { return view_starts(v, "go object ", 10); }
bool unknown_probe(struct view v) { (void)v; return true; }

/* Another anonymous object: version 1 or more with a class id that is not bigobj's (/GL code, CLR). */
bool anon_probe(struct view v) { return view_starts(v, "\0\0\xff\xff", 4); }

/* An empty resource header opens every .res file. */
bool res_probe(struct view v)
{
    return view_starts(v, "\0\0\0\0\x20\0\0\0\xff\xff\0\0\xff\xff\0\0", 16);
}

bool xcoff_probe(struct view v)
{
    return v.len >= 20 && v.p[0] == 1 && (v.p[1] == 0xdf || v.p[1] == 0xf7);
}

/* Text: no control characters but white space and escape in the first part of the file. */
bool text_probe(struct view v)
{
    uint64_t n = v.len < 512 ? v.len : 512;
    for (uint64_t i = 0; i < n; i++) {
        uint8_t c = v.p[i];
        if (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\v' && c != 0x1b) {
            return false;
        }
    }
    return n > 0;
}
