/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges both ends of a bisection before any kernel between them. */
#include "injector/base/report.h"
#include "tools/bisect/bisect_judge.h"

#include <errno.h>

static const char *text_of(const json_t *step, const char *key)
{
	return json_string_value(json_object_get(step, key)) ?: "?";
}

static int not_judged(const struct bisect *bisect, const struct bisect_kernel *kernel,
		      const char *end)
{
	const json_t *step = bisect_step(bisect, kernel->name);

	report(0, "the %s end %s cannot be judged: %s: %s", end, kernel->name,
	       text_of(step, "verdict"), text_of(step, "reason"));
	return -ENODATA;
}

static int check(const struct bisect *bisect, const struct bisect_kernel *good,
		 const struct bisect_kernel *bad, const enum bisect_answer answers[2])
{
	const bool fixed = bisect->config->fixed;

	if (answers[0] == BISECT_CANNOT_TELL)
		return not_judged(bisect, good, "good");
	if (answers[0] == BISECT_GOOD && answers[1] == BISECT_BAD)
		return 0;
	if (answers[0] == answers[1])
		return report(0,
			      "the good end %s and the bad end %s are both %s: nothing changes "
			      "between them; allowed: ends of which only the bad one is hit",
			      good->name, bad->name, bisect_answer_names[answers[0]]);
	return report(0,
		      "the ends are the wrong way round: %s, given as good, is hit, and %s, given "
		      "as bad, is not; give --good %s --bad %s%s",
		      good->name, bad->name, bad->name, good->name,
		      fixed ? ", without --fixed" : " --fixed");
}

int bisect_ends(struct bisect *bisect, const struct bisect_kernel *good,
		const struct bisect_kernel *bad, const char *const identities[2])
{
	enum bisect_answer answers[2];
	int r = bisect_judge(bisect, bad, identities[1], true, &answers[1]);

	if (!r && answers[1] == BISECT_CANNOT_TELL)
		r = not_judged(bisect, bad, "bad");
	if (!r)
		r = bisect_judge(bisect, good, identities[0], false, &answers[0]);
	return r ?: check(bisect, good, bad, answers);
}
