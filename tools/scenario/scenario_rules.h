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
 * reported too. Returns 0; -ENOENT the file; -EINVAL a mistake in it, or a command of somebody who
 * is not trusted; reported.
 */
int rules_load(const char *path, enum schema_trust trust, struct rules *rules);

/*
 * Reads a file for rules_read_text(), with what it includes. text: the caller's. Returns as
 * rules_load() does; of mistakes only those are found that show without a layer.
 */
int rules_text_of_file(const char *path, enum schema_trust trust, char **text);

/*
 * Adds rules from a text: what a file would hold, or one rule without its braces; it includes
 * nothing. message: what is wrong, or a warning, or "", cut to `size` bytes. Returns 0 or -errno,
 * not reported.
 */
int rules_read_text(const char *text, struct rules *rules, char *message, size_t size);

/* The same in place of all rules that are there, which stay when something is wrong. */
int rules_replace_by_text(const char *text, struct rules *rules, char *message, size_t size);

#endif
