/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Journals with pages that came from elsewhere, are lost or broken, and with content that only
 * looks like it. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/import/page_scan.h"
#include "tools/workloads/journal/hash.h"
#include "tools/workloads/journal/writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = PAGE_SCAN_PAGE, ENTRIES = 27000, LARGE = 40 * PAGE };

/* A journal in memory, which the writer made. */
struct file {
	unsigned char *bytes;
	size_t size;
	uint64_t large; /* offset of a data object of LARGE bytes */
};

static struct page_scan scan;

static void make_entries(struct journal_writer *writer, struct file *file)
{
	struct journal_value host = { .offset = 0 }, large = { .offset = 0 };

	CU_ASSERT_EQUAL_FATAL(journal_writer_value(writer, "_HOSTNAME", 20, &host), 0);
	CU_ASSERT_EQUAL_FATAL(journal_writer_value(writer, "BLOB", LARGE, &large), 0);
	file->large = large.offset;
	for (uint64_t i = 0; i < ENTRIES; i++) {
		struct journal_value message = { .offset = 0 };
		struct journal_value *values[] = { &message, &host, &large };

		CU_ASSERT_EQUAL_FATAL(
			journal_writer_value(writer, "MESSAGE", 30 + i * 7 % 300, &message), 0);
		CU_ASSERT_EQUAL_FATAL(
			journal_writer_entry(writer, values, i ? 2 : 3, 1700000000000000 + i, i),
			0);
	}
}

static void make(struct file *file, bool compact, bool keyed, uint64_t buckets)
{
	const struct journal_shape shape = {
		.owner = { .file = 1, .generation = 1 },
		.compact = compact,
		.keyed = keyed,
		.data_buckets = buckets,
		.field_buckets = JOURNAL_FIELD_BUCKETS,
		.file_id = "some file",
		.seqnum = 1,
	};
	int fd = memfd_create("journal", MFD_CLOEXEC);
	struct journal_writer writer;

	CU_ASSERT_EQUAL_FATAL(journal_writer_open(&writer, fd, &shape), 0);
	make_entries(&writer, file);
	journal_writer_close(&writer);
	file->size = (size_t)lseek(fd, 0, SEEK_END);
	file->bytes = malloc(file->size);
	CU_ASSERT_EQUAL_FATAL(pread(fd, file->bytes, file->size, 0), (ssize_t)file->size);
	close(fd);
}

static void look(const struct file *file)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CU_ASSERT_FATAL(write(fd, file->bytes, file->size) == (ssize_t)file->size);
	CU_ASSERT_EQUAL(page_scan_file(&scan, fd), 0);
	close(fd);
}

static unsigned char *page_of(const struct file *file, size_t page)
{
	return file->bytes + page * PAGE;
}

static void copy(const struct file *file, size_t to, size_t from, size_t count)
{
	memmove(page_of(file, to), page_of(file, from), count * PAGE);
}

static void clear(const struct file *file, size_t page, size_t from, size_t count)
{
	(void)from;
	memset(page_of(file, page), 0, count * PAGE);
}

/* `count` sectors of garbage. */
static void tear(const struct file *file, size_t page, size_t sector, size_t count)
{
	memset(page_of(file, page) + sector * 512, 0xa5, count * 512);
}

static void exchange(const struct file *file, size_t one, size_t other, size_t count)
{
	unsigned char kept[PAGE];

	(void)count;
	memcpy(kept, page_of(file, one), PAGE);
	copy(file, one, other, 1);
	memcpy(page_of(file, other), kept, PAGE);
}

/* What is done to a journal, and all that is to be said of it. */
static const struct damage {
	void (*do_it)(const struct file *file, size_t page, size_t from, size_t count);
	size_t page, from, count;
	uint64_t found[PAGE_SCAN_SORTS];
	const char *said[3];
} damages[] = {
	{ copy,
	  0x701,
	  0x700,
	  1,
	  { [PAGE_SCAN_SHIFTED] = 1 },
	  { "page 0x701 holds page 0x700: XOR 0x1, the upper half of a folio of order 1 served by "
	    "the head of its lower half" } },
	{ copy,
	  0x6c0,
	  0x680,
	  0x40,
	  { [PAGE_SCAN_SHIFTED] = 0x40 },
	  { "pages 0x6c0 to 0x6ff hold page 0x680 and on: XOR 0x40, the upper half of a folio of "
	    "order 7 served by the head of its lower half" } },
	/* The other way round, and as far by addition alone, no split serves pages. */
	{ copy,
	  0x700,
	  0x701,
	  1,
	  { [PAGE_SCAN_COPIED] = 1 },
	  { "page 0x700 holds page 0x701, as no split serves it" } },
	{ copy,
	  0x705,
	  0x703,
	  2,
	  { [PAGE_SCAN_COPIED] = 2 },
	  { "pages 0x705 to 0x706 hold page 0x703 and on, as no split serves it" } },
	/* Of another 2 MiB. */
	{ copy,
	  0x705,
	  0x503,
	  3,
	  { [PAGE_SCAN_COPIED] = 3 },
	  { "pages 0x705 to 0x707 hold page 0x503 and on, as no split serves it" } },
	{ clear, 0x705, 0, 1, { [PAGE_SCAN_ZERO] = 1 }, { "page 0x705: zeros within data" } },
	{ clear,
	  0x700,
	  0,
	  8,
	  { [PAGE_SCAN_ZERO] = 8 },
	  { "pages 0x700 to 0x707: zeros within data" } },
	{ exchange,
	  0x700,
	  0x685,
	  1,
	  { [PAGE_SCAN_BROKEN] = 2 },
	  { "page 0x685: damaged: ", "page 0x700: damaged: " } },
	{ tear, 0x705, 3, 1, { [PAGE_SCAN_BROKEN] = 1 }, { "page 0x705: damaged: " } },
};

