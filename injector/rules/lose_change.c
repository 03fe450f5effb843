/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of names, sizes, space and attributes, from the request to the log. */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The number of names that a request changes; 0: none. */
static unsigned int names_of(const struct hook_request *request)
{
	switch (request->opcode) {
	case FUSE_CREATE:
	case FUSE_MKNOD:
	case FUSE_MKDIR:
	case FUSE_SYMLINK:
	case FUSE_LINK:
	case FUSE_UNLINK:
	case FUSE_RMDIR:
		return 1;
	case FUSE_RENAME:
	case FUSE_RENAME2:
		return 2;
	default:
		return 0;
	}
}

/* A setattr that sets nothing clears setuid. */
static bool changes_attributes(const struct hook_request *request)
{
	return request->opcode == FUSE_SETXATTR || request->opcode == FUSE_REMOVEXATTR ||
	       (request->opcode == FUSE_SETATTR && !(request->mode & FATTR_SIZE));
}

bool lose_changes(const struct hook_request *request)
{
	return names_of(request) || request->opcode == FUSE_FALLOCATE ||
	       request->opcode == FUSE_SETATTR || changes_attributes(request);
}

/* Records the file to which a name leads now. Returns 0 or -errno. */
static int take_entry(struct lose *lose, const struct hook_request *request, uint64_t nodeid,
		      const char *name, struct lose_entry *entry)
{
	struct hook_request directory = *request;
	int fd;

	directory.nodeid = nodeid;
	fd = request->lookups->open(&directory, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	entry->directory = lose_take_object(lose, fd);
	entry->name = strdup(name);
	if (!entry->directory || !entry->name)
		return -ENOMEM;
	fd = openat(entry->directory->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	entry->old = lose_take_object(lose, fd);
	return entry->old ? 0 : -ENOMEM;
}

static int begin_names(struct lose *lose, const struct hook_request *request,
		       struct lose_change *change)
{
	unsigned int count = names_of(request);
	int r;

	if (!request->name || (count == 2 && !request->other.name))
		return -EINVAL;
	change->entry_count = count;
	r = take_entry(lose, request, request->nodeid, request->name, &change->entries[0]);
	if (!r && count == 2)
		r = take_entry(lose, request, request->other.nodeid, request->other.name,
			       &change->entries[1]);
	return r;
}

/* Before a file is truncated, punched, zeroed or allocated: records the data there. */
static int begin_shape(struct lose *lose, const struct hook_request *request,
		       struct lose_change *change)
{
	struct lose_file *file;
	struct stat status;
	uint64_t since, size;
	int r = lose_need_file(lose, request, &file);

	if (r)
		return r;
	change->file = file;
	file->changes++;
	if (fstat(file->fd, &status))
		return -errno;
	size = (uint64_t)status.st_size;
	change->offset = request->offset;
	change->end = request->offset + request->length;
	change->kind = request->opcode == FUSE_SETATTR ? CHANGE_SIZE
		       : request->mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)
			       ? CHANGE_ZEROS
			       : CHANGE_ALLOCATED;
	change->grows = request->opcode == FUSE_SETATTR
				? change->end > size
				: !(request->mode & FALLOC_FL_KEEP_SIZE) && change->end > size;
	if (change->kind == CHANGE_ALLOCATED)
		return 0;
	since = lose->each_write ? ++lose->generation : lose_last_sync(lose, &file->identity);
	/* Pages that cannot be recorded are counted in file->missed. */
	lose_keep_data(lose, file, change->offset,
		       change->kind == CHANGE_SIZE ? UINT64_MAX : change->end, since);
	return 0;
}

static int begin_attributes(struct lose *lose, const struct hook_request *request,
			    struct lose_change *change)
{
	int fd = request->lookups->open(request, O_PATH);

	if (fd < 0)
		return fd;
	change->kind = CHANGE_ATTRIBUTES;
	change->object = lose_take_object(lose, fd);
	if (change->object)
		change->attributes = lose_read_attributes(change->object->fd);
	return change->attributes ? 0 : -ENOMEM;
}

int lose_change_begins(struct lose *lose, const struct hook_request *request)
{
	struct lose_change *change = calloc(1, sizeof(*change));
	int r;

	if (!change)
		return -ENOMEM;
	r = names_of(request)             ? begin_names(lose, request, change)
	    : changes_attributes(request) ? begin_attributes(lose, request, change)
					  : begin_shape(lose, request, change);
	if (r) {
		lose_free_change(lose, change);
		return r;
	}
	change->number = request->unique;
	change->next = lose->pending;
	lose->pending = change;
	return 0;
}

static bool makes_file(const struct hook_request *request)
{
	return request->opcode == FUSE_CREATE || request->opcode == FUSE_MKNOD ||
	       request->opcode == FUSE_MKDIR || request->opcode == FUSE_SYMLINK;
}

/* Touches the directories and files of a change of names. Of the names of a file, fdatasync must
 * make only the first one durable, see lose.h. */
static void touch_names(struct lose *lose, const struct lose_change *change, bool made)
{
	struct stat status;

	for (unsigned int i = 0; i < change->entry_count; i++) {
		const struct lose_entry *entry = &change->entries[i];

		lose_touch(lose, &entry->directory->identity, true);
		if (entry->old)
			lose_touch(lose, &entry->old->identity, false);
		else if (!fstatat(entry->directory->fd, entry->name, &status, AT_SYMLINK_NOFOLLOW))
			lose_touch(lose, &(struct lose_identity){ status.st_dev, status.st_ino },
				   made);
	}
}

void lose_change_ends(struct lose *lose, const struct hook_request *request, int result)
{
	struct lose_change **link = &lose->pending, *change;

	while ((change = *link) && change->number != request->unique)
		link = &change->next;
	if (!change)
		return;
	*link = change->next;
	if (result < 0) {
		lose_free_change(lose, change);
		lose_forget_synced(lose);
		return;
	}
	lose_append(lose, change);
	if (change->file)
		lose_touch(lose, &change->file->identity, true);
	else if (change->object)
		lose_touch(lose, &change->object->identity, false);
	else
		touch_names(lose, change, makes_file(request));
}
