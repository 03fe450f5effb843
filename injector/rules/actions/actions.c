/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of actions, made from the list in actions.h. */
#include "injector/rules/rule_action.h"

#define ROW(name) &rule_action_##name,
const struct rule_action *const rule_actions[] = { RULE_ACTIONS(ROW) };
