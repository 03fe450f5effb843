/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of a matrix, from cells of many shards. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/exit_code.h"
#include "tools/cli/outcome_code.h"
#include "tools/matrix/matrix_cell.h"
#include "tools/matrix/matrix_html.h"
#include "tools/matrix/matrix_merge.h"
#include "tools/matrix/matrix_plan.h"
#include "tools/matrix/matrix_table.h"
#include "tools/matrix/matrix_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *kernel, *scenario, *text;
} cells[] = {
	/* Not in the order of the table. */
	{ "7.2.12", "b",
	  "\"row\":1,\"column\":1,\"verdict\":\"CLEAN\",\"expected\":\"clean\",\"as_expected\":"
	  "true,"
	  "\"punches\":10,\"hit_rate\":0.0,\"exposures\":12,\"first_hit_seconds\":null,\"reason\":"
	  "\"r\"" },
	{ "6.18.9", "a",
	  "\"row\":0,\"column\":0,\"verdict\":\"HIT\",\"expected\":\"hit\",\"as_expected\":true,"
	  "\"punches\":602,\"hit_rate\":0.8421,\"exposures\":691,\"first_hit_seconds\":0.0091,"
	  "\"reason\":\"r\"" },
	{ "7.2.12", "a",
	  "\"row\":1,\"column\":0,\"verdict\":\"ERROR\",\"expected\":null,\"as_expected\":false,"
	  "\"punches\":null,\"hit_rate\":null,\"exposures\":null,\"first_hit_seconds\":null,"
	  "\"reason\":\"it <left> no result\"" },
};

static char top[] = "/tmp/foliostorm-test.XXXXXX";

static void path_of(char *path, size_t i, const char *name)
{
	sprintf(path, "%s/%zu%s", top, i, name);
}

static void make_cells(void)
{
	char path[96];
	FILE *file;

	for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
		path_of(path, i, "");
		mkdir(path, 0700);
		path_of(path, i, "/cell.json");
		file = fopen(path, "w");
		fprintf(file, "{\"kernel\":\"%s\",\"scenario\":\"%s\",%s}", cells[i].kernel,
			cells[i].scenario, cells[i].text);
		fclose(file);
	}
}

static void remove_cells(void)
{
	char path[96];

	for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
		path_of(path, i, "/cell.json");
		unlink(path);
		path_of(path, i, "");
		rmdir(path);
	}
	rmdir(top);
}

static enum exit_code exit_of(const json_t *table)
{
	struct test_point *points;
	size_t count = matrix_points(table, &points);
	enum exit_code code = exit_code_of_outcome(test_points_outcome(points, count));

	for (size_t i = 0; i < count; i++)
		test_point_release(&points[i]);
	free(points);
	return code;
}

static void merged(void)
{
	const char *const directories[] = { top, top, NULL };
	char *text = NULL, *page = NULL;
	size_t size;
	json_t *table;
	FILE *to;

	/* A cell that is there twice is one. */
	CU_ASSERT_EQUAL_FATAL(matrix_merge(directories, &table), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(table, "cells")), 3);
	CU_ASSERT_EQUAL(exit_of(table), EXIT_RUN_ERROR);
	to = open_memstream(&text, &size);
	matrix_print(to, table);
	fclose(to);
	CU_ASSERT_STRING_EQUAL(
		text, "kernel  a                                     b\n"
		      "6.18.9  HIT 84.2 % of 602, 691 exp., 0.009 s  -\n"
		      "7.2.12  ERROR !                               CLEAN 0.0 % of 10, 12 exp.\n"
		      "! a on 7.2.12: it <left> no result\n");
	to = open_memstream(&page, &size);
	matrix_html(to, &(const struct matrix_page){ .table = table });
	fclose(to);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "1 of 3 cells are not as expected"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, "it &lt;left&gt; no result"));
	CU_ASSERT_PTR_NULL(strstr(page, "<left>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, ">not run</td>"));
	free(text);
	free(page);
	json_decref(table);
}

/* A directory whose name is not UTF-8, as on disks of other systems. */
static void any_name(void)
{
	const char *const directories[] = { top, NULL };
	char path[96], to[96];
	json_t *table;

	path_of(path, 0, "");
	snprintf(to, sizeof(to), "%s/gr\xf6sse", top);
	CU_ASSERT_EQUAL_FATAL(rename(path, to), 0);
	CU_ASSERT_EQUAL(matrix_merge(directories, &table), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(table, "cells")), 3);
	json_decref(table);
	CU_ASSERT_EQUAL(rename(to, path), 0);
}

