/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel keeps of a mount, and when it asks again. */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/rules/rules.h"
#include "tests/support/layer_files.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { TIMES = 100 };

static struct fixture fixture;

/* Requests so far; shared with the layer. */
static _Atomic unsigned int *requests;

static struct hook_decision count(void *injector, const struct hook_request *request)
{
	(void)request;
	atomic_fetch_add((_Atomic unsigned int *)injector, 1);
	return (struct hook_decision){ .delay_ns = 0 };
}

static const char *above(const char *name)
{
	return join(fixture.mount, name);
}

static const char *beneath(const char *name)
{
	return join(fixture.beneath, name);
}

/* Requests that it takes to look at a file, and to read a page of it, again and again. */
static unsigned int ask_again(void)
{
	_cleanup_close_ int fd = -1;
	unsigned int before;
	char byte;

	put(beneath("hot"), "hot");
	fd = open(above("hot"), O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(pread(fd, &byte, 1, 0), 1);
	CU_ASSERT_EQUAL(status_of(above("hot")).st_size, 3);
	before = *requests;
	for (int i = 0; i < TIMES; i++) {
		CU_ASSERT_EQUAL(pread(fd, &byte, 1, 0), 1);
		CU_ASSERT_EQUAL(status_of(above("hot")).st_size, 3);
	}
	return *requests - before;
}

static void keep(void)
{
	const struct hooks hooks = { .injector = (void *)requests, .before = count };

	for (unsigned int cache = 0; cache < LAYER_CACHES; cache++) {
		unsigned int asked;

		fixture.cache = cache;
		CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 0), 0);
		asked = ask_again();
		/* A second or two may go by. */
		CU_ASSERT(cache == LAYER_CACHE_NONE ? asked >= TIMES : asked < TIMES / 2);
		CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	}
}

static unsigned int watches_pages(void *injector, const char *path, uint64_t inode)
{
	(void)injector;
	(void)path;
	(void)inode;
	return HOOK_KEPT_PAGES;
}

/* Rules about reads leave names and attributes kept: without them each read would ask for the
 * size. */
static void keep_attributes(void)
{
	const struct hooks hooks = { .injector = (void *)requests,
				     .before = count,
				     .watches = watches_pages };

	fixture.cache = LAYER_CACHE_AUTO;
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 0), 0);
	CU_ASSERT(ask_again() < TIMES / 2);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void see(void)
{
	CU_ASSERT_EQUAL(fixture_settle(&fixture), 0);
}

/* All that others change is seen, when the watch has come to it. */
static void see_changes(enum layer_data_path data_path)
{
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, data_path, NULL, 0), 0);
	CU_ASSERT_EQUAL(mkdir(beneath("d"), 0755), 0);
	put(beneath("d/a"), "one");
	CU_ASSERT(has(above("d/a"), "one"));
	put(beneath("d/a"), "two");
	see();
	CU_ASSERT(has(above("d/a"), "two"));
	CU_ASSERT_EQUAL(status_of(above("d/a")).st_mode & 0777, 0644);
	CU_ASSERT_EQUAL(chmod(beneath("d/a"), 0600), 0);
	CU_ASSERT_EQUAL(link(beneath("d/a"), beneath("d/b")), 0);
	see();
	CU_ASSERT_EQUAL(status_of(above("d/a")).st_mode & 0777, 0600);
	CU_ASSERT_EQUAL(status_of(above("d/a")).st_nlink, 2);
	CU_ASSERT_EQUAL(unlink(beneath("d/b")), 0);
	CU_ASSERT_EQUAL(rename(beneath("d/a"), beneath("d/c")), 0);
	see();
	CU_ASSERT_EQUAL(access(above("d/a"), F_OK), -1);
	CU_ASSERT_EQUAL(status_of(above("d/c")).st_nlink, 1);
	CU_ASSERT_EQUAL(truncate(beneath("d/c"), 1), 0);
	see();
	CU_ASSERT(has(above("d/c"), "t"));
	CU_ASSERT_EQUAL(rename(beneath("d"), beneath("e")), 0);
	see();
	CU_ASSERT_EQUAL(access(above("d/c"), F_OK), -1);
	CU_ASSERT(has(above("e/c"), "t"));
	CU_ASSERT_EQUAL(unlink(beneath("e/c")), 0);
	CU_ASSERT_EQUAL(rmdir(beneath("e")), 0);
	see();
	CU_ASSERT_EQUAL(access(above("e"), F_OK), -1);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void watch(void)
{
	fixture.cache = LAYER_CACHE_AUTO;
	for (unsigned int path = 0; path < LAYER_DATA_PATHS; path++)
		see_changes(path);
}

