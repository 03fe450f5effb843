/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A power cut: what was not synced is lost, and what was synced never is.
 *
 * Two things are remembered until they are durable.
 * - Data: of each page of 4 KiB the bytes that it had before its first write. A sync makes durable
 *   what was written when it began, so each begins a generation: a page that is written while a
 *   sync is under way is kept once more, as it was when that generation began. A sync that succeeds
 *   drops what is older than its generation; the oldest version that a page has left is what is
 *   durable of it. A write that has not ended when a sync begins is not covered by it. A write with
 *   O_DSYNC makes durable, when it has ended, the pages that it touched, as they are then. On the
 *   data path daemon the kernel has the whole file synced after it (generic_write_sync(), 6.18).
 * - A log of changes, in order: names made, moved and removed, with the file that had the name
 *   before; truncations; holes punched and ranges zeroed; space allocated; owner, mode, times and
 *   extended attributes. By LOSE_ORDERED the log is that of XFS and ext4: a sync makes it durable
 *   up to the last change of the file or directory that is synced, with all that came before
 *   (xfs_fsync_seq(), fs/xfs/xfs_file.c, 6.18; ext4_fsync_journal(), fs/ext4/fsync.c, 6.18). fsync
 *   counts a write as a change, for its time stamp; fdatasync does only where the file has grown or
 *   a hole was filled. By LOSE_ANY a sync makes durable the changes of that file or of the names in
 *   that directory alone, as POSIX has it; a rename stays one change.
 *
 * Beneath, everything has been done: so a layer that is killed loses nothing. A crash puts back. A
 * file that was removed is kept open; one that has no name left comes back as another file with the
 * same bytes, owner, mode, times and extended attributes, and a new inode number.
 *
 * What does not count as a sync: sync(2) and syncfs(2). The kernel does not tell a file system of
 * type fuse of them: fuse_sync_fs() (fs/fuse/inode.c, 5.14 and later) sends FUSE_SYNCFS only where
 * fc->sync_fs is set, which it is for virtiofs, and from 6.18 on for fuseblk. Measured on 6.18.44:
 * the layer gets the pages that were stored through mappings as writes, and nothing else. The same
 * is true of sync_file_range(2), which makes nothing durable on any file system that allocates on
 * write.
 *
 * Stores through a mapping come as writes when the kernel writes them back. A crash after which the
 * layer serves on has it write back first all that is dirty; a store that is made meanwhile counts
 * as made after the crash. Before 6.16 the kernel writes back copies of the pages, and cannot be
 * made to wait for a copy that is on its way already (fuse_writepage_locked(), fs/fuse/file.c):
 * such a store may survive there. After a crash that ends the layer nothing comes through any more.
 *
 * Attributes that a write or a truncation changes by the way (times, setuid) are not lost by
 * themselves. fdatasync need not make any durable (ext4_update_inode_fsync_trans(),
 * fs/ext4/ext4_jbd2.h, 6.18).
 *
 * How much can be remembered: the pages lie in an unnamed file in $TMPDIR or /var/tmp, as much as
 * it has room for; a removed file takes a descriptor. What cannot be remembered survives, and the
 * crash says so.
 */
#ifndef INJECTOR_RULES_LOSE_H
#define INJECTOR_RULES_LOSE_H

#include "injector/rules/hooks.h"

#include <pthread.h>
#include <stdatomic.h>

/* Bytes of a page; unsynced writes that lose_keep can name. */
enum { LOSE_PAGE = 4096, LOSE_WRITES = 256 };

enum lose_then {
	LOSE_FAIL,  /* all requests fail with EIO from then on */
	LOSE_SERVE, /* it goes on with what is left */
};

enum lose_names { LOSE_ORDERED, LOSE_ANY };

enum lose_torn {
	LOSE_UNTORN,
	LOSE_TORN_PAGE,   /* of what is kept of a write what is behind some page is lost */
	LOSE_TORN_SECTOR, /* the same of a page or write, and some sector of 512 bytes */
};

/* What of the unsynced is kept all the same. */
struct lose_keep {
	enum {
		LOSE_NONE,
		LOSE_RANDOM, /* each page or not, and so of the changes, by the seed */
		LOSE_LISTED, /* these writes; of the changes none */
	} kind;
	uint64_t writes[LOSE_WRITES / 64]; /* a bit for each, in the order in which they came */
};

struct lose_settings {
	int then, names, torn; /* the enums above */
	struct lose_keep keep;
};

struct lose_file;
struct lose_write;
struct lose_sync;
struct lose_change;

/* Pages in a file, by number. */
struct lose_spill {
	int fd;         /* -1: not made yet */
	uint64_t pages; /* that it has */
	uint64_t *unused;
	size_t unused_count, unused_room;
};

