/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots as files: kept, found again, refused when they are not what was kept, evicted, removed.
 * No guest is started. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/guest/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 100000 };

static const uint64_t ROOM = 1 << 20;

static struct snapshot of_key(unsigned char first)
{
	struct snapshot snapshot = { .fd = -1, .key = { first } };

	return snapshot;
}

/* Returns as snapshot_keep() does. */
static int keep(unsigned char first, uint64_t limit)
{
	const struct snapshot snapshot = of_key(first);
	char directory[PATH_MAX], text[SIZE];
	int fd, r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(snapshot_directory(directory, sizeof(directory)));
	fd = open(directory, O_TMPFILE | O_RDWR, 0600);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	memset(text, first, sizeof(text));
	CU_ASSERT_EQUAL(pwrite(fd, text, sizeof(text), SNAPSHOT_HEADER), SIZE);
	r = snapshot_keep(&snapshot, fd, "a kernel", limit);
	close(fd);
	return r;
}

/* Opens it, and says what is wrong with it: of its form, or of its content. */
static int look(unsigned char first)
{
	struct snapshot snapshot = of_key(first);
	int r = snapshot_open(&snapshot);

	if (!r)
		r = snapshot_check(&snapshot);
	snapshot_close(&snapshot);
	return r;
}

/* Changes a kept file by `change`. */
static void spoil(unsigned char first, void (*change)(int fd))
{
	struct snapshot snapshot = of_key(first);
	int fd;

	CU_ASSERT_EQUAL_FATAL(snapshot_open(&snapshot), 0);
	fd = open(snapshot.path, O_RDWR);
	change(fd);
	close(fd);
	snapshot_close(&snapshot);
}

static void cut(int fd)
{
	CU_ASSERT_EQUAL(ftruncate(fd, SIZE / 2), 0);
}

static void empty(int fd)
{
	CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
}

static void lengthen(int fd)
{
	CU_ASSERT_EQUAL(ftruncate(fd, SIZE + SNAPSHOT_HEADER + 1), 0);
}

static void flip(int fd)
{
	CU_ASSERT_EQUAL(pwrite(fd, "?", 1, SNAPSHOT_HEADER + SIZE / 2), 1);
}

static void open_to_all(int fd)
{
	CU_ASSERT_EQUAL(fchmod(fd, 0644), 0);
}

static void of_another_key(int fd)
{
	/* Behind the mark and the size. */
	CU_ASSERT_EQUAL(pwrite(fd, "?", 1, 24), 1);
}

static void kept_and_found(void)
{
	struct snapshot snapshot = of_key(1);
	struct stat status;
	char text[4];

	CU_ASSERT_EQUAL(look(1), -ENOENT);
	CU_ASSERT_EQUAL(keep(1, ROOM), 0);
	CU_ASSERT_EQUAL(look(1), 0);
	CU_ASSERT_EQUAL(look(2), -ENOENT);
	/* Nobody else reads it, and QEMU begins where what it wrote begins. */
	CU_ASSERT_EQUAL_FATAL(snapshot_open(&snapshot), 0);
	CU_ASSERT_EQUAL(fstat(snapshot.fd, &status), 0);
	CU_ASSERT_EQUAL(status.st_mode & 07777, 0600);
	CU_ASSERT_EQUAL(read(snapshot.fd, text, 1), 1);
	CU_ASSERT_EQUAL(*text, 1);
	/* One that was made anew meanwhile stays. */
	CU_ASSERT_EQUAL(keep(1, ROOM), 0);
	snapshot_discard(&snapshot);
	snapshot_close(&snapshot);
	CU_ASSERT_EQUAL(look(1), 0);
	CU_ASSERT_EQUAL(snapshot_list(true, NULL), 0);
	CU_ASSERT_EQUAL(look(1), -ENOENT);
}

static void not_what_was_kept(void)
{
	static const struct {
		void (*change)(int fd);
		bool stays; /* until whoever restores it finds out */
	} ways[] = {
		{ cut, false }, { empty, false },       { lengthen, false },
		{ flip, true }, { open_to_all, false }, { of_another_key, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		CU_ASSERT_EQUAL(keep(1, ROOM), 0);
		spoil(1, ways[i].change);
		CU_ASSERT_EQUAL(look(1), -EBADMSG);
		CU_ASSERT_EQUAL(look(1), ways[i].stays ? -EBADMSG : -ENOENT);
	}
	snapshot_list(true, NULL);
}

static void least_recently_used_go(void)
{
	const uint64_t two = 2 * (SIZE + SNAPSHOT_HEADER);

	CU_ASSERT_EQUAL(keep(1, two), 0);
	CU_ASSERT_EQUAL(keep(2, two), 0);
	CU_ASSERT_EQUAL(look(1), 0);
	CU_ASSERT_EQUAL(keep(3, two), 0);
	CU_ASSERT_EQUAL(look(1), 0);
	CU_ASSERT_EQUAL(look(2), -ENOENT);
	CU_ASSERT_EQUAL(look(3), 0);
	CU_ASSERT_EQUAL(keep(4, SIZE), -EFBIG);
	CU_ASSERT_EQUAL(look(3), 0);
	CU_ASSERT_EQUAL(snapshot_list(false, NULL), 2);
	CU_ASSERT_EQUAL(snapshot_list(true, NULL), 0);
	CU_ASSERT_EQUAL(snapshot_list(false, NULL), 0);
}

/* What makes another guest makes another key, and what is of a job does not. */
static void is_of_tomorrow(int fd)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec += 86400;
	times[1] = times[0];
	CU_ASSERT_EQUAL(futimens(fd, times), 0);
}

