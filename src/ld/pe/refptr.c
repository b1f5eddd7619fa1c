/* refptr.c - who refers to an undefined X by way of .refptr.X.

   gcc for x86-64 reaches what may be in a DLL through a cell that holds its address, a COMDAT called .refptr.X.
   An undefined X is then missed by the cell alone, and a report that names the cell helps nobody: the places that
   use the cell are what the user has written. Runs only when there is something to report. */
#include <stdlib.h>

#include "ld/pe/pe.h"

/* The symbol of the cell that U is in; LD_NO_SYM if it is in none. */
static uint32_t cell_around(const struct ld_file *f, const struct ld_undef *u)
{
    if (!str_starts(f->obj.sections[u->sec].name, S(".rdata$.refptr."))) {
        return LD_NO_SYM;
    }
    for (uint32_t i = 0; i < f->n_syms; i++) {
        if (f->syms[i].sec == u->sec && f->ids[i] != LD_NO_SYM && str_starts(f->syms[i].name, S(".refptr."))) {
            return f->ids[i];
        }
    }
    return LD_NO_SYM;
}

/* Notes F's uses of cells. CELLS, by symbol: 1 + what the cell stands for. USED: the same, 1 if anything uses it. */
static void note_users(struct ld_file *f, const uint32_t *cells, uint8_t *used)
{
    for (uint32_t k = 0; k < f->n_live; k++) {
        struct reloc block[RELOC_BLOCK] RELOC_BLOCK_RAW;
        struct reloc_iter it;
        const struct ld_chunk *c = &f->chunks[f->live[k]];
        if (!(c->flags & LDC_LIVE) || c->flags & LDC_DEBUG || !obj_reloc_start(&f->obj, f->live[k], &it)) {
            continue;
        }
        for (size_t n; (n = obj_reloc_next(&it, block)) > 0;) {
            for (size_t i = 0; i < n; i++) {
                uint32_t id = block[i].sym < f->n_syms ? f->ids[block[i].sym] : LD_NO_SYM;
                if (id != LD_NO_SYM && cells[id]) {
                    ld_note_undef(f, cells[id] - 1, f->live[k], block[i].off);
                    used[id] = 1;
                }
            }
        }
    }
}

/* The cells' own references make way for those of who uses them. */
static void drop_cells(struct ld_file *f, const uint8_t *used)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->undefs.n; i++) {
        uint32_t cell = cell_around(f, &f->undefs.p[i]);
        if (cell == LD_NO_SYM || !used[cell]) {
            f->undefs.p[kept++] = f->undefs.p[i];
        }
    }
    f->undefs.n = kept;
}

static bool is_read(const struct ld_file *f)
{
    return f->kind == LD_OBJECT && !f->bad && !f->skip;
}

void pe_trace_refptrs(struct ld *ld)
{
    uint32_t *cells = NULL;
    for (size_t k = 2; k < ld->files.n; k++) {
        const struct ld_file *f = ld->files.p[k];
        for (size_t i = 0; i < f->undefs.n; i++) {
            uint32_t cell = cell_around(f, &f->undefs.p[i]);
            if (cell != LD_NO_SYM) {
                cells = cells ? cells : xcalloc(ld->tab.cap, sizeof *cells);
                cells[cell] = f->undefs.p[i].id + 1;
            }
        }
    }
    if (!cells) {
        return;
    }
    uint8_t *used = xcalloc(ld->tab.cap, 1);
    for (size_t k = 2; k < ld->files.n; k++) {
        if (is_read(ld->files.p[k])) {
            note_users(ld->files.p[k], cells, used);
        }
    }
    for (size_t k = 2; k < ld->files.n; k++) {
        drop_cells(ld->files.p[k], used);
    }
    free(cells);
    free(used);
}
