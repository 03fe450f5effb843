/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of a replay, and what bytes its files must hold. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tests/support/wrap.h"
#include "tools/trace/trace_maker.h"
#include "tools/workloads/replay/replay_calls.h"
#include "tools/workloads/replay/replay_details.h"
#include "tools/workloads/replay/replay_file.h"
#include "tools/workloads/replay/replay_place.h"
#include "tools/workloads/replay/replay_plan.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether call `later` has to wait until `thread` has made so many calls. */
static bool needs(const struct replay_plan *plan, uint32_t later, uint32_t thread, uint32_t calls)
{
	for (uint32_t i = plan->needs_first[later]; i < plan->needs_first[later + 1]; i++)
		if (plan->needs[i].thread == thread && plan->needs[i].calls == calls)
			return true;
	return false;
}

static uint32_t needs_of(const struct replay_plan *plan, uint32_t call)
{
	return plan->needs_first[call + 1] - plan->needs_first[call];
}

static void test_order(void)
{
	struct trace_call calls[] = {
		/* Made by thread 1, written by 2 when it is there, read by 3 while 2 writes. */
		{ .thread = 1,
		  .start = 0,
		  .took = 10,
		  .op = TRACE_OPEN,
		  .file = 1,
		  .handle = 1,
		  .other = 1,
		  .flags = O_CREAT },
		{ .thread = 2,
		  .start = 20,
		  .took = 30,
		  .op = TRACE_PWRITE,
		  .file = 1,
		  .handle = 1 },
		{ .thread = 3, .start = 40, .took = 30, .op = TRACE_PREAD, .file = 1, .handle = 1 },
		/* Another file: nobody waits. */
		{ .thread = 4, .start = 60, .took = 10, .op = TRACE_PREAD, .file = 2, .handle = 2 },
		/* After the write and the read. */
		{ .thread = 1,
		  .start = 80,
		  .took = 10,
		  .op = TRACE_FTRUNCATE,
		  .file = 1,
		  .handle = 1 },
		/* Two reads do not wait for each other, only for the change. */
		{ .thread = 2,
		  .start = 100,
		  .took = 10,
		  .op = TRACE_PREAD,
		  .file = 1,
		  .handle = 1 },
		{ .thread = 3,
		  .start = 120,
		  .took = 10,
		  .op = TRACE_PREAD,
		  .file = 1,
		  .handle = 1 },
	};
	const struct trace trace = {
		.calls = calls,
		.count = ARRAY_SIZE(calls),
		.threads = 4,
		.file_count = 2,
		.name_count = 1,
		.last_handle = 2,
	};
	struct replay_plan plan;

	CU_ASSERT_FATAL(!replay_plan_make(&plan, &trace));
	CU_ASSERT_EQUAL(needs_of(&plan, 0), 0);
	CU_ASSERT(needs_of(&plan, 1) == 1 && needs(&plan, 1, 1, 1));
	CU_ASSERT(needs_of(&plan, 2) == 1 && needs(&plan, 2, 1, 1));
	CU_ASSERT_EQUAL(needs_of(&plan, 3), 0);
	CU_ASSERT(needs(&plan, 4, 2, 1) && needs(&plan, 4, 3, 1));
	CU_ASSERT(needs_of(&plan, 5) == 1 && needs(&plan, 5, 1, 2));
	CU_ASSERT(needs_of(&plan, 6) == 2 && needs(&plan, 6, 1, 2) && needs(&plan, 6, 2, 1));
	CU_ASSERT_EQUAL(plan.firsts[2] - plan.firsts[1], 2);
	CU_ASSERT_EQUAL(plan.calls[plan.firsts[1] + 1], 4);
	replay_plan_release(&plan);
}

/* A request for pages ahead overlaps the one before it; the file is punched when both have
 * ended. */