/* The one that was just made stays, also where the clock was ahead before. */
static void the_last_one_stays(void)
{
	CU_ASSERT_EQUAL(keep(1, ROOM), 0);
	spoil(1, is_of_tomorrow);
	CU_ASSERT_EQUAL(keep(2, SIZE + SIZE / 2), 0);
	CU_ASSERT_EQUAL(look(2), 0);
	CU_ASSERT_EQUAL(look(1), -ENOENT);
	CU_ASSERT_EQUAL(snapshot_list(true, NULL), 0);
}

static void keys(void)
{
	static const struct guest_kernel kernel = { .name = "6.18.9", .image = "/etc/passwd" },
					 other = { .name = "6.18.9", .image = "/etc/group" };
	static const struct initrd_archives archives = { { "/a/programs-1.cpio" }, 1 },
					    others = { { "/a/programs-2.cpio" }, 1 };
	const struct qemu_config plain = { .kernel = &kernel,
					   .accelerator = ACCELERATOR_TCG,
					   .cpus = 2,
					   .memory = 512,
					   .append = "" };
	unsigned char first[SNAPSHOT_KEY], key[SNAPSHOT_KEY];
	struct qemu_config changed[7];

	for (size_t i = 0; i < ARRAY_SIZE(changed); i++)
		changed[i] = plain;
	changed[0].cpus = 3;
	changed[1].memory = 513;
	changed[2].append = "nokaslr";
	changed[3].kernel = &other;
	changed[4].accelerator = ACCELERATOR_KVM;
	changed[5].gdb = changed[5].job = changed[5].console = changed[5].snapshot = 9;
	changed[6].shell = true;
	CU_ASSERT_EQUAL(snapshot_key(&plain, &archives, first), 0);
	for (size_t i = 0; i < ARRAY_SIZE(changed); i++) {
		CU_ASSERT_EQUAL(snapshot_key(&changed[i], &archives, key), 0);
		CU_ASSERT_EQUAL(!memcmp(key, first, sizeof(key)), i >= 5);
	}
	CU_ASSERT_EQUAL(snapshot_key(&plain, &others, key), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(key, first, sizeof(key)), 0);
}

/* Another QEMU, by its file. */
static void another_qemu(void)
{
	static const struct guest_kernel kernel = { .name = "6.18.9", .image = "/etc/passwd" };
	static const struct initrd_archives archives = { { "/a/programs-1.cpio" }, 1 };
	const struct qemu_config plain = { .kernel = &kernel,
					   .accelerator = ACCELERATOR_TCG,
					   .append = "" };
	char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64];
	unsigned char keys[2][SNAPSHOT_KEY];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/qemu-system-x86_64", directory);
	setenv("PATH", directory, 1);
	for (int version = 0; version < 2; version++) {
		int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0755);

		CU_ASSERT_EQUAL(write(fd, "#", 1), 1);
		close(fd);
		CU_ASSERT_EQUAL(snapshot_key(&plain, &archives, keys[version]), 0);
	}
	CU_ASSERT_NOT_EQUAL(memcmp(keys[0], keys[1], SNAPSHOT_KEY), 0);
	unlink(path);
	rmdir(directory);
}

/* Says so once, and the guest boots. */
static void a_cache_that_takes_none(void)
{
	static const struct guest_kernel kernel = { .name = "6.18.9", .image = "/etc/passwd" };
	static const struct initrd_archives archives = { { "/a/programs-1.cpio" }, 1 };
	const struct qemu_config plain = { .kernel = &kernel,
					   .accelerator = ACCELERATOR_TCG,
					   .append = "" };
	struct progress progress;
	struct snapshot snapshot;
	char said[512] = "", directory[PATH_MAX];
	FILE *file;

	progress_init(&progress, false, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(snapshot_directory(directory, sizeof(directory)));
	snprintf(said, sizeof(said), "rm -r '%.400s'", directory);
	CU_ASSERT_EQUAL(system(said), 0);
	*said = '\0';
	file = fopen(directory, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fclose(file);
	report_capture(said, sizeof(said));
	CU_ASSERT_EQUAL(snapshot_obtain(&snapshot, &plain, &archives, &progress), -ENOTDIR);
	report_capture(NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "no snapshot of 6.18.9 can be kept"));
	CU_ASSERT_PTR_NOT_NULL(strstr(said, "Not a directory); booting it"));
	CU_ASSERT_TRUE(snapshot.fd < 0);
	unlink(directory);
	/* Nobody wants any. */
	setenv(SNAPSHOTS_LIMIT, "0", 1);
	CU_ASSERT_EQUAL(snapshot_obtain(&snapshot, &plain, &archives, &progress), -ENOENT);
	unsetenv(SNAPSHOTS_LIMIT);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "kept and found", kept_and_found },
		{ "not what was kept", not_what_was_kept },
		{ "the least recently used go", least_recently_used_go },
		{ "the last one stays", the_last_one_stays },
		{ "keys", keys },
		{ "a cache that takes none", a_cache_that_takes_none },
		{ "another QEMU", another_qemu },
		CU_TEST_INFO_NULL,
	};
	char cache[] = "/tmp/foliostorm-test.XXXXXX", command[64];
	int r;

	if (!mkdtemp(cache))
		return 1;
	setenv("XDG_CACHE_HOME", cache, 1);
	r = run_suite("snapshots", tests);
	snprintf(command, sizeof(command), "/bin/rm -r %s", cache);
	return system(command) ? 1 : r;
}
