/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/support/layer_fixture.h"
#include "injector/base/cleanup.h"
#include "tests/support/suite.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

enum { IMAGE_SIZE = 1 << 30, MAKE_LIMIT_MS = 60000 };

static int skip(const char *why)
{
	fprintf(stderr, "skipped: %s: %s\n", why, strerror(errno));
	return SKIP;
}

/* Skips if errno says that the machine does not have it, or does not let this process have it. */
static int fail(const char *what)
{
	if (errno == ENOENT || errno == ENODEV || errno == EPERM || errno == EACCES)
		return skip(what);
	fprintf(stderr, "FAILED: %s: %s\n", what, strerror(errno));
	return 1;
}

int fixture_wait(pid_t child, int milliseconds)
{
	const struct timespec moment = { .tv_nsec = 2000000 };
	int status;

	for (int waited = 0; waited <= milliseconds; waited += 2) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		nanosleep(&moment, NULL);
	}
	return -1;
}

static int attach_image(const char *directory, char *device, size_t size)
{
	_cleanup_close_ int image = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	_cleanup_close_ int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	struct loop_config config = { .fd = (uint32_t)image, .info.lo_flags = LO_FLAGS_AUTOCLEAR };

	if (image < 0 || control < 0 || ftruncate(image, IMAGE_SIZE))
		return -1;
	for (int tries = 0; tries < 64; tries++) {
		_cleanup_close_ int loop = -1;

		snprintf(device, size, "/dev/loop%d", ioctl(control, LOOP_CTL_GET_FREE));
		loop = open(device, O_RDWR | O_CLOEXEC);
		if (loop >= 0 && !ioctl(loop, LOOP_CONFIGURE, &config))
			return take_fd(&loop);
		if (errno != EBUSY)
			break;
	}
	return -1;
}

static int run_mkfs(const char *device)
{
	char *const arguments[] = { (char *)"mkfs.xfs", (char *)"-q",   (char *)"-f",
				    (char *)"-K",       (char *)device, NULL };
	pid_t child;

	errno = posix_spawnp(&child, arguments[0], NULL, NULL, arguments, environ);
	if (errno)
		return -1;
	errno = EIO;
	return fixture_wait(child, MAKE_LIMIT_MS);
}

static void name_places(struct fixture *fixture)
{
	snprintf(fixture->bare, sizeof(fixture->bare), "%s/xfs/a", fixture->top);
	snprintf(fixture->beneath, sizeof(fixture->beneath), "%s/xfs/b", fixture->top);
	snprintf(fixture->mount, sizeof(fixture->mount), "%s/mount", fixture->top);
}

static int mount_xfs(struct fixture *fixture)
{
	char device[32], place[96];
	_cleanup_close_ int loop = attach_image(fixture->top, device, sizeof(device));

	if (loop < 0)
		return fail("a loop device");
	if (run_mkfs(device))
		return fail("mkfs.xfs (install xfsprogs)");
	snprintf(place, sizeof(place), "%s/xfs", fixture->top);
	if (mkdir(place, 0755) || mount(device, place, "xfs", 0, NULL))
		return fail("mounting XFS");
	if (mkdir(fixture->bare, 0755) || mkdir(fixture->beneath, 0755) ||
	    mkdir(fixture->mount, 0755))
		return fail("making directories");
	return 0;
}

int fixture_make(struct fixture *fixture)
{
	mode_t before;
	int r;

	*fixture = (struct fixture){ .top = "/tmp/foliostorm-layer-XXXXXX" };
	if (geteuid() || access("/dev/fuse", R_OK | W_OK))
		return skip("takes root and /dev/fuse");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return skip("a mount namespace");
	if (!mkdtemp(fixture->top) || chmod(fixture->top, 0755))
		return fail("a temporary directory");
	name_places(fixture);
	/* Tests that act as other users must get into the directories. */
	before = umask(022);
	r = mount_xfs(fixture);
	umask(before);
	return r;
}

void fixture_remove(struct fixture *fixture)
{
	char place[96];

	if (fixture->layer)
		fixture_unmount(fixture);
	(void)!chdir("/");
	snprintf(place, sizeof(place), "%s/xfs", fixture->top);
	umount2(place, MNT_DETACH);
	rmdir(place);
	rmdir(fixture->mount);
	rmdir(fixture->top);
}