static void test_overlap(void)
{
	struct trace_call calls[] = {
		{ .thread = 1,
		  .start = 1000000,
		  .took = 50000,
		  .op = TRACE_OPEN,
		  .file = 1,
		  .handle = 1,
		  .other = 1 },
		{ .thread = 1,
		  .start = 2000000,
		  .took = 500000,
		  .op = TRACE_PREAD,
		  .file = 1,
		  .handle = 1 },
		{ .thread = 1,
		  .start = 2100000,
		  .took = 500000,
		  .op = TRACE_PREAD,
		  .file = 1,
		  .handle = 1 },
		{ .thread = 2,
		  .start = 2600000,
		  .took = 20000,
		  .op = TRACE_FALLOCATE,
		  .file = 1,
		  .handle = 1 },
		/* It was seen ending last, and began before all. */
		{ .thread = 3, .start = 900000, .took = 2000000, .op = TRACE_STAT, .other = 1 },
		/* All of it lies within the last one of its thread. */
		{ .thread = 3, .start = 1000000, .took = 1000, .op = TRACE_STAT, .other = 1 },
	};
	const struct trace trace = {
		.calls = calls,
		.count = ARRAY_SIZE(calls),
		.threads = 3,
		.file_count = 1,
		.name_count = 1,
		.last_handle = 1,
	};
	struct trace_maker maker;
	struct replay_plan plan;
	size_t size;
	char *text;
	FILE *to = open_memstream(&text, &size);

	CU_ASSERT_FATAL(to && !maker_open(&maker, to, "test"));
	maker.begin = calls[0].start;
	for (size_t i = 0; i < trace.count; i++)
		maker_call(&maker, &calls[i]);
	CU_ASSERT(calls[2].start == 1500000 && calls[2].took == 100000);
	CU_ASSERT(calls[4].start == 0 && calls[4].took == 1900000);
	CU_ASSERT(calls[5].start == 1900000 && calls[5].took == 0);
	CU_ASSERT_EQUAL(maker.out_of_order, 2);
	maker_close(&maker);
	fclose(to);
	free(text);
	CU_ASSERT_FATAL(!replay_plan_make(&plan, &trace));
	CU_ASSERT(needs_of(&plan, 3) == 1 && needs(&plan, 3, 1, 3));
	replay_plan_release(&plan);
}

static int try_judge(const struct replay_file *file, uint64_t page, const void *bytes,
		     uint32_t before, struct judgement *judgement)
{
	const struct replay_piece piece = {
		.page = page,
		.length = STAMP_PAGE_SIZE,
		.bytes = bytes,
		.before = before,
		.after = replay_view(file, page),
	};

	return replay_judge(file, &piece, judgement);
}

static enum wrong_class judge(const struct replay_file *file, uint64_t page, const void *bytes,
			      uint32_t before)
{
	struct judgement judgement;

	CU_ASSERT_EQUAL(try_judge(file, page, bytes, before, &judgement), 1);
	return judgement.class;
}

/* A close comes after reads that were still going on, or that began while it did. */
static void test_close(void)
{
	struct trace_call calls[] = {
		{ .thread = 1,
		  .start = 0,
		  .took = 10,
		  .op = TRACE_OPEN,
		  .file = 1,
		  .handle = 1,
		  .other = 1 },
		{ .thread = 2,
		  .start = 20,
		  .took = 100,
		  .op = TRACE_PREAD,
		  .file = 1,
		  .handle = 1 },
		{ .thread = 1, .start = 30, .took = 50, .op = TRACE_CLOSE, .file = 1, .handle = 1 },
		{ .thread = 3, .start = 40, .took = 5, .op = TRACE_READ, .file = 1, .handle = 1 },
		{ .thread = 3, .start = 50, .took = 100, .op = TRACE_READ, .file = 1, .handle = 1 },
		/* Another handle, by the same threads. */
		{ .thread = 2, .start = 130, .took = 10, .op = TRACE_CLOSE, .handle = 2 },
	};
	const struct trace trace = {
		.calls = calls,
		.count = ARRAY_SIZE(calls),
		.threads = 3,
		.file_count = 1,
		.name_count = 1,
		.last_handle = 2,
	};
	struct replay_plan plan;

	CU_ASSERT_FATAL(!replay_plan_make(&plan, &trace));
	CU_ASSERT(needs_of(&plan, 2) == 2 && needs(&plan, 2, 2, 1) && needs(&plan, 2, 3, 2));
	CU_ASSERT_EQUAL(needs_of(&plan, 5), 0);
	replay_plan_release(&plan);
}

