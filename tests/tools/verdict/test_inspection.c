/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/storm/aim.h"
#include "tests/support/run_facts.h"
#include "tests/support/suite.h"
#include "tools/verdict/inspection.h"
#include "tools/verdict/result.h"

#include <stdlib.h>
#include <string.h>

enum { ORDER = 9 };

static struct run_result *fresh(void)
{
	struct run_result *result = run_of(&(struct run_facts){ .witnessed = true });

	result->hooks[HOOK_STORE].function = "__folio_split";
	result->kernel = (struct kernel_version){ .major = 6, .minor = 18, .patch = 9 };
	return result;
}

/* A split as a kernel of that shape makes it, of a folio from page 512 on; 0: of a fixed one. */
static void split(struct run_result *result, unsigned int shape, unsigned int at)
{
	struct gate_event event = {
		.type = GATE_EVENT_SPLIT,
		.page = 512,
		.order = ORDER,
		.levels = ORDER,
		.split_at = at,
		.stores = ORDER,
		.inspected = true,
		.misplaced = shape ? split_exposed_parts(shape, ORDER, 0, at) : 0,
	};

	result->gate.splits_inspected++;
	result->gate.slots_inspected += ORDER * (ORDER + 1);
	if (event.misplaced) {
		struct gate_event slot = {
			.type = GATE_EVENT_MISPLACED,
			.time = 1,
			.page = 912,
			.folio = 768,
			.refcount = 2,
		};

		result->gate.splits_misplaced++;
		result->gate.slots_misplaced++;
		inspection_add(&result->inspection, &slot);
	}
	inspection_add(&result->inspection, &event);
}

static void explains(const struct run_result *result, const char *expected)
{
	char text[256];

	inspection_explain(result, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, expected);
}

static void needs_enough_splits(void)
{
	struct run_result *result = fresh();

	for (int i = 0; i < SPLITS_CLEAN - 1; i++)
		split(result, 0, 257);
	CU_ASSERT_FALSE(inspection_clean(result));
	explains(result,
		 "the page cache was inspected in only 19 splits that expose a page, and 20 "
		 "are wanted");
	split(result, 0, 257);
	CU_ASSERT_TRUE(inspection_clean(result));
	CU_ASSERT_FALSE(inspection_hit(result));
	explains(result, "every exposed slot led to the frozen folio in 20 of 20 splits");
	/* What could not be followed may have led anywhere. */
	result->gate.inspect_errors = 1;
	CU_ASSERT_FALSE(inspection_clean(result));
	explains(result, "1 slots of the page cache could not be followed");
}

static void one_slot_decides(void)
{
	struct run_result *result = fresh();

	split(result, AIM_BATCHED, 257);
	CU_ASSERT_TRUE(inspection_hit(result));
	for (int i = 0; i < 99; i++)
		split(result, 0, 257);
	CU_ASSERT_TRUE(inspection_hit(result));
	CU_ASSERT_FALSE(inspection_clean(result));
	explains(result,
		 "the slot of page 912 led to page 768 (order 0, refcount 2); such slots in "
		 "1 of 100 splits");
	/* The event for it may be lost. */
	result->inspection.first.time = 0;
	explains(result, "1 slots led to folios without their pages, in 1 of 100 splits");
}

static void says_why_not(void)
{
	struct run_result *result = fresh();

	strcpy(result->hooks[HOOK_STORE].why, "this kernel has no such function");
	explains(result, "the page cache was not inspected: this kernel has no such function");
	result->witnessed = false;
	explains(result, "the page cache was not inspected, for want of the witness");
	CU_ASSERT_EQUAL(inspection_judge(result), INSPECTION_NONE);
}

static void tells_the_shapes_apart(void)
{
	static const unsigned int shapes[] = { AIM_BATCHED, AIM_INTERLEAVED };

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		struct run_result *result = fresh();

		for (unsigned int at = 0; at < 1 << ORDER; at++)
			split(result, shapes[i], at);
		CU_ASSERT_EQUAL(inspection_shapes(result), shapes[i]);
		split(result, shapes[1 - i], 257);
		CU_ASSERT_EQUAL(inspection_shapes(result), 0);
	}
}

