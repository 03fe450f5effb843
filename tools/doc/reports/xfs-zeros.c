/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Zeros in a mapped file that is deduplicated, on XFS with large folios (5.18 to 7.2): see
 * xfs-zeros.md.
 *
 *     cc -O2 -pthread -o xfs-zeros xfs-zeros.c && ./xfs-zeros DIRECTORY-ON-XFS
 *
 * Each file holds one letter from its begin to its end, and no byte of it ever changes. Prints what
 * else a load from its mapping finds, and ends after ten such loads, with exit code 1; or after
 * 10,000 files without one, with 0.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The range is the second half of one large folio and the first half of the next, which is zeroed
 * while the pages of the first are already unlocked, and still in the page cache. */
enum {
	FOLIO = 2 << 20,
	FIRST = FOLIO / 2,
	LENGTH = FOLIO,
	PAGE = 4096,
	FILES = 10000,
	WANTED = 10
};

static volatile char *map; /* The reader's address leads to one file after the other. */
static atomic_int found;

static void *reader(void *unused)
{
	volatile char *page = map + FOLIO - PAGE;

	(void)unused;
	while (found < WANTED) {
		char byte = *page;

		if (byte != 'A' && ++found <= WANTED)
			printf("load: 0x%02x, not 'A'\n", byte);
		madvise((void *)page, PAGE, MADV_DONTNEED); /* to fault again */
	}
	return NULL;
}

static int make_file(const char *directory)
{
	static char bytes[2 * FOLIO];
	int fd = open(directory, O_TMPFILE | O_RDWR, 0600);

	memset(bytes, 'A', sizeof(bytes));
	if (fd < 0 || pwrite(fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		err(2, "%s", directory);
	return fd;
}

int main(int count, char **arguments)
{
	pthread_t thread;
	int i, twin;

	if (count != 2)
		errx(2, "usage: xfs-zeros DIRECTORY-ON-XFS");
	twin = make_file(arguments[1]);
	for (i = 0; i < FILES && found < WANTED; i++) {
		int fd = make_file(arguments[1]);
		struct {
			struct file_dedupe_range range;
			struct file_dedupe_range_info to;
		} same = { { .src_offset = FIRST, .src_length = LENGTH, .dest_count = 1 },
			   { .dest_fd = fd, .dest_offset = FIRST } };
		void *at = mmap((void *)map, 2 * FOLIO, PROT_READ,
				MAP_SHARED | (map ? MAP_FIXED : 0), fd, 0);

		if (at == MAP_FAILED)
			err(2, "mmap");
		map = at;
		if (!i && pthread_create(&thread, NULL, reader, NULL))
			errx(2, "no thread");
		if (ioctl(twin, FIDEDUPERANGE, &same) || same.to.status)
			errx(2, "FIDEDUPERANGE: %m, status %d", same.to.status);
		close(fd);
	}
	printf("%d wrong loads, %d files\n", found, i);
	return found > 0;
}
