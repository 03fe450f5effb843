/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cgroup of the run's own, in which memory is short: what its processes read is charged to it,
 * so its limit and memory.reclaim hit the page cache of the run and nobody else's (cgroup v2;
 * memory.reclaim since 5.19).
 */
#ifndef INJECTOR_MEMORY_CGROUP_H
#define INJECTOR_MEMORY_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Cgroups of runs, beneath the root of the hierarchy, are named so. */
#define CGROUP_PREFIX "foliostorm-"

/*
 * Finds where a cgroup v2 is mounted whose memory controller can be had. root: set on success only.
 * why: what was found, or what is missing. Both hold that many bytes. Returns whether there is one.
 */
bool cgroup_find(char *root, size_t root_size, char *why, size_t why_size);

/* Whether cgroups beneath this root have the memory controller as it is. */
bool cgroup_has_memory(const char *root);

/* Gives it to them. Returns 0; -EBUSY processes lie in a root that is none but of a container; else
 * -errno. Not reported. */
int cgroup_give_memory(const char *root);

/* Takes it away again, unless another run's cgroup is there. Returns 0 or -errno, not reported. */
int cgroup_take_memory(const char *root);

/* Makes a cgroup. Returns 0 or -errno. Not reported, as in what follows. */
int cgroup_make(const char *path);

/* No more memory than that, in bytes: beyond it, the kernel reclaims, then kills. */
int cgroup_limit(const char *path, uint64_t bytes);

/* Moves the calling process there, with all its threads. */
int cgroup_enter(const char *path);

/* A descriptor of its memory.reclaim, the caller's; -ENOENT before 5.19. */
int cgroup_open_reclaim(const char *path);

/* Asks for so many bytes to be reclaimed. Returns 0; -EAGAIN where it were fewer; -errno. */
int cgroup_reclaim(int fd, uint64_t bytes);

/* Removes it; waits two seconds at most for processes that are on their way out. Returns 0, also
 * where it is gone; -EBUSY; -errno. */
int cgroup_remove(const char *path);

#endif
