#pragma once
#include <spawn.h>
#include <sys/types.h>

// GNU's additions, which the Glibc module does not show: declared here once more, as their manual pages have them.
extern int pipe2(int descriptors[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_fallocate(int descriptor, off_t offset, off_t length);
extern int sync_file_range(int descriptor, off_t offset, off_t count, unsigned flags);

// Swift cannot call a function that takes any number of arguments.
#include <sys/prctl.h>
static inline int nacre_signal_on_parent_death(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }
static inline int nacre_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
extern void *memmem(const void *text, size_t length, const void *part, size_t count);
