/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that make, move and remove names. */
#include "fusefs/descriptor.h"
#include "fusefs/operations.h"
#include "injector/base/same_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int parent_fd(fuse_req_t request, fuse_ino_t parent)
{
	return fd_of(request, inode_of(layer_of(request), parent));
}

/* Whether the mode has setgid: a new file keeps it only if the caller is in its group or has
 * CAP_FSETID (mode_strip_sgid(), fs/inode.c, 6.0). */
static bool takes_group(mode_t mode)
{
	return mode & S_ISGID;
}

/*
 * Makes a file. Never opens an existing one, which the kernel has not checked: it was created since
 * the kernel's look-up. On ESTALE the kernel looks up again and opens it; a second ESTALE goes to
 * the caller (do_filp_open(), fs/namei.c, 2.6.39 to 6.18). Returns a descriptor or a negative
 * errno.
 */
static int create_file(fuse_req_t request, int directory, const char *name, int flags, mode_t mode)
{
	int made = (flags & ~(O_APPEND | O_NOCTTY)) | O_CLOEXEC, fd;

	/* See make_readable(). */
	if (layer_of(request)->keeps_writes && (flags & O_ACCMODE) == O_WRONLY)
		made = (made & ~O_ACCMODE) | O_RDWR;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		name = "."; /* the directory itself; the kernel's name has no meaning */
	else
		made |= O_CREAT | O_EXCL | O_NOFOLLOW;
	fd = OPEN_PATIENTLY(
		takes_group(mode)
			? AS_CALLER(request, IDENTITY_CALLER, openat(directory, name, made, mode))
			: AS_CALLER_CHEAPLY(request, openat(directory, name, made, mode)));
	if (fd >= 0)
		return fd;
	return errno == EEXIST && !(flags & O_EXCL) ? -ESTALE : -errno;
}

/* Makes the entry of an open file, even if it was renamed. Returns 0 or a negative errno. */
static int entry_of_file(struct layer *layer, int fd, struct fuse_entry_param *entry)
{
	char name[16];
	int path_fd;

	snprintf(name, sizeof(name), "%d", fd);
	path_fd = OPEN_PATIENTLY(openat(layer->proc_fd, name, O_PATH | O_CLOEXEC));
	return path_fd < 0 ? -errno : entry_of_fd(layer, path_fd, entry);
}

/* Makes entry and handle of a new file; they own its descriptor, also on error. Returns 0 or a
 * negative errno. */
static int hand_out(struct layer *layer, int fd, int flags, struct fuse_entry_param *entry,
		    struct handle **handle)
{
	int r = entry_of_file(layer, fd, entry);

	if (r) {
		close(fd);
		return r;
	}
	r = handle_adopt(layer, inode_of(layer, entry->ino), fd, flags, handle);
	if (r)
		entry_drop(layer, entry);
	return r;
}

static bool has_name(int directory, const char *name, const struct stat *made)
{
	struct stat status;

	return !fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) &&
	       is_same_file(&status, made);
}

static void remove_made(fuse_req_t request, int directory, const char *name, int flags)
{
	(void)AS_CALLER_CHEAPLY(request, unlinkat(directory, name, flags));
}

void op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *info)
{
	struct layer *layer = layer_of(request);
	int directory = parent_fd(request, parent);
	struct fuse_entry_param entry;
	struct handle *handle;
	struct stat made;
	int fd, r;

	fd = create_file(request, directory, name, info->flags, mode);
	if (fd < 0) {
		answer_error(request, fd);
		return;
	}
	fstat(fd, &made);
	r = hand_out(layer, fd, info->flags & ~O_TMPFILE, &entry, &handle);
	if (!r) {
		answer_open(request, &entry, handle, info);
		return;
	}
	/* A file that could not be opened must not remain. */
	if (has_name(directory, name, &made))
		remove_made(request, directory, name, 0);
	answer_error(request, r);
}

/* Answers with the entry of what was made, or with errno if result < 0. flags: of unlinkat(2), to
 * remove it if no descriptor or memory is left to look it up. */
static void answer_made(fuse_req_t request, int result, fuse_ino_t parent, const char *name,
			int flags)
{
	int r = result < 0 ? -errno : 0, directory = parent_fd(request, parent);
	struct fuse_entry_param entry;

	if (!r)
		r = entry_look_up(layer_of(request), directory, name, &entry);
	if (!r) {
		fuse_reply_entry(request, &entry);
		return;
	}
	if (result >= 0 && (r == -EMFILE || r == -ENFILE || r == -ENOMEM))
		remove_made(request, directory, name, flags);
	answer_error(request, r);
}

void op_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
	int directory = parent_fd(request, parent);

	answer_made(request,
		    takes_group(mode)
			    ? AS_CALLER(request, IDENTITY_CALLER,
					mknodat(directory, name, mode, device))
			    : AS_CALLER_CHEAPLY(request, mknodat(directory, name, mode, device)),
		    parent, name, 0);
}

void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
	int directory = parent_fd(request, parent);

	answer_made(request, AS_CALLER_CHEAPLY(request, mkdirat(directory, name, mode)), parent,
		    name, AT_REMOVEDIR);
}

void op_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
	int directory = parent_fd(request, parent);

	answer_made(request, AS_CALLER_CHEAPLY(request, symlinkat(target, directory, name)), parent,
		    name, 0);
}

void op_link(fuse_req_t request, fuse_ino_t nodeid, fuse_ino_t parent, const char *name)
{
	struct inode *inode = inode_of(layer_of(request), nodeid);
	int directory = parent_fd(request, parent);
	char path[PROC_PATH_SIZE];

	/* By path: AT_EMPTY_PATH requires a capability that most callers lack. */
	inode_path(layer_of(request), inode, path);
	answer_made(request,
		    AS_CALLER_CHEAPLY(request,
				      linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW)),
		    parent, name, 0);
}

static void remove_name(fuse_req_t request, fuse_ino_t parent, const char *name, int flags)
{
	int directory = parent_fd(request, parent);

	answer_result(request, AS_CALLER_CHEAPLY(request, unlinkat(directory, name, flags)));
}

void op_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	remove_name(request, parent, name, 0);
}

void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	remove_name(request, parent, name, AT_REMOVEDIR);
}

void op_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	       const char *new_name, unsigned int flags)
{
	int from = parent_fd(request, parent), to = parent_fd(request, new_parent);
	int result = AS_CALLER_CHEAPLY(request, renameat2(from, name, to, new_name, flags));

	atomic_fetch_add(&layer_of(request)->renames, 1);
	answer_result(request, result);
}
