/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/check.h"
#include "injector/base/array.h"
#include "tools/workloads/journal/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = STAMP_PAGE_SIZE };

/* Keeps the bytes that were read of the page with the wrong byte. */
static void keep_seen(struct journal_wrong *wrong, uint64_t at, const char *bytes, size_t length)
{
	uint64_t first = wrong->offset / PAGE * PAGE;
	size_t skip = first > at && first - at < length ? first - at : 0;

	wrong->seen_at = at + skip;
	wrong->seen_length = PAGE - wrong->seen_at % PAGE;
	if (wrong->seen_length > length - skip)
		wrong->seen_length = length - skip;
	memcpy(wrong->seen, bytes + skip, wrong->seen_length);
}

static int amiss(struct journal_wrong *wrong, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int amiss(struct journal_wrong *wrong, uint64_t offset, const char *format, ...)
{
	va_list args;

	wrong->offset = offset;
	va_start(args, format);
	vsnprintf(wrong->text, sizeof(wrong->text), format, args);
	va_end(args);
	return -EBADMSG;
}

/* Describes what the walk refused: the head of an object, if that is wrong. */
static int refused(const struct journal_walk *walk, struct journal_wrong *wrong, int error)
{
	if (error != -EBADMSG)
		return error;
	amiss(wrong, walk->wrong_at, "%s", walk->wrong);
	if (walk->wrong_at - walk->head_at < sizeof(walk->head))
		keep_seen(wrong, walk->head_at, (const char *)&walk->head, sizeof(walk->head));
	return error;
}

/* Returns the length of the field's name, of capitals, digits and underscores. */
static size_t name_of(const struct journal_data_view *view)
{
	for (size_t i = 0; i < view->length; i++) {
		char c = view->payload[i];

		if (c == '=')
			return i;
		if (c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9'))
			return 0;
	}
	return 0;
}

/* plain: its hash for the entry's xor_hash; may be NULL. */
static int ask_data(struct journal_walk *walk, struct payload_owner owner, uint64_t offset,
		    uint64_t *plain, struct journal_wrong *wrong)
{
	struct journal_data_view view = { .payload = NULL };
	int error = journal_walk_data(walk, offset, &view), r = refused(walk, wrong, error);
	size_t name, right;

	if (r && (r != -EBADMSG || !view.payload))
		return r;
	if (plain)
		*plain = journal_hash_plain(view.payload, view.length);
	/* The payload tells the wrong place more exactly than the hash. */
	name = name_of(&view);
	if (!name) {
		amiss(wrong, view.payload_at, "a data object without a name");
	} else {
		name++;
		right = payload_check(view.payload + name, owner, view.payload_at + name,
				      view.length - name);
		if (right < view.length - name)
			r = amiss(wrong, view.payload_at + name + right,
				  "payload that is of another place");
		else if (!r)
			return 0;
	}
	keep_seen(wrong, view.payload_at, view.payload, view.length);
	return -EBADMSG;
}

/* Finds the offset of an entry, and the place where that is stored. */
static int find_entry(struct journal_walk *walk, uint64_t number, uint64_t *offset, uint64_t *item,
		      struct journal_wrong *wrong)
{
	struct journal_array_view view = { .next = walk->header.entry_array };
	uint64_t left = number + 1;
	int r;

	do {
		left -= view.used;
		if (!view.next)
			return amiss(wrong, offsetof(struct journal_header, entry_array),
				     "no entry array for entry %" PRIu64, number);
		r = journal_walk_array(walk, view.next, left, &view);
		if (r)
			return refused(walk, wrong, r);
	} while (left > view.used);
	*item = view.offset + sizeof(struct journal_array) +
		(left - 1) * journal_array_item(walk->compact);
	r = journal_walk_array_item(walk, &view, left - 1, offset);
	if (r || *offset)
		return refused(walk, wrong, r);
	amiss(wrong, *item, "an entry array without entry %" PRIu64, number);
	keep_seen(wrong, *item, (const char *)offset, journal_array_item(walk->compact));
	return -EBADMSG;
}

static int ask_entry(struct journal_walk *walk, const struct journal_question *question,
		     struct journal_wrong *wrong)
{
	uint64_t offset = 0, item = 0, items[64], hash, xor_hash = 0;
	struct journal_entry_view view;
	int r = find_entry(walk, question->entry, &offset, &item, wrong);

	if (r)
		return r;
	wrong->seen_length = 0;
	r = refused(walk, wrong, journal_walk_entry(walk, offset, &view));
	if (!r && view.entry.seqnum != walk->header.head_seqnum + question->entry)
		r = amiss(wrong, offset, "entry %" PRIu64 " has the number of entry %" PRIu64,
			  question->entry, view.entry.seqnum - walk->header.head_seqnum);
	if (!r && view.count > ARRAY_SIZE(items))
		r = amiss(wrong, offset, "an entry of %zu items", view.count);
	if (r) {
		/* It may also be an array with the offset of another entry. */
		wrong->other = item;
		return r;
	}
	for (size_t i = 0; i < view.count; i++)
		items[i] = journal_entry_item_at(walk, &view, i);
	for (size_t i = 0; i < view.count; i++) {
		r = ask_data(walk, question->owner, items[i], &hash, wrong);
		if (r) {
			wrong->other = offset;
			return r;
		}
		xor_hash ^= hash;
	}
	return xor_hash == view.entry.xor_hash
		       ? 0
		       : amiss(wrong, offset + offsetof(struct journal_entry, xor_hash),
			       "entry %" PRIu64 " does not refer to what it should",
			       question->entry);
}

static int ask_page(struct journal_walk *walk, const struct journal_question *question,
		    struct journal_wrong *wrong)
{
	const struct journal_layout *layout = question->layout;
	uint64_t left = layout->size - question->data;
	size_t length = left < PAGE ? left : PAGE, i = 0;
	char page[PAGE], expected[PAGE];
	int r = walk->source.get(walk->source.context, question->data, page, length);

	if (r)
		return r;
	layout_fill(layout, question->owner, question->data, expected, length);
	if (!memcmp(page, expected, length))
		return 0;
	while (page[i] == expected[i])
		i++;
	amiss(wrong, question->data + i, "content that is of another place");
	keep_seen(wrong, question->data, page, length);
	return -EBADMSG;
}

int journal_ask(struct journal_walk *walk, const struct journal_question *question,
		struct journal_wrong *wrong)
{
	wrong->other = 0;
	wrong->seen_length = 0;
	if (question->layout)
		return ask_page(walk, question, wrong);
	if (question->data)
		return ask_data(walk, question->owner, question->data, NULL, wrong);
	return ask_entry(walk, question, wrong);
}

struct cells {
	size_t right, wrong;
	struct payload_place place; /* of the first wrong one */
};

static struct cells count_cells(const char *bytes, uint64_t at, size_t length,
				struct payload_owner owner)
{
	struct cells cells = { .right = 0 };
	size_t i = -at % PAYLOAD_CELL;

	for (; i + PAYLOAD_CELL <= length; i += PAYLOAD_CELL) {
		struct payload_place place;

		if (!payload_decode(bytes + i, &place))
			continue;
		if (place.owner.file == owner.file &&
		    place.owner.generation == owner.generation % PAYLOAD_GENERATIONS &&
		    place.offset == at + i)
			cells.right++;
		else if (!cells.wrong++)
			cells.place = place;
	}
	return cells;
}

static bool all_zeros(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i])
			return false;
	return length;
}

