/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snapshots of guests that have booted and wait for a job, as files in the user's cache
 * (snapshots/KEY.snapshot). The key is a hash of everything that defines the guest: kernel,
 * modules, programs, QEMU and its command line. A snapshot never contains a job. The file is a
 * header and QEMU's migration stream; only its owner may read it. It is written atomically, and
 * each use checks its hash. A process that makes a snapshot holds a lock for its key; others that
 * need the same one wait.
 *
 * A snapshot only saves time: if it cannot be used, this is reported, and the guest boots.
 */
#ifndef TOOLS_GUEST_SNAPSHOT_H
#define TOOLS_GUEST_SNAPSHOT_H

#include "tools/base/progress.h"
#include "tools/guest/initrd.h"
#include "tools/guest/qemu.h"

enum {
	SNAPSHOT_KEY = 32,     /* bytes of a key, and of a hash */
	SNAPSHOT_HEADER = 4096 /* bytes before QEMU's part */
};

/* Limit of all snapshots together, in bytes; the least recently used ones are removed. The
 * environment may set another limit, FOLIOSTORM_SNAPSHOTS=8G; 0 disables snapshots. */
#define SNAPSHOTS_MAX   (UINT64_C(4) << 30)
#define SNAPSHOTS_LIMIT "FOLIOSTORM_SNAPSHOTS"

struct snapshot {
	int fd; /* for reading, at QEMU's part; negative: no snapshot */
	unsigned char key[SNAPSHOT_KEY];
	char path[PATH_MAX];
};

/*
 * Opens the snapshot of a guest, and makes it first if there is none. progress: shows the boot for
 * it. Returns 0; -EINTR: stop_wanted(); other -errno: boot the guest instead. The reason is
 * reported if the user can do something about it. Close it with snapshot_close().
 */
int snapshot_obtain(struct snapshot *snapshot, const struct qemu_config *qemu,
		    const struct initrd_archives *archives, struct progress *progress);

/* Reads the whole file and compares its hash. Returns 0; -EBADMSG: it has changed; other -errno: it
 * cannot be read. Not reported. */
int snapshot_check(const struct snapshot *snapshot);

/* Removes the file from the cache, unless it was replaced. The snapshot stays open. */
void snapshot_discard(const struct snapshot *snapshot);

void snapshot_close(struct snapshot *snapshot);

/* For snapshot_obtain() and tests: */

/* Computes the key of a guest. key: gets SNAPSHOT_KEY bytes. Returns 0 or -ENOMEM (not
 * reported). */
int snapshot_key(const struct qemu_config *qemu, const struct initrd_archives *archives,
		 unsigned char *key);

/* Opens the snapshot of snapshot->key and marks it as used. Returns 0; -ENOENT: none; -EBADMSG: it
 * is truncated or another user's; other -errno. Not reported. */
int snapshot_open(struct snapshot *snapshot);

/*
 * Adds the header to the file `to` and links it as the snapshot of snapshot->key, then removes
 * others until all fit into the limit. to: unnamed, in the directory of snapshots, written from
 * SNAPSHOT_HEADER on. about: a line for people, with the kernel's name. Returns 0; -EFBIG: it alone
 * is larger than the limit; other -errno; not reported.
 */
int snapshot_keep(const struct snapshot *snapshot, int to, const char *about, uint64_t limit);

/* Gets the directory of snapshots, and creates it if missing. Returns path, which holds `size`
 * bytes; NULL with errno on failure. */
const char *snapshot_directory(char *path, size_t size);

/* Calls `line` with a line for people for each snapshot, the least recently used one first. line:
 * may be NULL. remove: also remove them. Returns how many are left. */
int snapshot_list(bool remove, void (*line)(const char *text));

#endif