static void test_bytes(void)
{
	struct replay_file file = { .stamp = 3 };
	static const char zeros[STAMP_PAGE_SIZE];
	char page[STAMP_PAGE_SIZE], other[STAMP_PAGE_SIZE];
	struct judgement judgement;
	uint32_t before;

	CU_ASSERT_FATAL(!replay_file_init(&file, 8 * STAMP_PAGE_SIZE));
	atomic_store(&file.size, 8 * STAMP_PAGE_SIZE);
	replay_fill(&file, STAMP_PAGE_SIZE, page, sizeof(page));
	replay_fill(&file, 2 * STAMP_PAGE_SIZE, other, sizeof(other));
	/* Never written: that may not look otherwise than a hole made since. */
	CU_ASSERT_EQUAL(judge(&file, 1, zeros, replay_view(&file, 1)), WRONG_NONE);
	CU_ASSERT_EQUAL(judge(&file, 1, page, replay_view(&file, 1)), WRONG_OLD_GENERATION);
	/* Being written: either. Written: nothing else. */
	before = replay_view(&file, 1);
	replay_change_begin(&file, STAMP_PAGE_SIZE, STAMP_PAGE_SIZE);
	CU_ASSERT_EQUAL(judge(&file, 1, zeros, before), WRONG_NONE);
	CU_ASSERT_EQUAL(judge(&file, 1, page, before), WRONG_NONE);
	CU_ASSERT_EQUAL(judge(&file, 1, other, before), WRONG_OTHER_PAGE);
	replay_change_end(&file, STAMP_PAGE_SIZE, STAMP_PAGE_SIZE, STAMP_PAGE_SIZE, REPLAY_WRITES);
	CU_ASSERT_EQUAL(judge(&file, 1, page, replay_view(&file, 1)), WRONG_NONE);
	CU_ASSERT_EQUAL(judge(&file, 1, zeros, replay_view(&file, 1)), WRONG_ZEROS);
	CU_ASSERT_EQUAL(judge(&file, 1, other, replay_view(&file, 1)), WRONG_OTHER_PAGE);
	CU_ASSERT_EQUAL(judge(&file, 1, NULL, replay_view(&file, 1)), WRONG_MISSING);
	/* Its neighbour is as it was. */
	CU_ASSERT_EQUAL(judge(&file, 2, zeros, replay_view(&file, 2)), WRONG_NONE);
	/* Punched in part: either, byte for byte; of another place, never. */
	replay_change_begin(&file, STAMP_PAGE_SIZE + 100, 200);
	replay_change_end(&file, STAMP_PAGE_SIZE + 100, 200, 200, REPLAY_ZEROS);
	memset(page + 100, 0, 200);
	CU_ASSERT_EQUAL(judge(&file, 1, page, replay_view(&file, 1)), WRONG_NONE);
	CU_ASSERT_EQUAL(judge(&file, 1, other, replay_view(&file, 1)), WRONG_OTHER_PAGE);
	/* Punched whole. */
	replay_change_begin(&file, 0, 3 * STAMP_PAGE_SIZE);
	replay_change_end(&file, 0, 3 * STAMP_PAGE_SIZE, 3 * STAMP_PAGE_SIZE, REPLAY_ZEROS);
	CU_ASSERT_EQUAL(judge(&file, 1, zeros, replay_view(&file, 1)), WRONG_NONE);
	CU_ASSERT_NOT_EQUAL(judge(&file, 1, page, replay_view(&file, 1)), WRONG_NONE);
	/* Copied from elsewhere: not judged, until it is written anew. */
	replay_change_begin(&file, 0, 8 * STAMP_PAGE_SIZE);
	replay_change_end(&file, 0, 8 * STAMP_PAGE_SIZE, 8 * STAMP_PAGE_SIZE, REPLAY_MUDDLES);
	CU_ASSERT_EQUAL(try_judge(&file, 1, other, replay_view(&file, 1), &judgement), 0);
	replay_change_begin(&file, STAMP_PAGE_SIZE, STAMP_PAGE_SIZE);
	replay_change_end(&file, STAMP_PAGE_SIZE, STAMP_PAGE_SIZE, STAMP_PAGE_SIZE, REPLAY_WRITES);
	CU_ASSERT_EQUAL(judge(&file, 1, other, replay_view(&file, 1)), WRONG_OTHER_PAGE);
	/* Beyond what is told apart. */
	CU_ASSERT_EQUAL(try_judge(&file, 99, other, replay_view(&file, 99), &judgement), 0);
	replay_file_destroy(&file);
}

