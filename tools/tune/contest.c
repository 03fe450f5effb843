/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/contest.h"
#include "injector/base/random.h"

#include <math.h>
#include <stdlib.h>

/* Key of random_value(): the order within a pass. */
enum { KEY_ORDER = 0x200 };

static const double SEARCH_SHARE = 0.6, FIRST_PASS_SHARE = 0.3, DROP_CONFIDENCE = 0.99;

enum {
	PASS_MIN = 4,        /* trials even without time for the search */
	PASSES_MAX = 8,      /* per rung */
	NEIGHBOURS_FROM = 4, /* places in the next rung from which neighbours get half */
	FAILURES_MAX = 2,    /* without a successful trial */
};

struct round {
	double count[CONTEST_FINALISTS], seconds[CONTEST_FINALISTS]; /* 0 seconds: failed */
};

struct contest {
	struct contest_config config;
	struct contest_arm *arms;
	size_t settings;
	size_t *order; /* of the current pass */
	size_t order_count, at;
	unsigned int pass, rung, passes_left;
	size_t places; /* at the start of the current rung */
	enum contest_phase phase;
	double spent;
	unsigned int trials;
	size_t finalists[CONTEST_FINALISTS], finalist_count;
	struct round rounds[CONTEST_ROUNDS_MAX];
	unsigned int round, round_count;
};

double contest_noise(const struct contest *contest)
{
	struct rate_sum *sums = calloc(2 * contest->settings, sizeof(*sums));
	double noise;

	for (size_t i = 0; sums && i < contest->settings; i++) {
		sums[2 * i] = contest->arms[i].search;
		sums[2 * i + 1] = contest->arms[i].final;
	}
	noise = rate_noise(sums, sums ? 2 * contest->settings : 0);
	free(sums);
	return noise;
}

static double cost(const struct contest *contest)
{
	return contest->trials ? contest->spent / contest->trials : contest->config.cost;
}

size_t contest_left(const struct contest *contest)
{
	size_t count = 0;

	if (contest->phase != CONTEST_SEARCH)
		return contest->finalist_count;
	for (size_t i = 0; i < contest->settings; i++)
		count += contest->arms[i].in;
	return count;
}

static double hint_rate(const struct contest *contest, size_t setting)
{
	return contest->arms[setting].hints / contest->arms[setting].search.seconds;
}

/* Whether one setting is better than another, by the search. */
static bool better(const struct contest *contest, size_t one, size_t other)
{
	const struct rate_sum *a = &contest->arms[one].search, *b = &contest->arms[other].search;

	if (!a->trials != !b->trials)
		return a->trials;
	if (rate_of(a) != rate_of(b))
		return rate_of(a) > rate_of(b);
	if (a->trials && hint_rate(contest, one) != hint_rate(contest, other))
		return hint_rate(contest, one) > hint_rate(contest, other);
	return one < other;
}

/* The best remaining setting that is not taken; SIZE_MAX: none. */
static size_t best_in(const struct contest *contest, const bool *taken)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < contest->settings; i++)
		if (contest->arms[i].in && !(taken && taken[i]) &&
		    (best == SIZE_MAX || better(contest, i, best)))
			best = i;
	return best;
}

/* Each pass has its own order. */
static void shuffle(const struct contest *contest, size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		uint64_t value = random_value(contest->config.seed, KEY_ORDER,
					      ((uint64_t)contest->pass << 20) + i);
		size_t other = value % i, kept = order[i - 1];

		order[i - 1] = order[other];
		order[other] = kept;
	}
}

static void begin_pass(struct contest *contest)
{
	contest->order_count = contest->at = 0;
	for (size_t i = 0; i < contest->settings && contest->phase == CONTEST_SEARCH; i++)
		if (contest->arms[i].in)
			contest->order[contest->order_count++] = i;
	for (size_t i = 0; i < contest->finalist_count && contest->phase == CONTEST_FINAL; i++)
		contest->order[contest->order_count++] = contest->finalists[i];
	shuffle(contest, contest->order, contest->order_count);
}

/* Passes of the next rung: the remaining time of the search is divided equally among the remaining
 * rungs. */
static unsigned int plan_passes(const struct contest *contest)
{
	size_t places = contest_left(contest), rungs = 1;
	double time = SEARCH_SHARE * contest->config.budget - contest->spent, passes;

	for (size_t n = places; n > 2; n = (n + 1) / 2)
		rungs++;
	passes = time / (double)rungs / ((double)places * cost(contest));
	return passes < 1 ? 1 : passes > PASSES_MAX ? PASSES_MAX : (unsigned int)passes;
}

static void begin_rung(struct contest *contest)
{
	for (size_t i = 0; i < contest->settings; i++)
		if (contest->arms[i].in)
			contest->arms[i].rung = contest->rung;
	contest->places = contest_left(contest);
	contest->passes_left = plan_passes(contest);
	begin_pass(contest);
}

static void add_finalist(struct contest *contest, size_t setting)
{
	for (size_t i = 0; i < contest->finalist_count; i++)
		if (contest->finalists[i] == setting)
			return;
	contest->finalists[contest->finalist_count++] = setting;
}

