/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/memory/folio.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"

/* See Documentation/admin-guide/mm/pagemap.rst. */
#define PAGEMAP_PRESENT   (1ULL << 63)
#define PAGEMAP_FRAME     ((1ULL << 55) - 1)
#define KPF_LOCKED        (1ULL << 0)
#define KPF_COMPOUND_HEAD (1ULL << 15)
#define KPF_COMPOUND_TAIL (1ULL << 16)

/* Above the order of any folio (MAX_PAGECACHE_ORDER, PUD_ORDER). */
enum { ORDER_LIMIT = 20 };

int folio_lookup_open(struct folio_lookup *lookup)
{
	_cleanup_close_ int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int kpageflags = -1;

	if (pagemap < 0)
		return -errno;
	kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	if (kpageflags < 0)
		return -errno;
	lookup->pagemap = take_fd(&pagemap);
	lookup->kpageflags = take_fd(&kpageflags);
	return 0;
}

void folio_lookup_close(struct folio_lookup *lookup)
{
	cleanup_close(&lookup->pagemap);
	cleanup_close(&lookup->kpageflags);
	*lookup = FOLIO_LOOKUP_CLOSED;
}

/* Reads one of the 64-bit entries of which both files consist. */
static int read_entry(int fd, uint64_t index, uint64_t *entry)
{
	ssize_t got = pread(fd, entry, sizeof(*entry), (off_t)(index * sizeof(*entry)));

	if (got < 0)
		return -errno;
	return got == sizeof(*entry) ? 0 : -EIO;
}

static int find_frame(const struct folio_lookup *lookup, const void *address, uint64_t *frame)
{
	uint64_t entry;
	int error = read_entry(lookup->pagemap, (uintptr_t)address / page_size(), &entry);

	if (error)
		return error;
	if (!(entry & PAGEMAP_PRESENT))
		return -ENOENT;
	/* Frame 0 is never a user's page: it means that the frame is hidden. */
	if (!(entry & PAGEMAP_FRAME))
		return -EPERM;
	*frame = entry & PAGEMAP_FRAME;
	return 0;
}

int folio_is_mapped(const struct folio_lookup *lookup, const void *address)
{
	uint64_t entry;
	int error = read_entry(lookup->pagemap, (uintptr_t)address / page_size(), &entry);

	return error ? error : (entry & PAGEMAP_PRESENT) != 0;
}

int folio_is_locked(const struct folio_lookup *lookup, uint64_t head)
{
	uint64_t flags;
	int error = head == FOLIO_NO_FRAME ? -EIO : read_entry(lookup->kpageflags, head, &flags);

	return error ? error : (flags & KPF_LOCKED) != 0;
}

static uint64_t align_down(uint64_t frame, unsigned int order)
{
	return frame >> order << order;
}

/*
 * Finds the head of a frame's folio. It is aligned to the folio's order, so it is the frame with
 * some low bits cleared. Higher candidates are within the folio, and are tails.
 */
static int find_head(const struct folio_lookup *lookup, uint64_t frame, uint64_t *head)
{
	for (unsigned int order = 0; order <= ORDER_LIMIT; order++) {
		uint64_t flags, candidate = align_down(frame, order);
		int error;

		if (order && candidate == align_down(frame, order - 1))
			continue;
		error = read_entry(lookup->kpageflags, candidate, &flags);
		if (error)
			return error;
		if (flags & KPF_COMPOUND_HEAD || !(flags & KPF_COMPOUND_TAIL)) {
			*head = candidate;
			return 0;
		}
	}
	return -EAGAIN;
}

/*
 * Finds the order of a head's folio, which ends at the first power of two without a tail. From
 * below: further up there may be tails of another compound page.
 */
static int find_order(const struct folio_lookup *lookup, uint64_t head, unsigned int *order)
{
	for (unsigned int candidate = 0; candidate <= ORDER_LIMIT; candidate++) {
		uint64_t flags;
		int error = read_entry(lookup->kpageflags, head + (1ULL << candidate), &flags);

		/* The end of memory ends a folio, too. */
		if (error && error != -EIO)
			return error;
		if (error || !(flags & KPF_COMPOUND_TAIL)) {
			*order = candidate;
			return 0;
		}
	}
	return -EAGAIN;
}

int folio_probe(const struct folio_lookup *lookup, const void *address, struct folio_place *place)
{
	uint64_t frame = 0, head = 0;
	unsigned int order = 0;
	int error = find_frame(lookup, address, &frame);

	if (!error)
		error = find_head(lookup, frame, &head);
	if (!error)
		error = find_order(lookup, head, &order);
	if (error)
		return error;
	if (frame - head >= 1ULL << order)
		return -EAGAIN;
	*place = (struct folio_place){ order, (unsigned int)(frame - head), head };
	return 0;
}

