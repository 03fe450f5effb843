/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/report_timeline.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Events after both the hit and its punch that may still belong to them. */
enum { EVENTS_AFTER = 512 };

/* The meaning of `first` and `second`. punch: number, duration. split: time frozen, time until the
 * last store. hit: punch, wrong page. capture: wrong folio. */
static struct timeline_event event_of(const struct event_line *line, const char *first,
				      const char *second, const char *folio)
{
	struct timeline_event event = {
		.ns = event_line_quantity(line, "ns", 0),
		.first = event_line_quantity(line, first, 0),
		.second = second ? event_line_quantity(line, second, 0) : 0,
		.folio = folio ? event_line_quantity(line, folio, -1) : -1,
		.page = event_line_quantity(line, "page", -1),
		.failed = event_line_text(line, "failed") || event_line_text(line, "error"),
	};
	const char *file = event_line_text(line, "file");
	const char *reader = event_line_text(line, "reader_kind");

	snprintf(event.file, sizeof(event.file), "%s", file ? file : "");
	snprintf(event.reader, sizeof(event.reader), "%s", reader ? reader : "a reader");
	return event;
}

static void keep(struct timeline_ring *ring, struct timeline_event event)
{
	ring->kept[ring->count++ % TIMELINE_KEPT] = event;
}

static void __attribute__((format(printf, 3, 4)))
add_step(struct report_timeline *timeline, int64_t ns, const char *format, ...)
{
	struct timeline_step *step = &timeline->steps[timeline->step_count];
	va_list args;

	if (timeline->step_count == TIMELINE_STEPS)
		return;
	step->us = (double)ns / 1e3;
	va_start(args, format);
	vsnprintf(step->text, sizeof(step->text), format, args);
	va_end(args);
	timeline->step_count++;
}

static const struct timeline_event *
find(const struct timeline_ring *ring,
     bool (*fits)(const struct timeline_event *event, const struct timeline_event *punch,
		  const struct timeline_event *hit),
     const struct timeline_event *punch, const struct timeline_event *hit)
{
	for (size_t i = 0; i < TIMELINE_KEPT && i < ring->count; i++)
		if (fits(&ring->kept[i], punch, hit))
			return &ring->kept[i];
	return NULL;
}

static bool is_punch(const struct timeline_event *event, const struct timeline_event *punch,
		     const struct timeline_event *hit)
{
	(void)punch;
	return event->first == hit->first;
}

/* The successful split of the hit's folio by its punch; of two, the first to come. */
static bool is_split(const struct timeline_event *event, const struct timeline_event *punch,
		     const struct timeline_event *hit)
{
	return !event->failed && event->first > 0 && event->folio == hit->folio &&
	       !strcmp(event->file, hit->file) && event->ns >= punch->ns &&
	       event->ns - event->first <= punch->ns + punch->second;
}

/* The lookup of the page that was then found wrong. */
static bool is_capture(const struct timeline_event *event, const struct timeline_event *punch,
		       const struct timeline_event *hit)
{
	return event->page == hit->page && !strcmp(event->file, hit->file) &&
	       event->ns >= punch->ns && event->ns <= hit->ns;
}

static void add_span(struct report_timeline *timeline, int which, const char *name, int64_t from,
		     int64_t to)
{
	timeline->spans[which] =
		(struct timeline_span){ name, (double)from / 1e3, (double)to / 1e3 };
}

static int by_time(const void *a, const void *b)
{
	double x = ((const struct timeline_step *)a)->us, y = ((const struct timeline_step *)b)->us;

	return (x > y) - (x < y);
}

static void add_punch(struct report_timeline *timeline, const struct timeline_event *punch)
{
	timeline->punch_ns = punch->ns;
	timeline->after = (double)punch->ns / 1e9;
	add_step(timeline, 0, "the punch begins");
	add_step(timeline, punch->second, "the punch returns");
	add_span(timeline, SPAN_PUNCH, "punch", 0, punch->second);
}

static void add_split(struct report_timeline *timeline, const struct timeline_event *split,
		      int64_t start)
{
	int64_t frozen = split->ns - split->first - start;

	add_step(timeline, frozen, "the folio is frozen");
	if (split->second > 0)
		add_step(timeline, frozen + split->second,
			 "the last store of the split in the page cache");
	add_step(timeline, split->ns - start, "the split is over");
	add_span(timeline, SPAN_FROZEN, "split, frozen", frozen, split->ns - start);
}

