/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_SUPPORT_TEXT_OF_H
#define TESTS_SUPPORT_TEXT_OF_H

#include <fcntl.h>
#include <unistd.h>

/* Returns the first 255 bytes of a file; "none" if it cannot be read. Valid until the next call. */
static const char *text_of(const char *file)
{
	static char text[256];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got < 0 ? "none" : text;
}

#endif
