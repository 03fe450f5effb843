/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/doctor.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/kernel.h"
#include "injector/memory/cgroup.h"
#include "injector/memory/folio.h"
#include "injector/memory/zram.h"
#include "injector/probe/witness.h"
#include "injector/schedule/schedule_engine.h"
#include "injector/storm/aim.h"
#include "injector/storm/storm.h"
#include "tools/base/program_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static bool can_open(const char *path, int flags, char *detail, size_t size)
{
	_cleanup_close_ int fd = open(path, flags | O_CLOEXEC);

	snprintf(detail, size, "%s%s%s", path, fd < 0 ? ": " : "", fd < 0 ? strerror(errno) : "");
	return fd >= 0;
}

static bool look_root(char *detail, size_t size)
{
	snprintf(detail, size, "effective user %u", geteuid());
	return geteuid() == 0;
}

static bool look_fuse(char *detail, size_t size)
{
	return can_open("/dev/fuse", O_RDWR, detail, size);
}

static bool look_loop(char *detail, size_t size)
{
	return can_open("/dev/loop-control", O_RDWR, detail, size);
}

static bool find_program(const char *name, char *detail, size_t size)
{
	if (program_path(name, detail, size))
		return true;
	snprintf(detail, size, "%s: not found in PATH", name);
	return false;
}

static bool look_mkfs(char *detail, size_t size)
{
	return find_program("mkfs.xfs", detail, size);
}

static bool look_mkfs_ext4(char *detail, size_t size)
{
	return find_program("mkfs.ext4", detail, size);
}

static bool look_mkfs_btrfs(char *detail, size_t size)
{
	return find_program("mkfs.btrfs", detail, size);
}

static bool look_mkfs_f2fs(char *detail, size_t size)
{
	return find_program("mkfs.f2fs", detail, size);
}

/* Opens the file as a run does, in a mount namespace of its own. Returns 0 or an errno. */
static int open_split_control(void)
{
	_cleanup_close_ int fd = -1;

	if (access(STORM_SPLIT_CONTROL, F_OK) &&
	    (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) ||
	     mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL)))
		return errno;
	fd = open(STORM_SPLIT_CONTROL, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

/* Opens the file, since a kernel that is locked down shows it, but does not let root open it. */
static bool look_split_control(char *detail, size_t size)
{
	pid_t child = fork();
	int status, error = EIO;

	if (!child)
		_exit(open_split_control());
	if (child < 0)
		error = errno;
	else if (TEMP_FAILURE_RETRY(waitpid(child, &status, 0)) == child && WIFEXITED(status))
		error = WEXITSTATUS(status);
	snprintf(detail, size, STORM_SPLIT_CONTROL "%s%s", error ? ": " : "",
		 error ? strerror(error) : "");
	return !error;
}

static bool look_cgroup(char *detail, size_t size)
{
	char root[PATH_MAX];

	return cgroup_find(root, sizeof(root), detail, size);
}

static bool look_qemu(char *detail, size_t size)
{
	return find_program("qemu-system-x86_64", detail, size);
}

/* A module that can be loaded on demand counts: mount(2) loads it. */
static bool look_xfs(char *detail, size_t size)
{
	FILE *list = fopen("/proc/filesystems", "re");
	char line[128], module[PATH_MAX];
	struct utsname name;
	bool found = false;

	while (list && !found && fgets(line, sizeof(line), list))
		found = strstr(line, "\txfs\n") != NULL;
	if (list)
		fclose(list);
	uname(&name);
	snprintf(module, sizeof(module), "/lib/modules/%s/kernel/fs/xfs", name.release);
	if (!found && !access(module, F_OK)) {
		snprintf(detail, size, "as a module");
		return true;
	}
	snprintf(detail, size, found ? "in the kernel" : "the kernel has no XFS");
	return found;
}

/* Looks at the version only. The proof is the bit in the INIT exchange of a mount, which reports
 * it. */
static bool look_passthrough(char *detail, size_t size)
{
	static const struct kernel_version first = { .major = 6, .minor = 9 };
	struct kernel_version kernel = { .major = 0 };
	char text[KERNEL_TEXT_MAX];
	bool known = !kernel_running(&kernel) && kernel_compare(&kernel, &first) >= 0;

	snprintf(detail, size, "kernel %s, wanted 6.9 or later with CONFIG_FUSE_PASSTHROUGH",
		 kernel_format(&kernel, text, sizeof(text)));
	return known;
}

static bool look_kpageflags(char *detail, size_t size)
{
	struct folio_lookup lookup = FOLIO_LOOKUP_CLOSED;
	int r = folio_lookup_open(&lookup);

	folio_lookup_close(&lookup);
	snprintf(detail, size, "/proc/kpageflags, /proc/self/pagemap%s%s", r ? ": " : "",
		 r ? strerror(-r) : "");
	return !r;
}

static bool look_split_counters(char *detail, size_t size)
{
	struct folio_splits splits;
	int r = folio_splits_of(9, &splits);

	if (r)
		snprintf(detail, size, "transparent_hugepage/hugepages-2048kB/stats: %s",
			 strerror(-r));
	else
		snprintf(detail, size, "%ju folios of 2M split since boot, %ju failed",
			 (uintmax_t)splits.split, (uintmax_t)splits.failed);
	return !r;
}

static bool look_kmsg(char *detail, size_t size)
{
	return can_open("/dev/kmsg", O_RDONLY | O_NONBLOCK, detail, size);
}

static bool look_cpus(char *detail, size_t size)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	snprintf(detail, size, "%ld online", cpus);
	return cpus >= 2;
}

