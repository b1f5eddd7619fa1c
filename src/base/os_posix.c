/* os_posix.c - os.h and file_init on POSIX systems. */
#include "base/os.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <unistd.h>

#include "base/file.h"

static void on_sigbus(int sig)
{
    (void)sig;
    static const char msg[] = "objkit: an input file shrank while it was read\n";
    ssize_t ignored = write(STDERR_FILENO, msg, sizeof msg - 1);
    (void)ignored;
    outfile_remove_all();
    _exit(1);
}

static void on_terminate(int sig)
{
    outfile_remove_all();
    signal(sig, SIG_DFL);
    raise(sig);
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
    struct sigaction sa = {.sa_handler = on_sigbus};
    sigaction(SIGBUS, &sa, NULL);
    sa.sa_handler = on_terminate;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction old;
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[i], &sa, NULL);
        }
    }
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
