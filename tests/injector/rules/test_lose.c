/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash takes of what was written, and that it never takes what was synced. */
#include "injector/base/random.h"
#include "injector/rules/lose_parts.h"
#include "tests/support/beneath.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = LOSE_PAGE, PAGES = 64, SECTOR = 512, OLD = 0x11, NEW = 0x22, INODE = 5, THREADS = 4 };

static struct beneath beneath;
static struct lose lose;
static uint64_t last_unique;

static const struct lose_settings whole = { .then = LOSE_SERVE };
static const struct lose_settings pages = { .then = LOSE_SERVE, .keep.kind = LOSE_RANDOM };
static const struct lose_settings torn_sectors = { .then = LOSE_SERVE,
						   .keep.kind = LOSE_RANDOM,
						   .torn = LOSE_TORN_SECTOR };

static struct lose_report crash_it(const struct lose_settings *how)
{
	return lose_crash(&lose, how, NULL);
}

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

static struct hook_request request_of(uint32_t opcode, uint32_t mode)
{
	struct hook_request request = beneath.request;

	request.opcode = opcode;
	request.mode = mode;
	request.unique = ++last_unique;
	return request;
}

/* As the layer writes. Returns what lose_write_begins() said. */
static int64_t write_byte(uint64_t offset, uint64_t size, unsigned char byte, int flags)
{
	struct hook_request request = request_of(FUSE_WRITE, (uint32_t)flags);
	int64_t kept = lose_write_begins(&lose, &request, offset, size);

	CU_ASSERT(beneath_fill(&beneath, offset, size, byte));
	lose_ends(&lose, &request, (int)size);
	return kept;
}

static int64_t write_new(uint64_t offset, uint64_t size)
{
	return write_byte(offset, size, NEW, 0);
}

static struct hook_request begin_sync(void)
{
	struct hook_request request = request_of(FUSE_FSYNC, 0);

	lose_sync_begins(&lose, &request);
	return request;
}

static void sync_file(uint64_t inode)
{
	struct hook_request request = request_of(FUSE_FSYNC, 0);

	request.inode = inode;
	lose_sync_begins(&lose, &request);
	lose_ends(&lose, &request, 0);
}

static void cut_file(uint64_t inode, uint64_t size)
{
	struct hook_request request = request_of(FUSE_SETATTR, FATTR_SIZE);

	request.inode = inode;
	lose_cut(&lose, &request, size);
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
	CU_ASSERT_PTR_NULL(lose.files);
	/* Two pages are touched; the second time they are kept already. */
	CU_ASSERT_EQUAL(write_new(PAGE + 100, PAGE), 2 * PAGE);
	CU_ASSERT_EQUAL(write_new(PAGE + 50, 200), 0);
	CU_ASSERT_PTR_NOT_NULL(lose.files);
	report = crash_it(&whole);
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
	CU_ASSERT_PTR_NULL(lose.files);
	report = crash_it(&whole);
	CU_ASSERT_EQUAL(report.files + report.pages + report.lost + report.bytes, 0);
	end();
}

static void test_synced(void)
{
	struct lose_report report;

	begin(1, 2 * PAGE);
	write_new(0, 100);
	sync_file(INODE + 1);
	CU_ASSERT_PTR_NOT_NULL(lose.files);
	sync_file(INODE);
	CU_ASSERT_PTR_NULL(lose.files);
	report = crash_it(&whole);
	CU_ASSERT_EQUAL(report.files, 0);
	CU_ASSERT_EQUAL(count(0, 100, NEW), 100);

	/* What came after the sync goes, what was synced stays, in the same page too. */
	CU_ASSERT_EQUAL(write_new(50, 100), PAGE);
	report = crash_it(&whole);
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
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 4);
	CU_ASSERT_EQUAL(beneath_size(&beneath), PAGE + 300);
	CU_ASSERT_EQUAL(count(0, PAGE + 300, OLD), PAGE + 300);

	/* Appended and synced: it keeps it. */
	write_new(PAGE + 300, PAGE);
	sync_file(INODE);
	crash_it(&whole);
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
	cut_file(INODE, PAGE + 100);
	cut_file(INODE + 1, 0);
	CU_ASSERT_EQUAL(crash_it(&whole).error, 0);
	CU_ASSERT_EQUAL(beneath_size(&beneath), PAGE + 100);
	CU_ASSERT_EQUAL(count(0, PAGE + 100, OLD), PAGE + 100);
	end();
	/* Not even where a later page got through and made the file long again. */
	for (uint64_t seed = 0; seed < 8; seed++) {
		begin(seed, 4 * PAGE);
		write_new(0, 4 * PAGE);
		CU_ASSERT_EQUAL(ftruncate(beneath.fd, 100), 0);
		cut_file(INODE, 100);
		write_new(3 * PAGE, PAGE);
		CU_ASSERT_EQUAL(crash_it(&pages).error, 0);
		CU_ASSERT_EQUAL(count(100, 4 * PAGE, OLD), 0);
		CU_ASSERT_EQUAL(count(0, 100, OLD) + count(0, 100, NEW), 100);
		end();
	}
}

