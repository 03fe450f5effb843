/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readers as journalctl is one: a few shared read-only windows of each file, entries by way of the
 * entry arrays, all that they refer to read and checked. They follow what is written, and seek in
 * what is archived; when a hole is announced they go where it will be felt.
 */
#include "injector/random.h"
#include "injector/report.h"
#include "injector/units.h"
#include "tools/journal/check.h"
#include "tools/journal/play.h"
#include "tools/mapped_copy.h"
#include "tools/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PAGE = STAMP_PAGE_SIZE,
	KNOWN_MAX = 64,
	BATCH = 8,
	KEY_SPOT = 0x20001000,
	KEY_WAIT = 0x20001100,
	KEY_SEEK = 0x20001200
};

/* A wrong page that was told of. */
struct known {
	struct payload_owner owner;
	uint64_t page, ticket;
};

struct journal_reader {
	struct journal_play *play;
	unsigned int number; /* of this workload's readers */
	struct reader_counts *counts;
	struct windows windows[PLAY_SLOTS_MAX]; /* changed by others under barrier, for writing */
	struct journal_walk walk;
	struct journal_slot *slot; /* that the walk is of */
	/* A page as it was taken during a punch; it is what counts of it. */
	uint64_t taken_at; /* offset; UINT64_MAX: none */
	char taken[PAGE];
	int mem_fd;
	struct folio_lookup lookup;
	uint64_t ticket, turn;
	uint64_t wait; /* from the unmapping of the hole to that of what is read, ns */
	struct payload_owner follows;
	uint64_t position; /* entry, of the file that it follows */
	struct known known[KNOWN_MAX];
	unsigned int known_count;
	struct journal_wrong wrong;
	pthread_t thread;
	bool started;
};

static uint64_t random_of(const struct journal_reader *reader, uint64_t key)
{
	return random_value(reader->play->workload->scenario->seed, key + reader->number,
			    reader->turn);
}

static void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static struct windows *windows_of(struct journal_reader *reader, const struct journal_slot *slot)
{
	return &reader->windows[slot - reader->play->slots];
}

/*
 * From /proc/self/mem the kernel takes the page without a second try, so a wrong folio gets mapped
 * (tools/readers/procmem.c); one word of it, that the reference is gone before the split.
 */
static int get_word(struct journal_reader *reader, const void *at, void *to, size_t length)
{
	if (pread(reader->mem_fd, to, length, (off_t)(uintptr_t)at) == (ssize_t)length)
		return 0;
	return errno == EIO || errno == EFAULT ? -ENODATA : -errno;
}

/* What was taken goes before what is mapped. */
static void lay_over(const struct journal_reader *reader, uint64_t offset, char *to, size_t length)
{
	uint64_t first = reader->taken_at, end = first + PAGE;

	if (first == UINT64_MAX || offset >= end || offset + length <= first)
		return;
	first = offset > first ? offset : first;
	end = offset + length < end ? offset + length : end;
	memcpy(to + (first - offset), reader->taken + (first - reader->taken_at), end - first);
}

static int get_mapped(void *context, uint64_t offset, void *to, size_t length)
{
	struct journal_reader *reader = context;
	void *at;
	int r = windows_at(windows_of(reader, reader->slot), offset, length, &at);

	if (!r)
		r = mapped_copy(to, at, length);
	if (!r)
		lay_over(reader, offset, to, length);
	return r;
}

/* Takes a page in the reader's way. Returns 0, -ENODATA where there is none, or -errno. */
static int take_page(struct journal_reader *reader, uint64_t page)
{
	uint64_t word = 0;
	void *at;
	int r = windows_at(windows_of(reader, reader->slot), page * PAGE, PAGE, &at);

	reader->taken_at = UINT64_MAX;
	if (!r && reader->mem_fd >= 0)
		r = get_word(reader, at, &word, sizeof(word));
	if (!r)
		r = mapped_copy(reader->taken, at, PAGE);
	if (r)
		return r;
	/* What came first counts. */
	if (reader->mem_fd >= 0)
		memcpy(reader->taken, &word, sizeof(word));
	reader->taken_at = page * PAGE;
	return 0;
}

/*
 * The header. How many entries there are is read first, and at once: all that they need was there
 * before it, and how long the file is after that.
 */
