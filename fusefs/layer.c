/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/cache.h"
#include "fusefs/check.h"
#include "fusefs/evictor.h"
#include "fusefs/handle.h"
#include "fusefs/protocol.h"
#include "fusefs/session.h"
#include "fusefs/worker.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

enum { THREADS_BY_DEFAULT = 8, THREADS_MAX = 256, READAHEAD_KIB = 1024, DESCRIPTORS_ENOUGH = 4096 };

/* STATX_MNT_ID_UNIQUE: an ID that no other mount gets; 6.8. Older kernels reuse the ID after
 * unmounting. */
enum { MOUNT_ID_UNIQUE = 0x4000 };

static const struct {
	const char *name, *help;
} data_paths[LAYER_DATA_PATHS] = {
	[LAYER_PASSTHROUGH] = { "passthrough", "from the kernel straight to the backing file" },
	[LAYER_MIXED] = { "mixed", "reads and writes through the layer, mmap to the backing file" },
	[LAYER_DAEMON] = { "daemon",
			   "through the layer, with a page cache of its own that has no large "
			   "folios, so nothing races there" },
};

const char *layer_data_path_name(enum layer_data_path data_path)
{
	return data_paths[data_path].name;
}

const char *layer_data_path_help(enum layer_data_path data_path)
{
	return data_paths[data_path].help;
}

int layer_data_path_parse(const char *name, enum layer_data_path *data_path)
{
	for (unsigned int i = 0; i < LAYER_DATA_PATHS; i++)
		if (!strcmp(data_paths[i].name, name)) {
			*data_path = i;
			return 0;
		}
	return -EINVAL;
}

const char *layer_cache_name(enum layer_cache cache)
{
	static const char *const names[LAYER_CACHES] = {
		[LAYER_CACHE_NONE] = "none",
		[LAYER_CACHE_AUTO] = "auto",
		[LAYER_CACHE_ALWAYS] = "always",
		[LAYER_CACHE_WRITEBACK] = "writeback",
	};

	return names[cache];
}

/* Raises a limit to the hard limit, which it returns. */
static size_t raise_to_hard(__rlimit_resource_t resource)
{
	struct rlimit limit;

	getrlimit(resource, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
	return limit.rlim_cur;
}

/* Raises the limit of open files: to the kernel's own limit with CAP_SYS_RESOURCE, otherwise to the
 * hard limit. Returns the new limit. */
static size_t raise_descriptor_limit(void)
{
	_cleanup_close_ int fd = open("/proc/sys/fs/nr_open", O_RDONLY | O_CLOEXEC);
	char text[32] = "";
	struct rlimit limit;

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0) {
		limit.rlim_cur = limit.rlim_max = strtoul(text, NULL, 10);
		if (!setrlimit(RLIMIT_NOFILE, &limit))
			return limit.rlim_cur;
	}
	return raise_to_hard(RLIMIT_NOFILE);
}

/* The kernel holds each writer to its own limit, so the layer must not have one. */
static void raise_file_size_limit(void)
{
	const struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	if (setrlimit(RLIMIT_FSIZE, &limit))
		raise_to_hard(RLIMIT_FSIZE);
}

