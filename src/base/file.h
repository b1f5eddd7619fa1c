/* file.h - reading inputs and writing outputs so that nothing is lost.

   Input: small files are read whole, large ones mapped. A mapped file that shrinks while it is read
   raises SIGBUS; the handler names the file and ends the command with status 1, temporaries removed.

   Output: written beside the target without a name or under a temporary one and renamed over it, or swapped with it
   (spec "hardening", section 5). Until then the old file is whole; any failure or signal removes the temporary. */
#ifndef OBJKIT_BASE_FILE_H
#define OBJKIT_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/view.h"

struct file {
    struct view data;
    struct stat st;
    int fd;       /* -1 unless FILE_KEEP_FD: for copy_file_range */
    bool mapped;
    uint64_t file_len; /* size of the file */
    bool head_only;    /* see file_open_head */
};

enum {
    FILE_KEEP_FD = 1, /* leave fd open in struct file */
    FILE_ANY_TYPE = 2, /* FIFOs and devices too: spooled into memory up to LIMIT_ENTRY_LEN, LIMIT_DEVICE_LEN */
    FILE_PIPES = 4     /* the same, but of FIFOs only those that somebody writes: never waits for a writer */
};

/* What an errno cannot say: more bytes than a device or a pipe may give. */
enum { FILE_LONG_DEVICE = -1, FILE_LONG_PIPE = -2 };

/* The words for an error of this module, an errno or one of the above: strerror's, or the limit by name. */
const char *file_strerror(int err);

/* Opens PATH ("-" is standard input) for reading. 0, or an errno; EISDIR for directories, ENODEV for
   what is not a regular file (unless FILE_ANY_TYPE or FILE_PIPES), FILE_LONG_* past the spool limit. Prints nothing.
   Release with file_close. Empty files give an empty view. */
int file_open(struct file *f, const char *path, unsigned flags);
/* The same relative to a directory descriptor. */
int file_openat(struct file *f, int dirfd, const char *path, unsigned flags);

/* file_open, but of a regular file past the size that is read whole only the first CAP bytes are read,
   into HEAD; f->data stays empty and f->fd open until file_load maps the file or file_close. Smaller
   and other files are opened as by file_open. For callers that may not need the rest. */
int file_open_head(struct file *f, const char *path, unsigned flags, void *head, size_t cap);
int file_load(struct file *f);
static inline bool file_is_head(const struct file *f) { return f->head_only; }
void file_close(struct file *f);

/* Gives the memory of V, which lies in a mapped file, back to the system: it is read again when it is next touched.
   For passes over more input than should stay resident. */
void file_drop_pages(struct view v);
/* The same of N ranges, which may be of several files; where the system can, in one call: each interrupts all threads
   of the process. */
void file_drop_many(const struct view *v, size_t n);

/* For passes from one end of a mapped file to the other: V has been used. Now and then, gives back the memory
   of all since the last time. Begins anew where V lies before the last one. */
struct file_trail {
    const uint8_t *from;
};
void file_passed(struct file_trail *t, struct view v);

/* F will be read here and there: no pages around those that are touched are read from the disk. What is
   read in one go is announced by file_will_need. */
void file_read_sparsely(const struct file *f);
void file_will_need(struct view v);

/* Are A and B the same file (device and inode)? */
bool file_same(const struct stat *a, const struct stat *b);

/* Installs the SIGBUS handler and the cleaners of the signals that end a command; a file that may not grow (SIGXFSZ)
   becomes an error of the write. Opens descriptors 0-2 on /dev/null if they are closed. Called once by main. */
void file_init(void);

/* Messages of a process that ends at once, beside every diag: the program's name (objkit until a command says its
   own; PROG must live on), ": ", TEXT. May be called from a signal handler; TEXT beyond 400 bytes is cut. */
void file_set_prog(const char *prog);
void file_last_words(const char *text);

/* Temporaries that a caller makes itself. A new name, of the process and the time: it is registered before there
   is a file, so that no signal finds the one without the other. */
enum { FILE_TEMP_NAME = 72 };
void file_temp_name(char name[FILE_TEMP_NAME]);

/* NAME in the directory DIR (a descriptor, or AT_FDCWD) is removed when a signal or the end of memory ends the
   command; it must live until file_forget_temp of the number returned, which may be -1. Safe from any thread. */
int file_remember_temp(int dir, const char *name);
void file_forget_temp(int slot);

/* An output file being written. */
struct outfile {
    char *path;   /* the final path, symlinks resolved */
    char *temp;   /* its name until it is finished; NULL if it has none yet, or for a device or FIFO */
    bool unnamed; /* the system keeps it without a name (O_TMPFILE): it gets one when it is finished */
    int fd;
    mode_t mode;  /* of the finished file */
    bool existed; /* a regular file was there */
    bool in_place;/* several hard links, or a directory that cannot be written to: the finished bytes are copied
                     into the old inode */
    struct stat old;
    int slot;     /* in the table of temporaries to remove on a signal */
    bool no_replace; /* set after outfile_begin: commit fails with EEXIST if the file is there by then */
};

/* Begins writing PATH. MODE: permission bits for a new file, before umask; an existing file's mode
   (and owner where allowed) is kept. 0 or an errno. Devices, FIFOs and /dev/stdout
   are opened directly. Refuses (EACCES) an existing file without write permission. */
int outfile_begin(struct outfile *o, const char *path, mode_t mode);

/* Writes all of the bytes at the current position / at OFF. 0 or an errno. */
int outfile_write(struct outfile *o, const void *p, size_t n);
int outfile_pwrite(struct outfile *o, const void *p, size_t n, uint64_t off);

/* Copies N bytes of IN_FD from IN_OFF to the current position, in the kernel where it can. */
int outfile_copy(struct outfile *o, int in_fd, uint64_t in_off, uint64_t n);

/* The same to offset OUT_OFF, leaving the position alone: for several threads at once. */
int outfile_copy_at(struct outfile *o, int in_fd, uint64_t in_off, uint64_t n, uint64_t out_off);

/* Closes, gives the final mode, renames into place. 0 or an errno; on failure the temporary is gone
   and the old file untouched. */
int outfile_commit(struct outfile *o);
void outfile_abort(struct outfile *o);

/* Removes every temporary that is open: async-signal-safe, for handlers and fatal exits. */
void outfile_remove_all(void);

#endif
