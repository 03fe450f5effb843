/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's kernel lacks for a scenario, and where that is read. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/save.h"
#include "tools/guest/kernel_config.h"
#include "tools/guest/kernel_needs.h"
#include "tools/guest/modules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void upper(char *text)
{
	for (; *text; text++)
		*text = (char)toupper(*text);
}

/* What another file system needs is its own option. */
static void each_its_own(const struct guest_kernel *kernel, const char *text,
			 struct scenario scenario)
{
	char lacks[400], wanted[64];

	for (const struct backing_fs *fs = backing_filesystems; fs->name; fs++) {
		snprintf(wanted, sizeof(wanted), "CONFIG_%s_FS", fs->name);
		upper(wanted);
		strcat(wanted, " is not set");
		scenario.backing.fs = fs;
		CU_ASSERT_EQUAL(kernel_lacks(kernel, text, &scenario, lacks, sizeof(lacks)), 1);
		CU_ASSERT_STRING_EQUAL(lacks, wanted);
	}
}

/* Options of every guest, here of x86-64. */
#define EVERY_GUEST                                                                                \
	"CONFIG_BLK_DEV_INITRD=y\nCONFIG_BINFMT_ELF=y\nCONFIG_BINFMT_SCRIPT=y\n"                   \
	"CONFIG_DEVTMPFS=y\nCONFIG_TMPFS=y\nCONFIG_PROC_FS=y\nCONFIG_SYSFS=y\n"                    \
	"CONFIG_SERIAL_8250_CONSOLE=y\nCONFIG_ADVISE_SYSCALLS=y\nCONFIG_EVENTFD=y\n"               \
	"CONFIG_FHANDLE=y\nCONFIG_FILE_LOCKING=y\nCONFIG_FUTEX=y\nCONFIG_MULTIUSER=y\n"            \
	"CONFIG_SIGNALFD=y\nCONFIG_UNIX=y\nCONFIG_PROC_PAGE_MONITOR=y\n"

static void scenario_on_xfs(struct scenario *scenario)
{
	*scenario = (struct scenario){ .has_storm = true,
				       .backing = { .kind = &backing_kinds[0],
						    .fs = &backing_filesystems[0] } };
	while (!scenario->backing.kind->formatted)
		scenario->backing.kind++;
	while (!scenario->backing.fs->is_xfs)
		scenario->backing.fs++;
}

/* What a kernel lacks for a scenario. */
static void kernels_lack(void)
{
	static const char text[] =
		EVERY_GUEST "CONFIG_FUSE_FS=m\nCONFIG_BLK_DEV_LOOP=y\n# CONFIG_XFS_FS is not set\n"
			    "CONFIG_XFS_FS_QUOTA=y\nCONFIG_TRANSPARENT_HUGEPAGE=y\n";
	char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64], lacks[2000], wanted[400];
	struct guest_kernel kernel = { .arch = GUEST_AMD64 };
	struct scenario scenario;

	scenario_on_xfs(&scenario);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, text, &scenario, lacks, sizeof(lacks)), 2);
	CU_ASSERT_STRING_EQUAL(lacks, "CONFIG_FUSE_FS is a module, and --modules is not given; "
				      "CONFIG_XFS_FS is not set");
	/* Its modules were not built. */
	snprintf(kernel.modules, sizeof(kernel.modules), "%s", directory);
	CU_ASSERT_FALSE(modules_have(directory, NULL));
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, text, &scenario, lacks, sizeof(lacks)), 2);
	snprintf(wanted, sizeof(wanted),
		 "CONFIG_FUSE_FS is a module, and %s has no fuse.ko; CONFIG_XFS_FS is not set",
		 directory);
	CU_ASSERT_STRING_EQUAL(lacks, wanted);
	snprintf(path, sizeof(path), "%s/fuse.ko.xz", directory);
	CU_ASSERT_EQUAL(save_text(path, ""), 0);
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, text, &scenario, lacks, sizeof(lacks)), 1);
	CU_ASSERT_STRING_EQUAL(lacks, "CONFIG_XFS_FS is not set");
	each_its_own(&kernel, text, scenario);
	unlink(path);
	rmdir(directory);
	/* The console and the ports of the other architecture. */
	kernel.arch = GUEST_ARM64;
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, EVERY_GUEST, &scenario, lacks, sizeof(lacks)), 7);
	CU_ASSERT_PTR_NOT_NULL(strstr(lacks, "CONFIG_SERIAL_AMBA_PL011_CONSOLE is not set; "
					     "CONFIG_VIRTIO_PCI is not set"));
	kernel.arch = GUEST_AMD64;
	scenario.zram.given = true;
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, EVERY_GUEST "CONFIG_ZRAM=y\n", &scenario, lacks,
				     sizeof(lacks)),
			4);
	CU_ASSERT_PTR_NULL(strstr(lacks, "ZRAM"));
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, EVERY_GUEST, &scenario, lacks, sizeof(lacks)), 5);
	scenario.has_storm = false;
	CU_ASSERT_EQUAL(kernel_lacks(&kernel, EVERY_GUEST, &scenario, lacks, sizeof(lacks)), 4);
}

