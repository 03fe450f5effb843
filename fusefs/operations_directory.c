/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading directories. Offsets are those of the backing file system, so they stay valid. */
#include "fusefs/operations.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An answer under construction. */
struct listing {
	fuse_req_t request;
	struct layer *layer;
	struct handle *handle;
	char *data;
	size_t size, used;
	size_t enough; /* bytes after which no further entry is added */
};

/* Appends an entry in the format of readdir or readdirplus. Returns 0; -ENOSPC it does not fit. */
typedef int append_entry(struct listing *listing, const struct dirent64 *entry);

void op_opendir(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info)
{
	struct handle *handle;
	int r = open_as_caller(request, nodeid, O_RDONLY | O_DIRECTORY, &handle);

	if (r) {
		answer_error(request, r);
		return;
	}
	info->fh = (uintptr_t)handle;
	fuse_reply_open(request, info);
}

static int append_plain(struct listing *listing, const struct dirent64 *entry)
{
	const struct stat status = {
		.st_ino = entry->d_ino,
		.st_mode = (mode_t)DTTOIF(entry->d_type),
	};
	size_t room = listing->size - listing->used;
	size_t length = fuse_add_direntry(listing->request, listing->data + listing->used, room,
					  entry->d_name, &status, entry->d_off);

	if (length > room)
		return -ENOSPC;
	listing->used += length;
	return 0;
}

/* Entries "." and "..", and those removed meanwhile, are listed without attributes, with node ID 0:
 * they count as no look-up. */
static int append_plus(struct listing *listing, const struct dirent64 *entry)
{
	struct fuse_entry_param found = {
		.attr = { .st_ino = entry->d_ino, .st_mode = (mode_t)DTTOIF(entry->d_type) },
	};
	size_t room = listing->size - listing->used, length;

	length = fuse_add_direntry_plus(listing->request, NULL, 0, entry->d_name, &found, 0);
	if (length > room)
		return -ENOSPC;
	if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) {
		struct fuse_entry_param looked_up;

		if (!entry_look_up(listing->layer, listing->handle->fd, entry->d_name, &looked_up))
			found = looked_up;
	}
	fuse_add_direntry_plus(listing->request, listing->data + listing->used, room, entry->d_name,
			       &found, entry->d_off);
	listing->used += length;
	return 0;
}

/* Appends entries from a buffer of getdents64(). Returns 0, or 1 when the answer is full. */
static int append_all(struct listing *listing, char *entries, ssize_t size, append_entry *append)
{
	for (ssize_t at = 0; at < size;) {
		struct dirent64 *entry = (void *)(entries + at);

		if (append(listing, entry))
			return 1;
		listing->handle->position = entry->d_off;
		at += entry->d_reclen;
		if (listing->used >= listing->enough)
			return 1;
	}
	return 0;
}

/* With the handle's lock held. Returns 0 or a negative errno. */
static int fill(struct listing *listing, off_t offset, append_entry *append)
{
	struct handle *handle = listing->handle;
	char *entries = listing->data + listing->size;
	ssize_t size;
	int full = 0;

	if (handle->position != offset || !offset) {
		if (lseek(handle->fd, offset, SEEK_SET) < 0)
			return -errno;
		handle->position = offset;
	}
	while (!full) {
		size = getdents64(handle->fd, entries, listing->size);
		if (size < 0)
			return listing->used ? 0 : -errno;
		if (!size)
			return 0;
		full = append_all(listing, entries, size, append);
	}
	/* getdents64() read beyond the last entry of the answer. */
	lseek(handle->fd, handle->position, SEEK_SET);
	return 0;
}

static void answer_entries(fuse_req_t request, struct fuse_file_info *info, size_t size,
			   off_t offset, append_entry *append)
{
	struct listing listing = {
		.request = request,
		.layer = layer_of(request),
		.handle = handle_of(info),
		.data = current_execution->worker->read_area,
		.size = size,
	};
	size_t area = listing.layer->receive_size / 2;
	int r;

	if (listing.size > area)
		listing.size = area;
	listing.size = listing.size / sizeof(uint64_t) * sizeof(uint64_t);
	listing.enough = shortened(listing.size);
	pthread_mutex_lock(&listing.handle->lock);
	r = fill(&listing, offset, append);
	pthread_mutex_unlock(&listing.handle->lock);
	if (r)
		answer_error(request, r);
	else
		fuse_reply_buf(request, listing.data, listing.used);
}

void op_readdir(fuse_req_t request, fuse_ino_t nodeid, size_t size, off_t offset,
		struct fuse_file_info *info)
{
	(void)nodeid;
	answer_entries(request, info, size, offset, append_plain);
}

void op_readdirplus(fuse_req_t request, fuse_ino_t nodeid, size_t size, off_t offset,
		    struct fuse_file_info *info)
{
	(void)nodeid;
	answer_entries(request, info, size, offset, append_plus);
}
