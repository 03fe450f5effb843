/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/evictor.h"
#include "fusefs/handle.h"

#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WRITE_BACK_SECONDS = 5 };

/* Waits for the evictions queued before. */
struct waiter {
	sem_t reached;
	_Atomic unsigned int users; /* the last one frees it */
};

/* An item of the queue: a part of a file or a name for the kernel to drop, or a waiter. */
struct eviction {
	struct delayed delayed;
	uint64_t nodeid, offset, length;
	char *name;            /* in the directory; owned; NULL: a part of a file */
	struct waiter *waiter; /* NULL: none */
};

static int put_eviction(struct layer *layer, const struct eviction *what, uint64_t at)
{
	struct eviction *eviction = malloc(sizeof(*eviction));
	int r = -ENOMEM;

	if (!eviction) {
		free(what->name);
		return r;
	}
	*eviction = *what;
	if (layer->evicts)
		r = delay_queue_put(&layer->evictions, &eviction->delayed, at);
	if (r) {
		free(eviction->name);
		free(eviction);
	}
	return r;
}

void evictor_drop(struct layer *layer, uint64_t nodeid, const char *name)
{
	const struct eviction eviction = { .nodeid = nodeid, .name = name ? strdup(name) : NULL };

	if (!name || eviction.name)
		(void)put_eviction(layer, &eviction, 0);
}

int evictor_drop_range(struct layer *layer, uint64_t nodeid, uint64_t offset, uint64_t length,
		       uint64_t at)
{
	const struct eviction eviction = {
		.nodeid = nodeid,
		.offset = offset,
		.length = length,
	};

	return put_eviction(layer, &eviction, at);
}

/* Queues the files open for writing: only they have dirty pages, since mappings keep them open. */
static int evict_written(struct layer *layer)
{
	size_t count;
	struct inode **all = inode_table_all(&layer->inodes, &count);
	int r = all ? 0 : -ENOMEM;

	for (size_t i = 0; i < count; i++) {
		const struct eviction eviction = {
			.nodeid = all[i] == layer->root ? FUSE_ROOT_ID : (uintptr_t)all[i],
		};

		if (!r && inode_is_written(all[i]))
			r = put_eviction(layer, &eviction, 0);
		inode_table_put(&layer->inodes, all[i], 1);
	}
	free(all);
	return r;
}

static void leave(struct waiter *waiter)
{
	if (atomic_fetch_sub(&waiter->users, 1) > 1)
		return;
	sem_destroy(&waiter->reached);
	free(waiter);
}

static int wait_for_evictions(struct layer *layer)
{
	struct eviction eviction = { .waiter = malloc(sizeof(*eviction.waiter)) };
	struct timespec until;
	int r;

	if (!eviction.waiter)
		return -ENOMEM;
	sem_init(&eviction.waiter->reached, 0, 0);
	atomic_init(&eviction.waiter->users, 2);
	r = put_eviction(layer, &eviction, 0);
	if (r)
		leave(eviction.waiter);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += WRITE_BACK_SECONDS;
	while (!r && sem_clockwait(&eviction.waiter->reached, CLOCK_MONOTONIC, &until))
		if (errno != EINTR)
			r = -errno;
	leave(eviction.waiter);
	return r;
}

/*
 * Drops the cached pages: the kernel writes a dirty page back first, and waits for that
 * (fuse_launder_folio(), 6.18). syncfs(2) does not always wait on a FUSE file system: the kernel
 * only wakes the flusher (AS_NO_DATA_INTEGRITY, wait_sb_inodes(), fs/fs-writeback.c, 6.19 and later
 * stable kernels), or counts a page as written when it is copied (before 6.16).
 */
int evictor_write_back(struct layer *layer)
{
	int r = evict_written(layer);

	return r ? r : wait_for_evictions(layer);
}

static void free_eviction(struct delayed *delayed)
{
	struct eviction *eviction = (struct eviction *)delayed;

	if (eviction->waiter) {
		sem_post(&eviction->waiter->reached);
		leave(eviction->waiter);
	}
	free(eviction->name);
	free(eviction);
}

/*
 * In its own thread: the kernel waits for reads in progress, and these may need every worker.
 */
static void *run_evictor(void *context)
{
	struct layer *layer = context;
	struct delayed *delayed;

	while ((delayed = delay_queue_take(&layer->evictions))) {
		const struct eviction *eviction = (const struct eviction *)delayed;

		if (eviction->name)
			fuse_lowlevel_notify_inval_entry(layer->session, eviction->nodeid,
							 eviction->name, strlen(eviction->name));
		else if (!eviction->waiter)
			fuse_lowlevel_notify_inval_inode(layer->session, eviction->nodeid,
							 (off_t)eviction->offset,
							 (off_t)eviction->length);
		free_eviction(delayed);
	}
	return NULL;
}

int evictor_start(struct layer *layer)
{
	int r = delay_queue_init(&layer->evictions);

	if (r)
		return r;
	r = -pthread_create(&layer->evictor, NULL, run_evictor, layer);
	layer->evicts = !r;
	return r;
}

void evictor_stop(struct layer *layer)
{
	if (!layer->evicts)
		return;
	delay_queue_stop(&layer->evictions);
	pthread_join(layer->evictor, NULL);
}

void evictor_release(struct layer *layer)
{
	layer->evicts = false;
	delay_queue_destroy(&layer->evictions, free_eviction);
}
