/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal format: hashes, payload, writing and walking, holes, and files that are damaged. */
#include "injector/base/array.h"
#include "injector/base/random.h"
#include "tests/support/suite.h"
#include "tools/workloads/journal/archive.h"
#include "tools/workloads/journal/check.h"
#include "tools/workloads/journal/content.h"
#include "tools/workloads/journal/hash.h"
#include "tools/workloads/journal/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* The results that lookup3.c's own driver lists. */
static void lookup3(void)
{
	static const struct {
		const char *text;
		uint32_t first, second, wanted_first, wanted_second;
	} vectors[] = {
		{ "", 0, 0, 0xdeadbeef, 0xdeadbeef },
		{ "", 0, 0xdeadbeef, 0xbd5b7dde, 0xdeadbeef },
		{ "", 0xdeadbeef, 0xdeadbeef, 0x9c093ccd, 0xbd5b7dde },
		{ "Four score and seven years ago", 0, 0, 0x17770551, 0xce7226e6 },
		{ "Four score and seven years ago", 0, 1, 0xe3607cae, 0xbd371de4 },
		{ "Four score and seven years ago", 1, 0, 0xcd628161, 0x6cbea4b3 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		uint32_t first = vectors[i].first, second = vectors[i].second;

		journal_lookup3(vectors[i].text, strlen(vectors[i].text), &first, &second);
		CU_ASSERT_EQUAL(first, vectors[i].wanted_first);
		CU_ASSERT_EQUAL(second, vectors[i].wanted_second);
	}
	CU_ASSERT_EQUAL(journal_hash_plain("Four score and seven years ago", 30),
			0x17770551ce7226e6);
}

/* The first vectors of the reference implementation of SipHash-2-4: key and input 00 01 02 ... */
static void siphash24(void)
{
	static const unsigned char wanted[][8] = {
		{ 0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72 },
		{ 0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74 },
		{ 0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d },
	};
	uint8_t key[JOURNAL_KEY_SIZE], input[3] = { 0, 1, 2 };

	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (size_t i = 0; i < 3; i++) {
		uint64_t hash = journal_hash_keyed(input, i, key);

		CU_ASSERT_EQUAL(memcmp(&hash, wanted[i], sizeof(hash)), 0);
	}
}

static void payload(void)
{
	const struct payload_owner owner = { .file = 7, .generation = 0xabcde };
	struct payload_place place;
	char bytes[100];

	for (uint64_t offset = 0; offset < 40; offset++) {
		payload_fill(bytes, owner, 0x12345670 + offset, sizeof(bytes));
		CU_ASSERT_EQUAL(payload_check(bytes, owner, 0x12345670 + offset, sizeof(bytes)),
				sizeof(bytes));
		/* Any one byte elsewhere, or of another time, is found, where it is. */
		for (size_t i = 0; i < sizeof(bytes); i++) {
			bytes[i] ^= 1;
			CU_ASSERT_EQUAL(
				payload_check(bytes, owner, 0x12345670 + offset, sizeof(bytes)), i);
			bytes[i] ^= 1;
		}
		CU_ASSERT(payload_check(bytes, owner, 0x12346670 + offset, sizeof(bytes)) <
			  sizeof(bytes));
	}
	payload_fill(bytes, owner, 0x12345670, sizeof(bytes));
	CU_ASSERT(payload_decode(bytes, &place));
	CU_ASSERT_EQUAL(place.offset, 0x12345670);
	CU_ASSERT_EQUAL(place.owner.file, 7);
	CU_ASSERT_EQUAL(place.owner.generation, 0xabcde);
	CU_ASSERT_FALSE(payload_decode(bytes + 1, &place));
	memset(bytes, 0, sizeof(bytes));
	CU_ASSERT_FALSE(payload_decode(bytes, &place));
}

/* A journal in memory. */
struct file {
	int fd;
	struct journal_writer writer;
	uint64_t entries;
};

static void make(struct file *file, bool compact, bool keyed, uint64_t entries)
{
	const struct journal_shape shape = {
		.owner = { .file = 3, .generation = 9 },
		.compact = compact,
		.keyed = keyed,
		.data_buckets = 257,
		.field_buckets = 7,
		.seqnum = 1000,
		.file_id = { 1, 2, 3 },
	};
	const struct distribution_spec spec = {
		.kind = distribution_kind_find("uniform"),
		.min = 1,
		.max = 200,
	};
	struct content_shape content_shape = { .seed = 5, .fields = 6, .values = 3 };
	struct distribution size;
	struct content content;
	char why[200];

	file->fd = memfd_create("journal", MFD_CLOEXEC);
	file->entries = entries;
	CU_ASSERT_FATAL(file->fd >= 0);
	CU_ASSERT_FATAL(!distribution_make(&size, &spec, why, sizeof(why)));
	content_shape.size = &size;
	CU_ASSERT_FATAL(!content_open(&content, &content_shape));
	CU_ASSERT_FATAL(!journal_writer_open(&file->writer, file->fd, &shape));
	for (uint64_t i = 0; i < entries; i++)
		CU_ASSERT_FATAL(!content_append(&content, &file->writer, 0, i + 1, i + 1));
	content_close(&content);
	distribution_release(&size);
}

static void drop(struct file *file)
{
	journal_writer_close(&file->writer);
	close(file->fd);
}

static struct journal_source source_of(struct file *file)
{
	return (struct journal_source){
		.get = journal_get_file,
		.context = &file->fd,
		.size = file->writer.size,
	};
}

static void ask_all(struct file *file)
{
	const struct journal_source source = source_of(file);
	struct journal_question question = { .owner = file->writer.shape.owner };
	struct journal_wrong wrong;
	struct journal_walk walk;

	CU_ASSERT_FATAL(!journal_walk_open(&walk, &source));
	CU_ASSERT_EQUAL(walk.header.entries, file->entries);
	for (question.entry = 0; question.entry < file->entries; question.entry++)
		CU_ASSERT_EQUAL(journal_ask(&walk, &question, &wrong), 0);
	journal_walk_close(&walk);
}

static void round_trip(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct file file;

		make(&file, i & 1, i & 2, 2000);
		ask_all(&file);
		drop(&file);
	}
}

