/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose.h"
#include "injector/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512, BUCKETS = 1024 };

const char *const lose_names[] = { "whole", "pages", "torn", NULL };

/* A page as it was when it was durable. */
struct lose_page {
	struct lose_page *next;
	uint64_t number;
	size_t size; /* bytes that the file had of it */
	unsigned char data[LOSE_PAGE];
};

struct lose_file {
	struct lose_file *next;
	struct hook_request request; /* to have its cache dropped */
	int fd;
	uint64_t size;       /* durable */
	uint64_t page_count; /* in the buckets */
	struct lose_page *buckets[BUCKETS];
};

void lose_init(struct lose *lose, uint64_t seed)
{
	memset(lose, 0, sizeof(*lose));
	lose->seed = seed;
	pthread_mutex_init(&lose->lock, NULL);
}

/* With the lock held, like all below. */
static void forget_pages(struct lose *lose, struct lose_file *file)
{
	for (size_t i = 0; i < BUCKETS; i++)
		while (file->buckets[i]) {
			struct lose_page *page = file->buckets[i];

			file->buckets[i] = page->next;
			free(page);
		}
	lose->pages -= file->page_count;
	file->page_count = 0;
}

static void forget_file(struct lose *lose, struct lose_file **link)
{
	struct lose_file *file = *link;

	*link = file->next;
	forget_pages(lose, file);
	close(file->fd);
	free(file);
	atomic_store(&lose->active, lose->files != NULL);
}

void lose_destroy(struct lose *lose)
{
	while (lose->files)
		forget_file(lose, &lose->files);
	pthread_mutex_destroy(&lose->lock);
}

static struct lose_file **find_file(struct lose *lose, uint64_t inode)
{
	struct lose_file **link = &lose->files;

	while (*link && (*link)->request.inode != inode)
		link = &(*link)->next;
	return link;
}

static int add_file(struct lose *lose, const struct hook_request *request)
{
	struct lose_file *file = calloc(1, sizeof(*file));
	struct stat status;

	if (!file)
		return -ENOMEM;
	file->fd = request->lookups->open(request, O_RDWR);
	if (file->fd < 0 || fstat(file->fd, &status)) {
		int error = file->fd < 0 ? file->fd : -errno;

		if (file->fd >= 0)
			close(file->fd);
		free(file);
		return error;
	}
	file->size = (uint64_t)status.st_size;
	file->request = *request;
	file->request.plan = NULL;
	file->request.name = NULL;
	file->next = lose->files;
	lose->files = file;
	atomic_store(&lose->active, true);
	return 0;
}

static bool has_page(const struct lose_file *file, uint64_t number)
{
	const struct lose_page *page = file->buckets[number % BUCKETS];

	while (page && page->number != number)
		page = page->next;
	return page;
}

static int64_t keep_page(struct lose *lose, struct lose_file *file, uint64_t number)
{
	struct lose_page *page = calloc(1, sizeof(*page));
	ssize_t got = 0;

	if (!page)
		return -ENOMEM;
	if (number * LOSE_PAGE < file->size)
		got = pread(file->fd, page->data, LOSE_PAGE, (off_t)(number * LOSE_PAGE));
	if (got < 0) {
		free(page);
		return -errno;
	}
	page->number = number;
	page->size = (size_t)got;
	page->next = file->buckets[number % BUCKETS];
	file->buckets[number % BUCKETS] = page;
	file->page_count++;
	lose->pages++;
	return LOSE_PAGE;
}

int64_t lose_remember(struct lose *lose, const struct hook_request *request, uint64_t offset,
		      uint64_t size)
{
	struct lose_file *file;
	int64_t kept = 0, r = 0;

	pthread_mutex_lock(&lose->lock);
	file = *find_file(lose, request->inode);
	if (!file)
		r = add_file(lose, request);
	if (!r)
		file = *find_file(lose, request->inode);
	for (uint64_t page = offset / LOSE_PAGE;
	     r >= 0 && page * LOSE_PAGE < offset + size && lose->pages < LOSE_PAGES_MAX; page++) {
		if (has_page(file, page))
			continue;
		r = keep_page(lose, file, page);
		kept += r > 0 ? r : 0;
	}
	pthread_mutex_unlock(&lose->lock);
	return r < 0 ? r : kept;
}

