/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attempts to open files, and operations on open files. */
#include "injector/base/cleanup.h"
#include "tests/hostile/attempts.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { PAGE = 4096, GREETING = 5 };

static long open_again(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int handle = open(path, O_PATH | O_CLOEXEC), fd = -1;
	char name[32];

	if (handle < 0)
		return -errno;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", handle);
	fd = open(name, attempt->flags | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

static long read_all(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | attempt->flags);
	char data[64];

	return fd < 0 ? -errno : attempt_result(pread(fd, data, sizeof(data), 0));
}

static long read_what_is_cached(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char data[64];
	const struct iovec to = { data, sizeof(data) };

	if (fd < 0)
		return -errno;
	(void)!pread(fd, data, sizeof(data), 0);
	return attempt_result(preadv2(fd, &to, 1, 0, attempt->flags));
}

static long write_with(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct iovec from = { (void *)"vector", 6 };

	return fd < 0 ? -errno : attempt_result(pwritev2(fd, &from, 1, 2, attempt->flags));
}

/* Maps a file, and stores to the mapping if it is writable. flags: of open; number: the protection;
 * other: not NULL for a private mapping */
static long map(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);
	char *data;
	long r;

	if (fd < 0)
		return -errno;
	data = mmap(NULL, PAGE, (int)attempt->number, attempt->other ? MAP_PRIVATE : MAP_SHARED, fd,
		    0);
	if (data == MAP_FAILED)
		return -errno;
	if (attempt->number & PROT_WRITE)
		data[0] = '!';
	r = attempt_result(msync(data, PAGE, MS_SYNC));
	munmap(data, PAGE);
	return r;
}

/* Whether a mapping of a file opened for reading can be made writable later. */
static long protect(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *data;
	long r;

	if (fd < 0)
		return -errno;
	data = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	r = attempt_result(mprotect(data, PAGE, (int)attempt->number));
	munmap(data, PAGE);
	return r;
}

static long allocate(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(fallocate(fd, attempt->flags, 0, attempt->number));
}

static long truncate_open(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(ftruncate(fd, attempt->number));
}