static int add_up(void *context, const struct journal_hole *hole)
{
	uint64_t *bytes = context;

	bytes[!hole->array ? 0 : !hole->data ? 1 : 2] += hole->length;
	return 0;
}

/* The holes are just what is unused, and zeros before they are made. */
static void holes(void)
{
	struct journal_holes_seen seen;
	struct archive_counts counts;
	uint64_t bytes[3] = { 0 }, tail, array;
	struct journal_source source;
	struct journal_walk walk;
	struct stat before, after;
	struct file file;

	make(&file, false, true, 3700);
	tail = file.writer.size - journal_writer_tail(&file.writer);
	array = (file.writer.chain.room - file.writer.chain.used) * 8;
	/* 3158 entries fill the arrays up to the one of 6318. */
	CU_ASSERT_EQUAL(file.writer.chain.room, 6318);
	source = source_of(&file);
	CU_ASSERT_FATAL(!journal_walk_open(&walk, &source));
	CU_ASSERT_EQUAL(journal_holes(&walk, 0, add_up, bytes, &seen), 0);
	CU_ASSERT_EQUAL(bytes[0], tail);
	CU_ASSERT_EQUAL(bytes[1], array);
	CU_ASSERT(bytes[2] > array);
	CU_ASSERT_EQUAL(seen.bad, 0);
	journal_walk_close(&walk);
	fstat(file.fd, &before);
	CU_ASSERT_EQUAL(archive(&file.writer, &(struct archive_config){ .least = 8192 }, &counts),
			0);
	fstat(file.fd, &after);
	CU_ASSERT(counts.holes >= 3);
	CU_ASSERT_EQUAL(after.st_size, before.st_size);
	CU_ASSERT(after.st_blocks < before.st_blocks);
	CU_ASSERT_EQUAL(file.writer.header->state, JOURNAL_ARCHIVED);
	ask_all(&file);
	/* journald's own limit leaves the arrays of so small a file alone. */
	CU_ASSERT_EQUAL(
		archive(&file.writer, &(struct archive_config){ .least = JOURNAL_HOLE }, &counts),
		0);
	CU_ASSERT_EQUAL(counts.holes, 1);
	drop(&file);
}

