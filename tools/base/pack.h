/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of an archive that is being written with libarchive. */
#ifndef TOOLS_BASE_PACK_H
#define TOOLS_BASE_PACK_H

#include <archive.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Writes the entry `path` of the type and permissions that `mode` holds, as in st_mode, with `size`
 * bytes of `data`; a directory has none. Returns 0 or a code of libarchive; archive_error_string()
 * says what went wrong. The data stays the caller's.
 */
int pack_entry(struct archive *archive, const char *path, mode_t mode, const void *data,
	       size_t size);

#endif
