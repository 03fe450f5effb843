/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Distinguishes the mount of a layer from later mounts at the same place. */
#ifndef TOOLS_MACHINE_OUR_MOUNT_H
#define TOOLS_MACHINE_OUR_MOUNT_H

#include <stdint.h>

/* unique: the mount ID that is not reused before the next boot (6.8 and later); else 0. id: the
 * mount ID of /proc/self/mountinfo, which is reused. */
struct mount_identity {
	uint64_t unique, id;
};

#define MOUNT_UNKNOWN ((struct mount_identity){ 0, 0 })

/* Identifies the mount at `path` in this mount namespace, without a request to its server. Returns
 * 0 or -errno (not reported). */
int mount_identify(const char *path, struct mount_identity *identity);

/*
 * Unmounts, lazily, the layer at `path` whose server is gone. made: from mount_identify(); without
 * a unique ID, or if MOUNT_UNKNOWN, the layer is unmounted only if its server no longer answers.
 * Returns 0, also if the layer is not there; -EBUSY: something else is mounted over it; other
 * -errno. Not reported.
 */
int our_mount_remove(const char *path, const struct mount_identity *made);

#endif
