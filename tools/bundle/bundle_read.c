/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/bundle/bundle_hash.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const bundle_names[BUNDLE_FILES] = {
	[BUNDLE_SCENARIO] = "scenario.cfg",
	[BUNDLE_RESULT] = "result.json",
	[BUNDLE_TRACE] = "trace",
	[BUNDLE_CONFIG] = "kernel.config",
};

enum { MANIFEST_MAX = 1 << 20 };

static const int64_t most[BUNDLE_FILES] = {
	[BUNDLE_SCENARIO] = 1 << 20,
	[BUNDLE_RESULT] = 64 << 20,
	[BUNDLE_TRACE] = BUNDLE_BYTES_MAX,
	[BUNDLE_CONFIG] = 8 << 20,
};

static int take_data(struct archive *archive, struct archive_entry *entry, int64_t most_bytes,
		     struct bundle_part *part)
{
	const int64_t size = archive_entry_size(entry);

	if (archive_entry_filetype(entry) != AE_IFREG || size < 0 || size > most_bytes ||
	    part->data)
		return -EBADMSG;
	part->data = malloc((size_t)size + 1);
	if (!part->data)
		return -ENOMEM;
	part->size = (size_t)size;
	part->data[size] = '\0';
	return archive_read_data(archive, part->data, part->size) == size ? 0 : -EBADMSG;
}

static int take_manifest(struct archive *archive, struct archive_entry *entry,
			 struct bundle *bundle)
{
	struct bundle_part part = { NULL, 0 };
	int r = take_data(archive, entry, MANIFEST_MAX, &part);

	if (!r) {
		json_decref(bundle->manifest);
		bundle->manifest = json_loadb(part.data, part.size, 0, NULL);
		r = json_is_object(bundle->manifest) ? 0 : -EBADMSG;
	}
	free(part.data);
	return r;
}

static int take_entry(struct archive *archive, struct archive_entry *entry, struct bundle *bundle)
{
	const char *name = archive_entry_pathname(entry) ?: "";

	if (!strcmp(name, BUNDLE_MANIFEST))
		return take_manifest(archive, entry, bundle);
	for (size_t i = 0; i < BUNDLE_FILES; i++)
		if (!strcmp(name, bundle_names[i]))
			return take_data(archive, entry, most[i], &bundle->parts[i]);
	return -EBADMSG;
}

static int take_all(struct bundle *bundle, int fd)
{
	enum { BLOCK = 1 << 16 };
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	int r = archive_read_support_filter_zstd(archive);

	r = r == ARCHIVE_OK || r == ARCHIVE_WARN ? archive_read_support_format_tar(archive) : r;
	r = r ?: archive_read_open_fd(archive, fd, BLOCK);
	r = r ? -EBADMSG : 0;
	while (!r) {
		int next = archive_read_next_header(archive, &entry);

		if (next == ARCHIVE_EOF)
			break;
		r = next ? -EBADMSG : take_entry(archive, entry, bundle);
	}
	archive_read_free(archive);
	return r;
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

/* Each file is there as it was packed, and no other. */
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
	r = take_all(bundle, fd);
	if (r == -ENOMEM)
		return report(r, "%s", path);
	if (r || !bundle->manifest)
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

/* A stranger's manifest says what it likes. */
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
