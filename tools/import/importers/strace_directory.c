/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the directory whose files count, in a first pass over the log. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/import/importers/strace_reading.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool strace_begins(const char *at, const char *end, const char *with)
{
	size_t length = strlen(with);

	return (size_t)(end - at) >= length && !memcmp(at, with, length);
}

/* Undoes a line's dress, and the escapes of -xx; done once, for all passes. */
void strace_undo_line(struct strace_reading *reading, struct import_line *line)
{
	line->text = strace_undress(&reading->dress, line->text, &line->length);
	line->length = strace_undo_hex(line->text, line->length);
}

/* The first path that strace shows with a descriptor of a line. */
static bool first_path(const char *at, const char *end, struct strace_text *path)
{
	while ((at = memmem(at, (size_t)(end - at), "</", 2))) {
		const char *stop = memchr(at, '>', (size_t)(end - at));

		if (!stop)
			return false;
		*path = (struct strace_text){ at + 1, (size_t)(stop - at - 1) };
		if (!strace_begins(path->at, stop, "/proc/") &&
		    !strace_begins(path->at, stop, "/sys/") &&
		    !strace_begins(path->at, stop, "/dev/") &&
		    !strace_begins(path->at, stop, "/memfd:"))
			return true;
		at = stop;
	}
	return false;
}

void strace_look_at_line(struct strace_reading *reading, const struct import_line *line)
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

/* Directories of programs and libraries, which every process reads at its start. */
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

/* The directory with most traffic; one of the system only if there is no other. */
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

static int find_directory(struct strace_reading *reading)
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
		strace_undo_line(reading, &line);
		strace_look_at_line(reading, &line);
	}
	if (reading->lines.error)
		return report(reading->lines.error, "%s", strace->import->path);
	place = busiest(strace);
	strace->pathful = place;
	/* The second pass finds out whether it is a log of strace at all. */
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

int strace_choose_directory(struct strace_reading *reading)
{
	struct strace *strace = &reading->strace;
	const char *under = strace->import->options.under;
	int r = 0;

	if (under && (*under != '/' || strlen(under) >= sizeof(strace->under)))
		return report(0, "--under %s: expected an absolute path, as strace shows it",
			      under);
	if (under)
		snprintf(strace->under, sizeof(strace->under), "%s", under);
	else
		r = find_directory(reading);
	if (r)
		return r;
	strace->under_length = strlen(strace->under);
	while (strace->under_length && strace->under[strace->under_length - 1] == '/')
		strace->under[--strace->under_length] = '\0';
	return 0;
}
