/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which scripted threads can meet a split, on which kernel. */
#include "injector/base/array.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"
#include "tools/scenario/thread_exposes.h"

#include <stdio.h>

static const struct kernel_version interleaved = { .major = 6, .minor = 16, .patch = 12 };
static const struct kernel_version batched = { .major = 6, .minor = 18, .patch = 9 };

static void by_kernel(void)
{
	static const struct {
		const char *first, *second;
		bool on_interleaved, on_batched;
	} rows[] = {
		{ "punch\"; page = 257;", "load\"; page = 400;", false, true },
		{ "punch\"; page = 511;", "load\"; page = 400;", true, false },
		{ "punch\"; page = 385;", "load\"; page = 450;", true, true },
		{ "punch\"; page = 385;", "pread\"; page = 0; length = \"2M\";", true, true },
		{ "punch\"; page = 385;", "load\"; page = 300;", false, false },
		/* The second folio, of another file as well. */
		{ "punch\"; page = 897;", "load\"; page = 962;", true, true },
		{ "punch\"; page = 897;", "load\"; page = 450;", false, false },
		{ "punch\"; page = 385;", "load\"; page = 450; file = \"b\";", false, false },
		{ "punch\"; page = 385; file = \"b\";", "load\"; page = 450; file = \"b\";", true,
		  true },
		/* All of the folio is dropped. */
		{ "punch\"; page = 0; length = \"2M\";", "load\"; page = 450;", false, false },
		{ "punch\"; page = 385;", "sleep\"; time = \"1ms\";", false, false },
		/* The model does not say. */
		{ "truncate\"; size = \"1M\";", "load\"; page = 0;", true, true },
		{ "punch\"; page = 500; length = \"2M\";", "load\"; page = 450;", true, true },
		{ "punch\"; page = 385; offset = \"8B\";", "load\"; page = 300;", true, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scenario scenario;
		char threads[512];

		snprintf(threads, sizeof(threads),
			 "threads = ( { name = \"x\"; do = ( { op = \"%s } ); },\n"
			 "{ name = \"y\"; do = ( { op = \"%s } ); } );\n",
			 rows[i].first, rows[i].second);
		CU_ASSERT_EQUAL(scenario_load_lines(
					&scenario,
					&(struct scenario_lines){
						.files = "files = ( { name = \"a\"; size = \"8M\"; "
							 "}, { name = \"b\"; size = \"8M\"; } );",
						.storm = "",
						.readers = "",
						.more = threads },
					NULL),
				0);
		if (*scenario_complaint)
			printf("\n    row %zu: %s", i, scenario_complaint);
		CU_ASSERT_EQUAL(scenario_threads_expose(&scenario, &interleaved),
				rows[i].on_interleaved);
		CU_ASSERT_EQUAL(scenario_threads_expose(&scenario, &batched), rows[i].on_batched);
		scenario_release(&scenario);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "by kernel", by_kernel },
		CU_TEST_INFO_NULL,
	};

	return run_suite("thread_exposes", tests);
}
