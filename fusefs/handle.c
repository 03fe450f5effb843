/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/handle.h"
#include "fusefs/descriptor.h"
#include "fusefs/protocol.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

const char *inode_path(const struct layer *layer, struct inode *inode, char path[PROC_PATH_SIZE])
{
	snprintf(path, PROC_PATH_SIZE, "/proc/self/fd/%d", inode_fd(&layer->inodes, inode));
	return path;
}

int inode_open(const struct layer *layer, struct inode *inode, int flags)
{
	int found = inode_fd(&layer->inodes, inode);
	char name[16];

	if (found < 0)
		return -1;
	snprintf(name, sizeof(name), "%d", found);
	/* Without O_NOFOLLOW: the link followed is one of /proc, never of the backing file system.
	 */
	flags &= ~(O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | OPEN_EXEC);
	return OPEN_PATIENTLY(openat(layer->proc_fd, name, flags | O_CLOEXEC));
}

/* With the inode's lock held. */
static int share_backing(const struct layer *layer, struct inode *inode, struct handle *handle)
{
	struct backing_map map = { .fd = handle->fd };

	if (!layer->negotiated.passthrough || (handle->flags & O_DIRECTORY))
		return 0;
	if (!inode->users) {
		int id = ioctl(layer->device_fd, DEVICE_BACKING_OPEN, &map);

		if (id < 0)
			return -errno;
		inode->backing_id = id;
	}
	inode->users++;
	handle->shares_backing = true;
	return 0;
}

/* With the inode's lock held. */
static void unshare_backing(const struct layer *layer, struct inode *inode)
{
	uint32_t id = (uint32_t)inode->backing_id;

	if (--inode->users)
		return;
	ioctl(layer->device_fd, DEVICE_BACKING_CLOSE, &id);
	inode->backing_id = 0;
}

static void link_handle(struct handle *handle)
{
	handle->next = handle->inode->handles;
	if (handle->next)
		handle->next->previous = handle;
	handle->inode->handles = handle;
}

static void unlink_handle(struct handle *handle)
{
	if (handle->next)
		handle->next->previous = handle->previous;
	if (handle->previous)
		handle->previous->next = handle->next;
	else
		handle->inode->handles = handle->next;
}

static void free_handle(struct handle *handle)
{
	close(handle->fd);
	pthread_mutex_destroy(&handle->lock);
	free(handle);
}

int handle_adopt(struct layer *layer, struct inode *inode, int fd, int flags,
		 struct handle **handle)
{
	struct handle *made = calloc(1, sizeof(*made));
	int r;

	if (!made) {
		close(fd);
		return -ENOMEM;
	}
	made->inode = inode;
	made->number = atomic_fetch_add(&layer->opens, 1) + 1;
	made->fd = fd;
	made->flags = flags;
	made->has_been_direct = flags & O_DIRECT;
	pthread_mutex_init(&made->lock, NULL);
	pthread_mutex_lock(&inode->lock);
	r = share_backing(layer, inode, made);
	if (!r)
		link_handle(made);
	pthread_mutex_unlock(&inode->lock);
	if (r) {
		free_handle(made);
		return r;
	}
	inode_table_reference(&layer->inodes, inode);
	*handle = made;
	return 0;
}

void handle_release(struct layer *layer, struct handle *handle)
{
	struct inode *inode = handle->inode;

	pthread_mutex_lock(&inode->lock);
	unlink_handle(handle);
	if (handle->shares_backing)
		unshare_backing(layer, inode);
	pthread_mutex_unlock(&inode->lock);
	free_handle(handle);
	inode_table_put(&layer->inodes, inode, 1);
}

void handle_release_all(void *layer, struct inode *inode)
{
	(void)layer;
	/* The kernel dropped the backing ids when the connection ended. */
	while (inode->handles) {
		struct handle *handle = inode->handles;

		unlink_handle(handle);
		free_handle(handle);
	}
}

bool inode_is_written(struct inode *inode)
{
	bool written = false;

	pthread_mutex_lock(&inode->lock);
	for (const struct handle *handle = inode->handles; handle; handle = handle->next)
		written |= (handle->flags & O_ACCMODE) != O_RDONLY;
	pthread_mutex_unlock(&inode->lock);
	return written;
}

/* With the handle's lock held. */
static void set_direct(struct handle *handle, int flags)
{
	if (flags & O_DIRECT)
		handle->has_been_direct = true;
	if (!fcntl(handle->fd, F_SETFL, flags & (O_DIRECT | O_NOATIME)))
		handle->flags = (handle->flags & ~O_DIRECT) | (flags & O_DIRECT);
}

void handle_follow_flags(struct handle *handle, int flags)
{
	if (!((flags ^ handle->flags) & O_DIRECT))
		return;
	pthread_mutex_lock(&handle->lock);
	set_direct(handle, flags);
	pthread_mutex_unlock(&handle->lock);
}

bool handle_forbid_direct(struct handle *handle)
{
	if (!handle->has_been_direct)
		return false;
	pthread_mutex_lock(&handle->lock);
	if (handle->flags & O_DIRECT)
		set_direct(handle, handle->flags & O_NOATIME);
	return true;
}

void handle_allow_direct(struct handle *handle)
{
	pthread_mutex_unlock(&handle->lock);
}

int32_t handle_backing_id(const struct handle *handle)
{
	return handle->shares_backing ? handle->inode->backing_id : 0;
}
