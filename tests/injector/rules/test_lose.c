/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash takes of what was written, and that it never takes what was synced. */
#include "injector/rules/lose.h"
#include "tests/support/beneath.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <unistd.h>

enum { PAGE = LOSE_PAGE, PAGES = 64, SECTOR = 512, OLD = 0x11, NEW = 0x22, INODE = 5, THREADS = 4 };

static struct beneath beneath;
static struct lose lose;

/* A file of so many durable bytes. */
static void begin(uint64_t seed, uint64_t size)
{
	CU_ASSERT_EQUAL_FATAL(beneath_open(&beneath, INODE), 0);
	CU_ASSERT_FATAL(beneath_fill(&beneath, 0, size, OLD));
	lose_init(&lose, seed);
}

static void end(void)
{
	lose_destroy(&lose);
	beneath_close(&beneath);
}

/* As the layer writes. Returns what lose_remember() said. */
static int64_t write_new(uint64_t offset, uint64_t size)
{
	int64_t kept = lose_remember(&lose, &beneath.request, offset, size);

	CU_ASSERT(beneath_fill(&beneath, offset, size, NEW));
	return kept;
}

/* How many of the bytes in [first, end) are `byte`. */
static uint64_t count(uint64_t first, uint64_t end_offset, int byte)
{
	uint64_t found = 0;

	for (uint64_t i = first; i < end_offset; i++)
		found += beneath_byte(&beneath, i) == byte;
	return found;
}

static void test_whole(void)
{
	struct lose_report report;

	begin(1, 4 * PAGE);
	CU_ASSERT_FALSE(lose.active);
	/* Two pages are touched; the second time they are kept already. */
	CU_ASSERT_EQUAL(write_new(PAGE + 100, PAGE), 2 * PAGE);
	CU_ASSERT_EQUAL(write_new(PAGE + 50, 200), 0);
	CU_ASSERT(lose.active);
	report = lose_crash(&lose, LOSE_WHOLE);
	CU_ASSERT_EQUAL(report.error, 0);
	CU_ASSERT_EQUAL(report.files, 1);
	CU_ASSERT_EQUAL(report.pages, 2);
	CU_ASSERT_EQUAL(report.lost, 2);
	CU_ASSERT_EQUAL(report.bytes, 2 * PAGE);
	CU_ASSERT_EQUAL(count(0, 4 * PAGE, OLD), 4 * PAGE);
	CU_ASSERT_EQUAL(beneath_size(&beneath), 4 * PAGE);
	/* All that the kernel caches of it goes. */
	CU_ASSERT_EQUAL(beneath.evictions, 1);
	CU_ASSERT_EQUAL(beneath.evicted[0].offset, 0);
	CU_ASSERT_EQUAL(beneath.evicted[0].length, 0);
	/* It goes on, with nothing more to lose. */
	CU_ASSERT_FALSE(lose.active);
	report = lose_crash(&lose, LOSE_WHOLE);
	CU_ASSERT_EQUAL(report.files + report.pages + report.lost + report.bytes, 0);
	end();
}

static void test_synced(void)
{
	struct lose_report report;

	begin(1, 2 * PAGE);
	write_new(0, 100);
	lose_synced(&lose, INODE + 1);
	CU_ASSERT(lose.active);
	lose_synced(&lose, INODE);
	CU_ASSERT_FALSE(lose.active);
	report = lose_crash(&lose, LOSE_WHOLE);
	CU_ASSERT_EQUAL(report.files, 0);
	CU_ASSERT_EQUAL(count(0, 100, NEW), 100);

	/* What came after the sync goes, what was synced stays, in the same page too. */
	CU_ASSERT_EQUAL(write_new(50, 100), PAGE);
	report = lose_crash(&lose, LOSE_WHOLE);
	CU_ASSERT_EQUAL(report.lost, 1);
	CU_ASSERT_EQUAL(count(0, 100, NEW), 100);
	CU_ASSERT_EQUAL(count(100, 2 * PAGE, OLD), 2 * PAGE - 100);
	end();
}

/* The size that lost bytes gave the file is lost with them. */
static void test_size(void)
{
	begin(1, PAGE + 300);
	write_new(PAGE + 200, 3 * PAGE);
	CU_ASSERT_EQUAL(beneath_size(&beneath), 4 * PAGE + 200);
	CU_ASSERT_EQUAL(lose_crash(&lose, LOSE_WHOLE).lost, 4);
	CU_ASSERT_EQUAL(beneath_size(&beneath), PAGE + 300);
	CU_ASSERT_EQUAL(count(0, PAGE + 300, OLD), PAGE + 300);

	/* Appended and synced: it keeps it. */
	write_new(PAGE + 300, PAGE);
	lose_synced(&lose, INODE);
	lose_crash(&lose, LOSE_WHOLE);
	CU_ASSERT_EQUAL(beneath_size(&beneath), 2 * PAGE + 300);
	CU_ASSERT_EQUAL(count(PAGE + 300, 2 * PAGE + 300, NEW), PAGE);
	end();
}

