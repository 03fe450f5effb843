/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import strace: a log of `strace -f -ttt -T -yy` becomes a trace for the workload `replay`.
 *
 * Two passes: the first finds the directory whose files were used most (not with --under), the
 * second takes the calls on its files. A line is read where it lies; what is kept is what threads,
 * descriptors and names need, so a log may be of any size.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/strace_calls.h"
#include "tools/import/importers/strace_dress.h"
#include "tools/import/importers/trace_scenario.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNKNOWN_SLOTS = 64 };

/* Lines of one sort. */
struct count {
	uint64_t lines, first;
};

struct reading {
	struct strace strace;
	struct import_lines lines;
	uint64_t calls, first_strange; /* lines that are calls; the first that is nothing known */
	struct count strange, cut, garbled, no_result, headless, endless, untimed, coarse,
		no_duration, beside, threads, lost;
	struct strace_clock clock;
	struct strace_dress dress;
	const char *other; /* what it seems to be, where no line is a call; or NULL */
	enum { TIMES_UNKNOWN, TIMES_ABSOLUTE, TIMES_RELATIVE } times;
	struct unknown {
		char name[32];
		struct count count;
	} unknown[UNKNOWN_SLOTS];
};

static void add(struct count *count, uint64_t line)
{
	if (!count->lines++)
		count->first = line;
}

static bool begins(const char *at, const char *end, const char *with)
{
	size_t length = strlen(with);

	return (size_t)(end - at) >= length && !memcmp(at, with, length);
}

static void count_unknown(struct reading *reading, struct strace_text name)
{
	struct import_account *account = &reading->strace.import->account;
	size_t length = name.length < 31 ? name.length : 31;
	struct unknown *unknown;
	unsigned int hash = 0;

	for (size_t i = 0; i < length; i++)
		hash = hash * 31 + (unsigned char)name.at[i];
	unknown = &reading->unknown[hash % UNKNOWN_SLOTS];
	if (strlen(unknown->name) != length || memcmp(unknown->name, name.at, length)) {
		import_note(account, IMPORT_NOT_USED, unknown->count.lines, unknown->count.first,
			    "system call not known: %s", unknown->name);
		*unknown = (struct unknown){ .count.lines = 0 };
		memcpy(unknown->name, name.at, length);
	}
	add(&unknown->count, reading->strace.line);
}

/* Whether an argument is a descriptor of a file that is taken: such a call is missed. */
static bool is_ours(const struct strace *strace, const struct strace_call *call)
{
	struct strace_text path, rest;
	int fd;

	for (unsigned int i = 0; i < call->count; i++)
		if (strace_descriptor(call->arguments[i], &fd, &path) && path.at &&
		    strace_below(strace, path, &rest))
			return true;
	return false;
}

static void take_call(struct reading *reading, struct strace_thread *thread, const char *text,
		      size_t length, uint64_t start)
{
	struct strace *strace = &reading->strace;
	const struct strace_row *row;
	struct strace_call call;
	const char *why = NULL;

	if (!strace_parse_call(text, length, &call)) {
		add(&reading->garbled, strace->line);
		return;
	}
	reading->calls++;
	row = strace_row(call.name);
	if (call.no_result) {
		add(&reading->no_result, strace->line);
		return;
	}
	if (!row) {
		count_unknown(reading, call.name);
		if (is_ours(strace, &call))
			add(&reading->lost, strace->line);
		if (is_ours(strace, &call))
			import_note(&strace->import->account, IMPORT_NOT_USED, 1, strace->line,
				    "calls of %.*s on a file that is taken", (int)call.name.length,
				    call.name.at);
		return;
	}
	if (!call.timed)
		add(&reading->no_duration, strace->line);
	switch (row->take(strace, thread, &call, start, row, &why)) {
	case STRACE_USED:
		break;
	case STRACE_ELSEWHERE:
		add(&reading->beside, strace->line);
		break;
	case STRACE_NOT_USED:
		if (row->weight)
			add(&reading->lost, strace->line);
		import_note(&strace->import->account, IMPORT_NOT_USED, 1, strace->line, "%s", why);
		break;
	case STRACE_GARBLED:
		if (row->weight)
			add(&reading->lost, strace->line);
		import_note(&strace->import->account, IMPORT_NOT_USED, 1, strace->line,
			    "calls of %s whose arguments make no sense", row->name);
		break;
	}
}

