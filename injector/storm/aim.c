/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/aim.h"
#include "injector/base/array.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * While a window is open, the slots of `count` pages from `first` on lead to the folio of `pages`
 * pages at `head`, which is unfrozen but does not contain them.
 */
struct window {
	unsigned int first;
	unsigned int count;
	unsigned int head;
	unsigned int pages;
};

/* The windows of the two splits of one punch; those of one split are in order of levels. */
struct windows {
	struct window list[2 * AIM_ORDER_MAX];
	unsigned int count;
	unsigned int second; /* where those of the second split begin */
};

enum selection {
	EXPOSED,   /* every page of every window */
	WORTHY,    /* outside the punch, and served as a page outside it */
	PREFERRED, /* worthy; for batched, only those in the longest window of a split */
};

static const struct {
	enum aim_shape shape;
	const char *name;
} shapes[] = {
	{ AIM_BATCHED, "batched" },
	{ AIM_INTERLEAVED, "interleaved" },
	{ AIM_BOTH, "both" },
};

static const struct kernel_range affected[] = {
	{ { 6, 15, 0, 1 }, { 6, 18, 19, 0 } },
	{ { 6, 19, 0, 1 }, { 6, 19, 8, 0 } },
	{ { 7, 0, 0, 1 }, { 7, 0, 0, 3 } },
};

static const struct kernel_range interleaved = { { 6, 15, 0, 1 }, { 6, 16, UINT_MAX, 0 } };

const char *aim_shape_name(enum aim_shape shape)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		if (shapes[i].shape == shape)
			return shapes[i].name;
	return "none";
}

enum aim_shape aim_shape_of(const struct kernel_version *kernel)
{
	return kernel_in_range(kernel, &interleaved) ? AIM_INTERLEAVED : AIM_BATCHED;
}

bool aim_affected(const struct kernel_version *kernel)
{
	for (size_t i = 0; i < ARRAY_SIZE(affected); i++)
		if (kernel_in_range(kernel, &affected[i]))
			return true;
	return false;
}

static void add_window(struct windows *windows, struct window window)
{
	assert(windows->count < ARRAY_SIZE(windows->list));
	windows->list[windows->count++] = window;
}

/*
 * The folio at `head` has its final size of `pages` when it is unfrozen, after all levels: its
 * windows serve pages within that size.
 */
static void settle(struct windows *windows, unsigned int head, unsigned int pages)
{
	for (unsigned int i = 0; i < windows->count; i++)
		if (windows->list[i].head == head)
			windows->list[i].pages = pages;
}

/*
 * Adds the windows of the split of the folio of `order` at `root`, towards page `at`. The root
 * stays frozen to the end, so slots that lead to it never open a window.
 */
static void split_batched(struct windows *windows, unsigned int root, unsigned int order,
			  unsigned int at)
{
	unsigned int head = root;

	while (order--) {
		unsigned int half = 1U << order, upper = head + half;
		bool right = at >= upper;

		/* Going right, the next level stores the upper half as itself; the last has none.
		 */
		if (head != root && (!right || !order))
			add_window(windows, (struct window){ upper, half, head, 1 });
		if (right) {
			settle(windows, head, half);
			head = upper;
		}
	}
}

static void split_interleaved(struct windows *windows, unsigned int root, unsigned int order,
			      unsigned int at)
{
	unsigned int head = root;

	while (order--) {
		unsigned int half = 1U << order, upper = head + half;
		bool right = at >= upper;

		/* Going left, the lower half stays frozen; the last level unfreezes both. */
		if (head != root && (right || !order))
			add_window(windows, (struct window){ upper, half, head, half });
		if (right)
			head = upper;
	}
}

static void split(enum aim_shape shape, struct windows *windows, unsigned int root,
		  unsigned int order, unsigned int at)
{
	if (shape == AIM_BATCHED)
		split_batched(windows, root, order, at);
	else
		split_interleaved(windows, root, order, at);
}

static unsigned int highest_bit(unsigned int number)
{
	return (unsigned int)(sizeof(number) * CHAR_BIT - 1) - (unsigned int)__builtin_clz(number);
}

static int check(const struct aim_punch *punch)
{
	unsigned int pages;

	if (punch->order > AIM_ORDER_MAX)
		return -EINVAL;
	pages = 1U << punch->order;
	if (!punch->count || punch->count > pages || punch->first > pages - punch->count)
		return -EINVAL;
	return 0;
}

/* The second split's folio is the upper half at the level where the paths to the two pages part. */
int aim_second_split(const struct aim_punch *punch, unsigned int *first)
{
	unsigned int end = punch->first + punch->count, order;

	if (check(punch))
		return -EINVAL;
	if (end == 1U << punch->order)
		return -ENODATA;
	order = highest_bit(punch->first ^ end);
	*first = end >> order << order;
	return (int)order;
}

static struct windows punch_windows(enum aim_shape shape, const struct aim_punch *punch)
{
	struct windows windows = { .count = 0 };
	unsigned int second;
	int order;

