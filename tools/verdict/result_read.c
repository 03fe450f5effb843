/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result_read.h"
#include "tools/verdict/verdict.h"

#include <string.h>

static const char *text_of(const json_t *result, const char *key)
{
	const char *text = json_string_value(json_object_get(result, key));

	return text ? text : "unknown";
}

/* VERDICT_ERROR for an unknown word. */
static enum verdict verdict_of(const json_t *result)
{
	for (int i = 0; i < VERDICT_ERROR; i++)
		if (!strcmp(text_of(result, "verdict"), verdict_names[i]))
			return (enum verdict)i;
	return VERDICT_ERROR;
}

static enum expectation expectation_of(const json_t *result)
{
	return strcmp(text_of(result, "expected"), "hit") ? EXPECT_CLEAN : EXPECT_HIT;
}

static bool is_xfail(const json_t *result)
{
	return json_is_true(json_object_get(result, "xfail"));
}

enum test_outcome result_outcome(const json_t *result)
{
	return verdict_outcome(verdict_of(result), expectation_of(result), is_xfail(result));
}
