/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/copies.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_MAX = 1 << 30 };

static int keep(struct scenario_file *file, const char *path)
{
	_cleanup_close_ int from = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int memory = memfd_create(file->name, MFD_CLOEXEC);
	struct stat status;

	if (from < 0 || fstat(from, &status))
		return report(-errno, "files: %s: %s", file->name, path), -EINVAL;
	if (memory < 0)
		return report(-errno, "memory for a copy of %s", path);
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size < file->folio ||
	    status.st_size > COPY_MAX)
		return report(0, "files: %s: %s has %jd bytes; allowed: from one folio to 1G",
			      file->name, path, (intmax_t)status.st_size);
	for (off_t left = status.st_size; left > 0;) {
		ssize_t sent = sendfile(memory, from, NULL, (size_t)left);

		if (sent <= 0)
			return report(sent ? -errno : -EIO, "files: %s: copying %s", file->name,
				      path);
		left -= sent;
	}
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

/* In a directory of its own, which goes again. */
static int make(struct scenario_file *file)
{
	const char *parent = getenv("TMPDIR") ?: "/tmp";
	char directory[PATH_MAX / 2], path[PATH_MAX];
	_cleanup_free_ char *command = NULL;
	int status, r;

	snprintf(directory, sizeof(directory), "%s/foliostorm-copy.XXXXXX", parent);
	if (!mkdtemp(directory))
		return report(-errno, "%s", directory);
	snprintf(path, sizeof(path), "%s/%s", directory, file->name);
	command = put_path(file->command, path);
	status = command ? system(command) : -1;
	r = status ? report(0, "files: %s: its command failed with %d: %s", file->name,
			    WIFEXITED(status) ? WEXITSTATUS(status) : status, file->command)
		   : keep(file, path);
	unlink(path);
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
			r = files[i].from ? keep(&files[i], files[i].from) : make(&files[i]);
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
	/* A list of one may be written as its one group. */
	group = group ? group : config_lookup(&scenario->config, "files");
	if (asprintf(&place, "%s/%s", directory, file->name) < 0)
		return report(-ENOMEM, "%s", directory);
	config_setting_remove(group, "command");
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