static bool look_btf(char *detail, size_t size)
{
	return can_open("/sys/kernel/btf/vmlinux", O_RDONLY, detail, size);
}

/* Tries to attach the hook, once in a process: it takes time, and the answer stays the same. */
static bool look_hook(enum hook_role role, char *detail, size_t size)
{
	static struct witness_answer answers[HOOK_ROLES];
	static bool asked;

	if (!asked)
		witness_try(answers);
	asked = true;
	snprintf(detail, size, "%s", answers[role].detail);
	return answers[role].served;
}

#define LOOK_HOOK(function, role)                                                                  \
	static bool function(char *detail, size_t size)                                            \
	{                                                                                          \
		return look_hook(role, detail, size);                                              \
	}

LOOK_HOOK(look_hook_split, HOOK_SPLIT)
LOOK_HOOK(look_hook_level, HOOK_LEVEL)
LOOK_HOOK(look_hook_stored, HOOK_STORED)
LOOK_HOOK(look_hook_lookup, HOOK_LOOKUP)
LOOK_HOOK(look_hook_read, HOOK_READ)
LOOK_HOOK(look_hook_shmem, HOOK_SHMEM)

/* Looks for the store in the kernel's code, which a kernel that is locked down does not show. */
static bool look_hook_store(char *detail, size_t size)
{
	bool served = look_hook(HOOK_STORE, detail, size);
	_cleanup_close_ int kcore = served ? -1 : open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	size_t used = strlen(detail);

	if (!served && kcore < 0)
		append_text(detail, size, used, ": /proc/kcore: %s", strerror(errno));
	return served;
}

static bool look_schedule(char *detail, size_t size)
{
	if (schedule_engine_missing(detail, size))
		return false;
	snprintf(detail, size, "BPF programs at kprobes");
	return true;
}

static bool look_affected(char *detail, size_t size)
{
	struct kernel_version kernel;
	char text[KERNEL_TEXT_MAX];
	bool affected;

	if (kernel_running(&kernel)) {
		snprintf(detail, size, "its version cannot be read");
		return false;
	}
	affected = aim_affected(&kernel);
	snprintf(detail, size,
		 "%s %s the folio split race by its version (vendors' backports do not show in it)",
		 kernel_format(&kernel, text, sizeof(text)), affected ? "has" : "does not have");
	return affected;
}

