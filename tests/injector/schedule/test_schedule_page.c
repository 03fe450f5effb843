/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_page.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE_SIZE = 4096 };

/* All zeros but for its magic, which no other page has. */
static void makes(void)
{
	struct schedule_page *one = schedule_page_make(), *other = schedule_page_make();
	static const uint64_t none[2];
	unsigned char *bytes = (unsigned char *)one, set = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	CU_ASSERT_EQUAL((uintptr_t)one % PAGE_SIZE, 0);
	CU_ASSERT(memcmp(one->magic, none, sizeof(none)) != 0);
	CU_ASSERT(memcmp(one->magic, other->magic, sizeof(none)) != 0);
	memset(one->magic, 0, sizeof(one->magic));
	for (size_t i = 0; i < sizeof(*one); i++)
		set |= bytes[i];
	CU_ASSERT_EQUAL(set, 0);
	locked_page_free(one);
	locked_page_free(other);
	locked_page_free(NULL);
}

static void is_shared(void)
{
	struct schedule_page *page = schedule_page_make();
	pid_t child;
	int status;

	CU_ASSERT_PTR_NOT_NULL_FATAL(page);
	child = fork();
	if (!child) {
		atomic_store(&page->waiting, 7);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_EQUAL(atomic_load(&page->waiting), 7);
	locked_page_free(page);
}

/* As root, the frame that lies there; others are not told. Returns the child's word: 0 well. */
static int look_as_nobody(const struct schedule_page *page)
{
	pid_t child = fork();
	int status;

	if (!child) {
		uint64_t address;

		/* Who changes its user may not look into its own files of /proc (proc(5)). */
		_exit(setuid(65534) || prctl(PR_SET_DUMPABLE, 1) ||
		      locked_page_address(page, &address) != -EPERM);
	}
	return waitpid(child, &status, 0) == child ? status : -1;
}

static void has_an_address(void)
{
	struct schedule_page *one = schedule_page_make(), *other = schedule_page_make();
	uint64_t first = 0, again = 0, second = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(one);
	CU_ASSERT_PTR_NOT_NULL_FATAL(other);
	if (geteuid() != 0) {
		CU_ASSERT_EQUAL(locked_page_address(one, &first), -EPERM);
		skip_test("addresses are shown to root alone");
	} else {
		CU_ASSERT_EQUAL(locked_page_address(one, &first), 0);
		CU_ASSERT_EQUAL(locked_page_address(one, &again), 0);
		CU_ASSERT_EQUAL(locked_page_address(other, &second), 0);
		CU_ASSERT(first && first == again && first != second);
		CU_ASSERT_EQUAL(first % PAGE_SIZE, 0);
		CU_ASSERT_EQUAL(look_as_nobody(one), 0);
	}
	locked_page_free(one);
	locked_page_free(other);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "makes pages", makes },
		{ "is shared with children", is_shared },
		{ "has an address", has_an_address },
		CU_TEST_INFO_NULL,
	};

	return run_suite("the page of a schedule", tests);
}
