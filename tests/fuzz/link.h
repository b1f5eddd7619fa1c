/* link.h - a whole link of fuzzed bytes inside the process, for the targets that go through ld_run:

       struct fuzz_link l;
       fuzz_link_start(&l, bytes, "i386pep");
       fuzz_link_word(&l, "-T%s", l.path);
       rc = fuzz_link_run(&l);

   The output is /dev/null, unless fuzz_link_keep is called; what the linker prints goes there too. */
#ifndef OBJKIT_TESTS_FUZZ_LINK_H
#define OBJKIT_TESTS_FUZZ_LINK_H

#include "base/arena.h"
#include "base/opt.h"
#include "base/view.h"

struct fuzz_link {
    int fd;        /* a file without a name that holds the bytes */
    char path[32]; /* a name for it that the linker can open */
    argvec argv;
    struct arena arena; /* of the words */
    const char *output; /* NULL: /dev/null */
    uint64_t hash;      /* of what was written to OUTPUT, 0 if it is not there; set by fuzz_link_run */
};

/* Makes the file and the words that all such links share. Ends the process when the system fails. */
void fuzz_link_start(struct fuzz_link *l, struct view bytes, const char *emulation);

/* One more word of the command line; copied. */
void fuzz_link_word(struct fuzz_link *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* More words, up to a NULL or MAX of them. One that ends with '=' gets the path of the bytes behind it;
   ":" is the path alone. */
void fuzz_link_words(struct fuzz_link *l, const char *const *words, size_t max);

/* Has the output written to a file of this process, of which only l->hash remains. */
void fuzz_link_keep(struct fuzz_link *l);

/* Links, frees all that L holds and returns the linker's exit status. */
int fuzz_link_run(struct fuzz_link *l);

#endif
