/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layer: a FUSE file system that mirrors a directory, and asks the hooks before and after each
 * operation.
 *
 * It reads the backing file system at every request, so changes beneath are seen at once, unless
 * the kernel may cache (enum layer_cache). Permissions are checked twice: by the kernel above, and
 * by the backing file system, since the layer acts with the rights of the caller (identity.h). So a
 * change beneath between the two checks grants no access. The mount differs from the source:
 * - open(2) with O_CREAT fails with ESTALE if others create the name beneath twice at the wrong
 *   moment.
 * - Capabilities in another user namespace than the layer's count for nothing.
 * - FS_IOC_GETFLAGS and the like fail with EACCES on a file that the caller may not read, since the
 *   kernel opens it for reading (fuse_priv_ioctl_prepare(), fs/fuse/ioctl.c).
 * - The kernel keeps locks (flock, fcntl) for the mount alone, so they do not exclude processes
 *   that work beneath.
 * - Data are written, and space is allocated, with the rights of the layer: limits that do not bind
 *   root do not apply, such as the blocks that ext4 reserves.
 * - It is mounted nosuid and nodev, as FUSE mounts are, and noexec if the source is.
 * - The kernel refuses some operations before the layer sees them (6.18, fs/fuse): collapse, insert
 *   and unshare of fallocate, and FICLONE.
 */
#ifndef FUSEFS_LAYER_H
#define FUSEFS_LAYER_H

#include "fusefs/statistics.h"
#include "injector/rules/hooks.h"

/* Who moves the bytes of regular files. All other operations always come to the layer. */
enum layer_data_path {
	LAYER_PASSTHROUGH, /* the kernel, straight to the backing file: read, write, mmap see its
			      page cache */
	LAYER_MIXED,       /* read and write the layer, mmap the kernel */
	LAYER_DAEMON,      /* the layer, through a page cache of FUSE's own */
};

enum { LAYER_DATA_PATHS = LAYER_DAEMON + 1 };

/* "passthrough", "mixed" or "daemon"; a constant string. */
const char *layer_data_path_name(enum layer_data_path data_path);

/* Who moves the data, a constant string for the reference of keys. */
const char *layer_data_path_help(enum layer_data_path data_path);

/* Finds a data path by its name. Returns 0 and sets data_path; -EINVAL no such name. */
int layer_data_path_parse(const char *name, enum layer_data_path *data_path);

/* What the kernel may cache of the names, attributes and pages that the layer gave it. */
enum layer_cache {
	LAYER_CACHE_NONE,   /* nothing: changes beneath are seen at once */
	LAYER_CACHE_AUTO,   /* names, attributes and pages, but for what rules must see; changes
			       beneath are watched, and seen some milliseconds later */
	LAYER_CACHE_ALWAYS, /* the same without the watch: only the layer may change the source */
	LAYER_CACHE_WRITEBACK, /* the same, and writes until they are synced, closed or old, but
				  not to files whose writes the hooks must see. On the data path
				  daemon alone; the same as LAYER_CACHE_ALWAYS on others */
};

enum { LAYER_CACHES = LAYER_CACHE_WRITEBACK + 1 };

/* "none", "auto", "always" or "writeback"; a constant string. */
const char *layer_cache_name(enum layer_cache cache);

struct layer_config {
	const char *source;     /* the directory to mirror */
	const char *mountpoint; /* an existing directory */
	enum layer_data_path data_path;
	enum layer_cache cache;
	const struct hooks *hooks;           /* may be NULL; must outlive the call */
	struct layer_statistics *statistics; /* may be NULL; must outlive the call */
	unsigned int threads;                /* that take requests; 0: a default */
	bool allow_other;                    /* let users other than root in */
};

/* Negotiated options of the mount. */
struct layer_negotiated {
	unsigned int proto_major, proto_minor; /* of the kernel */
	bool passthrough;
	uint32_t max_write;     /* bytes of one write or read request */
	uint32_t max_readahead; /* bytes */
	uint32_t max_background;
	uint64_t descriptors; /* RLIMIT_NOFILE: half of it for open files */
	uint64_t flags;       /* FUSE_* of the INIT reply, flags2 in the upper half */
	unsigned int threads; /* that take requests */
};

/*
 * Mounts, serves in the calling process until the mount is unmounted or SIGINT, SIGTERM or SIGHUP
 * arrives, unmounts, and frees its resources. Delayed requests are finished at once when it ends.
 * Call it from the only thread of a process: it blocks those three signals and SIGXFSZ while it
 * runs, and raises RLIMIT_NOFILE and RLIMIT_FSIZE for good, as far as it may. ready: called once
 * when the mount can be used, with `context`; may be NULL. Returns 0 after unmounting, or,
 * reported: -ECONNABORTED the connection was aborted (/sys/fs/fuse/connections, umount -f of a
 * mount in use), and the dead mount is gone; -EPERM not root; -ENODEV no FUSE here; -EOPNOTSUPP the
 * kernel has no passthrough; -ELOOP the source cannot be stacked upon; -ENOTDIR, -ENOENT, -EBUSY,
 * -EINVAL of source or mountpoint; any other errno of a system call.
 */
int layer_serve(const struct layer_config *config,
		void (*ready)(void *context, const struct layer_negotiated *negotiated),
		void *context);

/* Whether an error of layer_serve() means that the machine lacks a precondition: root, FUSE,
 * passthrough, or a source that can be stacked upon. */
bool layer_precondition_missing(int error);

#endif
