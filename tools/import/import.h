/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes scenarios from evidence that customers send, in one of several forms. Each form has an
 * importer: a file and a row of importers.h in importers/.
 *
 * An importer reads import->fd, accounts for what it read (import_account.h), and writes the text
 * of a scenario to import->scenario. If that is not enough, it also writes a companion file, named
 * in the scenario, see import_companion(). It uses what it can and counts the rest; it fails only
 * if nothing was of use. Input is hostile: it may be truncated, binary, of any size, and written by
 * another tool.
 */
#ifndef TOOLS_IMPORT_IMPORT_H
#define TOOLS_IMPORT_IMPORT_H

#include "tools/import/import_account.h"

#include <stdio.h>

/* Options of the command line; NULL or 0: not given. */
struct import_options {
	const char *under;        /* take only files below this directory */
	const char *const *parts; /* further input files, ended by NULL; or NULL */
	bool storm;               /* add a storm on files like those of the evidence */
	unsigned int report;      /* which crash of the input, from 1 */
};

struct import {
	const struct importer *importer;
	struct import_options options;
	const char *path; /* of the input as given, for messages */
	const char *name; /* of the scenario's file, without directory and ".cfg": for its title and
			     the companion's name */
	int fd;           /* the input, at its start; seekable unless a pipe */
	FILE *scenario;   /* memory; written out if the importer succeeds */
	FILE *companion;  /* see import_companion(); NULL: none */
	char companion_name[256];
	int directory;    /* for scenario and companion; -1: both are discarded */
	const char *file; /* name of the scenario in the directory */
	bool force;       /* replace existing files; make a scenario even if none fits */
	struct import_account account;
};

/* A form of evidence. */
struct importer {
	const char *name;    /* "strace" */
	const char *expects; /* its input, for messages: "a log of strace -f -ttt -T -yy" */
	const char *about;   /* for the manual page, see prose.h */
	bool seeks;          /* needs a seekable input, not a pipe */
	bool has_reports;    /* supports import_options.report */
	bool has_parts;      /* supports import_options.parts, and directories */
	bool has_storms;     /* supports import_options.storm */
	bool has_paths;      /* supports import_options.under */
	/*
	 * Reads import->fd. Returns 0; -ENODATA if nothing was of use; -ENOMSG if the evidence was
	 * understood, but no scenario can show it; other -errno. All are reported, with the line by
	 * import_fail().
	 */
	int (*read)(struct import *import);
};

/*
 * Reads a file into a scenario, and writes it and its companion atomically. path: of the evidence;
 * output: of the scenario, "-" for standard output without an account; force: replace existing
 * files. to: gets the account, also if nothing was of use; NULL: nobody does. Returns 0; -ENOMSG
 * understood, but no scenario can show it; -EINVAL nothing was of use, or an output exists already,
 * is the input (even with `force`), a directory or the other output; -ENOENT or another errno of
 * the files. All are reported, and leave existing files unchanged.
 */
int import_file(const struct importer *importer, const struct import_options *options,
		const char *path, const char *output, bool force, FILE *to);

/*
 * Does the same for an open file and writes no files: for tests and fuzzers. scenario, companion:
 * set to the texts, which the caller frees, NULL on error or without a companion; may be NULL.
 * Returns 0 or -errno (reported).
 */
int import_fd(const struct importer *importer, const struct import_options *options, int fd,
	      FILE *to, char **scenario, char **companion);

/*
 * For importers: opens import->companion, named like the scenario but with `suffix` (".trace") for
 * ".cfg"; the scenario refers to it as import->companion_name. Called once; the importer does not
 * close it. Returns 0; -EINVAL the name is not possible; other -errno it cannot be created;
 * reported.
 */
int import_companion(struct import *import, const char *suffix);

/* For importers: reports "PATH:LINE: WHAT; expected ..."; without LINE if 0. Returns -EINVAL. */
int import_fail(const struct import *import, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For importers: writes a string in libconfig's quotes, escaped. */
void import_write_text(FILE *to, const char *text);

#endif
