/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All importers, a row each. NAME stands for struct importer importer_NAME in NAME.c. Samples for
 * the tests are in tests/data/NAME; those that give no scenario are in its directory "bad".
 */
#ifndef TOOLS_IMPORT_IMPORTERS_IMPORTERS_H
#define TOOLS_IMPORT_IMPORTERS_IMPORTERS_H

#include "tools/import/import.h"

/* clang-format off */
#define IMPORTERS(ROW) \
	ROW(journal) \
	ROW(oops) \
	ROW(strace) \
	ROW(iolog) \
	ROW(blkparse) \
	ROW(fsx) \
	ROW(record)
/* clang-format on */

#define IMPORTER_DECLARE(name) extern const struct importer importer_##name;
IMPORTERS(IMPORTER_DECLARE)
#undef IMPORTER_DECLARE

/* All importers, ended by NULL. */
extern const struct importer *const importers[];

/* The importer of that name; NULL: none. */
const struct importer *importer_find(const char *name);

#endif
