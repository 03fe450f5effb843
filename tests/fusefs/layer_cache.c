/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel keeps of a mount, and when it asks again. */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/rules/rules.h"
#include "tests/support/layer_files.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

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
			failed[0] += pread(ruled, why, 1, 0) < 0;
			failed[1] += pread(other, why, 1, 0) < 0;
			close(ruled);
			close(other);
		}
		ruled = other = -1;
		CU_ASSERT(failed[0] >= 5);
		CU_ASSERT_EQUAL(failed[1], 0);
		asked = open(above("asked"), O_RDONLY | O_CLOEXEC);
		CU_ASSERT_EQUAL(fstat(asked, &status), -1);
		CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	}
	rules_free(rules);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "what is kept is not asked for again", keep },
		{ "changes beneath are seen", watch },
		{ "rules see each operation on their files", rules_see },
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