/* A rule for all but two operations meets them all, of its file alone. */
static void rules_see(void)
{
	static const char text[] =
		"rules = ( { when = { op = \"read\"; path = \"ruled\"; nth = "
		"\"3+\"; }; do = { error = \"EIO\"; }; }, { when = { op = "
		"\"getattr\"; path = \"asked\"; }; do = { error = \"EACCES\"; }; } );";
	const struct rules_config config = { .seed = 1 };
	struct hooks hooks;
	struct rules *rules;
	char why[256] = "";
	int failed[2] = { 0 };

	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	CU_ASSERT_EQUAL(rules_read_text(text, rules, why, sizeof(why)), 0);
	hooks = rules_hooks(rules);
	for (unsigned int cache = 0; cache < LAYER_CACHES; cache++) {
		_cleanup_close_ int ruled = -1, other = -1, asked = -1;
		struct stat status;

		fixture.cache = cache;
		put(beneath("ruled"), "x");
		put(beneath("other"), "x");
		put(beneath("asked"), "x");
		CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 0), 0);
		failed[0] = failed[1] = 0;
		for (int i = 0; i < 9; i++) {
			/* Each open drops the pages, unless they are kept. */
			ruled = open(above("ruled"), O_RDONLY | O_CLOEXEC);
			other = open(above("other"), O_RDONLY | O_CLOEXEC);
			CU_ASSERT(ruled >= 0 && other >= 0);
			failed[0] += pread(ruled, why, 1, 0) < 0 && errno == EIO;
			failed[1] += pread(other, why, 1, 0) < 0;
			close(ruled);
			close(other);
		}
		ruled = other = -1;
		CU_ASSERT(failed[0] >= 5);
		CU_ASSERT_EQUAL(failed[1], 0);
		/* Any other open fails: it asks for the permissions. */
		asked = open(above("asked"), O_PATH | O_CLOEXEC);
		CU_ASSERT(asked >= 0);
		CU_ASSERT_EQUAL(fstat(asked, &status), -1);
		CU_ASSERT_EQUAL(errno, EACCES);
		close(take_fd(&asked));
		CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	}
	rules_free(rules);
}

static struct hook_decision count_writes(void *injector, const struct hook_request *request)
{
	if (request->opcode == FUSE_WRITE)
		atomic_fetch_add((_Atomic unsigned int *)injector, 1);
	return (struct hook_decision){ .delay_ns = 0 };
}

/* Every write to one file must be seen. */
static unsigned int watches_ruled(void *injector, const char *path, uint64_t inode)
{
	(void)injector;
	(void)inode;
	return !path || !strcmp(path, "ruled") ? HOOK_KEPT_WRITES : 0;
}

static unsigned int watches_all(void *injector, const char *path, uint64_t inode)
{
	(void)injector;
	(void)path;
	(void)inode;
	return HOOK_KEPT_ALL;
}

/* How many requests it takes to write the parts of a page of a file, by who cannot read it. */
static unsigned int write_parts(const char *name)
{
	_cleanup_close_ int fd = -1;
	unsigned int before = *requests;

	fd = open(above(name), O_WRONLY | O_CLOEXEC);
	for (int i = 0; i < TIMES; i++)
		CU_ASSERT_EQUAL(pwrite(fd, "w", 1, 2 * i), 1);
	return *requests - before;
}

