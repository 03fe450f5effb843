/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void lose_init(struct lose *lose, uint64_t seed)
{
	memset(lose, 0, sizeof(*lose));
	lose->seed = seed;
	lose->bytes_max = LOSE_BYTES_MAX;
	pthread_mutex_init(&lose->crash, NULL);
	pthread_mutex_init(&lose->lock, NULL);
}

static int compare_files(const void *a, const void *b)
{
	const struct hook_request *one = a, *other = b;

	if (one->inode != other->inode)
		return one->inode < other->inode ? -1 : 1;
	return (one->device > other->device) - (one->device < other->device);
}

static int compare_pages(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static bool is_same_file(const struct hook_request *one, const struct hook_request *other)
{
	return !compare_files(one, other);
}

/* With the lock held, like all below. */
static void free_version(struct lose *lose, struct version *version)
{
	lose->bytes -= sizeof(*version) + version->room;
	free(version);
}

static void forget_page(struct lose *lose, struct lose_file *file, struct lose_page *page)
{
	*page->link = page->next;
	if (page->next)
		page->next->link = page->link;
	tdelete(page, &file->tree, compare_pages);
	while (page->oldest) {
		struct version *version = page->oldest;

		page->oldest = version->newer;
		free_version(lose, version);
	}
	lose->bytes -= sizeof(*page);
	free(page);
}

void lose_forget_file(struct lose *lose, struct lose_file **link)
{
	struct lose_file *file = *link;

	*link = file->next;
	while (file->pages)
		forget_page(lose, file, file->pages);
	tdelete(file, &lose->tree, compare_files);
	close(file->fd);
	free(file);
}

/* Of files with nothing unsynced any more. */
static void forget_synced(struct lose *lose)
{
	struct lose_file **link = &lose->files;

	while (*link)
		if (!(*link)->pages && !(*link)->missed)
			lose_forget_file(lose, link);
		else
			link = &(*link)->next;
}

static void forget_all(struct lose *lose)
{
	while (lose->files)
		lose_forget_file(lose, &lose->files);
	while (lose->writes) {
		struct lose_write *write = lose->writes;

		lose->writes = write->next;
		free(write);
	}
	while (lose->syncs) {
		struct lose_sync *sync = lose->syncs;

		lose->syncs = sync->next;
		free(sync);
	}
	lose->missed = 0;
	atomic_store(&lose->knows_layer, false);
}

void lose_destroy(struct lose *lose)
{
	forget_all(lose);
	pthread_mutex_destroy(&lose->crash);
	pthread_mutex_destroy(&lose->lock);
}

void lose_layer_ended(struct lose *lose)
{
	pthread_mutex_lock(&lose->crash);
	pthread_mutex_lock(&lose->lock);
	forget_all(lose);
	pthread_mutex_unlock(&lose->lock);
	pthread_mutex_unlock(&lose->crash);
}

/* A copy that outlives the request. */
static struct hook_request keep_request(const struct hook_request *request)
{
	struct hook_request kept = *request;

	kept.plan = NULL;
	kept.name = NULL;
	return kept;
}

void lose_sees(struct lose *lose, const struct hook_request *request)
{
	if (atomic_load_explicit(&lose->knows_layer, memory_order_acquire))
		return;
	pthread_mutex_lock(&lose->lock);
	lose->any = keep_request(request);
	atomic_store_explicit(&lose->knows_layer, true, memory_order_release);
	pthread_mutex_unlock(&lose->lock);
}

struct lose_file *lose_find_file(const struct lose *lose, const struct hook_request *request)
{
	struct lose_file *const *found = tfind(request, &lose->tree, compare_files);

	return found ? *found : NULL;
}

int lose_add_file(struct lose *lose, const struct hook_request *request, struct lose_file **added)
{
	struct lose_file *file = calloc(1, sizeof(*file));
	struct stat status;
	int r = 0;

	if (!file)
		return -ENOMEM;
	file->request = keep_request(request);
	file->fd = request->lookups->open(request, O_RDWR);
	if (file->fd < 0)
		r = file->fd;
	else if (fstat(file->fd, &status))
		r = -errno;
	else if (!tsearch(file, &lose->tree, compare_files))
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

/* The page as it is now. NULL and errno when that cannot be kept. */
static struct version *make_version(struct lose *lose, const struct lose_file *file,
				    uint64_t number)
{
	unsigned char data[LOSE_PAGE];
	ssize_t got = pread(file->fd, data, LOSE_PAGE, (off_t)(number * LOSE_PAGE));
	struct version *version;
	size_t need;

	if (got < 0)
		return NULL;
	need = sizeof(*version) + (size_t)got;
	if (lose->bytes + need > lose->bytes_max) {
		errno = ENOBUFS;
		return NULL;
	}
	version = malloc(need);
	if (!version)
		return NULL;
	lose->bytes += need;
	*version = (struct version){
		.generation = lose->generation,
		.size = (size_t)got,
		.room = (size_t)got,
	};
	memcpy(version->data, data, (size_t)got);
	return version;
}

static struct lose_page *find_page(const struct lose_file *file, uint64_t number)
{
	struct lose_page *const *found = tfind(&number, &file->tree, compare_pages);

	return found ? *found : NULL;
}

/* Adds a page with its only version, which is freed on error. */
static int add_page(struct lose *lose, struct lose_file *file, uint64_t number,
		    struct version *version)
{
	struct lose_page *page = malloc(sizeof(*page));

	if (page)
		*page = (struct lose_page){ .number = number, .oldest = version };
	if (!page || !tsearch(page, &file->tree, compare_pages)) {
		free(page);
		free_version(lose, version);
		return -ENOMEM;
	}
	lose->bytes += sizeof(*page);
	page->next = file->pages;
	page->link = &file->pages;
	if (page->next)
		page->next->link = &page->next;
	file->pages = page;
	return 0;
}

/* The generation of the last sync that is under way of a file; 0: there is none. */
static uint64_t last_sync(const struct lose *lose, const struct hook_request *request)
{
	uint64_t last = 0;

	for (const struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
		if (is_same_file(&sync->request, request) && sync->generation > last)
			last = sync->generation;
	return last;
}

/* Keeps a page unless what is kept of it will do. Returns the bytes, or -errno. */
static int64_t keep_page(struct lose *lose, struct lose_file *file, uint64_t number,
			 uint64_t generation)
{
	struct lose_page *page = find_page(file, number);
	struct version *newest = page ? page->oldest : NULL, *version;
	int r = 0;

	while (newest && newest->newer)
		newest = newest->newer;
	if (newest && newest->generation >= generation)
		return 0;
	version = make_version(lose, file, number);
	if (!version)
		return -errno;
	if (newest)
		newest->newer = version;
	else
		r = add_page(lose, file, number, version);
	return r ? r : LOSE_PAGE;
}

int64_t lose_keep_pages(struct lose *lose, struct lose_file *file, uint64_t first, uint64_t last,
			uint64_t generation)
{
	int64_t kept = 0, r = 0;

	for (uint64_t page = first; r >= 0 && page <= last; page++) {
		r = keep_page(lose, file, page, generation);
		kept += r > 0 ? r : 0;
	}
	if (r >= 0)
		return kept;
	file->missed++;
	file->missed_generation = lose->generation;
	return r;
}

static int64_t begin_write(struct lose *lose, const struct hook_request *request, uint64_t first,
			   uint64_t last, uint64_t end)
{
	struct lose_file *file = lose_find_file(lose, request);
	struct lose_write *write = malloc(sizeof(*write));
	int r = write ? 0 : -ENOMEM;

	if (!r && !file)
		r = lose_add_file(lose, request, &file);
	if (r) {
		free(write);
		lose->missed++;
		return r;
	}
	*write = (struct lose_write){
		.next = lose->writes,
		.request = keep_request(request),
		.first = first,
		.last = last,
		.end = end,
	};
	lose->writes = write;
	return lose_keep_pages(lose, file, first, last, last_sync(lose, request));
}

int64_t lose_write_begins(struct lose *lose, const struct hook_request *request, uint64_t offset,
			  uint64_t size)
{
	int64_t kept;

	if (!size)
		return 0;
	atomic_store(&lose->used, true);
	pthread_mutex_lock(&lose->lock);
	kept = begin_write(lose, request, offset / LOSE_PAGE, (offset + size - 1) / LOSE_PAGE,
			   offset + size);
	pthread_mutex_unlock(&lose->lock);
	return kept;
}

/* Begins a generation of some pages of a file, which does not include the writes under way. */
static uint64_t begin_generation(struct lose *lose, struct lose_file *file, uint64_t first,
				 uint64_t last)
{
	uint64_t generation = ++lose->generation;

	for (const struct lose_write *write = lose->writes; write && file; write = write->next)
		if (is_same_file(&write->request, &file->request))
			lose_keep_pages(lose, file, lose_greater(first, write->first),
					lose_lesser(last, write->last), generation);
	return generation;
}

void lose_sync_begins(struct lose *lose, const struct hook_request *request)
{
	struct lose_sync *sync;
	struct lose_file *file;
	struct stat status;

	if (!atomic_load(&lose->used))
		return;
	sync = malloc(sizeof(*sync));
	/* One that is not known of makes nothing durable. */
	if (!sync)
		return;
	pthread_mutex_lock(&lose->lock);
	file = lose_find_file(lose, request);
	*sync = (struct lose_sync){
		.next = lose->syncs,
		.request = keep_request(request),
		.generation = begin_generation(lose, file, 0, UINT64_MAX),
	};
	if (file && !fstat(file->fd, &status))
		sync->size = (uint64_t)status.st_size;
	lose->syncs = sync;
	pthread_mutex_unlock(&lose->lock);
}

/* A page is durable as it was when the generation began. */
static void drop_older(struct lose *lose, struct lose_file *file, struct lose_page *page,
		       uint64_t generation)
{
	while (page->oldest && page->oldest->generation < generation) {
		struct version *version = page->oldest;

		page->oldest = version->newer;
		free_version(lose, version);
	}
	if (!page->oldest)
		forget_page(lose, file, page);
}

/* Without a sync under way only the oldest versions can come to be durable. */
static void drop_newer(struct lose *lose, struct lose_file *file)
{
	for (struct lose_page *page = file->pages; page; page = page->next)
		while (page->oldest->newer) {
			struct version *version = page->oldest->newer;

			page->oldest->newer = version->newer;
			free_version(lose, version);
		}
}

/* The size of a file becomes less by truncation alone, and lose_cut() sees to that. */
static void make_durable(struct lose *lose, struct lose_file *file, const struct lose_sync *sync)
{
	struct lose_page *next;

	for (struct lose_page *page = file->pages; page; page = next) {
		next = page->next;
		drop_older(lose, file, page, sync->generation);
	}
	file->size = lose_greater(file->size, sync->size);
	if (file->missed_generation < sync->generation)
		file->missed = 0;
}

static void end_sync(struct lose *lose, const struct hook_request *request, int result)
{
	struct lose_sync **link = &lose->syncs, *sync;
	struct lose_file *file = lose_find_file(lose, request);

	while (*link && (*link)->request.unique != request->unique)
		link = &(*link)->next;
	sync = *link;
	if (!sync)
		return;
	*link = sync->next;
	if (file && result >= 0)
		make_durable(lose, file, sync);
	if (file && !last_sync(lose, request))
		drop_newer(lose, file);
	free(sync);
	forget_synced(lose);
}

/* The write has been made durable with the pages that it lies in. */
static void end_durable_write(struct lose *lose, struct lose_file *file,
			      const struct lose_write *write)
{
	uint64_t generation = begin_generation(lose, file, write->first, write->last);
	struct lose_page *page;
	struct stat status;

	for (uint64_t number = write->first; number <= write->last; number++) {
		page = find_page(file, number);
		if (page)
			drop_older(lose, file, page, generation);
	}
	if (!fstat(file->fd, &status))
		file->size =
			lose_greater(file->size, lose_lesser(write->end, (uint64_t)status.st_size));
	forget_synced(lose);
}

static void end_write(struct lose *lose, const struct hook_request *request, int result)
{
	struct lose_write **link = &lose->writes, *write;
	struct lose_file *file = lose_find_file(lose, request);

	while ((write = *link))
		if (write->request.unique == request->unique) {
			*link = write->next;
			if (file && result > 0 && request->mode & O_DSYNC)
				end_durable_write(lose, file, write);
			free(write);
		} else {
			link = &write->next;
		}
}

void lose_ends(struct lose *lose, const struct hook_request *request, int result)
{
	if (!atomic_load_explicit(&lose->used, memory_order_relaxed))
		return;
	pthread_mutex_lock(&lose->lock);
	if (request->opcode == FUSE_WRITE)
		end_write(lose, request, result);
	else
		end_sync(lose, request, result);
	pthread_mutex_unlock(&lose->lock);
}

static void cut_version(struct version *version, uint64_t first, uint64_t size)
{
	if (first + version->size > size)
		version->size = first < size ? (size_t)(size - first) : 0;
}

void lose_cut(struct lose *lose, const struct hook_request *request, uint64_t size)
{
	struct lose_file *file;

	if (!atomic_load_explicit(&lose->used, memory_order_relaxed))
		return;
	pthread_mutex_lock(&lose->lock);
	file = lose_find_file(lose, request);
	if (file && file->size > size)
		file->size = size;
	for (struct lose_page *page = file ? file->pages : NULL; page; page = page->next)
		for (struct version *version = page->oldest; version; version = version->newer)
			cut_version(version, page->number * LOSE_PAGE, size);
	for (struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
		if (is_same_file(&sync->request, request) && sync->size > size)
			sync->size = size;
	pthread_mutex_unlock(&lose->lock);
}
