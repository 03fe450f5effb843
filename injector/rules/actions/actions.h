/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of all actions of rules, in the order in which those of one group of `do` happen. NAME
 * stands for struct rule_action rule_action_NAME in actions/NAME.c.
 */
#ifndef INJECTOR_RULES_ACTIONS_ACTIONS_H
#define INJECTOR_RULES_ACTIONS_ACTIONS_H

/* clang-format off */
#define RULE_ACTIONS(ROW) \
	ROW(hold) \
	ROW(release) \
	ROW(delay) \
	ROW(signal) \
	ROW(run) \
	ROW(punch) \
	ROW(misplace) \
	ROW(lose) \
	ROW(short) \
	ROW(corrupt) \
	ROW(statfs) \
	ROW(attributes) \
	ROW(fsync) \
	ROW(crash) \
	ROW(quota) \
	ROW(error) \
	ROW(log)
/* clang-format on */

#define RULE_ACTION_COUNT(name) +1
enum { RULE_ACTION_KINDS = RULE_ACTIONS(RULE_ACTION_COUNT) };
#undef RULE_ACTION_COUNT

#endif
