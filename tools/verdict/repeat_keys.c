/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/repeat_keys.h"
#include "tools/base/keys_print.h"
#include "tools/verdict/result_keys.h"

const struct key repeat_keys[] = {
	{ "runs", KEY_NUMBER, NULL,
	  "runs made; in an unfinished file, the number of the latest run that has "
	  "begun",
	  0, .make = NULL },
	{ "runs_hit", KEY_NUMBER, NULL, "runs with the verdict HIT", 0, .make = NULL },
	{ "each", KEY_LIST, NULL,
	  "for each run its verdict, outcome, reason, seed and counts, as in its "
	  "result.json",
	  KEY_APART, .make = NULL },
	KEY_END,
};

/* Copies rows of result_keys[]; allows null for those that are unknown if the guest died. */
static size_t select_rows(unsigned int flags, struct key *into, size_t size)
{
	size_t count = keys_select(result_keys, flags, into, size);

	for (size_t i = 0; i < count; i++)
		if (!(into[i].flags & RESULT_SURVIVES))
			into[i].flags |= KEY_NULL;
	return count;
}

/* Of a file written while more runs follow. */
static json_t *schema_of_unfinished(void)
{
	return json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s, s], s:b}", "type", "object",
			 "properties", "runs", "type", "integer", "outcome", "type", "null",
			 "required", "runs", "outcome", "additionalProperties", 0);
}

json_t *repeat_schema(void)
{
	struct key rows[RESULT_KEYS_MAX], each[RESULT_KEYS_MAX];
	size_t count = select_rows(RESULT_DECIDING | RESULT_SUM, rows, RESULT_KEYS_MAX - 8);

	select_rows(RESULT_EACH, each, RESULT_KEYS_MAX);
	for (const struct key *key = repeat_keys; key->name; key++) {
		rows[count] = *key;
		rows[count++].keys = key->type == KEY_LIST ? each : NULL;
	}
	rows[count++] = *keys_find(result_keys, "baseline");
	rows[count] = (struct key)KEY_END;
	return json_pack("{s:s, s:{s:{s:{s:s}}}, s:o, s:o}", "title", "repeat.json of foliostorm",
			 "if", "properties", "outcome", "type", "null", "then",
			 schema_of_unfinished(), "else", keys_schema(rows, NULL));
}
