/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Removes a directory that this program has made, and nothing else, even if its path leads
 * elsewhere by now or others rename files in it meanwhile. */
#ifndef INJECTOR_BASE_REMOVE_TREE_H
#define INJECTOR_BASE_REMOVE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Identifies a file regardless of its name. birth: ns, 0 if the file system does not keep it; it
 * distinguishes files that get the same inode number one after the other. */
struct file_identity {
	uint64_t device, inode, birth;
};

/* The identity of an open file; fd may be O_PATH. Returns 0 or -errno (not reported). */
int file_identity_of(int fd, struct file_identity *identity);

/* Whether two identities are of the same file. any_device: ignores device numbers, which may change
 * at a reboot. */
bool file_identity_same(const struct file_identity *a, const struct file_identity *b,
			bool any_device);

/*
 * Removes the directory at `path` and its contents, if it is the file `made` and belongs to root or
 * the caller. Walks by descriptors, follows no link, and stays on the mount. any_device: as above.
 * Returns 0, also if nothing is at the path; -ESTALE something else is there; -EBUSY something is
 * mounted in it, or others add or move files faster than they are removed; -errno. Not reported.
 */
int remove_tree(const char *path, const struct file_identity *made, bool any_device);

#endif
