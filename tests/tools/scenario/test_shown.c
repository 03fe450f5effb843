/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells an interleaving from others, and the row that says where it hit. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/shipped_load.h"
#include "tools/scenario/shown.h"

#include <stdlib.h>
#include <string.h>

static void interleaving_of(const char *text, char interleaving[SHOWN_INTERLEAVING])
{
	config_t config;

	config_init(&config);
	CU_ASSERT_TRUE_FATAL(config_read_string(&config, text));
	shown_interleaving(&config, interleaving);
	config_destroy(&config);
}

#define SCHEDULE "schedule = ( { hold = \"read\"; at = \"begin\"; bound = 0.5; } );"

static void same(void)
{
	static const char *const rows[] = {
		SCHEDULE,
		"schedule :\n(\n\t# A comment.\n{ hold : \"read\", at : \"be\" \"gin\"; bound = "
		"5e-1 } )",
		"title = \"a story\"; seed = 7;" SCHEDULE "storm = { aim = 3; };",
		"shown = ( { kernel = \"6.18.9\"; } );" SCHEDULE,
	};
	char first[SHOWN_INTERLEAVING], other[SHOWN_INTERLEAVING];

	interleaving_of(rows[0], first);
	CU_ASSERT_EQUAL(strspn(first, "0123456789abcdef"), 16);
	for (size_t i = 1; i < ARRAY_SIZE(rows); i++) {
		interleaving_of(rows[i], other);
		CU_ASSERT_STRING_EQUAL(first, other);
	}
}

static void another(void)
{
	static const char *const rows[] = {
		"",
		SCHEDULE,
		"schedule = ( { hold = \"read\"; at = \"begin\"; } );",
		"schedule = ( { hold = \"read\"; at = \"begin\"; bound = 0.25; } );",
		"schedule = ( { hold = \"read\"; at = \"begin\"; bound = \"0.5\"; }, { } );",
		"schedule = ( { at = \"begin\"; hold = \"read\"; bound = 0.5; } );",
		"schedule = ( { hold = \"rea\"; at = \"dbegin\"; bound = 0.5; } );",
		"threads = ( { hold = \"read\"; at = \"begin\"; bound = 0.5; } );",
		SCHEDULE "before = ( { pages = 1; } );",
		SCHEDULE "before = ( { pages = 2; } );",
		SCHEDULE "after = ( { pages = 2; } );",
		SCHEDULE "after = ( { pages = 2L; fast = true; } );",
		SCHEDULE "after = ( { pages = 2L; fast = false; } );",
		SCHEDULE "after = ( [ 1, 2 ] );",
		SCHEDULE "after = ( [ 12 ] );",
		SCHEDULE "after = ( [ 1 ], [ 2 ] );",
	};
	char seen[ARRAY_SIZE(rows)][SHOWN_INTERLEAVING];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		interleaving_of(rows[i], seen[i]);
		for (size_t j = 0; j < i; j++)
			CU_ASSERT_STRING_NOT_EQUAL(seen[i], seen[j]);
	}
}

static void put(FILE *to, const void *context)
{
	fputs(context, to);
}

static void printed(void)
{
	const struct shown shown = { .kernel = "6.18.9", .passages = 39, .hits = 38 };
	char wanted[SHOWN_INTERLEAVING], *text = NULL, row[200];
	size_t size;
	FILE *to = open_memstream(&text, &size);

	CU_ASSERT_EQUAL(shown_print(to, put, SCHEDULE "\n", shown), 0);
	CU_ASSERT_EQUAL(shown_print(to, put, "schedule = (", shown), -EINVAL);
	fclose(to);
	interleaving_of(SCHEDULE, wanted);
	snprintf(row, sizeof(row),
		 SCHEDULE
		 "\n\nshown = (\n\t{ interleaving = \"%s\"; kernel = \"6.18.9\"; passages = 39; "
		 "hits = 38; }\n);\n",
		 wanted);
	CU_ASSERT_STRING_EQUAL(text, row);
	/* What is printed is that interleaving. */
	interleaving_of(text, row);
	CU_ASSERT_STRING_EQUAL(row, wanted);
	free(text);
}

/* Each shipped scenario that forces a race has a row for its present schedule and threads. */
static void shipped(void)
{
	const struct kernel_version kernel = { .major = 6, .minor = 18, .patch = 9 };
	struct shipped_list list;
	struct scenario scenario;
	unsigned int forced = 0;

	CU_ASSERT_EQUAL_FATAL(shipped_list(&list), 0);
	for (size_t i = 0; i < list.count; i++) {
		char interleaving[SHOWN_INTERLEAVING];
		const struct shown *rows;
		size_t row = 0;

		if (shipped_is_rules(&list.items[i]))
			continue;
		CU_ASSERT_EQUAL_FATAL(shipped_load(&scenario, &list.items[i], &kernel), 0);
		rows = scenario.shown.items;
		shown_interleaving(&scenario.config, interleaving);
		while (row < scenario.shown.count && strcmp(rows[row].interleaving, interleaving))
			row++;
		if (scenario_is_forced(&scenario) && !scenario.race->none) {
			forced++;
			if (row == scenario.shown.count)
				printf("\n    %s: %s is not shown", list.items[i].name,
				       interleaving);
			CU_ASSERT(row < scenario.shown.count);
		}
		scenario_release(&scenario);
	}
	CU_ASSERT(forced > 10);
	shipped_list_release(&list);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "layout and other keys do not count", same },
		{ "names, values and their order do", another },
		{ "a schedule with its row", printed },
		{ "those of the shipped scenarios", shipped },
		CU_TEST_INFO_NULL,
	};

	return run_suite("shown", tests);
}