int folio_order_at(const struct folio_lookup *lookup, const void *address)
{
	struct folio_place place;
	int error = folio_probe(lookup, address, &place);

	return error ? error : (int)place.order;
}

static int read_counter(unsigned int order, const char *name, uint64_t *value)
{
	char path[128];
	FILE *file;
	int fields;

	snprintf(path, sizeof(path), "/sys/kernel/mm/transparent_hugepage/hugepages-%ukB/stats/%s",
		 (page_size() >> 10) << order, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	fields = fscanf(file, "%" SCNu64, value);
	fclose(file);
	return fields == 1 ? 0 : -EIO;
}

int folio_splits_of(unsigned int order, struct folio_splits *splits)
{
	struct folio_splits read = { 0 };
	int error;

	if (order > ORDER_LIMIT)
		return -ENOENT;
	error = read_counter(order, "split", &read.split);
	if (!error)
		error = read_counter(order, "split_failed", &read.failed);
	if (!error)
		*splits = read;
	return error;
}

int folio_splits_all(struct folio_splits *splits)
{
	struct folio_splits sum = { 0 };
	bool found = false;

	for (unsigned int order = 0; order <= ORDER_LIMIT; order++) {
		struct folio_splits one;
		int error = folio_splits_of(order, &one);

		if (error == -ENOENT)
			continue;
		if (error)
			return error;
		sum.split += one.split;
		sum.failed += one.failed;
		found = true;
	}
	if (!found)
		return -ENOENT;
	*splits = sum;
	return 0;
}

int folio_make(int fd, off_t offset, size_t size, const void *buffer)
{
	ssize_t written = pwrite(fd, buffer, size, offset);

	if (written < 0)
		return -errno;
	return (size_t)written == size ? 0 : -EIO;
}

static int make_by_write(const struct folio_range *range)
{
	if (!range->buffer)
		return -EINVAL;
	return folio_make(range->fd, range->offset, range->size, range->buffer);
}

/* Drops the range from the page cache. Flushes and unmaps it first: dirty and mapped folios stay.
 */
static int drop(const struct folio_range *range)
{
	if (fdatasync(range->fd))
		return -errno;
	if (range->map && madvise(range->map, range->size, MADV_DONTNEED))
		return -errno;
	return -posix_fadvise(range->fd, range->offset, (off_t)range->size, POSIX_FADV_DONTNEED);
}

/* The kernel reads whole huge pages into a mapping with MADV_HUGEPAGE: do_sync_mmap_readahead(). */
static int make_by_madvise(const struct folio_range *range)
{
	int error;

	if (!range->map)
		return -EINVAL;
	error = drop(range);
	if (error)
		return error;
	if (madvise(range->map, range->size, MADV_HUGEPAGE) ||
	    madvise(range->map, range->size, MADV_POPULATE_READ))
		return -errno;
	return 0;
}

/*
 * Reads page after page, so that page_cache_sync_ra() sees a sequential reader in progress. Its
 * first window is then small, of small folios, and each next one is longer and of a larger order.
 * Larger reads, or a cached page before the range without a read there, make the first window so
 * long that it is the only one.
 */
static int make_by_readahead(const struct folio_range *range)
{
	size_t step = page_size();
	int error;
	char byte;

	if (range->offset && pread(range->fd, &byte, 1, range->offset - 1) < 0)
		return -errno;
	error = drop(range);
	for (size_t done = 0; !error && done < range->size; done += step) {
		ssize_t got = pread(range->fd, &byte, 1, range->offset + (off_t)done);

		if (got <= 0)
			error = got ? -errno : -EIO;
	}
	return error;
}

const struct folio_maker folio_makers[] = {
	{ .name = "write", .help = "one aligned write", .writes = true, .make = make_by_write },
	{ .name = "madvise",
	  .help = "a write, then MADV_HUGEPAGE and a page fault, which makes only folios of "
		  "2M",
	  .make = make_by_madvise },
	{ .name = "readahead",
	  .help = "a write, then sequential reads, whose folios get as large as the device's "
		  "read_ahead_kb allows",
	  .make = make_by_readahead },
	{ .name = NULL },
};

const struct folio_maker *folio_maker_find(const char *name)
{
	for (const struct folio_maker *maker = folio_makers; maker->name; maker++)
		if (!strcmp(maker->name, name))
			return maker;
	return NULL;
}
