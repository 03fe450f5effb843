/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on open files. */
#include "fusefs/cache.h"
#include "fusefs/operations.h"
#include "fusefs/protocol.h"
#include "injector/base/array.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

/* COPY_MAX: bytes of one copy_file_range, whose answer has 32 bits; callers ask for the rest. */
enum { SECTOR = 512, COPY_MAX = 1 << 30 };

/*
 * FOPEN_* of an open file on each data path. answer_open() adds FOPEN_KEEP_CACHE where pages may
 * stay cached from one open to the next.
 */
static const uint32_t open_flags[LAYER_DATA_PATHS] = {
	[LAYER_PASSTHROUGH] = OPEN_PASSTHROUGH,
	[LAYER_MIXED] = OPEN_PASSTHROUGH | FOPEN_DIRECT_IO | OPEN_PARALLEL_DIRECT_WRITES,
	[LAYER_DAEMON] = 0,
};

void answer_open(fuse_req_t request, const struct fuse_entry_param *entry, struct handle *handle,
		 struct fuse_file_info *info)
{
	enum layer_data_path data_path = layer_of(request)->config->data_path;

	info->fh = (uintptr_t)handle;
	current_execution->open_flags =
		open_flags[handle->appends_only && data_path == LAYER_PASSTHROUGH ? LAYER_MIXED
										  : data_path];
	if (cache_keeps_pages(layer_of(request), handle->inode))
		current_execution->open_flags |= FOPEN_KEEP_CACHE;
	/* Pages cannot be written back to an append-only file: each has its offset. */
	if (cache_goes_direct(layer_of(request), handle->inode) ||
	    (layer_of(request)->keeps_writes && handle->appends_only))
		current_execution->open_flags |= FOPEN_DIRECT_IO;
	current_execution->backing_id = handle_backing_id(handle);
	/* reply_send() takes back an answer that cannot be sent. */
	if (entry)
		fuse_reply_create(request, entry, info);
	else
		fuse_reply_open(request, info);
}

/* Returns a descriptor, or -1 and errno. */
static int open_as(fuse_req_t request, struct inode *inode, int flags, enum identity identity)
{
	const struct layer *layer = layer_of(request);
	char path[PROC_PATH_SIZE];

	if (!(flags & OPEN_EXEC))
		return AS_CALLER(request, identity, inode_open(layer, inode, flags));
	inode_path(layer_of(request), inode, path);
	if (AS_CALLER(request, identity, faccessat(AT_FDCWD, path, X_OK, AT_EACCESS)))
		return -1;
	return inode_open(layer, inode, flags);
}

/* Returns a descriptor or a negative errno. */
static int open_inode(fuse_req_t request, struct inode *inode, int flags)
{
	int fd = open_as(request, inode, flags, IDENTITY_USER);

	if (fd < 0 && identity_was_short())
		fd = open_as(request, inode, flags, IDENTITY_CALLER);
	return fd < 0 ? -errno : fd;
}

/*
 * With writeback caching, the kernel reads the rest of a partly written page through any handle
 * that is open for writing, and checks itself what the caller may do. Closes a write-only fd and
 * returns a readable descriptor instead, or a negative errno.
 */
static int make_readable(const struct layer *layer, struct inode *inode, int fd, int flags)
{
	int readable;

	if ((flags & O_ACCMODE) != O_WRONLY)
		return fd;
	readable = inode_open(layer, inode, (flags & ~(O_ACCMODE | O_APPEND | O_TRUNC)) | O_RDWR);
	if (readable < 0)
		readable = -errno;
	close(fd);
	return readable;
}

int open_as_caller(fuse_req_t request, fuse_ino_t nodeid, int flags, struct handle **handle)
{
	struct layer *layer = layer_of(request);
	struct inode *inode = inode_of(layer, nodeid);
	/* Without O_APPEND: write_file() appends by the flags of each request, which may change. */
	int fd = open_inode(request, inode, flags & ~O_APPEND), r;
	bool appends_only = false;

	/*
	 * An append-only file (chattr +a) can only be opened with O_APPEND. Write-only: a readable
	 * one could be mapped, since the kernel does not know the flag of a FUSE file. Its writes
	 * come to the layer, since passthrough takes the flags of asynchronous ones from F_SETFL
	 * (backing_file_write_iter(), fs/backing-file.c, 6.18).
	 */
	if (fd == -EPERM && (flags & (O_ACCMODE | O_APPEND)) == (O_WRONLY | O_APPEND)) {
		fd = open_inode(request, inode, flags);
		appends_only = fd >= 0;
	}
	if (fd >= 0 && layer->keeps_writes && !appends_only)
		fd = make_readable(layer, inode, fd, flags);
	r = fd < 0 ? fd : handle_adopt(layer, inode, fd, flags, handle);
	if (r)
		return r;
	(*handle)->appends_only = appends_only;
	/* cache_times() lets attributes of a written file be cached no more. */
	if (layer->cache == LAYER_CACHE_ALWAYS && (flags & O_ACCMODE) != O_RDONLY)
		cache_forget_attributes(layer, inode);
	return 0;
}

