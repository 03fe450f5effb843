/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verdict makes of a schedule, how it is told, and its keys. */
#include "injector/base/array.h"
#include "injector/schedule/schedule.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"
#include "tools/verdict/result.h"
#include "tools/verdict/result_schema.h"
#include "tools/verdict/schedule_result.h"

#include <stdlib.h>
#include <string.h>

/* About the race, with reads that were judged, ... */
#define ABOUT(...)                                                                                 \
	{                                                                                          \
		.race = "folio-split", .reads = 50, .wanted_passages = 10, __VA_ARGS__             \
	}
/* ... of an interleaving that was shown to hit. */
#define FACTS(...) ABOUT(.power = 0.99999, .chance = 0.5, __VA_ARGS__)

static void verdicts(void)
{
	static const struct {
		struct run_facts facts;
		enum verdict verdict;
		const char *reason; /* part of it */
	} rows[] = {
		{ FACTS(.begun = 10, .made = 10), VERDICT_CLEAN,
		  "no wrong byte in 50 reads; 10 passages: 10 made, 0 withstood; a kernel with the "
		  "race would have been caught with probability above 0.9999 (10 passages, at "
		  "least "
		  "50 % hits each on 6.18.9)" },
		{ FACTS(.begun = 11, .withstood = 10), VERDICT_CLEAN,
		  "11 passages: 0 made, 10 withstood" },
		{ FACTS(.begun = 12, .made = 4, .withstood = 6), VERDICT_CLEAN,
		  "12 passages: 4 made, 6 withstood" },
		{ FACTS(.begun = 10, .made = 10, .interrupted = true), VERDICT_CLEAN,
		  "; the run was interrupted" },
		/* A hit is a hit, whatever became of the schedule. */
		{ FACTS(.wrong = 1), VERDICT_HIT, "1 wrong reads of 50" },
		{ FACTS(.begun = 10, .made = 10, .wrong = 1), VERDICT_HIT, "1 wrong reads of 50" },
		{ FACTS(.witnessed = true, .captures = 1), VERDICT_HIT, "1 lookups in" },
		{ FACTS(.error = "the layer died", .begun = 10, .made = 10), VERDICT_ERROR,
		  "the layer died" },
		/* Nothing but enough passages is clean: not what is the proof elsewhere. */
		{ FACTS(.begun = 10, .made = 4, .withstood = 5), VERDICT_INCONCLUSIVE,
		  "10 passages: 4 made, 5 withstood; 10 are wanted that are made or withstood; a "
		  "longer run (--duration) gives more" },
		{ FACTS(.begun = 400), VERDICT_INCONCLUSIVE, "400 passages: 0 made, 0 withstood" },
		{ FACTS(.begun = 9, .made = 9, .interrupted = true), VERDICT_INCONCLUSIVE,
		  "10 are wanted that are made or withstood; the run was interrupted" },
		{ ABOUT(.passages = 900, .power = 1, .chance = 0.9), VERDICT_INCONCLUSIVE,
		  "0 passages: 0 made, 0 withstood" },
		{ FACTS(.witnessed = true, .inspected = 136), VERDICT_INCONCLUSIVE,
		  "0 passages: 0 made, 0 withstood" },
		{ FACTS(.wanted = 200, .exposures = 199, .begun = 10, .made = 10),
		  VERDICT_INCONCLUSIVE, "199 exposures, and 200 are wanted" },
		/* What never hit where the race is shows nothing where it does not hit. */
		{ ABOUT(.begun = 10, .made = 10), VERDICT_INCONCLUSIVE,
		  "10 passages: 10 made, 0 withstood; but no row of `shown` says that this "
		  "interleaving hits where the race is" },
		{ ABOUT(.begun = 10, .made = 10, .power = 0.55555, .chance = 0.3),
		  VERDICT_INCONCLUSIVE,
		  "; but a kernel with the race would have been caught with probability 0.5555 (10 "
		  "passages, at least 30 % hits each on 6.18.9), and 0.999 is wanted: 20 passages "
		  "(expect.made)" },
		/* Where nobody looked, the interleaving shows nothing. */
		{ { .race = "folio-split", .wanted_passages = 10, .begun = 10, .made = 10 },
		  VERDICT_INCONCLUSIVE,
		  "no read was judged" },
		{ { .race = "folio-split",
		    .wanted_passages = 10,
		    .begun = 10,
		    .made = 10,
		    .witnessed = true,
		    .inspected = 136 },
		  VERDICT_INCONCLUSIVE,
		  "no read was judged" },
		/* Nothing is claimed where there is no race. */
		{ { .reads = 50, .wanted_passages = 10, .begun = 10, .made = 10 },
		  VERDICT_VERIFIED,
		  "nothing is claimed of any race" },
		{ { .reads = 50, .wanted_passages = 10, .begun = 10, .made = 9 },
		  VERDICT_INCONCLUSIVE,
		  "10 passages: 9 made, 0 withstood; 10 are wanted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run_result *result = run_of(&rows[i].facts);

		verdict_decide(result);
		if (result->verdict != rows[i].verdict || !strstr(result->reason, rows[i].reason))
			printf("\n    row %zu: %s: %s", i, verdict_names[result->verdict],
			       result->reason);
		CU_ASSERT_EQUAL(result->verdict, rows[i].verdict);
		CU_ASSERT_PTR_NOT_NULL(strstr(result->reason, rows[i].reason));
	}
}

/* The engine never began. */
static void not_begun(void)
{
	struct run_result *result = run_of(&(struct run_facts)FACTS(.made = 0));

	result->scheduled = false;
	verdict_decide(result);
	CU_ASSERT_EQUAL(result->verdict, VERDICT_INCONCLUSIVE);
	CU_ASSERT_TRUE(schedule_is_short(result));
	result = run_of(&(struct run_facts){ .reads = 1 });
	CU_ASSERT_FALSE(schedule_is_short(result));
	CU_ASSERT_EQUAL(schedule_passed(result), 0);
}

static struct run_result *with_misses(void)
{
	struct run_result *result =
		run_of(&(struct run_facts)FACTS(.begun = 29, .made = 20, .withstood = 2));

	result->schedule.missed[0][SCHEDULE_MISS_EXPIRED] = 3;
	result->schedule.missed[1][SCHEDULE_MISS_NEVER] = 1;
	result->schedule.missed[1][SCHEDULE_MISS_EXPIRED] = 3;
	/* Of a hold that is not there. */
	result->schedule.missed[2][SCHEDULE_MISS_NEVER] = 9;
	result->schedule.time = 1500000000;
	return result;
}

static void accounts(void)
{
	static const char whole[] =
		"29 passages: 20 made, 2 withstood; hold 0 (split at f calls g) expired in 3; "
		"hold 1 (read at return of h) never reached in 1; hold 1 (read at return of h) "
		"expired in 3";
	struct run_result *result = with_misses();
	char text[512];

	CU_ASSERT_EQUAL(schedule_passed(result), 22);
	CU_ASSERT_STRING_EQUAL(schedule_account(result, text, sizeof(text)), whole);
	/* Cut to what has room. */
	for (size_t size = 1; size <= sizeof(whole); size++) {
		schedule_account(result, text, size);
		CU_ASSERT_EQUAL(strlen(text), size - 1);
		CU_ASSERT_EQUAL(strncmp(text, whole, size - 1), 0);
	}
}

/* Sixteen holds with the longest names: what is wanted is said all the same. */
static void long_accounts(void)
{
	static struct schedule_hold holds[SCHEDULE_HOLDS_MAX];
	struct run_result *result = run_of(&(struct run_facts)FACTS(.begun = 33, .made = 1));
	struct scenario *scenario = (struct scenario *)result->scenario;

	scenario->schedule = (struct schema_list){ holds, SCHEDULE_HOLDS_MAX };
	for (size_t i = 0; i < SCHEDULE_HOLDS_MAX; i++) {
		holds[i] = (struct schedule_hold){ .role = "split", .at = { .kind = POINT_CALL } };
		memset(holds[i].at.function, 'f', CODE_POINT_NAME - 1);
		memset(holds[i].at.callee, 'g', CODE_POINT_NAME - 1);
		result->schedule.missed[i][SCHEDULE_MISS_NEVER] = 1;
		result->schedule.missed[i][SCHEDULE_MISS_EXPIRED] = 1;
	}
	verdict_decide(result);
	CU_ASSERT_PTR_NOT_NULL(strstr(result->reason,
				      "; 10 are wanted that are made or withstood; a longer run "
				      "(--duration) gives more"));
}

static void has(const json_t *object, const char *name, const char *wanted)
{
	char *text = json_dumps(json_object_get(object, name), JSON_ENCODE_ANY | JSON_COMPACT);

	CU_ASSERT_STRING_EQUAL(text ?: "nothing", wanted);
	free(text);
}

/* Whether a value is of the type that a schema says. */
static bool is_of_type(const json_t *value, const json_t *schema)
{
	static const char *const types[] = {
		[JSON_OBJECT] = "object",  [JSON_ARRAY] = "array", [JSON_STRING] = "string",
		[JSON_INTEGER] = "number", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",  [JSON_NULL] = "null",
	};
	const json_t *type = json_object_get(schema, "type"), *one;
	size_t i;

	if (json_is_string(type))
		return !strcmp(json_string_value(type), types[json_typeof(value)]) ||
		       (json_is_integer(value) && !strcmp(json_string_value(type), "integer"));
	json_array_foreach (type, i, one)
		if (!strcmp(json_string_value(one), types[json_typeof(value)]))
			return true;
	return false;
}

/* Just the keys of the schema, each of its type. */
static void is_as_schema(const json_t *object, const json_t *schema)
{
	json_t *properties = json_object_get(schema, "properties"), *property;
	const char *name;

	CU_ASSERT_EQUAL(json_object_size(object), json_object_size(properties));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(schema, "required")),
			json_object_size(properties));
	json_object_foreach (properties, name, property) {
		const json_t *value = json_object_get(object, name);

		CU_ASSERT_PTR_NOT_NULL_FATAL(value);
		CU_ASSERT(is_of_type(value, property));
	}
}

