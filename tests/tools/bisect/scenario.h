/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scenario that the suites bisect. */
#ifndef TESTS_TOOLS_BISECT_SCENARIO_H
#define TESTS_TOOLS_BISECT_SCENARIO_H

#include "tests/support/scratch.h"

static char scenario_path[64];

/* Makes the scenario, in scratch. more: further lines. Returns whether it is there. */
static inline bool make_scenario_of(const char *title, const char *more)
{
	FILE *file;

	snprintf(scenario_path, sizeof(scenario_path), "%s/s.cfg", scratch);
	file = fopen(scenario_path, "w");
	if (!file)
		return false;
	fprintf(file,
		"title = \"%s\"; race = \"partial-page\"; duration = 1.0;\n"
		"files = ( { name = \"a\"; size = \"64M\"; } );\n"
		"storm = { op = \"punch\"; };\n"
		"readers = ( { kind = \"load\"; } );\n%s",
		title, more);
	return !fclose(file);
}

static inline bool make_scenario(void)
{
	return make_scenario_of("a story", "");
}

#endif