/* Of these places both expose the last page alone. */
static void may_not_tell_them(void)
{
	struct run_result *result = fresh();

	split(result, AIM_BATCHED, 2);
	CU_ASSERT_EQUAL(inspection_shapes(result), AIM_BOTH);
}

/* path: null where the object has none. */
static void has(json_t *object, const char *name, const char *expected)
{
	char *text = json_dumps(json_object_get(object, name), JSON_ENCODE_ANY | JSON_COMPACT);

	CU_ASSERT_STRING_EQUAL(text, expected);
	free(text);
}

static void as_keys(void)
{
	struct run_result *result = fresh();
	json_t *object, *inspection;

	object = result_json(result);
	inspection = json_object_get(object, "inspection");
	has(inspection, "verdict", "\"none\"");
	has(inspection, "exposed", "[]");
	has(inspection, "shape", "null");
	has(inspection, "model_agrees", "null");
	has(inspection, "aimed", "false");
	json_decref(object);

	split(result, AIM_BATCHED, 257);
	object = result_json(result);
	inspection = json_object_get(object, "inspection");
	has(inspection, "verdict", "\"misplaced\"");
	has(inspection, "exposed", "[[257,511]]");
	has(inspection, "shape", "\"batched\"");
	has(inspection, "model_agrees", "true");
	has(object, "splits_inspected", "1");
	has(object, "slots_misplaced", "1");
	json_decref(object);

	result->kernel.minor = 16;
	object = result_json(result);
	has(json_object_get(object, "inspection"), "model_agrees", "false");
	json_decref(object);

	split(result, AIM_INTERLEAVED, 511);
	object = result_json(result);
	inspection = json_object_get(object, "inspection");
	has(inspection, "shape", "\"none fits\"");
	has(inspection, "model_agrees", "false");
	json_decref(object);
}

