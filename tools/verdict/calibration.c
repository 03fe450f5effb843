/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/calibration.h"
#include "tools/verdict/proportion.h"

#include <stdio.h>
#include <string.h>

const struct calibration_row calibration_rows[] = {
#include "tools/verdict/calibration_rows.h"
	{ .setting = NULL },
};

static void add_kernel(struct calibration *found, const char *kernel)
{
	size_t used = strlen(found->kernels);

	if (!strstr(found->kernels, kernel))
		snprintf(found->kernels + used, sizeof(found->kernels) - used, "%s%s",
			 used ? ", " : "", kernel);
}

struct calibration calibration_find(const struct calibration_row *rows, const char *setting,
				    bool busy)
{
	struct proportion_count runs[CALIBRATION_RUNS], sum;
	struct calibration found = { .runs = 0 };
	double noise, spread;

	for (; rows->setting && found.runs < CALIBRATION_RUNS; rows++) {
		if (rows->busy != busy || strcmp(rows->setting, setting))
			continue;
		runs[found.runs++] = (struct proportion_count){ rows->hits, rows->passages };
		found.passages += rows->passages;
		found.hits += rows->hits;
		add_kernel(&found, rows->kernel);
	}
	sum = proportion_sum(runs, found.runs);
	noise = proportion_noise(PROPORTION_SHARE, runs, found.runs);
	spread = proportion_spread(PROPORTION_SHARE, runs, found.runs, noise);
	found.chance = proportion_of(PROPORTION_SHARE, sum, spread, 0.95).low;
	return found;
}
