/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_pages(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static void free_version(struct lose *lose, struct version *version)
{
	lose_spill_drop(&lose->spill, version->slot);
	free(version);
}

void lose_forget_page(struct lose *lose, struct lose_file *file, struct lose_page *page)
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
	free(page);
}

struct lose_page *lose_find_page(const struct lose_file *file, uint64_t number)
{
	struct lose_page *const *found = tfind(&number, &file->tree, compare_pages);

	return found ? *found : NULL;
}

static bool is_zero(const unsigned char *bytes, size_t size)
{
	return !size || (!*bytes && !memcmp(bytes, bytes + 1, size - 1));
}

/* Records a page as it is now. Returns NULL and errno if that fails. */
static struct version *make_version(struct lose *lose, const struct lose_file *file,
				    uint64_t number)
{
	unsigned char data[LOSE_PAGE] = { 0 };
	off_t at = (off_t)(number * LOSE_PAGE);
	ssize_t got = pread(file->fd, data, LOSE_PAGE, at);
	struct version *version = got < 0 ? NULL : malloc(sizeof(*version));
	int r = 0;

	if (!version)
		return NULL;
	*version = (struct version){
		.generation = lose->generation,
		.size = (size_t)got,
		.slot = NO_SLOT,
	};
	if (is_zero(data, (size_t)got))
		version->hole = lseek(file->fd, at, SEEK_DATA) != at;
	else
		r = lose_spill_put(&lose->spill, data, &version->slot);
	if (!r)
		return version;
	free(version);
	errno = -r;
	return NULL;
}

int lose_read_version(const struct lose *lose, const struct version *version,
		      unsigned char bytes[LOSE_PAGE])
{
	int r = version->slot < 0 ? 0 : lose_spill_get(&lose->spill, version->slot, bytes);

	if (version->slot < 0)
		memset(bytes, 0, LOSE_PAGE);
	else if (!r)
		memset(bytes + version->size, 0, LOSE_PAGE - version->size);
	return r;
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
	page->next = file->pages;
	page->link = &file->pages;
	if (page->next)
		page->next->link = &page->next;
	file->pages = page;
	return 0;
}

/* Records a page, unless it has a version of `generation` or later. Returns the bytes recorded, or
 * -errno. */
static int64_t keep_page(struct lose *lose, struct lose_file *file, uint64_t number,
			 uint64_t generation)
{
	struct lose_page *page = lose_find_page(file, number);
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

int64_t lose_keep_data(struct lose *lose, struct lose_file *file, uint64_t from, uint64_t to,
		       uint64_t generation)
{
	int64_t kept = 0, r = 0;
	off_t at = (off_t)from, end;

	while (r >= 0 && (at = lseek(file->fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < to) {
		end = lseek(file->fd, at, SEEK_HOLE);
		if (end <= at)
			break;
		end = (off_t)lose_lesser((uint64_t)end, to);
		r = lose_keep_pages(lose, file, (uint64_t)at / LOSE_PAGE,
				    (uint64_t)(end - 1) / LOSE_PAGE, generation);
		kept += r > 0 ? r : 0;
		at = end;
	}
	return r < 0 ? r : kept;
}

void lose_drop_older(struct lose *lose, struct lose_file *file, struct lose_page *page,
		     uint64_t generation)
{
	while (page->oldest && page->oldest->generation < generation) {
		struct version *version = page->oldest;

		page->oldest = version->newer;
		free_version(lose, version);
	}
	if (!page->oldest)
		lose_forget_page(lose, file, page);
}

void lose_drop_newer(struct lose *lose, struct lose_file *file)
{
	for (struct lose_page *page = file->pages; page; page = page->next)
		while (page->oldest->newer) {
			struct version *version = page->oldest->newer;

			page->oldest->newer = version->newer;
			free_version(lose, version);
		}
}

void lose_cut_versions(struct lose_file *file, uint64_t size, uint64_t before)
{
	for (struct lose_page *page = file->pages; page; page = page->next) {
		uint64_t first = page->number * LOSE_PAGE;

		for (struct version *version = page->oldest;
		     version && version->generation < before; version = version->newer)
			if (first + version->size > size)
				version->size = first < size ? (size_t)(size - first) : 0;
	}
}

static void zero_version(struct lose *lose, struct version *version, size_t from, size_t to)
{
	unsigned char bytes[LOSE_PAGE];
	int64_t slot = version->slot;

	if (slot < 0 || lose_read_version(lose, version, bytes))
		return;
	memset(bytes + from, 0, to - from);
	if (!lose_spill_put(&lose->spill, bytes, &version->slot))
		lose_spill_drop(&lose->spill, slot);
}

void lose_zero_versions(struct lose *lose, struct lose_file *file, uint64_t from, uint64_t to,
			uint64_t before)
{
	for (struct lose_page *page = file->pages; page; page = page->next) {
		uint64_t first = page->number * LOSE_PAGE;
		uint64_t begin = lose_greater(from, first),
			 end = lose_lesser(to, first + LOSE_PAGE);

		for (struct version *version = page->oldest;
		     version && begin < end && version->generation < before;
		     version = version->newer)
			zero_version(lose, version, begin - first, end - first);
	}
}
