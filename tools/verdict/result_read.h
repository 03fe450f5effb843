/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interprets a result.json, whichever machine or version wrote it. */
#ifndef TOOLS_VERDICT_RESULT_READ_H
#define TOOLS_VERDICT_RESULT_READ_H

#include "tools/verdict/test_outcome.h"

#include <jansson.h>

/* The outcome of a result, by its verdict and expectation. An unknown verdict is an error. */
enum test_outcome result_outcome(const json_t *result);

#endif
