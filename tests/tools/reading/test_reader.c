/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readers of files in memory, without a kernel that would disturb them: where they read. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "tests/support/suite.h"
#include "tools/reading/client_work.h"
#include "tools/reading/mapped_copy.h"
#include "tools/reading/reader_parts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE = 64, SMALL = 4, REGIONS = 3, TARGETS = 2 }; /* pages of a region; of a file */

/* As long as a slow machine takes to get round to a thread. */
static const uint64_t patience = 30 * UINT64_C(1000000000);

static struct target targets[TARGETS];
static struct storm_stage stage;
static struct reader_counts counts;
static struct seen_pages seen;
static _Atomic uint64_t punches_captured, passages;
static _Atomic int error;

/* Bit `id` of each file with a reported hit; expected: hits are. */
static _Atomic uint64_t hit_files;
static bool expected;

/* Hits that counted as the first of their punch. */
static unsigned int punches_hit;
static uint64_t hit_ticket; /* of the last one */

static void on_hit(void *context, const struct reader_hit *hit)
{
	(void)context;
	punches_hit += hit->first_of_punch;
	hit_ticket = hit->ticket;
	atomic_fetch_or(&hit_files, UINT64_C(1) << hit->file);
	if (expected)
		return;
	printf("\n    page %ju of file %u is %s", (uintmax_t)hit->page, hit->file,
	       wrong_class_names[hit->judgement.class]);
}

static void on_failure(void *context, int reason)
{
	(void)context;
	atomic_store(&error, reason);
}

/* A file of whole regions, stamped, whose regions are stable with a hole in their page 1. more:
 * bytes behind them. */
static void make_target(struct target *target, unsigned int id, uint64_t pages, uint64_t more)
{
	uint64_t size = REGIONS * pages * page_size() + more;

	memset(target, 0, sizeof(*target));
	snprintf(target->name, sizeof(target->name), "file %u", id);
	target->id = id;
	target->order = target_order(pages * page_size());
	target->mount_fd = memfd_create(target->name, MFD_CLOEXEC);
	target->backing_fd = dup(target->mount_fd);
	CU_ASSERT_FATAL(target->mount_fd >= 0 && target->backing_fd >= 0);
	CU_ASSERT_EQUAL_FATAL(ftruncate(target->mount_fd, (off_t)size), 0);
	CU_ASSERT_EQUAL_FATAL(target_divide(target, 0, size, pages * page_size()), 0);
	for (uint64_t at = 0; at < REGIONS * pages; at++) {
		struct stamp stamp = { .file = id, .generation = 1, .page = at };
		_Alignas(64) uint64_t page[STAMP_WORDS];

		stamp_fill(page, stamp_base(stamp));
		CU_ASSERT_EQUAL_FATAL(
			pwrite(target->mount_fd, page, sizeof(page), (off_t)(at * page_size())),
			page_size());
	}
	target->map = mmap(NULL, size, PROT_READ, MAP_SHARED, target->mount_fd, 0);
	CU_ASSERT_FATAL(target->map != MAP_FAILED);
	for (size_t i = 0; i < target->region_count; i++) {
		region_advance(&target->regions[i], REGION_REFILLING);
		region_set_hole(&target->regions[i],
				(struct hole){ .first = page_size(), .length = page_size() });
		region_advance(&target->regions[i], REGION_STABLE);
	}
}

static void make_targets(void)
{
	for (unsigned int i = 0; i < TARGETS; i++)
		make_target(&targets[i], i + 1, SMALL, 0);
}

static void release_targets(void)
{
	for (unsigned int i = 0; i < TARGETS; i++)
		target_release(&targets[i]);
}

/* Makes the target a copy whose expected content is what the file holds now. */
static void make_golden(struct target *target)
{
	target->golden = mmap(NULL, target->size, PROT_READ, MAP_SHARED, target->mount_fd, 0);
	CU_ASSERT_FATAL(target->golden != MAP_FAILED);
}

