/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A storm on files like those of the evidence: of the same size, with a hole at the same page of a
 * folio and similar readers. The aim model selects the hole among those in the evidence. The storm
 * can be tuned.
 */
#ifndef TOOLS_IMPORT_IMPORT_STORM_H
#define TOOLS_IMPORT_IMPORT_STORM_H

#include "tools/import/import.h"

/* A hole punched in a file. */
struct storm_site {
	const char *file;        /* name, with or without directories */
	uint64_t offset, length; /* bytes */
};

struct storm_evidence {
	const struct storm_site *sites;
	size_t count;
	const char *file; /* without sites: the file to imitate, and its size in bytes */
	uint64_t size;
	bool mapped; /* its files are read through mappings */
};

/*
 * Number of pages that the hole exposes to readers, by the aim model of any affected kernel, in
 * folios of 2 MiB that are still whole. first, count: set to the hole's pages in the folio in which
 * it exposes most.
 */
unsigned int storm_site_exposes(const struct storm_site *site, unsigned int *first,
				unsigned int *count);

/* Writes the keys affected, files, storm, gate and readers to import->scenario, and notes the
 * choice and its reason. Returns the bytes that the files need in a backing. */
uint64_t import_storm_write(struct import *import, const struct storm_evidence *evidence);

#endif
