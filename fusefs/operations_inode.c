/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations on an inode by itself. */
#include "fusefs/cache.h"
#include "fusefs/descriptor.h"
#include "fusefs/operations.h"
#include "fusefs/protocol.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/statvfs.h>
#include <unistd.h>

int entry_of_fd(struct layer *layer, int fd, struct fuse_entry_param *entry)
{
	struct cache_times times;
	struct inode *inode;

	*entry = (struct fuse_entry_param){ .ino = 0 };
	if (fstat(fd, &entry->attr)) {
		int error = -errno;

		close(fd);
		return error;
	}
	inode = inode_table_take(&layer->inodes, fd, &entry->attr);
	if (!inode)
		return -ENOMEM;
	times = cache_times(layer, inode, &entry->attr);
	entry->entry_timeout = times.name;
	entry->attr_timeout = times.attributes;
	entry->ino = inode == layer->root ? FUSE_ROOT_ID : (uintptr_t)inode;
	entry->generation = inode->generation;
	return 0;
}

int entry_look_up(struct layer *layer, int directory, const char *name,
		  struct fuse_entry_param *entry)
{
	int fd = OPEN_PATIENTLY(openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));

	return fd < 0 ? -errno : entry_of_fd(layer, fd, entry);
}

void entry_drop(struct layer *layer, const struct fuse_entry_param *entry)
{
	inode_table_put(&layer->inodes, inode_of(layer, entry->ino), 1);
}

void op_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct layer *layer = layer_of(request);
	struct fuse_entry_param entry;
	int r = entry_look_up(layer, fd_of(request, inode_of(layer, parent)), name, &entry);

	if (r)
		answer_error(request, r);
	else
		fuse_reply_entry(request, &entry);
}

static void forget(struct layer *layer, uint64_t nodeid, uint64_t count)
{
	if (nodeid != FUSE_ROOT_ID)
		inode_table_put(&layer->inodes, inode_of(layer, nodeid), count);
}

void op_forget(fuse_req_t request, fuse_ino_t nodeid, uint64_t count)
{
	forget(layer_of(request), nodeid, count);
	fuse_reply_none(request);
}

void op_forget_multi(fuse_req_t request, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(layer_of(request), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(request);
}

static void answer_attributes(fuse_req_t request, struct inode *inode)
{
	struct stat status;

	if (fstat(fd_of(request, inode), &status))
		answer_error(request, -errno);
	else
		fuse_reply_attr(request, &status,
				cache_times(layer_of(request), inode, &status).attributes);
}

void op_getattr(fuse_req_t request, fuse_ino_t nodeid, struct fuse_file_info *info)
{
	(void)info;
	answer_attributes(request, inode_of(layer_of(request), nodeid));
}

static int set_owner(fuse_req_t request, struct inode *inode, const struct stat *to, int set)
{
	uid_t uid = set & FUSE_SET_ATTR_UID ? to->st_uid : (uid_t)-1;
	gid_t gid = set & FUSE_SET_ATTR_GID ? to->st_gid : (gid_t)-1;
	int fd = fd_of(request, inode);

	if (!(set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)))
		return 0;
	return AS_CALLER(request, IDENTITY_CALLER,
			 fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW));
}

static int set_mode(fuse_req_t request, struct inode *inode, const struct stat *to, int set)
{
	char path[PROC_PATH_SIZE];

	if (!(set & FUSE_SET_ATTR_MODE))
		return 0;
	inode_path(layer_of(request), inode, path);
	return AS_CALLER(request, IDENTITY_CALLER, chmod(path, to->st_mode & 07777));
}

/* An open file needs no further check: its caller opened it. */
static int set_size(fuse_req_t request, struct inode *inode, const struct stat *to, int set,
		    const struct fuse_file_info *info)
{
	char path[PROC_PATH_SIZE];

	if (!(set & FUSE_SET_ATTR_SIZE))
		return 0;
	if (info)
		return ftruncate(handle_of(info)->fd, to->st_size);
	inode_path(layer_of(request), inode, path);
	return AS_CALLER(request, IDENTITY_CALLER, truncate(path, to->st_size));
}

static struct timespec time_to_set(struct timespec given, int set, int bit, int now_bit)
{
	if (set & now_bit)
		given.tv_nsec = UTIME_NOW;
	else if (!(set & bit))
		given.tv_nsec = UTIME_OMIT;
	return given;
}

/*
 * With writeback caching, the kernel sends modification times from its own clock: that of the last
 * write, and "now", which any writer may set. It has checked other times against the owner
 * (fuse_setattr(), fs/fuse/dir.c, and fuse_flush_times(), fs/fuse/inode.c, 3.16 to 6.18). Returns
 * 0, or -1 and errno.
 */
