#pragma once
#include <spawn.h>
#include <sys/types.h>

// GNU's additions, which the Glibc module does not show: declared here once more, as their manual pages have them.
extern int pipe2(int descriptors[2], int flags);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
extern int posix_fallocate(int descriptor, off_t offset, off_t length);
extern int sync_file_range(int descriptor, off_t offset, off_t count, unsigned flags);
