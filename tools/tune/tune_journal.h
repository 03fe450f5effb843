/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trials.jsonl: a line that identifies the tuning, then one for each trial. */
#ifndef TOOLS_TUNE_TUNE_JOURNAL_H
#define TOOLS_TUNE_TUNE_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/*
 * Opens a journal to continue it, and reads its trials. begin: first line of the present tuning,
 * compared with the file's; strict: including where it runs. trials: a new array. A last line that
 * a crash has cut is removed from the file. file: the caller closes it; NULL if it cannot be
 * opened. Returns 0; -EINVAL not this tuning's journal, or a damaged line that others follow;
 * other -errno; reported.
 */
int tune_journal_open(const char *path, const json_t *begin, bool strict, json_t **trials,
		      FILE **file);

/* Appends a line and flushes it. Returns 0 or -errno (not reported). */
int tune_journal_write(FILE *file, const json_t *line);

#endif