enum { FEW = 8 * STAMP_PAGE_SIZE };

/* A replay of one file without a name, which is empty, and two threads. */
struct staged {
	struct replay replay;
	struct replay_thread threads[3];
	struct replay_file files[2];
	_Atomic int handles[2];
	uint32_t handle_files[2];
	struct worker_shared shared;
	struct worker_config run;
	struct workload workload;
	struct reader_counts counts;
};

static void stage(struct staged *staged, int flags)
{
	struct replay *replay = &staged->replay;
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC | flags, 0600);

	memset(staged, 0, sizeof(*staged));
	CU_ASSERT_FATAL(fd >= 0);
	staged->run = (struct worker_config){ .events = -1, .shared = &staged->shared };
	staged->workload =
		(struct workload){ .run = &staged->run, .counts = &staged->shared.workload };
	*replay = (struct replay){ .workload = &staged->workload,
				   .files = staged->files,
				   .handles = staged->handles,
				   .handle_files = staged->handle_files,
				   .threads = staged->threads };
	atomic_store(&staged->handles[1], fd);
	staged->handle_files[1] = 1;
	staged->files[1].stamp = 1;
	CU_ASSERT_FATAL(!replay_file_init(&staged->files[1], FEW));
	for (int i = 1; i <= 2; i++)
		staged->threads[i] =
			(struct replay_thread){ .replay = replay, .counts = &staged->counts };
}

static int64_t make(struct staged *staged, int thread, enum trace_op op, int64_t offset,
		    int64_t length)
{
	/* `overlaps` as for calls that two threads make at once. */
	const struct trace_call call = { .op = (uint8_t)op,
					 .file = 1,
					 .handle = 1,
					 .offset = offset,
					 .length = length,
					 .result = length,
					 .overlaps = true };

	replay_ready_call(&staged->threads[thread], &call);
	return replay_make_call(&staged->threads[thread], &call);
}

static void read_all(struct staged *staged)
{
	for (int64_t at = 0; at < FEW; at += STAMP_PAGE_SIZE)
		make(staged, 1, TRACE_PREAD, at, STAMP_PAGE_SIZE);
	CU_ASSERT_EQUAL(staged->counts.wrong, 0);
}

static void unstage(struct staged *staged)
{
	for (int i = 1; i <= 2; i++) {
		if (staged->threads[i].buffer)
			munmap(staged->threads[i].buffer, staged->threads[i].buffer_size);
		free(staged->threads[i].views);
	}
	close(atomic_load(&staged->handles[1]));
	replay_file_destroy(&staged->files[1]);
}

