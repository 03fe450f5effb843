/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which setting is tried next, and which one is best: successive halving with rounds of all that
 * are still in, then a head-to-head of the best two and the original on fresh trials.
 *
 * - The search goes in rungs. In a rung all settings that are in are tried in passes, each once a
 *   pass, in a new random order. One that is worse than the best with 99 % confidence goes at once;
 *   at the end of the rung there are half as many places, for those with the highest rate (while
 *   nobody has had an event, with the most hints of one). The first pass ends when half of the
 *   search's time is over: there were too many settings to begin with, and those that were not
 *   tried go. If the caller has neighbours of the best ones, they get half of the next rung's
 *   places, and what losers left.
 * - The search takes 60 % of the budget at most. The rest goes to the final: a number of rounds
 *   that is fixed before it begins, so that what it shows cannot lengthen it, each with all
 *   finalists.
 *
 * What is next depends on the configuration and on what was told, and on nothing else: a search
 * that is told the same results again goes the same way.
 */
#ifndef TOOLS_TUNE_CONTEST_H
#define TOOLS_TUNE_CONTEST_H

#include "tools/tune/rate.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONTEST_FINALISTS = 3, CONTEST_ROUNDS_MIN = 5, CONTEST_ROUNDS_MAX = 40 };

#define CONTEST_CONFIDENCE 0.95 /* of all that is said in the end */

struct contest_config {
	size_t settings; /* to begin with; number 0 is the original */
	size_t room;     /* how many there may come to be */
	double budget;   /* seconds of machine time for all trials */
	double cost;     /* what a trial is expected to take, until it is known */
	uint64_t seed;
	/* Makes a setting near another one: the next free number, or SIZE_MAX when it has none.
	 * NULL: there are none. */
	size_t (*near)(void *context, size_t setting);
	void *context;
};

enum contest_phase {
	CONTEST_SEARCH,
	CONTEST_FINAL,
	CONTEST_OVER,
};

/* What is to be tried. */
struct contest_trial {
	enum contest_phase phase;
	unsigned int
		pass; /* from 0, through search and final; of a pass all trials get the same seed */
	size_t setting;
};

struct contest_result {
	double count, seconds; /* events, and the seconds in which they came */
	double hints;          /* of what must be there for an event; decides between equal rates */
	double took;           /* machine time */
	bool failed;           /* the trial went wrong; count and seconds are not used */
};

struct contest_arm {
	struct rate_sum search, final;
	double hints; /* of the search */
	unsigned int failures;
	bool in;           /* still in the search */
	unsigned int rung; /* the last one it was in */
};

/* The outcome. Settings are SIZE_MAX where there is none. */
struct contest_outcome {
	size_t best, second; /* in the final, by the final's rates alone */
	struct rate_difference over_second, over_original;
};

struct contest;

/* Returns NULL without memory. */
struct contest *contest_make(const struct contest_config *config);

void contest_free(struct contest *contest);

/* What is to be tried next. Asked again without an answer, it is the same. Returns false when the
 * contest is over. */
bool contest_next(struct contest *contest, struct contest_trial *trial);

/* The answer to contest_next(). */
void contest_tell(struct contest *contest, const struct contest_result *result);

const struct contest_arm *contest_arm(const struct contest *contest, size_t setting);

/* How many settings there are by now. */
size_t contest_settings(const struct contest *contest);

/* Seconds of machine time that were told. */
double contest_spent(const struct contest *contest);

/* Settings that are still in the search, or in the final. */
size_t contest_left(const struct contest *contest);

/* The noise of all trials, for rate_interval(). */
double contest_noise(const struct contest *contest);

/* As far as it is known; complete when the contest is over. */
struct contest_outcome contest_outcome(const struct contest *contest);

/* All settings that were tried, the best first: finalists by the final, the others by how long they
 * were in and by their rate. order: room for contest_settings(). Returns how many. */
size_t contest_order(const struct contest *contest, size_t *order);

#endif
