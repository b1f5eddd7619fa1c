/* strmap.c - open addressing, linear probing, at most half full. */
#include "base/strmap.h"

#include <stdlib.h>

#include "base/arena.h"

static uint64_t hash_key(const struct strmap *m, struct str key)
{
    if (!m->fold_case) {
        return str_hash(key);
    }
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a over folded bytes */
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.p[i];
        h = (h ^ (uint64_t)(c >= 'A' && c <= 'Z' ? c + 32 : c)) * 0x100000001b3u;
    }
    return h ^ h >> 32;
}

static bool same_key(const struct strmap *m, const struct strmap_entry *e, struct str key)
{
    return m->fold_case ? str_caseeq(e->key, key) : str_eq(e->key, key);
}

/* The slot where KEY is or would be. */
static uint32_t find_slot(const struct strmap *m, struct str key, uint64_t h)
{
    uint32_t mask = m->n_slots - 1;
    for (uint32_t i = (uint32_t)h & mask;; i = (i + 1) & mask) {
        uint32_t s = m->slots[i];
        if (s == 0 || (m->entries[s - 1].hash == h && same_key(m, &m->entries[s - 1], key))) {
            return i;
        }
    }
}

uint32_t strmap_get(const struct strmap *m, struct str key)
{
    if (m->n == 0) {
        return STRMAP_NONE;
    }
    uint32_t s = m->slots[find_slot(m, key, hash_key(m, key))];
    return s ? m->entries[s - 1].value : STRMAP_NONE;
}

static void rehash(struct strmap *m)
{
    uint32_t n = m->n_slots ? m->n_slots * 2 : 16;
    free(m->slots);
    m->slots = xcalloc(n, sizeof *m->slots);
    m->n_slots = n;
    for (uint32_t k = 0; k < m->n; k++) {
        uint32_t i = (uint32_t)m->entries[k].hash & (n - 1);
        while (m->slots[i]) {
            i = (i + 1) & (n - 1);
        }
        m->slots[i] = k + 1;
    }
}

uint32_t *strmap_put(struct strmap *m, struct str key, uint32_t value, bool *added)
{
    if (m->n * 2 >= m->n_slots) {
        rehash(m);
    }
    uint64_t h = hash_key(m, key);
    uint32_t slot = find_slot(m, key, h);
    if (added) {
        *added = m->slots[slot] == 0;
    }
    if (m->slots[slot] == 0) {
        if (m->n == m->cap) {
            m->cap = m->cap ? m->cap * 2 : 16;
            m->entries = xrealloc(m->entries, m->cap * sizeof *m->entries);
        }
        m->entries[m->n] = (struct strmap_entry){key, h, value};
        m->slots[slot] = ++m->n;
    }
    return &m->entries[m->slots[slot] - 1].value;
}

void strmap_free(struct strmap *m)
{
    free(m->entries);
    free(m->slots);
    *m = (struct strmap){.fold_case = m->fold_case};
}