/* Writes all pages and loses them. bytes: how many new ones each page has afterwards. */
static struct lose_report crash_of_all(uint64_t seed, const struct lose_settings *how,
				       uint64_t *bytes)
{
	struct lose_report report;

	begin(seed, PAGES * PAGE);
	CU_ASSERT_EQUAL(write_new(0, PAGES * PAGE), PAGES * PAGE);
	report = crash_it(how);
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
	struct lose_report report = crash_of_all(7, &pages, bytes);

	expect_as_reported(&report, bytes);
	for (int page = 0; page < PAGES; page++)
		CU_ASSERT(bytes[page] == 0 || bytes[page] == PAGE);
	crash_of_all(7, &pages, again);
	crash_of_all(8, &pages, other);
	CU_ASSERT(same(bytes, again));
	CU_ASSERT_FALSE(same(bytes, other));
}

static void test_torn(void)
{
	uint64_t bytes[PAGES], again[PAGES], other[PAGES], torn = 0;
	struct lose_report report = crash_of_all(7, &torn_sectors, bytes);

	expect_as_reported(&report, bytes);
	for (int page = 0; page < PAGES; page++) {
		CU_ASSERT_EQUAL(bytes[page] % SECTOR, 0);
		torn += bytes[page] > 0 && bytes[page] < PAGE;
	}
	CU_ASSERT(torn > PAGES / 4);
	crash_of_all(7, &torn_sectors, again);
	crash_of_all(8, &torn_sectors, other);
	CU_ASSERT(same(bytes, again));
	CU_ASSERT_FALSE(same(bytes, other));
}

/* What cannot be remembered is said to survive; a sync makes it durable like all else. */
static void test_errors(void)
{
	struct lose_report report;

	begin(1, PAGE);
	beneath.open_error = -EMFILE;
	CU_ASSERT_EQUAL(write_new(0, 10), -EMFILE);
	CU_ASSERT_PTR_NULL(lose.files);
	report = crash_it(&whole);
	CU_ASSERT_EQUAL(report.files, 0);
	CU_ASSERT_EQUAL(report.missed, 1);
	CU_ASSERT_EQUAL(crash_it(&whole).missed, 0);
	beneath.open_error = 0;
	CU_ASSERT_EQUAL(write_new(0, 10), PAGE);
	beneath.write_back_error = -ETIMEDOUT;
	lose_sees(&lose, &beneath.request);
	CU_ASSERT_EQUAL(crash_it(&whole).error, -ETIMEDOUT);
	CU_ASSERT_EQUAL(count(0, 10, NEW), 10);
	beneath.write_back_error = 0;
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 1);
	CU_ASSERT_EQUAL(beneath.written_back, 2);
	end();
}

