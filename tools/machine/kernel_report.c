/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_report.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNREAD_MAX = 500 }; /* lines without a form end a report whose end was not seen */

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* Copies what follows `before` in the line up to one of `ends`. Returns whether it was there. */
static bool word_after(const char *line, const char *before, const char *ends, char *word,
		       size_t size)
{
	const char *found = strstr(line, before);

	if (!found)
		return false;
	found += strlen(before);
	snprintf(word, size, "%.*s", (int)strcspn(found, ends), found);
	return true;
}

static bool number_after(const char *line, const char *before, int base, uint64_t *number)
{
	const char *found = strstr(line, before);
	char *end;

	if (!found)
		return false;
	found += strlen(before);
	*number = strtoull(found, &end, base);
	return end > found;
}

/* A process's name, which may hold blanks: up to the first of `ends`. */
static void take_process(struct kernel_report *report, const char *line, const char *before,
			 const char *const *ends)
{
	const char *found = strstr(line, before), *end = NULL;

	if (!found || *report->process)
		return;
	found += strlen(before);
	for (; *ends; ends++) {
		const char *one = strstr(found, *ends);

		if (one && (!end || one < end))
			end = one;
	}
	end = end ? end : found + strlen(found);
	while (end > found && isspace((unsigned char)end[-1]))
		end--;
	snprintf(report->process, sizeof(report->process), "%.*s", (int)(end - found), found);
}

/* "kworker/1:1:22", a name, which may hold colons, and a number: the name stays. */
static void without_number(char *process)
{
	char *colon = strrchr(process, ':');

	if (colon)
		*colon = '\0';
}

/* "CPU#4: kcompactd0/67" of a warning from 6.19 on. */
static void take_warned(struct kernel_report *report, const char *line)
{
	const char *at = strstr(line, ", CPU#");
	char *slash;

	if (at && !*report->process &&
	    word_after(at, ": ", "\n", report->process, sizeof(report->process))) {
		slash = strrchr(report->process, '/');
		if (slash)
			*slash = '\0';
	}
}

/* Page dumps: "page: refcount:2 ... index:0x100 pfn:0x7500", "head: order:4 ...",
 * "aops:... ino:83 dentry name(?):\"system.journal\"" (mm/debug.c, 5.10 to 7.2). */
static void take_dump_line(struct kernel_report *dump, const struct kernel_line *line)
{
	uint64_t order;

	switch (line->kind) {
	case KERNEL_LINE_PAGE:
		memset(dump, 0, sizeof(*dump));
		dump->has_folio = number_after(line->text, " index:", 16, &dump->folio);
		return;
	case KERNEL_LINE_HEAD:
		if (number_after(line->text, "order:", 10, &order))
			dump->order = (unsigned int)order;
		return;
	default:
		number_after(line->text, "ino:", 16, &dump->inode);
		word_after(line->text, "aops:", " \t", dump->owner, sizeof(dump->owner));
		if (!word_after(line->text, "dentry name(?):\"", "\"", dump->file,
				sizeof(dump->file)))
			word_after(line->text, "dentry name:\"", "\"", dump->file,
				   sizeof(dump->file));
	}
}

/* What is to be kept rather: hits, and of the rest what tells why the kernel died. */
static int worth_of(const struct kernel_reports *reports, const struct kernel_report *report)
{
	return kernel_report_meaning(reports, report) == KERNEL_HIT ? 3
	       : report->fatal || report->panicked                  ? 2
								    : !report->beside;
}

/* An item has gone: streams that had it have none, and what was behind it has moved up. */
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

/* Makes room for a report of which it is not known yet what it is. */
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

/* The caller's stream. One that is not said is that of the line before; of those that are new takes
 * a stream who was not said in it, or else the one that was used longest ago. */
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

/* A bad page is dumped behind the report of it. */
static bool take_dump(struct kernel_stream *stream, struct kernel_report *report)
{
	struct kernel_report *dump = &stream->dump;

	if (!strstr(report->text, "BUG: Bad page"))
		return false;
	memcpy(report->file, dump->file, sizeof(report->file));
	memcpy(report->owner, dump->owner, sizeof(report->owner));
	report->inode = dump->inode;
	report->has_folio = dump->has_folio;
	report->folio = dump->folio;
	report->order = dump->order;
	memset(dump, 0, sizeof(*dump));
	return true;
}

