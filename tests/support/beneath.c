/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_again(const struct hook_request *request, int flags)
{
	const struct beneath *beneath = request->layer;
	char path[64];
	int fd;

	if (beneath->open_error)
		return beneath->open_error;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", beneath->fd);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int note_eviction(const struct hook_request *request, uint64_t offset, uint64_t length,
			 uint64_t at)
{
	struct beneath *beneath = request->layer;

	if (beneath->evictions < BENEATH_EVICTIONS) {
		beneath->evicted[beneath->evictions].offset = offset;
		beneath->evicted[beneath->evictions].length = length;
		beneath->evicted[beneath->evictions].at = at;
	}
	beneath->evictions++;
	return beneath->evict_error;
}

static int write_back(const struct hook_request *request)
{
	struct beneath *beneath = request->layer;

	beneath->written_back++;
	return beneath->write_back_error;
}

static const struct hook_lookups lookups = {
	.open = open_again,
	.evict = note_eviction,
	.write_back = write_back,
};

int beneath_open(struct beneath *beneath, uint64_t inode)
{
	*beneath = (struct beneath){
		.fd = memfd_create("beneath", MFD_CLOEXEC),
		.request = { .inode = inode,
			     .nodeid = inode,
			     .lookups = &lookups,
			     .layer = beneath },
	};
	return beneath->fd < 0 ? -errno : 0;
}

void beneath_close(struct beneath *beneath)
{
	close(beneath->fd);
}

int64_t beneath_size(const struct beneath *beneath)
{
	struct stat status;

	return fstat(beneath->fd, &status) ? -1 : status.st_size;
}

int beneath_byte(const struct beneath *beneath, uint64_t offset)
{
	unsigned char byte;

	return pread(beneath->fd, &byte, 1, (off_t)offset) == 1 ? byte : -1;
}

bool beneath_fill(const struct beneath *beneath, uint64_t offset, uint64_t size, unsigned char byte)
{
	unsigned char *bytes = malloc(size);
	bool written;

	if (!bytes)
		return false;
	memset(bytes, byte, size);
	written = pwrite(beneath->fd, bytes, size, (off_t)offset) == (ssize_t)size;
	free(bytes);
	return written;
}
