/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/lookups.h"
#include "fusefs/handle.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>

/* A part of a file that the kernel is to drop from its cache. */
struct eviction {
	struct delayed delayed;
	uint64_t nodeid, offset, length;
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

static void evict(const struct hook_request *request, uint64_t offset, uint64_t length, uint64_t at)
{
	struct layer *layer = request->layer;
	struct eviction *eviction = calloc(1, sizeof(*eviction));

	if (!eviction)
		return;
	eviction->nodeid = request->nodeid;
	eviction->offset = offset;
	eviction->length = length;
	if (!layer->evicts || delay_queue_put(&layer->evictions, &eviction->delayed, at))
		free(eviction);
}

const struct hook_lookups layer_lookups = {
	.path = look_up_path,
	.size = look_up_size,
	.open = open_file,
	.evict = evict,
};

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

		fuse_lowlevel_notify_inval_inode(layer->session, eviction->nodeid,
						 (off_t)eviction->offset, (off_t)eviction->length);
		free(delayed);
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

static void free_eviction(struct delayed *delayed)
{
	free(delayed);
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
