/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/open_output.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40, TRIES_MAX = 16, WHY_MAX = NAME_MAX + 160 };

/* How far users other than root and the caller can change the names in a directory. */
enum exposure { PRIVATE, STICKY, OPEN };

struct walk {
	char rest[PATH_MAX]; /* of the path, to be resolved */
	int directory;       /* so far, O_PATH */
	enum exposure exposure;
	char name[NAME_MAX + 1]; /* the last part, in `directory` */
	int object;              /* what has the name, O_PATH; negative: nothing has */
	unsigned int links;
	char why[WHY_MAX];
};

static bool is_trusted(uid_t user)
{
	return user == 0 || user == geteuid();
}

static enum exposure exposure_of(const struct stat *directory)
{
	bool others = directory->st_mode & S_IWOTH ||
		      (directory->st_mode & S_IWGRP && directory->st_gid != getegid());

	if (!is_trusted(directory->st_uid))
		return OPEN;
	return !others ? PRIVATE : directory->st_mode & S_ISVTX ? STICKY : OPEN;
}

static int refuse(struct walk *walk, const char *what)
{
	snprintf(walk->why, sizeof(walk->why),
		 "%s is %s in a directory that other users may write to; give another path",
		 walk->name, what);
	return -EPERM;
}

static int fail(struct walk *walk, int error)
{
	snprintf(walk->why, sizeof(walk->why), "%s", strerror(-error));
	return error;
}

/* Enters a directory. If others can rename it in its parent, they can replace its content. */
static int enter(struct walk *walk, int directory, bool from_root)
{
	struct stat status;

	cleanup_close(&walk->directory);
	walk->directory = directory;
	if (directory < 0 || fstat(directory, &status))
		return fail(walk, -errno);
	if (!S_ISDIR(status.st_mode))
		return fail(walk, -ENOTDIR);
	if (from_root || walk->exposure != OPEN)
		walk->exposure = exposure_of(&status);
	return 0;
}

static int start(struct walk *walk)
{
	bool absolute = *walk->rest == '/';

	return enter(walk, open(absolute ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC), true);
}

/* Links of /proc may lead to a file without a path, such as a pipe; only the kernel can follow
 * them. */
