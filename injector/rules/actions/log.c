/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_engine.h"

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	(void)plan;
	(void)firing;
	return STEP_ON;
}

const struct rule_action rule_action_log = {
	.key = { "log", SCHEMA_BOOLEAN, 0, "false", .help = "only log an event" },
	.about = "Only logs an event.",
	.settings_size = sizeof(bool),
	.apply = apply,
};
