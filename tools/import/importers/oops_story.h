/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the scenario of a crash, with its story in comments. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_STORY_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_STORY_H

#include "tools/import/import.h"
#include "tools/import/importers/oops_plan.h"

enum { OOPS_TEXT = 400, OOPS_ASSUMPTIONS = 4 };

/* Writes "page that was wanted: 0x7653 (30291)" for a known fact. text: holds `size` bytes. */
void oops_format_fact(const struct oops_facts *facts, enum oops_about about, char *text,
		      size_t size);

/* The assumptions of the scenario, each with its reason behind a colon. texts: room for
 * OOPS_ASSUMPTIONS. Returns their number. */
size_t oops_assumptions(const struct oops_facts *facts, const struct oops_plan *plan,
			char texts[][OOPS_TEXT]);

/* Writes the scenario to import->scenario. Returns 0 or -errno (reported). */
int oops_write_scenario(const struct import *import, const struct oops_facts *facts,
			const struct oops_plan *plan);

#endif