static void begin_final(struct contest *contest)
{
	double rounds;
	bool *taken = calloc(contest->settings, sizeof(*taken));
	size_t best;

	while (taken && contest->finalist_count < 2 &&
	       (best = best_in(contest, taken)) != SIZE_MAX && contest->arms[best].search.trials) {
		taken[best] = true;
		add_finalist(contest, best);
	}
	free(taken);
	add_finalist(contest, 0);
	contest->phase = CONTEST_FINAL;
	rounds = (contest->config.budget - contest->spent) /
		 (cost(contest) * (double)contest->finalist_count);
	contest->round_count = rounds < CONTEST_ROUNDS_MIN   ? CONTEST_ROUNDS_MIN
			       : rounds > CONTEST_ROUNDS_MAX ? CONTEST_ROUNDS_MAX
							     : (unsigned int)rounds;
	if (contest->finalist_count < 2)
		contest->phase = CONTEST_OVER;
	begin_pass(contest);
}

static bool search_time_is_over(const struct contest *contest)
{
	return contest->spent >= SEARCH_SHARE * contest->config.budget;
}

/* Drops settings that are worse than the best with confidence, but never the last two. */
static void drop_losers(struct contest *contest)
{
	double noise = contest_noise(contest), least;
	size_t best = best_in(contest, NULL), left = contest_left(contest);

	if (best == SIZE_MAX)
		return;
	least = rate_interval(&contest->arms[best].search, noise, DROP_CONFIDENCE).low;
	for (size_t i = contest->settings; i-- > 0 && left > 2;)
		if (contest->arms[i].in &&
		    rate_interval(&contest->arms[i].search, noise, DROP_CONFIDENCE).high < least) {
			contest->arms[i].in = false;
			left--;
		}
}

/* Adds neighbours of the best settings, in turn, for so many places. */
static void add_neighbours(struct contest *contest, const size_t *kept, size_t kept_count,
			   size_t places)
{
	for (size_t n = 0; n < places && contest->settings < contest->config.room; n++) {
		size_t setting =
			contest->config.near(contest->config.context, kept[n % kept_count]);

		if (setting == SIZE_MAX)
			continue;
		contest->arms[setting].in = true;
		contest->settings = setting + 1;
	}
}

/* Keeps the best for half of the places, or for fewer if there are neighbours. */
static void halve(struct contest *contest)
{
	size_t places = (contest->places + 1) / 2, keep, count = 0, best;
	bool *taken = calloc(contest->settings, sizeof(*taken));
	size_t *kept = calloc(places + 2, sizeof(*kept));

	if (places < 2)
		places = 2;
	keep = contest->config.near && places >= NEIGHBOURS_FROM ? (places + 1) / 2 : places;
	while (taken && kept && count < keep && (best = best_in(contest, taken)) != SIZE_MAX) {
		taken[best] = true;
		kept[count++] = best;
	}
	for (size_t i = 0; taken && i < contest->settings; i++)
		contest->arms[i].in = taken[i];
	if (count && keep < places)
		add_neighbours(contest, kept, count, places - count);
	free(taken);
	free(kept);
}

static void end_search_pass(struct contest *contest)
{
	drop_losers(contest);
	if (!search_time_is_over(contest) && contest_left(contest) && --contest->passes_left) {
		begin_pass(contest);
		return;
	}
	if (search_time_is_over(contest) || !contest_left(contest) || contest->places <= 2) {
		begin_final(contest);
		return;
	}
	halve(contest);
	contest->rung++;
	begin_rung(contest);
}

static void end_pass(struct contest *contest)
{
	contest->pass++;
	if (contest->phase == CONTEST_SEARCH)
		end_search_pass(contest);
	else if (++contest->round == contest->round_count)
		contest->phase = CONTEST_OVER;
	else
		begin_pass(contest);
}

struct contest *contest_make(const struct contest_config *config)
{
	struct contest *contest = calloc(1, sizeof(*contest));

	if (!contest)
		return NULL;
	contest->config = *config;
	contest->settings = config->settings;
	if (contest->config.room < config->settings)
		contest->config.room = config->settings;
	contest->arms = calloc(contest->config.room, sizeof(*contest->arms));
	contest->order = calloc(contest->config.room + CONTEST_FINALISTS, sizeof(*contest->order));
	if (!contest->arms || !contest->order) {
		contest_free(contest);
		return NULL;
	}
	for (size_t i = 0; i < contest->settings; i++)
		contest->arms[i].in = true;
	begin_rung(contest);
	return contest;
}

void contest_free(struct contest *contest)
{
	free(contest->arms);
	free(contest->order);
	free(contest);
}

bool contest_next(struct contest *contest, struct contest_trial *trial)
{
	if (contest->phase == CONTEST_OVER)
		return false;
	*trial = (struct contest_trial){ contest->phase, contest->pass,
					 contest->order[contest->at] };
	return true;
}

static void tell_final(struct contest *contest, size_t setting, const struct contest_result *result)
{
	for (size_t i = 0; i < contest->finalist_count; i++)
		if (contest->finalists[i] == setting) {
			contest->rounds[contest->round].count[i] = result->count;
			contest->rounds[contest->round].seconds[i] = result->seconds;
		}
	rate_add(&contest->arms[setting].final, result->count, result->seconds);
}

