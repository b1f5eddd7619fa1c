/* reproduce.c - --reproduce: a tar with everything that this link read, and a response file that links it
   again from there, on any machine: cd NAME; ld @response.txt.

   Every opened file lies in the tar under its absolute path. In the response file, words that name such a
   file lead there, so do the directories that were searched; the tar is the sysroot, so that the absolute
   paths in libc.so and its like are found in it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/opt.h"
#include "config.h"
#include "input/input.h"
#include "ld/ld.h"

struct repro {
    struct ld *ld;
    const char *cwd;
    struct buf text;          /* response.txt */
};

/* PATH from the root, without "." and "..": a/b for /a/./x/../b. */
static const char *inside(struct repro *r, const char *path)
{
    const char *full = path[0] == '/' ? path : arena_printf(&r->ld->arena, "%s/%s", r->cwd, path);
    struct buf b = {0};
    while (*full) {
        size_t n = strcspn(full, "/");
        if (n == 2 && full[0] == '.' && full[1] == '.') {
            while (b.n && b.p[b.n - 1] != '/') {
                b.n--;
            }
            b.n -= b.n != 0;
        } else if (n && !(n == 1 && full[0] == '.')) {
            if (b.n) {
                buf_c(&b, '/');
            }
            buf_add(&b, full, n);
        }
        full += n + (full[n] != 0);
    }
    const char *out = arena_strdup(&r->ld->arena, (struct str){b.p, b.n});
    buf_free(&b);
    return out;
}

static void put_word(struct repro *r, const char *before, const char *word)
{
    buf_c(&r->text, '"');
    for (const char *s = arena_printf(&r->ld->arena, "%s%s", before, word); *s; s++) {
        if (*s == '"' || *s == '\\') {
            buf_c(&r->text, '\\');
        }
        buf_c(&r->text, *s);
    }
    buf_puts(&r->text, "\"\n");
}

static bool was_opened(const struct repro *r, const char *path)
{
    return strmap_get(&r->ld->input_by_path, str_c(path)) != STRMAP_NONE;
}

/* TEXT, which stands behind BEFORE, as a path in the tar if it names a file of this link. */
static void put_path(struct repro *r, const char *before, const char *text)
{
    if (was_opened(r, text)) {
        text = arena_printf(&r->ld->arena, "./%s", inside(r, text));
    }
    put_word(r, before, text);
}

static bool is_option(const char *word, const char *name)
{
    return word[0] == '-' && strcmp(word + 1 + (word[1] == '-'), name) == 0;
}

