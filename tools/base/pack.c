/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/pack.h"

#include <archive_entry.h>

int pack_entry(struct archive *archive, const char *path, mode_t mode, const void *data,
	       size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	int r;

	archive_entry_set_pathname(entry, path);
	archive_entry_set_mode(entry, mode);
	archive_entry_set_size(entry, (la_int64_t)size);
	r = archive_write_header(archive, entry);
	if (!r && size && archive_write_data(archive, data, size) != (la_ssize_t)size)
		r = ARCHIVE_FATAL;
	archive_entry_free(entry);
	return r;
}