/* Cells that somebody else has written: without a reason, with places of any size, and with what a
 * terminal would obey. */
static void strange_cells(void)
{
	static const char cells_text[] =
		"[{\"kernel\":\"6.18.9\\u001b[31m\",\"scenario\":\"a\\u009b1m\",\"row\":"
		"9223372036854775807,"
		"\"verdict\":\"HIT\"},{\"kernel\":\"7.2.12\",\"scenario\":\"a\\u009b1m\","
		"\"row\":-9223372036854775807,\"verdict\":\"CLEAN\",\"as_expected\":true}]";
	json_t *list = json_loads(cells_text, 0, NULL), *table = matrix_table(list);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	matrix_print(to, table);
	fclose(to);
	CU_ASSERT_STRING_EQUAL(text, "kernel       a?\?1m\n"
				     "7.2.12       CLEAN\n"
				     "6.18.9?[31m  HIT !\n"
				     "! a?\?1m on 6.18.9?[31m: it left no reason\n");
	free(text);
	json_decref(table);
	json_decref(list);
}

/* A worker failed, and another took its cell over; they listed the kernels in another order. */
static void taken_over(void)
{
	static const char failed[] =
		"{\"kernel\":\"6.18.9\",\"scenario\":\"a\",\"row\":0,\"verdict\":\"ERROR\"}";
	static const char hit[] =
		"{\"kernel\":\"6.18.9\",\"scenario\":\"a\",\"row\":1,\"verdict\":\"HIT\"}";
	static const char *const orders[][3] = { { failed, hit, failed }, { hit, failed, failed } };

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		json_t *list = json_array(), *table;

		for (size_t entry = 0; entry < 3; entry++)
			json_array_append_new(list, json_loads(orders[i][entry], 0, NULL));
		table = matrix_table(list);
		CU_ASSERT_EQUAL(json_array_size(json_object_get(table, "cells")), 1);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(
					       matrix_table_at(table, "6.18.9", "a"), "verdict")),
				       "HIT");
		json_decref(table);
		json_decref(list);
	}
}

/* Cells that others made hold what they like; the room of a column is all that is written to. */
static void too_long(void)
{
	static const char *const entries[] = {
		"{\"verdict\":\"HIT\",\"punches\":602,\"hit_rate\":1e300,\"exposures\":691,"
		"\"first_hit_seconds\":0.0091}",
		"{\"verdict\":"
		"\"0123456789012345678901234567890123456789012345678901234567890123456789"
		"0123456789012345\",\"died\":\"panic\",\"first_hit_seconds\":1e300}",
	};
	enum { ROOM = 80 };
	char text[1024];

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		json_t *entry = json_loads(entries[i], 0, NULL);
		size_t kept = ROOM;

		CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
		memset(text, '#', sizeof(text));
		CU_ASSERT_EQUAL(strlen(matrix_text_cell(entry, text, ROOM)), ROOM - 1);
		while (kept < sizeof(text) && text[kept] == '#')
			kept++;
		CU_ASSERT_EQUAL(kept, sizeof(text));
		json_decref(entry);
	}
}

/* Wrong where it should not be weighs more than failed, and that more than not known. */
static void exit_codes(void)
{
	static const struct {
		const char *table;
		enum exit_code code;
	} cases[] = {
		{ "{\"cells\":[]}", EXIT_AS_EXPECTED },
		{ "{\"cells\":[{\"verdict\":\"HIT\",\"expected\":\"hit\"}]}", EXIT_AS_EXPECTED },
		{ "{\"cells\":[{\"verdict\":\"INCONCLUSIVE\",\"expected\":\"hit\"},"
		  "{\"verdict\":\"CLEAN\",\"expected\":\"clean\"}]}",
		  EXIT_INCONCLUSIVE },
		{ "{\"cells\":[{\"verdict\":\"INCONCLUSIVE\",\"expected\":\"hit\"},"
		  "{\"verdict\":\"ERROR\",\"expected\":null}]}",
		  EXIT_RUN_ERROR },
		{ "{\"cells\":[{\"verdict\":\"ERROR\",\"expected\":null},"
		  "{\"verdict\":\"CLEAN\",\"expected\":\"hit\"}]}",
		  EXIT_NOT_AS_EXPECTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *table = json_loads(cases[i].table, 0, NULL);

		CU_ASSERT_EQUAL(exit_of(table), cases[i].code);
		json_decref(table);
	}
}

/* Ids name the series, and the version only where there are two of one. */
static void ids(void)
{
	json_t *table = json_loads("{\"kernels\":[\"6.18.5\",\"6.18.9\",\"7.2.12\",\"bzImage\"],"
				   "\"cells\":[{\"kernel\":\"6.18.9\",\"scenario\":\"a\"},"
				   "{\"kernel\":\"7.2.12\",\"scenario\":\"a\"},"
				   "{\"kernel\":\"bzImage\",\"scenario\":\"a\"}]}",
				   0, NULL);
	static const char *const groups[] = { "6.18.9", "7.2", "bzImage" };
	struct test_point *points;

	CU_ASSERT_EQUAL_FATAL(matrix_points(table, &points), 3);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_STRING_EQUAL(points[i].group, groups[i]);
		CU_ASSERT_STRING_EQUAL(points[i].name, "a");
		test_point_release(&points[i]);
	}
	free(points);
	json_decref(table);
}

