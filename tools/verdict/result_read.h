/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading results back: what a result.json stands for, whichever machine or version wrote it. */
#ifndef TOOLS_VERDICT_RESULT_READ_H
#define TOOLS_VERDICT_RESULT_READ_H

#include "tools/verdict/test_outcome.h"

#include <jansson.h>

/* What a result comes to, by its verdict and what was expected; a verdict that is not known is an
 * error. */
enum test_outcome result_outcome(const json_t *result);

#endif