struct lose {
	pthread_mutex_t crash; /* of a crash from its beginning to its end; before gate */
	pthread_rwlock_t
		gate; /* read by whoever works on a request that alters something; before lock */
	pthread_mutex_t lock; /* of all below */
	void *tree;           /* of the files, by tsearch(3) */
	struct lose_file *files;
	struct lose_write *writes; /* under way */
	struct lose_write *put;    /* that have ended, not durable; only where writes are listed */
	struct lose_write **last_put;
	struct lose_sync *syncs;          /* under way */
	struct lose_change *pending;      /* changes under way */
	struct lose_change *first, *last; /* the log: those that are not durable */
	void *objects, *known;            /* see lose_parts.h */
	uint64_t log_end;                 /* number of the last change */
	struct lose_spill spill;
	struct hook_request any; /* some request, to reach the layer by */
	uint64_t generation, crashes, seed;
	uint64_t missed;          /* writes to files that could not be opened, changes not kept */
	_Atomic bool knows_layer; /* any is set */
	_Atomic bool used;        /* some write or change has been seen */
	_Atomic bool tracks;      /* all that is written and changed, not only what it is told of */
	_Atomic bool off;         /* it has crashed for good */
	bool any_order, each_write;
};

struct lose_report {
	uint64_t files, pages; /* that had unsynced data */
	uint64_t lost;         /* pages of which something was lost */
	uint64_t bytes;        /* put back */
	uint64_t changes;      /* of names, sizes and space that were undone */
	uint64_t kept;         /* unsynced changes that were not */
	uint64_t missed;       /* unsynced writes and changes that could not be remembered: they
				  survive */
	int error;             /* the first -errno of putting back, or 0 */
};

/* Told of what a crash takes. */
struct lose_witness {
	/* Of a file: how many bytes; of a name that is another one's or nobody's now: 0. path:
	 * beneath, as the kernel says it. */
	void (*lost)(void *context, const char *path, bool is_name, uint64_t bytes);
	void *context;
};

void lose_init(struct lose *lose, uint64_t seed);
void lose_destroy(struct lose *lose);

/* Remembers all that is written and changed from now on, or only what it is told of. any_order: by
 * LOSE_ANY. each_write: so that a crash can keep listed writes. */
void lose_track(struct lose *lose, bool all, bool any_order, bool each_write);

/* Any request has come. */
void lose_sees(struct lose *lose, const struct hook_request *request);

/* Whether a request alters or syncs something, and that is to be remembered. */
bool lose_concerns(const struct lose *lose, const struct hook_request *request);

/*
 * A request is about to be worked on by the calling thread, which calls lose_leaves() when it is
 * done. Returns 0; or EIO: it must not be, since it has crashed; nothing is to be left then. A
 * crash waits until all have left.
 */
int lose_enters(struct lose *lose, const struct hook_request *request);
void lose_leaves(struct lose *lose);

/* Whether a crash has ended it for good. */
static inline bool lose_is_off(const struct lose *lose)
{
	return atomic_load_explicit(&lose->off, memory_order_acquire);
}

/*
 * A write of `size` bytes at `offset` is about to be made by this request. Returns the bytes that
 * were kept for it; or -errno: it is not remembered, and the next crash says so.
 */
int64_t lose_write_begins(struct lose *lose, const struct hook_request *request, uint64_t offset,
			  uint64_t size);

/* A file or directory is about to be synced by this request. */
void lose_sync_begins(struct lose *lose, const struct hook_request *request);

/* What was written to the file of a request and not synced is taken for synced, but is not there:
 * the durable bytes are put back beneath what the kernel caches. Size and times stay. Returns how
 * many bytes. */
uint64_t lose_drop(struct lose *lose, const struct hook_request *request);

/* A request has ended. result: bytes of a write, 0 of others; negative errno: it failed, or was not
 * made at all. Does nothing for one that has not begun. */
void lose_ends(struct lose *lose, const struct hook_request *request, int result);

/* A file was cut to `size` bytes, which is durable at once. */
void lose_cut(struct lose *lose, const struct hook_request *request, uint64_t size);

/* The layer has ended: forgets all, so that a crash has nothing to lose. */
void lose_layer_ended(struct lose *lose);

/*
 * Puts back what is durable, and has the kernel drop what it caches. Not from a request that has
 * entered; with LOSE_SERVE not from a hook at all, because it waits for the kernel to write back
 * what was stored through mappings. With the error -ETIMEDOUT nothing is lost: the kernel does not
 * get to an end with that, for instance because a rule holds what it writes back or reads. witness:
 * may be NULL.
 */
struct lose_report lose_crash(struct lose *lose, const struct lose_settings *settings,
			      const struct lose_witness *witness);

#endif
