/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the lines of a report after its first. */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "tools/machine/kernel_report_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { UNREAD_MAX = 500 }; /* lines without a form end a report whose end was not seen */

/* Takes the dump of a bad page, which follows its report. */
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

/*
 * Finds the index that was looked up. It is only in registers: in the one that is known to hold it
 * or, if none is known, in the only one that can. It is after the folio that was returned (a
 * look-up gets an earlier part of the split folio), in the same 2 MiB. Small numbers are not
 * considered, since they may mean anything.
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

/* Takes numbers that may be those of pages; addresses are not. */
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

/* Takes the release of "Not tainted 6.18.7 #1 SMP", the word before the build's number, and the
 * build after it. */
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
	/* The line of the kernel's start has more detail. */
	if (!*report->build || strcmp(report->release, old))
		snprintf(report->build, sizeof(report->build), "%s", end + 1);
}

static void take_task(struct kernel_stream *stream, struct kernel_report *report, const char *line)
{
	static const char *const ends[] = { " Kdump:", " Not tainted", " Tainted:", NULL };

	kernel_process_after(report, line, "omm: ", ends);
	take_release(report, line);
	stream->headed = true;
}

static void take_function(struct kernel_report *report, const struct kernel_line *line)
{
	memcpy(report->function, line->function, sizeof(report->function));
	memcpy(report->module, line->module, sizeof(report->module));
	find_fault(report);
}

/* Returns whether a function belongs to waiting itself. The first other function tells the
 * reason. */
static bool waits_itself(const char *function)
{
	static const char *const prefixes[] = {
		"__schedule",       "schedule",    "io_schedule",   "__mutex_lock", "mutex_lock",
		"rwsem_down",       "down_",       "__down",        "bit_wait",     "__wait_on_bit",
		"out_of_line_wait", "wait_for_co", "__wait_for_co", "do_wait_for",  "rt_mutex",
		"percpu_rwsem",     "__percpu",    "preempt_sched",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(function, prefixes[i], strlen(prefixes[i])))
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
		append_text(report->trace, sizeof(report->trace), used, " %s", line->function);
	if (!*report->frame && kernel_in_page_cache(line->function))
		memcpy(report->frame, line->function, sizeof(report->frame));
	if (*report->function || (!report->waits && !stream->nowhere) ||
	    (report->waits && waits_itself(line->function)))
		return;
	take_function(report, line);
}

/* Returns whether a program was running, by the selector of "RIP: 0033:0x7f1df9a2". Under Xen the
 * kernel has e030 and e033. */
static bool is_user_place(const struct kernel_line *line)
{
	uint64_t selector;

	return !*line->function && kernel_number_after(line->text, "RIP: ", 16, &selector) &&
	       (selector & 3) == 3 && selector >> 12 != 0xe;
}

bool kernel_report_add(struct kernel_stream *stream, struct kernel_report *report,
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
		if (kernel_number_after(line->text, "PAGE_SIZE=", 10, &size))
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
		kernel_word_after(line->text, "file:", " ", report->file, sizeof(report->file));
		kernel_word_after(line->text, "fault:", " ", report->owner, sizeof(report->owner));
		return true;
	case KERNEL_LINE_BECAUSE:
		return take_dump(stream, report);
	case KERNEL_LINE_OTHER:
		if (!report->has_cr2)
			report->has_cr2 =
				kernel_number_after(line->text, "CR2: ", 16, &report->cr2);
		return false;
	default:
		return false;
	}
}
