/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/modules.h"

#include <fts.h>
#include <string.h>

static bool is_module(const char *file, const char *name)
{
	const char *end = strstr(file, ".ko");

	if (!end || (end[3] && end[3] != '.'))
		return false;
	for (; name && *name; name++, file++)
		if (*file != *name && !(strchr("-_", *file) && strchr("-_", *name)))
			return false;
	return !name || file == end;
}

bool modules_have(const char *directory, const char *name)
{
	const char *const paths[] = { directory, NULL };
	FTS *tree = fts_open((char *const *)paths, FTS_LOGICAL | FTS_NOSTAT | FTS_NOCHDIR, NULL);
	bool found = false;
	FTSENT *entry;

	while (!found && tree && (entry = fts_read(tree)))
		found = entry->fts_info != FTS_D && is_module(entry->fts_name, name);
	if (tree)
		fts_close(tree);
	return found;
}
