/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of a folio in a run's report: punched, exposed by the aim model, read by plan. */
#ifndef TOOLS_REPORT_REPORT_MAP_H
#define TOOLS_REPORT_REPORT_MAP_H

#include "injector/storm/aim.h"
#include "tools/report/report_data.h"

#include <stdio.h>

struct report_map {
	bool known; /* else why says why not */
	char why[512];
	bool fixed;                /* each punch hits the same pages; else it is one punch's map */
	unsigned int pages;        /* of a folio of the first file */
	unsigned int first, count; /* punched */
	const char *shape;
	struct aim_punch punch; /* of that shape */
	enum aim_shape split;
	bool exposed[REPORT_PAGES], read[REPORT_PAGES];
	unsigned int exposed_count;
};

/* Makes the map of the first hit's punch (of the last one, without a hit), by the scenario that
 * lies in the run's directory. Errors are in map->why only. */
void report_map_make(struct report_map *map, const struct report_data *data);

/* The part of the page that shows it, with what the events say of those pages. Of
 * report_map_print.c. */
void report_map_print(FILE *to, const struct report_data *data);

#endif
