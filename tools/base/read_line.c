/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/read_line.h"

#include <errno.h>
#include <stdlib.h>

/* Makes room for one more byte and a NUL. */
static int grow(char **line, size_t *size, size_t used)
{
	size_t more = 2 * *size + 256;
	char *grown;

	if (used + 2 <= *size)
		return 0;
	if (used >= READ_LINE_MAX)
		return -EFBIG;
	grown = realloc(*line, more);
	if (!grown)
		return -ENOMEM;
	*line = grown;
	*size = more;
	return 0;
}

ssize_t read_line(char **line, size_t *size, FILE *file)
{
	size_t used = 0;
	int c = 0, r = 0;

	while (c != '\n' && (c = getc_unlocked(file)) != EOF) {
		r = grow(line, size, used);
		if (r)
			return r;
		(*line)[used++] = (char)c;
	}
	if (c == EOF && ferror(file))
		return errno ? -errno : -EIO;
	if (used)
		(*line)[used] = '\0';
	return (ssize_t)used;
}
