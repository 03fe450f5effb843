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

/* Hits that are reported for one question; the rest is counted. */
enum { TOLD_MAX = 16 };

static struct reader_counts *counts_of(const struct stale_reader *reader)
{
	return &reader->play->workload->counts->reader[reader->index];
}

/* A hit: the page, and the owner of the wrong folio. */
struct told {
	const struct stale_play *play;
	unsigned int reader, file;
	uint64_t page;
	const char *class;
	uint64_t still;                /* of a hang */
	const struct judgement *wrong; /* of wrong bytes, else NULL */
	bool again;
};

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct told *told = at;                                                      \
                                                                                                   \
		return expression;                                                                 \
	}

static const char *file_name(const struct told *told, unsigned int file)
{
	const struct workload *workload = told->play->workload;

	return workload_file_name(workload->counts, workload->scenario->files.count, file);
}

static unsigned int reader_number(const struct told *told)
{
	return told->play->workload->counts->first_reader + told->reader;
}

static json_t *make_slot(const void *at)
{
	const struct told *told = at;
	int slot = told->file == told->play->file
			   ? stale_slot_of(&told->play->step.slots, told->page)
			   : -1;

	return slot < 0 ? NULL : json_integer(slot);
}

/* wrong_page and wrong_file are there, and null, where the bytes are no page of the run. */
static json_t *make_wrong_page(const void *at)
{
	const struct told *told = at;

	if (!told->wrong)
		return NULL;
	return told->wrong->got.file ? key_number(told->wrong->got.page) : json_null();
}

static json_t *make_wrong_file(const void *at)
{
	const struct told *told = at;
	const char *name = told->wrong ? file_name(told, told->wrong->got.file) : NULL;

	if (!told->wrong)
		return NULL;
	return name ? key_text_of(name) : json_null();
}

VALUE(step, key_number(told->play->step.number))
VALUE(file, key_text_of(file_name(told, told->file)))
VALUE(slots_first, key_number(told->play->step.slots.first))
VALUE(slots_pages, key_number(told->play->step.slots.pages))
VALUE(folio, key_number(told->play->step.folio))
VALUE(small_page, key_number(told->play->step.page))
VALUE(reader, key_number(reader_number(told)))
VALUE(reader_kind,
      json_string(scenario_reader_name(told->play->workload->scenario, reader_number(told))))
VALUE(still, told->wrong ? NULL : key_number(told->still))
VALUE(xor, told->wrong ? key_number(told->wrong->page_xor) : NULL)
VALUE(wrong_bytes, told->wrong ? key_number(told->wrong->wrong_bytes) : NULL)
VALUE(sticky, told->wrong ? json_boolean(told->again) : NULL)

static json_t *make_order(const void *at)
{
	(void)at;
	return json_integer(STALE_LARGE_ORDER);
}

static const struct key hit_keys[] = {
	{ "kind", KEY_TEXT, .always = "stale-folio" },
	{ "class", KEY_TEXT, NULL, "`hang`, or a class of [hit](events.md#hit)", 0,
	  KEY_AT(key_string, struct told, class) },
	{ "step", KEY_NUMBER, NULL, "number of the workload's step", 0, .make = make_step },
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_file },
	{ "page", KEY_NUMBER, "page", "page that was read", 0, KEY_AT(key_u64, struct told, page) },
	{ "slot", KEY_NUMBER, NULL,
	  "number of its slot in the stale node, 0 to 63; null: the page is elsewhere", KEY_NULL,
	  .make = make_slot },
	{ "slots_first", KEY_NUMBER, "page", "first page of the stale node", 0,
	  .make = make_slots_first },
	{ "slots_pages", KEY_NUMBER, NULL, "pages that each slot covers: 1 or 64", 0,
	  .make = make_slots_pages },
	{ "folio", KEY_NUMBER, "page",
	  "first page of the large folio to which the stale slots lead", 0, .make = make_folio },
	{ "folio_order", KEY_NUMBER, NULL, "order of that folio", 0, .make = make_order },
	{ "small_page", KEY_NUMBER, "page", "page that was added meanwhile", 0,
	  .make = make_small_page },
	{ "reader", KEY_NUMBER, NULL,
	  "0: the thread that adds the small folio; 1: the one that checks; 2: the one "
	  "that verifies anonymous memory",
	  0, .make = make_reader },
	{ "reader_kind", KEY_TEXT, NULL, "`stale-folios`", 0, .make = make_reader_kind },
	{ "still_ns", KEY_NUMBER, "nanoseconds", "for hang: how long the read had not returned",
	  KEY_OPTIONAL, .make = make_still },
	{ "wrong_page", KEY_NUMBER, "page",
	  "for wrong bytes: as in [hit](events.md#hit), like the following",
	  KEY_OPTIONAL | KEY_NULL, .make = make_wrong_page },
	{ "wrong_file", KEY_TEXT, NULL, NULL, KEY_OPTIONAL | KEY_NULL, .make = make_wrong_file },
	{ "xor", KEY_NUMBER, NULL, NULL, KEY_OPTIONAL, .make = make_xor },
	{ "wrong_bytes", KEY_NUMBER, "bytes", NULL, KEY_OPTIONAL, .make = make_wrong_bytes },
	{ "sticky", KEY_BOOLEAN, NULL, NULL, KEY_OPTIONAL, .make = make_sticky },
	KEY_END,
};