/* A call before had another result than recorded, so the position and the size are others, too. */
static void test_places(void)
{
	static struct staged staged;

	stage(&staged, 0);
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_WRITE, 4096, 8192), 8192);
	read_all(&staged);
	CU_ASSERT(staged.counts.reads > 0);
	CU_ASSERT_EQUAL(lseek(staged.handles[1], 0, SEEK_SET), 0);
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_READ, 4096, 4096), 4096);
	CU_ASSERT_EQUAL(staged.counts.wrong, 0);
	/* Where it was recorded. */
	staged.counts.reads = 0;
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_READ, 4096, 4096), 4096);
	CU_ASSERT_EQUAL(staged.counts.reads, 1);
	unstage(&staged);
	stage(&staged, O_APPEND);
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_WRITE, 8192, 4096), 4096);
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_PWRITE, 0, 4096), 4096);
	read_all(&staged);
	CU_ASSERT_EQUAL(staged.files[1].size, 8192);
	unstage(&staged);
}

static struct staged *truncated; /* to nothing, when the next write has been made */

ssize_t real_pwrite(int fd, const void *from, size_t length, off_t offset) IS_REAL(pwrite);
ssize_t wrap_pwrite(int fd, const void *from, size_t length, off_t offset) WRAPS(pwrite);

ssize_t wrap_pwrite(int fd, const void *from, size_t length, off_t offset)
{
	ssize_t put = real_pwrite(fd, from, length, offset);
	struct staged *staged = truncated;

	truncated = NULL;
	if (staged)
		CU_ASSERT_EQUAL(make(staged, 2, TRACE_FTRUNCATE, 0, 0), 0);
	return put;
}

/* Another thread truncates the file during the call that extends it. */
static void test_sizes_of_two(void)
{
	static struct staged staged;
	struct judgement judgement;
	uint32_t view;

	stage(&staged, 0);
	truncated = &staged;
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_PWRITE, 0, 8192), 8192);
	CU_ASSERT_EQUAL(lseek(staged.handles[1], 0, SEEK_END), 0);
	view = replay_view(&staged.files[1], 0);
	CU_ASSERT_EQUAL(try_judge(&staged.files[1], 0, NULL, view, &judgement), 0);
	/* From then on it is known again. */
	CU_ASSERT_EQUAL(make(&staged, 1, TRACE_PWRITE, 0, 8192), 8192);
	CU_ASSERT_EQUAL(judge(&staged.files[1], 0, NULL, replay_view(&staged.files[1], 0)),
			WRONG_MISSING);
	unstage(&staged);
}

static struct staged together;

static void *append_thousands(void *thread)
{
	int number = *(int *)thread;

	for (int64_t i = 0; i < FEW / 16; i++)
		make(&together, number, TRACE_WRITE, (2 * i + number - 1) * 8, 8);
	return NULL;
}

/* Nobody recorded which of two calls at a time came first. */
static void test_places_of_two(void)
{
	int numbers[] = { 1, 2 };
	pthread_t threads[2];

	stage(&together, O_APPEND);
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&threads[i], NULL, append_thousands, &numbers[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(together.files[1].size, FEW);
	read_all(&together);
	unstage(&together);
}

static pthread_barrier_t *meeting; /* of the threads that punch, in their call; or NULL */

int real_fallocate(int fd, int mode, off_t offset, off_t length) IS_REAL(fallocate);
int wrap_fallocate(int fd, int mode, off_t offset, off_t length) WRAPS(fallocate);

int wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
	if (meeting)
		pthread_barrier_wait(meeting);
	return real_fallocate(fd, mode, offset, length);
}

static void *punch(void *thread)
{
	const int number = *(int *)thread;
	const struct trace_call call = { .op = TRACE_FALLOCATE,
					 .flags = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					 .file = 1,
					 .handle = 1,
					 .offset = number * STAMP_PAGE_SIZE,
					 .length = STAMP_PAGE_SIZE,
					 .overlaps = true };

	replay_ready_call(&together.threads[number], &call);
	CU_ASSERT_EQUAL(replay_make_call(&together.threads[number], &call), 0);
	return NULL;
}

