/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/moment.h"
#include "injector/base/random.h"

void moment_begin(struct moment *moment, uint64_t seed, unsigned int key, uint64_t longest)
{
	*moment = (struct moment){ .longest = longest, .seed = seed, .key = key };
}

uint64_t moment_next(struct moment *moment)
{
	return random_value(moment->seed, moment->key, ++moment->tries) % (moment->longest + 1);
}

/* A sixteenth up or down, which balances when half of the tries are too late. */
void moment_learn(struct moment *moment, bool too_late)
{
	uint64_t step = moment->longest / 16;

	moment->longest = too_late ? moment->longest - step : moment->longest + step;
	if (moment->longest < MOMENT_LEAST)
		moment->longest = MOMENT_LEAST;
	if (moment->longest > MOMENT_MOST)
		moment->longest = MOMENT_MOST;
}
