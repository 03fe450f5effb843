/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handles: the kernel's open files and directories. A handle has its own descriptor of the backing
 * file or directory, and a reference on its inode. With passthrough it also shares the inode's
 * backing id, since the kernel requires all opens of an inode to have the same one (6.9,
 * fuse_inode_uncached_io_start(), fs/fuse/iomode.c). The first open registers that id, the last
 * release drops it.
 */
#ifndef FUSEFS_HANDLE_H
#define FUSEFS_HANDLE_H

#include "fusefs/state.h"

struct handle {
	struct handle *next, *previous; /* of its inode; the inode's lock */
	struct inode *inode;
	uint64_t number; /* of this open, never reused */
	int fd;
	_Atomic int flags;            /* of open(2), O_DIRECT updated by handle_follow_flags() */
	_Atomic bool has_been_direct; /* its flags have had O_DIRECT */
	pthread_mutex_t lock;         /* also of setting O_DIRECT */
	off_t position;               /* of a directory's descriptor; lock */
	bool shares_backing;
	bool appends_only; /* opened with O_APPEND: the backing file is append-only (chattr +a) */
};

/*
 * Makes a handle of an open descriptor, and takes a reference on the inode. The handle owns the
 * descriptor; on error it is closed. flags: of open(2). Returns 0 and the handle, or a negative
 * errno. Release with handle_release().
 */
int handle_adopt(struct layer *layer, struct inode *inode, int fd, int flags,
		 struct handle **handle);

/* Closes and frees a handle, and drops its reference on the inode. */
void handle_release(struct layer *layer, struct handle *handle);

/* Closes and frees all handles of an inode after the connection has ended; a callback of
 * inode_table_destroy(). */
void handle_release_all(void *layer, struct inode *inode);

/* Sets or clears O_DIRECT of the descriptor as in the flags of a request. Takes the handle's lock.
 */
void handle_follow_flags(struct handle *handle, int flags);

/*
 * Clears O_DIRECT of the descriptor, for an access of any length, and keeps other threads, which
 * may use the handle directly, from setting it. Returns whether that takes the handle's lock: then
 * call handle_allow_direct() after the access.
 */
bool handle_forbid_direct(struct handle *handle);
void handle_allow_direct(struct handle *handle);

/* Whether a handle of the inode is open for writing. Takes the inode's lock. */
bool inode_is_written(struct inode *inode);

/* Opens the file of an inode anew. flags: of open(2); O_CREAT, O_EXCL, O_NOFOLLOW and O_NOCTTY are
 * ignored. Returns a descriptor that the caller closes, or -1 and errno. */
int inode_open(const struct layer *layer, struct inode *inode, int flags);

enum { PROC_PATH_SIZE = sizeof("/proc/self/fd/") + 11 };

/* Writes a path of the inode in /proc, for system calls that take no O_PATH descriptor. It is valid
 * until inode_close_borrowed(). Returns path. */
const char *inode_path(const struct layer *layer, struct inode *inode, char path[PROC_PATH_SIZE]);

/* The backing id that the handle shares, > 0; 0 for directories and without passthrough. */
int32_t handle_backing_id(const struct handle *handle);

#endif
