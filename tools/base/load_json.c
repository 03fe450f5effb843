/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/load_json.h"
#include "injector/base/cleanup.h"
#include "injector/base/text_file.h"

#include <stdio.h>

json_t *load_json(const char *path, json_error_t *error)
{
	_cleanup_close_ int fd = text_file_open(path);

	if (fd >= 0)
		return json_loadfd(fd, 0, error);
	if (error) {
		*error = (json_error_t){ .line = 0 };
		snprintf(error->text, sizeof(error->text), "%s", text_file_error(fd));
	}
	return NULL;
}
