/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/out.h"
#include "injector/cleanup.h"
#include "injector/report.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>

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
