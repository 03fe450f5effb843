/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/our_mount.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x00004000U /* 6.8 */
#endif

enum { PROBE_TRIES = 200, PROBE_PAUSE = 10000000 /* ns */ };

/* Opens a place with O_PATH, which works for a dead layer, too: its root is not requested. */
static int open_place(const char *path)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int identify(int fd, struct mount_identity *identity)
{
	char path[48], line[128];
	_cleanup_fclose_ FILE *file = NULL;
	struct statx status;

	*identity = MOUNT_UNKNOWN;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "mnt_id: %" SCNu64, &identity->id) == 1)
			break;
	if (!statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID_UNIQUE, &status) &&
	    status.stx_mask & STATX_MNT_ID_UNIQUE)
		identity->unique = status.stx_mnt_id;
	return 0;
}

int mount_identify(const char *path, struct mount_identity *identity)
{
	_cleanup_close_ int fd = open_place(path);

	*identity = MOUNT_UNKNOWN;
	return fd < 0 ? fd : identify(fd, identity);
}

/* Decodes \ooo, as seq_path() writes spaces and similar characters. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int code;

	for (const char *from = text; *from;) {
		if (*from == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
			*to++ = (char)code;
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* Returns whether the mount `id` is a layer that is mounted at `path`. */
static bool is_layer(uint64_t id, const char *path)
{
	_cleanup_fclose_ FILE *mounts = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	while (mounts && getline(&line, &size, mounts) >= 0) {
		/* ID PARENT DEVICE ROOT PLACE OPTIONS [TAG...] - TYPE SOURCE OPTIONS */
		char *dash = strstr(line, " - "), *place = line;

		if (!dash || strtoull(line, NULL, 10) != id)
			continue;
		for (int i = 0; i < 4 && place; i++)
			place = strchr(place + 1, ' ');
		if (!place || strncmp(dash + 3, "fuse.foliostorm ", 16))
			return false;
		place++;
		place[strcspn(place, " ")] = '\0';
		unescape(place);
		return !strcmp(place, path);
	}
	return false;
}

/* Returns whether the server of a mount has ended: then it fails with ENOTCONN, or with
 * ECONNABORTED while the server ends. Others may not answer at all, so a child process asks. */
static bool is_dead(int fd)
{
	pid_t child = fork();
	struct statfs fs;
	int status = 0;

	if (!child)
		_exit(fstatfs(fd, &fs) && (errno == ENOTCONN || errno == ECONNABORTED));
	for (int tries = 0; child > 0 && tries < PROBE_TRIES; tries++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) && WEXITSTATUS(status) == 1;
		units_sleep(PROBE_PAUSE);
	}
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return false;
}

int our_mount_remove(const char *path, const struct mount_identity *made)
{
	_cleanup_close_ int fd = open_place(path);
	struct mount_identity found;
	char itself[32];
	int r;

	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
	r = identify(fd, &found);
	if (r)
		return r;
	if (made->id && made->id != found.id)
		return is_layer(made->id, path) ? -EBUSY : 0;
	if (!is_layer(found.id, path) || (made->unique && made->unique != found.unique) ||
	    (!made->unique && !is_dead(fd)))
		return 0;
	/* The mount of the descriptor, even if another was mounted over it since. */
	snprintf(itself, sizeof(itself), "/proc/self/fd/%d", fd);
	return umount2(itself, MNT_DETACH) ? -errno : 0;
}
