/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/request.h"
#include "fusefs/handle.h"
#include "fusefs/lookups.h"
#include "fusefs/protocol.h"
#include "injector/base/array.h"
#include "injector/base/units.h"

#include <errno.h>
#include <string.h>

/* Where an operation has a field that the hooks see, in bytes after the header; ABSENT: nowhere. */
enum { ABSENT = UINT8_MAX };

struct place {
	uint8_t at;
	uint8_t size; /* 4 or 8 */
};

#define FIELD(type, field)                                                                         \
	{                                                                                          \
		offsetof(struct type, field), sizeof(((struct type *)0)->field)                    \
	}
#define NO_FIELD                                                                                   \
	{                                                                                          \
		ABSENT, 0                                                                          \
	}

static const struct layout {
	uint32_t opcode;
	struct place offset, length, mode;
	uint8_t name; /* where the entry's name begins; ABSENT: none */
} layouts[] = {
	{ FUSE_LOOKUP, NO_FIELD, NO_FIELD, NO_FIELD, 0 },
	{ FUSE_SETATTR, FIELD(fuse_setattr_in, size), NO_FIELD, FIELD(fuse_setattr_in, valid),
	  ABSENT },
	{ FUSE_SYMLINK, NO_FIELD, NO_FIELD, NO_FIELD, 0 },
	{ FUSE_MKNOD, NO_FIELD, NO_FIELD, NO_FIELD, sizeof(struct fuse_mknod_in) },
	{ FUSE_MKDIR, NO_FIELD, NO_FIELD, NO_FIELD, sizeof(struct fuse_mkdir_in) },
	{ FUSE_UNLINK, NO_FIELD, NO_FIELD, NO_FIELD, 0 },
	{ FUSE_RMDIR, NO_FIELD, NO_FIELD, NO_FIELD, 0 },
	{ FUSE_RENAME, NO_FIELD, NO_FIELD, NO_FIELD, sizeof(struct fuse_rename_in) },
	{ FUSE_RENAME2, NO_FIELD, NO_FIELD, NO_FIELD, sizeof(struct fuse_rename2_in) },
	{ FUSE_LINK, NO_FIELD, NO_FIELD, NO_FIELD, sizeof(struct fuse_link_in) },
	{ FUSE_OPEN, NO_FIELD, NO_FIELD, FIELD(fuse_open_in, flags), ABSENT },
	{ FUSE_OPENDIR, NO_FIELD, NO_FIELD, FIELD(fuse_open_in, flags), ABSENT },
	{ FUSE_CREATE, NO_FIELD, NO_FIELD, FIELD(fuse_create_in, flags),
	  sizeof(struct fuse_create_in) },
	{ FUSE_TMPFILE, NO_FIELD, NO_FIELD, FIELD(fuse_create_in, flags), ABSENT },
	{ FUSE_READ, FIELD(fuse_read_in, offset), FIELD(fuse_read_in, size),
	  FIELD(fuse_read_in, flags), ABSENT },
	{ FUSE_READDIR, FIELD(fuse_read_in, offset), FIELD(fuse_read_in, size), NO_FIELD, ABSENT },
	{ FUSE_READDIRPLUS, FIELD(fuse_read_in, offset), FIELD(fuse_read_in, size), NO_FIELD,
	  ABSENT },
	{ FUSE_WRITE, FIELD(fuse_write_in, offset), FIELD(fuse_write_in, size),
	  FIELD(fuse_write_in, flags), ABSENT },
	{ FUSE_FSYNC, NO_FIELD, NO_FIELD, FIELD(fuse_fsync_in, fsync_flags), ABSENT },
	{ FUSE_FSYNCDIR, NO_FIELD, NO_FIELD, FIELD(fuse_fsync_in, fsync_flags), ABSENT },
	{ FUSE_IOCTL, NO_FIELD, NO_FIELD, FIELD(fuse_ioctl_in, cmd), ABSENT },
	{ FUSE_FALLOCATE, FIELD(fuse_fallocate_in, offset), FIELD(fuse_fallocate_in, length),
	  FIELD(fuse_fallocate_in, mode), ABSENT },
	{ FUSE_LSEEK, FIELD(fuse_lseek_in, offset), NO_FIELD, FIELD(fuse_lseek_in, whence),
	  ABSENT },
	{ FUSE_COPY_FILE_RANGE, FIELD(fuse_copy_file_range_in, off_in),
	  FIELD(fuse_copy_file_range_in, len), NO_FIELD, ABSENT },
};

static const struct layout *layout_of(uint32_t opcode)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].opcode == opcode)
			return &layouts[i];
	return NULL;
}

/* Reads a field of 4 or 8 bytes in the machine's byte order. */
static uint64_t field(const struct place *place, const char *body, size_t size)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;

	if (place->at == ABSENT || place->at + (size_t)place->size > size)
		return 0;
	if (place->size == sizeof(narrow)) {
		memcpy(&narrow, body + place->at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, body + place->at, sizeof(wide));
	return wide;
}

