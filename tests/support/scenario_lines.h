/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A minimal scenario, in which a table row replaces or adds lines. */
#ifndef TESTS_SUPPORT_SCENARIO_LINES_H
#define TESTS_SUPPORT_SCENARIO_LINES_H

#include "tools/scenario/scenario.h"

/* Each member is one line of the file s.cfg. NULL: the default shown; "": an empty line. */
struct scenario_lines {
	const char *title;   /* line 1: title = "t"; */
	const char *files;   /* line 2: files = ( { name = "a"; size = "8M"; } ); */
	const char *storm;   /* line 3: storm = { }; */
	const char *readers; /* line 4: readers = ( { kind = "load"; } ); */
	const char *more;    /* line 5 and what follows */
};

/* What the last load reported, without "foliostorm: " and the file's directory; "" if nothing. */
extern char scenario_complaint[2048];

/*
 * Loads such a scenario for kernel 6.18.9 from a temporary file. overrides may be NULL. The caller
 * releases scenario, whatever is returned. Returns the result of scenario_load().
 */
int scenario_load_lines(struct scenario *scenario, const struct scenario_lines *lines,
			const struct scenario_overrides *overrides);

#endif
