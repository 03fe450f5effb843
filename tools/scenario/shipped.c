/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/shipped.h"
#include "injector/base/array.h"
#include "injector/base/near_name.h"
#include "injector/base/report.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directory that the names are relative to. */
static int find_directory(char *path, size_t size)
{
	char program[PATH_MAX / 2], installed[PATH_MAX], real[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (length < 0)
		return -errno;
	program[length] = '\0';
	*strrchr(program, '/') = '\0';
	snprintf(installed, sizeof(installed), "%s/%s", program, FOLIOSTORM_SCENARIOS_FROM_BIN);
	snprintf(path, size, "%s", realpath(installed, real) ? real : FOLIOSTORM_SCENARIOS_SOURCE);
	return access(path, R_OK | X_OK) ? -errno : 0;
}

static int add(struct shipped_list *list, const char *directory, const char *path)
{
	const char *name = path + strlen(directory) + 1;
	struct shipped *items = reallocarray(list->items, list->count + 1, sizeof(*list->items));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->count] = (struct shipped){
		.name = strndup(name, strlen(name) - strlen(".cfg")),
		.path = strdup(path),
	};
	return items[list->count].name && items[list->count++].path ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct shipped *)a)->name, ((const struct shipped *)b)->name);
}

int shipped_list(struct shipped_list *list)
{
	static const char *const patterns[] = { "%s/*.cfg", "%s/*/*.cfg" };
	char directory[PATH_MAX], pattern[PATH_MAX + 16];
	int r = find_directory(directory, sizeof(directory));

	*list = (struct shipped_list){ .items = NULL };
	if (r)
		return report(r, "%s", directory);
	for (size_t i = 0; i < ARRAY_SIZE(patterns) && !r; i++) {
		size_t first = list->count;
		glob_t found;

		snprintf(pattern, sizeof(pattern), patterns[i], directory);
		if (glob(pattern, 0, NULL, &found))
			continue;
		for (size_t j = 0; j < found.gl_pathc && !r; j++)
			r = add(list, directory, found.gl_pathv[j]);
		globfree(&found);
		if (list->count > first)
			qsort(list->items + first, list->count - first, sizeof(*list->items),
			      compare);
	}
	return r ? report(r, "the list of scenarios") : 0;
}

bool shipped_is_rules(const struct shipped *shipped)
{
	return strchr(shipped->name, '/');
}

void shipped_list_release(struct shipped_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].path);
	}
	free(list->items);
	*list = (struct shipped_list){ .items = NULL };
}

static bool is_there(const char *path)
{
	struct stat status;

	return !stat(path, &status) && !S_ISDIR(status.st_mode);
}

/* Reports a name that is neither a file nor shipped, with the nearest names. */
static void complain(const char *name)
{
	struct near_names near = { .count = 0 };
	struct shipped_list list;

	if (!*name) {
		report(0, "the name of a scenario is empty; `foliostorm scenarios` lists those "
			  "that are shipped");
		return;
	}
	if (!shipped_list(&list))
		for (size_t i = 0; i < list.count; i++)
			near_names_offer(&near, name, list.items[i].name);
	report(0,
	       "%s: cannot be read: no file of that name, and no shipped scenario%s%s%s "
	       "(`foliostorm scenarios` lists them)",
	       name, near.count ? "; did you mean " : "", near.count ? near.names[0] : "",
	       near.count ? "?" : "");
	shipped_list_release(&list);
}

const char *shipped_find(const char *name, char *path, size_t size)
{
	static const char *const patterns[] = { "%s/%s", "%s/%s.cfg", "%s/rules/%s.cfg" };
	char directory[PATH_MAX];

	snprintf(path, size, "%s", name);
	if (is_there(name) || *name == '/' || find_directory(directory, sizeof(directory)))
		return path;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		snprintf(path, size, patterns[i], directory, name);
		if (is_there(path))
			return path;
	}
	snprintf(path, size, "%s", name);
	/* A path or a directory: opening it gives the error. */
	if (strchr(name, '/') || !access(name, F_OK))
		return path;
	complain(name);
	return NULL;
}