/* Each of two punches at a time has a number of its own. */
static void test_punches_of_two(void)
{
	int numbers[] = { 1, 2 };
	pthread_barrier_t barrier;
	pthread_t threads[2];

	stage(&together, 0);
	pthread_barrier_init(&barrier, NULL, 2);
	meeting = &barrier;
	for (int i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, punch, &numbers[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	meeting = NULL;
	pthread_barrier_destroy(&barrier);
	CU_ASSERT_EQUAL(together.shared.punches, 2);
	CU_ASSERT_EQUAL(punch_times_find(&together.shared.punch_times, UINT64_MAX), 2);
	unstage(&together);
}

/* Which calls of a trace may be made in another order than recorded. */
static void test_overlaps(void)
{
	static const bool wanted[] = { true, true, true, false, false, false, false };
	struct trace_call calls[] = {
		{ .thread = 1, .start = 0, .took = 100, .op = TRACE_WRITE, .file = 1 },
		{ .thread = 2, .start = 10, .took = 10, .op = TRACE_WRITE, .file = 1 },
		{ .thread = 3, .start = 90, .took = 20, .op = TRACE_FTRUNCATE, .file = 1 },
		/* After all of them; of another file; of another kind. */
		{ .thread = 1, .start = 110, .took = 10, .op = TRACE_WRITE, .file = 1 },
		{ .thread = 4, .start = 20, .took = 10, .op = TRACE_WRITE, .file = 2 },
		{ .thread = 5, .start = 20, .took = 10, .op = TRACE_PREAD, .file = 1 },
		{ .thread = 5, .start = 40, .took = 10, .op = TRACE_OPEN, .file = 1 },
	};
	struct trace trace = { .calls = calls, .count = ARRAY_SIZE(calls), .file_count = 2 };

	CU_ASSERT_EQUAL(replay_find_overlaps(&trace), 0);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		CU_ASSERT_EQUAL(calls[i].overlaps, wanted[i]);
}

static uint64_t detail(const struct replay *replay, const char *key)
{
	json_t *details = keys_object(replay_details, replay);
	uint64_t number = (uint64_t)json_integer_value(json_object_get(details, key));

	json_decref(details);
	return number;
}

/* A quantile is no longer than the longest delay, also where that is beyond the buckets. */
static void test_lateness(void)
{
	static struct replay_thread threads[2];
	struct replay replay = { .threads = threads, .trace.threads = 1 };

	CU_ASSERT_EQUAL(detail(&replay, "late_p50_ns"), 0);
	threads[1].late[0] = 2;
	threads[1].latest = 10;
	CU_ASSERT_EQUAL(detail(&replay, "late_p50_ns"), 10);
	threads[1].late[REPLAY_LATE_BUCKETS - 1] = 2;
	threads[1].latest = UINT64_C(7000000000);
	CU_ASSERT_EQUAL(detail(&replay, "late_p50_ns"), REPLAY_LATE_BUCKET);
	CU_ASSERT_EQUAL(detail(&replay, "late_p99_ns"), UINT64_C(7000000000));
	CU_ASSERT_EQUAL(detail(&replay, "late_max_ns"), UINT64_C(7000000000));
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "order", test_order },
		{ "close", test_close },
		{ "calls of a thread that overlapped", test_overlap },
		{ "bytes", test_bytes },
		{ "overlaps", test_overlaps },
		{ "places after another result", test_places },
		{ "places of two at a time", test_places_of_two },
		{ "sizes of two at a time", test_sizes_of_two },
		{ "punches of two at a time", test_punches_of_two },
		{ "lateness", test_lateness },
		CU_TEST_INFO_NULL,
	};

	return run_suite("replay", tests);
}
