/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/matrix_cell.h"
#include "tools/base/keys.h"
#include "tools/base/load_json.h"
#include "tools/base/save.h"
#include "tools/guest/guest_command.h"
#include "tools/verdict/result_keys.h"
#include "tools/verdict/result_read.h"
#include "tools/verdict/test_point.h"
#include "tools/verdict/verdict.h"

#include <string.h>

static json_t *load(const struct matrix_cell *cell, const char *name)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", cell->directory, name);
	return load_json(path, NULL);
}

static void add_failure(json_t *entry, const struct matrix_cell *cell)
{
	char words[400];

	if (cell->wanted)
		guest_command_last_words(cell->directory, MATRIX_CELL_LOG, "it left no result",
					 words, sizeof(words));
	else
		snprintf(words, sizeof(words), "the kernel could not be had");
	json_object_set_new(entry, "verdict", json_string(verdict_names[VERDICT_ERROR]));
	json_object_set_new(entry, "outcome", json_string(test_outcome_names[TEST_ERROR]));
	json_object_set_new(entry, "as_expected", json_false());
	json_object_set_new(entry, "reason", key_text_of(words));
}

json_t *matrix_cell_entry(const struct matrix_cell *cell, double seconds, bool *unsaved)
{
	/* Without its kernel, any result is of an earlier run. */
	json_t *result = cell->wanted ? load(cell, "result.json") : NULL;
	json_t *before = load(cell, "cell.json");
	json_t *entry = json_object(), *died;
	char path[PATH_MAX + 16];

	result_keys_copy(entry, result, RESULT_CELL);
	died = json_object_get(json_object_get(result, "guest"), "died");
	json_object_set_new(entry, "died", died ? json_incref(died) : json_null());
	json_object_set(entry, "release", json_object_get(entry, "kernel"));
	json_object_set_new(entry, "kernel", json_string(cell->kernel));
	json_object_set_new(entry, "scenario", json_string(cell->scenario));
	json_object_set_new(entry, "row", json_integer((json_int_t)cell->row));
	json_object_set_new(entry, "column", json_integer((json_int_t)cell->column));
	if (seconds < 0 && json_object_get(before, "seconds"))
		json_object_set(entry, "seconds", json_object_get(before, "seconds"));
	else
		json_object_set_new(entry, "seconds", json_real(seconds < 0 ? 0 : seconds));
	if (!result)
		add_failure(entry, cell);
	snprintf(path, sizeof(path), "%s/cell.json", cell->directory);
	*unsaved |= save_json(path, entry, JSON_INDENT(2)) != 0;
	json_decref(result);
	json_decref(before);
	return entry;
}

bool matrix_cell_is_there(const struct matrix_cell *cell)
{
	json_t *result = load(cell, "result.json");
	/* As the result has it, also where it is not UTF-8. */
	json_t *wanted = cell->wanted ? key_text_of(cell->wanted) : NULL;
	const char *version = json_string_value(json_object_get(result, "version"));
	bool there = version && json_equal(json_object_get(result, "scenario"), wanted) &&
		     !strcmp(version, FOLIOSTORM_VERSION) && result_outcome(result) != TEST_ERROR;

	json_decref(wanted);
	json_decref(result);
	return there;
}
