/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/confined.h"
#include "tools/bundle/bundle_hash.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

const char *const bundle_names[BUNDLE_FILES] = {
	[BUNDLE_SCENARIO] = "scenario.cfg",
	[BUNDLE_RESULT] = "result.json",
	[BUNDLE_TRACE] = "trace",
	[BUNDLE_CONFIG] = "kernel.config",
};

enum { MANIFEST_MAX = 1 << 20 };

const int64_t bundle_most[BUNDLE_FILES] = {
	[BUNDLE_SCENARIO] = 1 << 20,
	[BUNDLE_RESULT] = 64 << 20,
	[BUNDLE_TRACE] = BUNDLE_BYTES_MAX,
	[BUNDLE_CONFIG] = 8 << 20,
};

/* Header that the decoder writes before the bytes of each file. file: enum bundle_file, or
 * MANIFEST. */
struct record {
	uint64_t file, size;
};

enum { BLOCK = 1 << 16, MANIFEST = BUNDLE_FILES, NOT_A_BUNDLE = 1, NO_ROOM };

static int64_t most_of(uint64_t file)
{
	return file == MANIFEST ? MANIFEST_MAX : bundle_most[file];
}

static uint64_t file_named(const char *name)
{
	uint64_t file = 0;

	if (!strcmp(name, BUNDLE_MANIFEST))
		return MANIFEST;
	while (file < BUNDLE_FILES && strcmp(name, bundle_names[file]) != 0)
		file++;
	return file < BUNDLE_FILES ? file : MANIFEST + 1;
}

static int decode_entry(struct archive *archive, struct archive_entry *entry, int to)
{
	static char block[BLOCK];
	const int64_t size = archive_entry_size(entry);
	const struct record record = { file_named(archive_entry_pathname(entry) ?: ""),
				       (uint64_t)size };
	int64_t left = size;
	la_ssize_t got;

	if (archive_entry_filetype(entry) != AE_IFREG || record.file > MANIFEST || size < 0 ||
	    size > most_of(record.file))
		return NOT_A_BUNDLE;
	if (write_whole(to, &record, sizeof(record)))
		return NO_ROOM;
	while (left && (got = archive_read_data(archive, block, sizeof(block))) > 0) {
		if (got > left)
			return NOT_A_BUNDLE;
		if (write_whole(to, block, (size_t)got))
			return NO_ROOM;
		left -= got;
	}
	return left ? NOT_A_BUNDLE : 0;
}

/* Runs in a confined process, see confined.h. */
static int decode(int from, int to)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int next = ARCHIVE_FATAL, r = archive_read_support_filter_zstd(archive);

	r = r == ARCHIVE_OK || r == ARCHIVE_WARN ? archive_read_support_format_tar(archive) : r;
	r = r ?: archive_read_open_fd(archive, from, BLOCK);
	while (!r && !(next = archive_read_next_header(archive, &entry)))
		r = decode_entry(archive, entry, to);
	archive_read_free(archive);
	if (r == NO_ROOM)
		return NO_ROOM;
	return r || next != ARCHIVE_EOF ? NOT_A_BUNDLE : 0;
}

/* Takes the text of a file, and adds a NUL. Does not trust the decoder. */
static int take_part(FILE *from, const struct record *record, struct bundle_part *part)
{
	if (record->size > (uint64_t)most_of(record->file) || part->data)
		return -EBADMSG;
	part->data = malloc(record->size + 1);
	if (!part->data)
		return -ENOMEM;
	part->size = record->size;
	part->data[part->size] = '\0';
	return fread(part->data, 1, part->size, from) == part->size ? 0 : -EBADMSG;
}

static int take_all(struct bundle *bundle, FILE *from)
{
	struct bundle_part manifest = { NULL, 0 };
	struct record record;
	int r = 0;

	while (!r && fread(&record, sizeof(record), 1, from) == 1)
		r = record.file > MANIFEST
			    ? -EBADMSG
			    : take_part(from, &record,
					record.file == MANIFEST ? &manifest
								: &bundle->parts[record.file]);
	if (!r && manifest.data)
		bundle->manifest = json_loadb(manifest.data, manifest.size, 0, NULL);
	free(manifest.data);
	return r || json_is_object(bundle->manifest) ? r : -EBADMSG;
}

