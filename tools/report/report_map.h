/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages of a folio: punched, exposed by the aim model, read according to the scenario. */
#ifndef TOOLS_REPORT_REPORT_MAP_H
#define TOOLS_REPORT_REPORT_MAP_H

#include "injector/storm/aim.h"
#include "tools/report/report_data.h"

#include <stdio.h>

struct report_map {
	bool known; /* else see why */
	char why[512];
	bool fixed;                /* all punches hit these pages; else the map is of one punch */
	unsigned int pages;        /* of a folio of the first file */
	unsigned int first, count; /* punched pages */
	const char *shape;
	struct aim_punch punch; /* the punch, for the aim model */
	enum aim_shape split;
	bool exposed[REPORT_PAGES], read[REPORT_PAGES];
	unsigned int exposed_count;
};

/* Makes the map of the first hit's punch, or of the last punch without a hit, by scenario.cfg in
 * the run's directory, in pages of the run's kernel. On error sets map->why; reports only lack of
 * memory. Changes page_size() while it works: call it with no other threads. */
void report_map_make(struct report_map *map, const struct report_data *data);

/* Prints the part of the page with the map and the events of its pages. In report_map_print.c. */
void report_map_print(FILE *to, const struct report_data *data);

#endif