static void tell_search(struct contest_arm *arm, const struct contest_result *result)
{
	rate_add(&arm->search, result->count, result->seconds);
	arm->hints += result->hints;
}

/* A pass of the search may end early, when its time is over. */
static bool pass_is_over(const struct contest *contest)
{
	double share = contest->pass ? SEARCH_SHARE : FIRST_PASS_SHARE;

	return contest->at == contest->order_count ||
	       (contest->phase == CONTEST_SEARCH && contest->at >= PASS_MIN &&
		contest->spent >= share * contest->config.budget);
}

/* Drops settings that had no turn in the first pass. */
static void drop_untried(struct contest *contest)
{
	for (; contest->at < contest->order_count && !contest->pass; contest->at++)
		contest->arms[contest->order[contest->at]].in = false;
}

void contest_tell(struct contest *contest, const struct contest_result *result)
{
	size_t setting = contest->order[contest->at];
	struct contest_arm *arm = &contest->arms[setting];
	bool failed = result->failed || result->seconds <= 0;

	contest->spent += result->took;
	contest->trials++;
	arm->failures += failed;
	if (!failed && contest->phase == CONTEST_FINAL)
		tell_final(contest, setting, result);
	else if (!failed)
		tell_search(arm, result);
	if (contest->phase == CONTEST_SEARCH && arm->failures >= FAILURES_MAX &&
	    !arm->search.trials)
		arm->in = false;
	contest->at++;
	if (!pass_is_over(contest))
		return;
	drop_untried(contest);
	end_pass(contest);
}

const struct contest_arm *contest_arm(const struct contest *contest, size_t setting)
{
	return &contest->arms[setting];
}

size_t contest_settings(const struct contest *contest)
{
	return contest->settings;
}

double contest_spent(const struct contest *contest)
{
	return contest->spent;
}

static struct rate_difference compare(const struct contest *contest, size_t one, size_t other)
{
	struct rate_pair pairs[CONTEST_ROUNDS_MAX];
	size_t count = 0;

	for (unsigned int i = 0; i < contest->round_count && i < CONTEST_ROUNDS_MAX; i++) {
		const struct round *round = &contest->rounds[i];

		if (round->seconds[one] > 0 && round->seconds[other] > 0)
			pairs[count++] = (struct rate_pair){
				.count = { round->count[one], round->count[other] },
				.seconds = { round->seconds[one], round->seconds[other] },
			};
	}
	return rate_compare(pairs, count, CONTEST_CONFIDENCE);
}

/* Index of the best finalist by the final, except one; CONTEST_FINALISTS: none. */
static size_t best_finalist(const struct contest *contest, size_t but)
{
	size_t best = CONTEST_FINALISTS;

	for (size_t i = 0; i < contest->finalist_count; i++) {
		const struct rate_sum *sum = &contest->arms[contest->finalists[i]].final;

		if (i != but && sum->trials &&
		    (best == CONTEST_FINALISTS ||
		     rate_of(sum) > rate_of(&contest->arms[contest->finalists[best]].final)))
			best = i;
	}
	return best;
}

struct contest_outcome contest_outcome(const struct contest *contest)
{
	struct contest_outcome outcome = { .best = SIZE_MAX, .second = SIZE_MAX };
	size_t best = best_finalist(contest, CONTEST_FINALISTS), second,
	       original = CONTEST_FINALISTS;

	outcome.over_second.interval = outcome.over_original.interval =
		(struct rate_interval){ -INFINITY, INFINITY };
	if (best == CONTEST_FINALISTS) {
		outcome.best = best_in(contest, NULL);
		return outcome;
	}
	outcome.best = contest->finalists[best];
	second = best_finalist(contest, best);
	if (second != CONTEST_FINALISTS) {
		outcome.second = contest->finalists[second];
		outcome.over_second = compare(contest, best, second);
	}
	for (size_t i = 0; i < contest->finalist_count; i++)
		if (!contest->finalists[i])
			original = i;
	if (original != CONTEST_FINALISTS && original != best)
		outcome.over_original = compare(contest, best, original);
	return outcome;
}

/* Whether one setting precedes another in the order of all. */
static bool stands_before(const struct contest *contest, size_t one, size_t other)
{
	const struct contest_arm *a = &contest->arms[one], *b = &contest->arms[other];

	if (!a->final.trials != !b->final.trials)
		return a->final.trials;
	if (a->final.trials && rate_of(&a->final) != rate_of(&b->final))
		return rate_of(&a->final) > rate_of(&b->final);
	if (a->rung != b->rung)
		return a->rung > b->rung;
	return better(contest, one, other);
}

size_t contest_order(const struct contest *contest, size_t *order)
{
	size_t count = 0;

	for (size_t i = 0; i < contest->settings; i++) {
		size_t at = count;

		if (!contest->arms[i].search.trials && !contest->arms[i].final.trials)
			continue;
		for (; at && stands_before(contest, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		count++;
	}
	return count;
}
