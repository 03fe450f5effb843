/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the importers of traces share: the scenario that replays one, and what to say of it. */
#ifndef TOOLS_IMPORT_IMPORTERS_TRACE_SCENARIO_H
#define TOOLS_IMPORT_IMPORTERS_TRACE_SCENARIO_H

#include "tools/import/import.h"
#include "tools/trace/trace_maker.h"

/* Notes the calls, files and threads that were taken, and what was done to their times. */
void trace_scenario_account(const struct trace_maker *maker, struct import_account *account);

/* Writes a scenario that replays the companion. under: the directory the files were in; NULL: none
 * that is known. Returns 0. */
int trace_scenario_write(struct import *import, const struct trace_maker *maker, const char *under);

#endif
