/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/contest.h"
#include "injector/base/random.h"

#include <math.h>
#include <stdlib.h>

/* What is random here: the order within a pass. */
enum { KEY_ORDER = 0x200 };

static const double SEARCH_SHARE = 0.6, FIRST_PASS_SHARE = 0.3, DROP_CONFIDENCE = 0.99;

enum {
	PASS_MIN = 4,        /* trials that even a search without time makes */
	PASSES_MAX = 8,      /* of a rung */
	NEIGHBOURS_FROM = 4, /* places in the next rung, for half of them to go to neighbours */
	FAILURES_MAX = 2,    /* without a single trial that worked */
};

struct round {
	double count[RACE_FINALISTS], seconds[RACE_FINALISTS]; /* 0 seconds: it failed */
};

struct race {
	struct race_config config;
	struct race_arm *arms;
	size_t settings;
	size_t *order; /* of this pass */
	size_t order_count, at;
	unsigned int pass, rung, passes_left;
	size_t places; /* of this rung, at its beginning */
	enum race_phase phase;
	double spent;
	unsigned int trials;
	size_t finalists[RACE_FINALISTS], finalist_count;
	struct round rounds[RACE_ROUNDS_MAX];
	unsigned int round, round_count;
};

double race_noise(const struct race *race)
{
	struct rate_sum *sums = calloc(2 * race->settings, sizeof(*sums));
	double noise;

	for (size_t i = 0; sums && i < race->settings; i++) {
		sums[2 * i] = race->arms[i].search;
		sums[2 * i + 1] = race->arms[i].final;
	}
	noise = rate_noise(sums, sums ? 2 * race->settings : 0);
	free(sums);
	return noise;
}

static double cost(const struct race *race)
{
	return race->trials ? race->spent / race->trials : race->config.cost;
}

size_t race_left(const struct race *race)
{
	size_t count = 0;

	if (race->phase != RACE_SEARCH)
		return race->finalist_count;
	for (size_t i = 0; i < race->settings; i++)
		count += race->arms[i].in;
	return count;
}

static double hint_rate(const struct race *race, size_t setting)
{
	return race->arms[setting].hints / race->arms[setting].search.seconds;
}

/* Whether the first of two settings is the better one by the search. */
static bool better(const struct race *race, size_t one, size_t other)
{
	const struct rate_sum *a = &race->arms[one].search, *b = &race->arms[other].search;

	if (!a->trials != !b->trials)
		return a->trials;
	if (rate_of(a) != rate_of(b))
		return rate_of(a) > rate_of(b);
	if (a->trials && hint_rate(race, one) != hint_rate(race, other))
		return hint_rate(race, one) > hint_rate(race, other);
	return one < other;
}

/* The best one that is in and not taken yet; SIZE_MAX: none. */
static size_t best_in(const struct race *race, const bool *taken)
{
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < race->settings; i++)
		if (race->arms[i].in && !(taken && taken[i]) &&
		    (best == SIZE_MAX || better(race, i, best)))
			best = i;
	return best;
}

/* An order of its own for each pass. */
static void shuffle(const struct race *race, size_t *order, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		uint64_t value = random_value(race->config.seed, KEY_ORDER,
					      ((uint64_t)race->pass << 20) + i);
		size_t other = value % i, kept = order[i - 1];

		order[i - 1] = order[other];
		order[other] = kept;
	}
}

static void begin_pass(struct race *race)
{
	race->order_count = race->at = 0;
	for (size_t i = 0; i < race->settings && race->phase == RACE_SEARCH; i++)
		if (race->arms[i].in)
			race->order[race->order_count++] = i;
	for (size_t i = 0; i < race->finalist_count && race->phase == RACE_FINAL; i++)
		race->order[race->order_count++] = race->finalists[i];
	shuffle(race, race->order, race->order_count);
}

/* Passes for the rung that begins: what is left of the search's time, in equal parts for the rungs
 * that are to come. */
static unsigned int plan_passes(const struct race *race)
{
	size_t places = race_left(race), rungs = 1;
	double time = SEARCH_SHARE * race->config.budget - race->spent, passes;

	for (size_t n = places; n > 2; n = (n + 1) / 2)
		rungs++;
	passes = time / (double)rungs / ((double)places * cost(race));
	return passes < 1 ? 1 : passes > PASSES_MAX ? PASSES_MAX : (unsigned int)passes;
}

static void begin_rung(struct race *race)
{
	for (size_t i = 0; i < race->settings; i++)
		if (race->arms[i].in)
			race->arms[i].rung = race->rung;
	race->places = race_left(race);
	race->passes_left = plan_passes(race);
	begin_pass(race);
}

static void add_finalist(struct race *race, size_t setting)
{
	for (size_t i = 0; i < race->finalist_count; i++)
		if (race->finalists[i] == setting)
			return;
	race->finalists[race->finalist_count++] = setting;
}

