/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A zram device is removed by who made it, and not when somebody else has it. */
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"
#include "injector/memory/zram.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char label[] = "0123456789abcde";

static void tell(const char *device, const char *attribute, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/%s/%s", device + strlen("/dev/"), attribute);
	CU_ASSERT_EQUAL(text_file_write(path, text), 0);
}

static bool is_there(const char *device)
{
	return !access(device, F_OK);
}

static void write_to(const char *device, const char *text)
{
	_cleanup_close_ int fd = open(device, O_WRONLY | O_SYNC | O_CLOEXEC);
	char block[4096] = "";

	memcpy(block, text, strlen(text));
	CU_ASSERT_EQUAL(pwrite(fd, block, sizeof(block), 0), sizeof(block));
}

static void it_is_its_own(void)
{
	char device[32] = "";
	uint64_t sequence;

	CU_ASSERT_EQUAL_FATAL(zram_make(device, sizeof(device)), 0);
	sequence = zram_sequence(device);
	CU_ASSERT_EQUAL(zram_remove(device, sequence + 1, label), -ESTALE);
	CU_ASSERT_EQUAL(zram_swap(device, 16 << 20, label), 0);
	CU_ASSERT_EQUAL(zram_remove(device, sequence + 1, label), -ESTALE);
	CU_ASSERT_EQUAL(zram_remove(device, sequence, "another"), -ESTALE);
	CU_ASSERT_TRUE(is_there(device));
	CU_ASSERT_EQUAL(zram_remove(device, sequence, label), 0);
	CU_ASSERT_FALSE(is_there(device));
	CU_ASSERT_EQUAL(zram_remove(device, sequence, label), 0);
	CU_ASSERT_EQUAL(zram_remove("/dev/sda", sequence, label), -EINVAL);
}

static void what_holds_nothing_goes(void)
{
	char device[32] = "";

	CU_ASSERT_EQUAL_FATAL(zram_make(device, sizeof(device)), 0);
	CU_ASSERT_EQUAL(zram_remove(device, zram_sequence(device), label), 0);
	CU_ASSERT_FALSE(is_there(device));
	CU_ASSERT_EQUAL_FATAL(zram_make(device, sizeof(device)), 0);
	tell(device, "disksize", "16M");
	CU_ASSERT_EQUAL(zram_remove(device, zram_sequence(device), label), 0);
	CU_ASSERT_FALSE(is_there(device));
}

/* It was reset and given another content. */
static void it_is_somebody_elses(void)
{
	char device[32] = "";

	CU_ASSERT_EQUAL_FATAL(zram_make(device, sizeof(device)), 0);
	tell(device, "disksize", "16M");
	write_to(device, "data");
	CU_ASSERT_EQUAL(zram_remove(device, zram_sequence(device), label), -ESTALE);
	CU_ASSERT_TRUE(is_there(device));
	tell(device, "reset", "1");
	CU_ASSERT_EQUAL(zram_remove(device, zram_sequence(device), label), 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "it is its own", it_is_its_own },
		{ "what holds nothing goes", what_holds_nothing_goes },
		{ "it is somebody else's", it_is_somebody_elses },
		CU_TEST_INFO_NULL,
	};
	char why[256];

	if (geteuid() || !zram_find(why, sizeof(why))) {
		printf("skipped: not root, or no zram here\n");
		return SKIP;
	}
	return run_suite("zram", tests);
}
