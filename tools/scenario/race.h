/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario puts to the test: the race that its verdict is about. */
#ifndef TOOLS_SCENARIO_RACE_H
#define TOOLS_SCENARIO_RACE_H

#include <stdbool.h>

/* A row of races[]. Adding one is a row, and its calibration (tests/bench/calibrate.sh). */
struct race {
	const char *name, *help; /* help: for the reference of keys */
	bool splits;             /* it is in the split of a folio: what the inspector looks at */
	bool none;               /* no race: whatever is read has to be right, and that is all */
};

/* All of them, the default first, ended by a row without a name. */
extern const struct race races[];

#endif
