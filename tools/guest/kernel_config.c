/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/kernel_config.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
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

static bool always(const struct scenario *scenario)
{
	(void)scenario;
	return true;
}

static bool on_image(const struct scenario *scenario)
{
	return scenario->backing.kind->formatted;
}

static bool passes_through(const struct scenario *scenario)
{
	return scenario->mount.data_path != LAYER_DAEMON;
}

static bool has_storm(const struct scenario *scenario)
{
	return scenario->has_storm;
}

static bool has_cgroup(const struct scenario *scenario)
{
	return scenario->cgroup.given;
}

static bool has_zram(const struct scenario *scenario)
{
	return scenario->zram.given;
}

static bool has_schedule(const struct scenario *scenario)
{
	return scenario->schedule.count || scenario->inspect.given;
}

enum how {
	BUILT_IN,
	LOADED, /* or a module, which the guest loads */
	RECENT, /* not in the configuration of older kernels */
};

static const struct {
	const char *option; /* NULL: that of the file system on the image */
	bool (*needed)(const struct scenario *scenario);
	enum how how;
} rows[] = {
	{ "CONFIG_BLK_DEV_INITRD", always, BUILT_IN },
	{ "CONFIG_DEVTMPFS", always, BUILT_IN },
	{ "CONFIG_TMPFS", always, BUILT_IN },
	{ "CONFIG_PROC_PAGE_MONITOR", always, BUILT_IN },
	{ "CONFIG_FUSE_FS", always, LOADED },
	{ "CONFIG_FUSE_PASSTHROUGH", passes_through, RECENT },
	{ "CONFIG_BLK_DEV_LOOP", on_image, LOADED },
	{ NULL, on_image, LOADED },
	{ "CONFIG_TRANSPARENT_HUGEPAGE", has_storm, BUILT_IN },
	{ "CONFIG_MEMCG", has_cgroup, BUILT_IN },
	{ "CONFIG_ZRAM", has_zram, LOADED },
	{ "CONFIG_KALLSYMS", has_schedule, BUILT_IN },
};

/* Returns 'y' or 'm'; 0: the option is not set or not known. */
static char value_of(const char *config, const char *option)
{
	size_t length = strlen(option);

	for (const char *at = config; (at = strstr(at, option)); at += length)
		if ((at == config || at[-1] == '\n') && at[length] == '=')
			return at[length + 1];
	return 0;
}

unsigned int kernel_config_lacks(const char *config, const struct scenario *scenario, bool modules,
				 char *text, size_t size)
{
	unsigned int count = 0;
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *option;
		char value;

		if (!rows[i].needed(scenario))
			continue;
		option = rows[i].option ?: scenario->backing.fs->option;
		value = value_of(config, option);
		if (rows[i].how == RECENT && !strstr(config, option))
			continue;
		if (value == 'y' || (value == 'm' && rows[i].how == LOADED && modules))
			continue;
		used = append_text(text, size, used, "%s%s %s", count++ ? "; " : "", option,
				   value != 'm' ? "is not set"
				   : rows[i].how == LOADED
					   ? "is a module, and --modules is not given"
					   : "is a module");
	}
	return count;
}

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

char *kernel_config_read(const struct guest_kernel *kernel)
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
		if (!text_file_read(paths[i], &config, NULL))
			return config;
	}
	return read_within(kernel->image);
}

int kernel_config_check(const struct guest_kernel *kernel, const struct scenario *scenario)
{
	_cleanup_free_ char *config = kernel_config_read(kernel);
	char lacks[600];

	if (!config ||
	    !kernel_config_lacks(config, scenario, *kernel->modules, lacks, sizeof(lacks)))
		return 0;
	report(0, "%s cannot run this scenario: %s", kernel->name, lacks);
	return -EPERM;
}