	if (punch->count == 1U << punch->order)
		return windows;
	split(shape, &windows, 0, punch->order, punch->first);
	windows.second = windows.count;
	order = aim_second_split(punch, &second);
	if (order >= 0)
		split(shape, &windows, second, (unsigned int)order, punch->first + punch->count);
	return windows;
}

static bool is_punched(const struct aim_punch *punch, unsigned int page)
{
	return page - punch->first < punch->count;
}

static bool is_within(const struct window *window, unsigned int page)
{
	return page - window->first < window->count;
}

static unsigned int served_as(const struct window *window, unsigned int page)
{
	return window->head | (page & (window->pages - 1));
}

/* Whether a page is worth reading: neither in the hole nor served as a page of the hole, zeros. */
static bool is_worthy(const struct window *window, const struct aim_punch *punch, unsigned int page)
{
	return !is_punched(punch, page) && !is_punched(punch, served_as(window, page));
}

/* Selects pages of a window. Returns how many. */
static unsigned int select_window(const struct window *window, const struct aim_punch *punch,
				  enum selection selection, bool *selected)
{
	unsigned int count = 0;

	for (unsigned int page = window->first; page < window->first + window->count; page++) {
		if (selection != EXPOSED && !is_worthy(window, punch, page))
			continue;
		selected[page] = true;
		count++;
	}
	return count;
}

/*
 * Selects pages of all windows. The first window of a batched split is its longest: it opens when
 * the lowest head is unfrozen, and closes with the last store.
 */
static void select_shape(enum aim_shape shape, const struct aim_punch *punch,
			 enum selection selection, bool *selected)
{
	struct windows windows = punch_windows(shape, punch);
	bool first_only = selection == PREFERRED && shape == AIM_BATCHED;
	unsigned int found = 0;

	memset(selected, 0, sizeof(*selected) << punch->order);
	for (unsigned int i = 0; i < windows.count; i++) {
		if (i == windows.second)
			found = 0;
		if (!first_only || !found)
			found += select_window(&windows.list[i], punch, selection, selected);
	}
}

static int select_pages(enum aim_shape shape, const struct aim_punch *punch,
			enum selection selection, bool *selected)
{
	bool own[AIM_PAGES_MAX], other[AIM_PAGES_MAX];
	int count = 0;

	if (check(punch))
		return -EINVAL;
	if (!selected)
		selected = own;
	select_shape(shape & AIM_BATCHED ? AIM_BATCHED : AIM_INTERLEAVED, punch, selection,
		     selected);
	if (shape == AIM_BOTH)
		select_shape(AIM_INTERLEAVED, punch, selection, other);
	for (unsigned int page = 0; page < 1U << punch->order; page++) {
		if (shape == AIM_BOTH)
			selected[page] = selected[page] && other[page];
		count += selected[page];
	}
	return count;
}

int aim_exposed(enum aim_shape shape, const struct aim_punch *punch, bool *exposed)
{
	return select_pages(shape, punch, EXPOSED, exposed);
}

int aim_preferred(enum aim_shape shape, const struct aim_punch *punch, bool *preferred)
{
	return select_pages(shape, punch, PREFERRED, preferred);
}

static bool is_exposed(enum aim_shape shape, const struct aim_punch *punch, unsigned int page)
{
	struct windows windows = punch_windows(shape, punch);

	for (unsigned int i = 0; i < windows.count; i++)
		if (is_within(&windows.list[i], page))
			return true;
	return false;
}

/* Adds the pages that one shape serves. Returns the new number. */
static unsigned int add_served(enum aim_shape shape, const struct aim_punch *punch,
			       unsigned int page, unsigned int *served, unsigned int count)
{
	struct windows windows = punch_windows(shape, punch);

	for (unsigned int i = 0; i < windows.count; i++) {
		unsigned int wrong = served_as(&windows.list[i], page), known = 0;

		if (!is_within(&windows.list[i], page))
			continue;
		while (known < count && served[known] != wrong)
			known++;
		served[known] = wrong;
		count += known == count;
	}
	return count;
}

int aim_served(enum aim_shape shape, const struct aim_punch *punch, unsigned int page,
	       unsigned int *served)
{
	static const enum aim_shape singles[] = { AIM_BATCHED, AIM_INTERLEAVED };
	unsigned int count = 0;

	if (check(punch) || page >= 1U << punch->order)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(singles); i++) {
		if (!(shape & singles[i]))
			continue;
		if (!is_exposed(singles[i], punch, page))
			return 0;
		count = add_served(singles[i], punch, page, served, count);
	}
	return (int)count;
}

/* The paths are R L...L R, R...R and R R L...L R (right, left); the last R keeps the lowest page
 * live. */
static unsigned int best_page(enum aim_shape shape, unsigned int pages)
{
	if (shape == AIM_BATCHED)
		return pages / 2 + 1;
	if (shape == AIM_INTERLEAVED)
		return pages - 1;
	return pages / 4 * 3 + 1;
}

