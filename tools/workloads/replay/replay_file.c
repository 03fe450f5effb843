/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/replay/replay_file.h"
#include "injector/base/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The state of a page: its kind, the number of unfinished changes, and the number of all. */
enum {
	ZEROS,
	DATA,
	EITHER,
	UNKNOWN,
	KIND_MASK = 3,
	ACTIVE_ONE = 4,
	ACTIVE_MASK = 0x3ffc,
	SHARED = 0x4000, /* changes have overlapped since the last time without any */
	VERSION_ONE = 0x8000,
};

int replay_file_init(struct replay_file *file, uint64_t largest)
{
	file->pages = (largest + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE;
	file->state = calloc(file->pages + 1, sizeof(*file->state));
	if (!file->state)
		return report(-ENOMEM, "the states of %ju pages", (uintmax_t)file->pages);
	pthread_mutex_init(&file->lock, NULL);
	pthread_mutex_init(&file->placing, NULL);
	return 0;
}

void replay_file_destroy(struct replay_file *file)
{
	if (!file->state)
		return;
	pthread_mutex_destroy(&file->lock);
	pthread_mutex_destroy(&file->placing);
	free((void *)file->state);
	file->state = NULL;
}

/* The pages that a range touches: [first, last). */
static void touched(const struct replay_file *file, uint64_t offset, uint64_t length,
		    uint64_t *first, uint64_t *last)
{
	uint64_t end = offset + length < offset ? UINT64_MAX - STAMP_PAGE_SIZE : offset + length;

	*first = offset / STAMP_PAGE_SIZE;
	*last = (end + STAMP_PAGE_SIZE - 1) / STAMP_PAGE_SIZE;
	if (*last > file->pages)
		*last = file->pages;
}

void replay_change_begin(struct replay_file *file, uint64_t offset, uint64_t length)
{
	uint64_t first, last;

	touched(file, offset, length, &first, &last);
	pthread_mutex_lock(&file->lock);
	for (uint64_t page = first; page < last && length; page++) {
		uint32_t state = atomic_load_explicit(&file->state[page], memory_order_relaxed);

		if (state & ACTIVE_MASK)
			state |= SHARED;
		atomic_store(&file->state[page], state + ACTIVE_ONE + VERSION_ONE);
	}
	pthread_mutex_unlock(&file->lock);
}

/* Returns the kind of a page after a change of a part of it, or all. */
static uint32_t kind_after(uint32_t kind, enum replay_change change, bool all, bool any,
			   bool failed)
{
	uint32_t made = change == REPLAY_WRITES ? DATA : ZEROS;

	if (kind == UNKNOWN && !(all && (change == REPLAY_WRITES || change == REPLAY_ZEROS)))
		return UNKNOWN;
	if (change == REPLAY_MUDDLES)
		return any ? UNKNOWN : kind;
	if (change == REPLAY_NOTHING || !any)
		return failed ? EITHER : kind;
	return all || kind == made ? made : EITHER;
}

void replay_change_end(struct replay_file *file, uint64_t offset, uint64_t length, uint64_t done,
		       enum replay_change change)
{
	uint64_t first, last, end = offset + done;

	touched(file, offset, length, &first, &last);
	pthread_mutex_lock(&file->lock);
	for (uint64_t page = first; page < last && length; page++) {
		uint32_t state = atomic_load_explicit(&file->state[page], memory_order_relaxed);
		uint64_t begins = page * STAMP_PAGE_SIZE, ends = begins + STAMP_PAGE_SIZE;
		bool any = done && offset < ends && end > begins;
		bool all = any && offset <= begins && end >= ends;
		uint32_t kind = kind_after(state & KIND_MASK, change, all, any, done < length);

		if (state & SHARED && kind != UNKNOWN)
			kind = EITHER;
		state = (state & ~(uint32_t)KIND_MASK) - ACTIVE_ONE + VERSION_ONE;
		if (!(state & ACTIVE_MASK))
			state &= ~(uint32_t)SHARED;
		atomic_store(&file->state[page], state | kind);
	}
	pthread_mutex_unlock(&file->lock);
}

/* Truncations: those that have begun in the upper half of `cuts`, those under way in the lower. */
#define CUT_BEGUN (1ULL << 32)

/* Returns whether one was under way at a time, or has begun since. cuts: of that time. */
static bool is_cut_since(const struct replay_file *file, uint64_t cuts)
{
	return cuts % CUT_BEGUN || atomic_load(&file->cuts) / CUT_BEGUN != cuts / CUT_BEGUN;
}

static void shrink(struct replay_file *file, uint64_t end)
{
	uint64_t size = atomic_load(&file->size);

	while (end < size && !atomic_compare_exchange_weak(&file->size, &size, end))
		;
}

void replay_grow(struct replay_file *file, uint64_t cuts, uint64_t end)
{
	uint64_t size = atomic_load(&file->size);

	while (end > size && !is_cut_since(file, cuts) &&
	       !atomic_compare_exchange_weak(&file->size, &size, end))
		;
}

uint64_t replay_cut_begin(struct replay_file *file, uint64_t size)
{
	uint64_t cuts = atomic_fetch_add(&file->cuts, CUT_BEGUN + 1);

	shrink(file, size);
	return cuts;
}

void replay_cut_end(struct replay_file *file, uint64_t begun, uint64_t size)
{
	/* If it was the only one. Of several at a time, the smallest size stays. */
	replay_grow(file, begun % CUT_BEGUN ? begun : begun + CUT_BEGUN, size);
	atomic_fetch_sub(&file->cuts, 1);
}

uint32_t replay_view(const struct replay_file *file, uint64_t page)
{
	return page < file->pages ? atomic_load(&file->state[page]) : UNKNOWN;
}

/* Returns whether nothing changed the page while it was read. */
static bool is_settled(const struct replay_piece *piece)
{
	return piece->before == piece->after && !(piece->before & ACTIVE_MASK);
}

/* Returns whether a missing page should exist. */
static bool must_be_there(const struct replay_file *file, const struct replay_piece *piece)
{
	return is_settled(piece) && piece->page < atomic_load(&file->size) / STAMP_PAGE_SIZE;
}

int replay_judge(const struct replay_file *file, const struct replay_piece *piece,
		 struct judgement *judgement)
{
	const struct stamp expected = { .file = file->stamp, .page = piece->page };
	uint32_t before = piece->before & KIND_MASK, after = piece->after & KIND_MASK;
	bool settled = is_settled(piece);
	bool data = !settled || before != ZEROS;
	bool zeros = !settled || before != DATA;
	uint64_t whole[STAMP_WORDS];

	*judgement = (struct judgement){ .expected = expected };
	if (before == UNKNOWN || after == UNKNOWN)
		return 0;
	if (!piece->bytes) {
		if (!must_be_there(file, piece))
			return 0;
		oracle_judge_page(&expected, data, zeros, NULL, judgement);
		return 1;
	}
	if (piece->length < STAMP_PAGE_SIZE) {
		if (data)
			stamp_fill(whole, stamp_base(expected));
		else
			memset(whole, 0, sizeof(whole));
	}
	memcpy((char *)whole + piece->from, piece->bytes, piece->length);
	oracle_judge_page(&expected, data, zeros, whole, judgement);
	return 1;
}

void replay_fill(const struct replay_file *file, uint64_t offset, char *buffer, size_t length)
{
	while (length) {
		struct stamp stamp = { .file = file->stamp, .page = offset / STAMP_PAGE_SIZE };
		size_t from = offset % STAMP_PAGE_SIZE, part = STAMP_PAGE_SIZE - from;
		uint64_t page[STAMP_WORDS];

		part = part < length ? part : length;
		stamp_fill(page, stamp_base(stamp));
		memcpy(buffer, (char *)page + from, part);
		buffer += part;
		offset += part;
		length -= part;
	}
}
