/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/lookups.h"
#include "fusefs/cache.h"
#include "fusefs/handle.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { WRITE_BACK_SECONDS = 5 };

/* Somebody waits until all evictions have been made that were there before. */
struct waiter {
	sem_t reached;
	_Atomic unsigned int users; /* the last one frees it */
};

/* What the kernel is to drop from its cache: a part of a file, or a name. */
struct eviction {
	struct delayed delayed;
	uint64_t nodeid, offset, length;
	char *name;            /* it is this name in the directory; owned; NULL: a part of a file */
	struct waiter *waiter; /* it is none, but is waited for; else NULL */
};

/* What the backing file system calls it, without what it lies in. link: of /proc. */
static char *read_path(const struct layer *layer, const struct inode *inode, const char *link)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX + sizeof(deleted)];
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	size_t root = layer->root_path_length, end;

	if (length < 0)
		return NULL;
	path[length] = '\0';
	end = (size_t)length;
	if (end > sizeof(deleted) - 1 && !strcmp(path + end - sizeof(deleted) + 1, deleted))
		path[end - sizeof(deleted) + 1] = '\0';
	if (inode == layer->root || (size_t)length <= root)
		return strdup("/");
	return strdup(path[root] == '/' ? path + root + 1 : path + root);
}

static const char *path_of(struct layer *layer, struct inode *inode, bool anew, char *text,
			   size_t size)
{
	uint64_t names = atomic_load(&layer->renames);
	char link[PROC_PATH_SIZE];

	inode_path(layer, inode, link);
	pthread_mutex_lock(&inode->lock);
	if (!inode->path || inode->path_renames != names || anew) {
		free(inode->path);
		inode->path = read_path(layer, inode, link);
		inode->path_renames = names;
	}
	snprintf(text, size, "%s", inode->path ?: "");
	pthread_mutex_unlock(&inode->lock);
	return text;
}

const char *layer_path_of(struct layer *layer, struct inode *inode, char *text, size_t size)
{
	return path_of(layer, inode, false, text, size);
}

static const char *look_up_path(const struct hook_request *request, char *text, size_t size)
{
	struct layer *layer = request->layer;
	size_t used;

	*text = '\0';
	if (!request->nodeid)
		return text;
	path_of(layer, inode_of(layer, request->nodeid), request->opcode == FUSE_OPEN, text, size);
	if (!request->name)
		return text;
	used = !strcmp(text, "/") ? 0 : strlen(text);
	if (used < size)
		snprintf(text + used, size - used, "%s%s", used ? "/" : "", request->name);
	return text;
}

static int64_t look_up_size(const struct hook_request *request)
{
	const struct layer *layer = request->layer;
	struct stat status;

	if (!request->nodeid)
		return -ENOENT;
	if (fstat(inode_fd(&layer->inodes, inode_of(layer, request->nodeid)), &status))
		return -errno;
	return S_ISREG(status.st_mode) ? status.st_size : -EINVAL;
}

static int open_file(const struct hook_request *request, int flags)
{
	const struct layer *layer = request->layer;
	int fd;

	if (!request->nodeid)
		return -ENOENT;
	fd = inode_open(layer, inode_of(layer, request->nodeid), flags);
	return fd < 0 ? -errno : fd;
}

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

void lookups_evict(struct layer *layer, uint64_t nodeid, const char *name)
{
	const struct eviction eviction = { .nodeid = nodeid, .name = name ? strdup(name) : NULL };

	if (!name || eviction.name)
		(void)put_eviction(layer, &eviction, 0);
}

static int evict(const struct hook_request *request, uint64_t offset, uint64_t length, uint64_t at)
{
	const struct eviction eviction = {
		.nodeid = request->nodeid,
		.offset = offset,
		.length = length,
	};

	return put_eviction(request->layer, &eviction, at);
}

/* Pages can be dirty only while their file is open for writing: its mappings keep it open. */
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
 * By dropping what is cached: the kernel writes a dirty page back first, and waits for it
 * (fuse_launder_folio(), 6.18). That syncfs(2) waits cannot be relied upon: for file systems of type
 * fuse the kernel only wakes the flusher (AS_NO_DATA_INTEGRITY, wait_sb_inodes(), fs/fs-writeback.c,
 * 6.19 and later stable kernels), or counts a page as written when it is copied (before 6.16).
 */
static int write_back(const struct hook_request *request)
{
	int r = evict_written(request->layer);

	return r ? r : wait_for_evictions(request->layer);
}

/* Paths are other ones now, too. */
static void forget(const struct hook_request *request)
{
	struct layer *layer = request->layer;

	atomic_fetch_add(&layer->renames, 1);
	cache_forget_all(layer);
}

const struct hook_lookups layer_lookups = {
	.path = look_up_path,
	.size = look_up_size,
	.open = open_file,
	.evict = evict,
	.write_back = write_back,
	.forget = forget,
};

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
 * A thread of its own: the kernel waits for pages that are being read, and those may need every
 * worker there is.
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
	if (layer->evicts) {
		delay_queue_stop(&layer->evictions);
		pthread_join(layer->evictor, NULL);
		layer->evicts = false;
	}
	delay_queue_destroy(&layer->evictions, free_eviction);
}
