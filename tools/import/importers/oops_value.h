/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of facts: parses them, and decides which of two stays. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_VALUE_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_VALUE_H

#include "tools/import/importers/oops_facts.h"

/* The reliability of a value. */
enum oops_weight {
	WEIGHT_PROSE = 1,
	WEIGHT_KERNEL = 2,
	WEIGHT_MEASURED = 3,
};

/* What ends the value after a clue. */
enum oops_ending {
	END_WORD,   /* a blank, or markup */
	END_NUMBER, /* a number: 0x... or decimal */
	END_HEX,    /* a hexadecimal number, with or without 0x */
	END_PAGES,  /* a number of pages, which gives the order */
	END_CALL,   /* a closing parenthesis; the clue is part of the value */
	END_QUOTE,  /* a double quote */
	END_MARK,   /* an exclamation mark */
	END_PLACE,  /* a character that function names do not have */
	END_APOSTROPHE,
	END_LINE, /* "mm/filemap.c:3519", in parentheses later on the line */
};

/* Whether the fact is a number. */
bool oops_is_number(enum oops_about about);

/* Reads the value at `text`. Returns whether there is one. */
bool oops_read_value(enum oops_ending ending, const char *text, struct oops_fact *value);

/* Whether the value is plausible for the fact: a release begins like a version, texts are
 * printable, numbers are in range. */
bool oops_is_sane(enum oops_about about, const struct oops_fact *value);

/* Takes a value over if it weighs more than the present one; else notes it if it differs. */
void oops_learn(struct oops_facts *facts, enum oops_about about, const struct oops_fact *value);

/* The text of a fact, or `otherwise` if unknown. */
const char *oops_text(const struct oops_facts *facts, enum oops_about about, const char *otherwise);

/* Whether the file was on that file system. */
bool oops_is_on(const struct oops_facts *facts, const char *file_system);

/* The part of the path behind its last slash. */
const char *oops_base_name(const char *path);

#endif
