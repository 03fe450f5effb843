/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/reader.h"
#include "injector/base/random.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/reading/engine_wait.h"
#include "tools/reading/mapped_copy.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/workloads/journal/reader_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 8, KEY_SPOT = 0x20001000, KEY_WAIT = 0x20001100, KEY_SEEK = 0x20001200 };

static uint64_t random_of(const struct journal_reader *reader, uint64_t key)
{
	return random_value(reader->play->workload->scenario->seed, key + reader->number,
			    reader->turn);
}

/* Returns the address of `length` bytes in the current slot, to look them up in the page table, or
 * NULL. */
static const void *address_of(struct journal_reader *reader, uint64_t offset, size_t length)
{
	void *at;

	return windows_at(reader_windows(reader, reader->slot), offset, length, &at) ? NULL : at;
}

static bool is_mapped(const struct journal_reader *reader, const void *address)
{
	return folio_is_mapped(&reader->lookup, address) == 1;
}

static bool before_the_end(const struct journal_reader *reader)
{
	return atomic_load(&reader->play->stage.phase) < STAGE_DONE &&
	       !atomic_load(&reader->play->stop);
}

static void touch(const void *address)
{
	char byte;

	(void)mapped_copy(&byte, address, 1);
}

static void spin(uint64_t from, uint64_t nanoseconds)
{
	while (units_now() - from < nanoseconds)
		;
}

/*
 * Waits until the punch has removed its own pages from the page table, which is its first step.
 * Then, in turn, until the split has unmapped `page`, another page of the folio, and up to eight
 * looks longer: the freeze follows, by an unknown time that depends on the machine as a look does.
 * Or for the shortest time that this has taken, without watching the kernel all the time.
 *
 * A look takes no reference, so it does not disturb the split.
 */
static void wait_for_the_split(struct journal_reader *reader, const void *hole, const void *page)
{
	uint64_t began, now, last, random = random_of(reader, KEY_WAIT);

	while (is_mapped(reader, hole) && before_the_end(reader))
		reader_count(&reader->counts->heartbeat);
	began = now = units_now();
	if (reader->turn % 2 && reader->wait) {
		spin(began, reader->wait * (960 + random % 384) / 1024);
		return;
	}
	do {
		last = now;
		reader_count(&reader->counts->heartbeat);
		if (!is_mapped(reader, page))
			break;
		now = units_now();
	} while (before_the_end(reader));
	now = units_now();
	/* Grows slowly again, since the shortest time may have been that of another folio. */
	reader->wait += reader->wait / 16;
	if (!reader->wait || now - began < reader->wait)
		reader->wait = now - began;
	atomic_store_explicit(&reader->counts->wait, reader->wait, memory_order_relaxed);
	spin(now, random % (8 * (now - last) + 1));
}

/* Waits until the schedule's engine lets it go. */
static void wait_for_the_engine(struct journal_reader *reader)
{
	struct workload *workload = reader->play->workload;

	while (!engine_wait_look(workload->schedule, reader->ticket, !workload->run->engine) &&
	       before_the_end(reader))
		reader_count(&reader->counts->heartbeat);
}

/* Reads the page that the punch exposes, once. Returns as reader_ask(). */
static int look(struct journal_reader *reader, const struct journal_spot *spot)
{
	struct journal_stage *stage = &reader->play->stage;
	struct journal_question question = {
		.owner = reader->slot->owner,
		.layout = play_layout(reader->play->settings),
		.data = spot->data,
	};
	int from = atomic_load(&stage->phase), r;
	uint64_t faults = reader_faults();

	atomic_store_explicit(&reader->counts->last_page, spot->page, memory_order_relaxed);
	r = reader_take(reader, spot->page);
	if (r && r != -ENODATA)
		return r;
	r = r ? reader_found(reader, &question, r) : reader_ask(reader, &question);
	/* The access overlapped the punch, and looked up the page cache. */
	if (from > STAGE_PUNCHING || atomic_load(&stage->phase) < STAGE_PUNCHING ||
	    reader_faults() == faults)
		return r;
	reader_count(&reader->counts->exposures);
	if (play_can_hit(reader->play) &&
	    passage_note_exposure(&stage->passage, (uint32_t)reader->ticket))
		atomic_fetch_add(&reader->play->workload->run->shared->passages, 1);
	return r;
}

static bool is_in_hole(const struct journal_stage *stage, uint64_t page)
{
	return page >= stage->hole.offset / PAGE &&
	       page * PAGE < stage->hole.offset + stage->hole.length;
}