static const struct reader_ops *kind_of(const char *name)
{
	for (size_t i = 0; reader_kinds[i]; i++)
		if (!strcmp(reader_kinds[i]->name, name))
			return reader_kinds[i];
	abort();
}

static struct reader reader_of(const char *kind, enum reader_pages pages)
{
	memset(&stage, 0, sizeof(stage));
	memset(&counts, 0, sizeof(counts));
	stage.readers = pages != READER_ALL;
	return (struct reader){
		.ops = kind_of(kind),
		.pages = pages,
		.wait_ns = READER_WAIT_NONE,
		.cpu = -1,
		.seed = 1,
		.shape = AIM_BOTH,
		.seen = &seen,
		.targets = targets,
		.target_count = TARGETS,
		.stage = &stage,
		.counts = &counts,
		.punches_captured = &punches_captured,
		.passages = &passages,
		.hit = on_hit,
		.failed = on_failure,
	};
}

static void wait_for(const _Atomic uint64_t *count, uint64_t least)
{
	uint64_t until = units_now() + patience;

	while (atomic_load(count) < least && !atomic_load(&error) && units_now() < until)
		units_sleep(100000);
	CU_ASSERT(atomic_load(count) >= least);
}

static void announce(struct region *region)
{
	uint64_t ticket = atomic_load(&stage.ticket) + 1;

	atomic_store(&stage.region, region);
	atomic_store(&stage.ticket, ticket);
	wait_for(&stage.arrived[0], ticket);
}

static void end(struct reader *reader)
{
	atomic_store(&stage.stop, true);
	reader_join(reader);
	CU_ASSERT(expected || !atomic_load(&counts.wrong));
	CU_ASSERT_EQUAL(atomic_load(&error), 0);
	release_targets();
}

/* For some accesses: the one under way, and the next that begins, each time. */
static void expect_pages_of(const struct region *region)
{
	uint64_t page, first = region->offset / page_size();

	for (int look = 0; look < 8; look++) {
		wait_for(&counts.reads, atomic_load(&counts.reads) + 2);
		page = atomic_load(&counts.last_page);
		CU_ASSERT(page >= first);
		CU_ASSERT(page < first + region->target->region_size / page_size());
	}
}

/* The storm goes from a file of large folios to one of small ones, and back: whatever the reader
 * takes there lies in the folio that it is at. */
static void mixed_sizes(void)
{
	static const char *const kinds[] = { "load", "pipe", "procmem", "pread" };

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		struct reader reader = reader_of(kinds[kind], READER_EXPOSED);

		make_target(&targets[0], 1, LARGE, 0);
		make_target(&targets[1], 2, SMALL, 0);
		CU_ASSERT_EQUAL_FATAL(reader_start(&reader), 0);
		for (size_t turn = 0; turn < 6; turn++) {
			const struct target *target = &targets[turn % TARGETS];
			struct region *region = &target->regions[REGIONS - 1 - turn / TARGETS];

			announce(region);
			expect_pages_of(region);
		}
		end(&reader);
	}
}

/* A kernel exposes other pages than its shape: once that is known, they are read, and no others,
 * although region and hole are the same. */
static void pages_that_were_seen(void)
{
	struct reader reader = reader_of("pread", READER_EXPOSED);
	uint64_t page;

	make_target(&targets[0], 1, LARGE, 0);
	make_target(&targets[1], 2, LARGE, 0);
	CU_ASSERT_EQUAL_FATAL(reader_start(&reader), 0);
	announce(&targets[0].regions[0]);
	wait_for(&counts.reads, 100);
	seen_pages_add(&seen, 6, 1, 1 << 4); /* pages 16 to 31 */
	CU_ASSERT_FALSE(atomic_load(&seen.followed));
	seen_pages_use(&seen);
	announce(&targets[0].regions[0]);
	for (int look = 0; look < 50; look++) {
		wait_for(&counts.reads, atomic_load(&counts.reads) + 2);
		page = atomic_load(&counts.last_page);
		CU_ASSERT(page >= 16 && page < 32);
	}
	CU_ASSERT_TRUE(atomic_load(&seen.followed));
	end(&reader);
	memset(&seen, 0, sizeof(seen));
}

