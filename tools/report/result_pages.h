/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of results of many runs: repeated runs, tunings, bisections, explorations. */
#ifndef TOOLS_REPORT_RESULT_PAGES_H
#define TOOLS_REPORT_RESULT_PAGES_H

#include <jansson.h>
#include <stdio.h>

struct result_page {
	const char *file;  /* in the directory; selects the page */
	const char *title; /* default title */
	const char *what;  /* what writes such a directory, for messages */
	const char *key;   /* an array that the file must contain */
	/* Prints the page between heading and end. result: the file's content, of any origin. */
	void (*print)(FILE *to, const json_t *result);
};

/* All pages, ended by a row without a file. */
extern const struct result_page result_pages[];

void repeat_page_print(FILE *to, const json_t *result);
void tune_page_print(FILE *to, const json_t *result);
void bisect_page_print(FILE *to, const json_t *result);
void explore_page_print(FILE *to, const json_t *result);

#endif