/* A page of another place, of an earlier file, zeros: each is found and called by its name. */
static void classes(void)
{
	static char page[PAGE];
	struct payload_owner old;
	struct journal_question question;
	struct journal_wrong wrong;
	struct judgement judgement;
	struct journal_source source;
	struct journal_walk walk;
	struct file file;
	uint64_t place = 0;

	make(&file, true, true, 3000);
	source = source_of(&file);
	question = (struct journal_question){ .owner = file.writer.shape.owner };
	old = question.owner;
	old.generation--;
	for (uint64_t i = 30; !place; i++)
		if (file.writer.data_in_page[i] / PAGE == i)
			place = i;
	question.data = file.writer.data_in_page[place];
	CU_ASSERT_FATAL(!journal_walk_open(&walk, &source));
	CU_ASSERT_EQUAL(journal_ask(&walk, &question, &wrong), 0);
	/* As if the page after it were served there. */
	CU_ASSERT(pread(file.fd, page, PAGE, (off_t)((place + 1) * PAGE)) == PAGE);
	CU_ASSERT(pwrite(file.fd, page, PAGE, (off_t)(place * PAGE)) == PAGE);
	CU_ASSERT_EQUAL(journal_ask(&walk, &question, &wrong), -EBADMSG);
	journal_classify(&wrong, question.owner, page, file.fd, 8, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_OTHER_PAGE);
	CU_ASSERT_EQUAL(judgement.got.page, place + 1);
	CU_ASSERT_EQUAL(judgement.expected.page, place);
	memset(page, 0, PAGE);
	journal_classify(&wrong, question.owner, page, file.fd, 8, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_ZEROS);
	payload_fill(page, old, place * PAGE, PAGE);
	journal_classify(&wrong, question.owner, page, file.fd, 8, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_OLD_GENERATION);
	payload_fill(page, question.owner, place * PAGE, PAGE / 2);
	payload_fill(page + PAGE / 2, question.owner, (place + 4) * PAGE + PAGE / 2, PAGE / 2);
	journal_classify(&wrong, question.owner, page, file.fd, 8, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_TORN);
	memset(page, 'x', PAGE);
	journal_classify(&wrong, question.owner, page, file.fd, 8, &judgement);
	CU_ASSERT_EQUAL(judgement.class, WRONG_GARBAGE);
	journal_walk_close(&walk);
	drop(&file);
}

/* Zeros alone are told from anything else that is wrong. */
static void only_zeros(void)
{
	const struct payload_owner owner = { .file = 1 };
	struct journal_wrong wrong = { .offset = 100 };
	int fd = memfd_create("page", MFD_CLOEXEC);
	char page[PAGE];

	payload_fill(page, owner, 0, PAGE);
	CU_ASSERT(pwrite(fd, page, PAGE, 0) == PAGE);
	memset(page + 100, 0, 1000);
	CU_ASSERT(journal_only_zeros(&wrong, page, fd));
	page[200] = '!';
	CU_ASSERT_FALSE(journal_only_zeros(&wrong, page, fd));
	/* Nothing was seen: nothing is known. */
	CU_ASSERT_FALSE(journal_only_zeros(&wrong, NULL, fd));
	close(fd);
}

/* Everything that reads a file, on one in memory. Whatever it is, it ends, and touches nothing
 * else. */
