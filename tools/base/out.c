/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/out.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "tools/base/open_output.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK ".lock"

/* Looks at the path of an option. Returns 1 if it exists, 0 if it can be created, -errno
 * (reported). */
static int look(const char *option, const char *path, struct stat *status)
{
	char why[512];
	int r = look_at_output(path, status, why, sizeof(why));

	if (r == -ENOENT)
		return 0;
	return r ? report(0, "%s %s: %s", option, path, why), r : 1;
}

int out_check(const char *path)
{
	return out_check_directory("--out", path);
}

int out_check_directory(const char *option, const char *path)
{
	struct stat status;
	int r = look(option, path, &status);

	if (r <= 0)
		return r;
	return S_ISDIR(status.st_mode)
		       ? 0
		       : report(0, "%s %s: is not a directory; name one, or a new one", option,
				path);
}

/* The holder may have removed the file since it was opened: a lock on a removed file is void. */
static bool is_current(int lock, int directory)
{
	struct stat locked, there;

	return !fstat(lock, &locked) && !fstatat(directory, LOCK, &there, AT_SYMLINK_NOFOLLOW) &&
	       is_same_file(&locked, &there);
}

static int refuse(const char *directory, int lock, struct flock *request)
{
	char who[48] = "";

	/* 0: it is in another PID namespace. */
	if (!fcntl(lock, F_GETLK, request) && request->l_type != F_UNLCK && request->l_pid > 0)
		snprintf(who, sizeof(who), ", process %d,", request->l_pid);
	return report(0,
		      "--out %s: another run%s writes there; wait for its end or give another "
		      "directory",
		      directory, who);
}

int out_claim(struct out_claim *claim, const char *path)
{
	_cleanup_close_ int directory = -1;
	bool made;
	int r;

	*claim = OUT_UNCLAIMED;
	if (!path)
		return 0;
	r = out_check(path);
	if (r)
		return r;
	directory = make_output_directory(path, &made);
	if (directory < 0)
		return output_error(directory);
	for (;;) {
		struct flock request = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		_cleanup_close_ int lock =
			openat(directory, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (lock < 0)
			return report(-errno, "--out %s: its lock", path), -EIO;
		/* Other errors mean that the file system has no locks. */
		if (fcntl(lock, F_SETLK, &request) && (errno == EAGAIN || errno == EACCES))
			return refuse(path, lock, &request);
		if (!is_current(lock, directory))
			continue;
		*claim = (struct out_claim){
			.lock = take_fd(&lock),
			.directory = take_fd(&directory),
			.made = made,
			.path = path,
		};
		return 0;
	}
}

/* Removes the directory if the name still leads to it and it is empty. */
static void remove_made(const struct out_claim *claim)
{
	char name[NAME_MAX + 1];
	_cleanup_close_ int parent = open_output_parent(claim->path, name);
	struct stat made, there;

	if (parent >= 0 && !fstat(claim->directory, &made) &&
	    !fstatat(parent, name, &there, AT_SYMLINK_NOFOLLOW) && is_same_file(&made, &there))
		unlinkat(parent, name, AT_REMOVEDIR);
}

void out_release(struct out_claim *claim)
{
	if (claim->lock < 0)
		return;
	unlinkat(claim->directory, LOCK, 0);
	if (claim->made)
		remove_made(claim);
	cleanup_close(&claim->directory);
	cleanup_close(&claim->lock);
	*claim = OUT_UNCLAIMED;
}

static int remove_file(int directory, const char *path, const char *name)
{
	return unlinkat(directory, name, 0) && errno != ENOENT
		       ? report(-errno, "removing %s of %s", name, path)
		       : 0;
}

/* Clears the directory of run `number`. Does not follow a link, which no run creates. */
static int clear_run(int directory, const char *path, json_int_t number)
{
	static const char *const names[] = { "result.json", "events.jsonl", "scenario.cfg",
					     "console.log", "dmesg",        "kernel.config",
					     LOCK };
	_cleanup_close_ int run = -1;
	char name[32];
	int r = 0;

	snprintf(name, sizeof(name), "%" JSON_INTEGER_FORMAT, number);
	run = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (run < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(names) && !r; i++)
		r = remove_file(run, path, names[i]);
	/* Other files in it are the user's. */
	if (!r && unlinkat(directory, name, AT_REMOVEDIR) && errno != ENOTEMPTY && errno != EEXIST)
		r = report(-errno, "removing %s of %s", name, path);
	return r;
}

/* Returns the number of runs in repeat.json; 0 if it is missing or of another kind. */
static json_int_t count_runs(int directory)
{
	_cleanup_close_ int fd =
		openat(directory, "repeat.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	json_t *root = fd < 0 ? NULL : json_loadfd(fd, 0, NULL);
	json_int_t runs = json_integer_value(json_object_get(root, "runs"));

	json_decref(root);
	return runs > 0 && runs <= OUT_RUNS_MAX ? runs : 0;
}

int out_remove(const char *path, const char *name)
{
	_cleanup_close_ int directory = open_output_directory(path);

	return directory < 0 ? directory : remove_file(directory, path, name);
}

int out_clear(const char *path)
{
	_cleanup_close_ int directory = open_output_directory(path);
	json_int_t runs;
	int r;

	if (directory < 0)
		return directory;
	runs = count_runs(directory);
	r = remove_file(directory, path, "result.json");
	for (json_int_t i = 1; i <= runs && !r; i++)
		r = clear_run(directory, path, i);
	return r || !runs ? r : remove_file(directory, path, "repeat.json");
}

int out_check_file(const char *option, const char *path, enum out_file file)
{
	struct stat status;
	int r = look(option, path, &status);

	if (r <= 0)
		return r;
	if (S_ISDIR(status.st_mode))
		return report(0, "%s %s: is a directory; name a file", option, path);
	if (!S_ISREG(status.st_mode) && file == OUT_REGULAR)
		return report(0, "%s %s: is not a regular file; name one", option, path);
	if (S_ISREG(status.st_mode) && (file == OUT_NEW || (file == OUT_EMPTY && status.st_size)))
		return report(0, "%s %s: exists already; remove it or give another name", option,
			      path);
	return 0;
}

int out_begin(struct out_claim *claim, const char *path, const char *clear)
{
	bool around = clear && clear != path;
	int r;

	*claim = OUT_UNCLAIMED;
	r = around ? out_clear(clear) : 0;
	if (!r)
		r = out_claim(claim, path);
	if (!r && path)
		r = clear && !around ? out_clear(clear) : out_remove(path, "result.json");
	return r;
}