static bool is_magic(const struct walk *walk)
{
	struct statfs fs;

	return !fstatfs(walk->directory, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static int follow(struct walk *walk, const struct stat *link)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t length;

	if (walk->exposure == OPEN || (walk->exposure == STICKY && !is_trusted(link->st_uid)))
		return refuse(walk, "a symbolic link");
	if (++walk->links > LINKS_MAX)
		return fail(walk, -ELOOP);
	length = readlinkat(walk->object, "", target, sizeof(target) - 1);
	if (length < 0)
		return fail(walk, -errno);
	target[length] = '\0';
	memcpy(rest, walk->rest, sizeof(rest));
	if (snprintf(walk->rest, sizeof(walk->rest), "%s%s%s", target, *rest ? "/" : "", rest) >=
	    (int)sizeof(walk->rest))
		return fail(walk, -ENAMETOOLONG);
	cleanup_close(&walk->object);
	walk->object = -1;
	snprintf(walk->name, sizeof(walk->name), ".");
	return *target == '/' ? start(walk) : 0;
}

/* Removes the first part of the rest, with the slashes around it. Returns false if there is
 * none. */
static bool take_part(struct walk *walk, char *name, size_t size)
{
	char *part = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(part, "/");
	char *behind = part + length + strspn(part + length, "/");

	snprintf(name, size, "%.*s", (int)length, part);
	memmove(walk->rest, behind, strlen(behind) + 1);
	return length > 0;
}

static int step(struct walk *walk)
{
	struct stat status;

	walk->object = openat(walk->directory, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (walk->object < 0)
		return errno == ENOENT && !*walk->rest ? 0 : fail(walk, -errno);
	if (fstat(walk->object, &status))
		return fail(walk, -errno);
	if (S_ISLNK(status.st_mode) && is_magic(walk) && is_trusted(status.st_uid)) {
		cleanup_close(&walk->object);
		walk->object = openat(walk->directory, walk->name, O_PATH | O_CLOEXEC);
		if (walk->object < 0)
			return fail(walk, -errno);
	} else if (S_ISLNK(status.st_mode)) {
		return follow(walk, &status);
	}
	return *walk->rest ? enter(walk, take_fd(&walk->object), false) : 0;
}

/* Resolves a path; leave_last: all but its last part. Returns 0 if all but the last part exists, or
 * -errno with `why` set. Call release() in any case. */
static int resolve(struct walk *walk, const char *path, bool leave_last)
{
	char name[PATH_MAX];
	int r;

	*walk = (struct walk){ .directory = -1, .object = -1, .name = "." };
	if (!*path)
		return fail(walk, -ENOENT);
	if (strlen(path) >= sizeof(walk->rest))
		return fail(walk, -ENAMETOOLONG);
	memcpy(walk->rest, path, strlen(path) + 1);
	r = start(walk);
	while (!r && take_part(walk, name, sizeof(name))) {
		if (strlen(name) >= sizeof(walk->name))
			return fail(walk, -ENAMETOOLONG);
		memcpy(walk->name, name, strlen(name) + 1);
		r = leave_last && !*walk->rest ? 0 : step(walk);
	}
	/* A link may have led to "/". */
	if (r || walk->object >= 0 || strcmp(walk->name, ".") != 0)
		return r;
	walk->object = openat(walk->directory, ".", O_PATH | O_CLOEXEC);
	return walk->object < 0 ? fail(walk, -errno) : 0;
}

static void release(struct walk *walk)
{
	cleanup_close(&walk->object);
	cleanup_close(&walk->directory);
}

/* Returns 0 if the existing object may be written to, or -errno. */
static int check_object(struct walk *walk, struct stat *status)
{
	if (fstat(walk->object, status))
		return fail(walk, -errno);
	if (walk->exposure == PRIVATE || S_ISDIR(status->st_mode))
		return 0;
	if (!is_trusted(status->st_uid))
		return refuse(walk, "another user's");
	return S_ISREG(status->st_mode) && status->st_nlink > 1
		       ? refuse(walk, "a file with other names")
		       : 0;
}

/* The path of a descriptor: the name may lead elsewhere now. */
static const char *path_of(int object, char path[32])
{
	snprintf(path, 32, "/proc/self/fd/%d", object);
	return path;
}

static int reopen(int object, int flags)
{
	char path[32];
	int fd = open(path_of(object, path), flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_there(struct walk *walk, int flags)
{
	struct stat status;
	int fd, r = check_object(walk, &status);

	if (r)
		return r;
	if (S_ISDIR(status.st_mode))
		return fail(walk, -EISDIR);
	if (S_ISREG(status.st_mode) && flags & O_EXCL)
		return fail(walk, -EEXIST);
	fd = reopen(walk->object, flags & ~O_EXCL);
	if (fd < 0)
		return fail(walk, fd);
	/* A file that is rewritten gets the mode of a new one. */
	if (S_ISREG(status.st_mode) && flags & O_TRUNC && status.st_uid == geteuid() &&
	    fchmod(fd, 0600)) {
		r = fail(walk, -errno);
		close(fd);
		return r;
	}
	return fd;
}

static int try_to_open(struct walk *walk, const char *path, int flags)
{
	int fd, r = resolve(walk, path, false);

	if (r)
		return r;
	if (walk->object >= 0)
		return open_there(walk, flags);
	if (path[strlen(path) - 1] == '/')
		return fail(walk, -EISDIR);
	fd = openat(walk->directory, walk->name, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd >= 0)
		return fd;
	r = fail(walk, -errno);
	return r == -EEXIST ? -EAGAIN : r;
}

int open_output(const char *path, int flags)
{
	struct walk walk;
	int fd = -EAGAIN;

	for (int tries = 0; fd == -EAGAIN && tries < TRIES_MAX; tries++) {
		fd = try_to_open(&walk, path, flags);
		release(&walk);
	}
	if (fd < 0)
		report(0, "%s: %s", path, walk.why);
	return fd;
}

FILE *open_output_stream(const char *path)
{
	int fd = open_output(path, O_WRONLY | O_TRUNC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !file) {
		report(-ENOMEM, "%s", path);
		close(fd);
	}
	return file;
}

int open_output_parent(const char *path, char name[NAME_MAX + 1])
{
	struct walk walk;
	int r = resolve(&walk, path, true);

	memcpy(name, walk.name, sizeof(walk.name));
	if (r)
		report(0, "%s: %s", path, walk.why);
	else
		r = take_fd(&walk.directory);
	release(&walk);
	return r;
}

static int try_to_make(struct walk *walk, const char *path, bool makes, bool *made)
{
	int r = resolve(walk, path, false);

	*made = false;
	if (r)
		return r;
	if (walk->object < 0 && makes) {
		*made = !mkdirat(walk->directory, walk->name, 0700);
		if (!*made && errno != EEXIST)
			return fail(walk, -errno);
		walk->object = openat(walk->directory, walk->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (walk->object < 0)
			return fail(walk, -errno);
	}
	if (walk->object < 0)
		return fail(walk, -ENOENT);
	r = reopen(walk->object, O_RDONLY | O_DIRECTORY);
	return r < 0 ? fail(walk, r) : r;
}

static int directory_of(const char *path, bool makes, bool *made)
{
	struct walk walk;
	int fd = try_to_make(&walk, path, makes, made);

	release(&walk);
	if (fd < 0)
		report(0, "%s: %s", path, walk.why);
	return fd;
}

int open_output_directory(const char *path)
{
	bool made;

	return directory_of(path, false, &made);
}

int make_output_directory(const char *path, bool *made)
{
	bool unused;

	return directory_of(path, true, made ?: &unused);
}

static int make_one(const char *path)
{
	_cleanup_close_ int directory = make_output_directory(path, NULL);

	return directory < 0 ? -EIO : 0;
}

int make_output_path(char *path)
{
	int r;

	for (char *slash = path; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		r = make_one(path);
		*slash = '/';
		if (r)
			return r;
	}
	return make_one(path);
}

int output_error(int error)
{
	static const int of_path[] = { EACCES, EBUSY,        EEXIST,  EINVAL, EISDIR, ELOOP,
				       ENOENT, ENAMETOOLONG, ENOTDIR, EPERM,  EROFS };

	for (size_t i = 0; i < ARRAY_SIZE(of_path); i++)
		if (error == -of_path[i])
			return -EINVAL;
	return error ? -EIO : 0;
}

int look_at_output(const char *path, struct stat *status, char *why, size_t size)
{
	struct walk walk;
	char object[32];
	int r;

	if (!*path) {
		snprintf(why, size, "the name is empty; give one");
		return -EINVAL;
	}
	r = resolve(&walk, path, false);

	if (!r && walk.object >= 0) {
		r = check_object(&walk, status);
		if (!r && !S_ISDIR(status->st_mode) && access(path_of(walk.object, object), W_OK))
			r = fail(&walk, -errno);
	} else if (!r) {
		r = faccessat(walk.directory, ".", W_OK, 0) ? fail(&walk, -errno) : -ENOENT;
	}
	release(&walk);
	if (!r || (r == -ENOENT && !*walk.why))
		return r;
	if (r == -ENOENT || r == -ENOTDIR)
		snprintf(why, size, "its directory does not exist; create it first");
	else
		snprintf(why, size, "%s", walk.why);
	return output_error(r);
}
