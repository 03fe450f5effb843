/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/random.h"
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

const char *const lose_names[] = { "whole", "pages", "torn", NULL };

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
	const struct version *durable = page->oldest;
	size_t from = lost_from(lose, file, page, how);
	off_t at = (off_t)(page->number * LOSE_PAGE);
	size_t old = durable->size > from ? durable->size - from : 0;

	report->pages++;
	if (from == LOSE_PAGE)
		return (uint64_t)at + LOSE_PAGE;
	report->lost++;
	report->bytes += LOSE_PAGE - from;
	/* Where the file had no bytes, it has zeros again, and its end is settled afterwards. */
	if (pwrite(file->fd, durable->data + from, old, at + (off_t)from) != (ssize_t)old ||
	    pwrite(file->fd, zeros, LOSE_PAGE - from - old, at + (off_t)(from + old)) < 0)
		report->error = report->error ?: errno ? -errno : -EIO;
	return from ? (uint64_t)at + from : 0;
}

static void lose_a_file(struct lose *lose, struct lose_file *file, enum lose_how how,
			struct lose_report *report)
{
	uint64_t end = file->size, through;
	struct stat status;
	int r;

	report->files++;
	report->missed += file->missed;
	if (fstat(file->fd, &status)) {
		report->error = report->error ?: -errno;
		return;
	}
	for (const struct lose_page *page = file->pages; page; page = page->next) {
		through = lose_a_page(lose, file, page, how, report);
		end = lose_greater(end, through);
	}
	if (ftruncate(file->fd, (off_t)lose_lesser(end, (uint64_t)status.st_size)))
		report->error = report->error ?: -errno;
	r = file->request.lookups->evict(&file->request, 0, 0, 0);
	report->error = report->error ?: r;
}

/* What writes that are under way will write is not durable. of: those to its file alone; NULL: all. */
static void keep_under_way(struct lose *lose, const struct hook_request *of)
{
	for (const struct lose_write *write = lose->writes; write; write = write->next) {
		struct lose_file *file;

		if (of &&
		    (write->request.inode != of->inode || write->request.device != of->device))
			continue;
		file = lose_find_file(lose, &write->request);
		if (!file && lose_add_file(lose, &write->request, &file))
			lose->missed++;
		else
			lose_keep_pages(lose, file, write->first, write->last, lose->generation);
	}
}

/* The kernel would drop what it caches of a file whose time has changed. */
static void put_back_quietly(const struct lose *lose, struct lose_file *file,
			     struct lose_report *report)
{
	struct stat status;

	if (fstat(file->fd, &status))
		return;
	for (const struct lose_page *page = file->pages; page; page = page->next)
		lose_a_page(lose, file, page, LOSE_WHOLE, report);
	if (ftruncate(file->fd, status.st_size) ||
	    futimens(file->fd, (struct timespec[]){ status.st_atim, status.st_mtim }))
		report->error = report->error ?: -errno;
}

uint64_t lose_drop(struct lose *lose, const struct hook_request *request)
{
	struct lose_report report = { .error = 0 };
	struct lose_file **link = &lose->files;

	pthread_mutex_lock(&lose->lock);
	while (*link && ((*link)->request.inode != request->inode ||
			 (*link)->request.device != request->device))
		link = &(*link)->next;
	if (*link) {
		put_back_quietly(lose, *link, &report);
		lose_forget_file(lose, link);
		keep_under_way(lose, request);
	}
	pthread_mutex_unlock(&lose->lock);
	return report.bytes;
}

/* All that there is is durable now, but for what writes that are under way will write. */
static void begin_anew(struct lose *lose)
{
	while (lose->files)
		lose_forget_file(lose, &lose->files);
	for (struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
		sync->size = 0;
	lose->missed = 0;
	lose->generation++;
	keep_under_way(lose, NULL);
}

/* Without the lock: what is written back comes as requests. */
static int write_back(struct lose *lose)
{
	const struct hook_lookups *lookups;

	if (!atomic_load_explicit(&lose->knows_layer, memory_order_acquire))
		return 0;
	lookups = lose->any.lookups;
	return lookups && lookups->write_back ? lookups->write_back(&lose->any) : 0;
}

struct lose_report lose_crash(struct lose *lose, enum lose_how how)
{
	struct lose_report report = { .error = 0 };

	pthread_mutex_lock(&lose->crash);
	report.error = write_back(lose);
	if (!report.error) {
		pthread_mutex_lock(&lose->lock);
		lose->crashes++;
		report.missed = lose->missed;
		for (struct lose_file *file = lose->files; file; file = file->next)
			lose_a_file(lose, file, how, &report);
		begin_anew(lose);
		pthread_mutex_unlock(&lose->lock);
	}
	pthread_mutex_unlock(&lose->crash);
	return report;
}
