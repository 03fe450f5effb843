/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/image.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BOOT_SECTOR = 512,
	HEADER_MAGIC = 0x202,
	HEADER_VERSION = 0x20e, /* little-endian, from BOOT_SECTOR on */
	HEADER_END = 0x210,
};

/* The first word at `at`, if it begins like a version. */
static int take_release(const char *data, size_t length, size_t at, char *release, size_t size)
{
	size_t end = at;

	if (at >= length || !isdigit((unsigned char)data[at]))
		return -EINVAL;
	while (end < length && isgraph((unsigned char)data[end]))
		end++;
	snprintf(release, size, "%.*s", (int)(end - at), data + at);
	return 0;
}

static int find_release(const char *data, size_t length, char *release, size_t size)
{
	static const char banner[] = "Linux version ";
	const char *found;

	if (length > HEADER_END && !memcmp(data + HEADER_MAGIC, "HdrS", 4))
		return take_release(data, length,
				    BOOT_SECTOR + (size_t)(uint8_t)data[HEADER_VERSION] +
					    ((size_t)(uint8_t)data[HEADER_VERSION + 1] << 8),
				    release, size);
	if (length < 4 || memcmp(data, "\177ELF", 4))
		return -EINVAL;
	/* The first ones may be formats that want a version. */
	for (const char *from = data;
	     (found = memmem(from, length - (size_t)(from - data), banner, sizeof(banner) - 1));
	     from = found + 1)
		if (!take_release(data, length, (size_t)(found - data) + sizeof(banner) - 1,
				  release, size))
			return 0;
	return -EINVAL;
}

int image_release(const char *path, char *release, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *data;
	int r;

	if (fd < 0 || fstat(fd, &status))
		return report(-errno, "%s", path);
	if (!S_ISREG(status.st_mode) || !status.st_size)
		return report(0, "%s: not a kernel image, but a bzImage or vmlinux is wanted",
			      path);
	data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return report(-errno, "%s", path);
	r = find_release(data, (size_t)status.st_size, release, size);
	munmap(data, (size_t)status.st_size);
	return r ? report(0, "%s: not an x86 kernel image, but a bzImage or vmlinux is wanted",
			  path)
		 : 0;
}