static bool read_all(char *bytes, uint64_t size)
{
	static struct journal_plan plan;
	const struct journal_source source = {
		.get = journal_get_memory,
		.context = bytes,
		.size = size,
	};
	struct journal_question question = { .owner = { .file = 3, .generation = 9 } };
	struct journal_wrong wrong;
	struct journal_walk walk;
	char why[112];
	bool right = !journal_plan_make(&plan, &source, 1, why);
	uint64_t count;

	if (!right)
		return false;
	right = !plan.seen.bad && plan.tail;
	CU_ASSERT_FATAL(!journal_walk_open(&walk, &source));
	count = walk.header.entries < 300 ? walk.header.entries : 300;
	for (question.entry = 0; question.entry < count; question.entry++)
		right &= !journal_ask(&walk, &question, &wrong);
	journal_walk_close(&walk);
	return right;
}

/* Reads a journal whose last object is at `tail`, cut at each place in the header and at some
 * others before. */
static void read_cut(const char *bytes, uint64_t tail, unsigned int compact)
{
	for (uint64_t i = 0; i < 300; i++) {
		uint64_t cut = i < 280 ? i : random_value(2, compact, i) % tail;
		char *part = malloc(cut + 1);

		CU_ASSERT_FATAL(part != NULL);
		memcpy(part, bytes, cut);
		CU_ASSERT_FALSE(read_all(part, cut));
		free(part);
	}
}

static void damaged(void)
{
	enum { TRIES = 3000 };
	unsigned int found = 0, headers = 0, missed = 0;

	for (unsigned int compact = 0; compact < 2; compact++) {
		struct file file;
		uint64_t size, tail;
		char *bytes;

		make(&file, compact, true, 200);
		size = file.writer.size;
		tail = journal_writer_tail(&file.writer);
		/* Bounds are those of the allocation, for the sanitizer. */
		bytes = malloc(size);
		CU_ASSERT_FATAL(bytes && pread(file.fd, bytes, size, 0) == (ssize_t)size);
		CU_ASSERT(read_all(bytes, size));
		for (uint64_t i = 0; i < TRIES; i++) {
			uint64_t random = random_value(1, compact, i);
			/* Half of them in the header, where it hurts most. */
			uint64_t at = i & 1 ? random % 272 : random % tail;
			char was = bytes[at];
			bool right;

			bytes[at] = (char)(bytes[at] ^ 1 << (random >> 40 & 7));
			right = read_all(bytes, size);
			headers += at < 8;
			missed += at < 8 && right;
			found += !right;
			bytes[at] = was;
		}
		read_cut(bytes, tail, compact);
		free(bytes);
		drop(&file);
	}
	/* Much of a file is unused, link or count; the signature is not. */
	CU_ASSERT(found > TRIES / 4);
	CU_ASSERT(headers > 0);
	CU_ASSERT_EQUAL(missed, 0);
}

/* Nothing but noise, behind a header that looks well. */
static void noise(void)
{
	enum { SIZE = 1 << 16 };
	char *bytes = malloc(SIZE);

	CU_ASSERT_FATAL(bytes != NULL);
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct journal_header *header = (struct journal_header *)bytes;

		for (size_t i = 0; i < SIZE / 8; i++) {
			uint64_t word = random_value(seed, 3, i);

			/* Words that could be offsets are more trouble. */
			word = seed & 1 ? word % SIZE / 8 * 8 : word;
			memcpy(bytes + i * 8, &word, 8);
		}
		memcpy(header->signature, JOURNAL_SIGNATURE, 8);
		header->header_size = sizeof(*header);
		header->incompatible = seed & 2 ? JOURNAL_COMPACT : 0;
		header->entries = seed;
		CU_ASSERT_FALSE(read_all(bytes, SIZE));
	}
	free(bytes);
}