static void put_parts(const char *name)
{
	char text[2 * TIMES + 1];

	memset(text, 'b', sizeof(text));
	text[2 * TIMES] = '\0';
	put(beneath(name), text);
}

/* Whether a file beneath is what write_parts() made of it. */
static bool has_parts(const char *name)
{
	_cleanup_close_ int fd = open(beneath(name), O_RDONLY | O_CLOEXEC);
	char text[2 * TIMES + 1];
	bool right = read(fd, text, sizeof(text)) == 2 * TIMES;

	for (int i = 0; i < 2 * TIMES && right; i++)
		right = text[i] == (i % 2 ? 'b' : 'w');
	return right;
}

static void expect_writes(unsigned int (*watches)(void *, const char *, uint64_t), bool ruled_kept,
			  bool other_kept)
{
	const struct hooks hooks = { .injector = (void *)requests,
				     .before = count_writes,
				     .watches = watches };

	put_parts("ruled");
	put_parts("other");
	CU_ASSERT_EQUAL(chmod(beneath("other"), 0222), 0);
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 0), 0);
	CU_ASSERT_EQUAL(write_parts("ruled") < TIMES, ruled_kept);
	CU_ASSERT_EQUAL(write_parts("other") < TIMES, other_kept);
	/* A file that was closed has been written. */
	CU_ASSERT(has_parts("ruled"));
	CU_ASSERT(has_parts("other"));
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void keep_writes(void)
{
	fixture.cache = LAYER_CACHE_WRITEBACK;
	expect_writes(NULL, true, true);
	expect_writes(watches_ruled, false, true);
	expect_writes(watches_all, false, false);
	fixture.cache = LAYER_CACHE_ALWAYS;
	expect_writes(NULL, false, false);
}

/* Whose writes are not kept can be mapped all the same, and what is kept is no hole. */
static void keep_mapped(void)
{
	const struct hooks hooks = { .injector = (void *)requests, .watches = watches_ruled };
	_cleanup_close_ int ruled = -1, other = -1;
	off_t found;
	char *map;

	fixture.cache = LAYER_CACHE_WRITEBACK;
	put_parts("ruled");
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_DAEMON, &hooks, 0), 0);
	ruled = open(above("ruled"), O_RDWR | O_CLOEXEC);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ruled, 0);
	/* Before 6.6 it cannot. */
	CU_ASSERT(map != MAP_FAILED || errno == ENODEV);
	if (map != MAP_FAILED) {
		map[1] = 'm';
		CU_ASSERT_EQUAL(msync(map, 4096, MS_SYNC), 0);
		munmap(map, 4096);
	}
	other = open(above("holes"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CU_ASSERT_EQUAL(ftruncate(other, 1 << 20), 0);
	CU_ASSERT_EQUAL(pwrite(other, "data", 4, 65536), 4);
	found = lseek(other, 0, SEEK_DATA);
	CU_ASSERT(found >= 0 && found <= 65536);
	CU_ASSERT(lseek(other, 65536, SEEK_HOLE) >= 65536 + 4);
	CU_ASSERT_EQUAL(fsync(other), 0);
	CU_ASSERT_EQUAL(status_of(beneath("holes")).st_size, 1 << 20);
	close(take_fd(&other));
	close(take_fd(&ruled));
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "what is kept is not asked for again", keep },
		{ "what no rule must see is kept beside what one must", keep_attributes },
		{ "changes beneath are seen", watch },
		{ "rules see each operation on their files", rules_see },
		{ "writes are kept where no hook must see them", keep_writes },
		{ "files whose writes are kept, or are not, are mapped and searched", keep_mapped },
		CU_TEST_INFO_NULL,
	};
	int code = fixture_make(&fixture);

	requests = mmap(NULL, sizeof(*requests), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (requests == MAP_FAILED)
		return 1;
	if (!code)
		code = run_suite("layer_cache", tests);
	fixture_remove(&fixture);
	return code;
}