/* Keeps what there is of a call that goes on later. */
static void keep_unfinished(struct reading *reading, struct strace_thread *thread, const char *at,
			    const char *mark)
{
	struct strace *strace = &reading->strace;
	size_t length = (size_t)(mark - at);

	while (length && at[length - 1] == ' ')
		length--;
	if (length > STRACE_PENDING_MAX) {
		add(&reading->cut, strace->line);
		return;
	}
	thread->pending = strace_hold(strace, NULL, length + 1);
	if (!thread->pending)
		return;
	memcpy(thread->pending, at, length);
	thread->pending[length] = '\0';
	thread->pending_length = length;
	thread->pending_start = strace->now;
	if (begins(at, at + length, "clone") || begins(at, at + length, "fork") ||
	    begins(at, at + length, "vfork"))
		strace->forking = thread;
}

/* "<... pread64 resumed>rest": the call as a whole is taken at its end. */
static void take_resumed(struct reading *reading, struct strace_thread *thread, const char *at,
			 const char *end)
{
	const char *rest = memmem(at, (size_t)(end - at), "resumed>", 8);
	char *pending = thread->pending, *whole;
	struct strace *strace = &reading->strace;

	if (!rest) {
		add(&reading->garbled, strace->line);
		return;
	}
	rest += 8;
	if (!pending) {
		add(&reading->headless, strace->line);
		return;
	}
	thread->pending = NULL;
	whole = strace_hold(strace, pending, thread->pending_length + (size_t)(end - rest) + 1);
	if (!whole) {
		strace_let_go(strace, pending);
		return;
	}
	memcpy(whole + thread->pending_length, rest, (size_t)(end - rest));
	take_call(reading, thread, whole, thread->pending_length + (size_t)(end - rest),
		  thread->pending_start);
	strace_let_go(strace, whole);
}

static void take_text(struct reading *reading, struct strace_thread *thread, const char *at,
		      const char *end)
{
	static const char unfinished[] = "<unfinished ...>";
	const char *mark;

	if (begins(at, end, "<... ")) {
		take_resumed(reading, thread, at, end);
		return;
	}
	if (thread->pending) {
		add(&reading->endless, reading->strace.line);
		strace_let_go(&reading->strace, thread->pending);
		thread->pending = NULL;
	}
	if (begins(at, end, "+++ ")) {
		reading->calls++;
		strace_gone(&reading->strace, thread);
	} else if (begins(at, end, "--- ")) {
		reading->calls++;
	} else if ((size_t)(end - at) > sizeof(unfinished) &&
		   !memcmp(end - sizeof(unfinished) + 1, unfinished, sizeof(unfinished) - 1)) {
		mark = end - sizeof(unfinished) + 1;
		keep_unfinished(reading, thread, at, mark);
	} else {
		take_call(reading, thread, at, (size_t)(end - at), reading->strace.now);
	}
}

/* What strace itself has to say. */
static bool is_remark(const char *at, const char *end)
{
	return at == end || begins(at, end, "strace: ") || begins(at, end, "[ Process PID=");
}

static bool looks_like_call(const char *at, const char *end)
{
	return at < end &&
	       ((*at >= 'a' && *at <= 'z') || *at == '<' || *at == '+' || *at == '-' || *at == '_');
}

