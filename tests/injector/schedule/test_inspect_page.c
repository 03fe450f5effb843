/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/split_parts.h"
#include "injector/schedule/inspect_page.h"
#include "tests/support/suite.h"

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
		{ "decides", decides },
		CU_TEST_INFO_NULL,
	};

	return run_suite("inspect page", tests);
}
