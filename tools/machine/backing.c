/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/backing.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "injector/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

static uint64_t room_in(const char *directory)
{
	struct statvfs room;

	return statvfs(directory, &room) ? 0 : (uint64_t)room.f_bavail * room.f_frsize;
}

/* Returns the directory for images: $TMPDIR if set, else /dev/shm if it has four times the room,
 * which is fastest, else /tmp. */
static const char *image_directory(uint64_t size)
{
	const char *directory = getenv("TMPDIR");

	if (directory && *directory)
		return directory;
	return room_in("/dev/shm") >= 4 * size ? "/dev/shm" : "/tmp";
}

/* The image is sparse, but a run that fills the disk would fail in the middle of a storm. */
static int check_image(const struct backing_settings *settings, const char *scenario)
{
	const char *directory = image_directory(settings->size);
	uint64_t available = room_in(directory);
	char wanted[32], there[32];

	if (access(directory, W_OK))
		return report(0, "TMPDIR: %s, where the image would be made: %s", directory,
			      strerror(errno));
	if (settings->size <= available)
		return 0;
	report(0,
	       "%s: backing.size: an image of %s in %s, where %s are free; make it smaller or set "
	       "TMPDIR to a larger file system",
	       scenario, units_format_size(settings->size, wanted, sizeof(wanted)), directory,
	       units_format_size(available >> 20 << 20, there, sizeof(there)));
	return -ENOSPC;
}

static int check_directory(const struct backing_settings *settings, const char *scenario)
{
	const char *path = settings->path;
	struct stat status;
	struct statfs fs;

	if (stat(path, &status) || statfs(path, &fs))
		return report(0, "%s: backing.path: %s: %s; name a directory on XFS", scenario,
			      path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return report(0, "%s: backing.path: %s is not a directory; name one on XFS",
			      scenario, path);
	if (fs.f_type != XFS_SUPER_MAGIC)
		return report(0,
			      "%s: backing.path: %s is not on XFS; name a directory on XFS, or use "
			      "kind = \"image\"",
			      scenario, path);
	return 0;
}

/* Attaches the file to a free loop device and leaves it open read-only. Returns the descriptor or
 * -errno. */
static int attach_loop(int image, char *device, size_t size)
{
	_cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	struct loop_config config = {
		.fd = (unsigned int)image,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR,
	};

	if (control < 0)
		return report(-errno, "/dev/loop-control: no loop devices here; use "
				      "backing.kind = \"directory\"");
	for (int tries = 0; tries < 64; tries++) {
		_cleanup_close_ int loop = -1;
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0)
			return report(-errno, "looking for a free loop device");
		snprintf(device, size, "/dev/loop%d", number);
		loop = open(device, O_RDWR | O_CLOEXEC);
		if (loop < 0)
			return report(-errno, "%s", device);
		if (!ioctl(loop, LOOP_CONFIGURE, &config)) {
			/* A kernel without BLK_DEV_WRITE_MOUNTED mounts no device that is open for
			 * writing. */
			int reader = open(device, O_RDONLY | O_CLOEXEC);

			return reader < 0 ? report(-errno, "%s", device) : reader;
		}
		if (errno != EBUSY) /* another process was faster */
			return report(-errno, "%s: attaching the image", device);
	}
	return report(-EBUSY, "attaching the image to a loop device");
}

const struct backing_fs backing_filesystems[] = {
	{ .name = "xfs",
	  .package = "xfsprogs",
	  .option = "CONFIG_XFS_FS",
	  .command = { "mkfs.xfs", "-q", "-f", "-K" },
	  .is_xfs = true,
	  .in_guests = true,
	  .shares = true,
	  .needs = NEED_MKFS_XFS },
	{ .name = "ext4",
	  .help = "has large folios from 6.16 on",
	  .package = "e2fsprogs",
	  .option = "CONFIG_EXT4_FS",
	  .command = { "mkfs.ext4", "-q", "-F" },
	  .in_guests = true,
	  .needs = NEED_MKFS_EXT4 },
	{ .name = "btrfs",
	  .help = "has large folios in 7.2, of up to 256K; 6.18 has none",
	  .package = "btrfs-progs",
	  .option = "CONFIG_BTRFS_FS",
	  .command = { "mkfs.btrfs", "-q", "-f" },
	  .shares = true,
	  .needs = NEED_MKFS_BTRFS },
	{ .name = "f2fs",
	  .help = "has no large folios of files that are written, up to 7.2; of Debian's kernels "
		  "those with a flavour have it (7.2.12:amd64)",
	  .package = "f2fs-tools",
	  .option = "CONFIG_F2FS_FS",
	  .command = { "mkfs.f2fs", "-q", "-f" },
	  .needs = NEED_MKFS_F2FS },
	{ .name = NULL },
};

_Static_assert(ARRAY_SIZE(backing_filesystems) <= BACKING_FS_MAX, "a row ends them, too");

static int make_fs(const struct backing_fs *fs, const char *device)
{
	const char *arguments[8] = { NULL };
	int status, count = 0, r;

	for (; fs->command[count]; count++)
		arguments[count] = fs->command[count];
	arguments[count] = device;
	r = program_run(arguments, &status);
	if (r)
		return report(r, "%s: cannot be run; install %s", arguments[0], fs->package);
	return status ? report(-EIO, "%s %s: status %d", arguments[0], device, status) : 0;
}