static void begin_final(struct race *race)
{
	double rounds;
	bool *taken = calloc(race->settings, sizeof(*taken));
	size_t best;

	while (taken && race->finalist_count < 2 && (best = best_in(race, taken)) != SIZE_MAX &&
	       race->arms[best].search.trials) {
		taken[best] = true;
		add_finalist(race, best);
	}
	free(taken);
	add_finalist(race, 0);
	race->phase = RACE_FINAL;
	rounds = (race->config.budget - race->spent) / (cost(race) * (double)race->finalist_count);
	race->round_count = rounds < RACE_ROUNDS_MIN   ? RACE_ROUNDS_MIN
			    : rounds > RACE_ROUNDS_MAX ? RACE_ROUNDS_MAX
						       : (unsigned int)rounds;
	if (race->finalist_count < 2)
		race->phase = RACE_OVER;
	begin_pass(race);
}

static bool search_time_is_over(const struct race *race)
{
	return race->spent >= SEARCH_SHARE * race->config.budget;
}

/* Who is surely worse than the best goes, but never the last two. */
static void drop_losers(struct race *race)
{
	double noise = race_noise(race), least;
	size_t best = best_in(race, NULL), left = race_left(race);

	if (best == SIZE_MAX)
		return;
	least = rate_interval(&race->arms[best].search, noise, DROP_CONFIDENCE).low;
	for (size_t i = race->settings; i-- > 0 && left > 2;)
		if (race->arms[i].in &&
		    rate_interval(&race->arms[i].search, noise, DROP_CONFIDENCE).high < least) {
			race->arms[i].in = false;
			left--;
		}
}

/* Neighbours of the best ones, in turn, for that many places. */
static void add_neighbours(struct race *race, const size_t *kept, size_t kept_count, size_t places)
{
	for (size_t n = 0; n < places && race->settings < race->config.room; n++) {
		size_t setting = race->config.near(race->config.context, kept[n % kept_count]);

		if (setting == SIZE_MAX)
			continue;
		race->arms[setting].in = true;
		race->settings = setting + 1;
	}
}

/* The best half of the places stay, or fewer, where neighbours are to be had. */
static void halve(struct race *race)
{
	size_t places = (race->places + 1) / 2, keep, count = 0, best;
	bool *taken = calloc(race->settings, sizeof(*taken));
	size_t *kept = calloc(places + 2, sizeof(*kept));

	if (places < 2)
		places = 2;
	keep = race->config.near && places >= NEIGHBOURS_FROM ? (places + 1) / 2 : places;
	while (taken && kept && count < keep && (best = best_in(race, taken)) != SIZE_MAX) {
		taken[best] = true;
		kept[count++] = best;
	}
	for (size_t i = 0; taken && i < race->settings; i++)
		race->arms[i].in = taken[i];
	if (count && keep < places)
		add_neighbours(race, kept, count, places - count);
	free(taken);
	free(kept);
}

static void end_search_pass(struct race *race)
{
	drop_losers(race);
	if (!search_time_is_over(race) && race_left(race) && --race->passes_left) {
		begin_pass(race);
		return;
	}
	if (search_time_is_over(race) || !race_left(race) || race->places <= 2) {
		begin_final(race);
		return;
	}
	halve(race);
	race->rung++;
	begin_rung(race);
}

static void end_pass(struct race *race)
{
	race->pass++;
	if (race->phase == RACE_SEARCH)
		end_search_pass(race);
	else if (++race->round == race->round_count)
		race->phase = RACE_OVER;
	else
		begin_pass(race);
}

struct race *race_make(const struct race_config *config)
{
	struct race *race = calloc(1, sizeof(*race));

	if (!race)
		return NULL;
	race->config = *config;
	race->settings = config->settings;
	if (race->config.room < config->settings)
		race->config.room = config->settings;
	race->arms = calloc(race->config.room, sizeof(*race->arms));
	race->order = calloc(race->config.room + RACE_FINALISTS, sizeof(*race->order));
	if (!race->arms || !race->order) {
		race_free(race);
		return NULL;
	}
	for (size_t i = 0; i < race->settings; i++)
		race->arms[i].in = true;
	begin_rung(race);
	return race;
}

void race_free(struct race *race)
{
	free(race->arms);
	free(race->order);
	free(race);
}

bool race_next(struct race *race, struct race_trial *trial)
{
	if (race->phase == RACE_OVER)
		return false;
	*trial = (struct race_trial){ race->phase, race->pass, race->order[race->at] };
	return true;
}

static void tell_final(struct race *race, size_t setting, const struct race_result *result)
{
	for (size_t i = 0; i < race->finalist_count; i++)
		if (race->finalists[i] == setting) {
			race->rounds[race->round].count[i] = result->count;
			race->rounds[race->round].seconds[i] = result->seconds;
		}
	rate_add(&race->arms[setting].final, result->count, result->seconds);
}

