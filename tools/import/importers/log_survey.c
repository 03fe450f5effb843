/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/log_survey.h"
#include "injector/base/report.h"
#include "tools/base/import_lines.h"
#include "tools/import/importers/log_parts.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	NARROW = 50, /* nobody folds narrower */
	WIDE = 200,
};

/* "Panic#1 Part3" */
static bool read_part(const char *text, struct log_part *part)
{
	char reason[12], rest;

	return *text >= 'A' && *text <= 'Z' &&
	       sscanf(text, "%11[A-Za-z]#%9u Part%9u%c", reason, &part->dump, &part->number,
		      &rest) == 3;
}

static size_t width_of(const struct import_line *line)
{
	size_t width = line->length;

	while (width && line->text[width - 1] == '\r')
		width--;
	return width;
}

static void count_begin(struct log_survey *survey, const char *text)
{
	unsigned int slot = ((unsigned char)text[0] * 7U + (unsigned char)text[1] * 3U +
			     (unsigned char)text[2]) %
			    LOG_BEGINS;

	if (!survey->begins[slot].count)
		memcpy(survey->begins[slot].text, text, LOG_BEGIN);
	survey->begins[slot].count += !memcmp(survey->begins[slot].text, text, LOG_BEGIN);
}

int log_survey_make(struct log_survey *survey, int fd, const char *path)
{
	struct import_lines lines;
	struct import_line line;
	int r = import_lines_open(&lines, fd);

	if (r)
		return r;
	memset(survey, 0, sizeof(*survey));
	while (import_lines_next(&lines, &line)) {
		struct log_part part = { 0 };
		size_t width = width_of(&line);

		if (width >= LOG_BEGIN)
			count_begin(survey, line.text);
		survey->lines += width > 0;
		survey->widths[width < LOG_WIDTHS ? width : LOG_WIDTHS - 1]++;
		survey->long_lines |= width > LOG_LONG;
		survey->newlines = survey->newlines || log_parts_newlines(line.text);
		if (survey->part_count == LOG_PARTS || !read_part(line.text, &part))
			continue;
		part.begin = (off_t)(lines.bytes - (lines.filled - lines.at) - line.length - 1);
		survey->parts[survey->part_count++] = part;
	}
	r = lines.error ? report(lines.error, "%s", path) : 0;
	import_lines_close(&lines);
	lseek(fd, 0, SEEK_SET);
	return r;
}

/*
 * The width of folded lines. If the widest line is an unbreakable word, or nothing was folded, it
 * is the width of few lines, which are not continued. widest: set to whether no line is wider.
 * Returns 0 if there is no such width.
 */
static size_t find_fold(const struct log_survey *survey, bool *widest)
{
	uint64_t most = survey->lines / 200 > 3 ? survey->lines / 200 : 3, wider = 0;
	size_t width = LOG_WIDTHS - 1;

	while (width > 1 && !survey->widths[width])
		width--;
	if (survey->widths[width] == 1 || width >= WIDE)
		for (; width > 1 && wider + survey->widths[width] <= most; width--)
			wider += survey->widths[width];
	*widest = !wider;
	return width >= NARROW && width < WIDE ? width : 0;
}

/* The first bytes of most lines, in begin. Returns whether they are frequent enough. */
static bool find_begin(const struct log_survey *survey, char *begin)
{
	size_t best = 0;

	for (size_t i = 1; i < LOG_BEGINS; i++)
		if (survey->begins[i].count > survey->begins[best].count)
			best = i;
	memcpy(begin, survey->begins[best].text, LOG_BEGIN);
	return survey->begins[best].count * 5 > survey->lines * 2;
}

/*
 * Terminals fold when a line is full, others at the end of a word. Lines that do not begin as most
 * do are continuations: a terminal folded them if they follow full lines. Without a common
 * beginning, the number of full lines decides.
 */
int log_survey_fold(const struct log_survey *survey, int fd, const char *path, size_t *fold,
		    bool *hard)
{
	uint64_t near = 0, behind_full = 0, behind_others = 0;
	size_t last = 0;
	struct import_lines lines;
	struct import_line line;
	char begin[LOG_BEGIN];
	bool widest;
	int r;

	*hard = false;
	*fold = find_fold(survey, &widest);
	if (!*fold)
		return 0;
	for (size_t i = 1; i <= 6; i++)
		near += survey->widths[*fold - i];
	*hard = widest && survey->widths[*fold] * 6 >= near * 4 &&
		survey->widths[*fold] > 1 + (near > 0);
	if (!*hard || !find_begin(survey, begin))
		return 0;
	r = import_lines_open(&lines, fd);
	if (r)
		return r;
	for (; import_lines_next(&lines, &line); last = width_of(&line)) {
		bool rest = line.length >= LOG_BEGIN && memcmp(line.text, begin, LOG_BEGIN);

		behind_full += rest && last == *fold;
		behind_others += rest && last > NARROW / 2 && last < *fold;
	}
	import_lines_close(&lines);
	lseek(fd, 0, SEEK_SET);
	*hard = behind_full > 2 * behind_others;
	return lines.error ? report(lines.error, "%s", path) : 0;
}