static int report_missing(const struct backing_fs *fs)
{
	report(0, "backing.fs: this kernel does not have %s: use one with %s", fs->name,
	       fs->option);
	return -EPERM;
}

static int make_image(struct backing *backing, const struct backing_settings *settings,
		      const struct workplace *workplace)
{
	const char *place = image_directory(settings->size);
	_cleanup_close_ int image = open(place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	_cleanup_close_ int loop = -1;
	const struct backing_fs *fs = settings->fs;
	char device[32];
	int r;

	if (image < 0)
		return report(-errno, "%s: making the image", place);
	if (ftruncate(image, (off_t)settings->size))
		return report(-errno, "%s: sizing the image", place);
	r = workplace_directory(workplace, fs->name, backing->root, sizeof(backing->root));
	if (r)
		return r;
	loop = attach_loop(image, device, sizeof(device));
	if (loop < 0)
		return loop;
	r = make_fs(fs, device);
	if (r)
		return r;
	if (mount(device, backing->root, fs->name, 0, NULL))
		return errno == ENODEV ? report_missing(fs)
				       : report(-errno, "mounting %s from %s", fs->name, device);
	backing->mounted = true;
	return 0;
}

/* Mounts a tmpfs with the largest possible folios, as memfd_create() has them. */
static int make_tmpfs(struct backing *backing, const struct backing_settings *settings,
		      const struct workplace *workplace)
{
	char options[64];
	int r = workplace_directory(workplace, "tmpfs", backing->root, sizeof(backing->root));

	if (r)
		return r;
	snprintf(options, sizeof(options), "huge=always,size=%ju", (uintmax_t)settings->size);
	if (mount("foliostorm", backing->root, "tmpfs", 0, options))
		return report(-errno, "mounting a tmpfs with %s", options);
	backing->mounted = true;
	return 0;
}

/* The directory is bind-mounted in the workplace by its descriptor, so a rename by the owner of its
 * parent does not affect the run. */
static int make_directory(struct backing *backing, const struct backing_settings *settings,
			  const struct workplace *workplace)
{
	_cleanup_free_ char *resolved = realpath(settings->path, NULL);
	_cleanup_close_ int tree = -1;
	char path[PATH_MAX], opened[32];
	int r;

	if (!resolved)
		return report(-errno, "%s", settings->path);
	if (snprintf(path, sizeof(path), "%s/foliostorm-%s", resolved,
		     strrchr(workplace->path, '/') + 1) >= (int)sizeof(path))
		return report(-ENAMETOOLONG, "%s", settings->path);
	tree = workplace_tree(workplace, path);
	if (tree < 0)
		return tree;
	r = workplace_directory(workplace, "data", backing->root, sizeof(backing->root));
	if (r)
		return r;
	snprintf(opened, sizeof(opened), "/proc/self/fd/%d", tree);
	if (mount(opened, backing->root, NULL, MS_BIND, NULL))
		return report(-errno, "%s: mounting it on %s", path, backing->root);
	backing->mounted = true;
	return 0;
}

const struct backing_kind backing_kinds[] = {
	{ .name = "image",
	  .help = "a file system made for the run on a loop device. The image is in `$TMPDIR`; "
		  "without it "
		  "in `/dev/shm` if that has four times the room, else in `/tmp`",
	  .sized = true,
	  .formatted = true,
	  .needs = NEED_IMAGE,
	  .check = check_image,
	  .make = make_image },
	{ .name = "directory",
	  .help = "a subdirectory of an existing XFS",
	  .named = true,
	  .check = check_directory,
	  .make = make_directory },
	{ .name = "tmpfs",
	  .help = "a tmpfs with `huge=always`, made for the run",
	  .sized = true,
	  .in_memory = true,
	  .make = make_tmpfs },
	{ .name = NULL },
};

bool backing_is_xfs(const struct backing_settings *settings)
{
	return settings->kind->formatted ? settings->fs->is_xfs : !settings->kind->in_memory;
}

unsigned int backing_needs(const struct backing_settings *settings)
{
	return settings->kind->needs | (settings->kind->formatted ? settings->fs->needs : 0);
}

bool backing_holds(const struct backing_settings *settings, uint64_t bytes)
{
	return !settings->kind->sized || bytes + BACKING_SPARE <= settings->size;
}

int backing_check(const struct backing_settings *settings, const char *scenario)
{
	return settings->kind->check ? settings->kind->check(settings, scenario) : 0;
}

int backing_make(struct backing *backing, const struct backing_settings *settings,
		 const struct workplace *workplace)
{
	*backing = (struct backing){ .mounted = false };
	return settings->kind->make(backing, settings, workplace);
}

int backing_remove(struct backing *backing)
{
	/* A worker of the kernel drops the layer's last references shortly after its exit. On a
	 * busy machine that has to wait for a processor; a log force has waited for 24 s. */
	const uint64_t until = units_now() + 40 * UINT64_C(1000000000);

	while (backing->mounted && units_now() < until) {
		if (!umount2(backing->root, 0))
			backing->mounted = false;
		else if (errno != EBUSY)
			return report(-errno, "unmounting %s", backing->root);
		else
			units_sleep(20000000);
	}
	if (!backing->mounted)
		return 0;
	backing->mounted = false;
	return umount2(backing->root, MNT_DETACH)
		       ? report(-errno, "unmounting %s", backing->root)
		       : report(-EBUSY, "%s was still in use; it goes with its last user",
				backing->root);
}
