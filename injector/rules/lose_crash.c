/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/random.h"
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

/* A crash in progress. */
struct crash {
	struct lose *lose;
	const struct lose_settings *settings;
	const struct lose_witness *witness; /* may be NULL */
	struct lose_report report;
};

/* A listed write that survives. */
struct survivor {
	struct survivor *next;
	struct lose_file *file;
	uint64_t offset;
	size_t size;
	unsigned char bytes[];
};

static void note_error(struct crash *crash, int error)
{
	crash->report.error = crash->report.error ?: error;
}

static uint64_t draw(const struct lose *lose, uint64_t inode, uint64_t number)
{
	return random_value(lose->seed, RANDOM_LOSE + inode, lose->crashes << 40 | number);
}

/* Whether a lost truncation or hole restores the page: then no write to it survives. */
static bool is_changed(const struct lose *lose, const struct lose_file *file, uint64_t page)
{
	const struct lose_change *change = file->changes ? lose->first : NULL;

	for (; change; change = change->next)
		if (change->file == file && change->kind != CHANGE_ALLOCATED && !change->grows &&
		    (page + 1) * LOSE_PAGE > lose_lesser(change->offset, change->end) &&
		    (change->kind == CHANGE_SIZE || page * LOSE_PAGE < change->end))
			return true;
	return false;
}

/* The byte of a page from which on durable bytes are restored; LOSE_PAGE: the page survives. */
static size_t lost_from(const struct crash *crash, const struct lose_file *file, uint64_t page)
{
	uint64_t random;

	if (crash->settings->keep.kind != LOSE_RANDOM || is_changed(crash->lose, file, page))
		return 0;
	random = draw(crash->lose, file->identity.inode, page);
	return crash->settings->torn == LOSE_TORN_SECTOR
		       ? (size_t)(random % (LOSE_PAGE / SECTOR + 1)) * SECTOR
	       : random & 1 ? LOSE_PAGE
			    : 0;
}

/* Restores a page from byte `from` on. Returns the end of its surviving part, in bytes of the file,
 * or 0. */
static uint64_t put_back_page(struct crash *crash, const struct lose_file *file,
			      const struct lose_page *page, size_t from)
{
	unsigned char bytes[LOSE_PAGE];
	off_t at = (off_t)(page->number * LOSE_PAGE);
	size_t size = LOSE_PAGE - from;
	ssize_t put;
	int r;

	crash->report.pages++;
	if (from == LOSE_PAGE)
		return (uint64_t)at + LOSE_PAGE;
	crash->report.lost++;
	crash->report.bytes += size;
	r = lose_read_version(crash->lose, page->oldest, bytes);
	/* Zeros beyond the durable end; put_back_file() truncates the file afterwards. */
	put = r ? 0 : pwrite(file->fd, bytes + from, size, at + (off_t)from);
	if (put != (ssize_t)size)
		note_error(crash, r ? r : put < 0 ? -errno : -EIO);
	return from ? (uint64_t)at + from : 0;
}

/* Undoes an allocation: punches holes where nothing was written. */
static void free_space(struct crash *crash, const struct lose_change *change)
{
	off_t at = (off_t)change->offset, end = (off_t)change->end, data;

	while (at < end) {
		data = lseek(change->file->fd, at, SEEK_DATA);
		if (data < 0 || data > end)
			data = end;
		if (data > at &&
		    fallocate(change->file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at,
			      data - at))
			note_error(crash, -errno);
		at = data < end ? lseek(change->file->fd, data, SEEK_HOLE) : end;
		if (at < data)
			return;
	}
}

static void tell(const struct crash *crash, const struct lose_file *file, uint64_t bytes)
{
	char link[32], path[PATH_MAX];
	ssize_t length;

	if (!crash->witness || !bytes)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file->fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length < 0 ? 0 : length] = '\0';
	crash->witness->lost(crash->witness->context, path, false, bytes);
}

static void put_back_file(struct crash *crash, struct lose_file *file)
{
	uint64_t end = file->size, before = crash->report.bytes;
	struct stat status;

	crash->report.files++;
	crash->report.missed += file->missed;
	if (fstat(file->fd, &status)) {
		note_error(crash, -errno);
		return;
	}
	for (const struct lose_page *page = file->pages; page; page = page->next) {
		uint64_t through =
			put_back_page(crash, file, page, lost_from(crash, file, page->number));

		end = lose_greater(end, lose_lesser(through, (uint64_t)status.st_size));
	}
	if (ftruncate(file->fd, (off_t)end))
		note_error(crash, -errno);
	tell(crash, file, crash->report.bytes - before);
	note_error(crash, file->request.lookups->evict(&file->request, 0, 0, 0));
}