static void damage_it(const struct damage *damage, const struct file *whole, struct file *file)
{
	size_t count = 0;

	memcpy(file->bytes, whole->bytes, whole->size);
	damage->do_it(file, damage->page, damage->from, damage->count);
	look(file);
	CU_ASSERT_TRUE(page_scan_damaged(&scan));
	for (int sort = 0; sort < PAGE_SCAN_SORTS; sort++)
		CU_ASSERT_EQUAL(scan.found[sort], damage->found[sort]);
	while (count < ARRAY_SIZE(damage->said) && damage->said[count])
		count++;
	CU_ASSERT_EQUAL(scan.run_count, count);
	for (size_t i = 0; i < scan.run_count; i++) {
		const char *said = i < ARRAY_SIZE(damage->said) ? damage->said[i] : NULL;
		char text[300];

		page_scan_format(&scan.runs[i], text, sizeof(text));
		CU_ASSERT_TRUE(said && !strncmp(text, said, strlen(said)));
		if (!said || strncmp(text, said, strlen(said)))
			fprintf(stderr, "damage %td: %s\n", damage - damages, text);
	}
}

static void try_damages(bool compact, bool keyed)
{
	struct file whole, file;

	make(&whole, compact, keyed, 4096);
	file = whole;
	file.bytes = malloc(whole.size);
	look(&whole);
	CU_ASSERT_STRING_EQUAL(scan.format, "systemd journal");
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.pages, whole.size / PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++)
		damage_it(&damages[i], &whole, &file);
	free(whole.bytes);
	free(file.bytes);
}

static void test_regular(void)
{
	try_damages(false, false);
}

static void test_compact(void)
{
	try_damages(true, true);
}

/* A hash table that misses objects, an array that misses entries, one bit of a message. */
static void test_small_damage(void)
{
	struct journal_header header;
	struct file file;
	size_t page;

	make(&file, false, true, 4096);
	memcpy(&header, file.bytes, sizeof(header));
	page = header.data_table / PAGE + 3;
	clear(&file, page, 0, 1);
	look(&file);
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_ZERO], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, page);
	free(file.bytes);
	make(&file, true, true, 4096);
	memcpy(&header, file.bytes, sizeof(header));
	page = header.tail_array / PAGE;
	memset(file.bytes + header.tail_array + sizeof(struct journal_array) + 8, 0, 16);
	look(&file);
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_BROKEN], 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, page);
	free(file.bytes);
	make(&file, true, true, 4096);
	file.bytes[file.large + PAGE] ^= 4;
	look(&file);
	CU_ASSERT_EQUAL(scan.run_count, 1);
	CU_ASSERT_STRING_EQUAL(scan.runs[0].why, "a data object that does not match its hash");
	CU_ASSERT_EQUAL(scan.found[PAGE_SCAN_BROKEN], LARGE / PAGE + 1);
	free(file.bytes);
}

/* Content that repeats every 512 bytes, and zeros: the hash tells that it is what was written. */
static void test_what_repeats(void)
{
	struct journal_data data;
	unsigned char *payload;
	struct file file;
	uint64_t hash;

	make(&file, false, false, 1);
	payload = file.bytes + file.large + sizeof(data);
	for (size_t i = 0; i < LARGE; i++)
		payload[5 + i] = i < LARGE / 2 ? (unsigned char)(i % 512 * 37 >> 3) : 0;
	memcpy(&data, file.bytes + file.large, sizeof(data));
	hash = journal_hash_plain(payload, data.object.size - sizeof(data));
	memcpy(file.bytes + file.large + offsetof(struct journal_data, hash), &hash, sizeof(hash));
	look(&file);
	CU_ASSERT_FALSE(page_scan_damaged(&scan));
	CU_ASSERT_EQUAL(scan.run_count, 0);
	free(file.bytes);
}

static void test_cut(void)
{
	struct file file;

	make(&file, true, false, 4096);
	file.size = 0x605 * (size_t)PAGE + 100;
	look(&file);
	CU_ASSERT_EQUAL(scan.run_count, 1);
	CU_ASSERT_EQUAL(scan.runs[0].page, 0x605);
	CU_ASSERT_STRING_EQUAL(scan.runs[0].why,
			       "the file is cut off: it ends before its last object");
	/* Of the header nothing can be used. */
	memset(file.bytes + 8, 0xff, 200);
	look(&file);
	CU_ASSERT_EQUAL(scan.run_count, 1);
	CU_ASSERT_STRING_EQUAL(scan.runs[0].why, "no header that can be used");
	free(file.bytes);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "regular, plain hash", test_regular },
		{ "compact, keyed hash", test_compact },
		{ "a bucket, an item, a bit", test_small_damage },
		{ "what only repeats", test_what_repeats },
		{ "cut off", test_cut },
		CU_TEST_INFO_NULL,
	};

	return run_suite("journal_damage", tests);
}
