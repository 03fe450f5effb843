/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/config_file.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/number.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

/* A user who may run sudo may run this program as root, also with --trust. */
static bool is_ours(uid_t user)
{
	const char *caller = geteuid() ? NULL : getenv("SUDO_UID");
	uint64_t number;

	return !user || user == getuid() ||
	       (caller && !number_parse(caller, 1, UINT32_MAX - 1, &number) && user == number);
}

static const char *user_name(uid_t user, char *text, size_t size)
{
	const struct passwd *entry = getpwuid(user);

	snprintf(text, size, "user %u%s%s%s", user, entry ? " (" : "", entry ? entry->pw_name : "",
		 entry ? ")" : "");
	return text;
}

/* Sets *why to the reason why the directory of the open file is not trusted; leaves it unchanged if
 * it is trusted. Returns -1 without memory. */
static int why_strange_place(int fd, char **why)
{
	char link[64], path[PATH_MAX], user[96];
	struct stat status;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	*(strrchr(path, '/') ?: path) = '\0';
	if (length <= 0 || stat(*path ? path : "/", &status))
		return asprintf(why, "lies nobody knows where");
	if (!is_ours(status.st_uid))
		return asprintf(why, "lies in %s, which belongs to %s", path,
				user_name(status.st_uid, user, sizeof(user)));
	if (status.st_mode & 022 && !(status.st_mode & S_ISVTX))
		return asprintf(why, "lies in %s, where others may put another in its place", path);
	return 0;
}

/* As why_strange_place(). */
static int why_strange(int fd, const struct stat *status, char **why)
{
	char user[96];

	if (!is_ours(status->st_uid))
		return asprintf(why, "belongs to %s",
				user_name(status->st_uid, user, sizeof(user)));
	if (status->st_mode & 022)
		return asprintf(why, "may be written by %s",
				status->st_mode & 002 ? "anybody" : "its group");
	return why_strange_place(fd, why);
}

/* Reads to the end, whatever st_size says: files of /proc have size 0. */
static int read_all(int fd, const char *name, size_t most, char **text, size_t *size)
{
	size_t room = 0, used = 0;
	ssize_t got = 1;

	*text = NULL;
	while (got && used <= most) {
		if (room < used + 2) {
			char *larger = realloc(*text, room = 2 * room + 4096);

			if (!larger)
				return report(-ENOMEM, "%s", name);
			*text = larger;
		}
		got = read(fd, *text + used, room - used - 1);
		if (got < 0)
			return report(-errno, "%s: cannot be read", name);
		used += (size_t)got;
	}
	if (used > most)
		return report(0, "%s: too large; allowed: up to 16M, with all it includes", name);
	(*text)[used] = '\0';
	*size = used;
	return 0;
}

int config_file_read(const char *path, const char *name, size_t most, char **text, size_t *size,
		     char **strange)
{
	_cleanup_close_ int fd = text_file_open(path);
	struct stat status;
	int r;

	*text = *strange = NULL;
	if (fd == -EISDIR)
		return report(0, "%s: is a directory; name a file", name);
	if (fd == -EINVAL)
		return report(0, "%s: is not a regular file; name one", name);
	if (fd < 0 || fstat(fd, &status))
		return report(fd < 0 ? fd : -errno, "%s: cannot be read", name);
	r = read_all(fd, name, most, text, size);
	if (!r && why_strange(fd, &status, strange) < 0) {
		*strange = NULL;
		r = report(-ENOMEM, "%s", name);
	}
	if (r) {
		free(*text);
		*text = NULL;
	}
	return r;
}
