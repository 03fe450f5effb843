/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration (libconfig syntax) with each @include replaced by the included text,
 * and the source of each line. libconfig itself opens no file. Files that would block, and numbers
 * that libconfig would truncate silently, are errors here.
 */
#ifndef TOOLS_SCENARIO_CONFIG_TEXT_H
#define TOOLS_SCENARIO_CONFIG_TEXT_H

#include <libconfig.h>
#include <stddef.h>

struct config_source {
	char *path;
	char *strange; /* why its author is not certain, see config_file_read(); or NULL */
};

struct config_line {
	unsigned int source, line; /* index of the source; line number in it, from 1 */
};

struct config_text {
	char *text;
	size_t size;
	struct config_source *sources;
	size_t source_count;
	struct config_line *lines; /* one per line of the text */
	size_t line_count;
};

/*
 * Reads a file and what it includes: paths relative to the file's directory, at most ten levels,
 * 1000 includes and 16 MiB in total. Errors name file and line; for a number that libconfig would
 * truncate to 32 or 64 bits, also the key. text: filled in; call config_text_release() also on
 * error. Returns 0; -EINVAL; -ENOENT or another errno of the file; all reported.
 */
int config_text_read(struct config_text *text, const char *path);

/* Does the same with a text in memory, which may include nothing. name: used in messages. */
int config_text_take(struct config_text *text, const char *name, const char *from);

/* Frees all that config_text_read() or config_text_take() allocated, and zeroes the struct. */
void config_text_release(struct config_text *text);

/* Parses the text. config: initialized by the caller. Returns 0, or -EINVAL (reported with file and
 * line). */
int config_text_parse(const struct config_text *text, config_t *config);

/* Finds the source of line `line` (from 1) of the text. Without such a line: line 1 of the first
 * source. source: set to the source, which `text` owns; may be NULL. Returns the line number in the
 * source. */
unsigned int config_text_place(const struct config_text *text, unsigned int line,
			       const struct config_source **source);

#endif
