/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A power cut: it loses unsynced data and changes, and never synced ones.
 *
 * Two things are recorded until they are durable.
 * - Data: the bytes of each page of 4 KiB before its first write. A sync makes durable what was
 *   written when it began, so each sync begins a generation: a page that is written during a sync
 *   gets another version, of its bytes when that generation began. A sync that succeeds drops the
 *   versions older than its generation; a page's oldest remaining version is the durable one. A
 *   sync does not cover a write that has not ended when it begins. A write with O_DSYNC, when it
 *   ends, makes the pages that it touched durable as they are then. On the data path daemon the
 *   kernel syncs the whole file after it (generic_write_sync(), 6.18).
 * - A log of changes, in order: names made, moved and removed, with the file that had the name
 *   before; truncations; holes punched and ranges zeroed; space allocated; owner, mode, times and
 *   extended attributes. With LOSE_ORDERED the log is like that of XFS and ext4: a sync makes it
 *   durable up to the last change of the synced file or directory (xfs_fsync_seq(),
 *   fs/xfs/xfs_file.c, 6.18; ext4_fsync_journal(), fs/ext4/fsync.c, 6.18). fsync counts a write as
 *   a change, for its time stamp; fdatasync counts it only if it extended the file or filled a
 *   hole. Of a file's names fdatasync counts the one that the file was made with; renames, links
 *   and removals only fsync counts. ext4 writes no log for them at an fdatasync of the file, and
 *   does at one of the directory; XFS writes it in each case (measured on 6.18.44: transactions in
 *   /proc/fs/jbd2/DEVICE/info, log writes in /sys/fs/xfs/DEVICE/stats/stats, before and after the
 *   call). With LOSE_ANY a sync makes durable only the changes of that file or of the names in that
 *   directory, as POSIX requires; a rename stays one change.
 *
 * The backing file system has everything, so killing the layer loses nothing. A crash restores the
 * durable state there. A removed file is kept open. If it has no name left, it comes back as a new
 * file with the same bytes, owner, mode, times and extended attributes, and another inode number.
 *
 * sync(2) and syncfs(2) do not count as syncs, since the kernel does not pass them to a file system
 * of type fuse: fuse_sync_fs() (fs/fuse/inode.c, 5.14 and later) sends FUSE_SYNCFS only if
 * fc->sync_fs is set, as for virtiofs, and from 6.18 on for fuseblk. Measured on 6.18.44: the layer
 * gets the pages stored through mappings as writes, and nothing else. The same holds for
 * sync_file_range(2), which makes nothing durable on any file system that allocates on write.
 *
 * Stores through a mapping arrive as writes when the kernel writes them back. Before a crash with
 * LOSE_SERVE the kernel writes back all dirty pages; a store during that counts as made after the
 * crash. Before 6.16 the kernel writes back copies of the pages, and does not wait for a copy that
 * is on its way (fuse_writepage_locked(), fs/fuse/file.c): such a store may survive there. After a
 * crash with LOSE_FAIL no writes get through.
 *
 * Attributes that a write or a truncation changes as a side effect (times, setuid) are not lost by
 * themselves. fdatasync need not make any durable (ext4_update_inode_fsync_trans(),
 * fs/ext4/ext4_jbd2.h, 6.18).
 *
 * Pages are recorded in an unnamed temporary file in $TMPDIR, /var/tmp or /tmp, up to its free
 * space; a file with unsynced data or changes takes a descriptor. What cannot be recorded survives,
 * and the crash reports it.
 */
#ifndef INJECTOR_RULES_LOSE_H
#define INJECTOR_RULES_LOSE_H

#include "injector/rules/hooks.h"

#include <pthread.h>
#include <stdatomic.h>

/* Bytes of a page; number of unsynced writes that lose_keep can list. */
enum { LOSE_PAGE = 4096, LOSE_WRITES = 256 };

/* After a crash. */
enum lose_then {
	LOSE_FAIL,  /* all requests fail with EIO */
	LOSE_SERVE, /* the layer goes on with the durable state */
};

/* Which changes a sync makes durable, see above. */
enum lose_names { LOSE_ORDERED, LOSE_ANY };

/* Where surviving data end early, by the seed. */
enum lose_torn {
	LOSE_UNTORN,
	LOSE_TORN_PAGE,   /* the last listed write: at a page */
	LOSE_TORN_SECTOR, /* the last listed write, or each random page: at a sector, 512 bytes */
};

/* Unsynced data and changes that survive nevertheless. */
struct lose_keep {
	enum {
		LOSE_NONE,
		LOSE_RANDOM, /* a random choice of pages and of changes, by the seed */
		LOSE_LISTED, /* these writes; no changes */
	} kind;
	uint64_t writes[LOSE_WRITES / 64]; /* a bit for each, in the order in which they ended */
};

struct lose_settings {
	int then, names, torn; /* the enums above */
	struct lose_keep keep;
};

struct lose_file;
struct lose_write;
struct lose_sync;
struct lose_change;

/* Pages in an unnamed temporary file, by slot. */
struct lose_spill {
	int fd;           /* -1: not made yet */
	uint64_t pages;   /* slots of the file */
	uint64_t *unused; /* free slots */
	size_t unused_count, unused_room;
};

