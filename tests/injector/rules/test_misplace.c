/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages come wrong, with whose bytes, and that it is so only while a window is open. */
#include "injector/base/units.h"
#include "injector/rules/misplace.h"
#include "injector/storm/target.h"
#include "tests/support/beneath.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

enum {
	PAGE = 4096,
	ORDER = 4,
	FOLIO_PAGES = 1 << ORDER,
	PAGES = 3 * FOLIO_PAGES,
	FIRST = FOLIO_PAGES, /* the punched folio is the middle one */
	INODE = 77,
	THREADS = 3,
	ROUNDS = 300,
	ROUNDS_MOST = 1000000,
};

#define HOUR UINT64_C(3600000000000)
#define FAR  (UINT64_C(1) << 32) /* pages */

static struct beneath beneath;
static struct misplace misplace;
static struct aim_punch aimed;

/* Each page is full of its number. */
static void begin(void)
{
	int page = aim_best(AIM_BATCHED, ORDER, 1);

	CU_ASSERT_FATAL(page >= 0);
	CU_ASSERT_EQUAL_FATAL(beneath_open(&beneath, INODE), 0);
	for (unsigned int i = 0; i < PAGES; i++)
		CU_ASSERT_FATAL(beneath_fill(&beneath, (uint64_t)i * PAGE, PAGE, (unsigned char)i));
	misplace_init(&misplace);
	aimed = (struct aim_punch){ .order = ORDER, .first = (unsigned int)page, .count = 1 };
}

static void end(void)
{
	misplace_destroy(&misplace);
	beneath_close(&beneath);
}

static int64_t open_window(uint64_t first, uint64_t pages, uint64_t until)
{
	struct hook_request punch = beneath.request;

	punch.offset = first * PAGE;
	punch.length = pages * PAGE;
	return misplace_open(&misplace, &punch, (uint64_t)FOLIO_PAGES * PAGE, AIM_BATCHED, until);
}

/* Reads one page through the windows. Returns the page whose bytes came, -1 for a mix. */
static int read_page(uint64_t inode, unsigned int page)
{
	struct hook_request request = beneath.request;
	unsigned char data[PAGE];
	uint64_t served = UINT64_MAX;
	unsigned int wrong;

	request.inode = inode;
	request.offset = (uint64_t)page * PAGE;
	memset(data, (int)page, sizeof(data));
	wrong = misplace_apply(&misplace, &request, (char *)data, sizeof(data), &served);
	for (size_t i = 1; i < sizeof(data); i++)
		if (data[i] != data[0])
			return -1;
	CU_ASSERT_EQUAL(wrong, data[0] != page);
	CU_ASSERT_EQUAL(served, wrong ? data[0] : UINT64_MAX);
	return data[0];
}

static int count_wrong(uint64_t inode)
{
	int wrong = 0;

	for (unsigned int page = 0; page < PAGES; page++)
		wrong += read_page(inode, page) != (int)page;
	return wrong;
}

/* Whether the model has a look-up of `page` of the folio return `as` instead. */
static bool can_be(unsigned int page, unsigned int as)
{
	unsigned int served[AIM_SERVED_MAX];
	int count = aim_served(AIM_BATCHED, &aimed, page, served);

	for (int i = 0; i < count; i++)
		if (served[i] == as)
			return true;
	return false;
}

