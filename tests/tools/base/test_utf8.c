/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bytes are characters, and what becomes of the others in JSON. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/base/keys.h"
#include "tools/base/utf8.h"

static void characters(void)
{
	static const struct {
		const char *text;
		uint32_t value;
		size_t length;
	} cases[] = {
		{ "a", 'a', 1 },
		{ "\xc2\xb5", 0xb5, 2 },
		{ "\xed\x9f\xbf", 0xd7ff, 3 },
		{ "\xee\x80\x80", 0xe000, 3 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
		/* A byte that follows nothing, cut ones, two bytes for what takes one. */
		{ "\x80", UTF8_INVALID, 1 },
		{ "\xc2", UTF8_INVALID, 1 },
		{ "\xe2\x82", UTF8_INVALID, 1 },
		{ "\xf0\x9f\x98", UTF8_INVALID, 1 },
		{ "\xc1\xbf", UTF8_INVALID, 1 },
		{ "\xe0\x9f\xbf", UTF8_INVALID, 1 },
		{ "\xf0\x8f\xbf\xbf", UTF8_INVALID, 1 },
		/* A surrogate, and beyond the last. */
		{ "\xed\xa0\x80", UTF8_INVALID, 1 },
		{ "\xf4\x90\x80\x80", UTF8_INVALID, 1 },
		{ "\xff", UTF8_INVALID, 1 },
	};
	size_t length;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CU_ASSERT_EQUAL(utf8_decode(cases[i].text, &length), cases[i].value);
		CU_ASSERT_EQUAL(length, cases[i].length);
	}
}

/* What is readable of a text stays. */
static void in_json(void)
{
	json_t *text = key_text_of("caf\xe9 \xc2\xb5s\n\xed\xa0\x80");

	CU_ASSERT_STRING_EQUAL(json_string_value(text), "caf? \xc2\xb5s\n??"
							"?");
	json_decref(text);
	CU_ASSERT_PTR_NULL(key_text_of(NULL));
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "characters", characters },
		{ "in JSON", in_json },
		CU_TEST_INFO_NULL,
	};

	return run_suite("utf8", tests);
}
