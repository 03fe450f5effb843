/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives the injector the rules of a scenario, of a file of rules, or of a control request. */
#ifndef TOOLS_SCENARIO_SCENARIO_RULES_H
#define TOOLS_SCENARIO_SCENARIO_RULES_H

#include "injector/rules/rules.h"
#include "tools/scenario/scenario.h"

/*
 * Adds a list of struct rule_spec to the injector's rules. wrong: index of the rule that `why` is
 * about. why: what is wrong with it, a warning, or "", cut to `size` bytes. Returns 0; -EINVAL,
 * -ENOMEM, -errno of a file, not reported.
 */
int scenario_rules_add(const struct schema_list *from, struct rules *rules, size_t *wrong,
		       char *why, size_t size);

/*
 * Adds the rules of a file that holds `rules = ( ... );` as a scenario does, or a crash. path: also
 * the name of a shipped file, see shipped_find(). Reports warnings too. Returns 0; -ENOENT or
 * another errno of the file; -EINVAL the rules are invalid, or contain a command and are not
 * trusted; all reported.
 */
int rules_load(const char *path, enum schema_trust trust, struct rules *rules);

/*
 * Reads a file and what it includes as a text for rules_read_text(). text: the caller frees it.
 * Returns as rules_load() does. Finds only mistakes that show without a layer.
 */
int rules_text_of_file(const char *path, enum schema_trust trust, char **text);

/*
 * Adds rules from a text: the content of a file of rules without includes, or one rule without its
 * braces. message: what is wrong, a warning, or "", cut to `size` bytes. Returns 0 or -errno, not
 * reported.
 */
int rules_read_text(const char *text, struct rules *rules, char *message, size_t size);

/* Replaces all rules instead; on error the old ones stay. */
int rules_replace_by_text(const char *text, struct rules *rules, char *message, size_t size);

#endif
