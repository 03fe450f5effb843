/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/conduct/series.h"

size_t series_next(const struct series *series)
{
	return series->done % series->count;
}

bool series_is_over(const struct series *series)
{
	return series->done == series->count * series->each;
}

void series_hit(struct series *series, uint64_t punch)
{
	for (size_t i = 0; i < series->done; i++)
		if (series->passages[i].punch == punch)
			series->passages[i].hit = true;
}