/* Reads a page as a write left it: the version that the next write recorded, or the file's bytes.
 */
static int read_after(const struct lose *lose, const struct lose_file *file, uint64_t number,
		      uint64_t generation, unsigned char bytes[LOSE_PAGE])
{
	struct lose_page *page = lose_find_page(file, number);
	struct version *version = page ? page->oldest : NULL;
	ssize_t got;

	while (version && version->generation <= generation)
		version = version->newer;
	if (version)
		return lose_read_version(lose, version, bytes);
	got = pread(file->fd, bytes, LOSE_PAGE, (off_t)(number * LOSE_PAGE));
	if (got < 0)
		return -errno;
	memset(bytes + got, 0, LOSE_PAGE - (size_t)got);
	return 0;
}

/* The end of the surviving part of the last surviving write, by the seed. */
static uint64_t torn_end(const struct crash *crash, const struct lose_write *write)
{
	uint64_t unit = crash->settings->torn == LOSE_TORN_PAGE ? LOSE_PAGE : SECTOR;
	uint64_t first = write->offset / unit + 1, last = (write->end - 1) / unit;

	if (crash->settings->torn == LOSE_UNTORN || first > last)
		return write->end;
	return (first +
		draw(crash->lose, write->request.inode, write->generation) % (last - first + 1)) *
	       unit;
}

static struct survivor *read_survivor(struct crash *crash, const struct lose_write *write,
				      uint64_t end)
{
	const struct lose_identity identity = lose_identity_of(&write->request);
	struct lose_file *file = lose_find_file(crash->lose, &identity);
	struct survivor *survivor = file ? malloc(sizeof(*survivor) + end - write->offset) : NULL;

	if (!survivor) {
		note_error(crash, file ? -ENOMEM : 0);
		return NULL;
	}
	*survivor = (struct survivor){
		.file = file,
		.offset = write->offset,
		.size = end - write->offset,
	};
	for (uint64_t at = write->offset, next; at < end; at = next) {
		unsigned char bytes[LOSE_PAGE] = { 0 };

		next = lose_lesser(end, (at / LOSE_PAGE + 1) * LOSE_PAGE);
		note_error(crash,
			   read_after(crash->lose, file, at / LOSE_PAGE, write->generation, bytes));
		memcpy(survivor->bytes + (at - write->offset), bytes + at % LOSE_PAGE, next - at);
	}
	return survivor;
}

/* Reads the listed writes, in their order. */
static struct survivor *read_survivors(struct crash *crash)
{
	const struct lose_keep *keep = &crash->settings->keep;
	struct survivor *first = NULL, **last = &first;
	const struct lose_write *latest = NULL;
	size_t number = 0;

	for (const struct lose_write *put = crash->lose->put; put; put = put->next, number++)
		if (number < LOSE_WRITES && keep->writes[number / 64] >> number % 64 & 1)
			latest = put;
	number = 0;
	for (const struct lose_write *put = latest ? crash->lose->put : NULL; put;
	     put = put->next, number++) {
		if (number >= LOSE_WRITES || !(keep->writes[number / 64] >> number % 64 & 1))
			continue;
		*last = read_survivor(crash, put, put == latest ? torn_end(crash, put) : put->end);
		if (*last)
			last = &(*last)->next;
	}
	return first;
}

static void write_survivors(struct crash *crash, struct survivor *survivor)
{
	while (survivor) {
		struct survivor *next = survivor->next;
		ssize_t put = pwrite(survivor->file->fd, survivor->bytes, survivor->size,
				     (off_t)survivor->offset);

		if (put != (ssize_t)survivor->size)
			note_error(crash, put < 0 ? -errno : -EIO);
		free(survivor);
		survivor = next;
	}
}

/* Records the pages of writes in progress, which are not durable. of: only writes to its file;
 * NULL: all. */
static void keep_under_way(struct lose *lose, const struct hook_request *of)
{
	for (const struct lose_write *write = lose->writes; write; write = write->next) {
		struct lose_file *file;

		if (of &&
		    (write->request.inode != of->inode || write->request.device != of->device))
			continue;
		if (lose_need_file(lose, &write->request, &file))
			lose->missed++;
		else
			lose_keep_pages(lose, file, write->offset / LOSE_PAGE,
					(write->end - 1) / LOSE_PAGE, lose->generation);
	}
}

/* Restores a file's data with its size and times: the kernel drops the cache of a file whose times
 * change. */
