/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an interleaving was shown to hit: that a kernel withstands it says something only if a
 * kernel with the race does not. A scenario has rows of runs that hit, and each names the
 * interleaving that ran, so that a row says nothing any more once the interleaving was changed.
 */
#ifndef TOOLS_SCENARIO_SHOWN_H
#define TOOLS_SCENARIO_SHOWN_H

#include "tools/scenario/scenario.h"

#include <stdint.h>
#include <stdio.h>

/* One run on a kernel with the race, or several of one kernel together. */
struct shown {
	const char *interleaving; /* as shown_interleaving() has it */
	const char *kernel;       /* release */
	uint64_t passages;        /* of a schedule, or iterations of scripted threads */
	uint64_t hits;            /* of them */
};

/* Of one row: they fill a struct shown. */
extern const struct schema_key shown_keys[];

enum { SHOWN_INTERLEAVING = 17 };

/*
 * What tells the interleaving of a scenario from others, in 16 hexadecimal digits: a hash
 * (FNV-1a) of the keys schedule, threads, before and after as they stand in the resolved
 * configuration; names, values and their order, not layout and comments. Returns text.
 */
const char *shown_interleaving(const config_t *config, char text[SHOWN_INTERLEAVING]);

/*
 * Prints a schedule, as it stands in a scenario without threads, and its row, whose interleaving is
 * filled in. print: writes the schedule. Returns 0; -ENOMEM; -EINVAL it cannot be read (not
 * reported).
 */
int shown_print(FILE *to, void (*print)(FILE *to, const void *context), const void *context,
		struct shown shown);

/* A row as it is written in a scenario. Returns text, which holds `size` bytes. */
const char *shown_text(const struct shown *shown, char *text, size_t size);

#endif
