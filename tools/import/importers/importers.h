/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The importers: a file and a row for each. */
#ifndef TOOLS_IMPORT_IMPORTERS_IMPORTERS_H
#define TOOLS_IMPORT_IMPORTERS_IMPORTERS_H

#include "tools/import/import.h"

extern const struct importer importer_iolog, importer_journal, importer_oops, importer_record,
	importer_strace;

/* All of them, ended by NULL. */
extern const struct importer *const importers[];

/* NULL when there is none of that name. */
const struct importer *importer_find(const char *name);

#endif
