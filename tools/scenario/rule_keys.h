/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of rules: of an item of the list `rules`, and of a file of rules. */
#ifndef TOOLS_SCENARIO_RULE_KEYS_H
#define TOOLS_SCENARIO_RULE_KEYS_H

#include "injector/rules/rule_crash.h"
#include "injector/rules/rule_spec.h"
#include "tools/scenario/schema.h"

/* They fill a struct rule_spec. */
extern const struct schema_key rule_keys[];

/* A file of rules. */
struct rules_file {
	struct schema_list rules; /* struct rule_spec */
	struct crash_plan crash;
	bool has_crash;
};

/* They fill a struct rules_file. */
extern const struct schema_key rules_file_keys[];

#endif
