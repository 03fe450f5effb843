/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that have booted and wait for a job, kept as files in the user's cache
 * (snapshots/KEY.snapshot). The key is a hash of everything that made the guest: kernel, modules,
 * programs, and QEMU with its command line. What belongs to a job is never in one. A file holds a
 * header and what QEMU wrote; only its owner may read it. It appears whole or not at all, and its
 * content is checked by a hash each time. Processes share the directory: who makes a snapshot holds
 * a lock for its key, and those that want the same one wait.
 *
 * A snapshot is only a shortcut: whatever is wrong with one is said in a line, and the guest boots.
 */
#ifndef TOOLS_GUEST_SNAPSHOT_H
#define TOOLS_GUEST_SNAPSHOT_H

#include "tools/base/progress.h"
#include "tools/guest/initrd.h"
#include "tools/guest/qemu.h"

enum {
	SNAPSHOT_KEY = 32,     /* bytes of a key, and of a hash */
	SNAPSHOT_HEADER = 4096 /* bytes before what QEMU wrote */
};

/* What all snapshots may take. The least recently used ones go. Another limit, or 0 for none at
 * all, by the environment: FOLIOSTORM_SNAPSHOTS=8G. */
#define SNAPSHOTS_MAX   (UINT64_C(4) << 30)
#define SNAPSHOTS_LIMIT "FOLIOSTORM_SNAPSHOTS"

struct snapshot {
	int fd; /* open for reading at what QEMU wrote; negative: there is none */
	unsigned char key[SNAPSHOT_KEY];
	char path[PATH_MAX];
};

/*
 * Opens the snapshot of a guest, which is made first if there is none. about: a line for people,
 * such as the kernel's name. progress: shows that it boots. Returns 0; -EINTR stop_wanted(); other
 * -errno: it is to be booted instead, and the reason was reported where the user can do something
 * about it.
 */
int snapshot_obtain(struct snapshot *snapshot, const struct qemu_config *qemu,
		    const struct initrd_archives *archives, struct progress *progress);

/* Reads the whole file. Returns 0; -EBADMSG it is not what was written; -errno it cannot be read.
 * Not reported. */
int snapshot_check(const struct snapshot *snapshot);

/* Removes it from the cache, if it is still that one; stays open. */
void snapshot_discard(const struct snapshot *snapshot);

void snapshot_close(struct snapshot *snapshot);

/* For snapshot_obtain() and tests: */

/* key: gets SNAPSHOT_KEY bytes. Returns 0 or -ENOMEM. */
int snapshot_key(const struct qemu_config *qemu, const struct initrd_archives *archives,
		 unsigned char *key);

/* Opens the one of snapshot->key and marks it as used. Returns 0; -ENOENT there is none; -EBADMSG
 * it is cut short or foreign; other -errno. Not reported. */
int snapshot_open(struct snapshot *snapshot);

/*
 * Keeps the file `to`, unnamed in the directory of snapshots and written from SNAPSHOT_HEADER on,
 * under snapshot->key, then evicts others until all fit into the limit. Returns 0; -EFBIG it is
 * larger than the limit alone; -errno; not reported.
 */
int snapshot_keep(const struct snapshot *snapshot, int to, const char *about, uint64_t limit);

/* The directory of snapshots, made if need be. Returns path, which holds `size` bytes; NULL, with
 * errno, if it cannot be made. */
const char *snapshot_directory(char *path, size_t size);

/* Hands each snapshot to `line` as a line for people, the least recently used one first, and
 * removes them if asked to. Returns how many there are, or how many could not be removed. line: or
 * NULL. */
int snapshot_list(bool remove, void (*line)(const char *text));

#endif