static void layout(void)
{
	struct layout_hole list[] = { { 2 << 20 | 100, 9000 }, { 7 << 20, 1 << 20 } };
	const struct layout_hole whole = { 2 << 20, 4 << 20 };
	const struct layout_hole part = { (3 << 20) + PAGE, PAGE };
	const struct journal_layout layout = {
		.size = 8 << 20,
		.holes = { .items = list, .count = 2 },
	};
	const struct payload_owner owner = { .file = 1, .generation = 2 };
	struct windows windows = { .writable = true, .max = 1 };
	char page[PAGE];

	windows.fd = memfd_create("layout", MFD_CLOEXEC);
	CU_ASSERT_FATAL(!ftruncate(windows.fd, (off_t)layout.size));
	CU_ASSERT_EQUAL(layout_write(&layout, owner, &windows), 0);
	windows_close(&windows);
	/* The first region of 2 MiB is beside no hole. */
	CU_ASSERT_EQUAL(layout_bytes(&layout), 4 << 20);
	/* A punch of all that a folio has drops it; one of a page of it exposes others. */
	CU_ASSERT(layout_exposed(&layout, &part, AIM_BATCHED) > 0);
	CU_ASSERT_EQUAL(layout_exposed(&layout, &whole, AIM_BATCHED), 0);
	CU_ASSERT_EQUAL(layout_exposed(&layout, &whole, AIM_INTERLEAVED), 0);
	CU_ASSERT_FALSE(layout_holds(&layout, 0, PAGE));
	CU_ASSERT(layout_holds(&layout, 2 << 20, PAGE));
	CU_ASSERT_FALSE(layout_holds(&layout, 2 << 20 | PAGE, PAGE));
	CU_ASSERT_EQUAL(lseek(windows.fd, 0, SEEK_DATA), 2 << 20);
	CU_ASSERT(pread(windows.fd, page, PAGE, 2 << 20) == PAGE);
	CU_ASSERT_EQUAL(payload_check(page, owner, 2 << 20, 100), 100);
	CU_ASSERT_EQUAL(page[99] != 0 && !page[100] && !page[PAGE - 1], true);
	CU_ASSERT(pread(windows.fd, page, PAGE, 2 << 20 | 2 * PAGE) == PAGE);
	CU_ASSERT_EQUAL(!page[907] && page[908] != 0, true);
	CU_ASSERT_EQUAL(payload_check(page + 908, owner, (2 << 20) + 9100, PAGE - 908), PAGE - 908);
	close(windows.fd);
}

static void refused_shapes(void)
{
	struct journal_writer writer;
	struct journal_value value;
	int fd = memfd_create("journal", MFD_CLOEXEC);

	CU_ASSERT_EQUAL(journal_writer_open(&writer, fd, &(struct journal_shape){ .seqnum = 1 }),
			-EINVAL);
	journal_writer_close(&writer);
	CU_ASSERT_EQUAL(journal_writer_open(&writer, fd,
					    &(struct journal_shape){
						    .owner.file = 1,
						    .data_buckets = 1,
						    .field_buckets = 1,
						    .seqnum = 1,
					    }),
			0);
	CU_ASSERT_EQUAL(journal_writer_value(&writer, "MESSAGE", 0, &value), -EINVAL);
	CU_ASSERT_EQUAL(journal_writer_entry(&writer, NULL, 0, 1, 1), -EINVAL);
	journal_writer_close(&writer);
	close(fd);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "lookup3 gives the results of its author", lookup3 },
		{ "siphash24 gives those of the reference", siphash24 },
		{ "payload says where it belongs", payload },
		{ "what is written is walked", round_trip },
		{ "holes are what is unused", holes },
		{ "wrong pages are called by their names", classes },
		{ "zeros alone are told from other wrong bytes", only_zeros },
		{ "damaged files are read as far as they can", damaged },
		{ "noise is refused", noise },
		{ "a layout has its holes", layout },
		{ "shapes that cannot be are refused", refused_shapes },
		CU_TEST_INFO_NULL,
	};

	return run_suite("journal", tests);
}
