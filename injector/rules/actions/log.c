/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_engine.h"

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	(void)plan;
	(void)firing;
	return STEP_ON;
}

const struct rule_action rule_action_log = {
	.key = { "log", SCHEMA_PARSED, 0, "false", "true, false", "only note it",
		 .parse = rule_parse_bool },
	.about = "Does nothing but leave an event.",
	.settings_size = sizeof(bool),
	.apply = apply,
};