/* Room for so many pages. */
static void give_room(off_t room)
{
	lose_spill_release(&lose.spill);
	lose.spill.fd = memfd_create("room", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CU_ASSERT_EQUAL(ftruncate(lose.spill.fd, room * PAGE), 0);
	CU_ASSERT_EQUAL(fcntl(lose.spill.fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), 0);
}

static void test_too_much(void)
{
	struct lose_report report;

	begin(1, PAGES * PAGE);
	give_room(3);
	CU_ASSERT_EQUAL(write_new(0, 10 * PAGE), -EPERM);
	report = crash_it(&whole);
	CU_ASSERT_EQUAL(report.missed, 1);
	CU_ASSERT_EQUAL(report.lost, 3);
	CU_ASSERT_EQUAL(count(3 * PAGE, 10 * PAGE, NEW), 7 * PAGE);
	CU_ASSERT_EQUAL(lose.spill.pages, 0);
	/* What was synced misses nothing. */
	give_room(3);
	CU_ASSERT_EQUAL(write_new(0, 10 * PAGE), -EPERM);
	sync_file(INODE);
	CU_ASSERT_PTR_NULL(lose.files);
	CU_ASSERT_EQUAL(crash_it(&whole).missed, 0);
	/* Where there was nothing before, no room is taken. */
	give_room(0);
	for (uint64_t page = PAGES; page < PAGES + 40; page++)
		CU_ASSERT_EQUAL(write_new(page * PAGE, PAGE), PAGE);
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 40);
	CU_ASSERT_EQUAL(beneath_size(&beneath), PAGES * PAGE);
	end();
}

/* A sync makes durable what was written when it began, however long it takes. */
static void test_sync_race(void)
{
	struct hook_request sync, other, write;

	begin(1, 4 * PAGE);
	write_byte(0, 10, 1, 0);
	write_byte(2 * PAGE, 10, 1, 0);
	sync = begin_sync();
	write_byte(0, 10, 2, 0);
	write_byte(PAGE, 10, 2, 0);
	write_byte(6 * PAGE, 10, 2, 0);
	lose_ends(&lose, &sync, 0);
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 3);
	CU_ASSERT_EQUAL(count(0, 10, 1), 10);
	CU_ASSERT_EQUAL(count(PAGE, PAGE + 10, OLD), 10);
	CU_ASSERT_EQUAL(count(2 * PAGE, 2 * PAGE + 10, 1), 10);
	CU_ASSERT_EQUAL(beneath_size(&beneath), 4 * PAGE);

	/* One that fails makes nothing durable. */
	write_byte(0, 10, 3, 0);
	sync = begin_sync();
	write_byte(0, 10, 4, 0);
	lose_ends(&lose, &sync, -EIO);
	crash_it(&whole);
	CU_ASSERT_EQUAL(count(0, 10, 1), 10);

	/* Of two at once each stands for what was there when it began, in whichever order they
	 * end. */
	for (int turn = 0; turn < 2; turn++) {
		write_byte(0, 10, 5, 0);
		sync = begin_sync();
		write_byte(0, 10, 6, 0);
		other = begin_sync();
		write_byte(0, 10, 7, 0);
		if (turn)
			lose_ends(&lose, &other, 0);
		lose_ends(&lose, &sync, 0);
		crash_it(&whole);
		CU_ASSERT_EQUAL(count(0, 10, turn ? 6 : 5), 10);
		lose_ends(&lose, &other, 0);
	}

	/* One write that a sync overtakes, in a file that had nothing else to lose. */
	write = request_of(FUSE_WRITE, 0);
	CU_ASSERT_EQUAL(lose_write_begins(&lose, &write, PAGE, 10), PAGE);
	sync = begin_sync();
	CU_ASSERT(beneath_fill(&beneath, PAGE, 10, NEW));
	lose_ends(&lose, &write, 10);
	lose_ends(&lose, &sync, 0);
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 1);
	CU_ASSERT_EQUAL(count(PAGE, PAGE + 10, OLD), 10);
	sync = begin_sync();
	write_byte(PAGE, 10, NEW, 0);
	lose_ends(&lose, &sync, 0);
	crash_it(&whole);
	CU_ASSERT_EQUAL(count(PAGE, PAGE + 10, OLD), 10);
	end();
}

