/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/import_parts.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/base/scratch.h"
#include "tools/import/importers/strace_line.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Too long a line stays so, and is skipped by its reader. */
enum { SECOND = 1000000000, LINE_ROOM = IMPORT_LINE_MAX + 2 };

struct part {
	FILE *from;
	unsigned long number; /* at the end of its name; 0: none */
	char *line;           /* of LINE_ROOM bytes */
	size_t length;        /* of the current line, without its newline */
	bool ended;
	int error;     /* -errno of reading it */
	uint64_t time; /* of the line, ns */
	struct strace_clock clock;
	bool begun, relative, numbered;
};

struct parts {
	struct part items[IMPORT_PARTS_MAX];
	size_t count;
};

/* Reads a line and keeps up to LINE_ROOM bytes. Returns whether there is one. */
static bool read_line(struct part *part)
{
	int c = 0;

	part->length = 0;
	while ((c = getc_unlocked(part->from)) != EOF && c != '\n')
		if (part->length < LINE_ROOM - 1)
			part->line[part->length++] = (char)c;
	part->line[part->length] = '\0';
	if (ferror(part->from))
		part->error = -errno;
	part->ended = part->error || (c == EOF && !part->length);
	return !part->ended;
}

static void next_line(struct part *part)
{
	struct strace_prefix prefix;

	if (!read_line(part))
		return;
	strace_parse_prefix(part->line, part->line + part->length, &prefix);
	part->numbered = prefix.tid;
	if (!prefix.timed)
		return;
	if (!part->begun)
		part->relative = !prefix.of_day && prefix.time < SECOND;
	part->begun = true;
	if (prefix.of_day)
		part->time = strace_clock_time(&part->clock, prefix.time);
	else
		part->time = prefix.time + (part->relative ? part->time : 0);
}

static unsigned long number_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && isdigit((unsigned char)dot[1]) && !dot[1 + strspn(dot + 1, "0123456789")]
		       ? strtoul(dot + 1, NULL, 10)
		       : 0;
}

/* Takes ownership of fd, also on error. */
static int add_part(struct parts *parts, int fd, const char *path)
{
	struct part *part = &parts->items[parts->count];
	struct stat status;

	if (fd < 0 || fstat(fd, &status)) {
		int r = report(-errno, "%s", path);

		if (fd >= 0)
			close(fd);
		return r;
	}
	if (!S_ISREG(status.st_mode)) {
		close(fd);
		return report(0, "%s: not a file; expected parts of strace -ff", path);
	}
	if (parts->count == IMPORT_PARTS_MAX) {
		close(fd);
		return report(0, "more than %d parts", IMPORT_PARTS_MAX);
	}
	part->number = number_of(path);
	part->line = malloc(LINE_ROOM);
	part->from = part->line ? fdopen(fd, "r") : NULL;
	if (!part->from) {
		free(part->line);
		close(fd);
		return report(-ENOMEM, "%s", path);
	}
	parts->count++;
	next_line(part);
	return 0;
}

/* All files of a directory whose names end in a number. */
static int add_directory(struct parts *parts, int fd, const char *path)
{
	struct dirent **entries;
	int count = scandirat(fd, ".", &entries, NULL, alphasort), r = 0;

	if (count < 0)
		return report(-errno, "%s", path);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (!r && *name != '.' && entries[i]->d_type != DT_DIR && number_of(name))
			r = add_part(parts, openat(fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC),
				     name);
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int add_path(struct parts *parts, const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), r;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) || !S_ISDIR(status.st_mode))
		return add_part(parts, fd, path);
	r = add_directory(parts, fd, path);
	close(fd);
	return r;
}

/* Parts without a number get one above all PIDs. */
static void write_line(FILE *to, const struct parts *parts, const struct part *part)
{
	enum { UNNUMBERED = 5000000 };
	unsigned long number =
		part->number ? part->number : UNNUMBERED + (unsigned long)(part - parts->items);

	if (!part->numbered)
		fprintf(to, "%lu ", number);
	fwrite(part->line, 1, part->length, to);
	fputc('\n', to);
}

/* Times of day do not say which day. A process that begins much earlier in the day than the one
 * with the lowest number, which began first, began after midnight. */
static void settle_days(struct parts *parts)
{
	const uint64_t day = UINT64_C(86400) * SECOND;
	const struct part *first = NULL;

	for (const struct part *part = parts->items; part < parts->items + parts->count; part++)
		if (part->clock.begun && (!first || part->number < first->number))
			first = part;
	for (struct part *part = parts->items; part < parts->items + parts->count; part++) {
		if (!part->clock.begun || part->time + day / 2 >= first->time)
			continue;
		part->clock.midnight += day;
		part->time += day;
	}
}

/* Returns 0 or the first -errno of reading or writing. */
static int merge(struct parts *parts, FILE *to)
{
	for (;;) {
		struct part *first = NULL;

		for (size_t i = 0; i < parts->count; i++) {
			struct part *part = &parts->items[i];

			if (part->error)
				return part->error;
			if (!part->ended && (!first || part->time < first->time))
				first = part;
		}
		if (!first)
			return fflush(to) ? -errno : 0;
		write_line(to, parts, first);
		if (ferror(to))
			return -errno;
		next_line(first);
	}
}

static int merge_to_file(struct parts *parts, int directory)
{
	_cleanup_close_ int fd = scratch_file(directory, "parts");
	FILE *to;
	int copy, r;

	if (fd < 0)
		return fd;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	to = copy < 0 ? NULL : fdopen(copy, "w");
	if (!to) {
		r = report(-errno, "merging parts");
		if (copy >= 0)
			close(copy);
		return r;
	}
	r = merge(parts, to);
	if (fclose(to) && !r)
		r = -errno;
	if (!r && lseek(fd, 0, SEEK_SET))
		r = -errno;
	return r ? report(r, "merging parts") : take_fd(&fd);
}

int import_parts_merge(const char *const *paths, size_t count, int directory, size_t *number)
{
	struct parts *parts = calloc(1, sizeof(*parts));
	int r = parts ? 0 : report(-ENOMEM, "parts");

	for (size_t i = 0; i < count && !r; i++)
		r = add_path(parts, paths[i]);
	if (!r && !parts->count)
		r = report(0, "%s: no file in it ends in a number; expected NAME.PID of strace -ff",
			   paths[0]);
	if (!r)
		settle_days(parts);
	if (!r)
		r = merge_to_file(parts, directory);
	*number = parts ? parts->count : 0;
	for (size_t i = 0; i < *number; i++) {
		fclose(parts->items[i].from);
		free(parts->items[i].line);
	}
	free(parts);
	return r;
}
