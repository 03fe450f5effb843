/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_report.h"
#include "injector/base/array.h"
#include "tools/machine/kernel_report_parts.h"

#include <stdio.h>
#include <string.h>

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Ranks reports for keeping: hits first, then those that tell why the kernel died. */
static int worth_of(const struct kernel_reports *reports, const struct kernel_report *report)
{
	return kernel_report_meaning(reports, report) == KERNEL_HIT ? 3
	       : report->fatal || report->panicked                  ? 2
								    : !report->beside;
}

/* Updates the streams after item `gone` was removed: its streams have no item, later ones move. */
static void renumber(struct kernel_reports *reports, size_t gone)
{
	for (size_t i = 0; i < KERNEL_STREAMS; i++) {
		size_t *report = &reports->streams[i].report;

		if (*report == gone + 1)
			*report = 0;
		else if (*report > gone + 1)
			(*report)--;
	}
}

/* Adds an empty report, dropping the least worthy one if there is no room. */
static struct kernel_report *add_report(struct kernel_reports *reports)
{
	struct kernel_report *items = reports->items, *least = items, *end = items + reports->count;

	if (reports->count == ARRAY_SIZE(reports->items)) {
		for (struct kernel_report *item = items; item < end; item++)
			if (worth_of(reports, item) <= worth_of(reports, least))
				least = item;
		reports->displaced[kernel_report_meaning(reports, least)]++;
		renumber(reports, (size_t)(least - items));
		memmove(least, least + 1, (size_t)(end - least - 1) * sizeof(*least));
		reports->count--;
	}
	return &items[reports->count++];
}

/* Returns the caller's stream. A line without caller belongs to the stream of the line before. A
 * new caller takes over the last stream if that has no caller, else the least recently used one. */
static struct kernel_stream *stream_of(struct kernel_reports *reports, uint64_t caller)
{
	struct kernel_stream *streams = reports->streams, *oldest = streams, *last = streams;

	for (size_t i = 0; i < KERNEL_STREAMS; i++) {
		if (caller && streams[i].caller == caller)
			return &streams[i];
		if (streams[i].used < oldest->used)
			oldest = &streams[i];
		if (streams[i].used > last->used)
			last = &streams[i];
	}
	if (!caller)
		return last;
	if (!last->caller) {
		last->caller = caller;
		return last;
	}
	*oldest = (struct kernel_stream){ .caller = caller };
	return oldest;
}

/* The report that the stream's lines belong to; NULL: none. */
static struct kernel_report *open_report(struct kernel_reports *reports,
					 const struct kernel_stream *stream)
{
	return stream->report ? &reports->items[stream->report - 1] : NULL;
}

/* Returns whether a panic is the consequence of an earlier report that was not fatal itself. */
static bool is_consequence(const char *panic)
{
	static const char *const reasons[] = {
		"panic_on_",           "hung_task: ",    "softlockup: ",    "Hard LOCKUP",
		"hard LOCKUP",         "RCU Stall",      "Fatal exception", "while atomic",
		"corrupted stack end", "stack overflow", "fault=panic",     "Machine halted",
		"Fatal machine",       "blocked tasks",  "locks held",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strstr(panic, reasons[i]))
			return true;
	return false;
}

/* Returns the report that the kernel panics over: the last one, but of consecutive reports of
 * waiting tasks the first; NULL if there is none. */
static struct kernel_report *cause_of(struct kernel_reports *reports,
				      const struct kernel_stream *stream, const char *panic)
{
	struct kernel_report *last = open_report(reports, stream);
	size_t i = reports->count;

	while (!last && i && reports->items[i - 1].beside)
		i--;
	if (!last && i)
		last = &reports->items[i - 1];
	if (!last || last->beside || (!last->fatal && !is_consequence(panic)))
		return NULL;
	for (; last->waits && last > reports->items && last[-1].waits; last--)
		;
	last->panicked = true;
	return last;
}

/* Returns the report that an opening line continues, or NULL if it begins one. One crash has
 * several opening lines: assertion, BUG, Oops, and a panic after the trace. The first is the cause.
 * After the line that names the process, an opening begins another crash: the end of the one before
 * is lost. An assertion that only warns dumps the page before its warning. */
static struct kernel_report *continued(struct kernel_reports *reports,
				       const struct kernel_stream *stream,
				       const struct kernel_line *line)
{
	struct kernel_report *last = open_report(reports, stream);

	if (line->opening->fatal && strstr(line->text, "Kernel panic"))
		return cause_of(reports, stream, line->text);
	if (!last)
		return NULL;
	if (last->fatal && line->opening->fatal)
		return stream->headed ? NULL : last;
	if (starts(last->text, "VM_WARN_ON") && !*last->process && strstr(line->text, "WARNING:"))
		return last;
	return NULL;
}

/* Returns the length of a text. An assertion ends with its parenthesis; quotes and marks after it
 * do not count. */
static size_t text_length(const char *text)
{
	size_t length = 0, open = 0;

	if (!starts(text, "VM_"))
		return strlen(text);
	for (; text[length]; length++) {
		open += text[length] == '(';
		if (text[length] == ')' && !--open)
			return length + 1;
	}
	return length;
}

