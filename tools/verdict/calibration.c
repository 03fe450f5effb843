/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/calibration.h"
#include "injector/base/append_text.h"
#include "tools/verdict/proportion.h"

#include <math.h>
#include <string.h>

const struct calibration_row calibration_rows[] = {
#include "tools/verdict/calibration_rows.h"
	{ .setting = NULL },
};

/* Returns whether a kernel is one of the list, not only the beginning of one: 6.18.1 in
 * "6.18.15". */
static bool lists(const char *list, const char *kernel)
{
	size_t length = strlen(kernel);

	for (const char *at = list; *at && (at = strstr(at, kernel)); at++)
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

static void add_kernel(struct calibration *found, const char *kernel)
{
	size_t used = strlen(found->kernels);

	if (!lists(found->kernels, kernel))
		append_text(found->kernels, sizeof(found->kernels), used, "%s%s", used ? ", " : "",
			    kernel);
}

/* The lower end of the interval of these runs' rate, widened by their variation. */
static double low_of(const struct proportion_count *runs, size_t count)
{
	const struct proportion_count sum = proportion_sum(runs, count);
	const double noise = proportion_noise(PROPORTION_SHARE, runs, count);
	const double spread = proportion_spread(PROPORTION_SHARE, runs, count, noise);

	return proportion_of(PROPORTION_SHARE, sum, spread, 0.95).low;
}

struct calibration calibration_of(const struct calibration_row *rows, const char *setting,
				  bool busy)
{
	struct proportion_count runs[CALIBRATION_RUNS];
	struct calibration found = { .runs = 0 };
	const char *kernel = NULL;
	size_t first = 0;

	for (; rows->setting && found.runs < CALIBRATION_RUNS; rows++) {
		if (rows->busy != busy || strcmp(rows->setting, setting))
			continue;
		/* Rows of a kernel are adjacent; the worst kernel counts. */
		if (kernel && strcmp(kernel, rows->kernel)) {
			found.chance = fmin(found.chance, low_of(runs + first, found.runs - first));
			first = found.runs;
		}
		if (!kernel)
			found.chance = 1;
		kernel = rows->kernel;
		runs[found.runs++] = (struct proportion_count){ rows->hits, rows->passages };
		found.passages += rows->passages;
		found.hits += rows->hits;
		add_kernel(&found, rows->kernel);
	}
	if (kernel) {
		found.chance = fmin(found.chance, low_of(runs + first, found.runs - first));
		found.chance = fmin(found.chance, low_of(runs, found.runs));
		found.noise = proportion_noise(PROPORTION_SHARE, runs, found.runs);
	}
	return found;
}

struct calibration calibration_find(const struct calibration_row *rows, const char *setting,
				    bool busy)
{
	struct calibration found = calibration_of(rows, setting, busy);

	/* Fewer runs do not show the variation between runs. */
	if (found.runs < CALIBRATION_RUNS_LEAST)
		found.chance = 0;
	return found;
}
