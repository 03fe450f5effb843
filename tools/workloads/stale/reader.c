/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/stale/play.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* Hits that one asking tells; the rest is counted. */
enum { TOLD_MAX = 16 };

static struct reader_counts *counts_of(const struct stale_reader *reader)
{
	return &reader->play->workload->counts->reader[reader->index];
}

/* What all hits say: which page, and whose folio it is that should not be there. */
static json_t *hit_object(const struct stale_play *play, unsigned int reader, unsigned int file,
			  const char *class, uint64_t page)
{
	const struct workload *workload = play->workload;
	const struct stale_step *step = &play->step;
	unsigned int number = workload->counts->first_reader + reader;
	int slot = file == play->file ? stale_slot_of(&step->slots, page) : -1;

	return json_pack(
		"{s:s, s:s, s:I, s:s, s:I, s:o, s:I, s:I, s:I, s:i, s:I, s:i, s:s}", "kind",
		"stale-folio", "class", class, "step", (json_int_t)step->number, "file",
		workload_file_name(workload->counts, workload->scenario->files.count, file), "page",
		(json_int_t)page, "slot", slot < 0 ? json_null() : json_integer(slot),
		"slots_first", (json_int_t)step->slots.first, "slots_pages",
		(json_int_t)step->slots.pages, "folio", (json_int_t)step->folio, "folio_order",
		STALE_LARGE_ORDER, "small_page", (json_int_t)step->page, "reader", (int)number,
		"reader_kind", scenario_reader_name(workload->scenario, number));
}

void stale_reader_tell_hang(const struct stale_reader *reader, uint64_t page, uint64_t still)
{
	const struct stale_play *play = reader->play;
	json_t *object = hit_object(play, reader->index, play->file, "hang", page);

	json_object_set_new(object, "still_ns", json_integer((json_int_t)still));
	workload_tell(play->workload, "hit", object, true, false);
}

void stale_tell_wrong(const struct stale_play *play, unsigned int reader, unsigned int file,
		      uint64_t page, const struct judgement *wrong, bool again)
{
	const struct workload *workload = play->workload;
	json_t *object = hit_object(play, reader, file, wrong_class_names[wrong->class], page);
	const char *name = workload_file_name(workload->counts, workload->scenario->files.count,
					      wrong->got.file);

	json_object_set_new(object, "wrong_page",
			    wrong->got.file ? json_integer((json_int_t)wrong->got.page)
					    : json_null());
	json_object_set_new(object, "wrong_file", name ? json_string(name) : json_null());
	json_object_set_new(object, "xor", json_integer((json_int_t)wrong->page_xor));
	json_object_set_new(object, "wrong_bytes", json_integer(wrong->wrong_bytes));
	json_object_set_new(object, "sticky", json_boolean(again));
	workload_tell(play->workload, "hit", object, true, false);
}

/* Takes a page and judges it. Returns whether it is wrong. */
static bool take(struct stale_reader *reader, uint64_t page, struct judgement *judgement)
{
	const struct region *region = &reader->play->region;
	const struct region_view view = region_view(region);
	uint64_t offset = page * STAMP_PAGE_SIZE;
	uint64_t words[STAMP_WORDS];
	bool whole;

	atomic_fetch_add(&reader->accesses, 1);
	if (reader->lead)
		units_spin(reader->lead);
	whole = pread(reader->fd, words, sizeof(words), (off_t)offset) == sizeof(words);
	oracle_judge(region, offset, whole ? words : NULL, &view, view.sequence, judgement);
	return judgement->class != WRONG_NONE;
}