/* A write with O_DSYNC makes its pages durable, with what else was written to them. */
static void test_durable_write(void)
{
	struct hook_request sync;

	begin(1, 4 * PAGE);
	write_byte(0, 10, 1, 0);
	write_byte(PAGE, 10, 1, 0);
	write_byte(100, 10, 2, O_DSYNC);
	write_byte(200, 10, 3, 0);
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 2);
	CU_ASSERT_EQUAL(count(0, 10, 1), 10);
	CU_ASSERT_EQUAL(count(100, 110, 2), 10);
	CU_ASSERT_EQUAL(count(200, 210, OLD), 10);
	CU_ASSERT_EQUAL(count(PAGE, PAGE + 10, OLD), 10);

	/* It keeps the size that it gave the file, also when a sync ends that began before. */
	write_byte(4 * PAGE, PAGE, 4, 0);
	sync = begin_sync();
	write_byte(6 * PAGE, 100, 5, O_SYNC);
	lose_ends(&lose, &sync, 0);
	write_byte(7 * PAGE, 100, 6, 0);
	crash_it(&whole);
	CU_ASSERT_EQUAL(beneath_size(&beneath), 6 * PAGE + 100);
	CU_ASSERT_EQUAL(count(4 * PAGE, 5 * PAGE, 4), PAGE);
	CU_ASSERT_EQUAL(count(6 * PAGE, 6 * PAGE + 100, 5), 100);

	/* One that failed does not. */
	sync = request_of(FUSE_WRITE, O_DSYNC);
	lose_write_begins(&lose, &sync, 0, 10);
	CU_ASSERT(beneath_fill(&beneath, 0, 10, NEW));
	lose_ends(&lose, &sync, -EIO);
	crash_it(&whole);
	CU_ASSERT_EQUAL(count(0, 10, 1), 10);
	end();
}

/* A write that was under way when it crashed can be lost by the next crash. */
static void test_crash_race(void)
{
	struct hook_request write = request_of(FUSE_WRITE, 0);

	begin(1, PAGE);
	write = request_of(FUSE_WRITE, 0);
	CU_ASSERT_EQUAL(lose_write_begins(&lose, &write, 0, 10), PAGE);
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 1);
	CU_ASSERT(beneath_fill(&beneath, 0, 10, NEW));
	lose_ends(&lose, &write, 10);
	CU_ASSERT_EQUAL(crash_it(&whole).lost, 1);
	CU_ASSERT_EQUAL(count(0, 10, OLD), 10);
	/* Without the layer there is nobody to ask, and nothing to lose. */
	write_new(0, 10);
	lose_sees(&lose, &beneath.request);
	beneath.written_back = 0;
	lose_layer_ended(&lose);
	CU_ASSERT_EQUAL(crash_it(&whole).files, 0);
	CU_ASSERT_EQUAL(beneath.written_back, 0);
	/* Not even when requests still come, as from those who use a detached mount. */
	beneath.evictions = 0;
	lose_sees(&lose, &beneath.request);
	CU_ASSERT_EQUAL(write_new(0, 10), 0);
	CU_ASSERT_PTR_NULL(lose.files);
	CU_ASSERT_EQUAL(crash_it(&whole).files, 0);
	CU_ASSERT_EQUAL(beneath.written_back, 0);
	CU_ASSERT_EQUAL(beneath.evictions, 0);
	end();
}

/* After a crash for good there is no second one, and no sync that would never end is recorded. */
static void test_off(void)
{
	static const struct lose_settings off = { .then = LOSE_FAIL };
	struct lose_report report;

	begin(1, PAGE);
	write_new(0, 10);
	report = crash_it(&off);
	CU_ASSERT_TRUE(report.made);
	CU_ASSERT_EQUAL(report.lost, 1);
	CU_ASSERT_FALSE(crash_it(&off).made);
	CU_ASSERT_FALSE(crash_it(&whole).made);
	begin_sync();
	CU_ASSERT_PTR_NULL(lose.syncs);
	end();
}

/* Files are told apart by device and number, however many there are. */
static void test_files(void)
{
	enum { FILES = 2000 };
	struct hook_request request;

	begin(1, PAGE);
	for (uint64_t i = 0; i < FILES / 2; i++)
		for (uint64_t device = 0; device < 2; device++) {
			request = request_of(FUSE_WRITE, 0);
			request.inode = 100 + i;
			request.device = device;
			/* More of them could not be open in many places. */
			beneath.open_error = i < 200 ? 0 : -EMFILE;
			CU_ASSERT_EQUAL(lose_write_begins(&lose, &request, 0, 1),
					i < 200 ? PAGE : -EMFILE);
			lose_ends(&lose, &request, 1);
		}
	beneath.open_error = 0;
	sync_file(100);
	CU_ASSERT_EQUAL(crash_it(&whole).files, 399);
	end();
}

