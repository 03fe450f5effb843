/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/text_file.h"
#include "tools/guest/unpack_parts.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

static enum unpack_type type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return UNPACK_HARD_LINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return UNPACK_FILE;
	case AE_IFDIR:
		return UNPACK_DIRECTORY;
	default:
		return UNPACK_OTHER;
	}
}

/* Writes a record and its data. Returns 0 or UNPACK_NO_ROOM. */
static int put(int to, const struct unpack_record *record, const void *data)
{
	return write_whole(to, record, sizeof(*record)) || write_whole(to, data, record->length)
		       ? UNPACK_NO_ROOM
		       : 0;
}

/* Decodes the content of an entry. If it is damaged, its end is missing. */
static int decode_data(struct archive *archive, int64_t size, int to)
{
	const struct unpack_record end = { .kind = UNPACK_END };
	const void *data;
	size_t length;
	int64_t at;
	int r;

	while ((r = archive_read_data_block(archive, &data, &length, &at)) == ARCHIVE_OK) {
		const struct unpack_record record = { .kind = UNPACK_DATA,
						      .length = length,
						      .at = at };

		if (at < 0 || at > size || (int64_t)length > size - at)
			return 0;
		if (put(to, &record, data))
			return UNPACK_NO_ROOM;
	}
	return r == ARCHIVE_EOF ? put(to, &end, NULL) : 0;
}

static int decode_entry(struct archive *archive, struct archive_entry *entry, int to)
{
	const char *name = archive_entry_pathname(entry) ?: "";
	const struct unpack_record record = { .kind = UNPACK_ENTRY,
					      .type = type_of(entry),
					      .length = strnlen(name, UNPACK_NAME_MAX),
					      .at = archive_entry_size(entry) };

	return put(to, &record, name) ?: decode_data(archive, record.at, to);
}

static int decode_all(struct archive *archive, int to)
{
	uint64_t bytes = 0, entries = 0;
	struct archive_entry *entry;
	int next, r = 0;

	while (!r && !(next = archive_read_next_header(archive, &entry))) {
		int64_t size = archive_entry_size(entry);

		bytes += size > 0 ? (uint64_t)size : 0;
		r = bytes > UNPACK_BYTES_MAX || ++entries > UNPACK_ENTRIES_MAX
			    ? UNPACK_TOO_LARGE
			    : decode_entry(archive, entry, to);
	}
	return r ?: next == ARCHIVE_EOF ? UNPACK_WHOLE : UNPACK_CUT;
}

int unpack_decode(int from, int to)
{
	struct archive *archive = archive_read_new();
	int r = UNPACK_CUT;

	archive_read_support_format_tar(archive);
	archive_read_support_filter_gzip(archive);
	if (!archive_read_open_fd(archive, from, UNPACK_BLOCK))
		r = decode_all(archive, to);
	archive_read_free(archive);
	return r;
}