/* Dashes and underscores, packed modules, and what only looks like one. */
static void module_files(void)
{
	static const struct {
		const char *file, *name;
		bool found;
	} rows[] = {
		{ "xfs.ko", "xfs", true },
		{ "xfs.ko.zst", "xfs", true },
		{ "virtio-pci.ko", "virtio_pci", true },
		{ "crc32c_intel.ko.gz", "crc32c-intel", true },
		{ "xfs.ko", NULL, true },
		{ "xfs.kot", "xfs", false },
		{ "xfs.o", NULL, false },
		{ "exfs.ko", "xfs", false },
		{ "xfs2.ko", "xfs", false },
		{ "xf.ko", "xfs", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char directory[] = "/tmp/foliostorm-test.XXXXXX", below[64], path[128];

		CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
		snprintf(below, sizeof(below), "%s/below", directory);
		snprintf(path, sizeof(path), "%s/%s", below, rows[i].file);
		CU_ASSERT_EQUAL(mkdir(below, 0700), 0);
		CU_ASSERT_EQUAL(save_text(path, ""), 0);
		CU_ASSERT_EQUAL(modules_have(directory, rows[i].name), rows[i].found);
		unlink(path);
		rmdir(below);
		rmdir(directory);
	}
	CU_ASSERT_FALSE(modules_have("/nonesuch", NULL));
}

/* The configuration within an image, and one beside it, which goes first. */
static void configurations(void)
{
	struct guest_kernel kernel = { .release = "7.0.0" };
	char directory[] = "/tmp/foliostorm-test.XXXXXX", command[400], where[PATH_MAX], *found;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(kernel.image, sizeof(kernel.image), "%s/vmlinux", directory);
	CU_ASSERT_PTR_NULL(kernel_config_read(&kernel, NULL));
	snprintf(command, sizeof(command),
		 "cd %s; { printf 'code IKCFG_ST'; echo CONFIG_A=y | gzip; printf 'IKCFG_ED code'; "
		 "} >vmlinux",
		 directory);
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
	found = kernel_config_read(&kernel, where);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	CU_ASSERT_STRING_EQUAL(found, "CONFIG_A=y\n");
	CU_ASSERT_STRING_EQUAL(where, kernel.image);
	free(found);
	snprintf(command, sizeof(command), "echo CONFIG_B=y >%s/config-7.0.0", directory);
	CU_ASSERT_EQUAL_FATAL(system(command), 0);
	found = kernel_config_read(&kernel, where);
	CU_ASSERT_PTR_NOT_NULL_FATAL(found);
	CU_ASSERT_STRING_EQUAL(found, "CONFIG_B=y\n");
	CU_ASSERT_STRING_EQUAL(strrchr(where, '/'), "/config-7.0.0");
	free(found);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	CU_ASSERT_EQUAL(system(command), 0);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "kernels lack", kernels_lack },
		{ "module files", module_files },
		{ "configurations", configurations },
		CU_TEST_INFO_NULL,
	};

	return run_suite("kernel needs", tests);
}