/* Times of `strace -r` are since the line before, and so the first is less than a second. */
static uint64_t time_of(struct reading *reading, const struct strace_prefix *prefix)
{
	enum { SECOND = 1000000000 };

	if (prefix->of_day)
		return strace_clock_time(&reading->clock, prefix->time);
	if (reading->times == TIMES_UNKNOWN) {
		reading->times = prefix->time < SECOND ? TIMES_RELATIVE : TIMES_ABSOLUTE;
		/* No time is 0: the trace begins at the first that is not. */
		reading->strace.now = SECOND;
	}
	return prefix->time + (reading->times == TIMES_RELATIVE ? reading->strace.now : 0);
}

/* Undoes what a line is dressed in, and what -xx has escaped: once, for all who look at it. */
static void undo_line(struct reading *reading, struct import_line *line)
{
	line->text = strace_undress(&reading->dress, line->text, &line->length);
	line->length = strace_undo_hex(line->text, line->length);
}

static void take_line(struct reading *reading, const struct import_line *line)
{
	struct strace *strace = &reading->strace;
	struct strace_thread *thread;
	struct strace_prefix prefix;
	const char *at = line->text, *end = at + line->length;

	at = strace_parse_prefix(at, end, &prefix);
	if (is_remark(at, end)) {
		if (memmem(at, (size_t)(end - at), "32 bit mode", 11))
			import_note(&strace->import->account, IMPORT_REMARK, 1, strace->line,
				    "programs of another word size");
		return;
	}
	if (line->cut) {
		add(&reading->cut, strace->line);
		return;
	}
	if (!looks_like_call(at, end)) {
		reading->other = reading->other ?: strace_other(at, end);
		add(&reading->strange, strace->line);
		return;
	}
	thread = strace_line_thread(strace, prefix.tid, begins(at, end, "<... "));
	if (!thread) {
		add(&reading->threads, strace->line);
		return;
	}
	if (prefix.timed)
		strace->now = time_of(reading, &prefix);
	else
		add(&reading->untimed, strace->line);
	if (prefix.whole)
		add(&reading->coarse, strace->line);
	if (!strace->maker.begin)
		strace->maker.begin = strace->now;
	take_text(reading, thread, at, end);
}

/* The first path that strace shows with a descriptor of a line. */
static bool first_path(const char *at, const char *end, struct strace_text *path)
{
	while ((at = memmem(at, (size_t)(end - at), "</", 2))) {
		const char *stop = memchr(at, '>', (size_t)(end - at));

		if (!stop)
			return false;
		*path = (struct strace_text){ at + 1, (size_t)(stop - at - 1) };
		if (!begins(path->at, stop, "/proc/") && !begins(path->at, stop, "/sys/") &&
		    !begins(path->at, stop, "/dev/") && !begins(path->at, stop, "/memfd:"))
			return true;
		at = stop;
	}
	return false;
}

static void look_at_line(struct reading *reading, const struct import_line *line)
{
	const char *at = line->text, *end = at + line->length, *open;
	const struct strace_row *row;
	struct strace_place *place;
	struct strace_text path;
	struct strace_prefix prefix;

	at = strace_parse_prefix(at, end, &prefix);
	open = memchr(at, '(', (size_t)(end - at));
	if (!open)
		return;
	row = strace_row((struct strace_text){ at, (size_t)(open - at) });
	/* Private mappings are of programs and libraries. */
	if (!row || !row->weight || !first_path(open, end, &path) ||
	    (row->op == TRACE_MMAP && !memmem(open, (size_t)(end - open), "MAP_SHARED", 10)))
		return;
	place = strace_place(&reading->strace, path);
	if (place)
		place->traffic += row->weight;
}

