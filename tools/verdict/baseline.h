/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rates that scenarios reached before, kept in a file, to notice one that no longer hits. On a
 * clean kernel such a scenario would pass forever.
 *
 * Where a hit is expected, the rate is hits per punch; elsewhere it is exposures per punch, the
 * chances of the race. Neither depends on the speed of the machine.
 */
#ifndef TOOLS_VERDICT_BASELINE_H
#define TOOLS_VERDICT_BASELINE_H

#include "tools/verdict/proportion.h"
#include "tools/verdict/test_point.h"

/* Confidence of the intervals. A rate has fallen if the upper end of its present interval is below
 * the lower end of the recorded one, less the slack. */
#define BASELINE_CONFIDENCE 0.95
/* Slack as a share of the lower end, for variation between runs (split-window on one kernel: 76 -
 * 90 % in eight runs). The file keeps it per test. */
#define BASELINE_SLACK 0.2

struct baseline; /* a file of rates */

struct baseline_comparison {
	enum proportion_kind kind;
	struct proportion was, is;
	double limit; /* fallen if is.high is below it */
	bool fallen;
};

/*
 * Reads the file. missing_is_empty: treat a missing file as one without tests. baseline: set on
 * success; the caller calls baseline_free(). Returns 0; -EINVAL not a baseline; -ENOENT or another
 * errno of the file; -ENOMEM; reported.
 */
int baseline_load(struct baseline **baseline, const char *path, bool missing_is_empty);

/* NULL is allowed. */
void baseline_free(struct baseline *baseline);

/*
 * Compares a point with its test in the baseline. why: the comparison, or why there is none, in
 * words; holds `size` bytes. Returns 0; -ENODATA if there is nothing to compare with; not reported.
 */
int baseline_compare(const struct baseline *baseline, const struct test_point *point,
		     struct baseline_comparison *comparison, char *why, size_t size);

/* The group `baseline` of a result; a new reference. comparison: NULL if there is none. why: from
 * baseline_compare(). */
json_t *baseline_comparison_json(const struct baseline_comparison *comparison, const char *why);

/* Replaces the recorded runs of a point's test by those of the point. Returns 0; -ENODATA
 * (reported) if the point did not pass or counted no punches. */
int baseline_take(struct baseline *baseline, const struct test_point *point);

/* Writes the file atomically, see save_json(). Returns 0 or -EIO (reported). */
int baseline_write(const struct baseline *baseline, const char *path);

#endif
