/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for the interleaving that causes a scenario's race. Forces orders of points in a guest
 * until one hits, finds out which of its holds are needed, and writes a scenario that forces it.
 *
 * Two guests are enough. The first follows all orders in turn, the second all subsets of the holds
 * of the order that hit most. If none of these forces a hit, another guest tries the next best
 * order, and so on.
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
	const char *scenario;    /* path; without a schedule */
	const char *points_path; /* file with the list of points */
	const struct guest_kernel *kernel;
	const struct guest_arguments *machine;
	const struct run_arguments *run; /* with --out */
	unsigned int depth;
	uint64_t seed, orders, passages; /* passages: per order and per subset */
	bool progress, plain;
};

/* The outcome of an order, or of a subset of its holds. */
struct explore_tried {
	explore_order order;
	uint32_t keep;      /* bit mask of the holds in the kernel that are used */
	unsigned int holds; /* in the kernel, of the whole order */
	unsigned int made;  /* passages that were made */
	struct explore_score score;
	/* Place and cause of the last missed passage; "": none was missed. */
	char missed[SCHEDULE_ROLE + 2 * CODE_POINT_NAME + 48];
};

struct explore {
	const struct explore_config *config;
	struct explore_points points;
	char *text; /* the scenario with the overrides of the command line, without a gate; owned */
	struct explore_tried *orders, *subsets;
	size_t order_count, subset_count;
	size_t passages, seen; /* of the orders; distinct orders that occurred */
	size_t best;           /* the order taken apart last; order_count: none hit */
	uint32_t needed;       /* bit mask of its needed holds; 0: not found */
	char cut[400];         /* why a guest ended early; "": none did */
	char found[4096 + 16]; /* path of the written scenario, or "" */
};

/* Checks points, scenario and directory before the kernel is fetched: only its version is needed.
 * Returns 0; -EINVAL one of them is invalid; other -errno; reported. */
int explore_check(const struct explore_config *config);

/*
 * Explores. explore: filled in; call explore_release() also on error. Returns 0, whether or not an
 * order hit; -EINVAL a mistake of the user, or in the scenario or the points; -EPERM a missing
 * precondition; other -errno; reported.
 */
int explore_run(struct explore *explore, const struct explore_config *config);

/* The result as JSON (a new reference), and as text. */
json_t *explore_json(const struct explore *explore);
void explore_print(FILE *to, const struct explore *explore);

/* Frees the contents of explore. */
void explore_release(struct explore *explore);

#endif
