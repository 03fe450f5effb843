/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader's accesses: gets bytes, checks them, and reports wrong ones.
 *
 * One effect is counted separately and not judged: it is not the race, and all kernels with large
 * folios on XFS have it, the fixed ones too (measured: 6.18.44). XFS removes whole pages from the
 * page cache, including those in which the hole begins and ends (xfs_flush_unmap_range()). In a
 * large folio the kernel zeroes these first (truncate_inode_partial_folio()). A reader that has
 * mapped the page again meanwhile sees zeros, also beside the hole, until the page is read again.
 */
#include "injector/base/extreme.h"
#include "injector/base/units.h"
#include "tools/ipc/worker_shared.h"
#include "tools/reading/mapped_copy.h"
#include "tools/workloads/journal/reader_parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Reads one word from /proc/self/mem. There the kernel takes the page without a second look-up, so
 * a wrong folio is mapped (tools/reading/readers/procmem.c). Only one word, so that the reference
 * is dropped before the split. */
static int get_word(struct journal_reader *reader, const void *at, void *to, size_t length)
{
	if (pread(reader->mem_fd, to, length, (off_t)(uintptr_t)at) == (ssize_t)length)
		return 0;
	return errno == EIO || errno == EFAULT ? -ENODATA : -errno;
}

/* Pages that were taken by reader_take() replace those of the mapping. */
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
	int r = windows_at(reader_windows(reader, reader->slot), offset, length, &at);

	if (!r)
		r = mapped_copy(to, at, length);
	if (!r)
		lay_over(reader, offset, to, length);
	return r;
}

int reader_take(struct journal_reader *reader, uint64_t page)
{
	uint64_t word = 0;
	void *at;
	int r = windows_at(reader_windows(reader, reader->slot), page * PAGE, PAGE, &at);

	reader->taken_at = UINT64_MAX;
	reader->taken_from = atomic_load(&reader->play->stage.phase);
	if (!r && reader->mem_fd >= 0)
		r = get_word(reader, at, &word, sizeof(word));
	if (!r)
		r = mapped_copy(reader->taken, at, PAGE);
	if (r)
		return r;
	/* The first access counts. */
	if (reader->mem_fd >= 0)
		memcpy(reader->taken, &word, sizeof(word));
	reader->taken_at = page * PAGE;
	return 0;
}

/* Reads the header. The number of entries is read first, in one access: all that they refer to was
 * written before it, and the size of the file is read after it. */
