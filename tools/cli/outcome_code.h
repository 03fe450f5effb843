/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit codes of outcomes. */
#ifndef TOOLS_CLI_OUTCOME_CODE_H
#define TOOLS_CLI_OUTCOME_CODE_H

#include "tools/base/exit_code.h"
#include "tools/verdict/test_outcome.h"

enum exit_code exit_code_of_outcome(enum test_outcome outcome);

#endif