/* Finds the place with the most worthy pages, the last of several. Returns their number. */
static int best_search(enum aim_shape shape, struct aim_punch *punch)
{
	unsigned int last = (1U << punch->order) - punch->count, best = 0;
	int most = 0;

	for (punch->first = 0; punch->first <= last; punch->first++) {
		int worthy = select_pages(shape, punch, WORTHY, NULL);

		if (worthy >= most) {
			most = worthy;
			best = punch->first;
		}
	}
	punch->first = best;
	return most;
}

int aim_best(enum aim_shape shape, unsigned int order, unsigned int count)
{
	struct aim_punch punch = { .order = order, .count = count };
	int worthy;

	if (check(&punch))
		return -EINVAL;
	if (count > 1) {
		worthy = best_search(shape, &punch);
	} else {
		punch.first = best_page(shape, 1U << order);
		worthy = select_pages(shape, &punch, WORTHY, NULL);
	}
	return worthy > 0 ? (int)punch.first : -ENODATA;
}

static const struct {
	const char *name;
	struct aim aim;
} words[] = {
	{ "auto", { .kind = AIM_KIND_AUTO } },
	{ "batched", { .kind = AIM_KIND_SHAPE, .shape = AIM_BATCHED } },
	{ "interleaved", { .kind = AIM_KIND_SHAPE, .shape = AIM_INTERLEAVED } },
	{ "both", { .kind = AIM_KIND_SHAPE, .shape = AIM_BOTH } },
	{ "random", { .kind = AIM_KIND_RANDOM } },
};

static bool parse_pages(const char *text, unsigned int *pages)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value >= AIM_PAGES_MAX)
		return false;
	*pages = (unsigned int)value;
	return true;
}

/* Parses "16-17". */
static bool parse_range(const char *text, struct aim *aim)
{
	struct aim range = { .kind = AIM_KIND_RANGE };
	const char *dash = strchr(text, '-');
	char first[16];

	if (!dash || dash - text >= (ptrdiff_t)sizeof(first))
		return false;
	snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
	if (!parse_pages(first, &range.number) || !parse_pages(dash + 1, &range.last) ||
	    range.number > range.last)
		return false;
	*aim = range;
	return true;
}

int aim_parse(const char *text, struct aim *aim, char *why, size_t size)
{
	static const char every[] = "every:";
	struct aim numbered = { .kind = AIM_KIND_PAGE };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i].name, text)) {
			*aim = words[i].aim;
			return 0;
		}
	}
	if (!strncmp(text, every, strlen(every))) {
		numbered.kind = AIM_KIND_EVERY;
		text += strlen(every);
	}
	if (numbered.kind == AIM_KIND_PAGE && parse_range(text, &numbered)) {
		*aim = numbered;
		return 0;
	}
	if (parse_pages(text, &numbered.number) &&
	    (numbered.kind == AIM_KIND_PAGE || numbered.number)) {
		*aim = numbered;
		return 0;
	}
	snprintf(why, size, "\"%s%.40s\" is not an aim; allowed: " AIM_ALLOWED ", numbers up to %d",
		 numbered.kind == AIM_KIND_EVERY ? every : "", text, AIM_PAGES_MAX - 1);
	return -EINVAL;
}

const char *aim_format(const struct aim *aim, char *text, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].aim.kind == aim->kind && words[i].aim.shape == aim->shape) {
			snprintf(text, size, "%s", words[i].name);
			return text;
		}
	}
	if (aim->kind == AIM_KIND_RANGE)
		snprintf(text, size, "%u-%u", aim->number, aim->last);
	else
		snprintf(text, size, "%s%u", aim->kind == AIM_KIND_EVERY ? "every:" : "",
			 aim->number);
	return text;
}

enum aim_shape aim_shape_for(const struct aim *aim, const struct kernel_version *kernel)
{
	return aim->kind == AIM_KIND_SHAPE ? aim->shape : aim_shape_of(kernel);
}

int aim_plan(const struct aim *aim, const struct kernel_version *kernel, unsigned int order,
	     unsigned int count, uint64_t value)
{
	unsigned int room;

	if (check(&(struct aim_punch){ .order = order, .count = count }))
		return -EINVAL;
	room = (1U << order) - count;
	switch (aim->kind) {
	case AIM_KIND_RANDOM:
		return (int)(value % (room + 1));
	case AIM_KIND_EVERY:
		return (int)(value % (room / aim->number + 1) * aim->number);
	case AIM_KIND_RANGE:
		return aim->last <= room
			       ? (int)(aim->number + value % (aim->last - aim->number + 1))
			       : -ERANGE;
	case AIM_KIND_PAGE:
		return aim->number <= room ? (int)aim->number : -ERANGE;
	default:
		return aim_best(aim_shape_for(aim, kernel), order, count);
	}
}
