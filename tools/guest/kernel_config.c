/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/kernel_config.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"
#include "tools/base/confined.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PACKED_MAX = 1 << 20, CONFIG_MAX = 8 << 20 };

/* Called as the user nobody: see confined.h. */
static int decode(int from, int to)
{
	static char block[1 << 16];
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	la_ssize_t got = -1;
	int r = 0;

	archive_read_support_filter_gzip(archive);
	archive_read_support_format_raw(archive);
	if (!archive_read_open_fd(archive, from, sizeof(block)) &&
	    !archive_read_next_header(archive, &entry))
		while (!r && (got = archive_read_data(archive, block, sizeof(block))) > 0)
			r = write_whole(to, block, (size_t)got);
	archive_read_free(archive);
	return got || r;
}

/* Unpacks a text. Returns it, to be freed; NULL: it cannot be unpacked. */
static char *unpack(const char *packed, size_t length)
{
	_cleanup_close_ int from = memfd_create("packed", MFD_CLOEXEC);
	_cleanup_close_ int to = memfd_create("config", MFD_CLOEXEC);
	char *config;
	off_t size;

	if (from < 0 || to < 0 || write_whole(from, packed, length) || lseek(from, 0, SEEK_SET) ||
	    confined_decode(decode, from, to, CONFIG_MAX))
		return NULL;
	size = lseek(to, 0, SEEK_END);
	config = size < 0 ? NULL : calloc((size_t)size + 1, 1);
	if (config && pread(to, config, (size_t)size, 0) != size)
		return free(config), NULL;
	return config;
}

/* Unpacks what CONFIG_IKCONFIG has put between two words, packed by gzip (kernel/configs.c). */
static char *unpack_within(const char *image, size_t length)
{
	static const char begin[] = "IKCFG_ST", end[] = "IKCFG_ED";
	const size_t mark = sizeof(begin) - 1;
	const char *from = memmem(image, length, begin, mark);
	const char *to = from ? memmem(from, length - (size_t)(from - image), end, mark) : NULL;

	return to && to - from < PACKED_MAX ? unpack(from + mark, (size_t)(to - from) - mark)
					    : NULL;
}

static char *read_within(const char *path)
{
	_cleanup_free_ char *image = NULL;
	size_t length;

	return text_file_read(path, &image, &length) ? NULL : unpack_within(image, length);
}

char *kernel_config_read(const struct guest_kernel *kernel, char *where)
{
	const char *release = kernel->release, *modules = kernel->modules;
	int beside = (int)(strrchr(kernel->image, '/') - kernel->image);
	char paths[7][2 * PATH_MAX], *config;

	snprintf(paths[0], sizeof(*paths), "%.*s/config-%s", beside, kernel->image, release);
	snprintf(paths[1], sizeof(*paths), "%s/boot/config-%s", modules, release);
	snprintf(paths[2], sizeof(*paths), "%s/config", modules);
	snprintf(paths[3], sizeof(*paths), "%s/usr/lib/modules/%s/config", modules, release);
	snprintf(paths[4], sizeof(*paths), "%s/lib/modules/%s/config", modules, release);
	snprintf(paths[5], sizeof(*paths), "%.*s/.config", beside, kernel->image);
	/* arch/ARCH/boot/IMAGE */
	snprintf(paths[6], sizeof(*paths), "%.*s/../../../.config", beside, kernel->image);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (i > 0 && i < 5 && !*modules)
			continue;
		if (text_file_read(paths[i], &config, NULL))
			continue;
		if (where && !realpath(paths[i], where))
			snprintf(where, PATH_MAX, "%.*s", PATH_MAX - 1, paths[i]);
		return config;
	}
	if (where)
		snprintf(where, PATH_MAX, "%s", kernel->image);
	return read_within(kernel->image);
}