/* Waits until the moment to look. hole, page: mapped, to see when they are unmapped. */
static void wait_beside(struct journal_reader *reader, const void *hole, const void *page,
			bool gated)
{
	struct workload *workload = reader->play->workload;

	if (!reader->number && workload->schedule && scenario_holds_reader(workload->scenario))
		wait_for_the_engine(reader);
	else if (!gated)
		wait_for_the_split(reader, hole, page);
	else
		while (is_mapped(reader, page) && before_the_end(reader))
			reader_count(&reader->counts->heartbeat);
}

/* Reads at the announced hole. */
static int attend(struct journal_reader *reader, uint64_t ticket)
{
	struct journal_play *play = reader->play;
	struct journal_stage *stage = &play->stage;
	const struct journal_spot *spot;
	const void *hole, *page;
	struct schedule_page *schedule = reader->number ? NULL : play->workload->schedule;
	bool gated = play->workload->run->witness && play->workload->scenario->gate.meet, within;
	int r;

	reader->ticket = ticket;
	reader->turn++;
	if (atomic_load(&stage->phase) != STAGE_GATHER || !stage->spot_count)
		return 0;
	r = reader_enter(reader, stage->slot);
	if (r)
		return r < 0 ? r : 0;
	spot = &stage->spots[random_of(reader, KEY_SPOT) % stage->spot_count];
	within = is_in_hole(stage, spot->page);
	hole = address_of(reader, stage->hole.offset, 1);
	if (hole)
		touch(hole);
	/* The page in which the hole begins is unmapped by the punch, the one before it by the
	 * split. */
	page = address_of(reader, (spot->page - within) * PAGE, within ? PAGE + 1 : 1);
	if (!hole || !page)
		return 0;
	touch(page);
	touch((const char *)page + (within ? PAGE : 0));
	if (schedule) {
		engine_wait_begin();
		engine_wait_offer(schedule, ticket, spot->page, spot->page, spot->part, true);
	}
	atomic_store(&stage->arrived[reader->number], ticket);
	wait_beside(reader, hole, page, gated);
	do
		r = look(reader, spot);
	while (gated && !r && before_the_end(reader));
	if (schedule)
		engine_wait_end();
	/* A few more looks after the punch. */
	for (unsigned int i = 0; i < 8 && r >= 0; i++)
		r = look(reader, &stage->spots[(reader->turn + i) % stage->spot_count]);
	return r < 0 ? r : 0;
}

/* Reads entries of the newest file one after another, from the last position on. */
static int follow(struct journal_reader *reader, struct journal_slot *slot)
{
	struct journal_question question = { .owner = slot->owner };
	int r = reader_enter(reader, slot);

	if (r)
		return r < 0 ? r : 0;
	if (reader->follows.generation != slot->owner.generation) {
		reader->follows = slot->owner;
		reader->position = 0;
	}
	for (unsigned int i = 0; i < BATCH && r >= 0; i++) {
		if (reader->position >= reader->walk.header.entries)
			return 0;
		question.entry = reader->position++;
		r = reader_ask(reader, &question);
	}
	return r < 0 ? r : 0;
}

/* Reads some consecutive entries anywhere. */
static int seek(struct journal_reader *reader, struct journal_slot *slot, uint64_t random)
{
	struct journal_question question = { .owner = slot->owner };
	int r = reader_enter(reader, slot);

	if (r)
		return r < 0 ? r : 0;
	if (!reader->walk.header.entries)
		return 0;
	question.entry = random % reader->walk.header.entries;
	for (unsigned int i = 0; i < BATCH && r >= 0; i++, question.entry++)
		if (question.entry < reader->walk.header.entries)
			r = reader_ask(reader, &question);
	return r < 0 ? r : 0;
}

/* Reads pages anywhere in a layout. */
static int browse(struct journal_reader *reader, struct journal_slot *slot, uint64_t random)
{
	const struct journal_layout *layout = play_layout(reader->play->settings);
	struct journal_question question = { .owner = slot->owner, .layout = layout };
	uint64_t page = random % (layout->size / PAGE);
	int r = reader_enter(reader, slot);

	for (unsigned int i = 0; i < BATCH && r >= 0; i++, page++) {
		question.data = page * PAGE;
		if (question.data < layout->size && layout_holds(layout, question.data, PAGE))
			r = reader_ask(reader, &question);
	}
	return r < 0 ? r : 0;
}

static int read_layout(struct journal_reader *reader, uint64_t random)
{
	const struct journal_play *play = reader->play;
	struct journal_slot *slot = &reader->play->slots[(random >> 8) % play->slot_count];
	int state = atomic_load(&slot->state);

	/* A file that is being filled has no holes yet. */
	return state == SLOT_ARCHIVING || state == SLOT_ARCHIVED
		       ? browse(reader, slot, random >> 16)
		       : 0;
}

