/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges kernels of a bisection.
 *
 * The bad end is measured: how many of its passages hit (up to five runs, until ten have). From the
 * lower end of that rate's 95 % interval follows how many passages without a hit a kernel has to
 * make to be good, so that one like the bad end is missed with a probability below 1e-3; never
 * fewer than POWER_PASSAGES_LEAST. A kernel whose page cache was inspected (see verdict.h) is good
 * without. What is INCONCLUSIVE is tried once more, 4 to 40 times as long, as its passages tell;
 * what fails for other reasons than its kernel once more as it is.
 */
#ifndef TOOLS_BISECT_BISECT_JUDGE_H
#define TOOLS_BISECT_BISECT_JUDGE_H

#include "tools/bisect/bisect.h"

/* Reads what an earlier bisection has left in config->out. Returns 0 or -EINVAL: bisect.json is not
 * one's (reported). */
int bisect_open(struct bisect *bisect, const struct bisect_config *config);

void bisect_release(struct bisect *bisect);

/*
 * Judges a kernel: as it was judged before by the same scenario, options and program, or again. One
 * that is asked for again has its answer; otherwise its entry is added to bisect->steps, with the
 * keys that foliostorm-bisect(1) lists, and bisect.json written. measure: it is the bad end.
 * identity: what else has to be the same to take what is there (a commit, an image's time), or "".
 * Returns 0; -EINTR; other -errno that end the bisection: reported.
 */
int bisect_judge(struct bisect *bisect, const struct bisect_kernel *kernel, const char *identity,
		 bool measure, enum bisect_answer *answer);

/* Passages that make the chance of missing a hit, each with that chance, less than 1e-3. */
uint64_t bisect_passages(double chance);

/* The entry of a kernel that was judged, borrowed; or NULL. */
json_t *bisect_step(const struct bisect *bisect, const char *name);

/* Writes bisect.json: the steps, and what `more` has, whose reference it takes; NULL: nothing.
 * Returns 0 or -EIO (reported). */
int bisect_save(struct bisect *bisect, json_t *more);

/* Both ends, the bad one first. Returns 0; -EINVAL they are the wrong way round or do not
 * differ, or one of them cannot be judged; other as bisect_judge(); reported. identities: of
 * both, as there. */
int bisect_ends(struct bisect *bisect, const struct bisect_kernel *good,
		const struct bisect_kernel *bad, const char *const identities[2]);

#endif
