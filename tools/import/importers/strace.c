/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * import strace: turns a log of `strace -f -ttt -T -yy` into a trace for the workload `replay`.
 *
 * Two passes: the first finds the directory whose files were used most (not with --under), the
 * second takes the calls on its files. Only threads, descriptors and names are kept, so a log may
 * be of any size.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/importers.h"
#include "tools/import/importers/strace_calls.h"
#include "tools/import/importers/strace_reading.h"
#include "tools/import/importers/trace_scenario.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(struct strace_count *count, uint64_t line)
{
	if (!count->lines++)
		count->first = line;
}

static void count_unknown(struct strace_reading *reading, struct strace_text name)
{
	struct import_account *account = &reading->strace.import->account;
	size_t length = name.length < 31 ? name.length : 31;
	struct unknown *unknown;
	unsigned int hash = 0;

	for (size_t i = 0; i < length; i++)
		hash = hash * 31 + (unsigned char)name.at[i];
	unknown = &reading->unknown[hash % STRACE_UNKNOWN];
	if (strlen(unknown->name) != length || memcmp(unknown->name, name.at, length)) {
		import_note(account, IMPORT_NOT_USED, unknown->count.lines, unknown->count.first,
			    "system call not known: %s", unknown->name);
		*unknown = (struct unknown){ .count.lines = 0 };
		memcpy(unknown->name, name.at, length);
	}
	add(&unknown->count, reading->strace.line);
}

/* Whether an argument is a descriptor of a file that counts. */
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

static void take_call(struct strace_reading *reading, struct strace_thread *thread,
		      const char *text, size_t length, uint64_t start)
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

/* Keeps the first part of a call that is resumed later. */
static void keep_unfinished(struct strace_reading *reading, struct strace_thread *thread,
			    const char *at, const char *mark)
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
	if (strace_begins(at, at + length, "clone") || strace_begins(at, at + length, "fork") ||
	    strace_begins(at, at + length, "vfork"))
		strace->forking = thread;
}

/* Handles "<... pread64 resumed>rest": takes the whole call at its end. */
static void take_resumed(struct strace_reading *reading, struct strace_thread *thread,
			 const char *at, const char *end)
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

static void take_text(struct strace_reading *reading, struct strace_thread *thread, const char *at,
		      const char *end)
{
	static const char unfinished[] = "<unfinished ...>";
	const char *mark;

	if (strace_begins(at, end, "<... ")) {
		take_resumed(reading, thread, at, end);
		return;
	}
	if (thread->pending) {
		add(&reading->endless, reading->strace.line);
		strace_let_go(&reading->strace, thread->pending);
		thread->pending = NULL;
	}
	if (strace_begins(at, end, "+++ ")) {
		reading->calls++;
		strace_gone(&reading->strace, thread);
	} else if (strace_begins(at, end, "--- ")) {
		reading->calls++;
	} else if ((size_t)(end - at) > sizeof(unfinished) &&
		   !memcmp(end - sizeof(unfinished) + 1, unfinished, sizeof(unfinished) - 1)) {
		mark = end - sizeof(unfinished) + 1;
		keep_unfinished(reading, thread, at, mark);
	} else {
		take_call(reading, thread, at, (size_t)(end - at), reading->strace.now);
	}
}

/* Recognizes messages of strace itself. */
static bool is_remark(const char *at, const char *end)
{
	return at == end || strace_begins(at, end, "strace: ") ||
	       strace_begins(at, end, "[ Process PID=");
}

static bool looks_like_call(const char *at, const char *end)
{
	return at < end &&
	       ((*at >= 'a' && *at <= 'z') || *at == '<' || *at == '+' || *at == '-' || *at == '_');
}

/* Times of `strace -r` are relative to the line before, so the first is less than a second. */
static uint64_t time_of(struct strace_reading *reading, const struct strace_prefix *prefix)
{
	enum { SECOND = 1000000000 };

	if (prefix->of_day)
		return strace_clock_time(&reading->clock, prefix->time);
	if (reading->times == TIMES_UNKNOWN) {
		reading->times = prefix->time < SECOND ? TIMES_RELATIVE : TIMES_ABSOLUTE;
		/* A trace has no time 0: it begins at the first other time. */
		reading->strace.now = SECOND;
	}
	return prefix->time + (reading->times == TIMES_RELATIVE ? reading->strace.now : 0);
}

static void take_line(struct strace_reading *reading, const struct import_line *line)
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
	thread = strace_line_thread(strace, prefix.tid, strace_begins(at, end, "<... "));
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

static int finish(struct strace_reading *reading)
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
	strace_make_account(reading);
	if (used)
		return trace_scenario_write(strace->import, &strace->maker, strace->under);
	if (!reading->calls)
		return import_fail(strace->import,
				   reading->strange.first ?: reading->garbled.first ?: 1,
				   reading->lines.number ? "no line of it is a call%s%s"
							 : "it is empty%s%s",
				   reading->other ? "; it is " : "", reading->other ?: "");
	return strace_fail_elsewhere(reading);
}

static int read_strace(struct import *import)
{
	struct strace_reading *reading = calloc(1, sizeof(*reading));
	struct import_line line;
	int r;

	if (!reading)
		return report(-ENOMEM, "%s", import->path);
	r = strace_open(&reading->strace, import);
	if (!r)
		r = import_lines_open(&reading->lines, import->fd);
	if (!r)
		r = strace_choose_directory(reading);
	if (!r)
		r = import_companion(import, ".trace");
	if (!r)
		r = maker_open(&reading->strace.maker, import->companion, "strace");
	if (!r) {
		while (!reading->strace.full &&
		       trace_scenario_next(&reading->strace.maker, &reading->lines, &line)) {
			reading->strace.line = reading->lines.number;
			strace_undo_line(reading, &line);
			/* Other forms matter only if there is no call. */
			if (import->options.under && !reading->strace.maker.writer.calls)
				strace_look_at_line(reading, &line);
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
