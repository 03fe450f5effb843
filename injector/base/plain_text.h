/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others on a terminal: a log, an archive or a scenario may hold what a terminal obeys. */
#ifndef INJECTOR_BASE_PLAIN_TEXT_H
#define INJECTOR_BASE_PLAIN_TEXT_H

#include <stdbool.h>

/*
 * Replaces each control character by a question mark, in place: of ASCII, and those that UTF-8
 * writes as 0xc2 and 0x80 to 0x9f, which some terminals obey as well. Tabs stay. lines: newlines
 * stay, too. Returns text.
 */
char *plain_text(char *text, bool lines);

#endif
