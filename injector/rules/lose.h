/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Losing what was written and not synced, as a power cut does: the durable bytes of each page are
 * kept from before its first write until a sync covers it, and put back on a crash.
 *
 * A sync makes durable what was written when it began, so each begins a generation: a page that is
 * written while a sync is under way is kept once more, as it was when that generation began. A sync
 * that succeeds drops what is older than its generation; the oldest version that a page has left is
 * what is durable of it. A write that has not ended when a sync begins is not covered by it. A write
 * with O_DSYNC makes durable, when it has ended, the pages that it touched, as they are then. On the
 * data path daemon the kernel has the whole file synced after it (generic_write_sync(), 6.18), which
 * is a sync like any other.
 *
 * What does not count as a sync: sync(2) and syncfs(2). The kernel does not tell a file system of
 * type fuse of them: fuse_sync_fs() (fs/fuse/inode.c, 5.14 and later) sends FUSE_SYNCFS only where
 * fc->sync_fs is set, which it is for virtiofs, and from 6.18 on for fuseblk. Measured on 6.18.44:
 * the layer gets the pages that were stored through mappings as writes, and nothing else.
 *
 * Stores through a mapping come as writes when the kernel writes them back. A crash has it write back
 * first all that is dirty; a store that is made meanwhile counts as made after the crash. Before 6.16
 * the kernel writes back copies of the pages, and cannot be made to wait for a copy that is on its way
 * already (fuse_writepage_locked(), fs/fuse/file.c): such a store may survive there.
 *
 * Only data that the layer itself writes is seen, not that of copy_file_range; names, attributes and
 * holes are not lost, but for the size that the lost bytes gave the file.
 */
#ifndef INJECTOR_RULES_LOSE_H
#define INJECTOR_RULES_LOSE_H

#include "injector/rules/hooks.h"

#include <pthread.h>
#include <stdatomic.h>

enum lose_how {
	LOSE_WHOLE, /* all of it */
	LOSE_PAGES, /* each page or not, by the seed */
	LOSE_TORN,  /* of each page what is behind some sector of 512 bytes, by the seed */
};

/* "whole", "pages", "torn"; NULL-terminated, by enum lose_how. */
extern const char *const lose_names[];

/* Bytes of a page, and bytes of memory that are kept at most by default. */
enum { LOSE_PAGE = 4096, LOSE_BYTES_MAX = 1 << 30 };

struct lose_file;
struct lose_write;
struct lose_sync;

struct lose {
	pthread_mutex_t crash; /* of a crash from its beginning to its end; before lock */
	pthread_mutex_t lock;  /* of all below */
	void *tree;            /* of the files, by tsearch(3) */
	struct lose_file *files;
	struct lose_write *writes; /* under way */
	struct lose_sync *syncs;   /* under way */
	struct hook_request any;   /* some request, to reach the layer by */
	uint64_t generation, crashes, seed;
	uint64_t bytes, bytes_max; /* of memory */
	uint64_t missed;           /* writes to files that could not be opened */
	_Atomic bool knows_layer;  /* any is set */
	_Atomic bool used;         /* some write has been seen */
};

struct lose_report {
	uint64_t files, pages; /* that had unsynced data */
	uint64_t lost;         /* pages of which something was lost */
	uint64_t bytes;        /* put back */
	uint64_t missed;       /* unsynced writes that could not be remembered: they survive */
	int error;             /* the first -errno of putting back, or 0 */
};

void lose_init(struct lose *lose, uint64_t seed);
void lose_destroy(struct lose *lose);

/* Any request has come. */
void lose_sees(struct lose *lose, const struct hook_request *request);

/*
 * A write of `size` bytes at `offset` is about to be made by this request. Returns the bytes that
 * were kept for it; or -errno: it is not remembered, and the next crash says so. -ENOBUFS: bytes_max
 * is reached.
 */
int64_t lose_write_begins(struct lose *lose, const struct hook_request *request, uint64_t offset,
			  uint64_t size);

/* A file is about to be synced by this request. */
void lose_sync_begins(struct lose *lose, const struct hook_request *request);

/* What was written to the file of a request and not synced is taken for synced, but is not there: the
 * durable bytes are put back beneath what the kernel caches. Size and times stay. Returns how many
 * bytes. */
uint64_t lose_drop(struct lose *lose, const struct hook_request *request);

/* A request has ended. result: bytes of a write, 0 of a sync; negative errno: it failed, or was not
 * made at all. Harmless for one that has not begun. */
void lose_ends(struct lose *lose, const struct hook_request *request, int result);

/* A file was cut to `size` bytes: what was behind is gone for good. */
void lose_cut(struct lose *lose, const struct hook_request *request, uint64_t size);

/* The layer has ended: forgets all, so that a crash has nothing to lose. */
void lose_layer_ended(struct lose *lose);

/*
 * Has the kernel write back what was stored through mappings, puts the durable bytes back, and has
 * the kernel drop what it caches of the files. With the error -ETIMEDOUT nothing is lost: the kernel
 * does not get to an end, for instance because a rule holds what it writes back or reads.
 */
struct lose_report lose_crash(struct lose *lose, enum lose_how how);

#endif
