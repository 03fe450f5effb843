/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool is_on(const struct hook_request *request, const struct lose_identity *identity)
{
	return request->inode == identity->inode && request->device == identity->device;
}

uint64_t lose_last_sync(const struct lose *lose, const struct lose_identity *identity)
{
	uint64_t last = 0;

	for (const struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
		if (is_on(&sync->request, identity) && sync->generation > last)
			last = sync->generation;
	return last;
}

/* Begins a generation. Records the pages of a file between `first` and `last` that a write in
 * progress covers, since it is not part of the generation. */
static uint64_t begin_generation(struct lose *lose, struct lose_file *file, uint64_t first,
				 uint64_t last)
{
	uint64_t generation = ++lose->generation;

	for (const struct lose_write *write = lose->writes; write && file; write = write->next)
		if (is_on(&write->request, &file->identity))
			lose_keep_pages(lose, file, lose_greater(first, write->offset / LOSE_PAGE),
					lose_lesser(last, (write->end - 1) / LOSE_PAGE),
					generation);
	return generation;
}

/* Whether writeback of a file allocates blocks or extends it, which goes through the log. */
static bool allocates(const struct lose_file *file, uint64_t size)
{
	const struct lose_page *page = file->pages;

	while (page && !page->oldest->hole)
		page = page->next;
	return page || size > file->size;
}

void lose_sync_begins(struct lose *lose, const struct hook_request *request)
{
	const struct lose_identity identity = lose_identity_of(request);
	struct lose_sync *sync;
	struct lose_file *file;
	struct stat status;

	/* After a crash with LOSE_FAIL it is refused; without a plan its end is not reported. */
	if (!atomic_load(&lose->used) || lose_is_off(lose))
		return;
	sync = malloc(sizeof(*sync));
	/* A sync that cannot be recorded makes nothing durable. */
	if (!sync)
		return;
	pthread_mutex_lock(&lose->lock);
	file = lose_find_file(lose, &identity);
	*sync = (struct lose_sync){
		.next = lose->syncs,
		.request = lose_keep_request(request),
		.generation = begin_generation(lose, file, 0, UINT64_MAX),
		.position = lose_position(lose, &identity, request->mode & FUSE_FSYNC_FDATASYNC),
	};
	if (file && !fstat(file->fd, &status))
		sync->size = (uint64_t)status.st_size;
	if (lose->any_order || (file && allocates(file, sync->size)))
		sync->position = lose->log_end;
	lose->syncs = sync;
	pthread_mutex_unlock(&lose->lock);
}

/* Frees the listed writes that had ended when the sync began. */
static void forget_put(struct lose *lose, const struct lose_sync *sync)
{
	struct lose_write **link = &lose->put, *write;

	while ((write = *link))
		if (write->request.inode == sync->request.inode &&
		    write->request.device == sync->request.device &&
		    write->ended < sync->generation) {
			*link = write->next;
			free(write);
		} else {
			link = &write->next;
		}
	lose->last_put = link;
}

/* Does not reduce the durable size: only a change in the log makes a file shorter. */
static void make_durable(struct lose *lose, struct lose_file *file, const struct lose_sync *sync)
{
	struct lose_page *next;

	for (struct lose_page *page = file->pages; page; page = next) {
		next = page->next;
		lose_drop_older(lose, file, page, sync->generation);
	}
	forget_put(lose, sync);
	file->size = lose_greater(file->size, sync->size);
	if (file->missed_generation < sync->generation)
		file->missed = 0;
}

void lose_end_sync(struct lose *lose, const struct hook_request *request, int result)
{
	const struct lose_identity identity = lose_identity_of(request);
	struct lose_sync **link = &lose->syncs, *sync;
	struct lose_file *file;

	while (*link && (*link)->request.unique != request->unique)
		link = &(*link)->next;
	sync = *link;
	if (!sync)
		return;
	/* Before it leaves the list: a truncation that becomes durable reduces sync->size. */
	if (result >= 0 && lose->any_order)
		lose_durable_of(lose, &identity, sync->position);
	else if (result >= 0)
		lose_durable_to(lose, sync->position);
	*link = sync->next;
	file = lose_find_file(lose, &identity);
	if (file && result >= 0)
		make_durable(lose, file, sync);
	if (file && !lose->each_write && !lose_last_sync(lose, &identity))
		lose_drop_newer(lose, file);
	free(sync);
	lose_forget_synced(lose);
}

void lose_end_durable_write(struct lose *lose, const struct lose_write *write)
{
	const struct lose_identity identity = lose_identity_of(&write->request);
	struct lose_file *file = lose_find_file(lose, &identity);
	uint64_t first = write->offset / LOSE_PAGE, last = (write->end - 1) / LOSE_PAGE, generation;
	struct lose_page *page;
	struct stat status;

	if (!file)
		return;
	if (lose->any_order)
		lose_durable_of(lose, &identity, lose->log_end);
	else
		lose_durable_to(lose, allocates(file, write->end)
					      ? lose->log_end
					      : lose_position(lose, &identity, true));
	/* A file whose removal became durable is forgotten. */
	file = lose_find_file(lose, &identity);
	if (!file)
		return;
	generation = begin_generation(lose, file, first, last);
	for (uint64_t number = first; number <= last; number++) {
		page = lose_find_page(file, number);
		if (page)
			lose_drop_older(lose, file, page, generation);
	}
	if (!fstat(file->fd, &status))
		file->size =
			lose_greater(file->size, lose_lesser(write->end, (uint64_t)status.st_size));
	lose_forget_synced(lose);
}
