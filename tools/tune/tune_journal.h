/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trials.jsonl: a line that says which tuning it is, then one for each trial. */
#ifndef TOOLS_TUNE_TUNE_JOURNAL_H
#define TOOLS_TUNE_TUNE_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Reads what is there and opens the file to go on. begin: the line that the tuning at hand would
 * begin with; strict: also where it runs must be the same. trials: an array, the caller's; a last
 * line that was cut by a crash is not in it, and is taken out of the file. Returns 0; -EINVAL it is
 * that of another tuning, or has a damaged line that others follow; other -errno; reported.
 */
int tune_journal_open(const char *path, const json_t *begin, bool strict, json_t **trials,
		      FILE **file);

/* Appends a line; it is in the file when this returns. Returns 0 or -errno (not reported). */
int tune_journal_write(FILE *file, const json_t *line);

#endif
