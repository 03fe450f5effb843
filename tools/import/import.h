/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence that becomes a scenario: what a customer sends, in one of several forms. Each form is
 * read by an importer, a file and a row of importers.c in importers/.
 *
 * An importer reads import->fd, says what it made of it by import_account.h, and writes the text of
 * a scenario to import->scenario; and, where that is not enough, a companion file that the scenario
 * names, by import_companion(). It uses what it can and counts the rest; only when nothing was of
 * use does it fail. Input is hostile: it may be cut, binary, of any size, and made by another tool.
 */
#ifndef TOOLS_IMPORT_IMPORT_H
#define TOOLS_IMPORT_IMPORT_H

#include "tools/import/import_account.h"

#include <stdio.h>

/* What the command line asks for; NULL or 0: not asked. */
struct import_options {
	const char *under;        /* directory whose files count */
	const char *const *parts; /* further files; ended by NULL */
	bool storm;               /* with a storm, on files like those of the evidence */
	unsigned int report;      /* number of a crash, from 1, among those in the input */
};

struct import {
	const struct importer *importer;
	struct import_options options;
	const char *path; /* of the input, as given, for messages */
	const char *name; /* of the scenario's file, without directory and ".cfg": for titles, and
			     for naming the companion */
	int fd;           /* of the input: readable, at its start; seekable unless it is a pipe */
	FILE *scenario;   /* its text is kept when the importer succeeds */
	FILE *companion;  /* see import_companion(); NULL: none */
	char companion_name[256];
	int directory;    /* where scenario and companion will lie; -1: they are thrown away */
	const char *file; /* of the scenario, in the directory */
	bool force;       /* they may be there already, and a scenario is made of what fits none */
	struct import_account account;
};

/* A form of evidence. */
struct importer {
	const char *name;    /* "strace" */
	const char *expects; /* what it reads, for people: "a log of strace -f -ttt -T -yy" */
	const char *about;   /* for the manual page, as prose.h has it */
	bool seeks;          /* a pipe will not do */
	bool has_reports;    /* takes import_options.report */
	bool has_parts;      /* takes import_options.parts, and directories */
	bool has_storms;     /* takes import_options.storm */
	bool has_paths;      /* takes import_options.under */
	/*
	 * Returns 0; -ENODATA when nothing in it was of use, with `what` and `line` (0: none) of
	 * import_fail() telling why; -ENOMSG when it was understood, and no scenario is of it;
	 * other -errno. All are reported.
	 */
	int (*read)(struct import *import);
};

/*
 * Reads a file into a scenario and, atomically, writes it. path: of the evidence; output: of the
 * scenario, "-" for standard output, without an account; force: both files may be there already.
 * The account is printed to `to` (NULL: nowhere), also when nothing was of use. Returns 0; -ENOMSG
 * when it was understood and no scenario fits; -EINVAL when nothing was of use, an output is there
 * already, or would be the input (also with `force`), a directory or the other output; -ENOENT and
 * the like of the files. All are reported, and leave what was there as it was.
 */
int import_file(const struct importer *importer, const struct import_options *options,
		const char *path, const char *output, bool force, FILE *to);

/*
 * The same for an open file, with nothing written: for tests and fuzzers. scenario: set to the
 * text, which the caller frees; may be NULL. companion: the same. Returns 0 or -errno (reported).
 */
int import_fd(const struct importer *importer, const struct import_options *options, int fd,
	      FILE *to, char **scenario, char **companion);

/*
 * For importers: makes import->companion, named as the scenario with `suffix` (".trace") for
 * ".cfg"; its name, to put in the scenario, is import->companion_name. Once; not to be closed.
 * Returns 0; -EINVAL (reported) when it may not have that name, other -errno when it cannot be
 * made.
 */
int import_companion(struct import *import, const char *suffix);

/* For importers: reports "PATH:LINE: WHAT; expected ..." (line 0: without). Returns -EINVAL. */
int import_fail(const struct import *import, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For importers: a text in the quotes of libconfig, escaped. */
void import_write_text(FILE *to, const char *text);

#endif
