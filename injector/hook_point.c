/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/hook_point.h"

#include <stdio.h>
#include <string.h>

const char *const hook_role_names[HOOK_ROLES] = {
	[HOOK_SPLIT] = "split",   [HOOK_LEVEL] = "level", [HOOK_STORED] = "stored",
	[HOOK_LOOKUP] = "lookup", [HOOK_READ] = "read",   [HOOK_SHMEM] = "shmem",
};

const char *const hook_method_names[HOOK_METHODS] = {
	[HOOK_NONE] = "none",
	[HOOK_FENTRY] = "fentry",
	[HOOK_KPROBE] = "kprobe",
};

/*
 * Looked up in 6.12, 6.16, 6.17, 6.18 and 7.2. filemap_get_entry() may be inlined where mm/filemap.c
 * calls it, so faults are watched one function further out; from mm/shmem.c it is always called.
 * free_folio_and_swap_cache() is called for each part but one, after all stores (6.15 - 7.2,
 * __folio_split()).
 */
const struct hook_point hook_points[] = {
	{ HOOK_SPLIT, "__folio_split", "6.15 and later" },
	{ HOOK_LEVEL, "folio_split_memcg_refs", "6.15 and later" },
	{ HOOK_STORED, "free_folio_and_swap_cache", "6.15 and later" },
	{ HOOK_LOOKUP, "__filemap_get_folio_mpol", "6.19 and later" },
	{ HOOK_LOOKUP, "__filemap_get_folio", "5.16 to 6.18" },
	{ HOOK_READ, "filemap_get_read_batch", "5.12 and later" },
	{ HOOK_SHMEM, "filemap_get_entry", "6.3 and later" },
	{ .function = NULL },
};

const struct hook_point *hook_point_find(enum hook_role role,
					 bool (*has)(void *context, const char *function),
					 void *context)
{
	for (const struct hook_point *point = hook_points; point->function; point++)
		if (point->role == role && has(context, point->function))
			return point;
	return NULL;
}

bool hook_point_in_symbols(const char *function)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char line[256], name[128];
	bool found = false;

	/* address, type, name, and perhaps a module */
	while (symbols && !found && fgets(line, sizeof(line), symbols))
		found = sscanf(line, "%*s %*c %127s", name) == 1 && !strcmp(name, function);
	if (symbols)
		fclose(symbols);
	return found;
}

const char *hook_point_candidates(enum hook_role role, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (const struct hook_point *point = hook_points; point->function; point++)
		if (point->role == role && used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s",
						 used ? " or " : "", point->function);
	return text;
}
