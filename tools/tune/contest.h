/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which setting is tried next, and which one is best: successive halving with rounds of all that are
 * still in, then a head-to-head of the best two and the original on fresh trials.
 *
 * - The search goes in rungs. In a rung all settings that are in are tried in passes, each once a
 *   pass, in an order shuffled anew. Who is worse than the best with 99 % confidence goes at once; at
 *   the end of the rung there are half as many places, for those with the highest rate (while nobody
 *   has had an event, with the most hints of one). The first pass ends when half of the search's time
 *   is over: there were too many settings to begin with, and those that were not tried go. If the caller
 *   has neighbours of the best ones, they get half of the next rung's places, and what losers left.
 * - The search takes 60 % of the budget at most. The rest goes to the final: a number of rounds that
 *   is fixed before it begins, so that what it shows cannot lengthen it, each with all finalists.
 *
 * What is next depends on the configuration and on what was told, and on nothing else: a search that
 * is told the same results again goes the same way.
 */
#ifndef TOOLS_TUNE_CONTEST_H
#define TOOLS_TUNE_CONTEST_H

#include "tools/tune/rate.h"

#include <stdbool.h>
#include <stdint.h>

enum { RACE_FINALISTS = 3, RACE_ROUNDS_MIN = 5, RACE_ROUNDS_MAX = 40 };

#define RACE_CONFIDENCE 0.95 /* of all that is said in the end */

struct race_config {
	size_t settings; /* to begin with; number 0 is the original */
	size_t room;     /* how many there may come to be */
	double budget;   /* seconds of machine time for all trials */
	double cost;     /* what a trial is expected to take, until it is known */
	uint64_t seed;
	/* Makes a setting near another one: the next free number, or SIZE_MAX when it has none. NULL:
	 * there are none. */
	size_t (*near)(void *context, size_t setting);
	void *context;
};

enum race_phase {
	RACE_SEARCH,
	RACE_FINAL,
	RACE_OVER,
};

/* What is to be tried. */
struct race_trial {
	enum race_phase phase;
	unsigned int
		pass; /* from 0, through search and final; of a pass all trials get the same seed */
	size_t setting;
};

struct race_result {
	double count, seconds; /* events, and the seconds in which they came */
	double hints;          /* of what must be there for an event; decides between equal rates */
	double took;           /* machine time */
	bool failed;           /* the trial went wrong; count and seconds are not used */
};

struct race_arm {
	struct rate_sum search, final;
	double hints; /* of the search */
	unsigned int failures;
	bool in;           /* still in the search */
	unsigned int rung; /* the last one it was in */
};

/* The outcome. Settings are SIZE_MAX where there is none. */
struct race_outcome {
	size_t best, second; /* in the final, by the final's rates alone */
	struct rate_difference over_second, over_original;
};

struct race;

/* Returns NULL without memory. */
struct race *race_make(const struct race_config *config);

void race_free(struct race *race);

/* What is to be tried next. Asked again without an answer, it is the same. Returns false when the
 * race is over. */
bool race_next(struct race *race, struct race_trial *trial);

/* The answer to race_next(). */
void race_tell(struct race *race, const struct race_result *result);

const struct race_arm *race_arm(const struct race *race, size_t setting);

/* How many settings there are by now. */
size_t race_settings(const struct race *race);

/* Seconds of machine time that were told. */
double race_spent(const struct race *race);

/* Settings that are still in the search, or in the final. */
size_t race_left(const struct race *race);

/* The noise of all trials, for rate_interval(). */
double race_noise(const struct race *race);

/* As far as it is known; complete when the race is over. */
struct race_outcome race_outcome(const struct race *race);

/* All settings that were tried, the best first: finalists by the final, the others by how long they
 * were in and by their rate. order: room for race_settings(). Returns how many. */
size_t race_order(const struct race *race, size_t *order);

#endif
