/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_merge.h"
#include "injector/base/report.h"
#include "tools/base/load_json.h"
#include "tools/matrix/matrix_plan.h"
#include "tools/matrix/matrix_table.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

/* Paths of files named `name` below the directories: a new list; NULL (reported) if something could
 * not be read. */
static json_t *find_files(const char *const *directories, const char *name)
{
	FTS *tree = fts_open((char *const *)directories, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	json_t *paths = json_array();
	FTSENT *file;
	int r = tree ? 0 : report(-errno, "%s", *directories);

	while (tree && (errno = 0, file = fts_read(tree))) {
		if (file->fts_info == FTS_NS || file->fts_info == FTS_DNR ||
		    file->fts_info == FTS_ERR)
			r = report(-file->fts_errno, "%s", file->fts_path);
		/* A path need not be UTF-8. */
		if (file->fts_info == FTS_F && !strcmp(file->fts_name, name) &&
		    json_array_append_new(paths, json_string_nocheck(file->fts_path)))
			r = report(-ENOMEM, "%s", file->fts_path);
	}
	if (tree && errno)
		r = report(-errno, "%s", *directories);
	if (tree)
		fts_close(tree);
	if (!r)
		return paths;
	json_decref(paths);
	return NULL;
}

/* The entries in these files: a new list; NULL (reported) if one is not a cell. */
static json_t *load_entries(const json_t *paths)
{
	json_t *entries = json_array(), *path, *entry;
	json_error_t error;
	bool wrong = false;
	size_t i;

	json_array_foreach (paths, i, path) {
		entry = load_json(json_string_value(path), &error);
		if (entry && json_string_length(json_object_get(entry, "verdict"))) {
			json_array_append(entries, entry);
		} else {
			wrong = true;
			report(0, "%s: %s", json_string_value(path),
			       entry ? "not a cell of a matrix" : error.text);
		}
		json_decref(entry);
	}
	if (!wrong)
		return entries;
	json_decref(entries);
	return NULL;
}

/* Adds entries for cells of the plans that have none. Returns 0 or -EINVAL (reported). */
static int add_missing(const char *const *directories, json_t *entries)
{
	json_t *plans = find_files(directories, MATRIX_PLAN), *path, *missing;
	int r = plans ? 0 : -EINVAL;
	size_t i;

	json_array_foreach (plans, i, path) {
		missing = matrix_plan_missing(json_string_value(path), entries);
		if (!missing || json_array_extend(entries, missing))
			r = -EINVAL;
		json_decref(missing);
	}
	json_decref(plans);
	return r;
}

int matrix_merge(const char *const *directories, json_t **table)
{
	json_t *paths = find_files(directories, "cell.json");
	json_t *entries = paths ? load_entries(paths) : NULL;
	int r = entries ? add_missing(directories, entries) : -EINVAL;

	if (!r && !json_array_size(entries))
		r = report(0, "no cells of a matrix in %s", *directories);
	*table = r ? NULL : matrix_table(entries);
	json_decref(paths);
	json_decref(entries);
	return r;
}