static int read_header(struct journal_reader *reader)
{
	const struct journal_header *header;
	struct windows *windows = windows_of(reader, reader->slot);
	uint64_t entries, arena;
	void *at;
	int r = windows_at(windows, 0, sizeof(*header), &at);

	if (r)
		return r;
	header = at;
	r = mapped_load(&entries, &header->entries);
	if (!r)
		r = mapped_load(&arena, &header->arena_size);
	if (!r)
		r = journal_walk_header(&reader->walk);
	if (r)
		return r;
	reader->walk.header.entries = entries;
	reader->walk.source.size = reader->walk.header.header_size + arena;
	return 0;
}

/* The page as the reader has it, when it is not what the file holds. Returns NULL where it is. */
static const char *wrong_page(struct journal_reader *reader, uint64_t offset, char *page)
{
	char beneath[PAGE];

	offset = offset / PAGE * PAGE;
	if (get_mapped(reader, offset, page, PAGE) ||
	    pread(reader->slot->mount_fd, beneath, PAGE, (off_t)offset) != PAGE)
		return NULL;
	return memcmp(page, beneath, PAGE) ? page : NULL;
}

static bool wrong_from(const struct journal_question *question, const struct journal_source *source)
{
	struct journal_walk walk;
	struct journal_wrong wrong;
	int r = journal_walk_open(&walk, source);

	if (!r)
		r = journal_ask(&walk, question, &wrong);
	journal_walk_close(&walk);
	return r == -EBADMSG || r == -ENODATA;
}

static int get_fresh(void *context, uint64_t offset, void *to, size_t length)
{
	void *at;
	int r = windows_at(context, offset, length, &at);

	return r ? r : mapped_copy(to, at, length);
}

/* Asks once more: in the same mapping, of the page cache, through a mapping made for it. */
static void ask_again(struct journal_reader *reader, const struct journal_question *question,
		      struct reader_hit *hit)
{
	int fd = reader->slot->mount_fd;
	struct windows fresh = { .fd = fd, .max = 2 };
	struct journal_source source = reader->walk.source;

	hit->again_wrong = wrong_from(question, &source);
	source.get = journal_get_file;
	source.context = &fd;
	hit->pread_wrong = wrong_from(question, &source);
	source.get = get_fresh;
	source.context = &fresh;
	hit->fresh_wrong = wrong_from(question, &source);
	windows_close(&fresh);
}

/* A wrong mapping is read again and again: one report a page and punch. */
static bool is_news(struct journal_reader *reader, uint64_t page, uint64_t ticket)
{
	const struct payload_owner *owner = &reader->slot->owner;
	struct known *known;

	for (unsigned int i = 0; i < KNOWN_MAX && i < reader->known_count; i++) {
		known = &reader->known[i];
		if (known->page == page && known->ticket == ticket &&
		    known->owner.file == owner->file &&
		    known->owner.generation == owner->generation)
			return false;
	}
	known = &reader->known[reader->known_count++ % KNOWN_MAX];
	*known = (struct known){ .owner = *owner, .page = page, .ticket = ticket };
	return true;
}

static void tell(struct journal_reader *reader, const struct journal_question *question,
		 bool missing)
{
	struct journal_play *play = reader->play;
	struct journal_wrong *wrong = &reader->wrong;
	char copy[PAGE];
	const char *page = wrong_page(reader, wrong->offset, copy);
	struct reader_hit hit = {
		.time = units_now(),
		.ticket = atomic_load(&play->stage.ticket),
		.reader = play->workload->counts->first_reader + reader->number,
		.file = reader->slot->owner.file,
	};

	const uint64_t others[] = { wrong->other, reader->taken_at };

	/* Of the pages that may be the wrong one, the one that is not as in the file. */
	for (size_t i = 0; i < 2 && !page; i++)
		if (others[i] && others[i] != UINT64_MAX) {
			page = wrong_page(reader, others[i], copy);
			if (page)
				wrong->offset = others[i];
		}
	hit.page = wrong->offset / PAGE;
	if (!is_news(reader, hit.page, hit.ticket))
		return;
	journal_classify(wrong, reader->slot->owner, page, reader->slot->mount_fd, 512,
			 &hit.judgement);
	if (missing)
		hit.judgement.class = WRONG_MISSING;
	hit.folio = play->stage.slot == reader->slot ? play->stage.folio : hit.page;
	hit.first_of_punch =
		hit.ticket && atomic_exchange(&play->hit_ticket, hit.ticket) != hit.ticket;
	reader->taken_at = UINT64_MAX;
	ask_again(reader, question, &hit);
	workload_hit(play->workload, &hit);
}

