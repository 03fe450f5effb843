/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cgroup of the run, in which memory is short. The pages that its processes read are charged to
 * it, so its limit and memory.reclaim affect the run's page cache only (cgroup v2; memory.reclaim
 * since 5.19).
 */
#ifndef INJECTOR_MEMORY_CGROUP_H
#define INJECTOR_MEMORY_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prefix of the names of runs' cgroups, in the root of the hierarchy. */
#define CGROUP_PREFIX "foliostorm-"

/*
 * Finds a mounted cgroup v2 hierarchy with the memory controller. root: its path; set on success
 * only. why: the path, or what is missing. Returns whether there is one. No function here reports
 * errors.
 */
bool cgroup_find(char *root, size_t root_size, char *why, size_t why_size);

/* Whether the memory controller is enabled for cgroups beneath this root. */
bool cgroup_has_memory(const char *root);

/* Enables it for them. Returns 0; -EBUSY the root is a container's and has processes; -errno. */
int cgroup_give_memory(const char *root);

/* Disables it again, unless another run's cgroup exists. Returns 0 or -errno. */
int cgroup_take_memory(const char *root);

/* Makes a cgroup. Returns 0 or -errno. */
int cgroup_make(const char *path);

/* Limits its memory, in bytes: beyond the limit the kernel reclaims, then kills. Returns 0 or
 * -errno. */
int cgroup_limit(const char *path, uint64_t bytes);

/* Moves the calling process there, with all its threads. Returns 0 or -errno. */
int cgroup_enter(const char *path);

/* Opens its memory.reclaim. Returns a descriptor that the caller closes; -ENOENT before 5.19;
 * -errno. */
int cgroup_open_reclaim(const char *path);

/* Has the kernel reclaim that many bytes. fd: of cgroup_open_reclaim(). Returns 0; -EAGAIN it
 * reclaimed fewer; -errno. */
int cgroup_reclaim(int fd, uint64_t bytes);

/* Removes a cgroup; waits up to 2 s for exiting processes. Returns 0, also if it does not exist;
 * -EBUSY; -errno. */
int cgroup_remove(const char *path);

#endif