void lose_synced(struct lose *lose, uint64_t inode)
{
	struct lose_file **link;

	pthread_mutex_lock(&lose->lock);
	link = find_file(lose, inode);
	if (*link)
		forget_file(lose, link);
	pthread_mutex_unlock(&lose->lock);
}

void lose_cut(struct lose *lose, uint64_t inode, uint64_t size)
{
	struct lose_file *file;

	pthread_mutex_lock(&lose->lock);
	file = *find_file(lose, inode);
	if (file && file->size > size)
		file->size = size;
	for (size_t i = 0; file && i < BUCKETS; i++)
		for (struct lose_page *page = file->buckets[i]; page; page = page->next) {
			uint64_t first = page->number * LOSE_PAGE;

			if (first + page->size > size)
				page->size = first < size ? (size_t)(size - first) : 0;
		}
	pthread_mutex_unlock(&lose->lock);
}

/* From which byte of a page on the durable ones are put back; LOSE_PAGE: it got through. */
static size_t lost_from(const struct lose *lose, const struct lose_file *file,
			const struct lose_page *page, enum lose_how how)
{
	uint64_t random = random_value(lose->seed, RANDOM_LOSE + file->request.inode,
				       lose->crashes << 40 | page->number);

	switch (how) {
	case LOSE_PAGES:
		return random & 1 ? LOSE_PAGE : 0;
	case LOSE_TORN:
		return (size_t)(random % (LOSE_PAGE / SECTOR + 1)) * SECTOR;
	default:
		return 0;
	}
}

/* Returns the end of what got through of the page, in the file, or 0. */
static uint64_t lose_a_page(const struct lose *lose, const struct lose_file *file,
			    const struct lose_page *page, enum lose_how how,
			    struct lose_report *report)
{
	static const unsigned char zeros[LOSE_PAGE];
	size_t from = lost_from(lose, file, page, how);
	off_t at = (off_t)(page->number * LOSE_PAGE);
	size_t old = page->size > from ? page->size - from : 0;

	report->pages++;
	if (from == LOSE_PAGE)
		return (uint64_t)at + LOSE_PAGE;
	report->lost++;
	report->bytes += LOSE_PAGE - from;
	/* Where the file had no bytes, it has zeros again, and its end is settled afterwards. */
	if (pwrite(file->fd, page->data + from, old, at + (off_t)from) != (ssize_t)old ||
	    pwrite(file->fd, zeros, LOSE_PAGE - from - old, at + (off_t)(from + old)) < 0)
		report->error = report->error ?: errno ? -errno : -EIO;
	return from ? (uint64_t)at + from : 0;
}

static void lose_a_file(const struct lose *lose, const struct lose_file *file, enum lose_how how,
			struct lose_report *report)
{
	uint64_t end = file->size, through;
	struct stat status;

	report->files++;
	if (fstat(file->fd, &status)) {
		report->error = report->error ?: -errno;
		return;
	}
	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct lose_page *page = file->buckets[i]; page; page = page->next) {
			through = lose_a_page(lose, file, page, how, report);
			end = through > end ? through : end;
		}
	if (end > (uint64_t)status.st_size)
		end = (uint64_t)status.st_size;
	if (ftruncate(file->fd, (off_t)end))
		report->error = report->error ?: -errno;
	file->request.lookups->evict(&file->request, 0, 0, 0);
}

struct lose_report lose_crash(struct lose *lose, enum lose_how how)
{
	struct lose_report report = { .error = 0 };

	pthread_mutex_lock(&lose->lock);
	lose->crashes++;
	for (const struct lose_file *file = lose->files; file; file = file->next)
		lose_a_file(lose, file, how, &report);
	while (lose->files)
		forget_file(lose, &lose->files);
	pthread_mutex_unlock(&lose->lock);
	return report;
}
