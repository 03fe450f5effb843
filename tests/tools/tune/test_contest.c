/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contest of settings, on made-up noisy ones: whether it finds the best, keeps to its time,
 * goes the same way again, and whether what it says in the end is true as often as it says. */
#include "injector/base/array.h"
#include "tests/support/noisy_arm.h"
#include "tests/support/suite.h"
#include "tools/tune/contest.h"

#include <stdlib.h>

enum { REPETITIONS = 1200, ROOM = 96 };

struct made_up {
	double rate[ROOM];
	size_t parent[ROOM], count;
};

struct course {
	struct contest_trial trials[4096];
	size_t count;
};

/* Runs a whole contest; took: machine time of a trial. */
static struct contest *run_contest(const struct contest_config *config,
				   const struct made_up *made_up, gsl_rng *rng, double noise,
				   struct course *course)
{
	struct contest *contest = contest_make(config);
	struct contest_trial trial;
	size_t trials = 0;

	while (contest_next(contest, &trial)) {
		double drift = 1 + 0.3 * sin((double)trials / 9);
		struct contest_result result = {
			.count = noisy_count(rng, made_up->rate[trial.setting], 1, noise, drift),
			.seconds = 1,
			.took = config->cost,
		};

		CU_ASSERT_FATAL(trials < ARRAY_SIZE(course->trials));
		if (course)
			course->trials[trials] = trial;
		trials++;
		contest_tell(contest, &result);
	}
	if (course)
		course->count = trials;
	return contest;
}

/* Sixteen settings with rates from 0 to 40, two of them close to each other. */
static void make_up(struct made_up *made_up, gsl_rng *rng)
{
	made_up->count = 16;
	for (size_t i = 0; i < made_up->count; i++)
		made_up->rate[i] = i % 4 ? 25 * gsl_rng_uniform(rng) : 0.2 * (double)i;
	made_up->rate[5] = 40;
	made_up->rate[11] = 38;
}

static void test_coverage(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	int over_second = 0, over_original = 0, good = 0, sure = 0, sure_and_right = 0;

	for (int i = 0; i < REPETITIONS; i++) {
		struct contest_config config = {
			.settings = 16, .budget = 300, .cost = 1.5, .seed = (uint64_t)i
		};
		struct made_up made_up;
		struct contest_outcome outcome;
		struct contest *contest;
		double best, second, original;

		make_up(&made_up, rng);
		contest = run_contest(&config, &made_up, rng, 0.25, NULL);
		outcome = contest_outcome(contest);
		CU_ASSERT_FATAL(outcome.best != SIZE_MAX && outcome.second != SIZE_MAX);
		best = made_up.rate[outcome.best];
		second = made_up.rate[outcome.second];
		original = made_up.rate[0];
		good += best >= 38;
		over_second += outcome.over_second.interval.low <= best - second &&
			       best - second <= outcome.over_second.interval.high;
		over_original += outcome.over_original.interval.low <= best - original &&
				 best - original <= outcome.over_original.interval.high;
		if (outcome.over_second.interval.low > 0) {
			sure++;
			sure_and_right += best > second;
		}
		contest_free(contest);
	}
	printf(" [best found: %.1f %%; the difference to the second held: %.1f %%, to the "
	       "original: "
	       "%.1f %%]",
	       100.0 * good / REPETITIONS, 100.0 * over_second / REPETITIONS,
	       100.0 * over_original / REPETITIONS);
	CU_ASSERT(good >= 0.95 * REPETITIONS);
	CU_ASSERT(over_second >= 0.935 * REPETITIONS);
	CU_ASSERT(over_original >= 0.935 * REPETITIONS);
	CU_ASSERT(sure > 0);
	CU_ASSERT(sure_and_right >= 0.95 * sure);
	gsl_rng_free(rng);
}

/* Where all settings are the same, it is seldom said that one is better. */
static void test_all_alike(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct made_up made_up = { .count = 12 };
	int claims = 0;

	for (size_t i = 0; i < made_up.count; i++)
		made_up.rate[i] = 8;
	for (int i = 0; i < REPETITIONS; i++) {
		struct contest_config config = {
			.settings = 12, .budget = 200, .cost = 1.5, .seed = (uint64_t)i
		};
		struct contest *contest = run_contest(&config, &made_up, rng, 0.2, NULL);
		struct contest_outcome outcome = contest_outcome(contest);

		claims += outcome.over_second.interval.low > 0 ||
			  outcome.over_original.interval.low > 0;
		contest_free(contest);
	}
	printf(" [claims: %.1f %%]", 100.0 * claims / REPETITIONS);
	/* Two intervals with 2.5 % each on that side, and the better of three in front. */
	CU_ASSERT(claims <= 0.09 * REPETITIONS);
	gsl_rng_free(rng);
}