/* What a truncation cut off does not come back. */
static void test_cut(void)
{
	begin(1, 4 * PAGE);
	write_new(0, 4 * PAGE);
	CU_ASSERT_EQUAL(ftruncate(beneath.fd, PAGE + 100), 0);
	lose_cut(&lose, INODE, PAGE + 100);
	lose_cut(&lose, INODE + 1, 0);
	CU_ASSERT_EQUAL(lose_crash(&lose, LOSE_WHOLE).error, 0);
	CU_ASSERT_EQUAL(beneath_size(&beneath), PAGE + 100);
	CU_ASSERT_EQUAL(count(0, PAGE + 100, OLD), PAGE + 100);
	end();
	/* Not even where a later page got through and made the file long again. */
	for (uint64_t seed = 0; seed < 8; seed++) {
		begin(seed, 4 * PAGE);
		write_new(0, 4 * PAGE);
		CU_ASSERT_EQUAL(ftruncate(beneath.fd, 100), 0);
		lose_cut(&lose, INODE, 100);
		write_new(3 * PAGE, PAGE);
		CU_ASSERT_EQUAL(lose_crash(&lose, LOSE_PAGES).error, 0);
		CU_ASSERT_EQUAL(count(100, 4 * PAGE, OLD), 0);
		CU_ASSERT_EQUAL(count(0, 100, OLD) + count(0, 100, NEW), 100);
		end();
	}
}

/* Writes all pages and loses them. bytes: how many new ones each page has afterwards. */
static struct lose_report crash_of_all(uint64_t seed, enum lose_how how, uint64_t *bytes)
{
	struct lose_report report;

	begin(seed, PAGES * PAGE);
	CU_ASSERT_EQUAL(write_new(0, PAGES * PAGE), PAGES * PAGE);
	report = lose_crash(&lose, how);
	CU_ASSERT_EQUAL(report.error, 0);
	CU_ASSERT_EQUAL(report.pages, PAGES);
	CU_ASSERT_EQUAL(beneath_size(&beneath), PAGES * PAGE);
	for (uint64_t page = 0; page < PAGES; page++) {
		uint64_t at = page * PAGE;

		bytes[page] = count(at, at + PAGE, NEW);
		/* The new ones are in front, the rest is as it was. */
		CU_ASSERT_EQUAL(count(at, at + bytes[page], NEW), bytes[page]);
		CU_ASSERT_EQUAL(count(at + bytes[page], at + PAGE, OLD), PAGE - bytes[page]);
	}
	end();
	return report;
}

static void expect_as_reported(const struct lose_report *report, const uint64_t *bytes)
{
	uint64_t lost = 0, back = 0;

	for (uint64_t page = 0; page < PAGES; page++) {
		lost += bytes[page] < PAGE;
		back += PAGE - bytes[page];
	}
	CU_ASSERT_EQUAL(report->lost, lost);
	CU_ASSERT_EQUAL(report->bytes, back);
	CU_ASSERT(lost > 0);
	CU_ASSERT(back < PAGES * PAGE);
}

static bool same(const uint64_t *one, const uint64_t *other)
{
	for (int page = 0; page < PAGES; page++)
		if (one[page] != other[page])
			return false;
	return true;
}

static void test_pages(void)
{
	uint64_t bytes[PAGES], again[PAGES], other[PAGES];
	struct lose_report report = crash_of_all(7, LOSE_PAGES, bytes);

	expect_as_reported(&report, bytes);
	for (int page = 0; page < PAGES; page++)
		CU_ASSERT(bytes[page] == 0 || bytes[page] == PAGE);
	crash_of_all(7, LOSE_PAGES, again);
	crash_of_all(8, LOSE_PAGES, other);
	CU_ASSERT(same(bytes, again));
	CU_ASSERT_FALSE(same(bytes, other));
}

static void test_torn(void)
{
	uint64_t bytes[PAGES], again[PAGES], other[PAGES], torn = 0;
	struct lose_report report = crash_of_all(7, LOSE_TORN, bytes);

	expect_as_reported(&report, bytes);
	for (int page = 0; page < PAGES; page++) {
		CU_ASSERT_EQUAL(bytes[page] % SECTOR, 0);
		torn += bytes[page] > 0 && bytes[page] < PAGE;
	}
	CU_ASSERT(torn > PAGES / 4);
	crash_of_all(7, LOSE_TORN, again);
	crash_of_all(8, LOSE_TORN, other);
	CU_ASSERT(same(bytes, again));
	CU_ASSERT_FALSE(same(bytes, other));
}

static void test_errors(void)
{
	begin(1, PAGE);
	beneath.open_error = -EMFILE;
	CU_ASSERT_EQUAL(lose_remember(&lose, &beneath.request, 0, 10), -EMFILE);
	CU_ASSERT_FALSE(lose.active);
	CU_ASSERT_EQUAL(lose_crash(&lose, LOSE_WHOLE).files, 0);
	beneath.open_error = 0;
	CU_ASSERT_EQUAL(lose_remember(&lose, &beneath.request, 0, 10), PAGE);
	end();
}

static void *remember_all(void *argument)
{
	int64_t *kept = argument;

	for (uint64_t page = 0; page < PAGES; page++)
		*kept += lose_remember(&lose, &beneath.request, page * PAGE, PAGE);
	return NULL;
}

/* However many write a page at once, it is kept once. */
static void test_threads(void)
{
	pthread_t threads[THREADS];
	int64_t kept[THREADS] = { 0 }, all = 0;

	begin(1, PAGES * PAGE);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, remember_all, &kept[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all += kept[i];
	}
	CU_ASSERT_EQUAL(all, PAGES * PAGE);
	CU_ASSERT_EQUAL(lose_crash(&lose, LOSE_WHOLE).pages, PAGES);
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "whole", test_whole },    { "synced", test_synced },   { "size", test_size },
		{ "truncation", test_cut }, { "by page", test_pages },   { "torn", test_torn },
		{ "errors", test_errors },  { "threads", test_threads }, CU_TEST_INFO_NULL,
	};

	return run_suite("lose", tests);
}
