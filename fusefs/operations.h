/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of the file system, as libfuse calls them. Each does the same to the backing file
 * system and answers with the result.
 */
#ifndef FUSEFS_OPERATIONS_H
#define FUSEFS_OPERATIONS_H

#include "fusefs/execution.h"
#include "fusefs/handle.h"
#include "fusefs/identity.h"

#include <errno.h>
#include <linux/fuse.h>

/* All operations but init, which session.c adds. */
extern const struct fuse_lowlevel_ops layer_operations;

/* The handle of a request on an open file or directory. */
static inline struct handle *handle_of(const struct fuse_file_info *info)
{
	return (struct handle *)(uintptr_t)info->fh;
}

/* The descriptor of an inode, as inode_fd() gives it. */
static inline int fd_of(fuse_req_t request, struct inode *inode)
{
	return inode_fd(&layer_of(request)->inodes, inode);
}

/* Answers with an error (negative errno), or with success (0). */
static inline void answer_error(fuse_req_t request, int error)
{
	fuse_reply_err(request, -error);
}

/* Answers with errno if the result of a system call is negative, otherwise with success. */
static inline void answer_result(fuse_req_t request, int result)
{
	fuse_reply_err(request, result < 0 ? errno : 0);
}

/*
 * Looks `name` up in a directory (descriptor), and takes a reference on its inode. entry: filled in
 * on success; the answer passes the reference to the kernel. Returns 0 or a negative errno.
 */
int entry_look_up(struct layer *layer, int directory, const char *name,
		  struct fuse_entry_param *entry);

/* The same for a descriptor (O_PATH), which the inode table owns from now on, also on error. */
int entry_of_fd(struct layer *layer, int fd, struct fuse_entry_param *entry);

/* Drops the reference of an entry that does not go into an answer. */
void entry_drop(struct layer *layer, const struct fuse_entry_param *entry);

/* The current request after its header, for fields that libfuse 3.14 does not pass on. */
static inline const void *request_body(void)
{
	return current_execution->header + 1;
}

/*
 * Clears setuid and setgid of a regular file by a chown that changes no owner. identity:
 * IDENTITY_GROUPS, as a write without CAP_FSETID does, or IDENTITY_CALLER, as the caller's chown
 * does. Returns 0, or -1 and errno.
 */
int drop_setuid(fuse_req_t request, struct inode *inode, enum identity identity);

/* operations_inode.c */
void op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name);
void op_forget(fuse_req_t request, fuse_ino_t nodeid, uint64_t count);
void op_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets);
void op_getattr(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info);
void op_setattr(fuse_req_t request, fuse_ino_t nodeid, struct stat *to, int set,
		struct fuse_file_info *info);
void op_readlink(fuse_req_t request, fuse_ino_t nodeid);
void op_statfs(fuse_req_t request, fuse_ino_t nodeid);

/* operations_name.c */
void op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *info);
void op_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device);
void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode);
void op_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name);
void op_link(fuse_req_t request, fuse_ino_t nodeid, fuse_ino_t parent, const char *name);
void op_unlink(fuse_req_t request, fuse_ino_t parent, const char *name);
void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name);
void op_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	       const char *new_name, unsigned int flags);

/* operations_file.c */

/* How many of `size` bytes the hooks let the current request move. */
size_t shortened(size_t size);

void op_open(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info);
void op_release(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info);
void op_read(fuse_req_t request, fuse_ino_t nodeid, size_t size, off_t offset,
	     struct fuse_file_info *info);
void op_write(fuse_req_t request, fuse_ino_t nodeid, const char *data, size_t size, off_t offset,
	      struct fuse_file_info *info);
void op_flush(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info);
void op_fsync(fuse_req_t request, fuse_ino_t nodeid, int data_only, struct fuse_file_info *info);
void op_fallocate(fuse_req_t request, fuse_ino_t nodeid, int mode, off_t offset, off_t length,
		  struct fuse_file_info *info);
void op_lseek(fuse_req_t request, fuse_ino_t nodeid, off_t offset, int whence,
	      struct fuse_file_info *info);
void op_copy_file_range(fuse_req_t request, fuse_ino_t from_nodeid, off_t from_offset,
			struct fuse_file_info *from, fuse_ino_t to_nodeid, off_t to_offset,
			struct fuse_file_info *to, size_t length, int flags);
void op_ioctl(fuse_req_t request, fuse_ino_t nodeid, unsigned int command, void *argument,
	      struct fuse_file_info *info, unsigned int flags, const void *in, size_t in_size,
	      size_t out_size);

/* Answers to open, or to create if entry is not NULL. The kernel owns the handle from now on; if
 * the answer does not arrive, undo() releases it. */
void answer_open(fuse_req_t request, const struct fuse_entry_param *entry, struct handle *handle,
		 struct fuse_file_info *info);

/*
 * Opens an inode as the caller; a program that the kernel opens to run it need only be executable.
 * flags: of open(2). Returns 0 and a handle, or a negative errno.
 */
int open_as_caller(fuse_req_t request, fuse_ino_t nodeid, int flags, struct handle **handle);

/* operations_directory.c */
void op_opendir(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info);
void op_readdir(fuse_req_t request, fuse_ino_t nodeid, size_t size, off_t offset,
		struct fuse_file_info *info);
void op_readdirplus(fuse_req_t request, fuse_ino_t nodeid, size_t size, off_t offset,
		    struct fuse_file_info *info);
void op_fsyncdir(fuse_req_t request, fuse_ino_t nodeid, int data_only, struct fuse_file_info *info);

/* operations_xattr.c */
void op_setxattr(fuse_req_t request, fuse_ino_t nodeid, const char *name, const char *value,
		 size_t size, int flags);
void op_getxattr(fuse_req_t request, fuse_ino_t nodeid, const char *name, size_t size);
void op_listxattr(fuse_req_t request, fuse_ino_t nodeid, size_t size);
void op_removexattr(fuse_req_t request, fuse_ino_t nodeid, const char *name);

#endif