const struct key_table stale_events[] = {
	{ "hit", "stale-folio", "A hit of the workload stale-folios", hit_keys },
	{ .title = NULL },
};

void stale_reader_tell_hang(const struct stale_reader *reader, uint64_t page, uint64_t still)
{
	const struct told told = {
		.play = reader->play,
		.reader = (unsigned int)reader->index,
		.file = reader->play->file,
		.page = page,
		.class = "hang",
		.still = still,
	};

	workload_tell(told.play->workload, "hit", keys_object(hit_keys, &told), true, false);
}

void stale_tell_wrong(const struct stale_play *play, unsigned int reader, unsigned int file,
		      uint64_t page, const struct judgement *wrong, bool again)
{
	const struct told told = {
		.play = play,
		.reader = reader,
		.file = file,
		.page = page,
		.class = wrong_class_names[wrong->class],
		.wrong = wrong,
		.again = again,
	};

	workload_tell(play->workload, "hit", keys_object(hit_keys, &told), true, false);
}

/* Reads a page and judges it. Returns whether it is wrong. */
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
			stale_tell_wrong(reader->play, (unsigned int)reader->index,
					 reader->play->file, page, &wrong,
					 take(reader, page, &again));
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
	/* Called by this thread, so that the witness learns of it. */
	reader->index = workload_add_reader(reader->play->workload);
	atomic_store(&reader->tid, gettid());
	if (reader->index < 0)
		return NULL;
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
	/* Opened again for the advice against readahead, which belongs to an open file. */
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
	return reader->index < 0 ? workload_fail(play->workload, reader->index, "starting a reader")
				 : 0;
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

/* Returns the time that the thread has used in the kernel, ns, also while it spins there. */
static uint64_t kernel_time(const struct stale_reader *reader)
{
	_cleanup_fclose_ FILE *file = NULL;
	unsigned long long ticks = 0;
	char path[64], line[512], *after;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)atomic_load(&reader->tid));
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		return 0;
	/* The name may hold any character. stime is the 15th field, the 13th after the name's
	 * ")". */
	after = strrchr(line, ')');
	if (!after ||
	    sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1)
		return 0;
	return (uint64_t)ticks * 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}

static struct stale_look look_at(const struct stale_reader *reader)
{
	return (struct stale_look){
		.accesses = atomic_load(&reader->accesses),
		.time = units_now(),
		.used = kernel_time(reader),
	};
}

void stale_reader_watch(struct stale_reader *reader)
{
	const struct stale_look look = look_at(reader);

	stale_spin_begin(&reader->spin, &look);
}

bool stale_reader_spins(struct stale_reader *reader, uint64_t patience, uint64_t *still)
{
	struct stale_look look;
	bool spins;

	/* Not more often, since each look takes time from the thread. */
	if (units_now() - reader->spin.last.time < STALE_SPIN_LOOK / 5)
		return false;
	look = look_at(reader);
	spins = stale_spin_goes_on(&reader->spin, &look, patience);
	*still = reader->spin.still;
	return spins && !stale_reader_answered(reader);
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