void op_open(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info)
{
	struct handle *handle;
	int r = open_as_caller(request, nodeid, info->flags, &handle);

	if (r)
		answer_error(request, r);
	else
		answer_open(request, NULL, handle, info);
}

void op_release(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info)
{
	(void)nodeid;
	handle_release(layer_of(request), handle_of(info));
	answer_error(request, 0);
}

/* The hooks, if they have a plan for the current request; else NULL. */
static const struct hooks *data_hooks(void)
{
	return current_execution->request->plan ? current_execution->worker->layer->config->hooks
						: NULL;
}

size_t shortened(size_t size)
{
	const struct hooks *hooks = data_hooks();

	return hooks && hooks->shorten && size
		       ? hooks->shorten(hooks->injector, current_execution->request, size)
		       : size;
}

void op_read(fuse_req_t request, fuse_ino_t nodeid, size_t size, off_t offset,
	     struct fuse_file_info *info)
{
	char *data = current_execution->worker->read_area;
	struct handle *handle = handle_of(info);
	ssize_t length;

	(void)nodeid;
	handle_follow_flags(handle, info->flags);
	length = pread(handle->fd, data, size, offset);
	if (length < 0) {
		answer_error(request, -errno);
		return;
	}
	/* Shortened after the read: a direct read requires whole sectors. */
	length = (ssize_t)shortened((size_t)length);
	if (data_hooks() && data_hooks()->alter_read)
		data_hooks()->alter_read(data_hooks()->injector, current_execution->request, data,
					 (size_t)length);
	fuse_reply_buf(request, data, (size_t)length);
}

/* RWF_* of the flags of a write request: those of the file with those of the call, RWF_DSYNC as
 * O_DSYNC (fuse_write_flags(), fs/fuse/file.c, 6.18). */
static int write_flags(int flags)
{
	int sync = (flags & O_SYNC) == O_SYNC ? RWF_SYNC : flags & O_DSYNC ? RWF_DSYNC : 0;

	return sync | (flags & O_APPEND ? RWF_APPEND : 0);
}

/*
 * Appends at the current end of the backing file, which may have grown beneath. Pages that the
 * kernel writes back go to their offset and may be of any length: never appended, never direct.
 */
static ssize_t write_file(fuse_req_t request, struct handle *handle, const char *data, size_t size,
			  off_t offset, const struct fuse_file_info *info)
{
	const struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
	int flags = info->writepage ? 0 : info->flags;
	ssize_t written;
	bool locked;

	/* What cannot lose its setuid is not written, as on a local file system. */
	if (((const struct fuse_write_in *)request_body())->write_flags & WRITE_KILL_SUIDGID &&
	    drop_setuid(request, handle->inode, IDENTITY_GROUPS))
		return -1;
	if (flags & O_DIRECT) {
		handle_follow_flags(handle, flags);
		return pwritev2(handle->fd, &iov, 1, offset, write_flags(flags));
	}
	locked = handle_forbid_direct(handle);
	written = pwritev2(handle->fd, &iov, 1, offset, write_flags(flags));
	if (locked)
		handle_allow_direct(handle);
	return written;
}

void op_write(fuse_req_t request, fuse_ino_t nodeid, const char *data, size_t size, off_t offset,
	      struct fuse_file_info *info)
{
	size_t whole = size;
	ssize_t length;

	(void)nodeid;
	size = shortened(size);
	/* A direct write requires whole sectors. */
	if (size < whole && size % SECTOR)
		info->flags &= ~O_DIRECT;
	/* The message is the layer's own. */
	if (data_hooks() && data_hooks()->alter_write)
		data_hooks()->alter_write(data_hooks()->injector, current_execution->request,
					  (char *)data, size);
	length = write_file(request, handle_of(info), data, size, offset, info);
	if (length < 0)
		answer_error(request, -errno);
	else
		fuse_reply_write(request, (size_t)length);
}

/* Has the backing file system do what it does at close(2): NFS writes back, and reports errors. */
static int flush(const struct handle *handle)
{
	int copy = dup(handle->fd);

	if (copy >= 0)
		return close(copy);
	/* No descriptor is left, and close(2) must succeed all the same. */
	return (handle->flags & O_ACCMODE) == O_RDONLY ? 0 : fdatasync(handle->fd);
}

