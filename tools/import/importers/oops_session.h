/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions of debuggers: crash(8) and drgn. What they print is measured, not guessed. */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_SESSION_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_SESSION_H

#include "tools/import/importers/oops_facts.h"

/* What a command is typed behind; ended by NULL. */
extern const char *const oops_prompts[];

/* Takes commands and answers, in lines of their own or one behind the other in one. Returns whether
 * the line says something. */
bool oops_take_session(struct oops_facts *facts, const char *text, uint64_t line);

#endif
