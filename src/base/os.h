/* os.h - what differs between systems and POSIX has no call for, or not the same for all.

   Elsewhere the code is written for POSIX. os_posix.c implements this header and file_init of file.h
   for POSIX systems; win32/ does for Windows, where it also stands in for POSIX (win32/posix.h). */
#ifndef OBJKIT_BASE_OS_H
#define OBJKIT_BASE_OS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "base/view.h"

#ifdef _WIN32
#define OS_WINDOWS_PATHS true /* '\' separates too, "C:" may begin a path */
#else
#define OS_WINDOWS_PATHS false
#endif

/* The program's arguments as UTF-8, with wildcards expanded where the shell does not: replaces *ARGC
   and *ARGV when they are otherwise. Called once by main, after file_init. */
void os_arguments(int *argc, char ***argv);

/* Can a file of the current directory, and nothing else, have the name NAME? Windows reads devices
   ("con", "nul.o"), streams ("a:b") and other names from names with certain characters or ends. */
bool os_name_is_file(struct str name);

/* Fills N bytes at P with random ones from the system. False if it has none. */
bool os_random(void *p, size_t n);

/* Before its first thread starts: the program is going to have up to N_FILES open at once, and threads that allocate
   much. A hint: makes the system do now what it does slowly once several threads run. */
void os_expect_threads(unsigned n_files);

/* Reads of FD wait for data from here on, though it was opened with O_NONBLOCK. */
void os_wait_for_data(int fd);

/* Gives the memory of N ranges of whole pages back to the system: they are read again from their files when they are
   next touched. In one call where the system can: each interrupts all threads of the process. */
void os_drop_pages(const struct view *v, size_t n);

#endif
