/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/importers.h"

#include <string.h>

#define ROW(name) &importer_##name,
const struct importer *const importers[] = { IMPORTERS(ROW) NULL };

const struct importer *importer_find(const char *name)
{
	for (size_t i = 0; importers[i]; i++)
		if (!strcmp(importers[i]->name, name))
			return importers[i];
	return NULL;
}
