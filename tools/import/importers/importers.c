/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/importers.h"

#include <string.h>

const struct importer *const importers[] = {
	&importer_journal, &importer_oops,   &importer_strace,
	&importer_iolog,   &importer_record, NULL,
};

const struct importer *importer_find(const char *name)
{
	for (size_t i = 0; importers[i]; i++)
		if (!strcmp(importers[i]->name, name))
			return importers[i];
	return NULL;
}
