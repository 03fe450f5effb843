/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"
#include "tools/base/pack.h"
#include "tools/base/replace_file.h"
#include "tools/bundle/bundle_hash.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/workload_kind.h"

#include <archive.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int take(struct bundle *bundle, enum bundle_file file, const char *path)
{
	struct bundle_part *part = &bundle->parts[file];
	int r = text_file_read(path, &part->data, &part->size);
	char most[32];

	if (r)
		return report(r, "%s", path), -EINVAL;
	/* bundle_read() would refuse it. */
	if (part->size > (uint64_t)bundle_most[file])
		return report(0, "%s: %zu bytes are too many for a bundle; allowed: up to %s", path,
			      part->size,
			      units_format_size((uint64_t)bundle_most[file], most, sizeof(most)));
	return 0;
}

/* Copies may be confidential, so they are refused; files made by a command are made again. */
static int check_files(const struct scenario *scenario, const char *path)
{
	const struct scenario_file *files = scenario->files.items;

	for (size_t i = 0; i < scenario->files.count; i++)
		if (files[i].content == CONTENT_COPY && files[i].from)
			return report(0,
				      "%s: %s is a copy of %s, which a bundle does not take "
				      "along; allowed: scenarios with pages of their own, or what "
				      "a command makes",
				      path, files[i].name, files[i].from);
	return 0;
}

/* The check of the scenario has found the file. */
static int take_trace(struct bundle *bundle, const struct scenario *scenario)
{
	const char *path = workload_file(scenario);

	return path ? take(bundle, BUNDLE_TRACE, path) : 0;
}

/* The configuration of a guest's kernel is beside its result, that of this machine's kernel in
 * /boot. */
static int take_config(struct bundle *bundle, const char *directory)
{
	const struct bundle_part *part = &bundle->parts[BUNDLE_RESULT];
	json_t *result = json_loadb(part->data, part->size, 0, NULL);
	const char *release = json_string_value(json_object_get(result, "kernel"));
	char path[PATH_MAX];

	if (!json_is_object(json_object_get(result, "guest")) && release && !strchr(release, '/'))
		snprintf(path, sizeof(path), "/boot/config-%s", release);
	else
		snprintf(path, sizeof(path), "%s/kernel.config", directory);
	json_decref(result);
	return access(path, R_OK) ? 0 : take(bundle, BUNDLE_CONFIG, path);
}

static void add_file(json_t *files, const char *name, const struct bundle_part *part)
{
	char hash[BUNDLE_HASH];

	bundle_hash(part, hash);
	json_object_set_new(files, name,
			    json_pack("{s:I, s:s}", "size", (json_int_t)part->size, "hash", hash));
}

static int make_manifest(struct bundle *bundle, const char *directory)
{
	static const char *const kept[] = { "version", "verdict", "expected", "kernel", "build_id",
					    "machine", "seed",    "guest",    NULL };
	const struct bundle_part *part = &bundle->parts[BUNDLE_RESULT];
	json_t *result = json_loadb(part->data, part->size, 0, NULL);
	json_t *manifest, *files = json_object();

	if (!json_is_string(json_object_get(result, "verdict"))) {
		json_decref(result);
		json_decref(files);
		return report(0, "%s/result.json: not a result", directory);
	}
	manifest = json_pack("{s:i, s:s}", "format", BUNDLE_FORMAT, "by", FOLIOSTORM_VERSION);
	for (size_t i = 0; kept[i]; i++)
		json_object_set(manifest, kept[i], json_object_get(result, kept[i]) ?: json_null());
	for (size_t i = 0; i < BUNDLE_FILES; i++)
		if (bundle->parts[i].data)
			add_file(files, bundle_names[i], &bundle->parts[i]);
	json_object_set_new(manifest, "files", files);
	bundle->manifest = manifest;
	json_decref(result);
	return 0;
}

int bundle_collect(struct bundle *bundle, const char *directory, const char *trace)
{
	char set[PATH_MAX + 32];
	const char *const sets[] = { set, NULL };
	/* Commands of the scenario are not run. */
	const struct scenario_overrides overrides = { .sets = trace ? sets : NULL,
						      .trust = TRUST_ALL };
	const struct kernel_version kernel = { .major = 6, .minor = 18 };
	struct scenario scenario;
	char path[PATH_MAX];
	int r;

	*bundle = (struct bundle){ .manifest = NULL };
	snprintf(path, sizeof(path), "%s/result.json", directory);
	if (access(path, F_OK))
		return report(0, "%s: no result.json is there; name the --out directory of a run",
			      directory);
	r = take(bundle, BUNDLE_RESULT, path);
	snprintf(path, sizeof(path), "%s/scenario.cfg", directory);
	r = r ?: take(bundle, BUNDLE_SCENARIO, path);
	if (r)
		return r;
	snprintf(set, sizeof(set), "workload.trace=%s", trace ?: "");
	r = scenario_load(&scenario, path, &overrides, &kernel);
	r = r ? -EINVAL : check_files(&scenario, path) ?: take_trace(bundle, &scenario);
	r = r ?: take_config(bundle, directory);
	scenario_release(&scenario);
	return r ?: make_manifest(bundle, directory);
}

static int pack(const struct bundle *bundle, struct archive *archive, int fd)
{
	_cleanup_free_ char *manifest = json_dumps(bundle->manifest, JSON_INDENT(2));
	int r = manifest ? archive_write_add_filter_zstd(archive) : ARCHIVE_FATAL;

	r = r ?: archive_write_set_format_ustar(archive);
	r = r ?: archive_write_open_fd(archive, fd);
	r = r ?: pack_entry(archive, BUNDLE_MANIFEST, S_IFREG | 0600, manifest, strlen(manifest));
	for (size_t i = 0; !r && i < BUNDLE_FILES; i++)
		if (bundle->parts[i].data)
			r = pack_entry(archive, bundle_names[i], S_IFREG | 0600,
				       bundle->parts[i].data, bundle->parts[i].size);
	return r ?: archive_write_close(archive);
}

int bundle_write(const struct bundle *bundle, const char *path)
{
	struct replace_file file;
	struct archive *archive;
	int r;

	if (replace_file_begin(&file, path))
		return -EIO;
	archive = archive_write_new();
	r = archive ? pack(bundle, archive, file.fd) : report(-ENOMEM, "%s", path);
	if (archive && r)
		report(archive_errno(archive) > 0 ? -archive_errno(archive) : 0, "%s: %s", path,
		       archive_error_string(archive));
	archive_write_free(archive);
	if (r)
		return replace_file_end(&file, -EIO);
	r = replace_file_end(&file, 0);
	return r ? (report(r, "%s", path), -EIO) : 0;
}
