/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/rule_keys.h"
#include "injector/rules/rule_action.h"

#include <assert.h>
#include <stddef.h>

#define SPEC(member) .offset = offsetof(struct rule_spec, member)

#define DAY (24 * RULE_HOUR)

#define RANGE "a range such as \"4K..1M\", \"1M..\", \"..4K\" or \"0\""

static const struct schema_key when_keys[] = {
	{ "op", SCHEMA_TEXTS, SPEC(when.operations),
	  .allowed = "any, data, metadata, namespace, sync, or an operation such as \"fallocate\"",
	  .help = "operations to which the rule applies; fsync includes fdatasync, and "
		  "fdatasync is that alone",
	  .required = 1, .parse = rule_parse_operation, .noun = "word or list of words",
	  .item_size = sizeof(struct rule_operation) },
	{ "path", SCHEMA_TEXT, SPEC(when.path), NULL, "a glob such as \"db/*.log\"",
	  "path of the file, relative to the mount. \"*\" also matches \"/\": "
	  "\"*.wal\" matches in every directory" },
	{ "inode", SCHEMA_PARSED, SPEC(when.inode), NULL, "a number from 0", "of the file",
	  .parse = rule_parse_number, .noun = "number" },
	{ "offset", SCHEMA_PARSED, SPEC(when.offset), NULL, RANGE, "offset of the request",
	  .parse = rule_parse_range, .noun = "range" },
	{ "length", SCHEMA_PARSED, SPEC(when.length), NULL, RANGE, "length of the request",
	  .parse = rule_parse_range, .noun = "range" },
	{ "align", SCHEMA_SIZE, SPEC(when.align), NULL, "a size such as \"4K\"",
	  "the offset is a multiple of this size", .min = 2 },
	{ "page", SCHEMA_PARSED, SPEC(when.page), NULL, "a number from 0",
	  "page of the file that the request touches", .parse = rule_parse_number,
	  .noun = "number" },
	{ "size", SCHEMA_PARSED, SPEC(when.file_size), NULL, RANGE, "of the file",
	  .parse = rule_parse_range, .noun = "range" },
	{ "mode", SCHEMA_PARSED, SPEC(when.mode), "any", "any, allocate, punch, zero",
	  "mode of fallocate", .parse = rule_parse_mode },
	{ "flags", SCHEMA_TEXTS, SPEC(when.flags), .allowed = "a list such as ( \"O_DIRECT\" )",
	  .help = "flags with which the file was opened, all of them", .parse = rule_parse_flag,
	  .item_size = sizeof(struct rule_flag) },
	{ "process", SCHEMA_TEXT, SPEC(when.process), NULL, "a glob such as \"postgres*\"",
	  "name of the calling thread, which has 15 characters at most" },
	{ "pid", SCHEMA_PARSED, SPEC(when.pid), NULL, "a number from 0", "ID of the calling thread",
	  .parse = rule_parse_number, .noun = "number" },
	{ "uid", SCHEMA_PARSED, SPEC(when.uid), NULL, "a number from 0", "user ID of the caller",
	  .parse = rule_parse_number, .noun = "number" },
	{ "nth", SCHEMA_PARSED, SPEC(when.nth), NULL, "N, N..M, N+, N+STEP or N..M+STEP",
	  "which of the matching requests, counted from 1", .parse = rule_parse_nth,
	  .noun = "text" },
	{ "probability", SCHEMA_PARSED, SPEC(when.probability), "1",
	  "above 0, up to 1, or a percentage such as \"5%\"", "probability of each match",
	  .parse = rule_parse_probability, .noun = "number" },
	{ "from", SCHEMA_DURATION, SPEC(when.from), "0", "a duration such as \"5s\", up to 24h",
	  "earliest time since the start of the layer", .max = DAY },
	{ "until", SCHEMA_DURATION, SPEC(when.until), "0", "a duration such as \"5s\", up to 24h",
	  "latest time since the start of the layer; 0: no limit", .max = DAY },
	{ "phase", SCHEMA_PARSED, SPEC(when.phase), "any",
	  "any, preparing, storm, gather, settle, punch, linger, refill",
	  "phase of the run or of a punch, see [phases](rules.md#when-rules-apply)",
	  .parse = rule_parse_phase },
	{ "held", SCHEMA_TEXT, SPEC(when.held), NULL, "the name of a hold",
	  "name of a hold in which a request must be waiting" },
	{ "event", SCHEMA_TEXT, SPEC(when.event), NULL, "the name of a rule",
	  "name of a rule that must have fired" },
	{ "times", SCHEMA_COUNT, SPEC(when.times), "0", "a number from 0",
	  "how many times the rule fires at most; 0: no limit" },
	{ "per", SCHEMA_PARSED, SPEC(when.per), "rule", "rule, file, process, handle",
	  "what nth and times count: all requests of the rule, or those of each file, "
	  "process or open separately",
	  .parse = rule_parse_per },
	{ .name = NULL },
};

static const struct schema_key at_key = {
	"at",
	SCHEMA_PARSED,
	offsetof(struct rule_do, after),
	"before",
	"before, after",
	"when to act: before the operation, or after it and before the answer",
	.parse = rule_parse_at
};

/* Of `do`: one for each action, which fills the action's place in struct rule_do. */
static struct schema_key do_keys[RULE_ACTION_KINDS + 2];

__attribute__((constructor)) static void fill_do_keys(void)
{
	do_keys[0] = at_key;
	for (size_t i = 0; i < RULE_ACTION_KINDS; i++) {
		struct schema_key *key = &do_keys[i + 1];

		assert(rule_actions[i]->settings_size <= RULE_SETTINGS);
		*key = rule_actions[i]->key;
		key->offset = offsetof(struct rule_do, settings[i].bytes);
		if (key->type == SCHEMA_GROUP)
			key->given = offsetof(struct rule_do, settings[i].given);
	}
}

const struct schema_key rule_keys[] = {
	{ "name", SCHEMA_TEXT, SPEC(name), NULL, "a name of up to 31 characters",
	  "name of the rule; without it rule-N" },
	{ "disabled", SCHEMA_BOOLEAN, SPEC(disabled), "false",
	  .help = "the rule matches nothing until it is enabled" },
	{ "when", SCHEMA_GROUP, 0, .required = 1, .keys = when_keys, .short_for = "op" },
	{ "do", SCHEMA_LIST, SPEC(actions), .allowed = "a group, or a list of groups",
	  .required = 1, .keys = do_keys, .item_size = sizeof(struct rule_do) },
	{ .name = NULL },
};

const struct schema_key rules_file_keys[] = {
	{ "rules", SCHEMA_LIST, .offset = offsetof(struct rules_file, rules),
	  .allowed = "a list of groups", .keys = rule_keys, .item_size = sizeof(struct rule_spec) },
	{ "crash", SCHEMA_GROUP, .offset = offsetof(struct rules_file, crash),
	  .keys = crash_plan_keys, .short_for = "at",
	  .given = offsetof(struct rules_file, has_crash) },
	{ .name = NULL },
};
