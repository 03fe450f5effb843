/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_kernels.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/guest/image.h"
#include "tools/guest/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add(struct bisect_kernels *kernels, const char *name, const char *text,
	       const struct kernel_version *version)
{
	struct bisect_kernel *all =
		reallocarray(kernels->kernels, kernels->count + 1, sizeof(*all));
	struct bisect_kernel *kernel;

	if (!all)
		return report(-ENOMEM, "the kernels");
	kernels->kernels = all;
	kernel = &all[kernels->count++];
	*kernel = (struct bisect_kernel){ .version = *version };
	snprintf(kernel->name, sizeof(kernel->name), "%s", name);
	snprintf(kernel->text, sizeof(kernel->text), "%s", text);
	return 0;
}

static bool is_version(const char *text)
{
	unsigned int numbers[3];
	char rest;

	return sscanf(text, "%4u.%4u.%4u%c", &numbers[0], &numbers[1], &numbers[2], &rest) == 3;
}

static int add_version(struct bisect_kernels *kernels, const char *text)
{
	struct kernel_version version;

	return kernel_parse(text, &version) ?: add(kernels, text, text, &version);
}

/* Adds a kernel. Asks the archive or the file about it now, except for a version, which is fetched
 * when it is run. */
static int add_named(struct bisect_kernels *kernels, const char *text)
{
	struct guest_kernel kernel;
	int r;

	if (is_version(text))
		return add_version(kernels, text);
	r = guest_kernel_named(&kernel, text, kernels->arch);
	if (r)
		return r;
	return add(kernels, kernel.name, strchr(text, '/') ? text : kernel.name, &kernel.version);
}

static int check_named(struct bisect_kernels *kernels, const char *text)
{
	struct guest_kernel kernel;

	if (!*text)
		return report(0, "--kernels: an empty name; allowed: names with one comma between "
				 "two");
	return guest_kernel_foresee(&kernel, text, kernels->arch);
}

static int each_of_list(struct bisect_kernels *kernels, const char *list,
			int (*take)(struct bisect_kernels *kernels, const char *text))
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy, *text;
	int r = copy ? 0 : report(-ENOMEM, "the kernels");

	while (!r && (text = strsep(&rest, ",")))
		r = take(kernels, text);
	return r;
}

/* Checks all names before fetching any. */
static int add_list(struct bisect_kernels *kernels, const char *list)
{
	return each_of_list(kernels, list, check_named) ?: each_of_list(kernels, list, add_named);
}

static int add_archive(struct bisect_kernels *kernels)
{
	json_t *list = NULL, *kernel;
	int r = guest_kernel_versions(&list, kernels->arch, true);
	size_t i;

	json_array_foreach (r ? NULL : list, i, kernel)
		r = r
			    ?: add_version(kernels,
					   json_string_value(json_object_get(kernel, "version")));
	json_decref(list);
	return r;
}

/* Unpacks a package into the cache of kernels, atomically. */
static int add_package(struct bisect_kernels *kernels, const char *path)
{
	struct guest_kernel kernel;
	int r = guest_kernel_package(&kernel, path);

	return r ?: add(kernels, kernel.release, path, &kernel.version);
}

/* Whether it is a kernel image; other files are ignored. */
static bool is_image(const char *path)
{
	char why[512];
	struct image_facts facts;
	struct stat status;
	bool found;

	if (stat(path, &status) || !S_ISREG(status.st_mode))
		return false;
	report_capture(why, sizeof(why));
	found = !image_look(path, &facts);
	report_capture(NULL, 0);
	return found;
}

static int add_file(struct bisect_kernels *kernels, const char *directory, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (!fnmatch("linux-image-*.deb", name, 0))
		return fnmatch("*-dbg_*", name, 0) ? add_package(kernels, path) : 0;
	return is_image(path) ? add_named(kernels, path) : 0;
}

static int add_directory(struct bisect_kernels *kernels, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return report(-errno, "--kernels %s", path), -EINVAL;
	while (!r && (errno = 0, entry = readdir(directory)))
		if (*entry->d_name != '.')
			r = add_file(kernels, path, entry->d_name);
	if (!r && errno)
		r = report(-errno, "--kernels %s", path);
	closedir(directory);
	return r;
}