const struct doctor_check doctor_checks[] = {
	{ "root", NEED_LAYER | NEED_RUN, look_root,
	  "mounts, loop devices and passthrough require root", "run it with sudo" },
	{ "fuse", NEED_LAYER | NEED_RUN, look_fuse, "the layer cannot be mounted",
	  "load the module fuse" },
	{ "xfs", NEED_RUN, look_xfs, "no run at all", "use a kernel with CONFIG_XFS_FS" },
	{ "passthrough", NEED_PASSTHROUGH, look_passthrough,
	  "readers in the mount see no large folios, so nothing races", "use kernel 6.9 or later" },
	{ "loop", NEED_IMAGE, look_loop, "no image of its own",
	  "use backing.kind = \"directory\" on an XFS, or load the module loop" },
	{ "mkfs.xfs", NEED_MKFS_XFS, look_mkfs, "no image of its own", "install xfsprogs" },
	{ "mkfs.ext4", NEED_MKFS_EXT4, look_mkfs_ext4, "no image with ext4", "install e2fsprogs" },
	{ "mkfs.btrfs", NEED_MKFS_BTRFS, look_mkfs_btrfs, "no image with btrfs",
	  "install btrfs-progs" },
	{ "mkfs.f2fs", NEED_MKFS_F2FS, look_mkfs_f2fs, "no image with f2fs", "install f2fs-tools" },
	{ "split-control", NEED_SPLIT_CONTROL, look_split_control,
	  "no storm of splits without holes (storm.op = \"split\")",
	  "use a kernel with CONFIG_DEBUG_FS" },
	{ "cgroup", NEED_CGROUP, look_cgroup,
	  "memory cannot be made short (cgroup, storm.op = \"reclaim\")",
	  "mount cgroup2 where no version 1 has the memory controller" },
	{ "zram", NEED_ZRAM, zram_find, "no swap in compressed memory (zram)",
	  "load the module zram, or use a kernel with CONFIG_ZRAM" },
	{ "kpageflags", NEED_RUN, look_kpageflags, "folios cannot be looked at",
	  "use a kernel with CONFIG_PROC_PAGE_MONITOR" },
	{ "split-counters", NEED_NOBODY, look_split_counters,
	  "a run cannot say how many splits failed", "kernel 6.10 or later counts them" },
	{ "kernel-log", NEED_NOBODY, look_kmsg, "kernel reports are not seen",
	  "use a kernel with CONFIG_PRINTK" },
	{ "processors", NEED_NOBODY, look_cpus,
	  "reader and storm share one processor, so they hardly ever meet", "use two or more" },
	{ "btf", NEED_NOBODY, look_btf, "no BPF gate or witness",
	  "use a kernel with CONFIG_DEBUG_INFO_BTF" },
	{ "hook.split", NEED_WITNESS, look_hook_split,
	  "no gate in splits, and the witness does not see them",
	  "use a kernel with BTF and ftrace" },
	{ "hook.level", NEED_WITNESS, look_hook_level,
	  "no gate in splits, and no frozen folios are counted", "use a kernel with CONFIG_MEMCG" },
	{ "hook.store", NEED_WITNESS, look_hook_store,
	  "a folio counts as frozen until its split has stored all parts, a little too long",
	  "use a kernel with CONFIG_PROC_KCORE" },
	{ "hook.stored", NEED_WITNESS, look_hook_stored,
	  "a folio counts as frozen to the end of its split, a little too long", NULL },
	{ "hook.lookup", NEED_WITNESS, look_hook_lookup, "no witness and no gate for faults",
	  "use a kernel with BTF and ftrace" },
	{ "hook.read", NEED_WITNESS, look_hook_read, "the witness does not see pread readers",
	  NULL },
	{ "hook.shmem", NEED_WITNESS, look_hook_shmem, "no witness and no gate on tmpfs", NULL },
	{ "schedule", NEED_NOBODY, look_schedule, "schedules are followed in guests alone",
	  "use a kernel with CONFIG_KPROBE_EVENTS and CONFIG_BPF_SYSCALL, or `foliostorm guest`" },
	{ "qemu", NEED_GUEST, look_qemu, "no guests with other kernels",
	  "install qemu-system-x86" },
	{ "affected", NEED_NOBODY, look_affected, "runs must come out clean here",
	  "use `foliostorm guest` to see the race" },
	{ .name = NULL },
};

const char *doctor_consequence(const struct doctor_check *check, const char *detail, char *text,
			       size_t size)
{
	bool refused = strstr(detail, strerror(EPERM)) || strstr(detail, strerror(EACCES));
	/* What root is refused cannot be had by a package or another configuration. */
	const char *remedy = !refused    ? check->remedy
			     : geteuid() ? "run it as root"
					 : "the kernel refuses it even to root: it is locked down, "
					   "or this is a container";

	snprintf(text, size, "%s%s%s", check->consequence, remedy ? "; " : "",
		 remedy ? remedy : "");
	return text;
}

json_t *doctor_preconditions(void)
{
	json_t *object = json_object();
	char detail[256];

	for (const struct doctor_check *check = doctor_checks; check->name; check++)
		if (check->needed_by != NEED_WITNESS)
			json_object_set_new(object, check->name,
					    json_boolean(check->look(detail, sizeof(detail))));
	return object;
}

bool doctor_missing(unsigned int needs, char *text, size_t size)
{
	char detail[256], consequence[256];

	for (const struct doctor_check *check = doctor_checks; check->name; check++)
		if (check->needed_by & needs && !check->look(detail, sizeof(detail))) {
			snprintf(text, size, "%s is missing (%s): %s", check->name, detail,
				 doctor_consequence(check, detail, consequence,
						    sizeof(consequence)));
			return true;
		}
	return false;
}
