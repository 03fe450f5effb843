/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log's file, made such that its lines can be read one by one from the oldest on: what comes
 * through a pipe or in base64 (consoles of clouds, mail), in lines of megabytes (exports of
 * collectors), with the newest first, or in the parts of pstore becomes a file without a name.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_FILE_H
#define TOOLS_IMPORT_IMPORTERS_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct log_file {
	int fd;        /* at its start; seekable */
	int given;     /* that it was opened with, which is not closed */
	int directory; /* for files without a name; -1: they are memory */
	bool base64;   /* it had such parts, which are decoded */
	bool parts;    /* of pstore, which were put in order */
	bool newlines; /* records of docker end in them, but for those that go on */
	size_t fold;   /* bytes of a line at which its lines were folded; 0: it is not known */
	bool hard;     /* also within words, as terminals do */
};

/* fd: at its start. Returns 0 or -errno (reported, with `path`); then nothing is to be closed. */
int log_file_open(struct log_file *file, int fd, int directory, const char *path);

/* Whether it is not too large for that. */
bool log_file_can_reverse(const struct log_file *file);

/* Puts the last line first. Returns 0 or -errno (reported). */
int log_file_reverse(struct log_file *file, const char *path);

void log_file_close(struct log_file *file);

#endif
