/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/watch.h"
#include "fusefs/cache.h"
#include "fusefs/handle.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>

enum {
	NAMES_CHANGE = FAN_CREATE | FAN_DELETE | FAN_MOVED_FROM | FAN_MOVED_TO,
	BUFFER = 64 << 10,
	GATHER_MS = 1,
};

/* A reference on the inode of a file handle; NULL if it is not in the table. */
static struct inode *inode_of_handle(struct layer *layer, struct file_handle *handle)
{
	_cleanup_close_ int fd =
		open_by_handle_at(layer->inodes.mount_fd, handle, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		return NULL;
	return inode_table_find(&layer->inodes, fd, &status);
}

static uint64_t nodeid_of(const struct layer *layer, const struct inode *inode)
{
	return inode == layer->root ? FUSE_ROOT_ID : (uintptr_t)inode;
}

static void forget_name(struct layer *layer, struct inode *directory, const char *name)
{
	cache_forget_attributes(layer, directory);
	fuse_lowlevel_notify_inval_entry(layer->session, nodeid_of(layer, directory), name,
					 strlen(name));
}

/* Drops pages only where they are cached: that waits for reads in progress, which a rule may hold.
 */
static void forget_inode(struct layer *layer, struct inode *inode, uint64_t mask)
{
	if (mask & FAN_MODIFY && cache_keeps_pages(layer, inode))
		fuse_lowlevel_notify_inval_inode(layer->session, nodeid_of(layer, inode), 0, 0);
	else
		cache_forget_attributes(layer, inode);
}

static void take_record(struct layer *layer, const struct fanotify_event_info_fid *record,
			uint64_t mask)
{
	struct file_handle *handle = (struct file_handle *)record->handle;
	bool is_name = record->hdr.info_type == FAN_EVENT_INFO_TYPE_DFID_NAME;
	struct inode *inode = inode_of_handle(layer, handle);

	if (!inode)
		return;
	if (!is_name)
		forget_inode(layer, inode, mask);
	else if (mask & NAMES_CHANGE)
		forget_name(layer, inode, (const char *)handle->f_handle + handle->handle_bytes);
	inode_table_put(&layer->inodes, inode, 1);
}

/* records: those of the event, up to `end`. */
static void take_event(struct layer *layer, const struct fanotify_event_metadata *event,
		       const char *records, const char *end)
{
	if (event->mask & FAN_Q_OVERFLOW) {
		cache_forget_all(layer);
		return;
	}
	if (event->pid == getpid())
		return;
	while (records < end) {
		const struct fanotify_event_info_fid *record = (const void *)records;

		take_record(layer, record, event->mask);
		records += record->hdr.len;
	}
}

/* Events have the length of their records, so they are not aligned. */
static void take_events(struct layer *layer, const char *at, size_t size)
{
	struct fanotify_event_metadata event;

	for (; size >= sizeof(event); at += event.event_len, size -= event.event_len) {
		memcpy(&event, at, sizeof(event));
		if (event.event_len < sizeof(event) || event.event_len > size)
			break;
		take_event(layer, &event, at + event.metadata_len, at + event.event_len);
	}
}

static void *watch(void *context)
{
	struct layer *layer = context;
	struct pollfd events[] = {
		{ .fd = layer->watch.fd, .events = POLLIN },
		{ .fd = layer->watch.stop, .events = POLLIN },
	};
	_Alignas(struct fanotify_event_metadata) char buffer[BUFFER];
	ssize_t got;

	while (poll(events, 2, -1) > 0 || errno == EINTR) {
		if (events[1].revents)
			break;
		got = read(layer->watch.fd, buffer, BUFFER);
		if (got > 0)
			take_events(layer, buffer, (size_t)got);
		/* Gathers events: most are of the layer's own changes, and each would wake the
		 * thread. */
		poll(&events[1], 1, GATHER_MS);
	}
	return NULL;
}

/* The events to watch. Changes of data matter to the data path daemon alone. */
static uint64_t watched(const struct layer *layer)
{
	return NAMES_CHANGE | FAN_ATTRIB | FAN_ONDIR |
	       (layer->config->data_path == LAYER_DAEMON ? FAN_MODIFY : 0);
}

static int open_watch(struct layer *layer)
{
	/* Opens handles, and is marked: fanotify_mark(2) takes no O_PATH descriptor. */
	if (layer->inodes.mount_fd < 0)
		return -EOPNOTSUPP;
	layer->watch.fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK |
						FAN_REPORT_DFID_NAME_TARGET,
					O_RDONLY);
	if (layer->watch.fd < 0 ||
	    fanotify_mark(layer->watch.fd, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, watched(layer),
			  layer->inodes.mount_fd, NULL))
		return -errno;
	layer->watch.stop = eventfd(0, EFD_CLOEXEC);
	return layer->watch.stop < 0 ? -errno
				     : -pthread_create(&layer->watch.thread, NULL, watch, layer);
}

int watch_start(struct layer *layer)
{
	int r;

	layer->watch.fd = layer->watch.stop = -1;
	r = open_watch(layer);
	layer->watch.runs = !r;
	if (r) {
		cleanup_close(&layer->watch.fd);
		cleanup_close(&layer->watch.stop);
	}
	return r;
}

void watch_stop(struct layer *layer)
{
	const uint64_t one = 1;

	if (!layer->watch.runs)
		return;
	(void)!write(layer->watch.stop, &one, sizeof(one));
	pthread_join(layer->watch.thread, NULL);
	cleanup_close(&layer->watch.fd);
	cleanup_close(&layer->watch.stop);
	layer->watch.runs = false;
}
