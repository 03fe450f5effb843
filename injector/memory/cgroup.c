/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/memory/cgroup.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"

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

/* Writes the path of a file of a cgroup to `file`, which holds PATH_MAX bytes. Returns 0 or
 * -ENAMETOOLONG. */
static int path_of(char *file, const char *path, const char *name)
{
	return snprintf(file, PATH_MAX, "%s/%s", path, name) >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Writes a command to a file of a cgroup. */
static int tell(const char *path, const char *name, const char *text)
{
	char file[PATH_MAX];

	return path_of(file, path, name) ?: text_file_write(file, text);
}

/* Whether a list of controllers, a file of a cgroup, has a word. */
static bool lists(const char *path, const char *name, const char *word)
{
	_cleanup_free_ char *text = NULL;
	char file[PATH_MAX], *save = NULL;
	bool found = false;

	if (path_of(file, path, name) || text_file_read(file, &text, NULL))
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
	return tell(root, "cgroup.subtree_control", "+memory");
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
	return has_cgroup_of_run(root) ? 0 : tell(root, "cgroup.subtree_control", "-memory");
}

int cgroup_make(const char *path)
{
	return mkdir(path, 0755) ? -errno : 0;
}

int cgroup_limit(const char *path, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return tell(path, "memory.max", text);
}

int cgroup_enter(const char *path)
{
	return tell(path, "cgroup.procs", "0");
}

int cgroup_open_reclaim(const char *path)
{
	char file[PATH_MAX];
	int fd, r = path_of(file, path, "memory.reclaim");

	if (r)
		return r;
	fd = open(file, O_WRONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_reclaim(int fd, uint64_t bytes)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
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