/* What the plan of one shard has, and nobody has brought. */
static void missing_shards(void)
{
	const char *const directories[] = { top, NULL };
	const json_t *cell;
	char path[96];
	json_t *table;
	FILE *file;

	path_of(path, 0, "/" MATRIX_PLAN);
	file = fopen(path, "w");
	fputs("{\"kernels\":[\"6.18.9\",\"7.2.12\"],\"scenarios\":[\"a\",\"b\"],\"shard\":1,"
	      "\"shards\":3}",
	      file);
	fclose(file);
	CU_ASSERT_EQUAL_FATAL(matrix_merge(directories, &table), 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(table, "cells")), 4);
	cell = matrix_table_at(table, "6.18.9", "b");
	CU_ASSERT_PTR_NOT_NULL_FATAL(cell);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(cell, "reason")),
			       "it was not run: shard 2 of 3 is not there, or not whole");
	CU_ASSERT_EQUAL(exit_of(table), EXIT_RUN_ERROR);
	json_decref(table);
	file = fopen(path, "w");
	fputs("[]", file);
	fclose(file);
	CU_ASSERT_EQUAL(matrix_merge(directories, &table), -EINVAL);
	unlink(path);
}

static void not_cells(void)
{
	const char *const nowhere[] = { "/nonesuch", NULL }, *const here[] = { top, NULL };
	char path[96];
	json_t *table;
	FILE *file;

	CU_ASSERT_EQUAL(matrix_merge(nowhere, &table), -EINVAL);
	path_of(path, 0, "/cell.json");
	file = fopen(path, "w");
	fputs("{\"kernel\":", file);
	fclose(file);
	CU_ASSERT_EQUAL(matrix_merge(here, &table), -EINVAL);
}

/* A result has the text of its scenario, with a mark for what is not UTF-8. */
static void cell_is_there(void)
{
	static char wanted[] = "title = \"caf\xe9\";\n", other[] = "title = \"caf\";\n";
	struct matrix_cell *cell = calloc(1, sizeof(*cell));
	char path[96];
	FILE *file;

	CU_ASSERT_PTR_NOT_NULL_FATAL(cell);
	snprintf(cell->directory, sizeof(cell->directory), "%s", top);
	snprintf(path, sizeof(path), "%s/result.json", top);
	file = fopen(path, "w");
	fputs("{\"verdict\":\"CLEAN\",\"expected\":\"clean\",\"as_expected\":true,"
	      "\"outcome\":\"pass\",\"version\":\"" FOLIOSTORM_VERSION
	      "\",\"scenario\":\"title = \\\"caf?\\\";\\n\"}",
	      file);
	fclose(file);
	cell->wanted = wanted;
	CU_ASSERT(matrix_cell_is_there(cell));
	cell->wanted = other;
	CU_ASSERT_FALSE(matrix_cell_is_there(cell));
	cell->wanted = NULL;
	CU_ASSERT_FALSE(matrix_cell_is_there(cell));
	unlink(path);
	CU_ASSERT_FALSE(matrix_cell_is_there(cell));
	cell->wanted = wanted;
	CU_ASSERT_FALSE(matrix_cell_is_there(cell));
	free(cell);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a cell that is done", cell_is_there },
		{ "cells of many shards", merged },
		{ "a directory of any name", any_name },
		{ "strange cells", strange_cells },
		{ "a cell that was taken over", taken_over },
		{ "a cell that is too long", too_long },
		{ "exit codes", exit_codes },
		{ "ids of cells", ids },
		{ "shards that are missing", missing_shards },
		{ "what is no cell", not_cells },
		CU_TEST_INFO_NULL,
	};
	int code;

	if (!mkdtemp(top))
		return 1;
	make_cells();
	code = run_suite("matrix", tests);
	remove_cells();
	return code;
}