/* Whether the kernel panics over what it has told before, which did not stop it by itself. */
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

/* What the kernel panics over: the last that it told, of tasks that wait the first of a row; NULL:
 * it has not told. */
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

/* The report that a line with an opening belongs to, if it begins none: one death has many first
 * lines, assertion, BUG, Oops, and a panic after the trace has ended. The first is the cause.
 * Behind the line that tells the process another death begins: the end of the one before is lost.
 * An assertion that only warns dumps the page before its warning. */
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
	return starts(last->text, "VM_WARN_ON") && !*last->process && strstr(line->text, "WARNING:")
		       ? last
		       : NULL;
}

/* What a first line itself names. */
static void take_opening(struct kernel_report *report, const struct kernel_line *line)
{
	static const char *const page_ends[] = { " pfn:", " pte:", NULL };
	static const char *const by_ends[] = { "/", NULL };
	struct kernel_line rest;
	const char *at = strstr(line->text, " in ");

	word_after(line->text, "kernel BUG at ", "!", report->source, sizeof(report->source));
	take_process(report, line->text, "in process ", page_ends);
	take_process(report, line->text, " by task ", by_ends);
	if (!*report->process &&
	    word_after(line->text, "INFO: task ", " ", report->process, sizeof(report->process)))
		without_number(report->process);
	if (line->opening->spins && !*report->process &&
	    word_after(line->text, "s! [", "]", report->process, sizeof(report->process)))
		without_number(report->process);
	report->has_address |= number_after(line->text, "address: ", 16, &report->address) ||
			       number_after(line->text, "dereference at ", 16, &report->address) ||
			       number_after(line->text, "virtual address ", 16, &report->address) ||
			       number_after(line->text, "request at ", 16, &report->address);
	if (!starts(line->text, "WARNING:") && !starts(line->text, "BUG: K") &&
	    !starts(line->text, "UBSAN"))
		return;
	if (!*report->source &&
	    !word_after(line->text, " at ", " ", report->source, sizeof(report->source)) &&
	    !starts(line->text, "BUG: K"))
		word_after(line->text, "WARNING: ", " ", report->source, sizeof(report->source));
	/* "WARNING: [CONDITION] FILE:LINE at FUNCTION, CPU#4: PROCESS/PID" from 6.19 on. */
	if (!strchr(report->source, ':'))
		word_after(line->text, starts(line->text, "WARNING: [") ? "] " : "WARNING: ", " ",
			   report->source, sizeof(report->source));
	if (!strchr(report->source, ':') || !strchr(report->source, '.'))
		*report->source = '\0';
	take_warned(report, line->text);
	at = at && starts(line->text, "BUG: K") ? at + 4 : strstr(line->text, "+0x");
	while (at && at > line->text && !isspace((unsigned char)at[-1]))
		at--;
	if (!at || *report->function)
		return;
	kernel_line_read(&rest, at);
	memcpy(report->function, rest.function, sizeof(report->function));
	if (!*report->function && starts(line->text, "BUG: K"))
		snprintf(report->function, sizeof(report->function), "%.*s",
			 (int)strcspn(at, " /+"), at);
}

/* An assertion ends with its parenthesis, whatever quotes and marks come behind it. */
static size_t text_length(const char *text)
{
	const char *end = starts(text, "VM_") ? strrchr(text, ')') : NULL;

	return end ? (size_t)(end + 1 - text) : strlen(text);
}

