/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for the interleaving that gives a scenario's race: makes orders of points come about in a
 * guest until one hits, finds out which of its holds are needed, and writes the scenario that
 * forces it.
 *
 * It takes two guests. The first one follows all orders in turn, the second one all subsets of the
 * holds of the order that hit most. Where none of these forces a hit, one more does so with the
 * next best order, and so on.
 */
#ifndef TOOLS_EXPLORE_EXPLORE_H
#define TOOLS_EXPLORE_EXPLORE_H

#include "tools/explore/explore_order.h"
#include "tools/guest/kernel.h"
#include "tools/guest/options.h"
#include "tools/scenario/run_options.h"

#include <jansson.h>
#include <stdbool.h>

enum { EXPLORE_ORDERS_MAX = 256, EXPLORE_PASSAGES_MAX = 100 };

struct explore_config {
	const char *scenario;    /* path; it has no schedule */
	const char *points_path; /* of the list of points */
	const struct guest_kernel *kernel;
	const struct guest_arguments *machine;
	const struct run_arguments *run; /* out is given */
	unsigned int depth;
	uint64_t seed, orders, passages; /* passages: for each order, and each subset */
	bool progress, plain;
};

/* What became of one order, or of one subset of an order's holds. */
struct explore_tried {
	explore_order order;
	uint32_t keep;
	unsigned int holds; /* in the kernel, of the whole order */
	unsigned int made;
	struct explore_score score;
	/* Of the last passage that was missed: at which point, and why; "": none was. */
	char missed[SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 48];
};

struct explore {
	const struct explore_config *config;
	struct explore_points points;
	char *text; /* of the scenario, with what the command line changes, and without a gate */
	struct explore_tried *orders, *subsets;
	size_t order_count, subset_count;
	size_t passages, seen; /* of the orders; distinct orders among them, as they came about */
	size_t best;           /* order that was taken apart last; order_count: none hit */
	uint32_t needed;       /* bits of its holds; 0: not found */
	char cut[400];         /* why a guest ended before it was through; "": none did */
	char found[4096 + 16]; /* path of the scenario that was written, or "" */
};

/* Checks points, scenario and directory, before the kernel is there: of that only the version is
 * needed. Returns 0; -EINVAL one of them is wrong; other -errno; reported. */
int explore_check(const struct explore_config *config);

/*
 * Explores. explore: filled in; release with explore_release() also on error. Returns 0, whether an
 * order hit or not; -EINVAL a mistake of the caller's, the scenario's or the points'; -EPERM a
 * precondition is missing; other -errno; reported.
 */
int explore_run(struct explore *explore, const struct explore_config *config);

/* What it came to, as JSON (the caller's) and as text. */
json_t *explore_json(const struct explore *explore);
void explore_print(FILE *to, const struct explore *explore);

void explore_release(struct explore *explore);

#endif
