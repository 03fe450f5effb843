/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages of what many runs came to together: runs that were repeated, tunings, bisections,
 * explorations. */
#ifndef TOOLS_REPORT_RESULT_PAGES_H
#define TOOLS_REPORT_RESULT_PAGES_H

#include <jansson.h>
#include <stdio.h>

struct result_page {
	const char *file;  /* of the directory, by which the page is chosen */
	const char *title; /* unless another one is given */
	const char *what;  /* such a directory has, for messages */
	const char *key;   /* an array of the object: without it the file is something else */
	/* Prints what stands between heading and end. result: of the file, of any origin. */
	void (*print)(FILE *to, const json_t *result);
};

/* Ended by a row without a file. */
extern const struct result_page result_pages[];

void repeat_page_print(FILE *to, const json_t *result);
void tune_page_print(FILE *to, const json_t *result);
void bisect_page_print(FILE *to, const json_t *result);
void explore_page_print(FILE *to, const json_t *result);

#endif
