/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence that an interleaving hits. A kernel that withstands it proves something only if a kernel
 * with the race does not. A scenario has a row for each run that hit; the row names its
 * interleaving, and so becomes void when the interleaving changes.
 */
#ifndef TOOLS_SCENARIO_SHOWN_H
#define TOOLS_SCENARIO_SHOWN_H

#include "tools/scenario/scenario.h"

#include <stdint.h>
#include <stdio.h>

/* One run that hit, or several on the same kernel. */
struct shown {
	const char *interleaving; /* see shown_interleaving() */
	const char *kernel;       /* release */
	uint64_t passages;        /* of a schedule, or iterations of scripted threads */
	uint64_t hits;            /* passages that hit */
};

/* The keys of one row: they fill a struct shown. */
extern const struct schema_key shown_keys[];

enum { SHOWN_INTERLEAVING = 17 };

/*
 * Identifies the interleaving of a scenario by 16 hexadecimal digits: a hash (FNV-1a) of the keys
 * schedule, threads, before and after of the resolved configuration. Names, values and order count;
 * layout and comments do not. Returns text.
 */
const char *shown_interleaving(const config_t *config, char text[SHOWN_INTERLEAVING]);

/*
 * Prints a schedule, as written in a scenario without threads, and its row of `shown`, with the
 * interleaving filled in. print: writes the schedule. Returns 0; -ENOMEM; -EINVAL the schedule is
 * not valid syntax (not reported).
 */
int shown_print(FILE *to, void (*print)(FILE *to, const void *context), const void *context,
		struct shown shown);

/* A row as written in a scenario. Returns text, which holds `size` bytes. */
const char *shown_text(const struct shown *shown, char *text, size_t size);

#endif
