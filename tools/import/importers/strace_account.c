/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The account of a log of strace. */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "tools/import/importers/strace_reading.h"
#include "tools/import/importers/trace_scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct strace_reading *reading, enum import_class class,
		 const struct strace_count *count, const char *what)
{
	import_note(&reading->strace.import->account, class, count->lines, count->first, "%s",
		    what);
}

static int by_skipped(const void *a, const void *b)
{
	const struct strace_place *one = a, *other = b;

	return (one->skipped < other->skipped) - (one->skipped > other->skipped);
}

/* Names the directories with most skipped calls; sums up the others, since every program searches
 * many for its libraries. */
static void account_places(struct strace_reading *reading)
{
	enum { PLACES_NAMED = 12 };

	struct strace *strace = &reading->strace;
	struct import_account *account = &strace->import->account;

	qsort(strace->places, strace->place_count, sizeof(strace->places[0]), by_skipped);
	for (size_t i = 0; i < strace->place_count; i++) {
		const struct strace_place *place = &strace->places[i];

		if (i < PLACES_NAMED)
			import_note(account, IMPORT_NOT_USED, place->skipped, place->first_line,
				    "calls on files in %s", place->path);
		else
			strace->elsewhere += place->skipped;
	}
	import_note(account, IMPORT_NOT_USED, strace->elsewhere, 0,
		    "calls on sockets, pipes and files in other directories");
}

/* The part of a path that fits into a note: its end. */
static const char *path_end(const char *path)
{
	enum { SHOWN = 60 };
	size_t length = strlen(path);

	return length > SHOWN ? path + length - SHOWN : path;
}

static void account_directory(struct strace_reading *reading)
{
	const struct strace *strace = &reading->strace;
	const char *path = *strace->under ? strace->under : "/", *shown = path_end(path);

	import_note(&strace->import->account, IMPORT_UNDERSTOOD, strace->maker.writer.calls, 0,
		    "calls on files below %s%s%s", shown > path ? "..." : "", shown,
		    strace->import->options.under ? ""
						  : ", where most went (another: --under DIR)");
}

/* Notes calls that move data or a file position and are not replayed. */
static void account_lost(struct strace_reading *reading)
{
	struct import_account *account = &reading->strace.import->account;
	static const enum trace_op moving[] = { TRACE_READ,   TRACE_PREAD, TRACE_WRITE,
						TRACE_PWRITE, TRACE_COPY,  TRACE_SENDFILE,
						TRACE_MMAP };
	uint64_t lost = reading->lost.lines, used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(moving); i++)
		used += reading->strace.maker.counts[moving[i]];
	note(reading, IMPORT_NOT_USED, &reading->lost,
	     "calls that move data or a position, of those named here: not in the replay");
	if (lost && lost >= used)
		snprintf(account->headline, sizeof(account->headline),
			 "MOST OF THE I/O IS NOT IN THE REPLAY: of the calls that move data, "
			 "%" PRIu64 " could not be used (see below), and %" PRIu64 " are in it",
			 lost, used);
}

void strace_make_account(struct strace_reading *reading)
{
	struct import_account *account = &reading->strace.import->account;

	account_directory(reading);
	trace_scenario_account(&reading->strace.maker, account);
	note(reading, IMPORT_REMARK, &reading->untimed,
	     "lines without a time (strace -ttt): taken in order, with no time between");
	note(reading, IMPORT_REMARK, &reading->coarse,
	     "lines with a time in whole seconds (strace -t): within one, in order");
	note(reading, IMPORT_REMARK, &reading->no_duration,
	     "calls without a duration (strace -T): taken as instant");
	note(reading, IMPORT_NOT_USED, &reading->beside,
	     "calls on other files, or on none: those on files elsewhere are among them");
	note(reading, IMPORT_NOT_USED, &reading->strange, "lines that are no lines of strace");
	note(reading, IMPORT_NOT_USED, &reading->cut, "lines too long");
	note(reading, IMPORT_NOT_USED, &reading->garbled, "calls that are cut off or garbled");
	note(reading, IMPORT_NOT_USED, &reading->no_result,
	     "calls without a result: interrupted, or ended by the process's end");
	note(reading, IMPORT_NOT_USED, &reading->headless, "ends of calls that never began");
	note(reading, IMPORT_NOT_USED, &reading->endless, "calls that never ended");
	note(reading, IMPORT_NOT_USED, &reading->threads, "lines of more threads than can be told");
	for (size_t i = 0; i < STRACE_UNKNOWN; i++)
		import_note(account, IMPORT_NOT_USED, reading->unknown[i].count.lines,
			    reading->unknown[i].count.first, "system call not known: %s",
			    reading->unknown[i].name);
	if (reading->times == TIMES_RELATIVE)
		import_note(account, IMPORT_REMARK, 1, 0,
			    "relative times (strace -r): taken as since the line before");
	account_lost(reading);
	account_places(reading);
}

static int by_traffic(const void *a, const void *b)
{
	const struct strace_place *one = a, *other = b;

	return (one->traffic < other->traffic) - (one->traffic > other->traffic);
}

int strace_fail_elsewhere(struct strace_reading *reading)
{
	enum { PLACES_NAMED = 4 };

	struct strace *strace = &reading->strace;
	char text[400] = "";
	size_t used = 0;

	qsort(strace->places, strace->place_count, sizeof(strace->places[0]), by_traffic);
	for (size_t i = 0; i < strace->place_count && i < PLACES_NAMED; i++) {
		const struct strace_place *place = &strace->places[i];

		if (place->traffic)
			used = append_text(text, sizeof(text), used, "%s%s", used ? ", " : "",
					   path_end(place->path));
	}
	return import_fail(strace->import, reading->lines.number,
			   "to its end there is no call on a file in %.100s%s%s%s",
			   *strace->under ? strace->under : "/",
			   used ? "; most reads, writes and the like were in " : "", text,
			   used ? ": --under takes one" : " (were paths shown, by -yy?)");
}
