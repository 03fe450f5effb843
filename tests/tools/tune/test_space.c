/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings: how values are written, what is refused, how a sample is spread. */
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/tune/space.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static void expect_values(const char *vary, const char *wanted)
{
	struct space space = { .key_count = 0 };
	char all[2048] = "";

	CU_ASSERT_EQUAL_FATAL(space_add_key(&space, vary), 0);
	for (size_t i = 0; i < space.keys[0].count; i++) {
		strcat(all, i ? " " : "");
		strcat(all, space.keys[0].values[i].text);
	}
	if (strcmp(all, wanted))
		printf("%s: %s\n", vary, all);
	CU_ASSERT_STRING_EQUAL(all, wanted);
	space_release(&space);
}

static void test_values(void)
{
	expect_values("storm.aim=256..260", "256 257 258 259 260");
	expect_values("storm.aim=0..511:128", "0 128 256 384");
	expect_values("readers[0].count=1..4:log", "1 2 4");
	expect_values("readers[0].count=0..5:log", "0 1 2 4 5");
	expect_values("readers[0].count=3..3", "3");
	/* The last doubling does not fit in 64 bits. */
	expect_values("seed=4611686018427387904..18446744073709551615:log",
		      "4611686018427387904 9223372036854775808 18446744073709551615");
	expect_values("storm.settle=0us..800us",
		      "0ns 100us 200us 300us 400us 500us 600us 700us 800us");
	expect_values("storm.settle=0..1ms:250us", "0ns 250us 500us 750us 1ms");
	expect_values("storm.settle=1us..1ms:log",
		      "1us 2.4us 5.6us 13us 32us 75us 180us 420us 1ms");
	expect_values("storm.settle=0us..1ms:log",
		      "0ns 1us 2.4us 5.6us 13us 32us 75us 180us 420us 1ms");
	/* Of two digits, 1300 and 1400 would be outside. */
	expect_values("storm.settle=1340ns..1390ns:log",
		      "1.34us 1.346us 1.352us 1.358us 1.364us 1.371us 1.377us 1.383us 1.39us");
	expect_values("storm.settle=0us..0us:log", "0ns");
	expect_values("storm.length=4K..32K", "4K 8K 16K 32K");
	expect_values("storm.length=4K..12K:4K", "4K 8K 12K");
	expect_values("readers[0].kind=load,procmem,load", "load procmem");
	expect_values("storm.aim=auto,every:50,128,256..258", "auto every:50 128 256 257 258");
	expect_values("readers[0].pages=384-511,exposed", "384-511 exposed");
}

static void expect_refusal(const char *vary, const char *says)
{
	struct space space = { .key_count = 0 };
	char message[512] = "";

	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(space_add_key(&space, vary), -EINVAL);
	report_capture(NULL, 0);
	if (!strstr(message, says))
		printf("%s: %s\n", vary, message);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, says));
	space_release(&space);
}

static void test_refusals(void)
{
	expect_refusal("storm.aim", "expected KEY=VALUES");
	expect_refusal("=1..2", "expected KEY=VALUES");
	expect_refusal("storm.aim=", "an empty value");
	expect_refusal("storm.aim=1,,2", "an empty value");
	expect_refusal("storm.aim=9..3", "ends before it begins");
	expect_refusal("storm.aim=1..x", "\"1..x\" is not a range");
	expect_refusal("storm.aim=1us..4K:2", "is not a range");
	expect_refusal("storm.aim=1..9:0", "not a step of numbers");
	expect_refusal("storm.settle=0us..1ms:9", "not a step of durations");
	expect_refusal("storm.aim=0..1000000", "more than 4096 values");
	expect_refusal("storm.aim=0..18446744073709551615:9000000000000000000000", "not a step");
}

static void test_twice(void)
{
	struct space space = { .key_count = 0 };
	char message[512] = "";

	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(space_add_key(&space, "a=1"), 0);
	CU_ASSERT_EQUAL(space_add_key(&space, "a=2"), -EINVAL);
	report_capture(NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "twice"));
	space_release(&space);
}

static bool not_the_third(void *context, const struct space_setting *setting)
{
	(void)context;
	return setting->value[0] != 2;
}

static void test_whole(void)
{
	struct space space = { .allowed = not_the_third };
	char text[128];

	space_add_key(&space, "a=1..4");
	space_add_key(&space, "b=x,y");
	CU_ASSERT_EQUAL(space_size(&space), 8);
	CU_ASSERT_EQUAL(space_fill(&space, 8, 0), 0);
	CU_ASSERT(space.whole);
	CU_ASSERT_EQUAL(space.count, 7);
	CU_ASSERT_EQUAL(space.refused, 2);
	CU_ASSERT_STRING_EQUAL(space_describe(&space, 0, text, sizeof(text)), "as it is");
	CU_ASSERT_STRING_EQUAL(space_describe(&space, 6, text, sizeof(text)), "a=4 b=y");
	space_release(&space);
}

/* Each value of a key is there as often as any other, and no setting is there twice. */
static void test_sample(void)
{
	struct space space = { .seed = 3 }, again = { .seed = 3 };
	unsigned int counts[3][32] = { { 0 } };
	static const char *const keys[] = { "a=0..31", "b=x,y,z,w", "c=0us..800us" };

	for (int i = 0; i < 3; i++) {
		space_add_key(&space, keys[i]);
		space_add_key(&again, keys[i]);
	}
	CU_ASSERT_EQUAL(space_fill(&space, 32, 64), 0);
	CU_ASSERT_EQUAL(space_fill(&again, 32, 64), 0);
	CU_ASSERT(!space.whole);
	CU_ASSERT_EQUAL_FATAL(space.count, 33);
	CU_ASSERT(!memcmp(space.settings, again.settings, 33 * sizeof(*space.settings)));
	for (size_t i = 1; i < space.count; i++) {
		for (int k = 0; k < 3; k++)
			counts[k][space.settings[i].value[k]]++;
		for (size_t j = 1; j < i; j++)
			CU_ASSERT(memcmp(&space.settings[i], &space.settings[j],
					 sizeof(space.settings[i])));
	}
	for (int i = 0; i < 32; i++)
		CU_ASSERT_EQUAL(counts[0][i], 1);
	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(counts[1][i], 8);
	for (int i = 0; i < 9; i++)
		CU_ASSERT(counts[2][i] >= 3 && counts[2][i] <= 4);
	space_release(&space);
	space_release(&again);
}

/* Neighbours are new, differ in one key, and are near where values are numbers. */
static void test_near(void)
{
	struct space space = { .seed = 3 };
	size_t setting;

	space_add_key(&space, "a=0..63");
	space_add_key(&space, "b=x,y,z");
	space_fill(&space, 8, 40);
	while ((setting = space_near(&space, 5)) != SIZE_MAX) {
		const struct space_setting *near = &space.settings[setting],
					   *parent = &space.settings[5];
		int a = near->value[0] - parent->value[0];

		CU_ASSERT((a != 0) + (near->value[1] != parent->value[1]) == 1);
		CU_ASSERT(a >= -9 && a <= 9);
		CU_ASSERT(near->value[0] < 64 && near->value[1] < 3);
		CU_ASSERT_EQUAL(setting, space.count - 1);
	}
	CU_ASSERT(space.count > 15 && space.count <= 40);
	space_release(&space);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "values", test_values },
		{ "refusals", test_refusals },
		{ "a key twice", test_twice },
		{ "all combinations", test_whole },
		{ "a sample", test_sample },
		{ "neighbours", test_near },
		CU_TEST_INFO_NULL,
	};

	return run_suite("space", tests);
}
