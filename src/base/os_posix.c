/* os_posix.c - os.h and file_init on POSIX systems. */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <sys/uio.h>
#endif
#include <unistd.h>

#include "base/file.h"

/* ---- a mapped file that shrinks ---------------------------------------------------------------------------

   The handler may call what is safe at any time only. The system itself says which file lies at the address. */

static void say(const char *s, size_t n)
{
    ssize_t ignored = write(STDERR_FILENO, s, n);
    (void)ignored;
}

/* One character of a path, escaped as names are in all messages. */
static void say_escaped(char c)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char u = (unsigned char)c;
    char text[4] = {'\\', 'x', hex[u >> 4], hex[u & 15]};
    bool plain = u >= 0x20 && u < 0x7f;
    say(plain ? &c : text, plain ? 1 : sizeof text);
}

/* A line of /proc/self/maps as it is read: "FROM-TO PERMS OFFSET DEV INODE   PATH", numbers in hexadecimal. */
struct map_line {
    uintptr_t bound[2];
    unsigned field; /* 0, 1: the bounds; 2: between them and the path; 3: in the path */
    bool hit;
};

static void map_char(struct map_line *l, uintptr_t addr, char c)
{
    if (c == '\n') {
        *l = (struct map_line){.hit = false};
    } else if (l->field < 2 && (c == '-' || c == ' ')) {
        l->field++;
        l->hit = l->field == 2 && addr >= l->bound[0] && addr < l->bound[1];
    } else if (l->field < 2) {
        l->bound[l->field] = l->bound[l->field] << 4 | (uintptr_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    } else if (l->field == 2 && c == '/') {
        l->field = 3;
    }
}

/* Prints the path of the file that is mapped at ADDR. False if there is none. */
static bool say_mapped(uintptr_t addr)
{
    char block[1024];
    struct map_line l = {.hit = false};
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    bool said = false;
    for (ssize_t n; fd >= 0 && (n = read(fd, block, sizeof block)) > 0;) {
        for (ssize_t i = 0; i < n; i++) {
            map_char(&l, addr, block[i]);
            if (l.hit && l.field == 3) {
                if (!said) {
                    file_last_words("");
                }
                said = true;
                say_escaped(block[i]);
            }
        }
    }
    return said;
}

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
    static const char msg[] = ": shrank while it was read\n";
    (void)context;
    outfile_remove_all();
    if (info->si_code != BUS_ADRERR) { /* no page of a file: not ours to explain */
        signal(sig, SIG_DFL);
        raise(sig);
    }
    if (!say_mapped((uintptr_t)info->si_addr)) {
        file_last_words("an input file");
    }
    say(msg, sizeof msg - 1);
    _exit(1);
}

static void on_terminate(int sig)
{
    outfile_remove_all();
    signal(sig, SIG_DFL);
    raise(sig);
}

void os_wait_for_data(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0) {
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    }
}

/* A file that may not grow: the write that failed says so. A handler, for SIG_IGN would be inherited by what
   plugins start. */
static void on_file_size(int sig)
{
    (void)sig;
}

void file_init(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            /* Opened the wrong way round, so that using it fails as it would have, while no file of
               ours can land on the descriptor. The lowest free descriptor is fd itself. */
            int got = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
            (void)got;
        }
    }
    struct sigaction sa = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &sa, NULL);
    sa = (struct sigaction){.sa_handler = on_terminate};
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGXCPU};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction old;
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[i], &sa, NULL);
        }
    }
    sa = (struct sigaction){.sa_handler = on_file_size, .sa_flags = SA_RESTART};
    sigaction(SIGXFSZ, &sa, NULL);
}

void os_arguments(int *argc, char ***argv)
{
    (void)argc, (void)argv; /* the shell has expanded them, and their bytes are what names have */
}

bool os_random(void *p, size_t n)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && read(fd, p, n) == (ssize_t)n;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

bool os_name_is_file(struct str name)
{
    (void)name; /* slashes, "." and ".." are the caller's to see */
    return true;
}

void os_expect_threads(unsigned n_files)
{
    /* The kernel makes a process's table of descriptors longer when a number does not fit; once threads share the
       table, it then waits for all of them, some ten milliseconds. */
    int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, (int)n_files + 16);
    if (fd >= 0) {
        close(fd);
    }
#ifdef __GLIBC__
    /* Mapping, unmapping and growing by a page make every thread wait for the others' page faults. */
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 512 << 10);
#endif
}

/* All of them at once. False: some may be left. */
static bool drop_together(const struct view *v, size_t n)
{
#ifdef SYS_process_madvise
    enum { SELF = -10000, MOST = 64 }; /* SELF is known to Linux from 6.14 on */
    struct iovec at[MOST];
    size_t total = 0;
    for (size_t i = 0; i < n && n <= MOST; i++) {
        at[i] = (struct iovec){(void *)(uintptr_t)v[i].p, (size_t)v[i].len};
        total += at[i].iov_len;
    }
    return n > 1 && n <= MOST && syscall(SYS_process_madvise, SELF, at, n, MADV_DONTNEED, 0) == (long)total;
#else
    (void)v, (void)n;
    return false;
#endif
}

void os_drop_pages(const struct view *v, size_t n)
{
    if (drop_together(v, n)) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        madvise((void *)(uintptr_t)v[i].p, (size_t)v[i].len, MADV_DONTNEED);
    }
}
