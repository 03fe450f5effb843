/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folios of a real XFS, on a loop device that goes when this program does. */
#include "injector/base/array.h"
#include "injector/base/program.h"
#include "injector/memory/folio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "injector/base/cleanup.h"
#include "tests/support/suite.h"

enum {
	PAGE = 4096,
	LARGE = 2 << 20,
	FILE_SIZE = 8 << 20,
	IMAGE_SIZE = 512 << 20, /* mkfs.xfs refuses less than 300 MiB */
};

static int root = -1; /* the root directory of the XFS */
static struct folio_lookup lookup;
static char buffer[LARGE];

/* A fresh file, all hole, mapped as a whole. */
struct sample {
	int fd;
	char *map;
};

static struct sample open_sample(void)
{
	struct sample sample = { .fd = openat(root, "sample", O_RDWR | O_CREAT | O_CLOEXEC, 0600) };

	CU_ASSERT_FATAL(sample.fd >= 0);
	CU_ASSERT_EQUAL_FATAL(unlinkat(root, "sample", 0), 0);
	CU_ASSERT_EQUAL_FATAL(ftruncate(sample.fd, FILE_SIZE), 0);
	sample.map = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, sample.fd, 0);
	CU_ASSERT_FATAL(sample.map != MAP_FAILED);
	return sample;
}

static void close_sample(struct sample *sample)
{
	munmap(sample->map, FILE_SIZE);
	close(sample->fd);
}

static int touched_order(const struct sample *sample, size_t offset)
{
	(void)*(volatile const char *)(sample->map + offset);
	return folio_order_at(&lookup, sample->map + offset);
}

static void test_order_by_write(void)
{
	struct sample sample = open_sample();

	CU_ASSERT_EQUAL(folio_make(sample.fd, 0, LARGE, buffer), 0);
	CU_ASSERT_EQUAL(folio_make(sample.fd, LARGE, 64 << 10, buffer), 0);
	CU_ASSERT_EQUAL(folio_make(sample.fd, LARGE + (64 << 10), 64 << 10, buffer), 0);
	CU_ASSERT_EQUAL(folio_make(sample.fd, 2 * LARGE, PAGE, buffer), 0);
	CU_ASSERT_EQUAL(touched_order(&sample, 0), 9);
	CU_ASSERT_EQUAL(touched_order(&sample, LARGE - PAGE), 9);
	/* Neighbours stay apart. */
	for (size_t offset = LARGE; offset < LARGE + (128 << 10); offset += PAGE)
		CU_ASSERT_EQUAL(touched_order(&sample, offset), 4);
	CU_ASSERT_EQUAL(touched_order(&sample, 2 * LARGE), 0);
	close_sample(&sample);
}

static void test_place(void)
{
	struct sample sample = open_sample();
	struct folio_place first, place;
	unsigned int wrong = 0;

	CU_ASSERT_EQUAL(folio_make(sample.fd, LARGE, LARGE, buffer), 0);
	CU_ASSERT_EQUAL(touched_order(&sample, LARGE), 9);
	CU_ASSERT_EQUAL_FATAL(folio_probe(&lookup, sample.map + LARGE, &first), 0);
	for (unsigned int page = 0; page < LARGE / PAGE; page++) {
		size_t offset = LARGE + (size_t)page * PAGE;

		touched_order(&sample, offset);
		CU_ASSERT_EQUAL_FATAL(folio_probe(&lookup, sample.map + offset + 17, &place), 0);
		wrong += place.page != page || place.order != 9 || place.head != first.head;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	close_sample(&sample);
}

static void test_not_mapped(void)
{
	struct sample sample = open_sample();
	struct folio_place place = { .order = 77 };

	CU_ASSERT_EQUAL(folio_order_at(&lookup, sample.map), -ENOENT);
	CU_ASSERT_EQUAL(folio_probe(&lookup, sample.map, &place), -ENOENT);
	CU_ASSERT_EQUAL(place.order, 77);
	close_sample(&sample);
}

/* Splits of the order by the punch of one page in a fresh, clean folio of that order. */
static uint64_t punch_and_count(struct sample *sample, unsigned int order, unsigned int page)
{
	struct folio_splits before, after;

	CU_ASSERT_EQUAL(folio_make(sample->fd, 0, (size_t)PAGE << order, buffer), 0);
	CU_ASSERT_EQUAL(fdatasync(sample->fd), 0);
	CU_ASSERT_EQUAL(touched_order(sample, 0), (int)order);
	CU_ASSERT_EQUAL_FATAL(folio_splits_of(order, &before), 0);
	CU_ASSERT_EQUAL(fallocate(sample->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  (off_t)page * PAGE, PAGE),
			0);
	CU_ASSERT_EQUAL_FATAL(folio_splits_of(order, &after), 0);
	return after.split - before.split;
}

/* The counters are the whole machine's: at least one each time, exactly one when nobody else
 * splits. */
static void test_split_counter(void)
{
	for (unsigned int order = 4; order <= 9; order += 5) {
		bool exact = false;

		for (unsigned int try = 0; try < 10 && !exact; try++) {
			struct sample sample = open_sample();
			uint64_t splits = punch_and_count(&sample, order, (1U << order) / 2 + 1);

			CU_ASSERT(splits >= 1);
			exact = splits == 1;
			close_sample(&sample);
		}
		CU_ASSERT_TRUE(exact);
	}
}

/* The non-uniform split leaves halves; that of the page behind the hole, a second one. */
static void test_orders_after_punch(void)
{
	static const struct {
		size_t page;
		int order;
	} left[] = {
		{ 0, 8 },   { 255, 8 }, { 256, 0 }, { 258, 0 }, { 259, 0 }, { 260, 2 }, { 262, 2 },
		{ 264, 3 }, { 272, 4 }, { 288, 5 }, { 320, 6 }, { 384, 7 }, { 511, 7 },
	};
	struct sample sample = open_sample();

	punch_and_count(&sample, 9, 257);
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		CU_ASSERT_EQUAL(touched_order(&sample, left[i].page * PAGE), left[i].order);
	close_sample(&sample);
}

static void test_counters(void)
{
	struct folio_splits one, all;

	CU_ASSERT_EQUAL(folio_splits_of(30, &one), -ENOENT);
	CU_ASSERT_EQUAL_FATAL(folio_splits_of(9, &one), 0);
	CU_ASSERT_EQUAL_FATAL(folio_splits_all(&all), 0);
	CU_ASSERT(all.split >= one.split && all.failed >= one.failed);
}

static void test_makers(void)
{
	static const struct {
		const char *name;
		int order; /* of the last page, at least */
	} makers[] = { { "write", 9 }, { "madvise", 9 }, { "readahead", 3 } };

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
		const struct folio_maker *maker = folio_maker_find(makers[i].name);
		struct sample sample = open_sample();
		struct folio_range range = { sample.fd, LARGE, LARGE, sample.map + LARGE, buffer };

		CU_ASSERT_PTR_NOT_NULL_FATAL(maker);
		/* Small folios, for those that read back to replace. */
		for (off_t offset = 0; i && offset < FILE_SIZE; offset += PAGE)
			CU_ASSERT_EQUAL(folio_make(sample.fd, offset, PAGE, buffer), 0);
		CU_ASSERT_EQUAL(maker->make(&range), 0);
		CU_ASSERT(touched_order(&sample, 2 * LARGE - PAGE) >= makers[i].order);
		CU_ASSERT_EQUAL(memcmp(sample.map + LARGE, buffer, LARGE), 0);
		close_sample(&sample);
	}
	CU_ASSERT_PTR_NULL(folio_maker_find("magic"));
}

