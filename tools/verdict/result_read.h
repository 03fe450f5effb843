/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading results back: what a result.json stands for, whichever machine or version wrote it. */
#ifndef TOOLS_VERDICT_RESULT_READ_H
#define TOOLS_VERDICT_RESULT_READ_H

#include "tools/base/exit_code.h"

#include <jansson.h>

/* The exit code that a result stands for; a verdict that is not known is an error. */
enum exit_code result_exit(const json_t *result);

/* The same in a word, as verdict_outcome(). */
const char *result_outcome(const json_t *result);

#endif
