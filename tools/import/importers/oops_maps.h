/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings of a process, as in /proc/PID/maps, sent along with a crash: together with the fault's
 * address they give the wanted page of a file.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_MAPS_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OOPS_MAPS = 64 };

struct oops_maps {
	struct oops_map {
		uint64_t first, end, offset; /* bytes */
		char name[64];               /* file name without directory */
	} items[OOPS_MAPS];
	size_t count; /* later ones are dropped */
};

/* Adds the mapping of a file in a line, whatever precedes it. Returns whether there is one. */
bool oops_maps_take(struct oops_maps *maps, const char *text);

/*
 * The page of the file mapped at an address, in pages of 4 KiB. file: its name; "": any. page: set.
 * Returns whether there is exactly one answer.
 */
bool oops_maps_page(const struct oops_maps *maps, uint64_t address, const char *file,
		    uint64_t *page);

#endif