/* start: of the punch; access, check: durations in ns. */
static void add_hit(struct report_timeline *timeline, const struct timeline_event *hit,
		    int64_t access, int64_t check, int64_t start)
{
	if (access > 0) {
		add_step(timeline, hit->ns - access - start,
			 "%s begins its access to page %" PRId64 " of %s: it looks the page up",
			 hit->reader, hit->page, hit->file);
		add_span(timeline, SPAN_ACCESS, "access", hit->ns - access - start,
			 hit->ns - start);
	}
	if (hit->second >= 0)
		add_step(timeline, hit->ns - start,
			 "it is found wrong: the bytes are those of page %" PRId64, hit->second);
	else
		add_step(timeline, hit->ns - start, "it is found wrong");
	if (check > 0) {
		add_step(timeline, hit->ns + check - start,
			 "the page has been read again: the same way, beneath, through a fresh "
			 "mapping");
		add_span(timeline, SPAN_CHECK, "re-check", hit->ns - start,
			 hit->ns + check - start);
	}
}

static void conclude(struct report_timeline *timeline)
{
	const struct timeline_event *hit = &timeline->hit, *punch, *split, *capture;

	timeline->done = true;
	timeline->punch = hit->first;
	if (!timeline->has_punch)
		return;
	punch = find(&timeline->punches, is_punch, NULL, hit);
	add_punch(timeline, punch);
	split = find(&timeline->splits, is_split, punch, hit);
	if (split)
		add_split(timeline, split, punch->ns);
	capture = find(&timeline->captures, is_capture, punch, hit);
	if (capture)
		add_step(timeline, capture->ns - punch->ns,
			 "the look-up returns a folio that begins at page %" PRId64,
			 capture->first);
	add_hit(timeline, hit, timeline->access, timeline->check, punch->ns);
	qsort(timeline->steps, timeline->step_count, sizeof(timeline->steps[0]), by_time);
}

/* After the hit, keeps only what may belong to it: the event of its punch, which comes when it is
 * over, may be far behind. */
static bool may_be_split(const struct report_timeline *timeline, const struct timeline_event *event)
{
	return !timeline->has_hit ||
	       (event->folio == timeline->hit.folio && !strcmp(event->file, timeline->hit.file));
}

static bool may_be_capture(const struct report_timeline *timeline,
			   const struct timeline_event *event)
{
	return !timeline->has_hit ||
	       (event->page == timeline->hit.page && event->ns <= timeline->hit.ns);
}

static void take_punch(struct report_timeline *timeline, const struct event_line *event)
{
	struct timeline_event punch = event_of(event, "punch", "took_ns", "folio");

	if (timeline->has_hit && !is_punch(&punch, NULL, &timeline->hit))
		return;
	keep(&timeline->punches, punch);
	timeline->first_byte = event_line_quantity(event, "first_byte", 0);
	timeline->length = event_line_quantity(event, "length", 0);
}

void report_timeline_take(struct report_timeline *timeline, const char *type,
			  const struct event_line *event)
{
	struct timeline_event seen;

	if (timeline->done)
		return;
	if (!strcmp(type, "punch")) {
		take_punch(timeline, event);
	} else if (!strcmp(type, "split")) {
		seen = event_of(event, "frozen_ns", "window_ns", "folio");
		if (may_be_split(timeline, &seen))
			keep(&timeline->splits, seen);
	} else if (!strcmp(type, "capture")) {
		seen = event_of(event, "wrong_folio", NULL, NULL);
		if (may_be_capture(timeline, &seen))
			keep(&timeline->captures, seen);
	} else if (!strcmp(type, "hit") && !timeline->has_hit) {
		timeline->has_hit = true;
		timeline->hit = event_of(event, "punch", NULL, "folio");
		timeline->hit.second = event_line_quantity(event, "wrong_page", -1);
		timeline->access = event_line_quantity(event, "access_ns", 0);
		timeline->check = event_line_quantity(event, "recheck_ns", 0);
	}
	if (timeline->has_hit && !timeline->has_punch)
		timeline->has_punch = find(&timeline->punches, is_punch, NULL, &timeline->hit);
	if (timeline->has_punch && ++timeline->since == EVENTS_AFTER)
		conclude(timeline);
}

void report_timeline_finish(struct report_timeline *timeline)
{
	if (timeline->has_hit && !timeline->done)
		conclude(timeline);
}

double report_timeline_unit(const struct report_timeline *timeline)
{
	enum { LONG_US = 10000 };

	return timeline->step_count && timeline->steps[timeline->step_count - 1].us > LONG_US ? 1000
											      : 1;
}
