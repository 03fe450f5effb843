/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lets a long command end in order when it is interrupted, and report its results so far. */
#ifndef TOOLS_BASE_STOP_H
#define TOOLS_BASE_STOP_H

#include <stdbool.h>

/* Catches SIGINT, SIGTERM and SIGHUP from now on, except those that are ignored. */
void stop_catch(void);

/* Returns whether such a signal has arrived. */
bool stop_wanted(void);

#endif
