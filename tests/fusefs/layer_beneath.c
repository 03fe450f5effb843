/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the mount shows of changes made beneath it, and what of the backing file system's page
 * cache. */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "injector/memory/folio.h"
#include "tests/support/layer_files.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

enum { FOLIO_SIZE = 2 << 20, FOLIO_ORDER = 9, OPENERS = 8, OPENS = 400 };

static struct fixture fixture;

static const char *above(const char *name)
{
	return join(fixture.mount, name);
}

static const char *beneath(const char *name)
{
	return join(fixture.beneath, name);
}

static void see_names(void)
{
	put(beneath("a"), "one");
	CU_ASSERT(has(above("a"), "one"));
	put(beneath("a"), "two, longer");
	CU_ASSERT_EQUAL(status_of(above("a")).st_size, 11);
	CU_ASSERT(has(above("a"), "two, longer"));
	CU_ASSERT_EQUAL(rename(beneath("a"), beneath("b")), 0);
	CU_ASSERT_EQUAL(access(above("a"), F_OK), -1);
	CU_ASSERT(has(above("b"), "two, longer"));
	put(above("a"), "from above");
	CU_ASSERT(has(beneath("a"), "from above"));
	CU_ASSERT_EQUAL(rename(beneath("a"), beneath("b")), 0);
	CU_ASSERT(has(above("b"), "from above"));
	CU_ASSERT_EQUAL(link(beneath("b"), beneath("c")), 0);
	CU_ASSERT_EQUAL(status_of(above("b")).st_nlink, 2);
	CU_ASSERT_EQUAL(status_of(above("b")).st_ino, status_of(above("c")).st_ino);
	CU_ASSERT_EQUAL(status_of(above("b")).st_ino, status_of(beneath("c")).st_ino);
	CU_ASSERT_EQUAL(chmod(beneath("c"), 0600), 0);
	CU_ASSERT_EQUAL(status_of(above("b")).st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(unlink(beneath("b")), 0);
	CU_ASSERT_EQUAL(unlink(beneath("c")), 0);
	CU_ASSERT_EQUAL(access(above("c"), F_OK), -1);
	CU_ASSERT_EQUAL(mkdir(beneath("c"), 0755), 0);
	CU_ASSERT(S_ISDIR(status_of(above("c")).st_mode));
	CU_ASSERT_EQUAL(rmdir(above("c")), 0);
}

/* The number of a file that is gone for everybody but the mount must not be given to another, nor
 * mixed up with it. */
static void see_reused_numbers(void)
{
	char name[64], byte = 0;
	ino_t number;
	int held;

	put(beneath("old"), "old");
	number = status_of(above("old")).st_ino;
	held = open(above("old"), O_RDWR | O_CLOEXEC);
	CU_ASSERT_EQUAL(unlink(beneath("old")), 0);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "new-%d", i);
		put(beneath(name), "new");
		CU_ASSERT(status_of(beneath(name)).st_ino != number);
	}
	CU_ASSERT_EQUAL(pread(held, &byte, 1, 0), 1);
	CU_ASSERT_EQUAL(byte, 'o');
	close(held);
	/* Known above, but not open: made again beneath, it is the new one. */
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "new-%d", i);
		CU_ASSERT(has(above(name), "new"));
		CU_ASSERT_EQUAL(unlink(beneath(name)), 0);
		put(beneath(name), "newer");
		CU_ASSERT(has(above(name), "newer"));
		CU_ASSERT_EQUAL(unlink(above(name)), 0);
	}
}