/* Returns the page near the place whose content in the file is the same; UINT64_MAX: none. */
static uint64_t find_page(const char *page, uint64_t place, int fd, uint64_t reach)
{
	uint64_t first = place > reach ? place - reach : 0;
	char other[PAGE];

	for (uint64_t i = first; i < place + reach; i++)
		if (i != place && pread(fd, other, PAGE, (off_t)(i * PAGE)) == PAGE &&
		    !memcmp(page, other, PAGE))
			return i;
	return UINT64_MAX;
}

static void other_page(struct judgement *judgement, uint64_t page)
{
	judgement->class = WRONG_OTHER_PAGE;
	judgement->got = judgement->expected;
	judgement->got.page = page;
	judgement->page_xor = judgement->expected.page ^ page;
	judgement->folio_order = 64 - (unsigned int)__builtin_clzll(judgement->page_xor);
}

/* A cell that does not belong here contains its place. */
static void by_cell(struct judgement *judgement, const struct payload_place *place)
{
	struct stamp got = {
		.file = place->owner.file,
		.generation = place->owner.generation,
		.page = place->offset / PAGE,
	};

	if (got.file != judgement->expected.file)
		judgement->class = WRONG_OTHER_FILE;
	else if (got.generation != judgement->expected.generation)
		judgement->class = WRONG_OLD_GENERATION;
	else if (got.page != judgement->expected.page)
		other_page(judgement, got.page);
	else
		judgement->class = WRONG_TORN;
	judgement->got = got;
}

bool journal_only_zeros(const struct journal_wrong *wrong, const char *page, int fd)
{
	const char *bytes = page ?: wrong->seen;
	uint64_t at = page ? wrong->offset / PAGE * PAGE : wrong->seen_at;
	size_t length = page ? PAGE : wrong->seen_length;
	char right[PAGE];

	if (!length || pread(fd, right, length, (off_t)at) != (ssize_t)length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (bytes[i] && bytes[i] != right[i])
			return false;
	return true;
}

void journal_classify(const struct journal_wrong *wrong, struct payload_owner owner,
		      const char *page, int fd, uint64_t reach, struct judgement *judgement)
{
	const char *bytes = page ?: wrong->seen;
	uint64_t place = wrong->offset / PAGE, at = page ? place * PAGE : wrong->seen_at, found;
	size_t length = page ? PAGE : wrong->seen_length;
	struct cells cells = count_cells(bytes, at, length, owner);

	*judgement = (struct judgement){
		.class = WRONG_GARBAGE,
		.expected = {
			.file = owner.file,
			.generation = owner.generation % PAYLOAD_GENERATIONS,
			.page = place,
		},
		.wrong_bytes = (uint32_t)length,
		.first_wrong = (uint32_t)(wrong->offset % PAGE),
	};
	if (cells.wrong) {
		by_cell(judgement, &cells.place);
		if (cells.right && judgement->class == WRONG_OTHER_PAGE)
			judgement->class = WRONG_TORN;
	} else if (all_zeros(bytes, length)) {
		judgement->class = WRONG_ZEROS;
	} else if (page && !cells.right) {
		found = find_page(page, place, fd, reach);
		if (found != UINT64_MAX)
			other_page(judgement, found);
	}
}
