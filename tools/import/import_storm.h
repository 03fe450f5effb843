/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A storm on files like those of the evidence: as large, with a hole at the same page of a folio,
 * found by the aim model among the holes that were made; and readers as the evidence has them. It
 * can be tuned.
 */
#ifndef TOOLS_IMPORT_IMPORT_STORM_H
#define TOOLS_IMPORT_IMPORT_STORM_H

#include "tools/import/import.h"

/* A hole that was made in a file. */
struct storm_site {
	const char *file;        /* its name, with or without directories */
	uint64_t offset, length; /* bytes */
};

struct storm_evidence {
	const struct storm_site *sites;
	size_t count;
	const char *file; /* to storm where there is no site; and how large it is, bytes */
	uint64_t size;
	bool mapped; /* files of it are read through mappings */
};

/*
 * Pages that readers can get wrong while the hole is made, in folios of 2 MiB that nothing has
 * split before, by the aim model of any affected kernel. first: set to the hole's first page in the
 * folio where it exposes most; count: to its pages there.
 */
unsigned int storm_site_exposes(const struct storm_site *site, unsigned int *first,
				unsigned int *count);

/* Writes the keys affected, files, storm, gate and readers to import->scenario, and says what was
 * chosen, and why. Returns the bytes of a backing that has room for the files. */
uint64_t import_storm_write(struct import *import, const struct storm_evidence *evidence);

#endif
