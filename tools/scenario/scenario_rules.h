/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a scenario, of a file of rules alone, or of a control request, as the injector has
 * them. */
#ifndef TOOLS_SCENARIO_SCENARIO_RULES_H
#define TOOLS_SCENARIO_SCENARIO_RULES_H

#include "injector/rules/rules.h"
#include "tools/scenario/scenario.h"

/*
 * Adds a list of struct rule_spec to the injector's. wrong, why: which one it is about and what is
 * wrong with it, or a warning, or "", cut to `size` bytes. Returns 0; -EINVAL, -ENOMEM, -errno of
 * a file, not reported.
 */
int scenario_rules_add(const struct schema_list *from, struct rules *rules, size_t *wrong,
		       char *why, size_t size);

/*
 * Reads a file that holds `rules = ( ... );` as a scenario does, and adds them; warnings are
 * reported too. Returns 0; -ENOENT the file; -EINVAL a mistake in it; reported.
 */
int rules_load(const char *path, struct rules *rules);

/*
 * Adds rules from a text: what a file would hold, or one rule without its braces. message: what is
 * wrong, or a warning, or "", cut to `size` bytes. Returns 0 or -errno, not reported.
 */
int rules_read_text(const char *text, struct rules *rules, char *message, size_t size);

#endif