/* A copy ends where it ends, and there may be less of it than a folio. */
static void odd_copies(void)
{
	static const char *const kinds[] = { "load", "pread" };

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		struct reader reader = reader_of(kinds[kind], READER_ALL);

		make_target(&targets[0], 1, LARGE, (LARGE - 1) * page_size() + 100);
		make_target(&targets[1], 2, LARGE, 0);
		free(targets[1].regions);
		targets[1].size = 5 * page_size() + 100;
		CU_ASSERT_EQUAL_FATAL(
			target_divide(&targets[1], 0, targets[1].size, LARGE * page_size()), 0);
		make_golden(&targets[0]);
		make_golden(&targets[1]);
		CU_ASSERT_EQUAL_FATAL(reader_start(&reader), 0);
		wait_for(&counts.reads, 2000);
		end(&reader);
	}
}

/* The same page of two files is wrong: each is reported. */
static void same_page_of_two_files(void)
{
	static const char zeros[STAMP_PAGE_SIZE];
	struct reader reader = reader_of("load", READER_ALL);

	expected = true;
	make_targets();
	for (unsigned int i = 0; i < TARGETS; i++)
		CU_ASSERT_EQUAL(pwrite(targets[i].mount_fd, zeros, sizeof(zeros), 0),
				sizeof(zeros));
	CU_ASSERT_EQUAL_FATAL(reader_start(&reader), 0);
	wait_for(&counts.wrong, 100);
	end(&reader);
	expected = false;
	CU_ASSERT_EQUAL(atomic_load(&hit_files), 1 << 1 | 1 << 2);
}

/* What the storm does while an access that reads another page is under way; ends with -1. */
static const int *meanwhile;

static int read_another_page(struct reader *reader, const struct target *target, uint64_t offset,
			     uint64_t *page)
{
	(void)reader;
	memcpy(page, target->map + offset + page_size(), STAMP_PAGE_SIZE);
	for (; *meanwhile >= 0; meanwhile++)
		region_advance(&targets[0].regions[0], (enum region_phase)meanwhile[0]);
	return 0;
}

/* A hit counts for the punch that it overlapped, however late its reader gets back to it, and once.
 */
static void hits_of_late_readers(void)
{
	static const struct reader_ops ops = { .name = "late", .read = read_another_page };
	static const struct {
		int begin, meanwhile[8];
		unsigned int counted;
	} rows[] = {
		{ REGION_STABLE, { -1 }, 0 },
		{ REGION_STABLE, { REGION_PUNCHING, -1 }, 1 },
		{ REGION_PUNCHING, { -1 }, 1 },
		{ REGION_PUNCHING, { REGION_PUNCHED, -1 }, 1 },
		{ REGION_PUNCHING, { REGION_PUNCHED, REGION_REFILLING, -1 }, 1 },
		{ REGION_PUNCHING, { REGION_PUNCHED, REGION_REFILLING, REGION_STABLE, -1 }, 1 },
		{ REGION_STABLE, { REGION_PUNCHING, REGION_PUNCHED, REGION_REFILLING, -1 }, 1 },
	};

	static const int nothing = -1;

	expected = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reader reader = reader_of("load", READER_ALL);
		struct region *region;

		make_targets();
		region = &targets[0].regions[0];
		region_advance(region, (enum region_phase)rows[i].begin);
		reader.ops = &ops;
		punches_hit = 0;
		/* The second one is of the same punch, or of none. */
		for (reader.ticket = 1; reader.ticket <= 2; reader.ticket++) {
			meanwhile = reader.ticket == 1 ? rows[i].meanwhile : &nothing;
			CU_ASSERT_EQUAL(reader_read_once(&reader, region, 0), 0);
		}
		CU_ASSERT_EQUAL(punches_hit, rows[i].counted);
		release_targets();
	}
	expected = false;
}

