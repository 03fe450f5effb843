/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/oops_maps.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "7f0a11000000-7f0a19000000 r--s 00000000 fd:00 50334396    /var/log/journal/x/system.journal" */
bool oops_maps_take(struct oops_maps *maps, const char *text)
{
	const char *slash = strrchr(text, '/'), *begin;
	struct oops_map map = { 0 };
	char mode[5];

	/* Most lines have no such dash, and are rejected at once. */
	if (!slash || !slash[1])
		return false;
	for (begin = text; (begin = strchr(begin, '-')); begin++) {
		const char *at = begin;

		while (at > text && isxdigit((unsigned char)at[-1]))
			at--;
		if (begin - at >= 6 &&
		    sscanf(at, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %*u /", &map.first,
			   &map.end, mode, &map.offset) == 4)
			break;
	}
	if (!begin || map.end <= map.first || strlen(mode) != 4 || !strchr("sp", mode[3]))
		return false;
	snprintf(map.name, sizeof(map.name), "%s", slash + 1);
	map.name[strcspn(map.name, " \t\r")] = '\0';
	if (maps->count < OOPS_MAPS)
		maps->items[maps->count++] = map;
	return true;
}

bool oops_maps_page(const struct oops_maps *maps, uint64_t address, const char *file,
		    uint64_t *page)
{
	bool found = false;

	for (size_t i = 0; i < maps->count; i++) {
		const struct oops_map *map = &maps->items[i];
		uint64_t at = (map->offset + address - map->first) >> 12;

		if (address < map->first || address >= map->end ||
		    (*file && strcmp(map->name, file)))
			continue;
		if (found && at != *page)
			return false;
		found = true;
		*page = at;
	}
	return found;
}
