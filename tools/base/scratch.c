/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/scratch.h"
#include "injector/base/array.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

bool scratch_is_unsupported(int error)
{
	/* EISDIR is what a kernel says that does not know the flag. */
	return error == EOPNOTSUPP || error == EISDIR;
}

int scratch_link(int fd, int directory, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

int scratch_file(int directory, const char *what)
{
	static const char *const places[] = { "/var/tmp", "/tmp" };
	const char *own = getenv("TMPDIR");
	bool elsewhere = directory < 0;
	int fd = -1;

	if (directory >= 0) {
		fd = openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		elsewhere = fd < 0 && scratch_is_unsupported(errno);
	}
	if (elsewhere && own && *own == '/')
		fd = open(own, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	for (size_t i = 0; elsewhere && fd < 0 && i < ARRAY_SIZE(places); i++)
		fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* Memory is the last resort: inputs unpack to up to a gigabyte. */
	if (elsewhere && fd < 0)
		fd = memfd_create("unpacked", MFD_CLOEXEC);
	return fd >= 0 ? fd : report(-errno, "a file without a name, for %s", what);
}
