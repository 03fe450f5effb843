/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account of an import: what was understood, what was taken in another sense than it was meant,
 * and what was not used; each counted and named, with the first line where it was.
 *
 * Names come from the input too (a system call that is not known), so there are only so many, and
 * they hold only so much; the rest is counted together.
 */
#ifndef TOOLS_IMPORT_IMPORT_ACCOUNT_H
#define TOOLS_IMPORT_IMPORT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum import_class {
	IMPORT_UNDERSTOOD,
	IMPORT_REMARK, /* used, but not just as it was */
	IMPORT_NOT_USED,
	IMPORT_CLASSES,
};

enum { IMPORT_NOTES_MAX = 120, IMPORT_NOTE_SIZE = 180 };

struct import_note {
	enum import_class class;
	char what[IMPORT_NOTE_SIZE];
	uint64_t count, first_line; /* line 0: no line */
};

struct import_account {
	struct import_note notes[IMPORT_NOTES_MAX];
	size_t note_count;
	uint64_t others[IMPORT_CLASSES]; /* that found no place */
	bool used;                       /* something was understood */
	char headline[200];              /* what is to be known before all else; or "" */
};

/*
 * Counts `count` of what the text says. Bytes of it that cannot be printed become '?'. Looks
 * through all notes: for what comes a million times count first, and note once.
 */
void import_note(struct import_account *account, enum import_class class, uint64_t count,
		 uint64_t line, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Prints it for a person. */
void import_account_print(FILE *to, const struct import_account *account);

#endif
