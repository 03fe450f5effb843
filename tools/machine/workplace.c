/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/workplace.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "injector/base/units.h"
#include "tools/machine/leftover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define RECORD "record"

enum { PATIENCE_TRIES = 1500, PATIENCE_PAUSE = 10000000 /* ns */ };

static bool is_at(int fd, const char *path)
{
	struct stat opened, there;

	return !fstat(fd, &opened) && !lstat(path, &there) && is_same_file(&opened, &there);
}

/* Opens and locks the directory of all workplaces. The lock goes with the descriptor. Returns it,
 * or -errno. */
static int lock_workplaces(bool makes)
{
	for (;;) {
		_cleanup_close_ int fd = -1;

		if (makes && mkdir(WORKPLACES, 0700) && errno != EEXIST)
			return -errno;
		fd = open(WORKPLACES, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && (!makes || errno != ENOENT))
			return -errno;
		while (fd >= 0 && flock(fd, LOCK_EX))
			if (errno != EINTR)
				return -errno;
		/* The former holder of the lock may have removed the directory. */
		if (fd >= 0 && is_at(fd, WORKPLACES))
			return take_fd(&fd);
	}
}

static int make_record(const char *path, struct workplace *workplace)
{
	char name[PATH_MAX];
	int r;

	snprintf(name, sizeof(name), "%s/" RECORD, path);
	workplace->lock_fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (workplace->lock_fd < 0)
		return -errno;
	r = flock(workplace->lock_fd, LOCK_EX | LOCK_NB) ? -errno : 0;
	return r ? r : record_begin(workplace->lock_fd, workplace->token);
}

int workplace_make(struct workplace *workplace)
{
	_cleanup_close_ int all = lock_workplaces(true);
	int r = all < 0 ? all : -EEXIST;

	workplace->lock_fd = -1;
	for (unsigned int i = 0; r == -EEXIST; i++) {
		snprintf(workplace->path, sizeof(workplace->path), WORKPLACES "/%d.%u", getpid(),
			 i);
		r = mkdir(workplace->path, 0700) ? -errno : 0;
	}
	if (!r)
		r = make_record(workplace->path, workplace);
	return r ? report(r, "making a workplace in " WORKPLACES) : 0;
}

static int add(const struct workplace *workplace, const char *what, const char *identity,
	       const char *path)
{
	int r = record_add(workplace->lock_fd, what, identity, path);

	return r ? report(r, "%s/" RECORD, workplace->path) : 0;
}

int workplace_plan(const struct workplace *workplace, const char *what, const char *path)
{
	return add(workplace, what, RECORD_UNKNOWN, path);
}

int workplace_made(const struct workplace *workplace, const char *what, const char *path)
{
	char identity[RECORD_IDENTITY_MAX];
	int r = leftover_identify(what, path, identity);

	return r ? report(r, "%s: identifying it", path) : add(workplace, what, identity, path);
}

int workplace_directory(const struct workplace *workplace, const char *name, char *path, int size)
{
	snprintf(path, (size_t)size, "%s/%s", workplace->path, name);
	return mkdir(path, 0700) && errno != EEXIST ? report(-errno, "%s", path) : 0;
}

/* Returns whether a directory was just made. */
static bool is_new(int fd)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = again < 0 ? NULL : fdopendir(again);
	struct stat status;
	int entries = 0;

	if (!directory) {
		cleanup_close(&again);
		return false;
	}
	while (readdir(directory))
		entries++;
	closedir(directory);
	return entries == 2 && !fstat(fd, &status) && status.st_uid == geteuid() &&
	       (status.st_mode & 07777) == 0700;
}

int workplace_tree(const struct workplace *workplace, const char *path)
{
	char identity[RECORD_IDENTITY_MAX];
	_cleanup_close_ int fd = -1;
	int r = access(path, F_OK) ? 0 : -EEXIST;

	if (!r)
		r = workplace_plan(workplace, "directory", path);
	else
		report(r, "%s", path);
	if (r)
		return r;
	if (mkdir(path, 0700))
		return report(-errno, "%s", path);
	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return report(-errno, "%s", path);
	/* A user who may rename it in its parent could put a full directory in its place, which
	 * must not get into the record. */
	if (!is_new(fd))
		return report(-EEXIST, "%s: it was exchanged as it was made", path);
	r = leftover_identify_open(fd, identity);
	r = r ? report(r, "%s", path) : add(workplace, "directory", identity, path);
	return r ? r : take_fd(&fd);
}

/* Calls found for each entry of a record, and removes them until the first error, which it
 * returns. */
