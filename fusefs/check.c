/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/check.h"
#include "injector/base/cleanup.h"
#include "injector/base/kernel.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

int check_report_no_passthrough(void)
{
	report(0, "this kernel offers no FUSE passthrough: it takes Linux 6.9 or later with "
		  "CONFIG_FUSE_PASSTHROUGH, and CAP_SYS_ADMIN; or use the data path daemon");
	return -EOPNOTSUPP;
}

int check_report_not_stackable(const char *source)
{
	report(0,
	       "%s: the kernel passes nothing through to a file system that itself lies on "
	       "another, "
	       "like overlayfs; name a directory on XFS, or use the data path daemon",
	       source);
	return -ELOOP;
}

static int check_privileges(void)
{
	_cleanup_close_ int device = -1;

	if (geteuid())
		return report(-EPERM, "mounting takes root; run it with sudo");
	device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (device >= 0)
		return 0;
	report(-errno,
	       "/dev/fuse: load the module with `modprobe fuse`, or give the container the device");
	return -ENODEV;
}

static int check_source(const struct layer_config *config)
{
	struct stat status;

	if (stat(config->source, &status))
		return report(-errno, "source %s", config->source);
	if (!S_ISDIR(status.st_mode))
		return report(-ENOTDIR, "source %s: name a directory to mirror", config->source);
	return 0;
}

static bool is_mounted_upon(const char *path)
{
	struct statx status;

	return !statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_TYPE, &status) &&
	       (status.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Whether a path is `above` or lies in it; both resolved. */
static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	if (length == 1)
		length = 0;
	return !strncmp(path, above, length) && (path[length] == '/' || !path[length]);
}

static int check_places(const struct layer_config *config)
{
	_cleanup_free_ char *source = realpath(config->source, NULL);
	_cleanup_free_ char *mountpoint = realpath(config->mountpoint, NULL);

	if (!source || !mountpoint)
		return report(-errno, "resolving %s", source ? config->mountpoint : config->source);
	if (!strcmp(source, mountpoint))
		return 0;
	if (is_mounted_upon(mountpoint))
		return report(-EBUSY, "mountpoint %s: something is mounted there; unmount it first",
			      config->mountpoint);
	if (is_below(mountpoint, source))
		return report(
			-EINVAL,
			"mountpoint %s lies in the source %s: the layer would wait for itself; "
			"name one outside",
			config->mountpoint, config->source);
	return 0;
}

static int check_mountpoint(const struct layer_config *config)
{
	struct stat status;

	if (stat(config->mountpoint, &status)) {
		if (errno == ENOTCONN)
			return report(-EBUSY,
				      "mountpoint %s: a mount whose server died is there; "
				      "unmount it with `umount -l`",
				      config->mountpoint);
		if (errno == ENOENT)
			return report(-ENOENT, "mountpoint %s: make the directory first",
				      config->mountpoint);
		return report(-errno, "mountpoint %s", config->mountpoint);
	}
	if (!S_ISDIR(status.st_mode))
		return report(-ENOTDIR, "mountpoint %s: name a directory", config->mountpoint);
	return check_places(config);
}

/* Two cases show only after mounting: a kernel configured without passthrough, and a stacked file
 * system not listed here. */
static int check_passthrough(const struct layer_config *config)
{
	static const struct kernel_version first = { .major = 6, .minor = 9 };
	struct kernel_version running;
	struct statfs fs;

	if (config->data_path == LAYER_DAEMON)
		return 0;
	if (!kernel_running(&running) && kernel_compare(&running, &first) < 0)
		return check_report_no_passthrough();
	if (!statfs(config->source, &fs) &&
	    (fs.f_type == OVERLAYFS_SUPER_MAGIC || fs.f_type == ECRYPTFS_SUPER_MAGIC))
		return check_report_not_stackable(config->source);
	return 0;
}

int check_config(const struct layer_config *config)
{
	int r = check_privileges();

	if (!r)
		r = check_source(config);
	if (!r)
		r = check_mountpoint(config);
	return r ? r : check_passthrough(config);
}
