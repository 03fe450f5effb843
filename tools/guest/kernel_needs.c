/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/kernel_needs.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/guest/kernel_config.h"
#include "tools/guest/modules.h"

#include <errno.h>
#include <string.h>

#define PASSTHROUGH "CONFIG_FUSE_PASSTHROUGH"

/* For rows[].module */
#define BUILT_IN NULL
#define OF_FS    ""

struct need {
	const struct guest_kernel *kernel;
	const char *config;
	const struct scenario *scenario;
};

static bool always(const struct need *need)
{
	(void)need;
	return true;
}

static bool on_amd64(const struct need *need)
{
	return need->kernel->arch == GUEST_AMD64;
}

static bool on_arm64(const struct need *need)
{
	return need->kernel->arch == GUEST_ARM64;
}

static bool on_image(const struct need *need)
{
	return need->scenario->backing.kind->formatted;
}

/* Older kernels do not have the option. */
static bool passes_through(const struct need *need)
{
	return need->scenario->mount.data_path != LAYER_DAEMON && strstr(need->config, PASSTHROUGH);
}

static bool has_storm(const struct need *need)
{
	return need->scenario->has_storm;
}

static bool has_cgroup(const struct need *need)
{
	return need->scenario->cgroup.given;
}

static bool has_zram(const struct need *need)
{
	return need->scenario->zram.given;
}

static bool has_schedule(const struct need *need)
{
	return need->scenario->schedule.count || need->scenario->inspect.given;
}

static const struct {
	const char *option; /* NULL: that of the file system on the image */
	bool (*needed)(const struct need *need);
	const char *module; /* that the guest loads where the option is m; BUILT_IN: none; OF_FS:
			       named as the file system */
} rows[] = {
	/* /init, and what it sets up */
	{ "CONFIG_BLK_DEV_INITRD", always, BUILT_IN },
	{ "CONFIG_BINFMT_ELF", always, BUILT_IN },
	{ "CONFIG_BINFMT_SCRIPT", always, BUILT_IN },
	{ "CONFIG_DEVTMPFS", always, BUILT_IN },
	{ "CONFIG_TMPFS", always, BUILT_IN },
	{ "CONFIG_PROC_FS", always, BUILT_IN },
	{ "CONFIG_SYSFS", always, BUILT_IN },
	{ "CONFIG_SERIAL_8250_CONSOLE", on_amd64, BUILT_IN },
	{ "CONFIG_SERIAL_AMBA_PL011_CONSOLE", on_arm64, BUILT_IN },
	{ "CONFIG_VIRTIO_PCI", on_arm64, "virtio_pci" },
	{ "CONFIG_VIRTIO_CONSOLE", on_arm64, "virtio_console" },
	/* System calls of each run: madvise, eventfd2, open_by_handle_at, flock, futex, setgroups,
	 * signalfd4, socketpair */
	{ "CONFIG_ADVISE_SYSCALLS", always, BUILT_IN },
	{ "CONFIG_EVENTFD", always, BUILT_IN },
	{ "CONFIG_FHANDLE", always, BUILT_IN },
	{ "CONFIG_FILE_LOCKING", always, BUILT_IN },
	{ "CONFIG_FUTEX", always, BUILT_IN },
	{ "CONFIG_MULTIUSER", always, BUILT_IN },
	{ "CONFIG_SIGNALFD", always, BUILT_IN },
	{ "CONFIG_UNIX", always, BUILT_IN },
	/* The page cache, the layer and what is below it */
	{ "CONFIG_PROC_PAGE_MONITOR", always, BUILT_IN },
	{ "CONFIG_FUSE_FS", always, "fuse" },
	{ PASSTHROUGH, passes_through, BUILT_IN },
	{ "CONFIG_BLK_DEV_LOOP", on_image, "loop" },
	{ NULL, on_image, OF_FS },
	{ "CONFIG_TRANSPARENT_HUGEPAGE", has_storm, BUILT_IN },
	{ "CONFIG_MEMCG", has_cgroup, BUILT_IN },
	{ "CONFIG_ZRAM", has_zram, "zram" },
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

/* Says what is wrong with an option of that value. Returns whether something is. */
static bool complain(const struct guest_kernel *kernel, char value, const char *module, char *text,
		     size_t size)
{
	if (value == 'y')
		return false;
	if (value != 'm')
		snprintf(text, size, "is not set");
	else if (!module)
		snprintf(text, size, "is a module");
	else if (!*kernel->modules)
		snprintf(text, size, "is a module, and --modules is not given");
	else if (!modules_have(kernel->modules, module))
		snprintf(text, size, "is a module, and %s has no %s.ko", kernel->modules, module);
	else
		return false;
	return true;
}

unsigned int kernel_lacks(const struct guest_kernel *kernel, const char *config,
			  const struct scenario *scenario, char *text, size_t size)
{
	const struct need need = { kernel, config, scenario };
	const struct backing_fs *fs = scenario->backing.fs;
	char complaint[PATH_MAX + 64];
	unsigned int count = 0;
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *option, *module = rows[i].module;

		if (!rows[i].needed(&need))
			continue;
		option = rows[i].option ?: fs->option;
		if (module && !strcmp(module, OF_FS))
			module = fs->name;
		if (!complain(kernel, value_of(config, option), module, complaint,
			      sizeof(complaint)))
			continue;
		used = append_text(text, size, used, "%s%s %s", count++ ? "; " : "", option,
				   complaint);
	}
	return count;
}

int kernel_needs_check(const struct guest_kernel *kernel, const struct scenario *scenario)
{
	char where[PATH_MAX], lacks[2000];
	_cleanup_free_ char *config = kernel_config_read(kernel, where);

	if (!config || !kernel_lacks(kernel, config, scenario, lacks, sizeof(lacks)))
		return 0;
	report(0,
	       "%s cannot run this scenario: %s (%s); take a kernel or flavour that has it, or "
	       "build one by KERNELS OF YOUR OWN in foliostorm-guest(1)",
	       kernel->name, lacks, where);
	return -EPERM;
}
