/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/holders.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Returns whether a link of /proc leads to the directory or below it. */
static bool leads_there(const char *link, const char *directory)
{
	size_t length = strlen(directory);
	char target[PATH_MAX];
	ssize_t got = readlink(link, target, sizeof(target) - 1);

	if (got < 0)
		return false;
	target[got] = '\0';
	return !strncmp(target, directory, length) && (!target[length] || target[length] == '/');
}

/* Returns the number of links in a directory of /proc that lead there. */
static size_t count_links(const char *place, const char *directory)
{
	DIR *links = opendir(place);
	const struct dirent *entry;
	char link[PATH_MAX];
	size_t count = 0;

	while (links && (entry = readdir(links))) {
		snprintf(link, sizeof(link), "%s/%s", place, entry->d_name);
		count += leads_there(link, directory);
	}
	if (links)
		closedir(links);
	return count;
}

static struct holder look_at(pid_t process, const char *directory)
{
	struct holder holder = { .process = process };
	_cleanup_free_ char *name = NULL;
	char place[64];

	snprintf(place, sizeof(place), "/proc/%d/fd", process);
	holder.descriptors = count_links(place, directory);
	snprintf(place, sizeof(place), "/proc/%d/map_files", process);
	holder.mappings = count_links(place, directory);
	snprintf(place, sizeof(place), "/proc/%d/cwd", process);
	holder.works_there = leads_there(place, directory);
	snprintf(place, sizeof(place), "/proc/%d/root", process);
	holder.works_there |= leads_there(place, directory);
	snprintf(place, sizeof(place), "/proc/%d/comm", process);
	if (!text_file_read(place, &name, NULL))
		snprintf(holder.name, sizeof(holder.name), "%.*s", (int)strcspn(name, "\n"), name);
	return holder;
}

void holders_find(const char *directory, void (*each)(void *context, const struct holder *holder),
		  void *context)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;

	while (processes && (entry = readdir(processes))) {
		pid_t process = (pid_t)strtol(entry->d_name, NULL, 10);
		struct holder holder;

		if (process <= 0 || process == getpid())
			continue;
		holder = look_at(process, directory);
		if (holder.descriptors || holder.mappings || holder.works_there)
			each(context, &holder);
	}
	if (processes)
		closedir(processes);
}
