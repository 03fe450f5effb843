/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/workplace.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/memory/cgroup.h"
#include "injector/memory/zram.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_directory(const char *path)
{
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int open_record(const char *workplace, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/record", workplace);
	return open(path, O_RDWR | O_CLOEXEC | flags, 0600);
}

int workplace_make(struct workplace *workplace)
{
	int r = make_directory(WORKPLACES);

	workplace->lock_fd = -1;
	for (unsigned int i = 0; !r && workplace->lock_fd < 0; i++) {
		snprintf(workplace->path, sizeof(workplace->path), WORKPLACES "/%d.%u", getpid(),
			 i);
		if (mkdir(workplace->path, 0700)) {
			r = errno == EEXIST ? 0 : -errno;
			continue;
		}
		workplace->lock_fd = open_record(workplace->path, O_CREAT | O_APPEND);
		if (workplace->lock_fd < 0 || flock(workplace->lock_fd, LOCK_EX | LOCK_NB))
			r = -errno;
	}
	return r ? report(r, "making a workplace in " WORKPLACES) : 0;
}

int workplace_record(const struct workplace *workplace, const char *what, const char *path)
{
	return dprintf(workplace->lock_fd, "%s %s\n", what, path) < 0
		       ? report(-errno, "%s/record", workplace->path)
		       : 0;
}

int workplace_directory(const struct workplace *workplace, const char *name, char *path, int size)
{
	int r;

	snprintf(path, (size_t)size, "%s/%s", workplace->path, name);
	r = make_directory(path);
	return r ? report(r, "%s", path) : 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

/* The directory and all in it, but never what is mounted there. */
static int remove_tree(const char *path)
{
	if (!nftw(path, remove_entry, 16, FTW_DEPTH | FTW_MOUNT | FTW_PHYS) || errno == ENOENT)
		return 0;
	return report(-errno, "%s: cannot be removed", path);
}

/* Whether `path` is a mount point of a layer of ours in this namespace. */
static bool is_our_mount(const char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	if (!mounts)
		return false;
	while (!found && (entry = getmntent(mounts)))
		found = !strcmp(entry->mnt_dir, path) &&
			!strcmp(entry->mnt_type, "fuse.foliostorm");
	endmntent(mounts);
	return found;
}

static int remove_recorded(const char *what, const char *path)
{
	static const struct {
		const char *what;
		int (*remove)(const char *path); /* 0 or -errno, not reported */
		const char *complaint;
	} others[] = {
		{ "cgroup", cgroup_remove, "cannot be removed" },
		{ "zram", zram_remove, "cannot be removed" },
		{ "memory-controller", cgroup_take_memory,
		  "its memory controller cannot be taken back" },
	};

	if (!strcmp(what, "directory"))
		return remove_tree(path);
	if (!strcmp(what, "mount") && is_our_mount(path) && umount2(path, MNT_DETACH))
		return report(-errno, "%s: cannot be unmounted", path);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		int r = strcmp(what, others[i].what) ? 0 : others[i].remove(path);

		if (r)
			return report(r, "%s: %s", path, others[i].complaint);
	}
	return 0;
}

/* Goes through a record: calls found for each line, removes each thing. Returns the first error. */
static int go_through(int record_fd, bool clean, void (*found)(const char *line))
{
	char line[PATH_MAX + 32], *path;
	int copy = dup(record_fd), r = 0;
	FILE *record = copy < 0 ? NULL : fdopen(copy, "r");

	if (!record) {
		cleanup_close(&copy);
		return -errno;
	}
	rewind(record);
	while (fgets(line, sizeof(line), record)) {
		line[strcspn(line, "\n")] = '\0';
		path = strchr(line, ' ');
		if (!path)
			continue;
		if (found)
			found(line);
		*path++ = '\0';
		if (clean && !r)
			r = remove_recorded(line, path);
	}
	fclose(record);
	return r;
}

/* Empty directories, sockets and the record; whatever else is there stays, and so does the workplace. */
static int remove_workplace(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return errno == ENOENT ? 0 : report(-errno, "%s", path);
	while ((entry = readdir(directory)))
		if (entry->d_type == DT_SOCK || (entry->d_type == DT_DIR && *entry->d_name != '.'))
			unlinkat(dirfd(directory), entry->d_name,
				 entry->d_type == DT_DIR ? AT_REMOVEDIR : 0);
	unlinkat(dirfd(directory), "record", 0);
	closedir(directory);
	return rmdir(path) ? report(-errno, "%s: cannot be removed", path) : 0;
}

int workplace_remove(struct workplace *workplace)
{
	int r;

	if (workplace->lock_fd < 0)
		return 0;
	r = go_through(workplace->lock_fd, true, NULL);
	if (!r)
		r = remove_workplace(workplace->path);
	close(workplace->lock_fd);
	workplace->lock_fd = -1;
	rmdir(WORKPLACES);
	return r;
}

/*
 * Whether nobody holds the lock. When the process that made the workplace is gone, its children are
 * on their way out, and soon let go.
 */
static bool is_left(const char *path, int record)
{
	int pid = atoi(strrchr(path, '/') + 1);

	for (int tries = 0; tries < 200; tries++) {
		if (!flock(record, LOCK_EX | LOCK_NB))
			return true;
		if (!kill(pid, 0))
			return false;
		units_sleep(10000000);
	}
	return false;
}

/* Returns 1 when the workplace was left by a dead owner and still is, 0 when it is in use or
 * removed. */
static int look_at(const char *path, bool clean, void (*found)(const char *line))
{
	_cleanup_close_ int record = open_record(path, 0);
	int r = 0;

	if (record < 0 && errno != ENOENT)
		return report(-errno, "%s", path);
	/* Without a record the owner died between two system calls, or is about to make it. */
	if (record >= 0 && !is_left(path, record))
		return 0;
	if (found)
		found(path);
	if (record >= 0)
		r = go_through(record, clean, found);
	if (!r && clean)
		r = remove_workplace(path);
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
		left += look_at(path, clean, found) != 0;
	}
	closedir(directory);
	if (clean)
		rmdir(WORKPLACES);
	return left;
}