static int go_through(int fd, bool clean, void (*found)(const char *line))
{
	char escaped[RECORD_ESCAPED_MAX], line[RECORD_ESCAPED_MAX + 64];
	struct record record;
	int r = record_read(fd, &record);

	for (size_t i = 0; i < record.count; i++) {
		const struct record_entry *entry = &record.entries[i];

		snprintf(line, sizeof(line), "%s %s", entry->what,
			 record_escape(entry->path, escaped));
		if (found)
			found(line);
		if (clean && !r)
			r = leftover_remove(&record, entry);
	}
	record_release(&record);
	return r;
}

/* Removes empty directories, sockets and the record. Anything else stays, and so does the
 * workplace. */
static int remove_all(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return errno == ENOENT ? 0 : report(-errno, "%s", path);
	while ((entry = readdir(directory)))
		if (entry->d_type == DT_SOCK || (entry->d_type == DT_DIR && *entry->d_name != '.'))
			unlinkat(dirfd(directory), entry->d_name,
				 entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	unlinkat(dirfd(directory), RECORD, 0);
	closedir(directory);
	return rmdir(path) ? report(-errno, "%s: cannot be removed", path) : 0;
}

/* record: the caller holds its lock; negative: there is none. */
static int remove_workplace(const char *path, int record)
{
	_cleanup_close_ int all = lock_workplaces(false);
	char name[PATH_MAX];
	int r;

	if (all < 0)
		return all == -ENOENT ? 0 : report(all, WORKPLACES);
	snprintf(name, sizeof(name), "%s/" RECORD, path);
	/* It was removed since, and another workplace has its name. */
	if (record < 0 && !access(name, F_OK))
		return 0;
	r = remove_all(path);
	rmdir(WORKPLACES);
	return r;
}

int workplace_remove(struct workplace *workplace)
{
	int r;

	if (workplace->lock_fd < 0)
		return 0;
	r = go_through(workplace->lock_fd, true, NULL);
	if (!r)
		r = remove_workplace(workplace->path, workplace->lock_fd);
	close(workplace->lock_fd);
	workplace->lock_fd = -1;
	return r;
}

/* Takes the lock of a workplace. Returns its record; -ENOENT: it has none, as its owner died while
 * it made it; -ESRCH: it is gone; -EWOULDBLOCK: it is in use; other -errno. */
static int try_to_take(const char *path)
{
	_cleanup_close_ int all = lock_workplaces(false), fd = -1;
	char name[PATH_MAX];

	if (all < 0 || access(path, F_OK))
		return all < 0 && all != -ENOENT ? all : -ESRCH;
	snprintf(name, sizeof(name), "%s/" RECORD, path);
	fd = open(name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		return -errno;
	return take_fd(&fd);
}

/* Takes the lock of a workplace. If its owner has ended, its children will end soon, so their lock
 * is waited for. */
static int take(const char *path)
{
	int pid = atoi(strrchr(path, '/') + 1), fd = try_to_take(path);

	for (int tries = 0; fd == -EWOULDBLOCK && tries < PATIENCE_TRIES && kill(pid, 0); tries++) {
		units_sleep(PATIENCE_PAUSE);
		fd = try_to_take(path);
	}
	return fd;
}

/* Returns whether a workplace was left by a dead owner and still is. */
static bool look_at(const char *path, bool clean, void (*found)(const char *line))
{
	_cleanup_close_ int record = take(path);
	int r = 0;

	if (record == -EWOULDBLOCK || record == -ESRCH)
		return false;
	if (record < 0 && record != -ENOENT)
		return report(record, "%s", path);
	if (found)
		found(path);
	if (record >= 0)
		r = go_through(record, clean, found);
	if (!r && clean)
		r = remove_workplace(path, record);
	return r || !clean;
}

int workplace_leftovers(bool clean, void (*found)(const char *line))
{
	DIR *directory = opendir(WORKPLACES);
	struct dirent *entry;
	char path[PATH_MAX];
	int left = 0;

	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof(path), WORKPLACES "/%s", entry->d_name);
		left += look_at(path, clean, found);
	}
	closedir(directory);
	return left;
}

bool workplace_serves(const char *directory, const char *mountpoint)
{
	_cleanup_close_ int fd = -1;
	struct record record;
	char path[PATH_MAX];
	bool found = false;

	snprintf(path, sizeof(path), "%s/mnt", directory);
	if (!strcmp(path, mountpoint) || !strcmp(directory, mountpoint))
		return true;
	snprintf(path, sizeof(path), "%s/" RECORD, directory);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || record_read(fd, &record))
		return false;
	for (size_t i = 0; i < record.count; i++)
		found |= !strcmp(record.entries[i].what, "mount") &&
			 !strcmp(record.entries[i].path, mountpoint);
	record_release(&record);
	return found;
}