void op_flush(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info)
{
	(void)nodeid;
	answer_result(request, flush(handle_of(info)));
}

static int sync_handle(const struct fuse_file_info *info, int data_only)
{
	return data_only ? fdatasync(handle_of(info)->fd) : fsync(handle_of(info)->fd);
}

void op_fsync(fuse_req_t request, fuse_ino_t nodeid, int data_only, struct fuse_file_info *info)
{
	(void)nodeid;
	answer_result(request, sync_handle(info, data_only));
}

void op_fsyncdir(fuse_req_t request, fuse_ino_t nodeid, int data_only, struct fuse_file_info *info)
{
	(void)nodeid;
	answer_result(request, sync_handle(info, data_only));
}

void op_fallocate(fuse_req_t request, fuse_ino_t nodeid, int mode, off_t offset, off_t length,
		  struct fuse_file_info *info)
{
	(void)nodeid;
	answer_result(request, fallocate(handle_of(info)->fd, mode, offset, length));
}

void op_lseek(fuse_req_t request, fuse_ino_t nodeid, off_t offset, int whence,
	      struct fuse_file_info *info)
{
	off_t found;

	(void)nodeid;
	/*
	 * Cached writes would look like holes: the kernel asks without writing them back first.
	 * After ENOSYS it takes the whole file for data (fuse_file_llseek(), fs/fuse/file.c, 6.18).
	 */
	if (layer_of(request)->keeps_writes) {
		answer_error(request, -ENOSYS);
		return;
	}
	found = lseek(handle_of(info)->fd, offset, whence);
	if (found < 0)
		answer_error(request, -errno);
	else
		fuse_reply_lseek(request, found);
}

/* NOLINTNEXTLINE(readability-function-size): libfuse sets the parameters */
void op_copy_file_range(fuse_req_t request, fuse_ino_t from_nodeid, off_t from_offset,
			struct fuse_file_info *from, fuse_ino_t to_nodeid, off_t to_offset,
			struct fuse_file_info *to, size_t length, int flags)
{
	size_t most = length < COPY_MAX ? length : COPY_MAX;
	ssize_t copied = copy_file_range(handle_of(from)->fd, &from_offset, handle_of(to)->fd,
					 &to_offset, most, (unsigned int)flags);

	(void)from_nodeid;
	(void)to_nodeid;
	if (copied < 0)
		answer_error(request, -errno);
	else
		fuse_reply_write(request, (size_t)copied);
}

/* The commands of lsattr and chattr that the kernel sends, and the sizes of their arguments. */
static const struct {
	unsigned int command;
	bool sets;
	size_t size;
} ioctls[] = {
	{ (unsigned int)FS_IOC_GETFLAGS, false, sizeof(int) },
	{ (unsigned int)FS_IOC_SETFLAGS, true, sizeof(int) },
	{ (unsigned int)FS_IOC_FSGETXATTR, false, sizeof(struct fsxattr) },
	{ (unsigned int)FS_IOC_FSSETXATTR, true, sizeof(struct fsxattr) },
};

static int run_ioctl(fuse_req_t request, int fd, unsigned int command, const void *in,
		     size_t in_size, void *argument)
{
	for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++) {
		if (ioctls[i].command != command)
			continue;
		if (ioctls[i].sets && in_size < ioctls[i].size)
			return -EINVAL;
		if (ioctls[i].sets)
			memcpy(argument, in, ioctls[i].size);
		return AS_CALLER(request, IDENTITY_CALLER, ioctl(fd, command, argument)) ? -errno
											 : 0;
	}
	return -ENOTTY;
}

/* NOLINTNEXTLINE(readability-function-size): libfuse sets the parameters */
void op_ioctl(fuse_req_t request, fuse_ino_t nodeid, unsigned int command, void *argument,
	      struct fuse_file_info *info, unsigned int flags, const void *in, size_t in_size,
	      size_t out_size)
{
	union {
		struct fsxattr attributes;
		int flags;
	} value = { .attributes = { .fsx_xflags = 0 } };
	int r;

	(void)nodeid;
	(void)argument;
	r = flags & FUSE_IOCTL_COMPAT
		    ? -ENOSYS
		    : run_ioctl(request, handle_of(info)->fd, command, in, in_size, &value);
	cache_forget_attributes(layer_of(request), handle_of(info)->inode);
	if (r)
		answer_error(request, r);
	else
		fuse_reply_ioctl(request, 0, &value,
				 out_size < sizeof(value) ? out_size : sizeof(value));
}
