/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Provokes the older family of races. A thread is held while it adds a small folio: first until a
 * large one has been added, then until that has been removed (stale/holder.h). Then all slots are
 * read that are stale by the model (stale_aim.h). See tools/workloads/stale/play.h. */
#include "injector/base/random.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/kinds.h"
#include "tools/workloads/stale/play.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIELD(member) offsetof(struct stale_settings, member)

static struct schema_word holder_word(size_t i)
{
	const struct stale_holder *holder = stale_holders[i];

	return holder ? (struct schema_word){ holder->name, holder->help, holder }
		      : (struct schema_word){ .name = NULL };
}

static const struct schema_key keys[] = {
	{ "by", SCHEMA_ROW, FIELD(holder), "gate",
	  .help = "what holds the thread that adds a small folio", .word = holder_word },
	{ "size", SCHEMA_SIZE, FIELD(size), "64M", "a multiple of 16M, 32M to 64G",
	  "size of its file", .min = 32 << 20, .max = 64ULL << 30 },
	{ "node", SCHEMA_BOOLEAN, FIELD(above), "leaf",
	  .help = "which node of the XArray gets stale slots",
	  .SCHEMA_WORDS(
		  WORD("leaf", "a node of 64 pages; its reader spins"),
		  WORD("above",
		       "a node of 4096 pages with slots of 64 pages each, so that the small folio "
		       "is returned for 63 others")) },
	{ "steps", SCHEMA_COUNT, FIELD(steps), "0", "a number from 0",
	  "number of steps after which it ends; 0: at the end of the duration", .max = INT64_MAX },
	{ "hold", SCHEMA_DURATION, FIELD(hold), "2s", "10ms to 5s",
	  "longest time for which its gate holds a thread", .min = 10000000, .max = 5000000000 },
	{ "patience", SCHEMA_DURATION, FIELD(patience), "3s", "1s to 1m",
	  "a reader that is in one read for longer than this, and spends at least "
	  "half of that time running in the kernel, is a hit",
	  .min = 1000000000, .max = 60000000000 },
	{ "listen", SCHEMA_DURATION, FIELD(listen), "0", "up to 10m",
	  "how long the run continues after a hit, to record what the kernel reports: "
	  "RCU stalls after some 21 s, soft lockups after some 45 s",
	  .max = 600000000000 },
	{ "memory", SCHEMA_SIZE, FIELD(memory), "0B",
	  "a multiple of 2M, at least 32M less than size",
	  "amount of anonymous memory, verified as well. It is allocated where the "
	  "dropped large folio was, so that the stale slots lead to its bytes",
	  .max = 16ULL << 30 },
	{ .name = NULL },
};

static int check(const struct scenario *scenario, const void *from, const char **key, char *why,
		 size_t size)
{
	const struct stale_settings *settings = from;

	if (settings->size % ((uint64_t)STALE_SPAN * STAMP_PAGE_SIZE)) {
		*key = "size";
		snprintf(why, size,
			 "not a multiple of 16M, the pages beneath one node; allowed: "
			 "32M, 48M, 64M, ...");
		return -EINVAL;
	}
	if (settings->memory % ((uint64_t)STALE_LARGE * STAMP_PAGE_SIZE) ||
	    settings->memory > settings->size - (32 << 20)) {
		*key = "memory";
		snprintf(why, size,
			 "not a multiple of 2M, or not 32M less than size; allowed: 0B, 2M, 4M, "
			 "... %juM",
			 (uintmax_t)(settings->size >> 20) - 32);
		return -EINVAL;
	}
	if (!backing_is_xfs(&scenario->backing)) {
		*key = "kind";
		snprintf(why, size,
			 "stale-folios is about the page cache of XFS; allowed: an XFS as backing");
		return -EINVAL;
	}
	return 0;
}

static uint64_t room(const struct scenario *scenario, const void *from)
{
	const struct stale_settings *settings = from;

	(void)scenario;
	return settings->size;
}

static bool missing(const void *settings, char *what, size_t size)
{
	const struct stale_settings *stale = settings;
	char text[256];

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		snprintf(what, size, "two processors are required: one is held");
		return true;
	}
	if (stale->holder->can(text, sizeof(text)))
		return false;
	snprintf(what, size, "workload.by = \"%s\": %s", stale->holder->name, text);
	return true;
}

