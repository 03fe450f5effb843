/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups whose kind says which keys they have. */
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/scenario/schema.h"

#include <errno.h>
#include <string.h>

struct circle {
	uint64_t radius;
};

struct label {
	char *text;
	uint64_t size;
};

struct drawing {
	struct schema_choice shape;
};

static const struct schema_key circle_keys[] = {
	{ "radius", SCHEMA_COUNT, offsetof(struct circle, radius), "3", "a number from 1 to 9",
	  "of it", .min = 1, .max = 9 },
	{ NULL },
};

static const struct schema_key label_keys[] = {
	{ "text", SCHEMA_TEXT, offsetof(struct label, text), NULL, "a text", "on it",
	  .required = 1 },
	{ "size", SCHEMA_SIZE, offsetof(struct label, size), "4K", "a size", "of it",
	  .max = 1 << 20 },
	{ NULL },
};

static const struct schema_kind kinds[] = {
	{ "circle", circle_keys, sizeof(struct circle) },
	{ "label", label_keys, sizeof(struct label) },
};

static const struct schema_kind *kind_at(size_t i)
{
	return i < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[i] : NULL;
}

static const struct schema_key drawing_keys[] = {
	{ "shape", SCHEMA_KIND, offsetof(struct drawing, shape), .allowed = "circle, label",
	  .help = "what is drawn", .kinds = kind_at },
	{ NULL },
};

static char complaint[1024];

/* Reads a drawing; `complaint` is what was said of it. To be freed whatever is returned. */
static int read_drawing(const char *text, struct drawing *drawing)
{
	const struct schema_source source = { .file = "drawing.cfg" };
	config_t config;
	int r;

	memset(drawing, 0, sizeof(*drawing));
	config_init(&config);
	CU_ASSERT_FATAL(config_read_string(&config, text));
	report_capture(complaint, sizeof(complaint));
	r = schema_read(&source, config_root_setting(&config), drawing_keys, "", drawing);
	report_capture(NULL, 0);
	config_destroy(&config);
	return r;
}

static void test_each_kind(void)
{
	struct drawing drawing;

	CU_ASSERT_EQUAL(read_drawing("shape = { kind = \"circle\"; radius = 7; };", &drawing), 0);
	CU_ASSERT_PTR_EQUAL(drawing.shape.kind, &kinds[0]);
	CU_ASSERT_EQUAL(((struct circle *)drawing.shape.settings)->radius, 7);
	schema_free(drawing_keys, &drawing);
	CU_ASSERT_PTR_NULL(drawing.shape.settings);

	CU_ASSERT_EQUAL(read_drawing("shape = { text = \"a\"; kind = \"label\"; };", &drawing), 0);
	CU_ASSERT_PTR_EQUAL(drawing.shape.kind, &kinds[1]);
	CU_ASSERT_STRING_EQUAL(((struct label *)drawing.shape.settings)->text, "a");
	CU_ASSERT_EQUAL(((struct label *)drawing.shape.settings)->size, 4096);
	schema_free(drawing_keys, &drawing);
}

static void test_absent(void)
{
	struct drawing drawing;

	CU_ASSERT_EQUAL(read_drawing("", &drawing), 0);
	CU_ASSERT_PTR_NULL(drawing.shape.kind);
	schema_free(drawing_keys, &drawing);
}

static void test_mistakes(void)
{
	static const struct {
		const char *text, *complaint;
	} mistakes[] = {
		{ "shape = \"circle\";", "shape: not a group" },
		{ "shape = { radius = 1; };", "shape.kind: missing; allowed: circle, label" },
		{ "shape = { kind = 3; };", "shape.kind: missing" },
		{ "shape = { kind = \"square\"; };", "shape.kind: \"square\" is unknown" },
		{ "shape = { kind = \"circle\"; radius = 10; };",
		  "shape.radius: \"10\" is out of" },
		/* A key of another kind is no key of this one. */
		{ "shape = { kind = \"circle\"; text = \"a\"; };", "shape.text: unknown key" },
		{ "shape = { kind = \"label\"; };", "shape.text: missing" },
	};
	struct drawing drawing;

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		CU_ASSERT_EQUAL(read_drawing(mistakes[i].text, &drawing), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(complaint, mistakes[i].complaint));
		schema_free(drawing_keys, &drawing);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "each kind has its keys", test_each_kind },
		{ "a group that is not there has no kind", test_absent },
		{ "mistakes are named", test_mistakes },
		CU_TEST_INFO_NULL,
	};

	return run_suite("schema", tests);
}