static uint64_t captures(const struct journal_reader *reader)
{
	struct workload *workload = reader->play->workload;
	unsigned int number = workload->counts->first_reader + reader->number;

	return workload->run->witness && number < GATE_READERS
		       ? witness_captures(workload->run->witness, number)
		       : 0;
}

/* What came of an access that did not go well. Returns 1 when the bytes were wrong, else the error. */
static int found(struct journal_reader *reader, const struct journal_question *question, int error)
{
	if (error != -EBADMSG && error != -ENODATA)
		return error;
	/* Nobody cuts a file that readers are in: barrier. */
	if (error == -ENODATA) {
		reader->wrong.offset = question->data;
		reader->wrong.other = 0;
		reader->wrong.seen_length = 0;
	}
	count(&reader->counts->wrong);
	tell(reader, question, error == -ENODATA);
	return 1;
}

/* Returns 0; 1 when wrong bytes were found; else -errno, and the run ends. */
static int ask(struct journal_reader *reader, const struct journal_question *question)
{
	uint64_t captured = captures(reader);
	int r = journal_ask(&reader->walk, question, &reader->wrong);

	count(&reader->counts->heartbeat);
	if (!r || r == -EBADMSG || r == -ENODATA)
		count(&reader->counts->reads);
	if (r)
		r = found(reader, question, r);
	reader->taken_at = UINT64_MAX;
	if (r)
		return r;
	atomic_fetch_add(&reader->counts->healed, captures(reader) - captured);
	return 0;
}

/* Begins with a slot. Its header is whole from the time on that the slot is active. Returns as ask()
 * does. */
static int enter(struct journal_reader *reader, struct journal_slot *slot)
{
	const struct journal_question question = { .owner = slot->owner };
	int r;

	reader->slot = slot;
	reader->walk.source = (struct journal_source){
		.get = get_mapped,
		.context = reader,
		.size = INT64_MAX,
	};
	r = read_header(reader);
	if (r == -EBADMSG) {
		reader->wrong.offset = reader->walk.wrong_at;
		reader->wrong.other = 0;
		reader->wrong.seen_length = 0;
	}
	return r ? found(reader, &question, r) : 0;
}

