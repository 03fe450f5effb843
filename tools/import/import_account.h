/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The account of an import: what was understood, what was changed, and what was not used; each
 * counted and named, with its first line.
 *
 * Some names come from the input, such as unknown system calls. So names are limited in number and
 * length; those without a place are counted together.
 */
#ifndef TOOLS_IMPORT_IMPORT_ACCOUNT_H
#define TOOLS_IMPORT_IMPORT_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum import_class {
	IMPORT_UNDERSTOOD,
	IMPORT_REMARK, /* used, but changed */
	IMPORT_NOT_USED,
	IMPORT_CLASSES,
};

enum { IMPORT_NOTES_MAX = 120, IMPORT_NOTE_SIZE = 180 };

struct import_note {
	enum import_class class;
	char what[IMPORT_NOTE_SIZE];
	uint64_t count, first_line; /* line 0: none */
};

struct import_account {
	struct import_note notes[IMPORT_NOTES_MAX];
	size_t note_count;
	uint64_t others[IMPORT_CLASSES]; /* counts that found no place */
	bool used;                       /* something was understood */
	char headline[200];              /* printed before everything else; or "" */
};

/*
 * Adds `count` to the note with this text; line: of the first, or 0. Bytes that cannot be printed
 * become '?'. Searches all notes, so count frequent things first and note them once.
 */
void import_note(struct import_account *account, enum import_class class, uint64_t count,
		 uint64_t line, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Prints the account as text. */
void import_account_print(FILE *to, const struct import_account *account);

#endif