static int open_root(struct layer *layer)
{
	int fd = open(layer->config->source, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return report(-errno, "source %s", layer->config->source);
	if (fstat(fd, &status)) {
		int error = -errno;

		close(fd);
		return report(error, "source %s", layer->config->source);
	}
	layer->root = inode_table_take(&layer->inodes, fd, &status);
	if (!layer->root)
		return report(-ENOMEM, "the inode table");
	return 0;
}

static int open_descriptors(struct layer *layer)
{
	layer->proc_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (layer->proc_fd < 0)
		return report(-errno, "/proc/self/fd: the layer needs /proc");
	layer->ended_fd = eventfd(0, EFD_CLOEXEC);
	if (layer->ended_fd < 0)
		return report(-errno, "eventfd");
	layer->device_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (layer->device_fd < 0)
		return report(-errno, "/dev/fuse");
	return 0;
}

/* Reserves half of the descriptors for open files. */
static void limit_descriptors(struct layer *layer)
{
	size_t limit = raise_descriptor_limit();

	layer->negotiated.descriptors = limit;
	inode_table_limit(&layer->inodes, layer->root->fd, limit / 2);
	if (limit < DESCRIPTORS_ENOUGH)
		report(0,
		       "%zu descriptors (RLIMIT_NOFILE) are few: no more than about %zu files can "
		       "be open "
		       "in %s at once; raise the hard limit, or give it CAP_SYS_RESOURCE",
		       limit, limit / 2, layer->mountpoint);
}

static void tell_forgotten(void *context, const struct inode *inode)
{
	const struct hooks *hooks = ((const struct layer *)context)->config->hooks;

	if (hooks && hooks->forgotten)
		hooks->forgotten(hooks->injector, inode->device, inode->number);
}

static int prepare(struct layer *layer)
{
	int r = inode_table_init(&layer->inodes);

	layer->inodes.forgotten = tell_forgotten;
	layer->inodes.context = layer;
	if (!r)
		r = delay_queue_init(&layer->delays);
	if (r)
		return report(r, "preparing the layer");
	layer->receive_size = session_receive_size();
	layer->on_handles = hook_operations_with(HOOK_HANDLE);
	r = open_root(layer);
	if (!r)
		r = open_descriptors(layer);
	if (r)
		return r;
	limit_descriptors(layer);
	raise_file_size_limit();
	return session_open(layer);
}

/* The ID of what is mounted on the mountpoint, without a request to its server. 0: unknown. */
static uint64_t mount_id(const struct layer *layer)
{
	struct statx status;

	if (statx(AT_FDCWD, layer->mountpoint, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  MOUNT_ID_UNIQUE | STATX_MNT_ID, &status))
		return 0;
	return status.stx_mnt_id;
}

static bool is_mounted(const struct layer *layer)
{
	return layer->mount_id && mount_id(layer) == layer->mount_id;
}

static int mount_it(struct layer *layer)
{
	unsigned long flags = MS_NOSUID | MS_NODEV;
	struct statvfs source;
	char options[128];

	/* The layer sees the open of a program to run it, but not its mapping as executable. */
	if (!fstatvfs(layer->root->fd, &source) && (source.f_flag & ST_NOEXEC))
		flags |= MS_NOEXEC;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=%o,user_id=0,group_id=0,default_permissions%s", layer->device_fd,
		 S_IFDIR, layer->config->allow_other ? ",allow_other" : "");
	if (mount("foliostorm", layer->mountpoint, "fuse.foliostorm", flags, options))
		return report(-errno, "mounting on %s", layer->mountpoint);
	layer->mount_id = mount_id(layer);
	return 0;
}

/* Whether the kernel takes files of the source as backing files: tries an unnamed temporary file.
 */