static void keys(void)
{
	json_t *schema = result_schema("result");
	const json_t *group = json_object_get(json_object_get(schema, "properties"), "schedule");
	json_t *object = result_json(with_misses());
	const json_t *schedule = json_object_get(object, "schedule"), *item;
	size_t i;

	is_as_schema(schedule, group);
	has(schedule, "engine", "\"qemu\"");
	has(schedule, "passages", "29");
	has(schedule, "made", "20");
	has(schedule, "withstood", "2");
	has(schedule, "seconds", "1.5");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(schedule, "missed")), 3);
	item = json_array_get(json_object_get(schedule, "missed"), 1);
	has(item, "hold", "1");
	has(item, "place", "\"read at return of h\"");
	has(item, "reason", "\"never reached\"");
	has(item, "count", "1");
	group = json_object_get(json_object_get(json_object_get(group, "properties"), "missed"),
				"items");
	json_array_foreach (json_object_get(schedule, "missed"), i, item)
		is_as_schema(item, group);
	json_decref(object);

	/* Without a schedule it is null, which the schema allows. */
	object = result_json(run_of(&(struct run_facts){ .reads = 1 }));
	has(object, "schedule", "null");
	CU_ASSERT(is_of_type(json_object_get(object, "schedule"),
			     json_object_get(json_object_get(schema, "properties"), "schedule")));
	json_decref(object);
	json_decref(schema);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "verdicts", verdicts },           { "a schedule that was not begun", not_begun },
		{ "accounts", accounts },           { "long accounts", long_accounts },
		{ "keys, and their schema", keys }, CU_TEST_INFO_NULL,
	};

	return run_suite("results of schedules", tests);
}