static void tell(void *context, const struct layer_negotiated *negotiated)
{
	(void)!write(*(int *)context, negotiated, sizeof(*negotiated));
}

/* Irreversible: without CAP_SYS_RESOURCE the limit cannot be raised again. */
static int limit_descriptors(rlim_t descriptors)
{
	const struct rlimit limit = { .rlim_cur = descriptors / 2, .rlim_max = descriptors };
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (setrlimit(RLIMIT_NOFILE, &limit) || syscall(SYS_capget, &header, data))
		return -1;
	data[0].effective &= ~(1U << CAP_SYS_RESOURCE);
	data[0].permitted &= ~(1U << CAP_SYS_RESOURCE);
	return (int)syscall(SYS_capset, &header, data);
}

static void serve(const struct fixture *fixture, const struct layer_config *config, int ready)
{
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fixture->descriptors && limit_descriptors(fixture->descriptors))
		exit(1);
	if (fixture->file_size.rlim_max && setrlimit(RLIMIT_FSIZE, &fixture->file_size))
		exit(1);
	r = layer_serve(config, tell, &ready);
	fflush(NULL);
	/* exit() rather than _exit(), so that sanitizers look for leaks. */
	exit(r ? 1 : 0);
}

int fixture_mount(struct fixture *fixture, enum layer_data_path data_path,
		  const struct hooks *hooks, unsigned int threads)
{
	const struct layer_config config = {
		.source = fixture->beneath,
		.mountpoint = fixture->mount,
		.data_path = data_path,
		.cache = fixture->cache,
		.hooks = hooks,
		.threads = threads,
		.allow_other = true,
	};
	int ends[2];
	ssize_t got;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	fflush(NULL);
	fixture->layer = fork();
	if (!fixture->layer)
		serve(fixture, &config, ends[1]);
	close(ends[1]);
	got = read(ends[0], &fixture->negotiated, sizeof(fixture->negotiated));
	close(ends[0]);
	/* kill(2) takes -1 for every process. */
	if (fixture->layer < 0)
		fixture->layer = 0;
	return got == sizeof(fixture->negotiated) ? 0 : -1;
}

/*
 * Makes and removes a directory beneath, and waits until the mount no longer shows it. Returns 1 if
 * the layer has told the kernel, or -1. Returns 0 if the kernel may have asked by itself, as it
 * does for a name after one second. The open descriptor keeps the name from being dropped early.
 */
static int settle_once(const struct fixture *fixture, unsigned int number)
{
	const struct timespec moment = { .tv_nsec = 200000 };
	char above[PATH_MAX], beneath[PATH_MAX];
	struct timespec begin, now;
	_cleanup_close_ int held = -1;
	struct stat status;

	snprintf(above, sizeof(above), "%s/settling.%u", fixture->mount, number);
	snprintf(beneath, sizeof(beneath), "%s/settling.%u", fixture->beneath, number);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (mkdir(beneath, 0700) || (held = open(above, O_PATH | O_CLOEXEC)) < 0 || rmdir(beneath))
		return -1;
	while (!stat(above, &status))
		nanosleep(&moment, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 900;
}

/*
 * Watched changes arrive in order, so the last one proves those before it. Each round uses another
 * name: the removal of a name may be reported only when that name is about to be made again.
 */
int fixture_settle(const struct fixture *fixture)
{
	static unsigned int number;
	int settled = 0;

	if (fixture->cache != LAYER_CACHE_AUTO)
		return 0;
	for (int i = 0; i < 20 && !settled; i++)
		settled = settle_once(fixture, number++);
	return settled > 0 ? 0 : -1;
}

int fixture_unmount(struct fixture *fixture)
{
	int status;

	umount2(fixture->mount, MNT_DETACH);
	status = fixture_wait(fixture->layer, 10000);
	if (status < 0) {
		kill(fixture->layer, SIGKILL);
		waitpid(fixture->layer, NULL, 0);
	}
	fixture->layer = 0;
	return status < 0 || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}