static bool begins(const char *word, const char *name)
{
    return word[0] == '-' && strncmp(word + 1 + (word[1] == '-'), name, strlen(name)) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One word; ARG: the one after it, or NULL. Returns how many words it used. */
static size_t one_word(struct repro *r, const char *word, const char *arg)
{
    const char *eq = strchr(word, '=');
    if (begins(word, "reproduce=") || begins(word, "sysroot=") || begins(word, "library-path=")) {
        return 1;
    }
    if (arg && (is_option(word, "reproduce") || is_option(word, "sysroot") || is_option(word, "L") ||
                is_option(word, "library-path"))) {
        return 2;
    }
    if (arg && (is_option(word, "o") || is_option(word, "output") || is_option(word, "Map"))) {
        put_word(r, "", word);
        put_word(r, "", base_name(arg));
        return 2;
    }
    if (arg && (is_option(word, "dynamic-linker") || is_option(word, "I") || is_option(word, "rpath"))) {
        put_word(r, "", word); /* paths of the machine that runs the program */
        put_word(r, "", arg);
        return 2;
    }
    if (begins(word, "dynamic-linker=") || begins(word, "rpath=")) {
        put_word(r, "", word);
        return 1;
    }
    if (strncmp(word, "-L", 2) == 0) { /* all searched directories follow at the end */
        return 1;
    }
    if (begins(word, "output=") || begins(word, "Map=") || begins(word, "dependency-file=") ||
        begins(word, "out-implib=")) {
        put_word(r, arena_strdup(&r->ld->arena, (struct str){word, (size_t)(eq - word) + 1}), base_name(eq + 1));
    } else if (word[0] == '-' && eq) {
        put_path(r, arena_strdup(&r->ld->arena, (struct str){word, (size_t)(eq - word) + 1}), eq + 1);
    } else if (strncmp(word, "-T", 2) == 0 && word[2] && was_opened(r, word + 2)) {
        put_path(r, "-T", word + 2);
    } else {
        put_path(r, "", word);
    }
    return 1;
}

static bool write_response(struct repro *r, int argc, char **argv)
{
    struct ld *ld = r->ld;
    argvec words = {0};
    if (!opt_expand(&words, argc - 1, argv + 1, &ld->arena, &ld->diag)) {
        vec_free(&words);
        return false;
    }
    if (!ld->opt.emulation) { /* it came from the program's name, or the first input */
        put_word(r, "-m", ld->emulation);
    }
    for (size_t i = 0; i < words.n;) {
        i += one_word(r, words.p[i], i + 1 < words.n ? words.p[i + 1] : NULL);
    }
    const char *root = ld->opt.sysroot ? ld->opt.sysroot : "";
    put_word(r, "--sysroot=./", ld->opt.sysroot ? inside(r, root) : "");
    put_word(r, "", "--nostdlib");
    for (size_t i = 0; i < ld->opt.lib_dirs.n; i++) {
        const char *dir = ld->opt.lib_dirs.p[i];
        bool sys = dir[0] == '=';
        put_word(r, "-L./", inside(r, sys ? arena_printf(&ld->arena, "%s/%s", root, dir + 1) : dir));
    }
    vec_free(&words);
    return true;
}

static struct view bytes_of(const struct buf *b)
{
    return (struct view){(const uint8_t *)b->p, b->n};
}

static int by_name(const void *a, const void *b)
{
    const struct input_file *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Before the output takes its name, for without the tar there is no output; or when the link has failed. */
bool ld_reproduce(struct ld *ld)
{
    if (!ld->opt.reproduce || ld->reproduced) {
        return true;
    }
    ld->reproduced = true;
    char cwd[4096];
    struct repro r = {.ld = ld, .cwd = getcwd(cwd, sizeof cwd) ? cwd : "/"};
    struct str top = str_basename(str_c(ld->opt.reproduce));
    if (!ld_check_outputs(ld)) {
        return false;
    }
    if (str_ends(top, S(".tar"))) {
        top.len -= 4;
    }
    bool ok = write_response(&r, ld->argc, ld->argv);
    VEC(struct input_file) v = {0};
    const char *version = "objkit ld (" PACKAGE_STRING ")\n";
    vec_push(&v, (struct input_file){arena_printf(&ld->arena, "%.*s/response.txt", Q(top)), bytes_of(&r.text)});
    vec_push(&v, (struct input_file){arena_printf(&ld->arena, "%.*s/version.txt", Q(top)),
                                     {(const uint8_t *)version, strlen(version)}});
    for (size_t i = 0; i < ld->inputs.n; i++) {
        const struct ld_input *in = ld->inputs.p[i];
        vec_push(&v, (struct input_file){arena_printf(&ld->arena, "%.*s/%s", Q(top), inside(&r, in->path)),
                                         in->file.data});
    }
    qsort(v.p + 2, v.n - 2, sizeof *v.p, by_name);
    size_t n = 2;
    for (size_t i = 2; i < v.n; i++) { /* a file under two spellings of its path is one */
        if (n == 2 || strcmp(v.p[i].name, v.p[n - 1].name) != 0) {
            v.p[n++] = v.p[i];
        }
    }
    ok = ok && input_write_tar(ld->opt.reproduce, v.p, n, &ld->diag);
    vec_free(&v);
    buf_free(&r.text);
    return ok;
}
