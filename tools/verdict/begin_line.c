/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/begin_line.h"
#include "tools/verdict/event_keys.h"
#include "tools/verdict/result_keys.h"

static const struct key began_key = {
	"began_ns",
	KEY_NUMBER,
	"nanoseconds",
	"CLOCK_MONOTONIC when it began, which the times of the kernel's log go by as well",
	0,
	.make = NULL,
};

void event_begin_keys(struct key *into, size_t size)
{
	size_t count = keys_select(result_keys, RESULT_BEGIN, into, size - 1);

	into[count++] = began_key;
	into[count] = (struct key)KEY_END;
}

json_t *event_begin_json(const struct run_result *result, uint64_t start)
{
	json_t *line = json_pack("{s:s}", "type", "begin");
	struct key keys[RESULT_KEYS_MAX];

	keys_select(result_keys, RESULT_BEGIN, keys, RESULT_KEYS_MAX);
	keys_add(line, keys, result);
	json_object_set_new(line, began_key.name, key_number(start));
	event_add_place(line, 0, 0);
	return line;
}
