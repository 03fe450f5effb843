/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/undo.h"
#include "fusefs/handle.h"
#include "fusefs/protocol.h"
#include "injector/base/array.h"

#include <string.h>

static void undo_entry(struct layer *layer, const void *body, size_t size)
{
	struct fuse_entry_out entry;

	if (size < sizeof(entry))
		return;
	memcpy(&entry, body, sizeof(entry));
	if (entry.nodeid && entry.nodeid != FUSE_ROOT_ID)
		inode_table_put(&layer->inodes, inode_of(layer, entry.nodeid), 1);
}

static void undo_open(struct layer *layer, const void *body, size_t size)
{
	struct open_out out;

	if (size < sizeof(out))
		return;
	memcpy(&out, (const char *)body + size - sizeof(out), sizeof(out));
	handle_release(layer, (struct handle *)(uintptr_t)out.fh);
}

static void undo_create(struct layer *layer, const void *body, size_t size)
{
	undo_open(layer, body, size);
	undo_entry(layer, body, size);
}

static void undo_entries(struct layer *layer, const void *body, size_t size)
{
	struct fuse_direntplus entry;
	size_t length;

	for (const char *at = body; size >= FUSE_NAME_OFFSET_DIRENTPLUS; at += length) {
		memcpy(&entry, at, FUSE_NAME_OFFSET_DIRENTPLUS);
		undo_entry(layer, at, sizeof(entry.entry_out));
		length = FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET_DIRENTPLUS + entry.dirent.namelen);
		size -= length < size ? length : size;
	}
}

static const struct {
	uint32_t opcode;
	void (*take_back)(struct layer *layer, const void *body, size_t size);
} undos[] = {
	{ FUSE_LOOKUP, undo_entry },   { FUSE_SYMLINK, undo_entry },
	{ FUSE_MKNOD, undo_entry },    { FUSE_MKDIR, undo_entry },
	{ FUSE_LINK, undo_entry },     { FUSE_OPEN, undo_open },
	{ FUSE_OPENDIR, undo_open },   { FUSE_CREATE, undo_create },
	{ FUSE_TMPFILE, undo_create }, { FUSE_READDIRPLUS, undo_entries },
};

void undo(struct layer *layer, uint32_t opcode, const void *body, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(undos); i++)
		if (undos[i].opcode == opcode)
			undos[i].take_back(layer, body, size);
}