static int set_time_of_write(fuse_req_t request, struct inode *inode, int set, const char *path,
			     const struct timespec times[2])
{
	/* set_size() has set the time. */
	if (set & FUSE_SET_ATTR_SIZE)
		return 0;
	if (set & FUSE_SET_ATTR_ATIME_NOW)
		return AS_CALLER(request, IDENTITY_CALLER, utimensat(AT_FDCWD, path, NULL, 0));
	if (inode_is_written(inode))
		return utimensat(AT_FDCWD, path, times, 0);
	errno = EPERM;
	return -1;
}

static int set_times(fuse_req_t request, struct inode *inode, const struct stat *to, int set)
{
	const struct timespec times[2] = {
		time_to_set(to->st_atim, set, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW),
		time_to_set(to->st_mtim, set, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW),
	};
	char path[PROC_PATH_SIZE];

	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	/* By the link of /proc, which leads to a symbolic link itself: older kernels do not take an
	 * empty path. */
	inode_path(layer_of(request), inode, path);
	if (!AS_CALLER(request, IDENTITY_CALLER, utimensat(AT_FDCWD, path, times, 0)))
		return 0;
	if (errno != EPERM || !layer_of(request)->keeps_writes || !(set & FUSE_SET_ATTR_MTIME))
		return -1;
	return set_time_of_write(request, inode, set, path, times);
}

/* A chown that changes no owner clears the same mode bits as a write, under the inode's lock
 * (chown_common(), fs/open.c). */
int drop_setuid(fuse_req_t request, struct inode *inode, enum identity identity)
{
	int fd = fd_of(request, inode);
	struct stat status;

	if (fstat(fd, &status))
		return -1;
	if (!S_ISREG(status.st_mode) || !(status.st_mode & (S_ISUID | S_ISGID)))
		return 0;
	if (AS_CALLER(request, identity, fchownat(fd, "", (uid_t)-1, (gid_t)-1, AT_EMPTY_PATH)))
		return -1;
	cache_forget_attributes(layer_of(request), inode);
	return 0;
}

/*
 * The kernel sends a setattr that sets nothing for file_remove_privs(), before a write or
 * fallocate, and for a chown that changes no owner, which requires ownership (fuse_setattr(),
 * fs/fuse/dir.c, 5.11 to 6.18). Only the former comes without ownership, and with the file open for
 * writing.
 */
static int kill_setuid(fuse_req_t request, struct inode *inode)
{
	uint32_t valid = ((const struct fuse_setattr_in *)request_body())->valid;

	/* set_owner() has cleared them. */
	if (valid & (FATTR_UID | FATTR_GID))
		return 0;
	/* FATTR_CTIME: sent with writeback caching. */
	if (valid & ~(uint32_t)(FATTR_FH | FATTR_LOCKOWNER | FATTR_CTIME))
		return valid & SETATTR_KILL_SUIDGID ? drop_setuid(request, inode, IDENTITY_GROUPS)
						    : 0;
	if (!drop_setuid(request, inode, IDENTITY_CALLER))
		return 0;
	return errno == EPERM && inode_is_written(inode)
		       ? drop_setuid(request, inode, IDENTITY_GROUPS)
		       : -1;
}

/* The owner before the mode: chown clears setuid and setgid. Times last: all others change them. */
void op_setattr(fuse_req_t request, fuse_ino_t nodeid, struct stat *to, int set,
		struct fuse_file_info *info)
{
	struct inode *inode = inode_of(layer_of(request), nodeid);

	if (set_owner(request, inode, to, set) || kill_setuid(request, inode) ||
	    set_mode(request, inode, to, set) || set_size(request, inode, to, set, info) ||
	    set_times(request, inode, to, set))
		answer_error(request, -errno);
	else
		answer_attributes(request, inode);
}

void op_readlink(fuse_req_t request, fuse_ino_t nodeid)
{
	char target[PATH_MAX + 1];
	ssize_t length = readlinkat(fd_of(request, inode_of(layer_of(request), nodeid)), "", target,
				    sizeof(target));

	if (length < 0) {
		answer_error(request, -errno);
	} else if ((size_t)length == sizeof(target)) {
		answer_error(request, -ENAMETOOLONG);
	} else {
		target[length] = '\0';
		fuse_reply_readlink(request, target);
	}
}

void op_statfs(fuse_req_t request, fuse_ino_t nodeid)
{
	const struct layer *layer = layer_of(request);
	struct inode *inode = nodeid ? inode_of(layer, nodeid) : layer->root;
	struct statvfs status;

	if (fstatvfs(fd_of(request, inode), &status))
		answer_error(request, -errno);
	else
		fuse_reply_statfs(request, &status);
}
