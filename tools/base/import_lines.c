/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/import_lines.h"
#include "injector/base/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The buffer, followed by the head of a line that is too long. */
enum { HEAD = IMPORT_BUFFER_SIZE + 1, ROOM = HEAD + IMPORT_LINE_MAX + 1 };

int import_lines_open(struct import_lines *lines, int fd)
{
	*lines = (struct import_lines){
		.fd = fd,
		.buffer = malloc(ROOM),
		.most = lseek(fd, 0, SEEK_CUR) < 0 ? IMPORT_PIPE_MAX : UINT64_MAX,
	};
	return lines->buffer ? 0 : report(-ENOMEM, "a buffer for lines");
}

void import_lines_close(struct import_lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
}

/* Moves the unread bytes to the front and reads more behind them. Returns whether any were read. */
static bool fill(struct import_lines *lines)
{
	ssize_t got;

	if (lines->ended)
		return false;
	if (lines->at) {
		memmove(lines->buffer, lines->buffer + lines->at, lines->filled - lines->at);
		lines->filled -= lines->at;
		lines->at = 0;
	}
	do
		got = read(lines->fd, lines->buffer + lines->filled,
			   IMPORT_BUFFER_SIZE - lines->filled);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		lines->error = -errno;
	if (got <= 0) {
		lines->ended = true;
		return false;
	}
	lines->filled += (size_t)got;
	lines->bytes += (uint64_t)got;
	if (lines->bytes > lines->most) {
		lines->error = -EFBIG;
		lines->ended = true;
	}
	return true;
}

/* Skips a hole: zeros end no line. Holes are read if the file system does not report them or the
 * file cannot seek. */
static void skip_hole(const struct import_lines *lines)
{
	off_t at = lseek(lines->fd, 0, SEEK_CUR);

	if (at >= 0 && lseek(lines->fd, at, SEEK_DATA) < 0 && errno == ENXIO)
		lseek(lines->fd, 0, SEEK_END);
}

/* Passes over the rest of a line that is too long. Returns whether its end was found. */
static bool skip_rest(struct import_lines *lines)
{
	char *newline;

	while (!(newline = memchr(lines->buffer + lines->at, '\n', lines->filled - lines->at))) {
		lines->at = lines->filled;
		skip_hole(lines);
		if (!fill(lines))
			return false;
	}
	lines->at = (size_t)(newline - lines->buffer) + 1;
	return true;
}

bool import_lines_next(struct import_lines *lines, struct import_line *line)
{
	size_t searched = 0, left;
	char *newline = NULL;

	for (;;) {
		left = lines->filled - lines->at;
		if (left > searched)
			newline =
				memchr(lines->buffer + lines->at + searched, '\n', left - searched);
		searched = left;
		if (newline || left > IMPORT_LINE_MAX || !fill(lines))
			break;
	}
	left = lines->filled - lines->at;
	if (!newline && !left)
		return false;
	line->text = lines->buffer + lines->at;
	line->length = newline ? (size_t)(newline - line->text) : left;
	line->cut = line->length > IMPORT_LINE_MAX;
	line->last = !newline && !line->cut;
	lines->number++;
	if (!line->cut) {
		lines->at += line->length + (newline != NULL);
		line->text[line->length] = '\0';
		return true;
	}
	line->length = IMPORT_LINE_MAX;
	line->text = memcpy(lines->buffer + HEAD, line->text, IMPORT_LINE_MAX);
	line->text[IMPORT_LINE_MAX] = '\0';
	line->last = !skip_rest(lines);
	return true;
}
