/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges the kernels of a bisection.
 *
 * The bad end is measured: which share of its passages hits (up to five runs, until ten have hit).
 * The lower end of that rate's 95 % interval determines how many passages without a hit make a
 * kernel good, so that one like the bad end is missed with a probability below 1e-3; at least
 * POWER_PASSAGES_LEAST. A kernel whose page cache was inspected (see inspection.h) is good without
 * them. An INCONCLUSIVE run is repeated, 4 to 40 times as long, depending on its passages. A run
 * that fails for other reasons than its kernel is repeated unchanged.
 */
#ifndef TOOLS_BISECT_BISECT_JUDGE_H
#define TOOLS_BISECT_BISECT_JUDGE_H

#include "tools/bisect/bisect.h"

/* Initializes a bisection, and reads the results of earlier ones in config->out. Returns 0, or
 * -EINVAL if bisect.json is not a bisection's (reported). Call bisect_release() also on error. */
int bisect_open(struct bisect *bisect, const struct bisect_config *config);

void bisect_release(struct bisect *bisect);

/*
 * Judges a kernel, unless this bisection has judged it, or an earlier one did with the same
 * scenario, options and program. Adds its entry to bisect->steps, with the keys that
 * foliostorm-bisect(1) lists, and saves bisect.json. measure: it is the bad end. identity: what
 * else must be equal to use an earlier result (a commit, an image's time); or "". Returns 0;
 * -EINTR; other -errno ends the bisection (reported).
 */
int bisect_judge(struct bisect *bisect, const struct bisect_kernel *kernel, const char *identity,
		 bool measure, enum bisect_answer *answer);

/* Passages without a hit after which the probability of a miss is below 1e-3. chance: of a hit in a
 * passage; 0: returns 0. */
uint64_t bisect_passages(double chance);

/* The entry of a judged kernel, owned by bisect->steps; or NULL. */
json_t *bisect_step(const struct bisect *bisect, const char *name);

/* Writes bisect.json: the steps, and the members of `more`, whose reference it takes; may be NULL.
 * Returns 0 or -EIO (reported). */
int bisect_save(struct bisect *bisect, json_t *more);

/* Judges both ends, the bad one first. identities: of the good and the bad end, see bisect_judge().
 * Returns 0; -EINVAL the ends are swapped or do not differ; -ENODATA one of them cannot be judged;
 * other as bisect_judge(); reported. */
int bisect_ends(struct bisect *bisect, const struct bisect_kernel *good,
		const struct bisect_kernel *bad, const char *const identities[2]);

#endif
