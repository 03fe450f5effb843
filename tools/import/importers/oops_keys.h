/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of the scenario of a crash. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_KEYS_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_KEYS_H

#include "tools/import/import.h"
#include "tools/import/importers/oops_plan.h"

/*
 * Writes them to import->scenario. A race of a split has a schedule, which forces the interleaving
 * that the crash shows: the reader is in its look-up when the folio that came has just been let go,
 * and the slot of the page that was wanted still leads to it. Returns 0 or -errno (reported).
 */
int oops_write_keys(const struct import *import, const struct oops_facts *facts,
		    const struct oops_plan *plan);

#endif
