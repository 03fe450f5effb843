/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount of a layer, told from one that came to the same place later. */
#ifndef TOOLS_MACHINE_OUR_MOUNT_H
#define TOOLS_MACHINE_OUR_MOUNT_H

#include <stdint.h>

/* unique: the number that no other mount gets before the next boot (6.8 and later), else 0. id: the
 * one of /proc/self/mountinfo, which is used again. In this mount namespace. */
struct mount_identity {
	uint64_t unique, id;
};

#define MOUNT_UNKNOWN ((struct mount_identity){ 0, 0 })

/* Of what is mounted at `path`; the server is not asked. Returns 0 or -errno (not reported). */
int mount_identify(const char *path, struct mount_identity *identity);

/*
 * Unmounts, lazily, the layer at `path` whose server is gone. made: what mount_identify() gave;
 * where the kernel gave no unique number, or it is MOUNT_UNKNOWN, only a layer that answers no more
 * is unmounted. Returns 0, also where it is not there; -EBUSY something else is mounted over it;
 * -errno. Not reported.
 */
int our_mount_remove(const char *path, const struct mount_identity *made);

#endif