static int read_header(struct journal_reader *reader)
{
	const struct journal_header *header;
	struct windows *windows = reader_windows(reader, reader->slot);
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

/* Returns the page as the reader has it, if it differs from the file, else NULL. */
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
	struct journal_walk walk = { .source = *source };
	struct journal_wrong wrong;
	int r = question->layout ? 0 : journal_walk_open(&walk, source);

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

/* Repeats the access: in the same mapping, by pread(2), and in a new mapping. */
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

/* ticket: 0: of any punch. */
static bool is_known(const struct journal_reader *reader, uint64_t page, uint64_t ticket)
{
	const struct payload_owner *owner = &reader->slot->owner;

	for (unsigned int i = 0; i < KNOWN_MAX && i < reader->known_count; i++) {
		const struct known *known = &reader->known[i];

		if (known->page == page && (!ticket || known->ticket == ticket) &&
		    known->owner.file == owner->file &&
		    known->owner.generation == owner->generation)
			return true;
	}
	return false;
}

/* Returns whether the present punch can have given the wrong page. Before it, all mappings of its
 * file are let go if the folios are made large; else a wrong one stays, and is of an earlier punch.
 */
static bool is_of_punch(const struct journal_reader *reader, uint64_t page)
{
	const struct journal_play *play = reader->play;

	return atomic_load(&play->stage.phase) >= STAGE_PUNCHING &&
	       play->stage.slot == reader->slot &&
	       (play->settings->huge_folios || !is_known(reader, page, 0));
}

/* Returns whether a hit is to be reported: one for each page and punch. A wrong mapping is read
 * many times. */
static bool is_news(struct journal_reader *reader, uint64_t page, uint64_t ticket)
{
	const struct payload_owner *owner = &reader->slot->owner;
	struct known *known;

	if (is_known(reader, page, ticket))
		return false;
	known = &reader->known[reader->known_count++ % KNOWN_MAX];
	*known = (struct known){ .owner = *owner, .page = page, .ticket = ticket };
	return true;
}

static uint64_t captures(const struct journal_reader *reader)
{
	struct workload *workload = reader->play->workload;
	unsigned int number = workload->counts->first_reader + reader->number;

	return workload->run->witness && number < GATE_READERS
		       ? witness_captures(workload->run->witness, number)
		       : 0;
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
	bool of_punch;

	/* Of the pages that may be wrong, the one that differs from the file. */
	for (size_t i = 0; i < 2 && !page; i++)
		if (others[i] && others[i] != UINT64_MAX) {
			page = wrong_page(reader, others[i], copy);
			if (page)
				wrong->offset = others[i];
		}
	hit.page = wrong->offset / PAGE;
	of_punch = is_of_punch(reader, hit.page);
	if (!is_news(reader, hit.page, hit.ticket))
		return;
	journal_classify(wrong, reader->slot->owner, page, reader->slot->mount_fd, 512,
			 &hit.judgement);
	if (missing)
		hit.judgement.class = WRONG_MISSING;
	hit.folio = play->stage.slot == reader->slot ? play->stage.folio : hit.page;
	hit.first_of_punch = of_punch && extreme_raise(&play->hit_ticket, hit.ticket);
	reader->taken_at = UINT64_MAX;
	ask_again(reader, question, &hit);
	/* What was captured meanwhile is not of the next question. */
	reader->captured = captures(reader);
	workload_hit(play->workload, &hit);
}

int reader_found(struct journal_reader *reader, const struct journal_question *question, int error)
{
	if (error != -EBADMSG && error != -ENODATA)
		return error;
	/* By barrier, no file is truncated while readers use it. */
	if (error == -ENODATA) {
		reader->wrong.offset = question->data;
		reader->wrong.other = 0;
		reader->wrong.seen_length = 0;
	}
	reader_count(&reader->counts->wrong);
	tell(reader, question, error == -ENODATA);
	return 1;
}

/* Counts a punch during which a look-up got a folio without its page. */
static void count_capture(struct journal_play *play, uint64_t captured)
{
	uint64_t ticket = atomic_load(&play->stage.ticket);

	if (captured && ticket && extreme_raise(&play->capture_ticket, ticket))
		atomic_fetch_add(&play->workload->run->shared->punches_captured, 1);
}

/* Returns whether the hole that is being punched begins or ends in the page. */
static bool is_edge(const struct journal_stage *stage, uint64_t offset)
{
	uint64_t end = stage->hole.offset + stage->hole.length;

	return (stage->hole.offset % PAGE && offset / PAGE == stage->hole.offset / PAGE) ||
	       (end % PAGE && offset / PAGE == end / PAGE);
}

/* Returns whether the wrong bytes are the effect described at the top of this file. from: phase of
 * the stage before the access. */
static bool is_edge_zeroed(struct journal_reader *reader, int from)
{
	const struct journal_stage *stage = &reader->play->stage;
	const struct journal_wrong *wrong = &reader->wrong;
	const char *page = wrong->offset / PAGE == reader->taken_at / PAGE ? reader->taken : NULL;

	return reader->slot == stage->slot && from != STAGE_DONE &&
	       atomic_load(&stage->phase) >= STAGE_PUNCHING && is_edge(stage, wrong->offset) &&
	       journal_only_zeros(wrong, page, reader->slot->mount_fd);
}

int reader_ask(struct journal_reader *reader, const struct journal_question *question)
{
	int from = reader->taken_at != UINT64_MAX ? reader->taken_from
						  : atomic_load(&reader->play->stage.phase);
	uint64_t before = reader->captured, captured;
	int r = journal_ask(&reader->walk, question, &reader->wrong);

	/* Includes captures by reader_take() for this question. */
	reader->captured = captures(reader);
	captured = reader->captured - before;
	count_capture(reader->play, captured);
	reader_count(&reader->counts->heartbeat);
	if (r == -EBADMSG && is_edge_zeroed(reader, from)) {
		reader_count(&reader->counts->not_judged);
		reader_count(&reader->play->edge_zeros);
		reader->taken_at = UINT64_MAX;
		return 0;
	}
	if (!r || r == -EBADMSG || r == -ENODATA)
		reader_count(&reader->counts->reads);
	if (r)
		r = reader_found(reader, question, r);
	else
		atomic_fetch_add(&reader->counts->healed, captured);
	reader->taken_at = UINT64_MAX;
	return r;
}

int reader_enter(struct journal_reader *reader, struct journal_slot *slot)
{
	const struct journal_question question = { .owner = slot->owner };
	const struct journal_layout *layout = play_layout(reader->play->settings);
	int r;

	reader->slot = slot;
	reader->walk.source = (struct journal_source){
		.get = get_mapped,
		.context = reader,
		.size = layout ? layout->size : INT64_MAX,
	};
	if (layout)
		return 0;
	r = read_header(reader);
	if (r == -EBADMSG) {
		reader->wrong.offset = reader->walk.wrong_at;
		reader->wrong.other = 0;
		reader->wrong.seen_length = 0;
	}
	return r ? reader_found(reader, &question, r) : 0;
}
