/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state that the parts of the layer share: one mount and its threads. */
#ifndef FUSEFS_STATE_H
#define FUSEFS_STATE_H

#include "fusefs/delay_queue.h"
#include "fusefs/inode.h"
#include "fusefs/layer.h"

#include <fuse3/fuse_lowlevel.h>
#include <stdatomic.h>

/* A thread of the layer. */
struct worker {
	struct layer *layer;
	pthread_t thread;
	bool started;
	bool takes_delayed; /* takes items of the delay queue, not new requests */
	int device_fd;      /* that it reads requests from: its own clone, or the layer's */
	void *receive_area; /* page aligned; see worker.c for what goes where */
	void *read_area;    /* page aligned, for the answer to a read */
};

/* One mount. Fields are constant once the workers run, unless atomic or locked. */
struct layer {
	const struct layer_config *config;
	const char *mountpoint; /* absolute: the process may change its directory */
	struct inode_table inodes;
	struct inode *root;
	struct fuse_session *session;
	int device_fd;       /* of the session, which closes it */
	int proc_fd;         /* /proc/self/fd */
	size_t receive_size; /* bytes of the longest request */
	struct layer_negotiated negotiated;
	int init_error;        /* why INIT was refused, or 0 */
	uint64_t mount_id;     /* by statx(2); 0: not mounted */
	uint64_t kernel_flags; /* what the kernel offered: INIT_* */

	struct worker *workers;
	unsigned int worker_count;
	_Atomic bool stops;           /* workers take no more requests */
	_Atomic unsigned int readers; /* workers that still take requests */
	int ended_fd;                 /* eventfd: no worker takes requests any more */
	struct delay_queue delays;
	_Atomic uint64_t renames; /* through the mount */
	_Atomic uint64_t opens;   /* handles made so far */
	uint64_t on_handles;      /* HOOK_BIT() of operations on handles */
	bool keeps_writes;        /* writeback caching, see cache_may_keep_writes() */
	enum layer_cache cache;   /* in effect, see cache_begin(); never LAYER_CACHE_WRITEBACK */
	struct {
		pthread_t thread;
		int fd, stop; /* fanotify group, eventfd */
		bool runs;
	} watch;
	struct delay_queue evictions; /* see evictor.c */
	pthread_t evictor;
	bool evicts;
};

/* The layer that a libfuse request belongs to. */
static inline struct layer *layer_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

/* The inode of a node ID, which is the inode's address, except for FUSE_ROOT_ID. */
static inline struct inode *inode_of(const struct layer *layer, uint64_t nodeid)
{
	return nodeid == FUSE_ROOT_ID ? layer->root : (struct inode *)(uintptr_t)nodeid;
}

#endif
