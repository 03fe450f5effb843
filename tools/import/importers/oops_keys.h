/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the scenario of a crash. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_KEYS_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_KEYS_H

#include "tools/import/import.h"
#include "tools/import/importers/oops_plan.h"

/*
 * Writes the keys to import->scenario. For a race of splits, they include a schedule that forces
 * the interleaving of the crash: the lookup finds the folio just after the split released it, while
 * the slot of the wanted page still leads to it. Returns 0 or -errno (reported).
 */
int oops_write_keys(const struct import *import, const struct oops_facts *facts,
		    const struct oops_plan *plan);

#endif