static void begin(struct kernel_reports *reports, struct kernel_stream *stream,
		  const struct kernel_line *line)
{
	static const char because[] = "page dumped because: ";
	struct kernel_report *report = continued(reports, stream, line);
	const char *text = strstr(line->text, because);

	text = text ? text + sizeof(because) - 1 : line->text;
	if (!report) {
		report = add_report(reports);
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
	take_opening(report, line);
}

/*
 * Where the page that was wanted is told by nothing but registers: the one that is known to hold
 * it, or, where none is, the only one that can. It lies behind the folio that came (a look-up is
 * served by a part that lies before the page), in the same 2 MiB. Small numbers are anything.
 */
static void find_fault(struct kernel_report *report)
{
	enum { SPAN = 512, SMALL = 256 };
	const char *known = kernel_register_of(report->arch, report->function, report->release);
	const struct kernel_register *only = NULL;
	uint64_t folio = report->folio;
	size_t fits = 0;

	report->has_fault = report->fault_known = false;
	if (!report->has_folio || !strstr(report->text, "!folio_contains(") ||
	    !kernel_keeps_index(report->function))
		return;
	for (size_t i = 0; i < report->kept_count; i++) {
		const struct kernel_register *one = &report->kept[i];

		if ((known && strcmp(known, one->name)) ||
		    one->value < folio + (1ULL << (report->order & 31)) ||
		    one->value / SPAN != folio / SPAN)
			continue;
		fits += !only || only->value != one->value;
		only = one;
	}
	if (fits != 1 || (!known && folio < SMALL))
		return;
	report->fault_known = known;
	report->has_fault = true;
	report->fault = only->value;
	memcpy(report->fault_from, only->name, sizeof(report->fault_from));
}

/* Numbers that may be those of pages; addresses are not. */
static void take_registers(struct kernel_stream *stream, struct kernel_report *report,
			   const char *text)
{
	struct kernel_register found[8];
	size_t count =
		kernel_registers_read(text, &report->arch, &stream->row, found, ARRAY_SIZE(found));

	for (size_t i = 0; i < count && report->kept_count < ARRAY_SIZE(report->kept); i++)
		if (found[i].value && found[i].value < UINT64_MAX >> 16)
			report->kept[report->kept_count++] = found[i];
	find_fault(report);
}

/* "Not tainted 6.18.7 #1 SMP": the word before the build's number, and what is behind it. */
static void take_release(struct kernel_report *report, const char *line)
{
	const char *end = strstr(line, " #"), *begin = end;
	char old[sizeof(report->release)];

	if (!end || !isdigit((unsigned char)end[2]))
		return;
	while (begin > line && !isspace((unsigned char)begin[-1]))
		begin--;
	if (!isdigit((unsigned char)*begin))
		return;
	memcpy(old, report->release, sizeof(old));
	snprintf(report->release, sizeof(report->release), "%.*s", (int)(end - begin), begin);
	/* What the kernel said as it started says more. */
	if (!*report->build || strcmp(report->release, old))
		snprintf(report->build, sizeof(report->build), "%s", end + 1);
}

static void take_task(struct kernel_stream *stream, struct kernel_report *report, const char *line)
{
	static const char *const ends[] = { " Kdump:", " Not tainted", " Tainted:", NULL };

	take_process(report, line, "omm: ", ends);
	take_release(report, line);
	stream->headed = true;
}

static void take_function(struct kernel_report *report, const struct kernel_line *line)
{
	memcpy(report->function, line->function, sizeof(report->function));
	memcpy(report->module, line->module, sizeof(report->module));
	find_fault(report);
}

/* Who waits is in the scheduler; what for is told by the first function that is not. */
static bool waits_itself(const char *function)
{
	static const char *const prefixes[] = {
		"__schedule",       "schedule",    "io_schedule",   "__mutex_lock", "mutex_lock",
		"rwsem_down",       "down_",       "__down",        "bit_wait",     "__wait_on_bit",
		"out_of_line_wait", "wait_for_co", "__wait_for_co", "do_wait_for",  "rt_mutex",
		"percpu_rwsem",     "__percpu",    "preempt_sched",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (starts(function, prefixes[i]))
			return true;
	return false;
}

static void take_frame(const struct kernel_stream *stream, struct kernel_report *report,
		       const struct kernel_line *line)
{
	size_t used = strlen(report->trace);

	if (line->unsure)
		return;
	if (used + strlen(line->function) + 2 < sizeof(report->trace))
		snprintf(report->trace + used, sizeof(report->trace) - used, " %s", line->function);
	if (!*report->frame && kernel_in_page_cache(line->function))
		memcpy(report->frame, line->function, sizeof(report->frame));
	if (*report->function || (!report->waits && !stream->nowhere) ||
	    (report->waits && waits_itself(line->function)))
		return;
	take_function(report, line);
}

/* The selector of "RIP: 0033:0x7f1df9a2" says who was running; below Xen the kernel has e030 and
 * e033. */
static bool is_user_place(const struct kernel_line *line)
{
	uint64_t selector;

	return !*line->function && number_after(line->text, "RIP: ", 16, &selector) &&
	       (selector & 3) == 3 && selector >> 12 != 0xe;
}

/* A line of an open report. Returns whether it says something. */
static bool add_line(struct kernel_stream *stream, struct kernel_report *report,
		     const struct kernel_line *line)
{
	uint64_t size;

	switch (line->kind) {
	case KERNEL_LINE_NONE:
		if (stream->row && stream->row < 16) {
			take_registers(stream, report, line->text);
			return true;
		}
		report->unread += line->text[strspn(line->text, " \t")] != '\0';
		if (report->unread > UNREAD_MAX)
			stream->report = 0;
		if (number_after(line->text, "PAGE_SIZE=", 10, &size))
			report->page_size = (unsigned int)size;
		return false;
	case KERNEL_LINE_USER:
		stream->in_user_mode = true;
		return true;
	case KERNEL_LINE_PLACE:
		stream->in_user_mode = is_user_place(line);
		stream->nowhere = !*line->function && !stream->in_user_mode && !report->waits;
		if (!*report->function && !stream->in_user_mode)
			take_function(report, line);
		return true;
	case KERNEL_LINE_TASK:
		take_task(stream, report, line->text);
		return true;
	case KERNEL_LINE_TAINT:
		take_release(report, line->text);
		return true;
	case KERNEL_LINE_END:
		stream->report = 0;
		return true;
	case KERNEL_LINE_FRAME:
		if (!stream->in_user_mode)
			take_frame(stream, report, line);
		return true;
	case KERNEL_LINE_REGISTERS:
		if (!stream->in_user_mode)
			take_registers(stream, report, line->text);
		return true;
	case KERNEL_LINE_FILE:
		word_after(line->text, "file:", " ", report->file, sizeof(report->file));
		word_after(line->text, "fault:", " ", report->owner, sizeof(report->owner));
		return true;
	case KERNEL_LINE_BECAUSE:
		return take_dump(stream, report);
	case KERNEL_LINE_OTHER:
		if (!report->has_cr2)
			report->has_cr2 = number_after(line->text, "CR2: ", 16, &report->cr2);
		return false;
	default:
		return false;
	}
}

/* "Linux version 6.8.0-45-generic (buildd@...) (...) #45-Ubuntu SMP ... (Ubuntu 6.8.0-45.45-generic
 * 6.8.12)"; apport has the end of it alone, behind "ProcVersionSignature: ". */
static void take_version(struct kernel_reports *reports, const char *line)
{
	const char *build = strstr(line, ") #");

	if (starts(line, "ProcVersionSignature: ")) {
		snprintf(reports->build, sizeof(reports->build), "(%.150s)", strchr(line, ' ') + 1);
		return;
	}
	word_after(line, "Linux version ", " ", reports->release, sizeof(reports->release));
	if (build)
		snprintf(reports->build, sizeof(reports->build), "%.159s", build + 2);
}

/* Which order lines come in. Frames are many, and another report may follow them: they tell by what
 * is above the first. */
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

bool kernel_reports_line(struct kernel_reports *reports, const char *text)
{
	struct kernel_stream *stream;
	struct kernel_report *report;
	struct kernel_line line;

	reports->lines++;
	reports->took = false;
	kernel_line_read(&line, text);
	stream = stream_of(reports, line.caller);
	stream->used = reports->lines;
	report = open_report(reports, stream);
	weigh_order(reports, line.kind);
	switch (line.kind) {
	case KERNEL_LINE_VERSION:
		take_version(reports, line.text);
		reports->took = true;
		return false;
	case KERNEL_LINE_PAGE:
	case KERNEL_LINE_HEAD:
	case KERNEL_LINE_OWNER:
		take_dump_line(&stream->dump, &line);
		reports->took = true;
		return false;
	case KERNEL_LINE_OPENING:
		/* Within a report it is a part of that. */
		if (line.opening->beside && (report || !reports->subject.everything))
			return false;
		begin(reports, stream, &line);
		reports->took = true;
		return true;
	default:
		reports->took = report && add_line(stream, report, &line);
		/* The kernel is the same for all that it says, until it starts again. */
		if (report && *report->release)
			memcpy(reports->release, report->release, sizeof(reports->release));
		return false;
	}
}
