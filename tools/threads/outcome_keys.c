/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/threads/outcome_keys.h"
#include "injector/base/append_text.h"

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct thread_outcome *outcome = at;                                         \
                                                                                                   \
		return expression;                                                                 \
	}

VALUE(iteration, key_number(outcome->iteration))
VALUE(reader, key_number(outcome->reader))
VALUE(thread, json_string(outcome->thread))
VALUE(step, key_number(outcome->step))
VALUE(operation, json_string(outcome->what->op->name))
VALUE(got, json_string(outcome->returned ? thread_outcome_name(outcome->result) : "not returned"))
VALUE(took, key_number(outcome->took))

static json_t *make_class(const void *at)
{
	(void)at;
	return json_string(wrong_class_names[WRONG_OUTCOME]);
}

static json_t *make_wanted(const void *at)
{
	const struct thread_outcome *outcome = at;
	const int *expected = outcome->what->expect.items;
	char text[128] = "";
	size_t used = 0;

	if (outcome->late)
		return json_sprintf("an end within %.3f s",
				    (double)outcome->what->must_return / 1e9);
	for (size_t i = 0; i < outcome->what->expect.count; i++)
		used = append_text(text, sizeof(text), used, "%s%s", i ? " or " : "",
				   thread_outcome_name(expected[i]));
	return json_string(text);
}

const struct key outcome_hit_keys[] = {
	{ "kind", KEY_TEXT, .always = "outcome" },
	{ "punch", KEY_NUMBER, NULL, "number of the iteration, from 1", 0, .make = make_iteration },
	{ "reader", KEY_NUMBER, NULL, "number of the thread, from 0, as in hit", 0,
	  .make = make_reader },
	{ "reader_kind", KEY_TEXT, NULL, "name of the thread", 0, .make = make_thread },
	{ "step", KEY_NUMBER, NULL, "number of its step, from 0", 0, .make = make_step },
	{ "operation", KEY_TEXT, NULL, "the `op` of the step", 0, .make = make_operation },
	{ "class", KEY_TEXT, NULL, "outcome", 0, .make = make_class },
	{ "wanted", KEY_TEXT, NULL, "the expected outcome", 0, .make = make_wanted },
	{ "got", KEY_TEXT, NULL, "the actual outcome, or that the call has not returned", 0,
	  .make = make_got },
	{ "took_ns", KEY_NUMBER, "nanoseconds",
	  "duration of the step; if it has not returned, so far", 0, .make = make_took },
	KEY_END,
};

const char *outcome_text(const struct thread_outcome *outcome, char *text, size_t size)
{
	json_t *object = json_pack("{s:s}", "type", "hit");
	size_t used;

	keys_add(object, outcome_hit_keys, outcome);
	used = json_dumpb(object, text, size, JSON_COMPACT);
	json_decref(object);
	text[used < size ? used : 0] = '\0';
	return text;
}
