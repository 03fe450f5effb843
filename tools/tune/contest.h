/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chooses which setting to try next, and which is best: successive halving in rounds of all
 * remaining settings, then a final of the best two and the original on fresh trials.
 *
 * - The search has rungs. A rung has passes; a pass tries each remaining setting once, in a new
 *   random order. A setting that is worse than the best with 99 % confidence is dropped at once. At
 *   the end of the rung the number of places is halved; the highest rates keep theirs (until there
 *   are events, the most hints of them). The first pass ends when half of the search's time is
 *   over, and settings not tried by then are dropped. If the caller offers neighbours of the best
 *   settings, these get half of the next rung's places, and any that are left.
 * - The search takes at most 60 % of the budget. The rest goes to the final, whose number of rounds
 *   is fixed before it begins, so that its outcome cannot lengthen it. Each round tries all
 *   finalists.
 *
 * The next trial depends only on the configuration and the results so far: a search that gets the
 * same results again takes the same course.
 */
#ifndef TOOLS_TUNE_CONTEST_H
#define TOOLS_TUNE_CONTEST_H

#include "tools/tune/rate.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONTEST_FINALISTS = 3, CONTEST_ROUNDS_MIN = 5, CONTEST_ROUNDS_MAX = 40 };

#define CONTEST_CONFIDENCE 0.95 /* of all final claims */

struct contest_config {
	size_t settings; /* at the start; number 0 is the original */
	size_t room;     /* most settings that there can be */
	double budget;   /* seconds of machine time for all trials */
	double cost;     /* expected seconds of a trial, until known */
	uint64_t seed;
	/* Makes a neighbour of a setting, as the next free number. Returns its number, or SIZE_MAX
	 * if there is none. May be NULL. */
	size_t (*near)(void *context, size_t setting);
	void *context;
};

enum contest_phase {
	CONTEST_SEARCH,
	CONTEST_FINAL,
	CONTEST_OVER,
};

/* A trial to make. */
struct contest_trial {
	enum contest_phase phase;
	unsigned int pass; /* from 0, over search and final; its trials have the same seed */
	size_t setting;
};

struct contest_result {
	double count, seconds; /* events, and the seconds of storm in which they came */
	/* Preconditions of events that were met; decide between equal rates. */
	double hints;
	double took; /* machine time */
	bool failed; /* the trial failed; count and seconds are ignored */
};

struct contest_arm {
	struct rate_sum search, final;
	double hints; /* of the search */
	unsigned int failures;
	bool in;           /* still in the search */
	unsigned int rung; /* last rung it was in */
};

/* The outcome. SIZE_MAX: no such setting. */
struct contest_outcome {
	size_t best, second; /* of the final, by its rates alone */
	struct rate_difference over_second, over_original;
};

struct contest;

/* Starts a contest. Copies config. Returns NULL without memory. The caller calls contest_free(). */
struct contest *contest_make(const struct contest_config *config);

void contest_free(struct contest *contest);

/* Sets the next trial; the same one until contest_tell(). Returns false when the contest is
 * over. */
bool contest_next(struct contest *contest, struct contest_trial *trial);

/* Takes the result of the trial that contest_next() set. */
void contest_tell(struct contest *contest, const struct contest_result *result);

/* The state of a setting; owned by the contest. */
const struct contest_arm *contest_arm(const struct contest *contest, size_t setting);

/* Number of settings so far. */
size_t contest_settings(const struct contest *contest);

/* Seconds of machine time of all trials so far. */
double contest_spent(const struct contest *contest);

/* Number of settings still in the search, or of finalists. */
size_t contest_left(const struct contest *contest);

/* The noise of all trials, for rate_interval(). */
double contest_noise(const struct contest *contest);

/* The outcome so far; final when the contest is over. */
struct contest_outcome contest_outcome(const struct contest *contest);

/* Sorts the tried settings, best first: finalists by the final, others by their last rung and rate.
 * order: room for contest_settings(). Returns their number. */
size_t contest_order(const struct contest *contest, size_t *order);

#endif
