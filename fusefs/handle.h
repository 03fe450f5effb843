/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handles: what the kernel has open. A handle is a descriptor of its own on the backing file or
 * directory; it holds a reference on its inode, and, where the kernel passes data through, a share
 * of the inode's backing id: registered by the first open, taken back by the last release, so that
 * all opens of an inode have the same one, as the kernel demands (6.9,
 * fuse_inode_uncached_io_start(), fs/fuse/iomode.c).
 */
#ifndef FUSEFS_HANDLE_H
#define FUSEFS_HANDLE_H

#include "fusefs/state.h"

struct handle {
	struct handle *next, *previous; /* of its inode; the inode's lock */
	struct inode *inode;
	uint64_t number; /* of this open, never given again */
	int fd;
	_Atomic int flags; /* as opened, with O_DIRECT as it is now */
	pthread_mutex_t lock;
	off_t position; /* of a directory's descriptor; lock */
	bool shares_backing;
	bool appends_only; /* whatever the kernel above believes: a file of chattr +a */
};

/*
 * Makes a handle of an open descriptor, which is the handle's from now on, also on error. flags: of
 * open(2). Returns 0 and the handle, or a negative errno. Release with handle_release().
 */
int handle_adopt(struct layer *layer, struct inode *inode, int fd, int flags,
		 struct handle **handle);

/* Closes it, and drops its reference on the inode. */
void handle_release(struct layer *layer, struct handle *handle);

/* Frees all handles of an inode when the mount is gone; for inode_table_destroy(). */
void handle_release_all(void *layer, struct inode *inode);

/* Makes the descriptor direct or not, as the flags that came with a request say. */
void handle_follow_flags(struct handle *handle, int flags);

/* Whether somebody has the inode open for writing. */
bool inode_is_written(struct inode *inode);

/* Opens an inode again. flags: of open(2), those of creation aside. Returns a descriptor, or -1 and
 * errno. */
int inode_open(const struct layer *layer, struct inode *inode, int flags);

enum { PROC_PATH_SIZE = sizeof("/proc/self/fd/") + 11 };

/* The path of an inode for system calls that take no descriptor, or follow no O_PATH one. Returns
 * path. */
const char *inode_path(const struct layer *layer, struct inode *inode, char path[PROC_PATH_SIZE]);

/* The backing id of a regular file for as long as the handle is open: > 0; 0 when the kernel passes
 * nothing through. */
int32_t handle_backing_id(const struct handle *handle);

#endif