static void test_bad_ranges(void)
{
	struct folio_range range = { .fd = -1, .size = LARGE };

	CU_ASSERT_EQUAL(folio_maker_find("write")->make(&range), -EINVAL);
	CU_ASSERT_EQUAL(folio_maker_find("madvise")->make(&range), -EINVAL);
	CU_ASSERT_EQUAL(folio_maker_find("readahead")->make(&range), -EBADF);
	CU_ASSERT_EQUAL(folio_make(-1, 0, LARGE, buffer), -EBADF);
}

static int run(const char *const argv[])
{
	int status, r = program_run(argv, &status);

	return r ? r : status;
}

/*
 * Makes an XFS in the working directory, and leaves nothing of it there but the open root: a
 * detached mount and its loop device go with the last descriptor, even when this program is killed.
 */
static const char *make_xfs(void)
{
	const char *image = "image", *mountpoint = "mnt";
	_cleanup_close_ int fd = -1;
	const char *missing = NULL;

	fd = open(image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, IMAGE_SIZE) || mkdir(mountpoint, 0700))
		missing = "room for an image in the temporary directory";
	else if (run((const char *[]){ "mkfs.xfs", "-q", image, NULL }))
		missing = "mkfs.xfs (package xfsprogs)";
	else if (run((const char *[]){ "mount", "-t", "xfs", "-o", "loop", image, mountpoint,
				       NULL }))
		missing = "XFS on a loop device (modules xfs and loop)";
	else
		root = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0)
		umount2(mountpoint, MNT_DETACH);
	rmdir(mountpoint);
	unlink(image);
	return missing;
}

static int prepare(void)
{
	const char *base = getenv("TMPDIR");
	char directory[PATH_MAX];
	const char *missing;
	int error;

	if (geteuid() || sysconf(_SC_PAGESIZE) != PAGE) {
		printf("skipped: needs root and pages of %d bytes\n", PAGE);
		return SKIP;
	}
	error = folio_lookup_open(&lookup);
	if (error) {
		printf("skipped: /proc/kpageflags: %s\n", strerror(-error));
		return SKIP;
	}
	snprintf(directory, sizeof(directory), "%s/foliostorm-test-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(directory) || chdir(directory)) {
		perror(directory);
		return 1;
	}
	missing = make_xfs();
	if (rmdir(directory) || chdir("/"))
		perror(directory);
	if (missing) {
		printf("skipped: needs %s\n", missing);
		return SKIP;
	}
	return root < 0;
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "order by write size", test_order_by_write },
		{ "place in the folio", test_place },
		{ "nothing mapped", test_not_mapped },
		{ "split counter", test_split_counter },
		{ "orders after a punch", test_orders_after_punch },
		{ "counters", test_counters },
		{ "makers", test_makers },
		{ "bad ranges", test_bad_ranges },
		CU_TEST_INFO_NULL,
	};
	int result = prepare();

	if (result)
		return result;
	memset(buffer, 'f', sizeof(buffer));
	result = run_suite("folio", tests);
	folio_lookup_close(&lookup);
	close(root);
	return result;
}
