/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The layer: a FUSE file system that mirrors a directory, and asks the hooks before and after each
 * operation.
 *
 * What it mirrors it takes from the backing file system at every request, so changes made beneath
 * it are seen at once, unless the kernel may keep something (enum layer_cache). Permissions are
 * checked twice: by the kernel above, and by the backing file system, as the layer acts with the
 * rights of the caller (identity.h). So a change beneath between the two lets nobody in. What it
 * may cost the caller:
 * - Where a name to be created comes to be beneath, twice at the wrong moment, open(2) fails with
 *   ESTALE.
 * - Capabilities in a user namespace of one's own count for nothing.
 * - FS_IOC_GETFLAGS and its like on a file that the caller may not read fail with EACCES: the
 *   kernel opens it to read for them (fuse_priv_ioctl_prepare(), fs/fuse/ioctl.c).
 * Locks (flock, fcntl) are kept by the kernel for the mount alone: they do not exclude who works
 * beneath. Mounted nosuid and nodev, as FUSE mounts are, and noexec where the source is. The kernel
 * refuses some operations before the layer sees them (6.18, fs/fuse): collapse, insert and unshare
 * of fallocate, and FICLONE.
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

/* Who moves the data, for the reference of keys. */
const char *layer_data_path_help(enum layer_data_path data_path);

/* The data path of a name. Returns 0 and sets data_path; -EINVAL when there is none. */
int layer_data_path_parse(const char *name, enum layer_data_path *data_path);

/* What the kernel may cache of the names, attributes and pages that the layer gave it. */
enum layer_cache {
	LAYER_CACHE_NONE,   /* nothing: what is changed beneath is seen at once */
	LAYER_CACHE_AUTO,   /* names, attributes and pages, but for what rules must see; changes
			       beneath are watched, and seen some milliseconds later */
	LAYER_CACHE_ALWAYS, /* the same until the layer itself changes something: nobody else may */
	LAYER_CACHE_WRITEBACK, /* the same, and what is written, until it is synced, closed or old;
				  but for files whose writes the hooks must see. The data path
				  daemon's alone; as LAYER_CACHE_ALWAYS on others */
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

/* What kernel and layer agreed on. */
struct layer_negotiated {
	unsigned int proto_major, proto_minor; /* of the kernel */
	bool passthrough;
	uint32_t max_write;     /* bytes of one write or read request */
	uint32_t max_readahead; /* bytes */
	uint32_t max_background;
	uint64_t descriptors; /* that it may have: half of them for files that are open */
	uint64_t flags;       /* FUSE_* of the INIT reply, flags2 in the upper half */
	unsigned int threads;
};

/*
 * Mounts, serves in the calling process until somebody unmounts it or SIGINT, SIGTERM or SIGHUP
 * comes, unmounts, and frees all it took. Requests that wait when it ends are finished at once.
 * Call it from the only thread of a process: it blocks those three signals while it runs, and
 * raises RLIMIT_NOFILE for good, as far as it may. ready: called once when the mount can be used,
 * with `context`; may be NULL. Returns 0 after a clean unmount, or, reported: -ECONNABORTED the
 * connection was aborted (/sys/fs/fuse/connections, umount -f of a mount in use), and the dead
 * mount is gone; -EPERM not root; -ENODEV no FUSE here; -EOPNOTSUPP the kernel has no passthrough;
 * -ELOOP the source cannot be stacked upon; -ENOTDIR, -ENOENT, -EBUSY, -EINVAL of source or
 * mountpoint; any other errno of a system call.
 */
int layer_serve(const struct layer_config *config,
		void (*ready)(void *context, const struct layer_negotiated *negotiated),
		void *context);

/* Whether an error of layer_serve() means that the machine lacks a precondition: root, FUSE,
 * passthrough, or a source that can be stacked upon. */
bool layer_precondition_missing(int error);

#endif