static void read_page(struct stale_reader *reader, uint64_t page, unsigned int *told)
{
	struct reader_counts *counts = counts_of(reader);
	struct judgement wrong, again;

	atomic_store(&counts->last_page, page);
	if (take(reader, page, &wrong)) {
		atomic_fetch_add(&counts->wrong, 1);
		atomic_fetch_add(&reader->play->workload->run->shared->classes[wrong.class], 1);
		if ((*told)++ < TOLD_MAX)
			stale_tell_wrong(reader->play, reader->index, reader->play->file, page,
					 &wrong, take(reader, page, &again));
	}
	atomic_fetch_add(&counts->reads, 1);
	if (reader->exposed && stale_slot_of(&reader->play->step.slots, page) >= 0)
		atomic_fetch_add(&counts->exposures, 1);
	atomic_fetch_add(&counts->heartbeat, 1);
}

void stale_last_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sysconf(_SC_NPROCESSORS_ONLN) - 1, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *read_pages(void *from)
{
	struct stale_reader *reader = from;
	unsigned int told;

	stale_last_processor();
	atomic_store(&reader->tid, gettid());
	while (!atomic_load(&reader->stop)) {
		if (stale_reader_answered(reader)) {
			atomic_fetch_add(&counts_of(reader)->heartbeat, 1);
			units_sleep(200000);
			continue;
		}
		told = 0;
		for (size_t i = 0; i < reader->count && !atomic_load(&reader->stop); i++)
			read_page(reader, reader->pages[i], &told);
		atomic_store(&reader->answered, atomic_load(&reader->asked));
	}
	return NULL;
}

int stale_reader_start(struct stale_reader *reader, struct stale_play *play)
{
	char path[64];
	int r;

	reader->play = play;
	r = workload_add_reader(play->workload);
	if (r < 0)
		return workload_fail(play->workload, r, "starting a reader");
	reader->index = (unsigned int)r;
	/* Advice belongs to an open file, so it has one of its own: no readahead. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", play->fd);
	reader->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (reader->fd < 0)
		return workload_fail(play->workload, -errno, "opening the file once more");
	posix_fadvise(reader->fd, 0, 0, POSIX_FADV_RANDOM);
	r = pthread_create(&reader->thread, NULL, read_pages, reader);
	if (r) {
		close(reader->fd);
		return workload_fail(play->workload, -r, "starting a reader");
	}
	while (!atomic_load(&reader->tid))
		units_sleep(200000);
	return 0;
}

void stale_reader_ask(struct stale_reader *reader)
{
	atomic_fetch_add(&reader->asked, 1);
	stale_reader_watch(reader);
}

bool stale_reader_answered(const struct stale_reader *reader)
{
	return atomic_load(&reader->answered) == atomic_load(&reader->asked);
}

/* Time that the thread used in the kernel, ns; of a thread that runs there without end as well. */
static uint64_t kernel_time(const struct stale_reader *reader)
{
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long long ticks = 0;
	char path[64], line[512], *after;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)atomic_load(&reader->tid));
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return 0;
	/* Its name may hold anything. stime is the 15th field, the 13th after the name's ")". */
	after = strrchr(line, ')');
	if (!after ||
	    sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1)
		return 0;
	return (uint64_t)ticks * 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

void stale_reader_watch(struct stale_reader *reader)
{
	reader->seen.accesses = atomic_load(&reader->accesses);
	reader->seen.since = units_now();
	reader->seen.used = kernel_time(reader);
}

bool stale_reader_spins(struct stale_reader *reader, uint64_t patience, uint64_t *still)
{
	if (atomic_load(&reader->accesses) != reader->seen.accesses)
		stale_reader_watch(reader);
	*still = units_now() - reader->seen.since;
	return *still >= patience && !stale_reader_answered(reader) &&
	       kernel_time(reader) - reader->seen.used >= *still / 2;
}

uint64_t stale_reader_wrong(const struct stale_reader *reader)
{
	return atomic_load(&counts_of(reader)->wrong);
}

void stale_reader_stop(struct stale_reader *reader)
{
	if (!atomic_load(&reader->tid))
		return;
	atomic_store(&reader->stop, true);
	pthread_join(reader->thread, NULL);
	close(reader->fd);
}
