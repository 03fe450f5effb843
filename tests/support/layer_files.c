/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/layer_files.h"
#include "injector/base/cleanup.h"
#include "tests/support/suite.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *join(const char *directory, const char *name)
{
	static _Thread_local char paths[2][PATH_MAX];
	static _Thread_local unsigned int turn;
	char *path = paths[turn++ % 2];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

void put(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CU_ASSERT_EQUAL(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

bool has(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char content[128] = "";

	return fd >= 0 && read(fd, content, sizeof(content) - 1) >= 0 && !strcmp(content, text);
}

struct stat status_of(const char *path)
{
	struct stat status = { .st_size = -1 };

	(void)!lstat(path, &status);
	return status;
}