static void see_data(enum layer_data_path data_path)
{
	int high = open(above("data"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	int low = open(beneath("data"), O_RDWR | O_CLOEXEC);
	char *map, text[16] = "";

	CU_ASSERT_EQUAL(ftruncate(high, 8192), 0);
	CU_ASSERT_EQUAL(pwrite(low, "beneath", 7, 0), 7);
	CU_ASSERT_EQUAL(pread(high, text, 7, 0), 7);
	CU_ASSERT_STRING_EQUAL(text, "beneath");
	CU_ASSERT_EQUAL(pwrite(high, "above..", 7, 0), 7);
	CU_ASSERT_EQUAL(pread(low, text, 7, 0), 7);
	CU_ASSERT_STRING_EQUAL(text, "above..");
	CU_ASSERT_EQUAL(pwrite(high, "end", 3, 100000), 3);
	CU_ASSERT_EQUAL(status_of(above("data")).st_size, 100003);
	CU_ASSERT_EQUAL(ftruncate(low, 10), 0);
	CU_ASSERT_EQUAL(status_of(above("data")).st_size, 10);
	CU_ASSERT_EQUAL(pread(high, text, 16, 0), 10);
	CU_ASSERT_EQUAL(ftruncate(low, 8192), 0);
	/* A page fault alone does not have FUSE ask for the size. */
	CU_ASSERT_EQUAL(status_of(above("data")).st_size, 8192);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, high, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(map, MAP_FAILED);
	CU_ASSERT_NSTRING_EQUAL(map, "above..", 7);
	memcpy(map + 4096, "mapped!", 8);
	if (data_path == LAYER_DAEMON)
		CU_ASSERT_EQUAL(msync(map, 8192, MS_SYNC), 0);
	CU_ASSERT_EQUAL(pread(low, text, 8, 4096), 8);
	CU_ASSERT_STRING_EQUAL(text, "mapped!");
	if (data_path != LAYER_DAEMON) {
		CU_ASSERT_EQUAL(pwrite(low, "at once", 8, 4096), 8);
		CU_ASSERT_STRING_EQUAL(map + 4096, "at once");
		CU_ASSERT_EQUAL(
			fallocate(low, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096), 0);
		CU_ASSERT_EQUAL(map[4096], 0);
		CU_ASSERT_EQUAL(pwrite(low, "again", 6, 4096), 6);
		CU_ASSERT_EQUAL(
			fallocate(high, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096), 0);
		CU_ASSERT_EQUAL(map[4096], 0);
	}
	munmap(map, 8192);
	close(low);
	close(high);
}

/* Appended is where the file ends now, though it has grown where the kernel does not see it. */
static void see_append(void)
{
	int high, low;

	put(beneath("log"), "one ");
	high = open(above("log"), O_WRONLY | O_APPEND | O_CLOEXEC);
	low = open(beneath("log"), O_WRONLY | O_APPEND | O_CLOEXEC);
	CU_ASSERT_EQUAL(write(high, "two ", 4), 4);
	CU_ASSERT_EQUAL(write(low, "three ", 6), 6);
	CU_ASSERT_EQUAL(write(high, "four", 4), 4);
	CU_ASSERT(has(beneath("log"), "one two three four"));
	close(low);
	close(high);
}

/* The order of the folio that a mapping through the mount shows, of 2 MiB written at once beneath.
 */
static int order_through_mount(void)
{
	_cleanup_close_ int low =
		open(beneath("huge"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	_cleanup_close_ int high = -1;
	_cleanup_free_ char *data = malloc(FOLIO_SIZE);
	struct folio_lookup lookup;
	char *map;
	int order = folio_lookup_open(&lookup);

	if (order)
		return order;
	memset(data, 'h', FOLIO_SIZE);
	CU_ASSERT_EQUAL(pwrite(low, data, FOLIO_SIZE, 0), FOLIO_SIZE);
	CU_ASSERT_EQUAL(fsync(low), 0);
	high = open(above("huge"), O_RDONLY | O_CLOEXEC);
	map = mmap(NULL, FOLIO_SIZE, PROT_READ, MAP_SHARED, high, 0);
	CU_ASSERT_PTR_NOT_EQUAL_FATAL(map, MAP_FAILED);
	CU_ASSERT_EQUAL(map[300 * 4096], 'h');
	order = folio_order_at(&lookup, map + 300 * 4096);
	munmap(map, FOLIO_SIZE);
	folio_lookup_close(&lookup);
	return order;
}

static struct {
	_Atomic int failed, error;
} openers;

static void *open_often(void *unused)
{
	char byte;

	for (int i = 0; i < OPENS; i++) {
		int fd = open(above("shared"), i % 3 ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC);

		if (fd < 0 || pread(fd, &byte, 1, 0) != 1) {
			openers.error = errno;
			openers.failed++;
		}
		if (fd >= 0)
			close(fd);
	}
	return unused;
}

/* The kernel answers EIO when two opens of an inode come with different backing ids. */
static void open_and_close(void)
{
	pthread_t threads[OPENERS];

	put(beneath("shared"), "shared");
	openers.failed = 0;
	for (int i = 0; i < OPENERS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, open_often, NULL), 0);
	for (int i = 0; i < OPENERS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(openers.failed, 0);
}

static void see(enum layer_data_path data_path)
{
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, data_path, NULL, 0), 0);
	CU_ASSERT_EQUAL(fixture.negotiated.passthrough, data_path != LAYER_DAEMON);
	see_names();
	see_reused_numbers();
	see_data(data_path);
	see_append();
	open_and_close();
	if (data_path != LAYER_DAEMON)
		CU_ASSERT_EQUAL(order_through_mount(), FOLIO_ORDER);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void test_passthrough(void)
{
	see(LAYER_PASSTHROUGH);
}

static void test_mixed(void)
{
	see(LAYER_MIXED);
}

static void test_daemon(void)
{
	see(LAYER_DAEMON);
}

/* Most inodes are opened by handle then, and their numbers may be used again. */
static void test_few_descriptors(void)
{
	fixture.descriptors = 64;
	see(LAYER_PASSTHROUGH);
	fixture.descriptors = 0;
}

static void *close_later(void *fd)
{
	const struct timespec pause = { .tv_nsec = 200000000 };

	nanosleep(&pause, NULL);
	close(*(int *)fd);
	return NULL;
}

/* The kernel tells the layer of a closed file after close(2) has returned, on a busy machine long
 * after it. So an open that finds no descriptor left waits for the one that is about to come. */
static void test_closed_files_make_room(void)
{
	int opened[64], count = 0, fd;
	pthread_t closes;

	fixture.descriptors = 64;
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, NULL, 2), 0);
	while (count < 64 && (fd = open(above("room"), O_RDONLY | O_CREAT | O_CLOEXEC, 0644)) >= 0)
		opened[count++] = fd;
	CU_ASSERT_EQUAL(errno, EMFILE);
	CU_ASSERT_FATAL(count > 0 && count < 64);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&closes, NULL, close_later, &opened[0]), 0);
	fd = open(above("room"), O_RDONLY | O_CLOEXEC);
	CU_ASSERT(fd >= 0);
	pthread_join(closes, NULL);
	opened[0] = fd;
	/* Nor does closing take one. */
	while (count > 0)
		CU_ASSERT_EQUAL(close(opened[--count]), 0);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	fixture.descriptors = 0;
}