static int by_age(const void *a, const void *b)
{
	const struct bisect_kernel *one = a, *other = b;

	return kernel_compare(&one->version, &other->version) ?: strverscmp(one->name, other->name);
}

static int check_names(const struct bisect_kernels *kernels)
{
	for (size_t i = 0; i < kernels->count; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(kernels->kernels[i].name, kernels->kernels[j].name))
				return report(0, "--kernels: %s is named twice: %s and %s",
					      kernels->kernels[i].name, kernels->kernels[i].text,
					      kernels->kernels[j].text);
	return 0;
}

int bisect_kernels_list(struct bisect_kernels *kernels, const char *from)
{
	struct stat status;
	int r;

	*kernels = (struct bisect_kernels){ .arch = kernels->arch };
	if (!from)
		r = add_archive(kernels);
	else if (!stat(from, &status) && S_ISDIR(status.st_mode))
		r = add_directory(kernels, from);
	else
		r = add_list(kernels, from);
	if (!r && from && !kernels->count)
		r = report(0, "--kernels %s: no kernel image and no linux-image-*.deb is in it",
			   from);
	if (r)
		return r;
	qsort(kernels->kernels, kernels->count, sizeof(*kernels->kernels), by_age);
	return check_names(kernels);
}

static const struct bisect_kernel *by_name(const struct bisect_kernels *kernels, const char *text)
{
	for (size_t i = 0; i < kernels->count; i++)
		if (!strcmp(kernels->kernels[i].name, text) ||
		    !strcmp(kernels->kernels[i].text, text))
			return &kernels->kernels[i];
	return NULL;
}

/* Returns 0, also if none has the version; -EINVAL if several have it (reported). */
static int by_version(const struct bisect_kernels *kernels, const char *option, const char *text,
		      const struct bisect_kernel **found)
{
	struct kernel_version version;

	if (!is_version(text) || kernel_parse(text, &version))
		return 0;
	for (size_t i = 0; i < kernels->count; i++) {
		if (kernel_compare(&kernels->kernels[i].version, &version))
			continue;
		if (*found)
			return report(0, "--%s %s: %s and %s have that version; give the name",
				      option, text, (*found)->name, kernels->kernels[i].name);
		*found = &kernels->kernels[i];
	}
	return 0;
}

static int not_there(const struct bisect_kernels *kernels, const char *option, const char *text)
{
	char names[768] = "";
	size_t used = 0;

	for (size_t i = 0; i < kernels->count; i++)
		used = append_text(names, sizeof(names), used, "%s%s", i ? ", " : "",
				   kernels->kernels[i].name);
	return report(0, "--%s %s: not one of the kernels; allowed: %s", option, text, names);
}

int bisect_kernels_find(struct bisect_kernels *kernels, const char *option, const char *text,
			bool may_add, char name[64])
{
	const struct bisect_kernel *found = by_name(kernels, text);
	int r = found ? 0 : by_version(kernels, option, text, &found);

	if (r)
		return r;
	if (found) {
		memcpy(name, found->name, sizeof(found->name));
		return 0;
	}
	if (!may_add || !is_version(text) || add_version(kernels, text))
		return not_there(kernels, option, text);
	snprintf(name, sizeof(found->name), "%s", text);
	qsort(kernels->kernels, kernels->count, sizeof(*kernels->kernels), by_age);
	return 0;
}

static size_t place_of(const struct bisect_kernels *kernels, const char *name)
{
	size_t i = 0;

	while (strcmp(kernels->kernels[i].name, name) != 0)
		i++;
	return i;
}

void bisect_kernels_cut(struct bisect_kernels *kernels, const char *one, const char *other)
{
	const size_t first = place_of(kernels, one), second = place_of(kernels, other);
	const size_t from = first < second ? first : second;

	kernels->count = (first < second ? second : first) - from + 1;
	memmove(kernels->kernels, kernels->kernels + from,
		kernels->count * sizeof(*kernels->kernels));
}

void bisect_kernels_release(struct bisect_kernels *kernels)
{
	free(kernels->kernels);
	*kernels = (struct bisect_kernels){ .arch = kernels->arch };
}
