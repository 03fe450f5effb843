/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/out.h"
#include "injector/cleanup.h"
#include "injector/report.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int out_check(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	struct stat status;

	if (!stat(path, &status))
		return S_ISDIR(status.st_mode)
			       ? 0
			       : report(0, "--out %s: it is there and no directory", path);
	if (!copy || stat(dirname(copy), &status) || !S_ISDIR(status.st_mode))
		return report(0, "--out %s: the directory it is to be in is not there", path);
	return 0;
}

int out_make(const char *path)
{
	int r = out_check(path);

	if (!r && mkdir(path, 0777) && errno != EEXIST)
		return report(0, "--out %s: %s", path, strerror(errno));
	return r;
}

/* Of a path whose last part is not there: whether it can be made. */
static int check_parent(const char *option, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	const char *parent = copy ? dirname(copy) : NULL;
	struct stat status;

	if (!parent || stat(parent, &status) || !S_ISDIR(status.st_mode))
		return report(0, "%s %s: the directory it is to be in is not there", option, path);
	return access(parent, W_OK) ? report(0, "%s %s: %s", option, path, strerror(errno)) : 0;
}

int out_check_file(const char *option, const char *path, enum out_file file)
{
	struct stat status;

	if (stat(path, &status))
		return errno == ENOENT || errno == ENOTDIR
			       ? check_parent(option, path)
			       : report(0, "%s %s: %s", option, path, strerror(errno));
	if (S_ISDIR(status.st_mode))
		return report(0, "%s %s: is a directory; name a file", option, path);
	if (S_ISREG(status.st_mode) && (file == OUT_NEW || (file == OUT_EMPTY && status.st_size)))
		return report(0, "%s %s: is there already; remove it or give another name", option,
			      path);
	return access(path, W_OK) ? report(0, "%s %s: %s", option, path, strerror(errno)) : 0;
}
