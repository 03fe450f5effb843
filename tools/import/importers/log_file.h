/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prepares a log for reading line by line, oldest first. Input from a pipe, in base64 (cloud
 * consoles, mail), in lines of megabytes (exports of log collectors), with the newest line first,
 * or in parts of pstore is copied to an unnamed temporary file.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_FILE_H
#define TOOLS_IMPORT_IMPORTERS_LOG_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct log_file {
	int fd;        /* at its start; seekable */
	int given;     /* as passed to log_file_open(), which the caller closes */
	int directory; /* of temporary files, or -1, see scratch_file() */
	bool base64;   /* parts in base64 were decoded */
	bool parts;    /* parts of pstore were sorted */
	bool newlines; /* docker's records end with a newline, except partial ones */
	size_t fold;   /* width in bytes at which lines were folded; 0: unknown */
	bool hard;     /* folded within words too, as terminals do */
};

/* Prepares a log. fd: at its start; stays open. Returns 0 or -errno (reported, with `path`); on
 * error nothing is to be closed. */
int log_file_open(struct log_file *file, int fd, int directory, const char *path);

/* Whether it is small enough for log_file_reverse(). */
bool log_file_can_reverse(const struct log_file *file);

/* Reverses the order of the lines. Returns 0 or -errno (reported). */
int log_file_reverse(struct log_file *file, const char *path);

/* Closes the temporary file, if any. */
void log_file_close(struct log_file *file);

#endif
