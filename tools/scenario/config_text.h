/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration (libconfig), with what it includes in the place of each @include, and
 * where each line of it came from. libconfig itself opens no file: what it would follow, wait for
 * or cut without a word is an error here.
 */
#ifndef TOOLS_SCENARIO_CONFIG_TEXT_H
#define TOOLS_SCENARIO_CONFIG_TEXT_H

#include <libconfig.h>
#include <stddef.h>

struct config_source {
	char *path;
	char *strange; /* why nobody knows who wrote it, as config_file_read() says; or NULL */
};

struct config_line {
	unsigned int source, line; /* which source; number there, from 1 */
};

struct config_text {
	char *text;
	size_t size;
	struct config_source *sources;
	size_t source_count;
	struct config_line *lines; /* of each line of the text */
	size_t line_count;
};

/*
 * Reads a file and what it includes: relative to the file's directory, up to ten deep, 1000 in all
 * and 16 MiB together. What is wrong is reported with file and line, numbers that libconfig would
 * cut to 32 or 64 bits with their key too. text: filled in; release it in either case. Returns 0;
 * -ENOENT and the like of a file; -EINVAL; all reported.
 */
int config_text_read(struct config_text *text, const char *path);

/* The same of a text in memory, which may include nothing. name: what its messages call it. */
int config_text_take(struct config_text *text, const char *name, const char *from);

void config_text_release(struct config_text *text);

/* Parses it. config: initialized. Returns 0, or -EINVAL (reported with file and line). */
int config_text_parse(const struct config_text *text, config_t *config);

/* Where line number `line` (from 1) of the text came from; the first line of the first source where
 * there is no such line. source: may be NULL. Returns the line's number there. */
unsigned int config_text_place(const struct config_text *text, unsigned int line,
			       const struct config_source **source);

#endif