/* Returns 0; -EBADMSG; -errno. */
static int read_all(struct bundle *bundle, int fd)
{
	_cleanup_close_ int decoded = memfd_create("bundle", MFD_CLOEXEC);
	_cleanup_fclose_ FILE *from = NULL;
	int r;

	if (decoded < 0)
		return -errno;
	r = confined_decode(decode, fd, decoded, BUNDLE_BYTES_MAX + (100 << 20));
	if (r)
		return r == NO_ROOM ? -ENOSPC : r == NOT_A_BUNDLE ? -EBADMSG : r;
	from = fdopen(decoded, "r");
	if (!from)
		return -errno;
	take_fd(&decoded);
	rewind(from);
	return take_all(bundle, from);
}

static const char *text_of(const struct bundle *bundle, const char *key)
{
	return json_string_value(json_object_get(bundle->manifest, key)) ?: "";
}

static int check_version(const struct bundle *bundle, const char *path)
{
	const json_int_t format = json_integer_value(json_object_get(bundle->manifest, "format"));
	const char *by = text_of(bundle, "by");

	if (format > BUNDLE_FORMAT || strverscmp(by, FOLIOSTORM_VERSION) > 0)
		return report(
			0,
			"%s: made by foliostorm %s, which is newer than this one (%s, bundles "
			"up to format %d); rerun it with that",
			path, by, FOLIOSTORM_VERSION, BUNDLE_FORMAT);
	return format < 1 ? report(0, "%s: not a bundle: its bundle.json has no format", path) : 0;
}

/* Checks that the files are those of the manifest, unaltered. */
static int check_files(const struct bundle *bundle, const char *path)
{
	const json_t *files = json_object_get(bundle->manifest, "files");

	for (size_t i = 0; i < BUNDLE_FILES; i++) {
		const struct bundle_part *part = &bundle->parts[i];
		const json_t *wanted = json_object_get(files, bundle_names[i]);
		char hash[BUNDLE_HASH] = "";

		if (part->data)
			bundle_hash(part, hash);
		if (!wanted != !part->data ||
		    strcmp(json_string_value(json_object_get(wanted, "hash")) ?: "", hash) != 0)
			return report(0, "%s: it was altered: %s is not what was packed", path,
				      bundle_names[i]);
	}
	if (!bundle->parts[BUNDLE_SCENARIO].data || !bundle->parts[BUNDLE_RESULT].data)
		return report(0, "%s: not a bundle: scenario.cfg or result.json is missing", path);
	return 0;
}

int bundle_read(struct bundle *bundle, const char *path)
{
	_cleanup_close_ int fd = text_file_open(path);
	int r;

	*bundle = (struct bundle){ .manifest = NULL };
	if (fd < 0)
		return report(0, "%s: %s", path, text_file_error(fd));
	r = read_all(bundle, fd);
	if (r && r != -EBADMSG)
		return report(r, "%s", path);
	if (r)
		return report(0,
			      "%s: not a bundle, or not all of one; `foliostorm bundle` makes them",
			      path);
	return check_version(bundle, path) ?: check_files(bundle, path);
}

void bundle_release(struct bundle *bundle)
{
	json_decref(bundle->manifest);
	for (size_t i = 0; i < BUNDLE_FILES; i++)
		free(bundle->parts[i].data);
	*bundle = (struct bundle){ .manifest = NULL };
}

/* The text may come from others. */
static void list_text(FILE *to, const char *before, const struct bundle *bundle, const char *key)
{
	char text[200];

	snprintf(text, sizeof(text), "%s", text_of(bundle, key));
	fprintf(to, "%s%s", before, plain_text(text, false));
}

void bundle_list(FILE *to, const struct bundle *bundle)
{
	list_text(to, "made by    foliostorm ", bundle, "by");
	list_text(to, "\nrun        ", bundle, "verdict");
	list_text(to, " on ", bundle, "kernel");
	list_text(to, ", ", bundle, "machine");
	fputs(json_is_object(json_object_get(bundle->manifest, "guest")) ? ", in a guest\n" : "\n",
	      to);
	if (*text_of(bundle, "build_id")) {
		list_text(to, "build ID   ", bundle, "build_id");
		fputc('\n', to);
	}
	for (size_t i = 0; i < BUNDLE_FILES; i++)
		if (bundle->parts[i].data)
			fprintf(to, "%-10s %-13s %zu bytes\n", i ? "" : "files", bundle_names[i],
				bundle->parts[i].size);
}
