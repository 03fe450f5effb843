/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files with unsynced data or changes, and the objects of changes of names and attributes. */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int lose_compare(const void *a, const void *b)
{
	const struct lose_identity *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return (one->device > other->device) - (one->device < other->device);
}

void lose_forget_file(struct lose *lose, struct lose_file **link)
{
	struct lose_file *file = *link;

	*link = file->next;
	while (file->pages)
		lose_forget_page(lose, file, file->pages);
	tdelete(file, &lose->tree, lose_compare);
	close(file->fd);
	free(file);
}

void lose_forget_unused(struct lose *lose, struct lose_file *file)
{
	struct lose_file **link = &lose->files;
	struct stat status;

	if (!file->unused || file->changes ||
	    tfind(&file->identity, &lose->objects, lose_compare) || fstat(file->fd, &status) ||
	    status.st_nlink)
		return;
	while (*link != file)
		link = &(*link)->next;
	lose_forget_file(lose, link);
}

void lose_forget_synced(struct lose *lose)
{
	struct lose_file **link = &lose->files;

	while (*link)
		if (!(*link)->pages && !(*link)->missed && !(*link)->changes)
			lose_forget_file(lose, link);
		else
			link = &(*link)->next;
}

struct hook_request lose_keep_request(const struct hook_request *request)
{
	struct hook_request kept = *request;

	kept.plan = NULL;
	kept.name = NULL;
	kept.other.name = NULL;
	return kept;
}

struct lose_file *lose_find_file(const struct lose *lose, const struct lose_identity *identity)
{
	struct lose_file *const *found = tfind(identity, &lose->tree, lose_compare);

	return found ? *found : NULL;
}

int lose_add_file(struct lose *lose, const struct hook_request *request, struct lose_file **added)
{
	struct lose_file *file = calloc(1, sizeof(*file));
	struct stat status;
	int r = 0;

	if (!file)
		return -ENOMEM;
	file->identity = lose_identity_of(request);
	file->request = lose_keep_request(request);
	file->fd = request->lookups->open(request, O_RDWR);
	if (file->fd < 0)
		r = file->fd;
	else if (fstat(file->fd, &status))
		r = -errno;
	else if (!tsearch(file, &lose->tree, lose_compare))
		r = -ENOMEM;
	if (r) {
		if (file->fd >= 0)
			close(file->fd);
		free(file);
		return r;
	}
	file->size = (uint64_t)status.st_size;
	file->next = lose->files;
	lose->files = file;
	*added = file;
	return 0;
}

int lose_need_file(struct lose *lose, const struct hook_request *request, struct lose_file **file)
{
	const struct lose_identity identity = lose_identity_of(request);

	*file = lose_find_file(lose, &identity);
	if (!*file)
		return lose_add_file(lose, request, file);
	(*file)->unused = false;
	return 0;
}

struct lose_object *lose_take_object(struct lose *lose, int fd)
{
	struct lose_object *object, *const *found;
	struct lose_identity identity;
	struct stat status;

	if (fstat(fd, &status)) {
		close(fd);
		return NULL;
	}
	identity = (struct lose_identity){ status.st_dev, status.st_ino };
	found = tfind(&identity, &lose->objects, lose_compare);
	if (found) {
		close(fd);
		(*found)->references++;
		return *found;
	}
	object = malloc(sizeof(*object));
	if (object)
		*object = (struct lose_object){ .identity = identity, .fd = fd, .references = 1 };
	if (object && tsearch(object, &lose->objects, lose_compare))
		return object;
	free(object);
	close(fd);
	return NULL;
}

void lose_put_object(struct lose *lose, struct lose_object *object)
{
	if (!object || --object->references)
		return;
	tdelete(object, &lose->objects, lose_compare);
	close(object->fd);
	free(object);
}

int lose_compare_entries(const void *a, const void *b)
{
	const struct lose_entry *one = a, *other = b;

	if (one->directory != other->directory)
		return one->directory < other->directory ? -1 : 1;
	return strcmp(one->name, other->name);
}

static void keep_entry(void *entry)
{
	(void)entry;
}

void lose_end_set(void *set)
{
	tdestroy(set, keep_entry);
}
