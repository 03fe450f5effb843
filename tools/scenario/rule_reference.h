/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules can be for and can do, for people, as their tables have it. */
#ifndef TOOLS_SCENARIO_RULE_REFERENCE_H
#define TOOLS_SCENARIO_RULE_REFERENCE_H

#include "tools/base/prose.h"

/* The operations that rules can name, with their groups. */
void rule_reference_operations(FILE *to, enum prose_form form);

/* The actions, with the operations that each can be done to. */
void rule_reference_actions(FILE *to, enum prose_form form);

#endif
