/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every importer, a row each. NAME stands for struct importer importer_NAME in NAME.c. Samples for
 * the tests lie in tests/data/NAME, what gives no scenario in a directory "bad" there.
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

/* All of them, ended by NULL. */
extern const struct importer *const importers[];

/* NULL when there is none of that name. */
const struct importer *importer_find(const char *name);

#endif
