/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing back what storms took out of the page cache of a real XFS, small and large. */
#include "injector/base/page_size.h"
#include "injector/memory/folio.h"
#include "injector/storm/storm.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"
#include "tools/reading/mapped_copy.h"
#include "tools/reading/refault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REGION = 2 << 20, PAGES = REGION / 4096, SIZE = 2 * REGION, TOLD = 100 };

static struct fixture fixture;
static struct folio_lookup lookup;
static struct target target = { .name = "refault", .region_size = REGION, .size = SIZE };

/* Each page holds its number. */
static void make_file(void)
{
	char path[160];
	uint32_t *buffer = calloc(1, REGION);

	snprintf(path, sizeof(path), "%s/refault", fixture.bare);
	target.backing_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	target.mount_fd = memfd_create("what a layer has of its own", MFD_CLOEXEC);
	CU_ASSERT_FATAL(buffer && target.backing_fd >= 0 && target.mount_fd >= 0);
	for (uint32_t region = 0; region < SIZE / REGION; region++) {
		for (uint32_t i = 0; i < REGION / sizeof(*buffer); i++)
			buffer[i] = region * PAGES + i / 1024;
		CU_ASSERT_EQUAL_FATAL(
			folio_make(target.backing_fd, (off_t)region * REGION, REGION, buffer), 0);
	}
	free(buffer);
	CU_ASSERT_EQUAL_FATAL(fsync(target.backing_fd), 0);
	target.map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, target.backing_fd, 0);
	target.beneath = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, target.backing_fd, 0);
	CU_ASSERT_FATAL(target.map != MAP_FAILED && target.beneath != MAP_FAILED);
}

static void close_file(void)
{
	munmap(target.map, SIZE);
	munmap(target.beneath, SIZE);
	close(target.backing_fd);
	close(target.mount_fd);
}

static unsigned int due(uint64_t offset)
{
	unsigned int pages = 0;

	for (uint64_t at = offset; at < offset + REGION; at += page_size())
		pages += refault_is_due(&target, at);
	return pages;
}

static int evict(const char *op)
{
	return storm_op_find(op)->punch(target.backing_fd, &target, REGION, REGION);
}

static int order_of(uint64_t offset)
{
	(void)*(volatile const char *)(target.beneath + offset);
	return folio_order_at(&lookup, target.beneath + offset);
}

/* Reads page TOLD of the second region. */
static void read_told(enum refault_order order)
{
	uint64_t offset = REGION + TOLD * page_size();
	struct refault refault = { 0 };
	uint32_t page[PAGE_SIZE_MOST / sizeof(uint32_t)];

	CU_ASSERT_EQUAL_FATAL(refault_open(&refault, order, &target, 1), 0);
	CU_ASSERT_EQUAL(refault_read(&refault, &target, 0, offset, (uint64_t *)page), 0);
	CU_ASSERT(page[0] == PAGES + TOLD && page[1023] == PAGES + TOLD);
	CU_ASSERT_EQUAL(refault_read(&refault, &target, 0, SIZE, (uint64_t *)page), -ENODATA);
	refault_close(&refault);
	CU_ASSERT_EQUAL(refault.count, 0);
}

static void test_small(void)
{
	make_file();
	CU_ASSERT_EQUAL(due(REGION), 0);
	CU_ASSERT_EQUAL(evict("pageout"), 0);
	CU_ASSERT_EQUAL(due(REGION), PAGES);
	CU_ASSERT_EQUAL(due(0), 0);
	read_told(REFAULT_SMALL);
	CU_ASSERT_EQUAL(due(REGION), PAGES - 1);
	CU_ASSERT_FALSE(refault_is_due(&target, REGION + TOLD * page_size()));
	CU_ASSERT_EQUAL(order_of(REGION + TOLD * page_size()), 0);
	close_file();
}

static void test_large(void)
{
	static const char *const ops[] = { "pageout", "drop" };

	for (size_t i = 0; i < 2; i++) {
		make_file();
		CU_ASSERT_EQUAL(evict(ops[i]), 0);
		CU_ASSERT_EQUAL(due(REGION), PAGES);
		read_told(REFAULT_LARGE);
		CU_ASSERT_EQUAL(due(REGION), 0);
		CU_ASSERT_EQUAL(order_of(REGION), 9);
		close_file();
	}
}

/* What somebody else has mapped stays. */
static void test_mapped_stays(void)
{
	char *other;

	make_file();
	other = mmap(NULL, REGION, PROT_READ, MAP_SHARED, target.backing_fd, REGION);
	CU_ASSERT_FATAL(other != MAP_FAILED);
	(void)*(volatile const char *)other;
	CU_ASSERT_EQUAL(evict("drop"), 0);
	CU_ASSERT_FALSE(refault_is_due(&target, REGION));
	munmap(other, REGION);
	CU_ASSERT_EQUAL(evict("drop"), 0);
	CU_ASSERT_TRUE(refault_is_due(&target, REGION));
	close_file();
}

static void test_cannot_open(void)
{
	struct target closed = { .name = "closed", .backing_fd = -1 };
	struct refault refault = { 0 };

	CU_ASSERT_EQUAL(refault_open(&refault, REFAULT_SMALL, &closed, 1), -ENOENT);
	CU_ASSERT_PTR_NULL(refault.fds);
	refault_close(&refault);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "small", test_small },
		{ "large", test_large },
		{ "what is mapped stays", test_mapped_stays },
		{ "a file that is not open", test_cannot_open },
		CU_TEST_INFO_NULL,
	};
	int result = fixture_make(&fixture);

	if (result)
		return result;
	mapped_copy_init();
	result = folio_lookup_open(&lookup) ? SKIP : run_suite("refault", tests);
	folio_lookup_close(&lookup);
	fixture_remove(&fixture);
	return result;
}
