/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removes a directory that this program has made, and nothing else: whatever its path leads to by
 * now, and whatever others rename in it meanwhile. */
#ifndef INJECTOR_BASE_REMOVE_TREE_H
#define INJECTOR_BASE_REMOVE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* What a file is, by whatever name. birth: in ns, 0 where the file system does not keep it; with it
 * an inode number that is used again is told from the first. */
struct file_identity {
	uint64_t device, inode, birth;
};

/* Of an open file; O_PATH will do. Returns 0 or -errno (not reported). */
int file_identity_of(int fd, struct file_identity *identity);

/* any_device: device numbers are not compared, as they may be others after a restart. */
bool file_identity_same(const struct file_identity *a, const struct file_identity *b,
			bool any_device);

/*
 * Removes the directory at `path`, with all in it, if it is `made` and root's or the caller's. It
 * goes from descriptor to descriptor, follows no link, and stays on the mount. any_device: as
 * above. Returns 0, also where nothing is at the path; -ESTALE something else is there; -EBUSY
 * something is mounted in it, or others put files into it faster than they are removed; -errno. Not
 * reported.
 */
int remove_tree(const char *path, const struct file_identity *made, bool any_device);

#endif
