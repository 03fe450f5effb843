/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_joined.h"
#include "tools/machine/kernel_line.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
	LONG = 50, /* a longer line may have another mark */
	MANY = 12, /* more marks than a kernel line has */
};

/* Finds the next mark of the kernel from `text` on. behind: set to where the next search starts. */
static bool find_mark(const char *text, struct kernel_line *line, const char **behind)
{
	kernel_line_read(line, text);
	*behind = line->behind;
	return line->kind != KERNEL_LINE_NONE;
}

bool log_is_report(const char *text)
{
	struct kernel_line line;
	const char *at = text;
	int marks = 0;

	while (strlen(at) > LONG && marks <= MANY && find_mark(at, &line, &at))
		marks++;
	return marks > MANY;
}

/* Whether a line with the one mark may have the other, too: a place is also a function, and a first
 * line may name one, or say its kind twice. */
static bool goes_with(enum kernel_line_kind last, const struct kernel_line *line)
{
	switch (line->kind) {
	case KERNEL_LINE_REGISTERS:
		return last == KERNEL_LINE_REGISTERS;
	case KERNEL_LINE_FRAME:
		return last != KERNEL_LINE_FRAME && last != KERNEL_LINE_TRACE;
	case KERNEL_LINE_TAINT:
		return last == KERNEL_LINE_TASK;
	case KERNEL_LINE_OPENING:
		return last == KERNEL_LINE_END || (last == KERNEL_LINE_OPENING &&
						   strncmp(line->text, "kernel BUG at", 13) != 0);
	case KERNEL_LINE_PLACE:
		return last == KERNEL_LINE_PLACE;
	default:
		return false;
	}
}

/* A line about processor and task begins before its mark. */
static char *begin_of(char *text, const struct kernel_line *line)
{
	char *at = text + (line->text - text), *cpu;

	if (line->kind != KERNEL_LINE_TASK)
		return at;
	for (cpu = at; cpu > text && at - cpu < LONG; cpu--)
		if (!strncmp(cpu, "CPU: ", 5) || !strncmp(cpu, "Pid: ", 5))
			return cpu;
	return at;
}

char *log_split_joined(char *text)
{
	enum kernel_line_kind last = KERNEL_LINE_NONE;
	const char *behind = text;
	struct kernel_line line;

	while (find_mark(behind, &line, &behind)) {
		char *begin = begin_of(text, &line);
		bool splits = last != KERNEL_LINE_NONE && begin > text &&
			      isspace((unsigned char)begin[-1]) && !goes_with(last, &line);

		last = line.kind;
		if (!splits)
			continue;
		begin[-1] = '\0';
		return begin;
	}
	return NULL;
}

bool log_mark_spans(const char *line, const char *next)
{
	enum { PART = 24 }; /* longer than the longest mark */
	size_t length = strlen(line), skip = length > PART ? length - PART : 0;
	char text[2 * PART + 2];
	const char *behind = text, *joint;
	struct kernel_line mark;

	snprintf(text, sizeof(text), "%s %.*s", line + skip, PART, next);
	joint = text + (length - skip);
	while (find_mark(behind, &mark, &behind))
		if (mark.text < joint && behind > joint)
			return true;
	return false;
}