/* The budget is kept, but for a final of the fewest rounds. */
static void test_budget(void)
{
	static const double budgets[] = { 1, 20, 60, 300, 1000 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	for (size_t k = 0; k < ARRAY_SIZE(budgets); k++) {
		struct contest_config config = {
			.settings = 16, .budget = budgets[k], .cost = 1.5, .seed = 3
		};
		struct made_up made_up;
		struct contest *contest;
		double final = 1.5 * CONTEST_ROUNDS_MIN * CONTEST_FINALISTS;

		make_up(&made_up, rng);
		contest = run_contest(&config, &made_up, rng, 0.2, NULL);
		CU_ASSERT(contest_spent(contest) <=
			  fmax(budgets[k], 0.6 * budgets[k] + final) + 16 * 1.5);
		/* More than enough is not used up. */
		CU_ASSERT(budgets[k] < 20 || budgets[k] > 300 ||
			  contest_spent(contest) >= 0.4 * budgets[k]);
		contest_free(contest);
	}
	gsl_rng_free(rng);
}

static size_t near_made_up(void *context, size_t setting)
{
	struct made_up *made_up = context;

	if (made_up->count == ROOM)
		return SIZE_MAX;
	made_up->parent[made_up->count] = setting;
	/* Nearer to 60 by a third. */
	made_up->rate[made_up->count] = made_up->rate[setting] + (60 - made_up->rate[setting]) / 3;
	return made_up->count++;
}

/* Neighbours of good settings are tried, and found better than any that was there to begin with. */
static void test_neighbours(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct made_up made_up;
	struct contest_config config = { .settings = 16,
					 .room = ROOM,
					 .budget = 400,
					 .cost = 1.5,
					 .seed = 2,
					 .near = near_made_up,
					 .context = &made_up };
	struct contest_outcome outcome;
	struct contest *contest;

	make_up(&made_up, rng);
	contest = run_contest(&config, &made_up, rng, 0.1, NULL);
	outcome = contest_outcome(contest);
	CU_ASSERT(contest_settings(contest) > 16);
	CU_ASSERT_EQUAL(contest_settings(contest), made_up.count);
	CU_ASSERT(made_up.rate[outcome.best] > 42);
	for (size_t i = 16; i < made_up.count; i++)
		CU_ASSERT(made_up.rate[made_up.parent[i]] > 5);
	contest_free(contest);
	gsl_rng_free(rng);
}

/* Told the same, it goes the same way; with another seed, in another order. */
static void test_same_again(void)
{
	static struct course courses[3];
	struct made_up made_up;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t same = 0;

	make_up(&made_up, rng);
	for (int i = 0; i < 3; i++) {
		struct contest_config config = {
			.settings = 16, .budget = 200, .cost = 1.5, .seed = i == 2 ? 8 : 7
		};

		gsl_rng_set(rng, 5);
		contest_free(run_contest(&config, &made_up, rng, 0.2, &courses[i]));
	}
	CU_ASSERT_EQUAL_FATAL(courses[0].count, courses[1].count);
	for (size_t i = 0; i < courses[0].count; i++)
		CU_ASSERT(courses[0].trials[i].setting == courses[1].trials[i].setting &&
			  courses[0].trials[i].phase == courses[1].trials[i].phase);
	for (size_t i = 0; i < 16; i++)
		same += courses[0].trials[i].setting == courses[2].trials[i].setting;
	CU_ASSERT(same < 16);
	gsl_rng_free(rng);
}

/* In each pass all who are in are tried once: a drift of the machine strikes all of them. */
static void test_passes(void)
{
	static struct course course;
	struct made_up made_up;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct contest_config config = { .settings = 16, .budget = 300, .cost = 1.5, .seed = 1 };
	size_t i = 0;

	make_up(&made_up, rng);
	contest_free(run_contest(&config, &made_up, rng, 0.2, &course));
	while (i < course.count) {
		bool seen[16] = { false };
		size_t begin = i, finalists = 0;

		for (; i < course.count && course.trials[i].pass == course.trials[begin].pass;
		     i++) {
			CU_ASSERT(!seen[course.trials[i].setting]);
			CU_ASSERT_EQUAL(course.trials[i].phase, course.trials[begin].phase);
			seen[course.trials[i].setting] = true;
			finalists++;
		}
		if (!begin)
			CU_ASSERT_EQUAL(finalists, 16);
		if (course.trials[begin].phase == CONTEST_FINAL) {
			CU_ASSERT_EQUAL(finalists, 3);
			CU_ASSERT(seen[0]);
		}
	}
	CU_ASSERT_EQUAL(course.trials[course.count - 1].phase, CONTEST_FINAL);
	gsl_rng_free(rng);
}

/* Settings whose trials fail go, and the others go on; when all fail, it ends. */
static void test_failures(void)
{
	struct contest_config config = { .settings = 6, .budget = 120, .cost = 1, .seed = 1 };

	for (size_t working = 0; working < 6; working += 5) {
		struct contest *contest = contest_make(&config);
		struct contest_outcome outcome;
		struct contest_trial trial;
		size_t trials = 0;

		while (contest_next(contest, &trial)) {
			struct contest_result result = { .count = (double)(10 * trial.setting),
							 .seconds = 1,
							 .took = 1,
							 .failed = trial.setting >= working };

			CU_ASSERT_FATAL(++trials < 1000);
			contest_tell(contest, &result);
		}
		outcome = contest_outcome(contest);
		if (working) {
			CU_ASSERT_EQUAL(outcome.best, 4);
			CU_ASSERT(!contest_arm(contest, 5)->in);
			CU_ASSERT_EQUAL(contest_arm(contest, 5)->failures, 2);
		} else {
			CU_ASSERT(isinf(outcome.over_second.interval.low));
		}
		contest_free(contest);
	}
}

/* Without a single event, who has hints of one goes on. */
static void test_hints(void)
{
	struct contest_config config = { .settings = 12, .budget = 60, .cost = 1, .seed = 1 };
	struct contest *contest = contest_make(&config);
	struct contest_trial trial;

	while (contest_next(contest, &trial) && trial.phase == CONTEST_SEARCH)
		contest_tell(contest,
			     &(struct contest_result){ .seconds = 1,
						       .took = 1,
						       .hints = trial.setting == 7 ? 9 : 1 });
	CU_ASSERT_EQUAL(contest_outcome(contest).best, 7);
	contest_free(contest);
}

/* Too many settings for the time: some are not tried, the others have more than one trial. */
static void test_too_many(void)
{
	struct contest_config config = { .settings = 90, .budget = 100, .cost = 1, .seed = 1 };
	struct contest *contest = contest_make(&config);
	struct contest_trial trial;
	size_t tried = 0;

	while (contest_next(contest, &trial)) {
		if (trial.phase == CONTEST_FINAL)
			break;
		contest_tell(contest, &(struct contest_result){ .count = (double)trial.setting,
								.seconds = 1,
								.took = 1 });
	}
	for (size_t i = 0; i < 90; i++)
		tried += contest_arm(contest, i)->search.trials > 0;
	CU_ASSERT_EQUAL(tried, 30);
	CU_ASSERT(contest_arm(contest, contest_outcome(contest).best)->search.trials > 1);
	contest_free(contest);
}

static void test_order(void)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct contest_config config = { .settings = 16, .budget = 300, .cost = 1.5, .seed = 1 };
	struct made_up made_up;
	struct contest *contest;
	size_t order[16], count;

	make_up(&made_up, rng);
	contest = run_contest(&config, &made_up, rng, 0.1, NULL);
	count = contest_order(contest, order);
	CU_ASSERT_EQUAL(count, 16);
	CU_ASSERT_EQUAL(order[0], contest_outcome(contest).best);
	CU_ASSERT_EQUAL(order[1], contest_outcome(contest).second);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(order[i], order[k]);
	contest_free(contest);
	gsl_rng_free(rng);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "what it says is true", test_coverage },
		{ "all alike", test_all_alike },
		{ "budget", test_budget },
		{ "neighbours", test_neighbours },
		{ "the same again", test_same_again },
		{ "passes", test_passes },
		{ "failures", test_failures },
		{ "hints", test_hints },
		{ "too many settings", test_too_many },
		{ "order", test_order },
		CU_TEST_INFO_NULL,
	};

	return run_suite("contest", tests);
}
