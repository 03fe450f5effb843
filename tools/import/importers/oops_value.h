/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of facts: how they are read, what they weigh, and which of two stays. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_VALUE_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_VALUE_H

#include "tools/import/importers/oops_facts.h"

/* How much a value counts. */
enum oops_weight {
	WEIGHT_PROSE = 1,
	WEIGHT_KERNEL = 2,
	WEIGHT_MEASURED = 3,
};

/* How the value after a clue ends. */
enum oops_ending {
	END_WORD,   /* a blank, or what markup puts around it */
	END_NUMBER, /* as it is written: 0x... or decimal */
	END_HEX,    /* with or without 0x */
	END_PAGES,  /* a number of pages, of which the order is taken */
	END_CALL,   /* the clue is the value's beginning; the parenthesis that closes it */
	END_QUOTE,  /* a double quote */
	END_MARK,   /* an exclamation mark */
	END_PLACE,  /* what is not in a function's name */
	END_APOSTROPHE,
	END_LINE, /* "mm/filemap.c:3519" in parentheses, wherever it begins */
};

/* Whether the fact is a number. */
bool oops_is_number(enum oops_about about);

/* Reads the value that begins at `text`. Returns whether there is one. */
bool oops_read_value(enum oops_ending ending, const char *text, struct oops_fact *value);

/* Whether it can be what it is said to be: a release is a version, a process and a function are
 * names. */
bool oops_is_sane(enum oops_about about, const struct oops_fact *value);

/* Takes it over. What stays is what weighs more, and then what came first. */
void oops_learn(struct oops_facts *facts, enum oops_about about, const struct oops_fact *value);

/* The fact's text, or `otherwise` where it is not known. */
const char *oops_text(const struct oops_facts *facts, enum oops_about about, const char *otherwise);

/* Whether the file was on it. */
bool oops_is_on(const struct oops_facts *facts, const char *file_system);

/* What is behind the last slash. */
const char *oops_base_name(const char *path);

#endif