/* A hit has the number of the punch that its access met, not of one that was announced since. */
static void hits_have_the_number_of_their_punch(void)
{
	static const struct reader_ops ops = { .name = "late", .read = read_another_page };
	static const struct {
		int meanwhile[8];
		uint64_t number;
	} rows[] = {
		{ { -1 }, 5 },
		{ { REGION_PUNCHED, REGION_REFILLING, REGION_STABLE, -1 }, 5 },
		{ { REGION_PUNCHED, REGION_REFILLING, REGION_STABLE, REGION_PUNCHING, -1 }, 6 },
	};

	expected = true;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct reader reader = reader_of("load", READER_ALL);

		make_targets();
		reader.ops = &ops;
		meanwhile = rows[i].meanwhile;
		atomic_store(&stage.ticket, 6);
		atomic_store(&targets[0].regions[0].punch, 5);
		region_advance(&targets[0].regions[0], REGION_PUNCHING);
		CU_ASSERT_EQUAL(reader_read_once(&reader, &targets[0].regions[0], 0), 0);
		CU_ASSERT_EQUAL(hit_ticket, rows[i].number);
		release_targets();
	}
	expected = false;
}

/* Starts a program and waits for its end. */
static struct client_output output_of(struct client_command *command)
{
	struct client client = { .output = CLIENT_OUTPUT_NONE };
	const struct client_launch launch = {
		.command = command, .file = "/file", .mount = "/", .cpu = -1
	};

	CU_ASSERT_EQUAL_FATAL(client_start(&client, &launch), 0);
	while (!client_ended(&client))
		units_sleep(1000000);
	return client.output;
}

static uint64_t punches_told;

static void differs(void *context, const char *json, uint64_t punches)
{
	(void)context;
	(void)json;
	punches_told = punches;
}

static void *punch_meanwhile(void *argument)
{
	(void)argument;
	units_sleep(100000000);
	atomic_store(&stage.begun, 1);
	return NULL;
}

/* A punch that was announced before the program began falls into its run. */
static void programs_meet_an_announced_punch(void)
{
	static const _Atomic bool stop;
	struct reader reader = reader_of("exec", READER_ALL);
	struct client_command other;
	struct client_output undisturbed;
	struct client_work work = { .mount = "/",
				    .timeout = patience,
				    .stop = &stop,
				    .differs = differs,
				    .undisturbed = &undisturbed,
				    .targets = 1 };
	pthread_t storm;
	char why[400];

	make_target(&targets[0], 1, SMALL, 0);
	CU_ASSERT_EQUAL_FATAL(client_command_parse("echo right", &other, why, sizeof(why)), 0);
	undisturbed = output_of(&other);
	CU_ASSERT_EQUAL_FATAL(client_command_parse("sh -c 'sleep 0.5; echo wrong'", &work.command,
						   why, sizeof(why)),
			      0);
	reader.target_count = 1;
	reader.work = &work;
	atomic_store(&stage.ticket, 1);
	reader.ticket = 1;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&storm, NULL, punch_meanwhile, NULL), 0);
	punches_told = UINT64_MAX;
	CU_ASSERT_EQUAL(reader.ops->turn(&reader), 0);
	pthread_join(storm, NULL);
	CU_ASSERT_EQUAL(punches_told, 1);
	client_output_close(&undisturbed);
	client_command_free(&other);
	client_command_free(&work.command);
	target_release(&targets[0]);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "files of large and of small folios", mixed_sizes },
		{ "pages that were seen", pages_that_were_seen },
		{ "copies that are no multiple of a folio", odd_copies },
		{ "the same page of two files", same_page_of_two_files },
		{ "hits of late readers count for their punch", hits_of_late_readers },
		{ "and have its number", hits_have_the_number_of_their_punch },
		{ "programs meet an announced punch", programs_meet_an_announced_punch },
		CU_TEST_INFO_NULL,
	};

	/* It needs to see page frames. */
	if (geteuid()) {
		puts("skipped: needs root");
		return 77;
	}
	mapped_copy_init();
	return run_suite("readers", tests);
}