static void put_back_quietly(struct crash *crash, struct lose_file *file)
{
	struct stat status;

	if (fstat(file->fd, &status))
		return;
	for (const struct lose_page *page = file->pages; page; page = page->next)
		put_back_page(crash, file, page, 0);
	if (ftruncate(file->fd, status.st_size) ||
	    futimens(file->fd, (struct timespec[]){ status.st_atim, status.st_mtim }))
		note_error(crash, -errno);
}

uint64_t lose_drop(struct lose *lose, const struct hook_request *request)
{
	const struct lose_identity identity = lose_identity_of(request);
	struct crash crash = { .lose = lose };
	struct lose_file *file;

	pthread_mutex_lock(&lose->lock);
	file = lose_find_file(lose, &identity);
	if (file) {
		put_back_quietly(&crash, file);
		while (file->pages)
			lose_forget_page(lose, file, file->pages);
		file->missed = 0;
		lose_forget_synced(lose);
		keep_under_way(lose, request);
	}
	pthread_mutex_unlock(&lose->lock);
	return crash.report.bytes;
}

/* Counts the present state as durable, except for writes in progress. */
static void begin_anew(struct lose *lose)
{
	lose_forget_changes(lose);
	while (lose->files)
		lose_forget_file(lose, &lose->files);
	while (lose->put) {
		struct lose_write *put = lose->put;

		lose->put = put->next;
		free(put);
	}
	lose->last_put = &lose->put;
	for (struct lose_sync *sync = lose->syncs; sync; sync = sync->next)
		sync->size = 0;
	lose->missed = 0;
	lose->generation++;
	if (!lose_is_off(lose))
		keep_under_way(lose, NULL);
}

/* Restores attributes from the first change of each file. Last: all else changes times. */
static void put_back_attributes(struct crash *crash)
{
	void *seen = NULL;

	for (const struct lose_change *change = crash->lose->first; change; change = change->next) {
		if (!change->object || tfind(change->object, &seen, lose_compare))
			continue;
		tsearch(change->object, &seen, lose_compare);
		note_error(crash, lose_put_attributes(change->object->fd, change->attributes));
	}
	lose_end_set(seen);
}

/* Restores data before names: a file without a name is rebuilt from its data. */
static void put_back(struct crash *crash)
{
	struct lose *lose = crash->lose;
	struct survivor *survivors = NULL;

	lose->crashes++;
	crash->report.missed = lose->missed;
	if (crash->settings->keep.kind == LOSE_RANDOM)
		crash->report.kept = lose_choose_changes(lose);
	if (crash->settings->keep.kind == LOSE_LISTED)
		survivors = read_survivors(crash);
	for (struct lose_file *file = lose->files; file; file = file->next)
		put_back_file(crash, file);
	write_survivors(crash, survivors);
	for (const struct lose_change *change = lose->first; change; change = change->next) {
		crash->report.changes++;
		if (change->kind == CHANGE_ALLOCATED)
			free_space(crash, change);
	}
	if (crash->report.changes)
		note_error(crash, lose_put_back_names(lose, crash->witness));
	put_back_attributes(crash);
	begin_anew(lose);
}

/* Without the lock, since writeback sends requests. */
static int write_back(struct lose *lose)
{
	const struct hook_lookups *lookups;

	if (!atomic_load_explicit(&lose->knows_layer, memory_order_acquire))
		return 0;
	lookups = lose->any.lookups;
	return lookups && lookups->write_back ? lookups->write_back(&lose->any) : 0;
}

static void forget_above(struct lose *lose)
{
	const struct hook_lookups *lookups = lose->any.lookups;

	if (atomic_load_explicit(&lose->knows_layer, memory_order_acquire) && lookups &&
	    lookups->forget)
		lookups->forget(&lose->any);
}

struct lose_report lose_crash(struct lose *lose, const struct lose_settings *settings,
			      const struct lose_witness *witness)
{
	struct crash crash = { .lose = lose, .settings = settings, .witness = witness };

	pthread_mutex_lock(&lose->crash);
	if (settings->then == LOSE_SERVE && !lose_is_off(lose))
		crash.report.error = write_back(lose);
	if (!crash.report.error && !lose_is_off(lose)) {
		pthread_rwlock_wrlock(&lose->gate);
		pthread_mutex_lock(&lose->lock);
		if (settings->then == LOSE_FAIL)
			atomic_store_explicit(&lose->off, true, memory_order_release);
		put_back(&crash);
		crash.report.made = true;
		pthread_mutex_unlock(&lose->lock);
		pthread_rwlock_unlock(&lose->gate);
		forget_above(lose);
	}
	pthread_mutex_unlock(&lose->crash);
	return crash.report;
}
