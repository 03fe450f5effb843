/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/program_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool look_in(const char *directories, const char *name, char *path, size_t size)
{
	for (const char *at = directories; *at; at += strcspn(at, ":"), at += *at == ':') {
		snprintf(path, size, "%.*s/%s", (int)strcspn(at, ":"), at, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

bool program_path(const char *name, char *path, size_t size)
{
	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return !access(path, X_OK);
	}
	return look_in(getenv("PATH") ?: "/usr/bin:/bin", name, path, size) ||
	       look_in("/usr/sbin:/sbin", name, path, size);
}
