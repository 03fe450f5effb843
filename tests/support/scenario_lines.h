/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shortest scenario, of which a row of a table replaces lines and adds some. */
#ifndef TESTS_SUPPORT_SCENARIO_LINES_H
#define TESTS_SUPPORT_SCENARIO_LINES_H

#include "tools/scenario/scenario.h"

/* NULL: as in the shortest scenario; "": not there. Each is one line of the file s.cfg. */
struct scenario_lines {
	const char *title;   /* line 1: title = "t"; */
	const char *files;   /* line 2: files = ( { name = "a"; size = "8M"; } ); */
	const char *storm;   /* line 3: storm = { }; */
	const char *readers; /* line 4: readers = ( { kind = "load"; } ); */
	const char *more;    /* line 5 and what follows */
};

/* What the last load reported, without the directory of the file; "" for nothing. */
extern char scenario_complaint[2048];

/*
 * Loads such a scenario for kernel 6.18.9 from a file that is removed again. scenario: to be
 * released whatever is returned. overrides: or NULL. Returns what
 * scenario_load() did.
 */
int scenario_load_lines(struct scenario *scenario, const struct scenario_lines *lines,
			const struct scenario_overrides *overrides);

#endif
