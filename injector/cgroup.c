/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/cgroup.h"
#include "injector/cleanup.h"
#include "injector/units.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens a file of a cgroup. Returns a descriptor, or -errno. */
static int open_file(const char *path, const char *name, int flags)
{
	char file[PATH_MAX];
	int fd;

	if (snprintf(file, sizeof(file), "%s/%s", path, name) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	fd = open(file, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Each write is one command. */
static int tell(int fd, const char *text)
{
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int write_file(const char *path, const char *name, const char *text)
{
	int fd = open_file(path, name, O_WRONLY);
	int r = fd < 0 ? fd : tell(fd, text);

	cleanup_close(&fd);
	return r;
}

/* Whether a word is in one of the lists of controllers. */
static bool lists(const char *path, const char *name, const char *word)
{
	char text[512] = "", *save = NULL;
	int fd = open_file(path, name, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	bool found = false;

	cleanup_close(&fd);
	if (got <= 0)
		return false;
	for (char *at = strtok_r(text, " \n", &save); at; at = strtok_r(NULL, " \n", &save))
		found |= !strcmp(at, word);
	return found;
}

bool cgroup_find(char *root, size_t root_size, char *why, size_t why_size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	snprintf(why, why_size, "no cgroup v2 is mounted");
	while (mounts && !found && (entry = getmntent(mounts))) {
		if (strcmp(entry->mnt_type, "cgroup2"))
			continue;
		found = lists(entry->mnt_dir, "cgroup.controllers", "memory") &&
			strlen(entry->mnt_dir) < root_size;
		snprintf(why, why_size, "%s%s", entry->mnt_dir,
			 found ? "" : ": without the memory controller");
		if (found)
			snprintf(root, root_size, "%s", entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

bool cgroup_has_memory(const char *root)
{
	return lists(root, "cgroup.subtree_control", "memory");
}

int cgroup_give_memory(const char *root)
{
	return write_file(root, "cgroup.subtree_control", "+memory");
}

static bool has_cgroup_of_run(const char *root)
{
	DIR *directory = opendir(root);
	struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory)))
		found = !strncmp(entry->d_name, CGROUP_PREFIX, strlen(CGROUP_PREFIX));
	if (directory)
		closedir(directory);
	return found;
}

int cgroup_take_memory(const char *root)
{
	return has_cgroup_of_run(root) ? 0 : write_file(root, "cgroup.subtree_control", "-memory");
}

int cgroup_make(const char *path)
{
	return mkdir(path, 0755) ? -errno : 0;
}

int cgroup_limit(const char *path, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return write_file(path, "memory.max", text);
}

int cgroup_enter(const char *path)
{
	return write_file(path, "cgroup.procs", "0");
}

int cgroup_open_reclaim(const char *path)
{
	return open_file(path, "memory.reclaim", O_WRONLY);
}

int cgroup_reclaim(int fd, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return tell(fd, text);
}

int cgroup_remove(const char *path)
{
	for (int tries = 0; rmdir(path); tries++) {
		if (errno == ENOENT)
			return 0;
		if (errno != EBUSY || tries >= 200)
			return -errno;
		units_sleep(10000000);
	}
	return 0;
}
