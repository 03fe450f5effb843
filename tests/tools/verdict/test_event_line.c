/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of events.jsonl: which are taken apart in place, which go through the library, and that
 * both give the same. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/verdict/event_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct event_line event;
static char line[4096], why[128];

/* length: of the text, which may hold NUL bytes. */
static int parse(const char *text, size_t length)
{
	memcpy(line, text, length);
	line[length] = '\0';
	*why = '\0';
	return event_line_parse(&event, line, length, why, sizeof(why));
}

/* The key "k" of each line. */
static void values(void)
{
	static const struct {
		const char *text;
		enum event_field_kind kind;
		int64_t number;
		const char *string;
		bool by_library;
	} rows[] = {
		{ "{\"k\":0}", FIELD_NUMBER, 0, NULL, false },
		{ "{\"k\":9}", FIELD_NUMBER, 9, NULL, false },
		{ "{\"k\":-17}", FIELD_NUMBER, -17, NULL, false },
		{ "{\"k\":999999999999999999}", FIELD_NUMBER, 999999999999999999, NULL, false },
		{ "{\"k\":9223372036854775807}", FIELD_NUMBER, INT64_MAX, NULL, true },
		{ "{\"k\":1.75}", FIELD_NUMBER, 1, NULL, true },
		{ "{\"k\":-1e3}", FIELD_NUMBER, -1000, NULL, true },
		{ "{\"k\":8e18}", FIELD_NUMBER, 8000000000000000000, NULL, true },
		/* Beyond all integers. */
		{ "{\"k\":1e19}", FIELD_NUMBER, 0, NULL, true },
		{ "{\"k\":-1e19}", FIELD_NUMBER, 0, NULL, true },
		{ "{\"k\":true}", FIELD_TRUE, 0, NULL, false },
		{ "{\"k\":false}", FIELD_FALSE, 0, NULL, false },
		{ "{\"k\":null}", FIELD_NULL, 0, NULL, false },
		{ "{ \"k\":true}", FIELD_TRUE, 0, NULL, true },
		{ "{\"k\": false}", FIELD_FALSE, 0, NULL, true },
		{ "{\"k\":null }", FIELD_NULL, 0, NULL, true },
		{ "{\"k\":\"\"}", FIELD_TEXT, 0, "", false },
		{ "{\"k\":\"a ~{}[],:\"}", FIELD_TEXT, 0, "a ~{}[],:", false },
		{ "{\"k\":\"a\\\"b\\\\\"}", FIELD_TEXT, 0, "a\"b\\", true },
		{ "{\"k\":\"\xc3\xa9\"}", FIELD_TEXT, 0, "\xc3\xa9", true },
		{ "{\"k\":\"\x7f\"}", FIELD_TEXT, 0, "\x7f", true },
		{ "{\"j\":\"k\",\"k\":2}", FIELD_NUMBER, 2, NULL, false },
		/* Lists and groups are left out. */
		{ "{\"j\":[1],\"i\":{\"k\":3},\"k\":2}", FIELD_NUMBER, 2, NULL, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool is_number = rows[i].kind == FIELD_NUMBER;
		const char *text;

		CU_ASSERT_EQUAL(parse(rows[i].text, strlen(rows[i].text)), 0);
		CU_ASSERT_EQUAL(event.json != NULL, rows[i].by_library);
		text = event_line_text(&event, "k");
		CU_ASSERT_EQUAL(text != NULL, rows[i].string != NULL);
		CU_ASSERT_STRING_EQUAL(text ?: "", rows[i].string ?: "");
		CU_ASSERT_EQUAL(event_line_number(&event, "k", 77),
				is_number ? rows[i].number : 77);
		CU_ASSERT_EQUAL(event_line_true(&event, "k"), rows[i].kind == FIELD_TRUE);
		CU_ASSERT_PTR_NULL(event_line_text(&event, "none"));
		CU_ASSERT_EQUAL(event_line_number(&event, "none", 78), 78);
		CU_ASSERT_FALSE(event_line_true(&event, "none"));
		CU_ASSERT_EQUAL(event.fields[event.count - 1].kind, rows[i].kind);
	}
	CU_ASSERT_EQUAL(event.count, 1);
	event_line_release(&event);
	CU_ASSERT_EQUAL(event.count, 0);
}

static void not_events(void)
{
	static const struct {
		const char *text;
		size_t length;
		const char *why; /* "": what the library says */
	} rows[] = {
		{ "", 0, "" },
		{ "{\"k\":1", 6, "" },
		{ "{\"k\":1}x", 8, "" },
		{ "{\"k\":01}", 8, "" },
		{ "{\"k\":-}", 7, "" },
		{ "{\"k\":nul}", 9, "" },
		{ "{\"k\":\"\x01\"}", 9, "" },
		{ "{\"k\":\"\xff\"}", 9, "" },
		{ "[1]", 3, "no event, but a list" },
		/* One NUL in the line, one behind it. */
		{ "{\"k\":\0}", 7, "a NUL byte" },
		{ "{\"k\":1}\0", 8, "a NUL byte" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(parse(rows[i].text, rows[i].length), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
		CU_ASSERT_NOT_EQUAL(*why, '\0');
		CU_ASSERT_EQUAL(event.count, 0);
		CU_ASSERT_PTR_NULL(event.json);
	}
}

/* So many keys, and one that is beyond them. */
static void many_keys(void)
{
	for (int keys = EVENT_LINE_FIELDS - 1; keys <= EVENT_LINE_FIELDS + 1; keys++) {
		char text[2048] = "{", last[8];

		for (int i = 1; i <= keys; i++)
			sprintf(text + strlen(text), "%s\"k%d\":%d", i > 1 ? "," : "", i, i);
		strcat(text, "}");
		snprintf(last, sizeof(last), "k%d", keys);
		CU_ASSERT_EQUAL(parse(text, strlen(text)), 0);
		CU_ASSERT_EQUAL(event.json != NULL, keys > EVENT_LINE_FIELDS);
		CU_ASSERT_EQUAL(event.count,
				keys < EVENT_LINE_FIELDS ? (size_t)keys : EVENT_LINE_FIELDS);
		CU_ASSERT_EQUAL(event_line_number(&event, last, 0),
				keys <= EVENT_LINE_FIELDS ? keys : 0);
	}
	event_line_release(&event);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "values", values },
		{ "what is no event", not_events },
		{ "more keys than there is room for", many_keys },
		CU_TEST_INFO_NULL,
	};

	return run_suite("event_line", tests);
}
