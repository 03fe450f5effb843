/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/save.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/open_output.h"
#include "tools/base/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Whether the path leads to a pipe or a device, such as /dev/stdout, which is written to instead of
 * replaced. */
static bool is_special(const char *path)
{
	struct stat status;
	char why[NAME_MAX + 160];

	return !look_at_output(path, &status, why, sizeof(why)) && !S_ISREG(status.st_mode) &&
	       !S_ISDIR(status.st_mode);
}

static int write_there(const char *path, const char *text, size_t size)
{
	_cleanup_close_ int fd = open_output(path, O_WRONLY);
	int r = fd < 0 ? -EIO : write_whole(fd, text, size);

	if (r && fd >= 0)
		report(r, "%s", path);
	return r ? -EIO : 0;
}

static int replace(const char *path, const char *text, size_t size)
{
	struct replace_file file;
	int r;

	if (is_special(path))
		return write_there(path, text, size);
	if (replace_file_begin(&file, path))
		return -EIO;
	r = replace_file_end(&file, write_whole(file.fd, text, size));
	return r ? (report(r, "%s", path), -EIO) : 0;
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
