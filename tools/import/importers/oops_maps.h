/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mappings of a process, as /proc/PID/maps has them, that somebody sends along with a crash: with
 * the address of the fault they tell which page of a file was wanted.
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
		char name[64];               /* of the file, without its directory */
	} items[OOPS_MAPS];
	size_t count; /* of more the first are kept */
};

/* Takes a line, if it is one of a file's mapping, whatever stands before it. Returns whether it
 * is. */
bool oops_maps_take(struct oops_maps *maps, const char *text);

/*
 * The page of the file that is mapped at an address, in pages of 4 KiB. file: its name, or "": any.
 * Returns whether there is exactly one answer.
 */
bool oops_maps_page(const struct oops_maps *maps, uint64_t address, const char *file,
		    uint64_t *page);

#endif