struct lose {
	pthread_mutex_t crash; /* held during a whole crash; before gate */
	pthread_rwlock_t
		gate; /* read: during a request with a plan; write: restoring; before lock */
	pthread_mutex_t lock; /* of all below */
	void *tree;           /* of the files, by tsearch(3) */
	struct lose_file *files;
	struct lose_write *writes; /* in progress */
	struct lose_write *put;    /* ended, not durable; only with each_write */
	struct lose_write **last_put;
	struct lose_sync *syncs;          /* in progress */
	struct lose_change *pending;      /* in progress */
	struct lose_change *first, *last; /* the log: ended, not durable */
	void *objects, *known;            /* see lose_parts.h */
	uint64_t log_end;                 /* number of the last change */
	struct lose_spill spill;
	struct hook_request any; /* a copied request, to call the layer's lookups */
	uint64_t generation, crashes, seed;
	uint64_t missed;          /* writes and changes that could not be recorded */
	_Atomic bool knows_layer; /* any is set */
	_Atomic bool used;        /* a write or change has been seen */
	_Atomic bool tracks;      /* records all writes and changes, see lose_track() */
	_Atomic bool off;         /* has crashed with LOSE_FAIL */
	bool any_order, each_write;
	bool ended; /* the layer has: nothing is recorded, and no request copied */
};

struct lose_report {
	uint64_t files, pages; /* with unsynced data */
	uint64_t lost;         /* pages that lost bytes */
	uint64_t bytes;        /* lost */
	uint64_t changes;      /* undone */
	uint64_t kept;         /* unsynced changes that survive */
	uint64_t missed;       /* unsynced writes and changes that survive because they could not
				  be recorded */
	int error;             /* the first -errno, or 0; see lose_crash() */
	bool made;             /* false: writeback did not finish, or all requests fail already */
};

/* Is told what a crash loses. */
struct lose_witness {
	/* A file has lost bytes, or a name leads elsewhere or is gone (is_name, bytes 0). path: of
	 * the backing file system. */
	void (*lost)(void *context, const char *path, bool is_name, uint64_t bytes);
	void *context;
};

void lose_init(struct lose *lose, uint64_t seed);
void lose_destroy(struct lose *lose);

/* all: records all writes and changes from now on; false: only those by lose_write_begins().
 * any_order: LOSE_ANY. each_write: keeps each write apart, so that a crash can keep listed ones. */
void lose_track(struct lose *lose, bool all, bool any_order, bool each_write);

/* A request has come. The first one is copied, to reach the layer until it ends. */
void lose_sees(struct lose *lose, const struct hook_request *request);

/* Whether a request is a write, sync or change that lose_track() wants recorded. */
bool lose_concerns(const struct lose *lose, const struct hook_request *request);

/*
 * The calling thread is about to work on a request. Records its write or change, if concerned.
 * Returns 0: the same thread calls lose_leaves() after the request. Returns EIO after a crash with
 * LOSE_FAIL: the request must fail, without lose_leaves(). A crash waits until all have left.
 */
int lose_enters(struct lose *lose, const struct hook_request *request);
void lose_leaves(struct lose *lose);

/* Whether it has crashed with LOSE_FAIL. */
static inline bool lose_is_off(const struct lose *lose)
{
	return atomic_load_explicit(&lose->off, memory_order_acquire);
}

/*
 * A request is about to write `size` bytes at `offset`. Returns the bytes recorded for it; or
 * -errno: it is not recorded, and the next crash reports that.
 */
int64_t lose_write_begins(struct lose *lose, const struct hook_request *request, uint64_t offset,
			  uint64_t size);

/* A request is about to sync a file or directory. */
void lose_sync_begins(struct lose *lose, const struct hook_request *request);

/* Drops the unsynced data of the request's file, as after a failed writeback: restores the durable
 * bytes beneath, counts them as synced, and leaves the kernel's cache. Size and times stay. Returns
 * the bytes restored. */
uint64_t lose_drop(struct lose *lose, const struct hook_request *request);

/* A request has ended. result: bytes of a write, 0 of others; negative errno: it failed or was not
 * executed. Does nothing for one that has not begun. */
void lose_ends(struct lose *lose, const struct hook_request *request, int result);

/* A file was truncated to `size` bytes, which is durable at once; for files whose changes are not
 * recorded. */
void lose_cut(struct lose *lose, const struct hook_request *request, uint64_t size);

/* Nobody has a file open, and the kernel has forgotten it. One without a name cannot lose data, and
 * is forgotten here, too, unless a change in the log may restore a name. */
void lose_forgets(struct lose *lose, uint64_t device, uint64_t inode);

/* The layer has ended: drops all records, and makes no more, so a crash has nothing to lose.
 * Requests may still come. */
void lose_layer_ended(struct lose *lose);

/*
 * Restores the durable state, and has the kernel drop its caches. witness: may be NULL. Not between
 * lose_enters() and lose_leaves(); with LOSE_SERVE not from a hook at all, since it waits for
 * writeback. With the error -ETIMEDOUT nothing is lost: writeback does not finish, for instance
 * because a rule holds its requests.
 */
struct lose_report lose_crash(struct lose *lose, const struct lose_settings *settings,
			      const struct lose_witness *witness);

#endif