/* The address of an offset of the slot at hand, for looking it up in the page table. */
static const void *address_of(struct journal_reader *reader, uint64_t offset)
{
	void *at;

	return windows_at(windows_of(reader, reader->slot), offset, 1, &at) ? NULL : at;
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

/*
 * Until the punch has taken its own pages out of the page table, and then about as long as it took
 * in punches before until the split took `page`, another one of the folio. Looking there takes no
 * reference, so it does not disturb the split. Every fourth time measures.
 */
static void wait_for_the_split(struct journal_reader *reader, const void *hole, const void *page)
{
	uint64_t began, took;

	while (is_mapped(reader, hole) && before_the_end(reader))
		count(&reader->counts->heartbeat);
	began = units_now();
	if (reader->turn % 4 == 0 || !reader->wait) {
		while (is_mapped(reader, page) && before_the_end(reader))
			count(&reader->counts->heartbeat);
		took = units_now() - began;
		reader->wait = reader->wait ? (reader->wait * 3 + took) / 4 : took;
		atomic_store_explicit(&reader->counts->wait, reader->wait, memory_order_relaxed);
		return;
	}
	/* 0.75 to 1.5 of it. */
	took = reader->wait * (768 + random_of(reader, KEY_WAIT) % 768) / 1024;
	while (units_now() - began < took)
		;
}

/* One look at the page that the punch exposes. Returns as ask() does. */
static int look(struct journal_reader *reader, const struct journal_spot *spot)
{
	const struct journal_stage *stage = &reader->play->stage;
	struct journal_question question = { .owner = reader->slot->owner, .data = spot->data };
	int from = atomic_load(&stage->phase), r;
	uint64_t faults = reader_faults();

	atomic_store_explicit(&reader->counts->last_page, spot->page, memory_order_relaxed);
	r = take_page(reader, spot->page);
	if (r && r != -ENODATA)
		return r;
	r = r ? found(reader, &question, r) : ask(reader, &question);
	/* It overlapped the punch, and looked the page cache up. */
	if (from <= STAGE_PUNCHING && atomic_load(&stage->phase) >= STAGE_PUNCHING &&
	    reader_faults() != faults)
		count(&reader->counts->exposures);
	return r;
}

static bool is_in_hole(const struct journal_stage *stage, uint64_t page)
{
	return page >= stage->hole.offset / PAGE &&
	       page * PAGE < stage->hole.offset + stage->hole.length;
}

/* At the hole that is announced. */
static int attend(struct journal_reader *reader, uint64_t ticket)
{
	struct journal_play *play = reader->play;
	struct journal_stage *stage = &play->stage;
	const struct journal_spot *spot;
	const void *hole, *page;
	bool gated = play->workload->run->witness && play->workload->scenario->gate.meet, within;
	int r;

	reader->ticket = ticket;
	reader->turn++;
	if (atomic_load(&stage->phase) != STAGE_GATHER || !stage->spot_count)
		return 0;
	r = enter(reader, stage->slot);
	if (r)
		return r < 0 ? r : 0;
	spot = &stage->spots[random_of(reader, KEY_SPOT) % stage->spot_count];
	within = is_in_hole(stage, spot->page);
	hole = address_of(reader, stage->hole.offset);
	if (hole)
		touch(hole);
	/* The page where a hole begins goes with the hole; the one before it with the split. */
	page = address_of(reader, (spot->page - within) * PAGE);
	if (!hole || !page)
		return 0;
	touch(page);
	touch((const char *)page + (within ? PAGE : 0));
	atomic_store(&stage->arrived[reader->number], ticket);
	if (!gated)
		wait_for_the_split(reader, hole, page);
	else
		while (is_mapped(reader, hole) && before_the_end(reader))
			count(&reader->counts->heartbeat);
	do
		r = look(reader, spot);
	while (gated && !r && before_the_end(reader));
	/* What it left behind. */
	for (unsigned int i = 0; i < 8 && r >= 0; i++)
		r = look(reader, &stage->spots[(reader->turn + i) % stage->spot_count]);
	return r < 0 ? r : 0;
}

/* Entries one after another, where the reader last was, of the newest file. */
static int follow(struct journal_reader *reader, struct journal_slot *slot)
{
	struct journal_question question = { .owner = slot->owner };
	int r = enter(reader, slot);

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
		r = ask(reader, &question);
	}
	return r < 0 ? r : 0;
}

/* Some entries in a row, anywhere. */
static int seek(struct journal_reader *reader, struct journal_slot *slot, uint64_t random)
{
	struct journal_question question = { .owner = slot->owner };
	int r = enter(reader, slot);

	if (r)
		return r < 0 ? r : 0;
	if (!reader->walk.header.entries)
		return 0;
	question.entry = random % reader->walk.header.entries;
	for (unsigned int i = 0; i < BATCH && r >= 0; i++, question.entry++)
		if (question.entry < reader->walk.header.entries)
			r = ask(reader, &question);
	return r < 0 ? r : 0;
}

static int step(struct journal_reader *reader)
{
	struct journal_play *play = reader->play;
	uint64_t ticket = atomic_load(&play->stage.ticket), random;
	struct journal_slot *slot = NULL, *any;
	int r = 0;

	if (ticket != reader->ticket && atomic_load(&play->stage.phase) == STAGE_GATHER)
		return attend(reader, ticket);
	reader->turn++;
	random = random_of(reader, KEY_SEEK);
	for (unsigned int i = 0; i < play->slot_count && !slot; i++)
		if (atomic_load(&play->slots[i].state) == SLOT_ACTIVE)
			slot = &play->slots[i];
	any = &play->slots[(random >> 8) % play->slot_count];
	if (random & 1 && atomic_load(&any->state) != SLOT_EMPTY)
		r = seek(reader, any, random >> 16);
	else if (slot)
		r = follow(reader, slot);
	count(&reader->counts->heartbeat);
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
	/* All of them, before any of their windows is to be let go. */
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
		windows_let_go(windows_of(&play->readers[i], slot));
}

void play_forget(struct journal_play *play, const struct journal_slot *slot)
{
	for (unsigned int i = 0; i < play->reader_count; i++)
		windows_close(windows_of(&play->readers[i], slot));
}
