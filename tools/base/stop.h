/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long commands that end in order when they are interrupted, and say what they have got so far. */
#ifndef TOOLS_BASE_STOP_H
#define TOOLS_BASE_STOP_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP are noted, but those that were ignored. */
void stop_catch(void);

/* Whether one has come since. */
bool stop_wanted(void);

#endif
