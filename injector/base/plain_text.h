/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes untrusted text safe for a terminal: a log, an archive or a scenario may hold control
 * sequences. */
#ifndef INJECTOR_BASE_PLAIN_TEXT_H
#define INJECTOR_BASE_PLAIN_TEXT_H

#include <stdbool.h>

/*
 * Replaces each byte of a control character by a question mark, in place: ASCII's but tabs, and
 * those that UTF-8 encodes as 0xc2 and 0x80 to 0x9f, which some terminals obey as well. lines:
 * keeps newlines, too. Returns text.
 */
char *plain_text(char *text, bool lines);

#endif