static int prepare(struct workload *workload)
{
	struct stale_play *play = calloc(1, sizeof(*play));
	char why[400];
	int r;

	if (!play)
		return workload_fail(workload, -ENOMEM, "starting");
	workload->state = play;
	play->workload = workload;
	play->settings = workload->settings;
	play->fd = -1;
	play->lookup = FOLIO_LOOKUP_CLOSED;
	r = folio_lookup_open(&play->lookup);
	if (r)
		return workload_fail(workload, r, "/proc/kpageflags");
	play->settings->holder->can(play->places, sizeof(play->places));
	r = play->settings->holder->open(play, why, sizeof(why));
	if (r)
		return workload_fail(workload, 0, "%s", why);
	r = stale_file_make(play);
	if (!r)
		r = stale_reader_start(&play->adder, play);
	if (!r)
		r = stale_reader_start(&play->checker, play);
	if (!r)
		r = stale_memory_open(play);
	return r;
}

/* Leaves the last processor to the threads that are held or may spin. */
static void leave_last_processor(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	for (long i = 0; i < cpus - 1; i++)
		CPU_SET((size_t)i, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Returns the place of step `number`, and the part of the tree that stays. */
static struct stale_step place(const struct stale_play *play, uint64_t number)
{
	uint64_t pages = play->settings->size / STAMP_PAGE_SIZE;
	uint64_t first = (stale_memory_end(play) + STALE_SPAN - 1) / STALE_SPAN * STALE_SPAN;
	struct stale_step step = {
		.number = number,
		.folio = first + (number - 1) * STALE_LARGE % (pages - first),
	};

	step.page = step.folio +
		    random_value(play->workload->scenario->seed, RANDOM_AIM, number) % STALE_LARGE;
	/* Of a folio that begins after the page to read, filemap_read() copies nothing, and tries
	 * again (6.1). The first page of a slot is used for the 63 others. */
	if (play->settings->above)
		step.page -= step.page % STALE_SLOTS;
	/* Another large folio beneath the same node, but not the one that is read ahead, or a page
	 * beneath the next node. */
	step.kept = play->settings->above ? (step.folio / STALE_SPAN + 1) * STALE_SPAN % pages
					  : step.folio ^ 4UL * STALE_LARGE;
	stale_slots(STALE_LARGE_ORDER, step.page, step.kept, &step.slots);
	return step;
}

/* Removes all pages beneath the step's node from the cache, except the one that is to stay. */
static bool make_room(struct stale_play *play)
{
	const struct stale_step *step = &play->step;
	const struct folio_range range =
		stale_range(play, step->folio / STALE_SPAN * STALE_SPAN, STALE_SPAN);
	char byte;

	return stale_drop_all(&range, 1000000000) &&
	       pread(play->adder.fd, &byte, 1, (off_t)(step->kept * STAMP_PAGE_SIZE)) == 1;
}

/* Brings the large folio in. If the place of the thread is not known, the small folio may be there
 * already, which shows since it is not dropped. */
static bool bring_large(struct stale_play *play)
{
	const struct folio_range range = stale_range(play, play->step.folio, STALE_LARGE);
	char *page = play->map + play->step.page * STAMP_PAGE_SIZE;
	struct folio_place place;

	if (play->settings->holder->knows && folio_maker_find("madvise")->make(&range))
		return false;
	if (!play->settings->holder->knows && (madvise(range.map, range.size, MADV_HUGEPAGE) ||
					       madvise(page, STAMP_PAGE_SIZE, MADV_POPULATE_READ)))
		return false;
	if (folio_probe(&play->lookup, page, &place))
		return false;
	play->step.frame = place.head;
	return place.order == STALE_LARGE_ORDER;
}

static json_t *make_node(const void *at)
{
	const struct stale_play *play = at;

	return json_string(play->settings->above ? "above" : "leaf");
}

static const struct key details[] = {
	{ "places", KEY_TEXT, NULL, "where the gate holds the thread", 0,
	  KEY_AT(key_text, struct stale_play, places) },
	{ "node", KEY_TEXT, NULL, "the value of `workload.node`", 0, .make = make_node },
	{ "steps", KEY_NUMBER, NULL, "steps begun", 0,
	  KEY_AT(key_u64, struct stale_play, counts.steps) },
	{ "held_at_charge", KEY_NUMBER, NULL, "steps in which the thread reached the first hold", 0,
	  KEY_AT(key_u64, struct stale_play, counts.at_charge) },
	{ "large_folios", KEY_NUMBER, NULL, "steps in which the large folio came during that hold",
	  0, KEY_AT(key_u64, struct stale_play, counts.large) },
	{ "held_at_nodes", KEY_NUMBER, NULL, "steps in which the thread reached the second hold", 0,
	  KEY_AT(key_u64, struct stale_play, counts.at_nodes) },
	{ "dropped", KEY_NUMBER, NULL,
	  "steps in which the large folio was gone by the end of that hold", 0,
	  KEY_AT(key_u64, struct stale_play, counts.dropped) },
	{ "holds_expired", KEY_NUMBER, NULL, "steps in which a hold ended too early", 0,
	  KEY_AT(key_u64, struct stale_play, counts.expired) },
	{ "memory_verified", KEY_NUMBER, NULL, "pages of anonymous memory that were verified", 0,
	  KEY_AT(key_u64, struct stale_play, memory.verified) },
	{ "memory_met", KEY_NUMBER, NULL,
	  "steps in which anonymous memory got the place of the large folio", 0,
	  KEY_AT(key_u64, struct stale_play, memory.met) },
	KEY_END,
};

/* Reports what is known so far, since this process may die in the next step. */
static void say(struct stale_play *play)
{
	const struct stale_settings *settings = play->settings;

	workload_details(play->workload, keys_object(details, play));
	if (settings->holder->knows)
		workload_worth(play->workload,
			       "in %ju of %ju steps a large folio came while a thread was about to "
			       "add a small one, and in %ju of them it made nodes for that outside "
			       "the lock%s",
			       (uintmax_t)play->counts.large, (uintmax_t)play->counts.steps,
			       (uintmax_t)play->counts.at_nodes,
			       play->counts.at_nodes ? "" : ": this kernel does not");
	else
		workload_worth(play->workload,
			       "in %ju of %ju steps a large folio came while a thread that reads a "
			       "small one was preempted, and in %ju of them that went while it was "
			       "preempted once more: %s",
			       (uintmax_t)play->counts.large, (uintmax_t)play->counts.steps,
			       (uintmax_t)play->counts.dropped, play->places);
}

/* Drops the large folio and what the kernel read ahead with it. If the place of the adding thread
 * is not known, it may be past its hold, and then a look at the remaining pages may never
 * return. */
static bool drop_large(struct stale_play *play)
{
	/* The kernel reads a second large folio ahead, beneath the same node. */
	const struct folio_range range =
		play->settings->above
			? stale_range(play, play->step.folio / STALE_SPAN * STALE_SPAN, STALE_SPAN)
			: stale_range(play, play->step.folio, STALE_LARGE);

	if (play->settings->holder->knows)
		return stale_drop_all(&range, play->settings->hold);
	stale_drop(&range);
	return true;
}

/* Holds the adding thread twice, while a large folio is added and removed. Returns whether the
 * large folio was there at the first hold, so that the race could happen. */
static bool interleave(struct stale_play *play)
{
	const struct stale_holder *holder = play->settings->holder;
	bool filled = false;

	holder->arm(play);
	play->adder.pages[0] = play->step.page;
	play->adder.count = 1;
	stale_reader_ask(&play->adder);
	if (holder->hold(play, STALE_AT_CHARGE)) {
		play->counts.at_charge++;
		play->step.large = bring_large(play);
		play->counts.large += play->step.large;
	}
	holder->release(play, STALE_AT_CHARGE);
	if (holder->hold(play, STALE_AT_NODES)) {
		play->counts.at_nodes++;
		play->counts.dropped += drop_large(play) && play->step.large;
		/* Gives the freed memory another owner before the next read. */
		stale_memory_fill(play, true);
		filled = true;
	}
	if (holder->expired(play)) {
		play->counts.expired++;
		play->step.large = false;
	}
	holder->release(play, STALE_AT_NODES);
	if (!filled)
		stale_memory_fill(play, false);
	stale_reader_watch(&play->adder);
	say(play);
	return play->step.large;
}

/* Lists the pages to read after a step: the slot of the small folio, then the first page of each
 * other slot, then the pages of the large folio. */
static void list_pages(struct stale_play *play)
{
	const struct stale_slots *slots = &play->step.slots;
	struct stale_reader *checker = &play->checker;
	size_t n = 0;

	for (uint64_t i = 0; i < slots->pages && n < STALE_LARGE; i++)
		checker->pages[n++] = slots->first + slots->own * slots->pages + i;
	for (unsigned int i = 0; i < STALE_SLOTS; i++)
		if (i != slots->own)
			checker->pages[n++] = slots->first + i * slots->pages;
	/* Many short steps find more than few long ones. */
	for (uint64_t i = 0; play->settings->holder->knows && i < STALE_LARGE && n < STALE_CHECKED;
	     i++)
		if (stale_slot_of(slots, play->step.folio + i) < 0)
			checker->pages[n++] = play->step.folio + i;
	checker->count = n;
}

/* Waits for a reader. Returns whether it has answered; a reader that spins instead is a hit. */
static bool await(struct stale_play *play, struct stale_reader *reader)
{
	struct workload *workload = play->workload;
	uint64_t still, page;

	while (!stale_reader_answered(reader)) {
		units_sleep(1000000);
		if (!stale_reader_spins(reader, play->settings->patience, &still))
			continue;
		page = atomic_load(&workload->counts->reader[reader->index].last_page);
		stale_reader_tell_hang(reader, page, still);
		workload_stuck(workload, play->settings->listen,
			       "step %ju: reader %u has been spinning in the kernel for %.1f s: it "
			       "does not return from page %ju of stale, one of the 64 slots from "
			       "page %ju on that lead to the folio of order %d that was at page "
			       "%ju and is free",
			       (uintmax_t)play->step.number,
			       workload->counts->first_reader + (unsigned int)reader->index,
			       (double)still / 1e9, (uintmax_t)page,
			       (uintmax_t)play->step.slots.first, STALE_LARGE_ORDER,
			       (uintmax_t)play->step.folio);
		return false;
	}
	return true;
}

/* Returns whether the inspector finds something wrong, so that no reader needs to hit it. */
static bool is_wrong(struct stale_play *play)
{
	struct workload *workload = play->workload;
	struct inspect_page *inspect = workload->run->inspect;
	int wrong = inspect ? inspect_look(inspect) : 0;

	if (wrong < 0)
		workload_fail(workload, wrong, "inspecting the page cache");
	if (wrong > 0)
		workload_stuck(
			workload, play->settings->listen,
			"step %ju: the page cache of stale is wrong since page %ju was added",
			(uintmax_t)play->step.number, (uintmax_t)play->step.page);
	return wrong > 0;
}

/* Does one step. Returns whether it made a hit. */
static bool take_step(struct stale_play *play, uint64_t number)
{
	struct workload *workload = play->workload;
	bool tested;

	play->step = place(play, number);
	play->counts.steps++;
	atomic_fetch_add(&workload->counts->operations, 1);
	if (stale_memory_verify(play)) {
		workload_stuck(workload, play->settings->listen,
			       "step %ju: " STALE_MEMORY_NAME
			       " holds other bytes than were put there",
			       (uintmax_t)number);
		return true;
	}
	if (!make_room(play)) {
		atomic_fetch_add(&workload->counts->unexpected, 1);
		return false;
	}
	tested = interleave(play);
	atomic_fetch_add(&workload->counts->unexpected, !tested);
	if (!await(play, &play->adder))
		return true;
	if (is_wrong(play))
		return true;
	list_pages(play);
	play->checker.exposed = tested;
	stale_reader_ask(&play->checker);
	if (!await(play, &play->checker))
		return true;
	if (!stale_reader_wrong(&play->adder) && !stale_reader_wrong(&play->checker))
		return false;
	/* The tree is wrong, and the kernel may hang or crash when it empties it. */
	workload_stuck(workload, play->settings->listen,
		       "step %ju: pages of stale hold the bytes of others since page %ju was added",
		       (uintmax_t)number, (uintmax_t)play->step.page);
	return true;
}

static int play_stale(struct workload *workload)
{
	struct stale_play *play = workload->state;
	uint64_t steps = play->settings->steps;
	bool hit = false;

	workload_phase(workload, "stale folios");
	leave_last_processor();
	for (uint64_t n = 1; !hit && !workload_over(workload) && (!steps || n <= steps); n++)
		hit = take_step(play, n);
	return 0;
}

static void release(struct workload *workload)
{
	struct stale_play *play = workload->state;

	/* Nothing of a wrong page cache can be released, and a reader may be in it. */
	if (!play || workload_is_stuck(workload->counts))
		return;
	stale_reader_stop(&play->adder);
	stale_reader_stop(&play->checker);
	stale_memory_close(play);
	play->settings->holder->close(play);
	folio_lookup_close(&play->lookup);
	if (play->map)
		munmap(play->map, play->settings->size);
	if (play->fd >= 0)
		close(play->fd);
	free(play);
	workload->state = NULL;
}

const struct workload_kind workload_stale = {
	.schema = { .name = "stale-folios",
		    .help = "provokes the race of 5.17 to 6.9",
		    .keys = keys,
		    .size = sizeof(struct stale_settings) },
	.check = check,
	.missing = missing,
	.room = room,
	.families = KERNEL_STALE,
	.details = details,
	.events = stale_events,
	.prepare = prepare,
	.run = play_stale,
	.release = release,
};