/* Writes beyond the limits of file sizes that the layer has, and the writer does not. Returns the
 * bytes written, or -errno. */
static ssize_t write_beyond(rlim_t soft, rlim_t hard)
{
	char data[8192] = "beyond";
	ssize_t put;
	int fd;

	fixture.file_size = (struct rlimit){ .rlim_cur = soft, .rlim_max = hard };
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, NULL, 2), 0);
	fixture.file_size = (struct rlimit){ .rlim_max = 0 };
	fd = open(above("large"), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	put = pwrite(fd, data, sizeof(data), 4096);
	put = put < 0 ? -errno : put;
	CU_ASSERT_EQUAL(close(fd), 0);
	CU_ASSERT_EQUAL(unlink(above("large")), 0);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	return put;
}

static void test_limited_file_size(void)
{
	CU_ASSERT_EQUAL(write_beyond(4096, RLIM_INFINITY), 8192);
	/* Without CAP_SYS_RESOURCE it cannot be raised. */
	fixture.descriptors = 64;
	CU_ASSERT_EQUAL(write_beyond(4096, 4096), -EFBIG);
	fixture.descriptors = 0;
}

/* A layer on each, below a directory that cannot be. */
static void test_refused(void)
{
	struct layer_config config = { .source = fixture.beneath, .mountpoint = fixture.mount };
	const struct {
		const char *source, *mountpoint;
		int error;
	} cases[] = {
		{ "/absent", fixture.mount, -ENOENT },
		{ "/etc/passwd", fixture.mount, -ENOTDIR },
		{ fixture.beneath, "/absent", -ENOENT },
		{ fixture.beneath, "/etc/passwd", -ENOTDIR },
		{ fixture.beneath, "/proc", -EBUSY },
		{ fixture.top, fixture.mount, -EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		config.source = cases[i].source;
		config.mountpoint = cases[i].mountpoint;
		CU_ASSERT_EQUAL(layer_serve(&config, NULL, NULL), cases[i].error);
	}
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "passthrough", test_passthrough },
		{ "mixed", test_mixed },
		{ "daemon", test_daemon },
		{ "few descriptors", test_few_descriptors },
		{ "closed files make room", test_closed_files_make_room },
		{ "a limit of file sizes", test_limited_file_size },
		{ "what is refused", test_refused },
		CU_TEST_INFO_NULL,
	};
	int code = fixture_make(&fixture);

	if (!code)
		code = run_suite("layer_beneath", tests);
	fixture_remove(&fixture);
	return code;
}
