/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/control_client.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/control/control.h"
#include "tools/machine/workplace.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* Makes a path absolute, without "." and doubled slashes. Looks at the text only. */
static void make_absolute(const char *path, char *absolute, size_t size)
{
	char whole[PATH_MAX] = "", *part, *save = NULL;
	size_t used = 0;

	if (*path != '/' && !getcwd(whole, sizeof(whole)))
		*whole = '\0';
	strncat(whole, "/", sizeof(whole) - strlen(whole) - 1);
	strncat(whole, path, sizeof(whole) - strlen(whole) - 1);
	*absolute = '\0';
	for (part = strtok_r(whole, "/", &save); part; part = strtok_r(NULL, "/", &save))
		if (strcmp(part, "."))
			used = append_text(absolute, size, used, "/%s", part);
}

/* Follows symbolic links in the path of the parent directory, but does not enter the mount. */
static void follow_parent(const char *path, char *followed, size_t size)
{
	_cleanup_free_ char *copy = strdup(path), *parent = NULL;
	char *slash = copy ? strrchr(copy, '/') : NULL;
	char target[PATH_MAX];
	ssize_t length;

	*followed = '\0';
	if (!slash)
		return;
	*slash = '\0';
	parent = realpath(*copy ? copy : "/", NULL);
	if (!parent)
		return;
	if (!strcmp(parent, "/"))
		*parent = '\0';
	snprintf(followed, size, "%s/%s", parent, slash + 1);
	/* A link to the mount. If the name is no link, the kernel says so without a request to the
	 * layer. */
	length = readlink(followed, target, sizeof(target) - 1);
	if (length <= 0)
		return;
	target[length] = '\0';
	snprintf(followed, size, "%s%s%s", *target == '/' ? "" : parent, *target == '/' ? "" : "/",
		 target);
}

static int connect_in(const char *workplace)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET, workplace);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return take_fd(&fd);
}

static bool is_newer(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* Connects to the layer at a mountpoint. If several were mounted there, the last one is visible;
 * others remain while a file of theirs is open. Returns a descriptor; -ENOENT: there is none; other
 * -errno. */
static int find(const char *mountpoint)
{
	DIR *directory = opendir(WORKPLACES);
	struct timespec newest = { .tv_sec = 0 };
	char workplace[PATH_MAX], found[PATH_MAX] = "";
	const struct dirent *entry;
	struct stat status;

	while (directory && (entry = readdir(directory))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(workplace, sizeof(workplace), WORKPLACES "/%s", entry->d_name);
		if (!workplace_serves(workplace, mountpoint) || stat(workplace, &status) ||
		    !is_newer(&status.st_mtim, &newest))
			continue;
		newest = status.st_mtim;
		memcpy(found, workplace, sizeof(found));
	}
	if (directory)
		closedir(directory);
	return *found ? connect_in(found) : -ENOENT;
}

int control_connect(const char *mountpoint)
{
	char absolute[PATH_MAX], followed[PATH_MAX];
	int fd;

	make_absolute(mountpoint, absolute, sizeof(absolute));
	fd = find(absolute);
	if (fd == -ENOENT) {
		follow_parent(absolute, followed, sizeof(followed));
		fd = find(followed);
	}
	if (fd == -ENOENT && geteuid())
		return report(0, "%s: no layer of yours is mounted there; ctl takes root",
			      mountpoint),
		       -ENOENT;
	if (fd == -ENOENT)
		return report(0,
			      "%s: no layer of foliostorm is mounted there; name the MOUNTPOINT of "
			      "a mount or a "
			      "run",
			      mountpoint),
		       -ENOENT;
	return fd < 0 ? report(fd, "%s: its control socket", mountpoint) : fd;
}

int control_send(int fd, json_t *request)
{
	_cleanup_free_ char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t length, at = 0;
	ssize_t sent;

	json_decref(request);
	if (!text)
		return report(-ENOMEM, "a request");
	length = strlen(text);
	text[length++] = '\n';
	while (at < length) {
		sent = send(fd, text + at, length - at, MSG_NOSIGNAL);
		/* The layer has hung up, and may have sent the reason. */
		if (sent < 0 && errno == EPIPE)
			return 0;
		if (sent < 0 && errno != EINTR)
			return report(-errno, "asking the layer");
		at += sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

json_t *control_receive(FILE *from)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	json_error_t error;
	json_t *answer;

	if (getline(&line, &size, from) < 0)
		return NULL;
	answer = json_loads(line, 0, &error);
	if (!answer)
		report(0, "the layer's answer is not JSON: %s", error.text);
	return answer;
}