/* Programs and libraries, which every process reads as it starts. */
static bool is_of_system(const struct strace_place *place)
{
	static const char *const prefixes[] = {
		"/usr/", "/lib", "/etc", "/opt/", "/snap/", "/nix/"
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(place->path, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

/* Where most went; programs and libraries only where nothing else is. */
static const struct strace_place *busiest(const struct strace *strace)
{
	const struct strace_place *best = NULL;

	for (size_t i = 0; i < strace->place_count; i++) {
		const struct strace_place *place = &strace->places[i];
		bool system = is_of_system(place);

		if (!place->traffic)
			continue;
		if (!best || (is_of_system(best) && !system) ||
		    (is_of_system(best) == system && place->traffic > best->traffic))
			best = place;
	}
	return best;
}

static int find_directory(struct reading *reading)
{
	struct strace *strace = &reading->strace;
	const struct strace_place *place;
	struct import_line line;
	struct strace_text text;

	if (lseek(strace->import->fd, 0, SEEK_CUR) < 0)
		return import_fail(
			strace->import, 0,
			"a pipe can be read only once: --under has to name the directory");
	while (import_lines_next(&reading->lines, &line)) {
		undo_line(reading, &line);
		look_at_line(reading, &line);
	}
	if (reading->lines.error)
		return report(reading->lines.error, "%s", strace->import->path);
	place = busiest(strace);
	strace->pathful = place;
	/* Whether it is a log of strace at all, the second pass finds out. */
	text = place ? (struct strace_text){ place->path, place->length }
		     : (struct strace_text){ "/", 1 };
	if (!strace_path(text, strace->under, sizeof(strace->under)))
		return import_fail(strace->import, 0,
				   "the directory most used has a path too long");
	import_lines_close(&reading->lines);
	if (lseek(strace->import->fd, 0, SEEK_SET))
		return report(-errno, "%s", strace->import->path);
	return import_lines_open(&reading->lines, strace->import->fd);
}

static int choose_directory(struct reading *reading)
{
	struct strace *strace = &reading->strace;
	const char *under = strace->import->options.under;

	if (under && (*under != '/' || strlen(under) >= sizeof(strace->under)))
		return report(0, "--under %s: expected an absolute path, as strace shows it",
			      under);
	if (under)
		snprintf(strace->under, sizeof(strace->under), "%s", under);
	else if (find_directory(reading))
		return -EINVAL;
	strace->under_length = strlen(strace->under);
	while (strace->under_length && strace->under[strace->under_length - 1] == '/')
		strace->under[--strace->under_length] = '\0';
	return 0;
}

static void note(struct reading *reading, enum import_class class, const struct count *count,
		 const char *what)
{
	import_note(&reading->strace.import->account, class, count->lines, count->first, "%s",
		    what);
}

static int by_skipped(const void *a, const void *b)
{
	const struct strace_place *one = a, *other = b;

	return (one->skipped < other->skipped) - (one->skipped > other->skipped);
}

/* Those where most was skipped by name, the others together: a program that starts looks for its
 * libraries in many. */
static void account_places(struct reading *reading)
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

/* A path has a place in the account's notes: its end, where it is long. */
static const char *path_end(const char *path)
{
	enum { SHOWN = 60 };
	size_t length = strlen(path);

	return length > SHOWN ? path + length - SHOWN : path;
}

static void account_directory(struct reading *reading)
{
	const struct strace *strace = &reading->strace;
	const char *path = *strace->under ? strace->under : "/", *shown = path_end(path);

	import_note(&strace->import->account, IMPORT_UNDERSTOOD, strace->maker.writer.calls, 0,
		    "calls on files below %s%s%s", shown > path ? "..." : "", shown,
		    strace->import->options.under ? ""
						  : ", where most went (another: --under DIR)");
}

/* What moves data, or a file's position, and is not in the replay. */
static void account_lost(struct reading *reading)
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

static void make_account(struct reading *reading)
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
	for (size_t i = 0; i < UNKNOWN_SLOTS; i++)
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

/* No call was on a file of the directory: those where there were some. */
static int fail_elsewhere(struct reading *reading)
{
	enum { PLACES_NAMED = 4 };

	struct strace *strace = &reading->strace;
	char text[400] = "";
	size_t used = 0;

	qsort(strace->places, strace->place_count, sizeof(strace->places[0]), by_traffic);
	for (size_t i = 0; i < strace->place_count && i < PLACES_NAMED; i++) {
		const struct strace_place *place = &strace->places[i];

		if (place->traffic && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? ", " : "", path_end(place->path));
	}
	return import_fail(strace->import, reading->lines.number,
			   "to its end there is no call on a file in %.100s%s%s%s",
			   *strace->under ? strace->under : "/",
			   used ? "; most reads, writes and the like were in " : "", text,
			   used ? ": --under takes one" : " (were paths shown, by -yy?)");
}

static int finish(struct reading *reading)
{
	struct strace *strace = &reading->strace;
	uint64_t used = strace->maker.writer.calls;
	int r;

	if (strace->full)
		return import_fail(strace->import, strace->line,
				   "the threads, descriptors, mappings and unfinished calls up to "
				   "here take more than %d MiB to follow",
				   STRACE_HELD_MAX >> 20);
	r = trace_scenario_finish(strace->import, &strace->maker, &reading->lines);
	if (r)
		return r;
	make_account(reading);
	if (used)
		return trace_scenario_write(strace->import, &strace->maker, strace->under);
	if (!reading->calls)
		return import_fail(strace->import,
				   reading->strange.first ?: reading->garbled.first ?: 1,
				   reading->lines.number ? "no line of it is a call%s%s"
							 : "it is empty%s%s",
				   reading->other ? "; it is " : "", reading->other ?: "");
	return fail_elsewhere(reading);
}

static int read_strace(struct import *import)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	struct import_line line;
	int r;

	if (!reading)
		return report(-ENOMEM, "%s", import->path);
	r = strace_open(&reading->strace, import);
	if (!r)
		r = import_lines_open(&reading->lines, import->fd);
	if (!r)
		r = choose_directory(reading);
	if (!r)
		r = import_companion(import, ".trace");
	if (!r)
		r = maker_open(&reading->strace.maker, import->companion, "strace");
	if (!r) {
		while (!reading->strace.full &&
		       trace_scenario_next(&reading->strace.maker, &reading->lines, &line)) {
			reading->strace.line = reading->lines.number;
			undo_line(reading, &line);
			/* What else there is matters as long as there is nothing. */
			if (import->options.under && !reading->strace.maker.writer.calls)
				look_at_line(reading, &line);
			take_line(reading, &line);
		}
		r = finish(reading);
	}
	maker_close(&reading->strace.maker);
	import_lines_close(&reading->lines);
	strace_close(&reading->strace);
	free(reading);
	return r;
}

const struct importer importer_strace = {
	.name = "strace",
	.expects = "a log of strace -f -ttt -T -yy",
	.about = "A log of `strace -f -ttt -T -yy`, also with `[pid N]` in front, with "
		 "unfinished and resumed calls, or cut off at either end. Times of `-t` "
		 "and `-tt` will do as well, over midnight too, and of `-r`; those of `-t` are in "
		 "whole seconds. What `-i`, `-n`, `-Y`, `-xx`, `-e raw` and `--pidns-translation` "
		 "add is understood. Without times, "
		 "calls come in order with no time between; "
		 "without `-T` they are taken as instant, and without `-y` files are "
		 "known only by the calls that open them. Taken are calls on regular "
		 "files under one directory: open, close, dup, read, write, pread, pwrite "
		 "and their vectors, lseek, stat, mmap, munmap, msync, fallocate, "
		 "truncate, fsync, fdatasync, sync_file_range, rename, link, unlink, "
		 "copy_file_range, sendfile, fadvise, and what io_submit submits. The parts that "
		 "`-ff` "
		 "leaves, NAME.PID, are given as several FILEs, or as their directory. I/O of "
		 "io_uring "
		 "is in no trace: it is named. A file that gets larger than 512G is an error: "
		 "stamps do not tell its pages apart. The scenario replays them; see "
		 "`workload` in `foliostorm-scenario`(5).",
	.has_paths = true,
	.has_parts = true,
	.has_storms = true,
	.read = read_strace,
};
