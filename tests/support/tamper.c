/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tamper FILE WHAT: changes a stamped file beneath a live run in one way, after the next refill of
 * a page of its first region. Prints the class and the page that the oracle must report.
 *
 *	bit-flip	one bit of a page
 *	swap		two pages change places
 *	zeros		a page is zeroed
 *	old-generation	a page goes back to what it was before its last refill
 *	other-file	a page gets the stamps of another file
 *	torn		the second half of a page comes from its neighbour
 */
#include "injector/base/array.h"
#include "tools/reading/stamp.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int fd;
static uint64_t before[STAMP_WORDS], page[STAMP_WORDS], other[STAMP_WORDS];

static int take(uint64_t number, uint64_t *words)
{
	return pread(fd, words, STAMP_PAGE_SIZE, (off_t)(number * STAMP_PAGE_SIZE)) ==
			       STAMP_PAGE_SIZE
		       ? 0
		       : -1;
}

static int put(uint64_t number, const uint64_t *words)
{
	return pwrite(fd, words, STAMP_PAGE_SIZE, (off_t)(number * STAMP_PAGE_SIZE)) ==
			       STAMP_PAGE_SIZE
		       ? 0
		       : -1;
}

static int bit_flip(uint64_t number)
{
	page[77] ^= 1ULL << 13;
	return put(number, page);
}

static int swap(uint64_t number)
{
	return take(number + 5, other) || put(number + 5, page) || put(number, other);
}

static int zeros(uint64_t number)
{
	memset(page, 0, sizeof(page));
	return put(number, page);
}

static int old_generation(uint64_t number)
{
	return put(number, before);
}

static int other_file(uint64_t number)
{
	struct stamp stamp;

	if (!stamp_decode(page[0], 0, &stamp))
		return -1;
	stamp.file++;
	stamp_fill(page, stamp_base(stamp));
	return put(number, page);
}

static int torn(uint64_t number)
{
	if (take(number + 1, other))
		return -1;
	memcpy(page + STAMP_WORDS / 2, other + STAMP_WORDS / 2, sizeof(page) / 2);
	return put(number, page);
}

/* Waits for the page's next refill. Stores the page after it in `page`, and before it in `before`.
 * A refill that did not get its folio is written once more, so this then waits long enough for that
 * to be over; the run leaves a refilled region alone for longer. */
static int take_refilled(uint64_t number)
{
	const struct timespec moment = { .tv_nsec = 1000000 }, settled = { .tv_nsec = 150000000 };

	for (int tries = 0; tries < 20000; tries++) {
		if (take(number, page))
			return -1;
		if (before[0] && page[0] && page[0] != before[0]) {
			nanosleep(&settled, NULL);
			return 0;
		}
		if (page[0])
			memcpy(before, page, sizeof(before));
		nanosleep(&moment, NULL);
	}
	return -1;
}

static const struct {
	const char *name, *class;
	uint64_t page;
	int (*tamper)(uint64_t number);
} ways[] = {
	{ "bit-flip", "bit-flip", 3, bit_flip },
	{ "swap", "other-page", 4, swap },
	{ "zeros", "zeros", 7, zeros },
	{ "old-generation", "old-generation", 8, old_generation },
	{ "other-file", "other-file", 12, other_file },
	{ "torn", "torn", 14, torn },
};

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		return perror(argv[1]), 1;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(argv[2], ways[i].name))
			continue;
		if (take_refilled(ways[i].page) || ways[i].tamper(ways[i].page))
			return fprintf(stderr, "tamper: %s: no success\n", argv[2]), 1;
		printf("%s %llu\n", ways[i].class, (unsigned long long)ways[i].page);
		return 0;
	}
	return 2;
}
