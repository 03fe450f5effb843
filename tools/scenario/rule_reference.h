/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reference of rules, printed from their tables. */
#ifndef TOOLS_SCENARIO_RULE_REFERENCE_H
#define TOOLS_SCENARIO_RULE_REFERENCE_H

#include "tools/base/prose.h"

/* Prints the operations that rules can name, with their groups. */
void rule_reference_operations(FILE *to, enum prose_form form);

/* Prints the actions, with the operations to which each applies. */
void rule_reference_actions(FILE *to, enum prose_form form);

#endif
