/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders in which threads of two roles can reach their points, and the holds that force an order.
 *
 * Each role reaches its points one after another; an order says whose turn it is. Orders are drawn
 * as in probabilistic concurrency testing (Burckhardt et al., "A Randomized Scheduler with
 * Probabilistic Guarantees of Finding Bugs", ASPLOS 2010): each role has a priority, and the role
 * with the highest priority that has points left proceeds. At depth - 1 random steps, the role that
 * has just proceeded gets the lowest priority. An interleaving that needs `depth` ordering
 * constraints is drawn with a probability of at least 1 / (roles * points^(depth - 1)).
 *
 * The storm is first: passages begin at its first point, and the reader is held before its access
 * until then.
 */
#ifndef TOOLS_EXPLORE_EXPLORE_ORDER_H
#define TOOLS_EXPLORE_EXPLORE_ORDER_H

#include "injector/schedule/schedule.h"

enum {
	EXPLORE_POINTS_MAX = 16,
	EXPLORE_HOLDS_MAX = 8, /* holds of an order that is taken apart: 256 subsets */
	EXPLORE_DEPTH_MAX = 8,
};

/* The points of both roles, each role's in the order in which it reaches them. */
struct explore_points {
	size_t count;
	struct schedule_event events[EXPLORE_POINTS_MAX];
	size_t storm; /* number of the storm's points, which are first; the reader's follow */
};

/* Whose turn it is, a bit per step from the lowest: set for the reader. */
typedef uint32_t explore_order;

/*
 * Parses points, one per line: "split calls __xa_store in __folio_split". Empty lines and comments
 * from "#" on are ignored. Sorts the storm's points first. why: line and cause of an error; holds
 * `size` bytes. Returns 0; -EINVAL (not reported).
 */
int explore_points_parse(const char *text, struct explore_points *points, char *why, size_t size);

/* Order number `draw` of a seed. depth: 1 to EXPLORE_DEPTH_MAX. */
explore_order explore_order_draw(const struct explore_points *points, unsigned int depth,
				 uint64_t seed, uint64_t draw);

/*
 * Draws distinct orders until there are `most`, or no new one appears. orders: room for `most`.
 * Returns their number.
 */
size_t explore_orders(const struct explore_points *points, unsigned int depth, uint64_t seed,
		      explore_order *orders, size_t most);

/* A schedule that contains its holds and events. */
struct explore_schedule {
	size_t count;
	struct schedule_hold holds[EXPLORE_POINTS_MAX + 2];
	struct schedule_event until[EXPLORE_POINTS_MAX + 2]; /* of each hold, at most one */
};

/*
 * Makes the holds that force an order: the reader is held before its access, and the role whose
 * turn is over until the other's turn is. The holds point into `to`, which must not be moved. keep:
 * bit mask of the holds in the kernel to use, in the order of their steps. bound: of each hold in
 * ns; ten times that for the reader before its access, who waits for the storm's preparations.
 * Returns the number of holds in the kernel of the whole order.
 *
 * series: adds a hold without an event at the storm's first point, if there is none, so that
 * passages begin there.
 */
unsigned int explore_order_schedule(const struct explore_points *points, explore_order order,
				    uint32_t keep, bool series, uint64_t bound,
				    struct explore_schedule *to);

/* How often something hit. forced: hits in passages that were made. */
struct explore_score {
	unsigned int passages, hits, forced;
};

/* Whether a is better than b: by its share of forced hits, then by its share of hits. */
bool explore_is_better(const struct explore_score *a, const struct explore_score *b);

/*
 * The order to take apart next: the best of those that hit and have at most EXPLORE_HOLDS_MAX
 * holds; of equally good ones the one with the fewest holds. scores, holds: of `count` orders.
 * Returns its index; count: none.
 */
size_t explore_best(const struct explore_score *scores, const unsigned int *holds, size_t count);

/*
 * The subset of holds that suffices. scores: indexed by the bits kept, from 1 to 2^holds - 1. Only
 * hits in passages that were made count: a schedule that is never made forces nothing, and proves
 * nothing about a kernel that withstands it. Returns the smallest subset that forced a hit in more
 * than half of its passages; of several the best, of equal ones the first. If there is none, the
 * subset with the largest forced share; 0: none forced a hit.
 */
uint32_t explore_needed(const struct explore_score *scores, unsigned int holds);

#endif