/* What should be there, of a few small pages of which each is of one byte. */
enum { SMALL = 6, STEPS = 20000, SYNCS = 4 };

static struct model {
	unsigned char now[SMALL], durable[SMALL];
	uint64_t since[SMALL]; /* when it came to be durable: the step of the sync's beginning */
	struct {
		struct hook_request request;
		unsigned char then[SMALL];
		uint64_t step; /* 0: not under way */
	} syncs[SYNCS];
} model;

static void model_durable(int page, unsigned char byte, uint64_t step)
{
	if (step <= model.since[page])
		return;
	model.durable[page] = byte;
	model.since[page] = step;
}

static void step_sync(unsigned int which, bool fails, uint64_t step)
{
	if (!model.syncs[which].step) {
		model.syncs[which].step = step;
		memcpy(model.syncs[which].then, model.now, SMALL);
		model.syncs[which].request = begin_sync();
		return;
	}
	lose_ends(&lose, &model.syncs[which].request, fails ? -EIO : 0);
	for (int page = 0; page < SMALL && !fails; page++)
		model_durable(page, model.syncs[which].then[page], model.syncs[which].step);
	model.syncs[which].step = 0;
}

static void step_write(int page, bool durable, uint64_t step)
{
	model.now[page] = (unsigned char)(step % 255 + 1);
	write_byte((uint64_t)page * PAGE, PAGE, model.now[page], durable ? O_DSYNC : 0);
	if (durable)
		model_durable(page, model.now[page], step);
}

static void step_crash(uint64_t step)
{
	CU_ASSERT_EQUAL(crash_it(&whole).error, 0);
	for (int page = 0; page < SMALL; page++) {
		CU_ASSERT_EQUAL_FATAL(beneath_byte(&beneath, (uint64_t)page * PAGE),
				      model.durable[page]);
		model.now[page] = model.durable[page];
		model.since[page] = step;
	}
}

/* Writes, syncs that overlap, and crashes, in any order. */
static void test_model(void)
{
	begin(1, (uint64_t)SMALL * PAGE);
	memset(&model, 0, sizeof(model));
	memset(model.now, OLD, SMALL);
	memset(model.durable, OLD, SMALL);
	for (uint64_t step = 1; step <= STEPS; step++) {
		uint64_t random = random_value(7, 0, step);
		unsigned int what = random % 16;

		if (what < 6)
			step_write((int)(random >> 8 & 0xff) % SMALL, false, step);
		else if (what < 8)
			step_write((int)(random >> 8 & 0xff) % SMALL, true, step);
		else if (what < 15)
			step_sync(random >> 8 & (SYNCS - 1), !(random >> 16 & 7), step);
		else
			step_crash(step);
	}
	end();
}

static void *write_all(void *argument)
{
	int64_t *kept = argument;

	for (uint64_t page = 0; page < PAGES; page++) {
		struct hook_request request = beneath.request;

		request.opcode = FUSE_WRITE;
		request.unique = (uintptr_t)kept + page % 2;
		*kept += lose_write_begins(&lose, &request, page * PAGE, PAGE);
		lose_ends(&lose, &request, PAGE);
	}
	return NULL;
}

/* However many write a page at once, it is kept once. */
static void test_threads(void)
{
	pthread_t threads[THREADS];
	int64_t kept[THREADS] = { 0 }, all = 0;

	begin(1, PAGES * PAGE);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, write_all, &kept[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		all += kept[i];
	}
	CU_ASSERT_EQUAL(all, PAGES * PAGE);
	CU_ASSERT_PTR_NULL(lose.writes);
	CU_ASSERT_EQUAL(crash_it(&whole).pages, PAGES);
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "whole", test_whole },
		{ "synced", test_synced },
		{ "size", test_size },
		{ "truncation", test_cut },
		{ "by page", test_pages },
		{ "torn", test_torn },
		{ "errors", test_errors },
		{ "more than can be kept", test_too_much },
		{ "writes that race a sync", test_sync_race },
		{ "writes with O_DSYNC", test_durable_write },
		{ "writes that race a crash", test_crash_race },
		{ "off", test_off },
		{ "many files", test_files },
		{ "model", test_model },
		{ "threads", test_threads },
		CU_TEST_INFO_NULL,
	};

	return run_suite("lose", tests);
}