static void tell_search(struct race_arm *arm, const struct race_result *result)
{
	rate_add(&arm->search, result->count, result->seconds);
	arm->hints += result->hints;
}

/* A pass of the search may be longer than the time there is. */
static bool pass_is_over(const struct race *race)
{
	double share = race->pass ? SEARCH_SHARE : FIRST_PASS_SHARE;

	return race->at == race->order_count ||
	       (race->phase == RACE_SEARCH && race->at >= PASS_MIN &&
		race->spent >= share * race->config.budget);
}

/* Who had no turn in the first pass will have none. */
static void drop_untried(struct race *race)
{
	for (; race->at < race->order_count && !race->pass; race->at++)
		race->arms[race->order[race->at]].in = false;
}

void race_tell(struct race *race, const struct race_result *result)
{
	size_t setting = race->order[race->at];
	struct race_arm *arm = &race->arms[setting];
	bool failed = result->failed || result->seconds <= 0;

	race->spent += result->took;
	race->trials++;
	arm->failures += failed;
	if (!failed && race->phase == RACE_FINAL)
		tell_final(race, setting, result);
	else if (!failed)
		tell_search(arm, result);
	if (race->phase == RACE_SEARCH && arm->failures >= FAILURES_MAX && !arm->search.trials)
		arm->in = false;
	race->at++;
	if (!pass_is_over(race))
		return;
	drop_untried(race);
	end_pass(race);
}

const struct race_arm *race_arm(const struct race *race, size_t setting)
{
	return &race->arms[setting];
}

size_t race_settings(const struct race *race)
{
	return race->settings;
}

double race_spent(const struct race *race)
{
	return race->spent;
}

static struct rate_difference compare(const struct race *race, size_t one, size_t other)
{
	struct rate_pair pairs[RACE_ROUNDS_MAX];
	size_t count = 0;

	for (unsigned int i = 0; i < race->round_count && i < RACE_ROUNDS_MAX; i++) {
		const struct round *round = &race->rounds[i];

		if (round->seconds[one] > 0 && round->seconds[other] > 0)
			pairs[count++] = (struct rate_pair){
				.count = { round->count[one], round->count[other] },
				.seconds = { round->seconds[one], round->seconds[other] },
			};
	}
	return rate_compare(pairs, count, RACE_CONFIDENCE);
}

/* The place of the best finalist by the final, but for one; RACE_FINALISTS: none. */
static size_t best_finalist(const struct race *race, size_t but)
{
	size_t best = RACE_FINALISTS;

	for (size_t i = 0; i < race->finalist_count; i++) {
		const struct rate_sum *sum = &race->arms[race->finalists[i]].final;

		if (i != but && sum->trials &&
		    (best == RACE_FINALISTS ||
		     rate_of(sum) > rate_of(&race->arms[race->finalists[best]].final)))
			best = i;
	}
	return best;
}

struct race_outcome race_outcome(const struct race *race)
{
	struct race_outcome outcome = { .best = SIZE_MAX, .second = SIZE_MAX };
	size_t best = best_finalist(race, RACE_FINALISTS), second, original = RACE_FINALISTS;

	outcome.over_second.interval = outcome.over_original.interval =
		(struct rate_interval){ -INFINITY, INFINITY };
	if (best == RACE_FINALISTS) {
		outcome.best = best_in(race, NULL);
		return outcome;
	}
	outcome.best = race->finalists[best];
	second = best_finalist(race, best);
	if (second != RACE_FINALISTS) {
		outcome.second = race->finalists[second];
		outcome.over_second = compare(race, best, second);
	}
	for (size_t i = 0; i < race->finalist_count; i++)
		if (!race->finalists[i])
			original = i;
	if (original != RACE_FINALISTS && original != best)
		outcome.over_original = compare(race, best, original);
	return outcome;
}

/* Before whom a setting stands in the order of all. */
static bool stands_before(const struct race *race, size_t one, size_t other)
{
	const struct race_arm *a = &race->arms[one], *b = &race->arms[other];

	if (!a->final.trials != !b->final.trials)
		return a->final.trials;
	if (a->final.trials && rate_of(&a->final) != rate_of(&b->final))
		return rate_of(&a->final) > rate_of(&b->final);
	if (a->rung != b->rung)
		return a->rung > b->rung;
	return better(race, one, other);
}

size_t race_order(const struct race *race, size_t *order)
{
	size_t count = 0;

	for (size_t i = 0; i < race->settings; i++) {
		size_t at = count;

		if (!race->arms[i].search.trials && !race->arms[i].final.trials)
			continue;
		for (; at && stands_before(race, i, order[at - 1]); at--)
			order[at] = order[at - 1];
		order[at] = i;
		count++;
	}
	return count;
}
