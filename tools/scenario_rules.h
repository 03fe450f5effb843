/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a scenario, or of a file of rules alone, as the injector has them. */
#ifndef TOOLS_SCENARIO_RULES_H
#define TOOLS_SCENARIO_RULES_H

#include "injector/rules.h"
#include "tools/scenario.h"

/*
 * Adds a list of struct scenario_rule to the injector's. wrong, why: on error, which one and what
 * is wrong with it, cut to `size` bytes. Returns 0; -EINVAL, -ENOMEM, not reported.
 */
int scenario_rules_add(const struct schema_list *from, struct rules *rules, size_t *wrong,
		       char *why, size_t size);

/*
 * Reads a file that holds `rules = ( ... );` as a scenario does, and adds them. Returns 0; -ENOENT
 * the file; -EINVAL a mistake in it; reported.
 */
int rules_load(const char *path, struct rules *rules);

#endif