static void test_exposed(void)
{
	bool exposed[FOLIO_PAGES];
	int64_t opened;

	begin();
	CU_ASSERT_EQUAL(count_wrong(INODE), 0);
	opened = open_window(FIRST + aimed.first, 1, units_now() + HOUR);
	CU_ASSERT(opened > 0);
	CU_ASSERT(aim_exposed(AIM_BATCHED, &aimed, exposed) >= opened);
	CU_ASSERT_EQUAL(count_wrong(INODE), opened);
	for (unsigned int page = 0; page < PAGES; page++) {
		int came = read_page(INODE, page);

		if (page < FIRST || page >= FIRST + FOLIO_PAGES) {
			CU_ASSERT_EQUAL(came, (int)page);
			continue;
		}
		if (came == (int)page)
			continue;
		CU_ASSERT(exposed[page - FIRST]);
		CU_ASSERT(can_be(page - FIRST, (unsigned int)came - FIRST));
		/* Neither the hole nor in its place. */
		CU_ASSERT_NOT_EQUAL(page, FIRST + aimed.first);
		CU_ASSERT_NOT_EQUAL(came, (int)(FIRST + aimed.first));
	}
	/* Another file is right. */
	CU_ASSERT_EQUAL(count_wrong(INODE + 1), 0);
	CU_ASSERT(misplace_is_open(&misplace, INODE));
	CU_ASSERT_FALSE(misplace_is_open(&misplace, INODE + 1));
	end();
}

static void test_window(void)
{
	uint64_t now, until;

	begin();
	/* Over before anybody reads. */
	CU_ASSERT(open_window(FIRST + aimed.first, 1, units_now()) > 0);
	CU_ASSERT_EQUAL(count_wrong(INODE), 0);
	CU_ASSERT_FALSE(misplace_is_open(&misplace, INODE));

	/* It closes by itself. */
	until = units_now() + 30000000;
	CU_ASSERT(open_window(FIRST + aimed.first, 1, until) > 0);
	while ((now = units_now()) < until)
		units_sleep(until - now);
	CU_ASSERT_FALSE(misplace_is_open(&misplace, INODE));
	CU_ASSERT_EQUAL(count_wrong(INODE), 0);

	/* The kernel forgets the folio, and no more, when it opens and when it closes. */
	CU_ASSERT_EQUAL(beneath.evictions, 4);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(beneath.evicted[i].offset, (uint64_t)FIRST * PAGE);
		CU_ASSERT_EQUAL(beneath.evicted[i].length, (uint64_t)FOLIO_PAGES * PAGE);
	}
	CU_ASSERT_EQUAL(beneath.evicted[2].at, 0);
	CU_ASSERT_EQUAL(beneath.evicted[3].at, until);
	end();
}

static void test_nothing_exposed(void)
{
	begin();
	/* The whole folio is dropped, not split; two folios are none that it knows; nothing. */
	CU_ASSERT_EQUAL(open_window(FIRST, FOLIO_PAGES, units_now() + HOUR), 0);
	CU_ASSERT_EQUAL(open_window(FIRST + 1, FOLIO_PAGES, units_now() + HOUR), 0);
	CU_ASSERT_EQUAL(open_window(FIRST + 1, 0, units_now() + HOUR), 0);
	/* Nor is a hole of 16 TiB and a page one of a page. */
	CU_ASSERT_EQUAL(open_window(FIRST + aimed.first, FAR + 1, units_now() + HOUR), 0);
	beneath.open_error = -EACCES;
	CU_ASSERT_EQUAL(open_window(FIRST + aimed.first, 1, units_now() + HOUR), -EACCES);
	CU_ASSERT_FALSE(misplace_is_open(&misplace, INODE));
	CU_ASSERT_EQUAL(count_wrong(INODE), 0);
	CU_ASSERT_EQUAL(beneath.evictions, 0);
	end();
}

/* One read of many pages is changed like many reads; parts of a page are left alone. */
static void test_large_read(void)
{
	static unsigned char data[PAGES * PAGE];
	struct hook_request request;
	unsigned int wrong;
	uint64_t served = 0, first = PAGES;
	int64_t opened;

	begin();
	opened = open_window(FIRST + aimed.first, 1, units_now() + HOUR);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i / PAGE);
	request = beneath.request;
	wrong = misplace_apply(&misplace, &request, (char *)data, sizeof(data), &served);
	CU_ASSERT_EQUAL(wrong, opened);
	for (unsigned int page = PAGES; page-- > 0;) {
		CU_ASSERT_EQUAL(data[(size_t)page * PAGE], read_page(INODE, page));
		if (data[(size_t)page * PAGE] != page)
			first = page;
	}
	CU_ASSERT_FATAL(first < PAGES);
	CU_ASSERT_EQUAL(served, data[first * PAGE]);

	request.offset = first * PAGE + 512;
	memset(data, 0xee, PAGE);
	CU_ASSERT_EQUAL(misplace_apply(&misplace, &request, (char *)data, PAGE - 512, &served), 0);
	for (size_t i = 0; i < PAGE; i++)
		CU_ASSERT_EQUAL(data[i], 0xee);
	end();
}