/* Copies from `other`. */
static long copy_range(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int from = open(attempt->other, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(path, O_WRONLY | O_CLOEXEC);

	if (from < 0 || to < 0)
		return -errno;
	return attempt_result(copy_file_range(from, NULL, to, NULL, GREETING, 0));
}

static long send_range(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int from = open(attempt->other, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(path, O_WRONLY | O_CLOEXEC);

	return from < 0 || to < 0 ? -errno : attempt_result(sendfile(to, from, NULL, GREETING));
}

static long splice_in(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int to = open(path, O_WRONLY | O_CLOEXEC);
	int ends[2];
	long r;

	(void)attempt;
	if (to < 0 || pipe2(ends, O_CLOEXEC))
		return -errno;
	(void)!write(ends[1], "piped", GREETING);
	r = attempt_result(splice(ends[0], NULL, to, NULL, GREETING, 0));
	close(ends[0]);
	close(ends[1]);
	return r;
}

static long clone_of(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int from = open(attempt->other, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(path, O_WRONLY | O_CLOEXEC);

	return from < 0 || to < 0 ? -errno : attempt_result(ioctl(to, FICLONE, from));
}

static long execute(const struct attempt *attempt, const char *path)
{
	char name[64];
	char *const arguments[] = { name, NULL };
	int status, r;
	pid_t child;

	(void)attempt;
	snprintf(name, sizeof(name), "./%s", path);
	r = posix_spawn(&child, name, NULL, NULL, arguments, environ);
	if (r)
		return -r;
	waitpid(child, &status, 0);
	return status;
}

/* number: the kind of flock() lock */
static long lock_whole(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(flock(fd, (int)attempt->number | LOCK_NB));
}

/* flags: of open; number: F_RDLCK or F_WRLCK; other: not NULL for an open file description lock */
static long lock_range(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);
	struct flock lock = { .l_type = (short)attempt->number, .l_len = 4 };

	if (fd < 0)
		return -errno;
	return attempt_result(fcntl(fd, attempt->other ? F_OFD_SETLK : F_SETLK, &lock));
}

static long lease(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(fcntl(fd, F_SETLEASE, (int)attempt->number));
}

/* flags: of open; number: of F_SETFL */
static long change_flags(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(fcntl(fd, F_SETFL, (int)attempt->number));
}

static long synchronize(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return attempt_result(fsync(fd) | fdatasync(fd) |
			      sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
}

static long seek(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(lseek(fd, 0, attempt->flags));
}

#define MODES   "f000 f400 f600 f640 f660 f606 f066 f222 root600"
#define SET_IDS "f4777 f2777 f6777 f2766 f6666 f2770 root6777"

const struct attempt attempts_on_files[] = {
	{ "open O_RDONLY", attempt_open, MODES, O_RDONLY, 0, NULL },
	{ "open O_WRONLY", attempt_open, MODES, O_WRONLY, 0, NULL },
	{ "open O_RDWR", attempt_open, MODES " f666", O_RDWR, 0, NULL },
	{ "open 3", attempt_open, "f400 f222 f666", O_ACCMODE, 0, NULL },
	{ "open O_PATH", attempt_open, "f000 root600", O_PATH, 0, NULL },
	{ "open O_RDONLY O_TRUNC", attempt_open, "f400 f640 f666 f6777", O_TRUNC, 0, NULL },
	{ "open O_WRONLY O_TRUNC", attempt_open, "f640 f660 " SET_IDS, O_WRONLY | O_TRUNC, 0,
	  NULL },
	{ "open O_CREAT", attempt_open, "f400 f600 f640 f660 root600", O_RDWR | O_CREAT, 0, NULL },
	{ "open O_CREAT O_EXCL", attempt_open, "f600 f666", O_RDWR | O_CREAT | O_EXCL, 0, NULL },
	{ "open O_CREAT O_TRUNC", attempt_open, "f640 f6777", O_WRONLY | O_CREAT | O_TRUNC, 0,
	  NULL },
	{ "open O_APPEND", attempt_open, "f400 f660 root644", O_WRONLY | O_APPEND, 0, NULL },
	{ "open O_NOATIME", attempt_open, "f644 f666 root644", O_RDONLY | O_NOATIME, 0, NULL },
	{ "open O_DIRECT", attempt_open, "f600 f666", O_RDWR | O_DIRECT, 0, NULL },
	{ "open O_DIRECTORY", attempt_open, "f600 f666", O_DIRECTORY, 0, NULL },
	{ "open O_DIRECTORY O_CREAT", attempt_open, "f600", O_DIRECTORY | O_CREAT, 0, NULL },
	{ "open O_SYNC", attempt_open, "f600 f666", O_RDWR | O_SYNC, 0, NULL },
	{ "open an O_PATH for reading", open_again, "f000 f600 f640", O_RDONLY, 0, NULL },
	{ "open an O_PATH for writing", open_again, "f000 f400 f640 f660", O_RDWR, 0, NULL },
	{ "open an O_PATH O_TRUNC", open_again, "f400 f660", O_WRONLY | O_TRUNC, 0, NULL },
	{ "read", read_all, "f400 f640 f222", 0, 0, NULL },
	{ "preadv2 RWF_HIPRI", read_what_is_cached, "f644", RWF_HIPRI, 0, NULL },
	{ "preadv2 RWF_NOWAIT", read_what_is_cached, "f644", RWF_NOWAIT, 0, NULL },
	{ "write", attempt_write, "f400 f222 f660 " SET_IDS, 0, 0, NULL },
	{ "write O_APPEND", attempt_write, "f222 f2777 f6666", O_APPEND, 0, NULL },
	{ "write O_SYNC", attempt_write, "f222 f6777", O_SYNC, 0, NULL },
	{ "pwritev2", write_with, "f660 f6777", 0, 0, NULL },
	{ "pwritev2 RWF_DSYNC", write_with, "f660 f6777", RWF_DSYNC, 0, NULL },
	{ "pwritev2 RWF_APPEND", write_with, "f660 f6777", RWF_APPEND, 0, NULL },
	{ "map shared read", map, "f400 f222 f640", O_RDONLY, PROT_READ, NULL },
	{ "map shared write", map, "f400 f660 " SET_IDS, O_RDWR, PROT_READ | PROT_WRITE, NULL },
	{ "map shared write of O_RDONLY", map, "f666", O_RDONLY, PROT_READ | PROT_WRITE, NULL },
	{ "map shared read of O_WRONLY", map, "f666 f222", O_WRONLY, PROT_READ, NULL },
	{ "map private write of O_RDONLY", map, "f644", O_RDONLY, PROT_READ | PROT_WRITE,
	  "private" },
	{ "map execute", map, "f644 f755", O_RDONLY, PROT_READ | PROT_EXEC, NULL },
	{ "map private execute", map, "f644 f750", O_RDONLY, PROT_READ | PROT_EXEC, "private" },
	{ "mprotect PROT_WRITE", protect, "f666", 0, PROT_READ | PROT_WRITE, NULL },
	{ "mprotect PROT_EXEC", protect, "f666", 0, PROT_READ | PROT_EXEC, NULL },
	{ "fallocate", allocate, "f660 " SET_IDS, 0, PAGE, NULL },
	{ "fallocate KEEP_SIZE", allocate, "f660 f6777", FALLOC_FL_KEEP_SIZE, 2 * PAGE, NULL },
	{ "fallocate PUNCH_HOLE", allocate, "f660 f6777",
	  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, NULL },
	{ "fallocate PUNCH_HOLE alone", allocate, "f660", FALLOC_FL_PUNCH_HOLE, PAGE, NULL },
	{ "fallocate ZERO_RANGE", allocate, "f660 f6777", FALLOC_FL_ZERO_RANGE, PAGE, NULL },
	{ "fallocate COLLAPSE_RANGE", allocate, "f660", FALLOC_FL_COLLAPSE_RANGE, PAGE, NULL },
	{ "fallocate INSERT_RANGE", allocate, "f660", FALLOC_FL_INSERT_RANGE, PAGE, NULL },
	{ "fallocate UNSHARE_RANGE", allocate, "f660", FALLOC_FL_UNSHARE_RANGE, PAGE, NULL },
	{ "fallocate an unknown mode", allocate, "f660", 0x4000, PAGE, NULL },
	{ "fallocate of no length", allocate, "f660", 0, 0, NULL },
	{ "truncate to 0", attempt_truncate, "f400 f660 " SET_IDS, 0, 0, NULL },
	{ "truncate to 100", attempt_truncate, "f222 f660 f6777", 0, 100, NULL },
	{ "truncate to its size", attempt_truncate, "f400 f660 f6777", 0, 12, NULL },
	{ "ftruncate", truncate_open, "f660 " SET_IDS, O_WRONLY, 3, NULL },
	{ "ftruncate of O_RDONLY", truncate_open, "f666", O_RDONLY, 3, NULL },
	{ "copy_file_range", copy_range, "f660 f6777", 0, 0, "f644" },
	{ "copy_file_range from f600", copy_range, "f666", 0, 0, "f600" },
	{ "sendfile", send_range, "f660 f6777", 0, 0, "f644" },
	{ "splice", splice_in, "f660 f6777", 0, 0, NULL },
	{ "FICLONE", clone_of, "f660", 0, 0, "f644" },
	{ "execve", execute, "f644 f755 f750 f4777 f2766 f000 root600", 0, 0, NULL },
	{ "flock LOCK_SH", lock_whole, "f644", O_RDONLY, LOCK_SH, NULL },
	{ "flock LOCK_EX", lock_whole, "f644", O_RDONLY, LOCK_EX, NULL },
	{ "F_SETLK F_RDLCK", lock_range, "f644 f600", O_RDONLY, F_RDLCK, NULL },
	{ "F_SETLK F_WRLCK", lock_range, "f660", O_RDWR, F_WRLCK, NULL },
	{ "F_SETLK F_WRLCK of O_RDONLY", lock_range, "f644", O_RDONLY, F_WRLCK, NULL },
	{ "F_SETLK F_RDLCK of O_WRONLY", lock_range, "f222", O_WRONLY, F_RDLCK, NULL },
	{ "F_OFD_SETLK F_RDLCK", lock_range, "f644", O_RDONLY, F_RDLCK, "description" },
	{ "F_OFD_SETLK F_WRLCK of O_RDONLY", lock_range, "f644", O_RDONLY, F_WRLCK, "description" },
	{ "F_SETLEASE F_RDLCK", lease, "f644 f666", O_RDONLY, F_RDLCK, NULL },
	{ "F_SETLEASE F_WRLCK", lease, "f666", O_RDWR, F_WRLCK, NULL },
	{ "F_SETFL O_APPEND", change_flags, "f660", O_WRONLY, O_APPEND, NULL },
	{ "F_SETFL O_NOATIME", change_flags, "f644 root644", O_RDONLY, O_NOATIME, NULL },
	{ "F_SETFL O_DIRECT", change_flags, "f644", O_RDONLY, O_DIRECT, NULL },
	{ "fsync", synchronize, "f644 f222", O_RDONLY, 0, NULL },
	{ "fsync of O_WRONLY", synchronize, "f222", O_WRONLY, 0, NULL },
	{ "lseek SEEK_DATA", seek, "f644", SEEK_DATA, 0, NULL },
	{ "lseek SEEK_HOLE", seek, "f644", SEEK_HOLE, 0, NULL },
	{ .name = NULL },
};