static int check_stackable(const struct layer *layer)
{
	_cleanup_close_ int file =
		openat(layer->root->fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct backing_map map = { .fd = file };
	uint32_t id;
	int r;

	/* On a read-only source, the first open fails instead. */
	if (file < 0 || !layer->negotiated.passthrough)
		return 0;
	r = ioctl(layer->device_fd, DEVICE_BACKING_OPEN, &map);
	if (r < 0 && errno == ELOOP)
		return check_report_not_stackable(layer->config->source);
	if (r < 0)
		return report(-errno, "%s: passing a file through", layer->config->source);
	id = (uint32_t)r;
	ioctl(layer->device_fd, DEVICE_BACKING_CLOSE, &id);
	return 0;
}

/* FUSE's own page cache reads 128 KiB ahead; a request can carry more. Only speed depends on it. */
static void raise_readahead(struct layer *layer)
{
	struct statx status;
	char path[64], kib[16];

	if (layer->config->data_path != LAYER_DAEMON ||
	    statx(AT_FDCWD, layer->mountpoint, AT_STATX_DONT_SYNC, 0, &status))
		return;
	snprintf(path, sizeof(path), "/sys/class/bdi/%u:%u/read_ahead_kb", status.stx_dev_major,
		 status.stx_dev_minor);
	snprintf(kib, sizeof(kib), "%d\n", READAHEAD_KIB);
	if (!text_file_write(path, kib))
		layer->negotiated.max_readahead = READAHEAD_KIB << 10;
}

static unsigned int thread_count(const struct layer_config *config)
{
	if (!config->threads)
		return THREADS_BY_DEFAULT;
	return config->threads < THREADS_MAX ? config->threads : THREADS_MAX;
}

static int begin(struct layer *layer)
{
	int r = mount_it(layer);

	if (!r)
		r = workers_negotiate(layer);
	if (!r && layer->config->data_path != LAYER_DAEMON && !layer->negotiated.passthrough)
		r = check_report_no_passthrough();
	if (!r)
		r = check_stackable(layer);
	if (r)
		return r;
	layer->negotiated.threads = thread_count(layer->config);
	r = evictor_start(layer);
	if (r)
		return report(r, "starting threads");
	cache_begin(layer);
	r = workers_start(layer, layer->negotiated.threads);
	if (!r)
		raise_readahead(layer);
	return r;
}

/* Waits for the end of the mount or a signal. */
static int wait_for_end(struct layer *layer, const sigset_t *signals)
{
	_cleanup_close_ int signal_fd = signalfd(-1, signals, SFD_CLOEXEC);
	struct pollfd events[] = {
		{ .fd = layer->ended_fd, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	if (signal_fd < 0)
		return report(-errno, "signalfd");
	while (poll(events, 2, -1) < 0)
		if (errno != EINTR)
			return report(-errno, "poll");
	if (!events[0].revents)
		(void)!read(signal_fd, &info, sizeof(info));
	else if (is_mounted(layer))
		return report(-ECONNABORTED, "the connection of %s was aborted; unmounting it",
			      layer->mountpoint);
	return 0;
}

/* Unmounts, unless another process has: cleanly, or, if the mount is in use, detached after
 * writeback. answers: workers serve requests; without them nothing may touch the mount. */
static void unmount_it(struct layer *layer, bool answers)
{
	if (!is_mounted(layer))
		return;
	if (!answers) {
		umount2(layer->mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW);
		return;
	}
	if (!umount2(layer->mountpoint, UMOUNT_NOFOLLOW))
		return;
	evictor_write_back(layer);
	/* Processes that still use it get ENOTCONN when the device is closed. */
	umount2(layer->mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static void release(struct layer *layer)
{
	cache_end(layer);
	evictor_stop(layer);
	workers_join(layer);
	evictor_release(layer);
	session_close(layer);
	inode_table_destroy(&layer->inodes, handle_release_all, layer);
	cleanup_close(&layer->device_fd);
	cleanup_close(&layer->ended_fd);
	cleanup_close(&layer->proc_fd);
}

static int serve(struct layer *layer, const sigset_t *signals,
		 void (*ready)(void *context, const struct layer_negotiated *), void *context)
{
	int r = prepare(layer);

	if (!r)
		r = begin(layer);
	if (!r && ready)
		ready(context, &layer->negotiated);
	if (!r)
		r = wait_for_end(layer, signals);
	if (layer->workers)
		workers_drain(layer);
	unmount_it(layer, layer->workers && r != -ECONNABORTED);
	if (layer->config->hooks && layer->config->hooks->ended)
		layer->config->hooks->ended(layer->config->hooks->injector);
	release(layer);
	return r;
}

int layer_serve(const struct layer_config *config,
		void (*ready)(void *context, const struct layer_negotiated *negotiated),
		void *context)
{
	_cleanup_free_ char *mountpoint = NULL;
	struct layer layer = {
		.config = config,
		.device_fd = -1,
		.proc_fd = -1,
		.ended_fd = -1,
	};
	sigset_t signals, blocked, before;
	int r = check_config(config);

	if (r)
		return r;
	mountpoint = realpath(config->mountpoint, NULL);
	if (!mountpoint)
		return report(-errno, "mountpoint %s", config->mountpoint);
	layer.mountpoint = mountpoint;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	/* Where RLIMIT_FSIZE cannot be raised, a write fails with EFBIG. */
	blocked = signals;
	sigaddset(&blocked, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &blocked, &before);
	r = serve(&layer, &signals, ready, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

bool layer_precondition_missing(int error)
{
	return error == -EPERM || error == -ENODEV || error == -EOPNOTSUPP || error == -ELOOP;
}