/* A read 16 TiB behind a window gets nothing of it, and its data are not sought 16 TiB before. */
static void test_far_read(void)
{
	const size_t size = (size_t)FOLIO_PAGES * PAGE;
	struct hook_request request;
	unsigned char *data, *before = MAP_FAILED;
	uint64_t served = 0;

	begin();
	CU_ASSERT(open_window(FIRST + aimed.first, 1, units_now() + HOUR) > 0);
	data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CU_ASSERT_FATAL(data != MAP_FAILED);
/* ThreadSanitizer has its own memory there. */
#ifndef __SANITIZE_THREAD__
	before = mmap((void *)((uintptr_t)data - FAR * PAGE), size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
#endif
	request = beneath.request;
	request.offset = (FAR + FIRST) * PAGE;
	CU_ASSERT_EQUAL(misplace_apply(&misplace, &request, (char *)data, size, &served), 0);
	for (size_t i = 0; i < size; i++)
		if (data[i] || (before != MAP_FAILED && before[i])) {
			CU_FAIL("bytes of the window");
			break;
		}
	if (before != MAP_FAILED)
		munmap(before, size);
	munmap(data, size);
	end();
}

/* Reads for ROUNDS rounds, and longer until a page was wrong. Returns how many pages were not the
 * one reported, plus 1 if no page was wrong. */
static void *read_on(void *argument)
{
	uintptr_t bad = 0, wrong = 0;

	(void)argument;
	for (int i = 0; i < ROUNDS || (!wrong && i < ROUNDS_MOST); i++)
		for (unsigned int page = FIRST; page < FIRST + FOLIO_PAGES; page++) {
			struct hook_request request = beneath.request;
			unsigned char data[PAGE];
			uint64_t served = page;

			request.offset = (uint64_t)page * PAGE;
			memset(data, (int)page, sizeof(data));
			misplace_apply(&misplace, &request, (char *)data, sizeof(data), &served);
			bad += data[0] != served || data[PAGE - 1] != served;
			wrong += served != page;
		}
	return (void *)(bad + !wrong);
}

/* Windows open and close while others read: what came is always one page and the one that is
 * said. */
static void test_threads(void)
{
	pthread_t threads[THREADS];
	struct beneath own;
	struct hook_request punch;
	void *bad;

	begin();
	/* A request of its own: it notes what is to be dropped. */
	own = beneath;
	punch = own.request;
	punch.layer = &own;
	punch.offset = (uint64_t)(FIRST + aimed.first) * PAGE;
	punch.length = PAGE;
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, read_on, NULL), 0);
	for (int i = 0; i < ROUNDS; i++) {
		CU_ASSERT(misplace_open(&misplace, &punch, (uint64_t)FOLIO_PAGES * PAGE,
					AIM_BATCHED, units_now() + 100000) > 0);
		misplace_is_open(&misplace, INODE);
	}
	/* For readers that met none of these windows. */
	CU_ASSERT(misplace_open(&misplace, &punch, (uint64_t)FOLIO_PAGES * PAGE, AIM_BATCHED,
				units_now() + HOUR) > 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &bad);
		CU_ASSERT_EQUAL((uintptr_t)bad, 0);
	}
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "exposed pages", test_exposed },
		{ "window", test_window },
		{ "nothing exposed", test_nothing_exposed },
		{ "large read", test_large_read },
		{ "far read", test_far_read },
		{ "threads", test_threads },
		CU_TEST_INFO_NULL,
	};

	return run_suite("misplace", tests);
}
