/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/initrd.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/copy_bytes.h"
#include "tools/base/pack.h"
#include "tools/guest/script.h"

#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The modules that a run needs, and those of file systems whose mkfs is in the guest. A module that
 * the kernel has built in is not found, which is no error. In the order of loading: XFS finds its
 * checksum by name. */
static const char *const modules[] = { "crc32c_generic", "crc32c_intel", "crc32c_cryptoapi",
				       "libcrc32c",      "xfs",          "ext4",
				       "loop",           "fuse",         "virtio_pci",
				       "virtio_console", "zram" };

/* Up to six words before those of the modules, and four for a program. */
#define ARGUMENTS_MAX (6 + 2 * ARRAY_SIZE(modules) + 4 * (size_t)INITRD_PROGRAMS_MAX + 1)

_Static_assert(ARGUMENTS_MAX - 1 <= SCRIPT_ARGUMENTS_MAX, "all are passed on");

static void take_archive(void *context, const char *path)
{
	struct initrd_archives *archives = context;

	if (archives->count < ARRAY_SIZE(archives->paths))
		snprintf(archives->paths[archives->count++], PATH_MAX, "%s", path);
}

static int append_part(int to, int part, const char *path)
{
	struct stat status;
	int r;

	if (part < 0 || fstat(part, &status))
		return report(-errno, "%s", path);
	r = copy_bytes(to, part, status.st_size);
	return r ? report(r, "%s: copying it", path) : 0;
}

/* Appends the parent directories, which the kernel does not make by itself when it unpacks. */
static int append_parents(struct archive *archive, const char *path)
{
	char parent[PATH_MAX];
	int r = 0;

	for (const char *slash = path; !r && (slash = strchr(slash, '/')); slash++) {
		snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
		r = pack_entry(archive, parent, S_IFDIR | 0755, NULL, 0);
	}
	return r;
}

static int append_files(int fd, const struct initrd_file *files)
{
	struct archive *archive = archive_write_new();
	int r = archive_write_set_format_cpio_newc(archive);

	if (!r)
		r = archive_write_open_fd(archive, fd);
	for (; !r && files->path; files++) {
		r = append_parents(archive, files->path);
		if (!r)
			r = pack_entry(archive, files->path, S_IFREG | 0755, files->text,
				       files->size ? files->size : strlen(files->text));
	}
	if (!r)
		r = archive_write_close(archive);
	if (r)
		report(0, "packing the job: %s", archive_error_string(archive));
	archive_write_free(archive);
	return r ? -EIO : 0;
}

int initrd_pack(const struct initrd_file *files, int *fd)
{
	_cleanup_close_ int memory = memfd_create("job", MFD_CLOEXEC);
	int r = memory < 0 ? report(-errno, "memory for the job") : append_files(memory, files);

	if (r)
		return r;
	*fd = take_fd(&memory);
	return 0;
}

int initrd_archives(const struct guest_kernel *kernel, const char *sysroot,
		    const char *const *programs, struct initrd_archives *archives)
{
	const char *arguments[ARGUMENTS_MAX];
	size_t count = 0;

	archives->count = 0;
	if (*sysroot) {
		arguments[count++] = "--sysroot";
		arguments[count++] = sysroot;
	}
	if (*kernel->modules) {
		arguments[count++] = "--release";
		arguments[count++] = kernel->release;
		arguments[count++] = "--modules";
		arguments[count++] = kernel->modules;
		for (size_t i = 0; i < ARRAY_SIZE(modules); i++) {
			arguments[count++] = "--module";
			arguments[count++] = modules[i];
		}
	}
	for (; *programs; programs++) {
		const char *fs = strstr(*programs, "/mkfs.");

		if (fs && *kernel->modules) {
			arguments[count++] = "--module";
			arguments[count++] = fs + strlen("/mkfs.");
		}
		arguments[count++] = "--file";
		arguments[count++] = *programs;
	}
	arguments[count] = NULL;
	return script_run("initramfs", arguments, take_archive, archives);
}

int initrd_join(const struct initrd_archives *archives, int job, int *fd)
{
	_cleanup_close_ int memory = memfd_create("initramfs", 0);
	int r = memory < 0 ? report(-errno, "memory for the initramfs") : 0;

	for (size_t i = 0; i < archives->count && !r; i++) {
		_cleanup_close_ int part = open(archives->paths[i], O_RDONLY | O_CLOEXEC);

		r = append_part(memory, part, archives->paths[i]);
	}
	if (!r && job >= 0)
		r = append_part(memory, job, "the job");
	if (!r)
		*fd = take_fd(&memory);
	return r;
}