static uint64_t number_of_handle(const char *body, size_t size)
{
	static const struct place first = { 0, sizeof(uint64_t) };
	const struct handle *handle = (const void *)(uintptr_t)field(&first, body, size);

	return handle ? handle->number : 0;
}

/* Where an operation has its second inode, the name there, and the offset in it. */
static const struct second {
	uint32_t opcode;
	uint8_t nodeid;
	bool has_name; /* behind the first */
	uint8_t offset;
} seconds[] = {
	{ FUSE_LINK, offsetof(struct fuse_link_in, oldnodeid), false, ABSENT },
	{ FUSE_RENAME, offsetof(struct fuse_rename_in, newdir), true, ABSENT },
	{ FUSE_RENAME2, offsetof(struct fuse_rename2_in, newdir), true, ABSENT },
	{ FUSE_COPY_FILE_RANGE, offsetof(struct fuse_copy_file_range_in, nodeid_out), false,
	  offsetof(struct fuse_copy_file_range_in, off_out) },
};

static void describe_second(const struct layer *layer, struct hook_request *request,
			    const char *body, size_t size)
{
	const struct second *second = seconds, *end = seconds + ARRAY_SIZE(seconds);
	const struct inode *inode;
	size_t length;

	while (second < end && second->opcode != request->opcode)
		second++;
	if (second == end)
		return;
	request->other.nodeid =
		field(&(struct place){ second->nodeid, sizeof(uint64_t) }, body, size);
	request->other.offset =
		field(&(struct place){ second->offset, sizeof(uint64_t) }, body, size);
	if (second->has_name && request->name) {
		length = strlen(request->name) + 1;
		if ((size_t)(request->name - body) + length < size)
			request->other.name = request->name + length;
	}
	if (!request->other.nodeid)
		return;
	inode = inode_of(layer, request->other.nodeid);
	request->other.inode = inode->number;
	request->other.device = inode->device;
}

struct hook_request request_describe(struct layer *layer, const struct fuse_in_header *header,
				     size_t size)
{
	const struct layout *layout = layout_of(header->opcode);
	const char *body = (const char *)(header + 1);
	struct hook_request request = {
		.opcode = header->opcode,
		.unique = header->unique,
		.nodeid = header->nodeid,
		.pid = header->pid,
		.uid = header->uid,
		.gid = header->gid,
		.arrived = units_now(),
		.lookups = &layer_lookups,
		.layer = layer,
	};

	size -= sizeof(*header);
	if (layout) {
		request.offset = field(&layout->offset, body, size);
		request.length = field(&layout->length, body, size);
		request.mode = (uint32_t)field(&layout->mode, body, size);
		/* The kernel ends names with a zero. */
		if (layout->name != ABSENT && layout->name < size)
			request.name = body + layout->name;
	}
	if (header->opcode == FUSE_SETATTR && !(request.mode & FATTR_SIZE))
		request.offset = 0;
	/* The handle is the first field of all of them. */
	if (header->opcode < 64 && layer->on_handles >> header->opcode & 1)
		request.handle = number_of_handle(body, size);
	if (header->nodeid) {
		request.inode = inode_of(layer, header->nodeid)->number;
		request.device = inode_of(layer, header->nodeid)->device;
	}
	describe_second(layer, &request, body, size);
	return request;
}

/* Operations that need the inode. Those on handles do not, nor do forget and release. */
static const bool takes_inode[] = {
	[FUSE_LOOKUP] = true,    [FUSE_GETATTR] = true,  [FUSE_SETATTR] = true,
	[FUSE_READLINK] = true,  [FUSE_SYMLINK] = true,  [FUSE_MKNOD] = true,
	[FUSE_MKDIR] = true,     [FUSE_UNLINK] = true,   [FUSE_RMDIR] = true,
	[FUSE_RENAME] = true,    [FUSE_LINK] = true,     [FUSE_OPEN] = true,
	[FUSE_STATFS] = true,    [FUSE_SETXATTR] = true, [FUSE_GETXATTR] = true,
	[FUSE_LISTXATTR] = true, [FUSE_OPENDIR] = true,  [FUSE_REMOVEXATTR] = true,
	[FUSE_CREATE] = true,    [FUSE_TMPFILE] = true,  [FUSE_RENAME2] = true,
};

/* Whether the first 8 bytes after the header are a second inode. */
static bool has_second(uint32_t opcode)
{
	return opcode == FUSE_LINK || opcode == FUSE_RENAME || opcode == FUSE_RENAME2;
}

static int at_hand(const struct layer *layer, uint64_t nodeid)
{
	if (!nodeid || inode_fd(&layer->inodes, inode_of(layer, nodeid)) >= 0)
		return 0;
	return errno;
}

int request_prepare(const struct layer *layer, const struct fuse_in_header *header)
{
	int error;

	if (header->opcode >= ARRAY_SIZE(takes_inode) || !takes_inode[header->opcode])
		return 0;
	error = at_hand(layer, header->nodeid);
	return error || !has_second(header->opcode)
		       ? error
		       : at_hand(layer, *(const uint64_t *)(const void *)(header + 1));
}
