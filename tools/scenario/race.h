/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The races that scenarios test for. The verdict of a run is about one of them. */
#ifndef TOOLS_SCENARIO_RACE_H
#define TOOLS_SCENARIO_RACE_H

#include <stdbool.h>

/* A row of races[]. A new race needs a row and a calibration (tests/bench/calibrate.sh). */
struct race {
	const char *name, *help; /* help: for the reference of the keys */
	bool splits;             /* occurs while a folio is split, which the inspector checks */
	bool none;               /* no race: all reads must be right; nothing else is tested */
};

/* All races, the default first, ended by a row without a name. */
extern const struct race races[];

#endif
