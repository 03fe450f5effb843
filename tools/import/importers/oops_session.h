/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads sessions of debuggers: crash(8) and drgn. What they print is measured. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_SESSION_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_SESSION_H

#include "tools/import/importers/oops_facts.h"

/* Prompts, ended by NULL. */
extern const char *const oops_prompts[];

/* Takes commands and answers, on separate lines or one after the other on one. Returns whether the
 * line has information. */
bool oops_take_session(struct oops_facts *facts, const char *text, uint64_t line);

#endif
