/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/save.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t put = write(fd, text, size);

		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0) {
			text += put;
			size -= (size_t)put;
		}
	}
	return 0;
}

/* Some file systems say only at the end that there is no room. */
static int write_file(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text, size);
	if (!r && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	return r;
}

static int replace(const char *path, const char *text, size_t size)
{
	char beside[PATH_MAX];
	int r;

	snprintf(beside, sizeof(beside), "%s.new", path);
	r = write_file(beside, text, size);
	if (!r && rename(beside, path))
		r = -errno;
	if (!r)
		return 0;
	unlink(beside);
	report(r, "%s", path);
	return -EIO;
}

int save_text(const char *path, const char *text)
{
	return replace(path, text, strlen(text));
}

int save_json(const char *path, const json_t *object, size_t flags)
{
	_cleanup_free_ char *text = json_dumps(object, flags);

	return text ? save_text(path, text) : (report(-ENOMEM, "%s", path), -EIO);
}

int save_begin(struct save *save, const char *path)
{
	save->text = NULL;
	save->file = open_memstream(&save->text, &save->size);
	return save->file ? 0 : (report(-errno, "%s", path), -EIO);
}

int save_end(struct save *save, const char *path)
{
	int r = ferror(save->file) ? -ENOMEM : 0;

	if (fclose(save->file))
		r = -ENOMEM;
	if (r)
		report(r, "%s", path);
	else
		r = replace(path, save->text, save->size);
	free(save->text);
	return r ? -EIO : 0;
}
