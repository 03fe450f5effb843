/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scenarios used to reach, kept in a file, so that one which stops hitting is noticed: a
 * scenario that finds nothing any more would pass for ever on a kernel that is clean.
 *
 * Where a hit is expected, the rate that counts is hits of punches; elsewhere it is exposures of
 * punches, the chances that the race had. Both are free of how fast the machine is.
 */
#ifndef TOOLS_VERDICT_BASELINE_H
#define TOOLS_VERDICT_BASELINE_H

#include "tools/verdict/proportion.h"
#include "tools/verdict/test_point.h"

/* The confidence of the intervals. A rate has fallen when the upper end of what it is now is below
 * the lower end of what it was, less the slack. */
#define BASELINE_CONFIDENCE 0.95
/* Of the rate: the machine's moods (split-window on one kernel: 76 - 90 % in eight runs). A key of
 * each test in the file. */
#define BASELINE_SLACK 0.2

struct baseline; /* the file */

struct baseline_comparison {
	enum proportion_kind kind;
	struct proportion was, is;
	double limit; /* is.high must not be below it */
	bool fallen;
};

/*
 * Reads the file. missing_is_empty: one that is not there has no tests. baseline: on success the
 * caller's, released by baseline_free(). Returns 0; -EINVAL no baseline, -ENOENT and the like of
 * the file; reported.
 */
int baseline_load(struct baseline **baseline, const char *path, bool missing_is_empty);

void baseline_free(struct baseline *baseline);

/*
 * Compares a point with what the baseline has of it. why: filled in, in words, whatever the answer;
 * holds `size` bytes. Returns 0; -ENODATA when there is nothing that it could be compared with.
 */
int baseline_compare(const struct baseline *baseline, const struct test_point *point,
		     struct baseline_comparison *comparison, char *why, size_t size);

/* The group `baseline` of a result; a new reference. comparison: NULL when there was nothing to
 * compare with; why: as above. */
json_t *baseline_comparison_json(const struct baseline_comparison *comparison, const char *why);

/* Takes a point's runs over, in place of what there was of it. Returns 0; -ENODATA (reported) when
 * it did not pass, or counted no punches: that is nothing to measure others by. */
int baseline_take(struct baseline *baseline, const struct test_point *point);

/* Writes the file, in one step. Returns 0 or -errno (reported). */
int baseline_write(const struct baseline *baseline, const char *path);

#endif