static int read_journal(struct journal_reader *reader, uint64_t random)
{
	struct journal_play *play = reader->play;
	struct journal_slot *slot = NULL, *any = &play->slots[(random >> 8) % play->slot_count];

	for (unsigned int i = 0; i < play->slot_count && !slot; i++)
		if (atomic_load(&play->slots[i].state) == SLOT_ACTIVE)
			slot = &play->slots[i];
	if (random & 1 && atomic_load(&any->state) != SLOT_EMPTY)
		return seek(reader, any, random >> 16);
	return slot ? follow(reader, slot) : 0;
}

static int step(struct journal_reader *reader)
{
	struct journal_play *play = reader->play;
	uint64_t ticket = atomic_load(&play->stage.ticket), random;
	int r;

	if (ticket != reader->ticket && atomic_load(&play->stage.phase) == STAGE_GATHER)
		return attend(reader, ticket);
	reader->turn++;
	random = random_of(reader, KEY_SEEK);
	r = play_layout(play->settings) ? read_layout(reader, random)
					: read_journal(reader, random);
	reader_count(&reader->counts->heartbeat);
	return r;
}

static int prepare(struct journal_reader *reader)
{
	int r = folio_lookup_open(&reader->lookup);

	if (r)
		return workload_fail(reader->play->workload, r, "looking up folios");
	if (reader->play->settings->readers.procmem) {
		reader->mem_fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
		if (reader->mem_fd < 0)
			return workload_fail(reader->play->workload, -errno, "/proc/self/mem");
	}
	r = workload_add_reader(reader->play->workload);
	if (r < 0)
		return workload_fail(reader->play->workload, r, "a reader more");
	reader->number = (unsigned int)r;
	reader->counts = &reader->play->workload->counts->reader[r];
	play_pin(reader->play, r);
	return 0;
}

static void *run(void *argument)
{
	struct journal_reader *reader = argument;
	struct journal_play *play = reader->play;
	int r = prepare(reader);

	while (!r && !atomic_load(&play->stop)) {
		pthread_rwlock_rdlock(&play->barrier);
		r = step(reader);
		pthread_rwlock_unlock(&play->barrier);
		if (r)
			workload_fail(play->workload, r, "reading");
		if (play->settings->readers.pace)
			units_sleep(play->settings->readers.pace);
	}
	if (r)
		play_failed(play, r);
	return NULL;
}

int play_start_readers(struct journal_play *play)
{
	unsigned int count_wanted = (unsigned int)play->settings->readers.count;

	play->readers = calloc(count_wanted, sizeof(*play->readers));
	if (!play->readers)
		return -ENOMEM;
	for (unsigned int i = 0; i < count_wanted; i++) {
		struct journal_reader *reader = &play->readers[i];

		reader->play = play;
		reader->mem_fd = -1;
		reader->taken_at = UINT64_MAX;
		reader->lookup = FOLIO_LOOKUP_CLOSED;
		for (unsigned int n = 0; n < play->slot_count; n++)
			reader->windows[n] = (struct windows){
				.fd = play->slots[n].mount_fd,
				.max = (unsigned int)play->settings->readers.windows,
			};
	}
	/* Counted before any window may be released. */
	play->reader_count = count_wanted;
	for (unsigned int i = 0; i < count_wanted; i++) {
		int r = pthread_create(&play->readers[i].thread, NULL, run, &play->readers[i]);

		if (r)
			return -r;
		play->readers[i].started = true;
	}
	return 0;
}

void play_join_readers(struct journal_play *play)
{
	for (unsigned int i = 0; i < play->reader_count; i++) {
		struct journal_reader *reader = &play->readers[i];

		if (reader->started)
			pthread_join(reader->thread, NULL);
		for (unsigned int n = 0; n < play->slot_count; n++)
			windows_close(&reader->windows[n]);
		journal_walk_close(&reader->walk);
		folio_lookup_close(&reader->lookup);
		if (reader->mem_fd >= 0)
			close(reader->mem_fd);
	}
	free(play->readers);
	play->readers = NULL;
	play->reader_count = 0;
}

void play_let_go(struct journal_play *play, const struct journal_slot *slot)
{
	for (unsigned int i = 0; i < play->reader_count; i++)
		windows_let_go(reader_windows(&play->readers[i], slot));
}

void play_forget(struct journal_play *play, const struct journal_slot *slot)
{
	for (unsigned int i = 0; i < play->reader_count; i++)
		windows_close(reader_windows(&play->readers[i], slot));
}