/* A vendor has taken the fix, or the split, over to another version. */
static void tells_backports(void)
{
	static const struct {
		unsigned int minor, shape;
		const char *agrees;
	} rows[] = {
		{ 18, AIM_BATCHED, "true" },
		{ 18, 0, "false" },
		{ 12, AIM_BATCHED, "false" },
		{ 12, 0, "true" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run_result *result = fresh();
		char *text = NULL;
		size_t size;
		FILE *memory = open_memstream(&text, &size);
		json_t *object;

		result->kernel.minor = rows[i].minor;
		for (int n = 0; n < SPLITS_CLEAN; n++)
			split(result, rows[i].shape, 257);
		object = result_json(result);
		has(json_object_get(object, "inspection"), "version_agrees", rows[i].agrees);
		json_decref(object);
		CU_ASSERT_PTR_NOT_NULL_FATAL(memory);
		result_print(memory, result);
		fclose(memory);
		CU_ASSERT_EQUAL(strstr(text, "taken over from another version") != NULL,
				!strcmp(rows[i].agrees, "false"));
		free(text);
	}
}

/* A few splits may be seen in part. What is too little to judge a kernel refutes nothing, nor do
 * splits of a kernel without the race. */
static void refutes_the_model(void)
{
	struct run_result *result = fresh();
	struct inspection *inspection = &result->inspection;

	for (int i = 0; i < INSPECTION_REFUTES - 1; i++)
		split(result, AIM_INTERLEAVED, 321);
	CU_ASSERT_FALSE(inspection_refutes(inspection, AIM_BATCHED));
	split(result, AIM_INTERLEAVED, 321);
	CU_ASSERT_TRUE(inspection_refutes(inspection, AIM_BATCHED));
	CU_ASSERT_FALSE(inspection_refutes(inspection, AIM_INTERLEAVED));
	CU_ASSERT_FALSE(inspection_refutes(inspection, AIM_BOTH));
	/* Most count, and only splits with misplaced slots. */
	for (int i = 0; i < INSPECTION_REFUTES - 1; i++)
		split(result, AIM_BATCHED, 321);
	CU_ASSERT_FALSE(inspection_refutes(inspection, AIM_INTERLEAVED));
	for (int i = 0; i < INSPECTION_REFUTES; i++)
		split(result, 0, 321);
	CU_ASSERT_FALSE(inspection_refutes(inspection, AIM_INTERLEAVED));
	result = fresh();
	for (int i = 0; i < INSPECTION_REFUTES; i++)
		split(result, 0, 321);
	CU_ASSERT_FALSE(inspection_refutes(&result->inspection, AIM_BATCHED));
}

/* Where one slot led to another frozen folio, nothing is known of it, but of the others it is. */
static void compares_what_was_seen(void)
{
	struct run_result *result = fresh();
	struct gate_event event = {
		.type = GATE_EVENT_SPLIT,
		.order = ORDER,
		.levels = ORDER,
		.split_at = 321,
		.stores = ORDER,
	};

	inspection_add(&result->inspection, &event);
	CU_ASSERT_EQUAL(result->inspection.compared, 0);
	event.misplaced = 1 << 0; /* page 320, one of those that are exposed */
	result->gate.slots_misplaced = 1;
	for (int i = 0; i < INSPECTION_REFUTES; i++)
		inspection_add(&result->inspection, &event);
	CU_ASSERT_EQUAL(inspection_shapes(result), AIM_INTERLEAVED);
	CU_ASSERT_TRUE(inspection_refutes(&result->inspection, AIM_BATCHED));
	CU_ASSERT_FALSE(inspection_refutes(&result->inspection, AIM_INTERLEAVED));
	/* A level that was missed: which parts these are is not known. */
	event.levels--;
	inspection_add(&result->inspection, &event);
	CU_ASSERT_EQUAL(inspection_shapes(result), AIM_INTERLEAVED);
	event.levels++;
	event.inspected = true;
	inspection_add(&result->inspection, &event);
	CU_ASSERT_EQUAL(inspection_shapes(result), 0);
}

/* Only the page of the split itself was misplaced, where the batched shape exposes many others. */
static void compares_what_was_not_seen(void)
{
	struct run_result *result = fresh();
	const struct gate_event event = {
		.type = GATE_EVENT_SPLIT,
		.order = ORDER,
		.levels = ORDER,
		.split_at = 257,
		.stores = ORDER,
		.misplaced = 1 << ORDER,
	};

	result->gate.slots_misplaced = 1;
	for (int i = 0; i < INSPECTION_REFUTES; i++)
		inspection_add(&result->inspection, &event);
	CU_ASSERT_EQUAL(inspection_shapes(result), AIM_INTERLEAVED);
	CU_ASSERT_TRUE(inspection_refutes(&result->inspection, AIM_BATCHED));
}

/* What no kernel can have sent. */
static void ignores_nonsense(void)
{
	static const struct gate_event events[] = {
		{ .type = GATE_EVENT_SPLIT, .order = 32, .levels = 32, .inspected = 1 },
		{ .type = GATE_EVENT_SPLIT, .order = 2, .levels = 3, .inspected = 1 },
		{ .type = GATE_EVENT_SPLIT,
		  .order = 2,
		  .levels = 2,
		  .split_at = 4,
		  .inspected = 1 },
		{ .type = GATE_EVENT_CAPTURE, .order = 2, .levels = 2, .inspected = 1 },
	};
	struct run_result *result = fresh();

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		CU_ASSERT_FALSE(inspection_add(&result->inspection, &events[i]));
	CU_ASSERT_EQUAL(result->inspection.compared, 0);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "needs enough splits", needs_enough_splits },
		{ "one slot decides", one_slot_decides },
		{ "says why not", says_why_not },
		{ "tells the shapes apart", tells_the_shapes_apart },
		{ "may not tell them", may_not_tell_them },
		{ "as keys", as_keys },
		{ "tells backports", tells_backports },
		{ "refutes the model", refutes_the_model },
		{ "compares what was seen", compares_what_was_seen },
		{ "compares what was not seen", compares_what_was_not_seen },
		{ "ignores nonsense", ignores_nonsense },
		CU_TEST_INFO_NULL,
	};

	return run_suite("inspection", tests);
}