static void begin(struct kernel_reports *reports, struct kernel_stream *stream,
		  const struct kernel_line *line)
{
	static const char because[] = "page dumped because: ";
	struct kernel_report *report = continued(reports, stream, line);
	const char *text = strstr(line->text, because);
	bool titled;

	text = text ? text + sizeof(because) - 1 : line->text;
	/* The line before the dump of a page was the title of a message. */
	titled = report && !stream->headed && text != line->text && stream->dump.has_folio &&
		 !report->has_folio;
	if (!report || titled) {
		report = report ? report : add_report(reports);
		*report = stream->dump;
		memcpy(report->release, reports->release, sizeof(report->release));
		memcpy(report->build, reports->build, sizeof(report->build));
		report->fatal = line->opening->fatal;
		report->spins = line->opening->spins;
		report->waits = line->opening->waits;
		report->beside = line->opening->beside;
		snprintf(report->text, sizeof(report->text), "%.*s", (int)text_length(text), text);
		stream->report = (size_t)(report - reports->items) + 1;
		stream->headed = stream->nowhere = false;
	}
	if (!report->family) {
		report->family = line->opening->family;
		report->named = line->opening->named;
	}
	memset(&stream->dump, 0, sizeof(stream->dump));
	stream->in_user_mode = false;
	stream->row = 0;
	kernel_report_opening(report, line);
}

/* Takes the version from "Linux version 6.8.0-45-generic (buildd@...) (...) #45-Ubuntu SMP ...
 * (Ubuntu 6.8.0-45.45-generic 6.8.12)". apport has only the end of it, after "ProcVersionSignature:
 * ". */
static void take_version(struct kernel_reports *reports, const char *line)
{
	const char *build = strstr(line, ") #");

	if (starts(line, "ProcVersionSignature: ")) {
		snprintf(reports->build, sizeof(reports->build), "(%.150s)", strchr(line, ' ') + 1);
		return;
	}
	kernel_word_after(line, "Linux version ", " ", reports->release, sizeof(reports->release));
	if (build)
		snprintf(reports->build, sizeof(reports->build), "%.159s", build + 2);
}

/* Counts pairs of lines in the usual and in reverse order. Frames are many, and another report may
 * follow them, so of frames only the pair with "Call Trace:" counts. */
static void weigh_order(struct kernel_reports *reports, enum kernel_line_kind kind)
{
	static const unsigned int ranks[] = {
		[KERNEL_LINE_PAGE] = 1,      [KERNEL_LINE_HEAD] = 2,  [KERNEL_LINE_OWNER] = 3,
		[KERNEL_LINE_OPENING] = 4,   [KERNEL_LINE_TASK] = 5,  [KERNEL_LINE_PLACE] = 6,
		[KERNEL_LINE_REGISTERS] = 7, [KERNEL_LINE_TRACE] = 8, [KERNEL_LINE_FRAME] = 9,
	};
	unsigned int rank = kind < ARRAY_SIZE(ranks) ? ranks[kind] : 0, last = ranks[reports->last];
	bool frame = kind == KERNEL_LINE_FRAME || reports->last == KERNEL_LINE_FRAME;
	bool trace = kind == KERNEL_LINE_TRACE || reports->last == KERNEL_LINE_TRACE;

	if (!rank)
		return;
	if (last && (!frame || trace)) {
		reports->forth += rank > last;
		reports->back += rank < last;
	}
	reports->last = kind;
}

bool kernel_reports_reversed(const struct kernel_reports *reports)
{
	enum { SURE = 2 };

	return reports->back > SURE && reports->back > reports->forth * SURE;
}

/* Notes a place without a report. Its report is lost, unless there are other lines of it. */
static void note_orphan(struct kernel_reports *reports, const struct kernel_report *report,
			const struct kernel_line *line)
{
	if (!report && line->kind == KERNEL_LINE_PLACE && *line->function && !reports->orphan)
		reports->orphan = reports->lines;
}

bool kernel_reports_line(struct kernel_reports *reports, const char *text)
{
	struct kernel_stream *stream;
	struct kernel_report *report;
	struct kernel_line line;
	bool is_end;

	reports->lines++;
	reports->took = false;
	kernel_line_read(&line, text);
	stream = stream_of(reports, line.caller);
	stream->used = reports->lines;
	report = open_report(reports, stream);
	weigh_order(reports, line.kind);
	/* The end of a panic counts if there is nothing else of it. */
	is_end = line.kind == KERNEL_LINE_OPENING && starts(line.text, "---[ end");
	switch (line.kind) {
	case KERNEL_LINE_VERSION:
		take_version(reports, line.text);
		reports->took = true;
		return false;
	case KERNEL_LINE_PAGE:
	case KERNEL_LINE_HEAD:
	case KERNEL_LINE_OWNER:
		kernel_report_dump(&stream->dump, &line);
		reports->took = true;
		return false;
	case KERNEL_LINE_OPENING:
		/* Within a report, the line belongs to it. */
		if (line.opening->beside && (report || !reports->subject.everything))
			return false;
		if (is_end && reports->count) {
			stream->report = 0;
			reports->took = true;
			return false;
		}
		begin(reports, stream, &line);
		stream->report = is_end ? 0 : stream->report;
		reports->took = true;
		return true;
	default:
		reports->took = report && kernel_report_add(stream, report, &line);
		note_orphan(reports, report, &line);
		/* All reports until the next start are of the same kernel. */
		if (report && *report->release)
			memcpy(reports->release, report->release, sizeof(reports->release));
		return false;
	}
}
