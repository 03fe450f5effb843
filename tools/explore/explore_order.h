/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders in which the threads of two roles can come to their points, and the holds that bring one
 * about.
 *
 * Each role comes to its points one after another; an order says whose turn is when. Orders are
 * drawn as probabilistic concurrency testing does (Burckhardt et al., "A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs", ASPLOS 2010): each role has a priority, the highest
 * one that has points left goes on, and at depth - 1 steps that are drawn, whoever has just gone on
 * falls behind all others. An interleaving that needs `depth` ordering constraints is drawn with a
 * probability of at least 1 / (roles * points^(depth - 1)).
 *
 * The storm comes first: its first point is where passages begin, and the reader is held before its
 * access until then.
 */
#ifndef TOOLS_EXPLORE_EXPLORE_ORDER_H
#define TOOLS_EXPLORE_EXPLORE_ORDER_H

#include "injector/schedule/schedule.h"

enum {
	EXPLORE_POINTS_MAX = 16,
	EXPLORE_HOLDS_MAX = 8, /* that shrinking takes apart: 255 subsets */
	EXPLORE_DEPTH_MAX = 8,
};

/* The points of both roles, those of each in the order in which it comes to them. */
struct explore_points {
	size_t count;
	struct schedule_event events[EXPLORE_POINTS_MAX];
	size_t storm; /* the first so many are the storm's, the others the reader's */
};

/* Whose turn it is, from the first step on: bit set is the reader's. */
typedef uint32_t explore_order;

/*
 * Reads points, one a line, "split calls __xa_store in __folio_split"; empty lines and what is
 * behind a "#" are nothing. Those of the storm come first afterwards. why: on failure, what is
 * wrong with which line. Returns 0; -EINVAL.
 */
int explore_points_parse(const char *text, struct explore_points *points, char *why, size_t size);

/* The order number `draw` of a seed. depth: from 1 to EXPLORE_DEPTH_MAX. */
explore_order explore_order_draw(const struct explore_points *points, unsigned int depth,
				 uint64_t seed, uint64_t draw);

/*
 * Draws until there are `most` orders, each once, or no new one comes any more. orders: holds
 * `most`. Returns how many there are.
 */
size_t explore_orders(const struct explore_points *points, unsigned int depth, uint64_t seed,
		      explore_order *orders, size_t most);

/* A schedule of one's own. */
struct explore_schedule {
	size_t count;
	struct schedule_hold holds[EXPLORE_POINTS_MAX + 2];
	struct schedule_event until[EXPLORE_POINTS_MAX + 2]; /* of each hold, at most one */
};

/*
 * The holds that bring an order about: the reader before its access, and whoever's turn is over
 * until the other one's is. The holds lie in `to`, which must not be moved. keep: bits of holds in
 * the kernel, in the order of their steps; of the others there are none. bound: of each, ns, but
 * for the reader before its access, who waits for as much of the storm's work as may be and is held
 * ten times as long. Returns how many holds in the kernel the whole order has.
 *
 * series: a hold without an event at the storm's first point is added where there is none, so that
 * passages begin there.
 */
unsigned int explore_order_schedule(const struct explore_points *points, explore_order order,
				    uint32_t keep, bool series, uint64_t bound,
				    struct explore_schedule *to);

/* How often something hit. forced: in passages that were made. */
struct explore_score {
	unsigned int passages, hits, forced;
};

/* Whether the first one is the better one: more forced hits, then more hits, of the passages that
 * each had. */
bool explore_is_better(const struct explore_score *a, const struct explore_score *b);

/*
 * The order whose holds are worth to be taken apart next: of those that hit and have no more than
 * EXPLORE_HOLDS_MAX holds the best one, and of equally good ones that with the fewest holds.
 * scores, holds: of each of `count`. Returns its number; count: there is none.
 */
size_t explore_best(const struct explore_score *scores, const unsigned int *holds, size_t count);

/*
 * Which subset of holds is enough. scores: of the subsets 1 to 2^holds - 1, by the bits that are
 * kept. Only a hit in a passage that was made counts: a schedule that is never made forces nothing,
 * and says nothing about a kernel that withstands it. Returns the smallest that forced a hit in
 * more than half of its passages, the best one where there are several, and of these the first.
 * Where none did so, the one that forced the largest part; 0: none forced any.
 */
uint32_t explore_needed(const struct explore_score *scores, unsigned int holds);

#endif
