/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/probe/split_parts.h"
#include "injector/schedule/inspect_page.h"
#include "tests/support/suite.h"
#include "tests/support/wrap.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct inspect_page *page;
static struct inspect_row *rows;

static bool make(void)
{
	page = inspect_page_make(&rows);
	if (page)
		return true;
	CU_ASSERT_TRUE(errno == EPERM);
	skip_test("the kernel does not say where memory lies (root?)");
	return false;
}

static void makes_both_pages(void)
{
	if (!make())
		return;
	CU_ASSERT_NOT_EQUAL(page->rows, 0);
	CU_ASSERT_EQUAL(page->rows % 4096, 0);
	inspect_page_free(page, rows);
	inspect_page_free(NULL, NULL);
}

/* The kernel knows nothing of these calls. */
static void notices_that_nobody_answers(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (!make())
		return;
	CU_ASSERT_EQUAL(inspect_name(page, 1, fd, true), -ENODEV);
	CU_ASSERT_EQUAL(inspect_name(page, 0, fd, true), -ENOSPC);
	CU_ASSERT_EQUAL(inspect_name(page, INSPECT_FILES + 1, fd, true), -ENOSPC);
	CU_ASSERT_EQUAL(inspect_look(page), -ENODEV);
	inspect_page_free(page, rows);
	close(fd);
}

static uint64_t busy_until; /* CLOCK_MONOTONIC ns; 0: prctl() is the kernel's */

int real_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
	IS_REAL(prctl);
int wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
	WRAPS(prctl);

/* As an inspector that finds the file's lock held by a thread that has lost its processor. */
int wrap_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	if (!busy_until)
		return real_prctl(option, a, b, c, d);
	atomic_store(&page->answer, units_now() < busy_until ? -EBUSY : 0);
	return 0;
}

static void waits_for_the_lock(void)
{
	if (!make())
		return;
	busy_until = units_now() + 200000000;
	CU_ASSERT_EQUAL(inspect_look(page), 0);
	CU_ASSERT(units_now() >= busy_until);
	busy_until = 0;
	inspect_page_free(page, rows);
}

static void decides(void)
{
	if (!make())
		return;
	CU_ASSERT_FALSE(inspect_decides(page));
	page->counts.splits_inspected = SPLITS_CLEAN;
	CU_ASSERT_FALSE(inspect_decides(page));
	page->splits = 1;
	CU_ASSERT_TRUE(inspect_decides(page));
	page->counts.splits_inspected--;
	CU_ASSERT_FALSE(inspect_decides(page));
	page->counts.splits_misplaced = 1;
	CU_ASSERT_TRUE(inspect_decides(page));
	inspect_page_free(page, rows);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "makes both pages", makes_both_pages },
		{ "notices that nobody answers", notices_that_nobody_answers },
		{ "waits for the lock", waits_for_the_lock },
		{ "decides", decides },
		CU_TEST_INFO_NULL,
	};

	return run_suite("inspect page", tests);
}
