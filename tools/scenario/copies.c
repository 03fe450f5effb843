/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/copies.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/copy_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MAX = 1 << 30 };

/* directory: descriptor that path is relative to, or AT_FDCWD. shown: the path in messages. */
static int keep(struct scenario_file *file, int directory, const char *path, int flags,
		const char *shown)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	_cleanup_close_ int from =
		openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
	_cleanup_close_ int memory = memfd_create(file->name, MFD_CLOEXEC);
	struct stat status;
	int r;

	if (from < 0 || fstat(from, &status))
		return report(-errno, "files: %s: %s", file->name, shown), -EINVAL;
	if (memory < 0)
		return report(-errno, "memory for a copy of %s", shown);
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size < file->folio ||
	    status.st_size > COPY_MAX)
		return report(0, "files: %s: %s has %jd bytes; allowed: from one folio to 1G",
			      file->name, shown, (intmax_t)status.st_size);
	r = copy_bytes(memory, from, status.st_size);
	if (r)
		return report(r, "files: %s: copying %s", file->name, shown);
	file->size = (uint64_t)status.st_size;
	file->golden_fd = take_fd(&memory);
	return 0;
}

static char *put_path(const char *command, const char *path)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	for (; *command; command++) {
		if (strncmp(command, "{out}", 5)) {
			fputc(*command, memory);
		} else {
			fputs(path, memory);
			command += 4;
		}
	}
	fclose(memory);
	return text;
}

/* Returns the shell's status as program_run() does, or -errno. Blocks SIGINT and SIGQUIT meanwhile,
 * so that an interrupted command's directory is removed too. */
static int run_shell(const struct scenario_file *file, const char *command)
{
	const struct program shell = {
		.path = "/bin/sh",
		.arguments = (const char *[]){ "sh", "-c", command, NULL },
		.user = &file->user,
		.input = PROGRAM_NOTHING,
		/* Standard output is for the result. */
		.output = STDERR_FILENO,
		.errors = STDERR_FILENO,
	};
	sigset_t terminal, before;
	pid_t child;
	int r;

	sigemptyset(&terminal);
	sigaddset(&terminal, SIGINT);
	sigaddset(&terminal, SIGQUIT);
	sigprocmask(SIG_BLOCK, &terminal, &before);
	r = program_start(&shell, &child) ?: program_wait(child);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int make_in(struct scenario_file *file, int place, const char *directory)
{
	char path[PATH_MAX];
	_cleanup_free_ char *command = NULL;
	int r;

	snprintf(path, sizeof(path), "%s/%s", directory, file->name);
	command = put_path(file->command, path);
	if (!command)
		return report(-ENOMEM, "files: %s", file->name);
	if (file->user.set && fchown(place, file->user.uid, file->user.gid))
		return report(-errno, "files: %s: giving %s to who its command runs as", file->name,
			      directory);
	r = run_shell(file, command);
	if (r)
		return r < 0 ? report(r, "files: %s: starting its command", file->name), -EINVAL
			     : report(0, "files: %s: its command failed with %d: %s", file->name, r,
				      file->command);
	/* The command's user may have put a link there. */
	return keep(file, place, file->name, O_NOFOLLOW, path);
}

/* Runs the command in a new directory, removed afterwards. */
static int make(struct scenario_file *file)
{
	const char *parent = getenv("TMPDIR") ?: "/tmp";
	char directory[PATH_MAX / 2];
	_cleanup_close_ int place = -1;
	int r;

	snprintf(directory, sizeof(directory), "%s/foliostorm-copy.XXXXXX", parent);
	if (!mkdtemp(directory))
		return report(-errno, "%s", directory);
	place = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = place < 0 ? report(-errno, "%s", directory) : make_in(file, place, directory);
	if (place >= 0)
		unlinkat(place, file->name, 0);
	if (rmdir(directory))
		report(-errno, "%s: its command left more than {out}", directory);
	return r;
}

int copies_obtain(struct scenario *scenario)
{
	struct scenario_file *files = scenario->files.items;
	uint64_t bytes = 0;
	char needed[32];
	int r = 0;

	for (size_t i = 0; i < scenario->files.count && !r; i++) {
		if (files[i].content == CONTENT_COPY && !files[i].golden_fd)
			r = files[i].from
				    ? keep(&files[i], AT_FDCWD, files[i].from, 0, files[i].from)
				    : make(&files[i]);
		bytes += files[i].size - files[i].first;
	}
	if (!r && !backing_holds(&scenario->backing, bytes))
		return report(0, "backing.size: too small for the files; allowed: at least %s",
			      units_format_size(bytes + BACKING_SPARE, needed, sizeof(needed)));
	return r;
}

static int move_one(struct scenario *scenario, size_t number, const char *directory)
{
	struct scenario_file *file = (struct scenario_file *)scenario->files.items + number;
	config_setting_t *group, *from;
	char path[64], *place = NULL;

	snprintf(path, sizeof(path), "files.[%zu]", number);
	group = config_lookup(&scenario->config, path);
	/* A list of one item may be written as a group. */
	group = group ? group : config_lookup(&scenario->config, "files");
	if (asprintf(&place, "%s/%s", directory, file->name) < 0)
		return report(-ENOMEM, "%s", directory);
	config_setting_remove(group, "command");
	config_setting_remove(group, "run_as");
	config_setting_remove(group, "from");
	from = config_setting_add(group, "from", CONFIG_TYPE_STRING);
	if (from)
		config_setting_set_string(from, place);
	free(file->command);
	free(file->from);
	file->command = NULL;
	file->from = place;
	return from ? 0 : report(-ENOMEM, "%s", place);
}

int copies_move(struct scenario *scenario, const char *directory)
{
	const struct scenario_file *files = scenario->files.items;
	int r = 0;

	for (size_t i = 0; i < scenario->files.count && !r; i++)
		if (files[i].content == CONTENT_COPY)
			r = move_one(scenario, i, directory);
	return r;
}
