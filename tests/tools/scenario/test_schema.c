/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys by their tables: what is read, what is allowed, and how both are printed. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/scenario/schema.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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
	{ .name = NULL },
};

static const struct schema_key label_keys[] = {
	{ "text", SCHEMA_TEXT, offsetof(struct label, text), NULL, "a text", "on it",
	  .required = 1 },
	{ "size", SCHEMA_SIZE, offsetof(struct label, size), "4K", "a size", "of it",
	  .max = 1 << 20 },
	{ .name = NULL },
};

static const struct schema_kind kinds[] = {
	{ "circle", circle_keys, sizeof(struct circle), "a round one" },
	{ "label", label_keys, sizeof(struct label), NULL },
};

static const struct schema_kind *kind_at(size_t i)
{
	return i < ARRAY_SIZE(kinds) ? &kinds[i] : NULL;
}

static const struct schema_key drawing_keys[] = {
	{ "shape", SCHEMA_KIND, offsetof(struct drawing, shape), .help = "what is drawn",
	  .kinds = kind_at },
	{ .name = NULL },
};

enum side {
	SIDE_LEFT,
	SIDE_RIGHT,
};

struct brush {
	enum side side;
	bool wet, round;
	const struct brush_kind *kind;
	uint64_t width;
};

static const struct brush_kind {
	const char *name, *help;
} brushes[] = {
	{ "hair", "soft" },
	{ "steel", NULL },
	{ NULL, NULL },
};

static struct schema_word brush_word(size_t i)
{
	return (struct schema_word){ brushes[i].name, brushes[i].help, &brushes[i] };
}

static int parse_width(const char *text, void *field, char *why, size_t size)
{
	(void)why, (void)size;
	*(uint64_t *)field = strlen(text);
	return 0;
}

#define BRUSH(member) .offset = offsetof(struct brush, member)

static const struct schema_key brush_keys[] = {
	{ "side", SCHEMA_WORD, BRUSH(side), "right", .help = "of the table. Not of the brush",
	  .SCHEMA_WORDS(WORD("left", "or \"port\""), WORD("right", NULL)) },
	{ "wet", SCHEMA_BOOLEAN, BRUSH(wet), "false", .help = "see [paints](#paints)" },
	{ "form", SCHEMA_BOOLEAN, BRUSH(round), "flat", .help = "of `hairs[]`, [all](#all) of them",
	  .SCHEMA_WORDS(WORD("flat", NULL), WORD("round", "all over")) },
	{ "kind", SCHEMA_ROW, BRUSH(kind), NULL, .help = "of brush", .required = 1,
	  .word = brush_word },
	{ "width", SCHEMA_PARSED, BRUSH(width), NULL, "a length", "of it", .noun = "word or length",
	  .parse = parse_width, .SCHEMA_WORDS(WORD("thin", NULL), WORD("thick-set", NULL)) },
	{ .name = NULL },
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

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		CU_ASSERT_EQUAL(read_drawing(mistakes[i].text, &drawing), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(complaint, mistakes[i].complaint));
		schema_free(drawing_keys, &drawing);
	}
}

static config_t config;

/* Sets one path in a fresh configuration of a group and a list. Returns what schema_set() did. */
static int set(const char *assignment)
{
	int r;

	config_init(&config);
	CU_ASSERT_FATAL(config_read_string(&config,
					   "storm = { aim = 1; };\n"
					   "readers = ( { count = 1; }, { count = 2; } );"));
	*complaint = '\0';
	report_capture(complaint, sizeof(complaint));
	r = schema_set(&config, assignment);
	report_capture(NULL, 0);
	return r;
}

static void test_set(void)
{
	static const struct {
		const char *assignment, *path;
		int type;
		const char *value; /* as config_write() would, in short */
	} rows[] = {
		{ "storm.aim=257", "storm.aim", CONFIG_TYPE_INT, "257" },
		{ "storm.aim=auto", "storm.aim", CONFIG_TYPE_STRING, "auto" },
		{ "storm.aim=\"a b\"", "storm.aim", CONFIG_TYPE_STRING, "a b" },
		{ "storm.length=4K", "storm.length", CONFIG_TYPE_STRING, "4K" },
		{ "title=", "title", CONFIG_TYPE_STRING, "" },
		{ "duration=1.5", "duration", CONFIG_TYPE_FLOAT, "1.5" },
		{ "witness=true", "witness", CONFIG_TYPE_BOOL, "true" },
		{ "readers[1].count=7", "readers[1].count", CONFIG_TYPE_INT, "7" },
		/* Groups on the way are made. */
		{ "a.b.c=1", "a.b.c", CONFIG_TYPE_INT, "1" },
		/* No number is cut to 32 bits, or to 64. */
		{ "seed=2147483647", "seed", CONFIG_TYPE_INT, "2147483647" },
		{ "seed=2147483648", "seed", CONFIG_TYPE_INT64, "2147483648" },
		{ "seed=-2147483649", "seed", CONFIG_TYPE_INT64, "-2147483649" },
		{ "seed=4294967297", "seed", CONFIG_TYPE_INT64, "4294967297" },
		{ "seed=9223372036854775807", "seed", CONFIG_TYPE_INT64, "9223372036854775807" },
		{ "seed=9223372036854775808", "seed", CONFIG_TYPE_STRING, "9223372036854775808" },
	};
	static const char *const refused[] = {
		"storm.aim",     "=1", "readers[2].count=1", "readers.count=1", "storm.aim.b=1",
		"storm.aim=\"a",
	};
	char text[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const config_setting_t *setting;

		CU_ASSERT_EQUAL(set(rows[i].assignment), 0);
		setting = schema_lookup(&config, rows[i].path);
		CU_ASSERT_PTR_NOT_NULL_FATAL(setting);
		CU_ASSERT_EQUAL(config_setting_type(setting), rows[i].type);
		CU_ASSERT_STRING_EQUAL(
			schema_value(&config, drawing_keys, rows[i].path, text, sizeof(text)),
			rows[i].value);
		config_destroy(&config);
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CU_ASSERT_EQUAL(set(refused[i]), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(complaint, refused[i]));
		config_destroy(&config);
	}
}

/* Lists and groups as a whole. */
static void test_set_whole(void)
{
	const config_setting_t *readers;

	CU_ASSERT_EQUAL(set("readers=( { kind = \"load\"; n = 5000000000L; }, { x = [ 1, 2 ]; }, "
			    "{ y = true; z = 1.5; } )"),
			0);
	readers = schema_lookup(&config, "readers");
	CU_ASSERT_EQUAL(config_setting_length(readers), 3);
	CU_ASSERT_PTR_NOT_NULL(schema_lookup(&config, "readers[1].x"));
	CU_ASSERT_EQUAL(config_setting_length(schema_lookup(&config, "readers[1].x")), 2);
	CU_ASSERT_PTR_NULL(schema_lookup(&config, "readers[0].count"));
	config_destroy(&config);
	/* An item is replaced by one of its type. */
	CU_ASSERT_EQUAL(set("list=( \"6.15\", \"6.18\" )"), 0);
	CU_ASSERT_EQUAL(schema_set(&config, "list[1]=6.17.x"), 0);
	CU_ASSERT_STRING_EQUAL(config_setting_get_string(schema_lookup(&config, "list[1]")),
			       "6.17.x");
	report_capture(complaint, sizeof(complaint));
	CU_ASSERT_EQUAL(schema_set(&config, "list[1]=3"), -EINVAL);
	report_capture(NULL, 0);
	config_destroy(&config);
}

static void test_value_text(void)
{
	static const struct {
		const char *value, *text;
	} rows[] = {
		{ "257", "257" },
		{ "auto", "\"auto\"" },
		{ "\"a b\"", "\"a b\"" },
		{ "4K", "\"4K\"" },
		{ "1.5", "1.5" },
		{ "( 1, 2 )", "( 1, 2 )" },
		{ "4294967297", "4294967297L" },
		{ "99999999999999999999", "\"99999999999999999999\"" },
		{ "a\"b", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = schema_value_text(rows[i].value);

		if (rows[i].text && text)
			CU_ASSERT_STRING_EQUAL(text, rows[i].text);
		CU_ASSERT_EQUAL(!text, !rows[i].text);
		free(text);
	}
}

static int read_brush(const char *text, struct brush *brush)
{
	const struct schema_source source = { .file = "brush.cfg" };
	config_t brush_config;
	int r;

	memset(brush, 0, sizeof(*brush));
	config_init(&brush_config);
	CU_ASSERT_FATAL(config_read_string(&brush_config, text));
	report_capture(complaint, sizeof(complaint));
	r = schema_read(&source, config_root_setting(&brush_config), brush_keys, "", brush);
	report_capture(NULL, 0);
	config_destroy(&brush_config);
	return r;
}

static void test_words(void)
{
	struct brush brush;

	CU_ASSERT_EQUAL(read_brush("kind = \"steel\";", &brush), 0);
	CU_ASSERT_EQUAL(brush.side, SIDE_RIGHT);
	CU_ASSERT(!brush.wet && !brush.round);
	CU_ASSERT_PTR_EQUAL(brush.kind, &brushes[1]);
	CU_ASSERT_EQUAL(
		read_brush("side = \"left\"; wet = true; form = \"round\"; kind = \"hair\";",
			   &brush),
		0);
	CU_ASSERT_EQUAL(brush.side, SIDE_LEFT);
	CU_ASSERT(brush.wet && brush.round);
	CU_ASSERT_PTR_EQUAL(brush.kind, &brushes[0]);
}

static void test_allowed_words(void)
{
	static const struct {
		const char *text, *complaint;
	} mistakes[] = {
		{ "kind = \"wood\";", "kind: \"wood\" is unknown; allowed: hair, steel\n" },
		{ "side = \"up\"; kind = \"hair\";",
		  "side: \"up\" is unknown; allowed: left, right\n" },
		{ "wet = \"yes\"; kind = \"hair\";",
		  "wet: \"yes\" is unknown; allowed: false, true\n" },
		{ "width = { }; kind = \"hair\";",
		  "width: not a single value; allowed: thin, thick-set, or a length\n" },
		{ "", "kind: missing; allowed: hair, steel\n" },
	};
	char line[256], short_text[12];
	struct brush brush;

	for (size_t i = 0; i < ARRAY_SIZE(mistakes); i++) {
		CU_ASSERT_EQUAL(read_brush(mistakes[i].text, &brush), -EINVAL);
		snprintf(line, sizeof(line), "%s\n", complaint);
		CU_ASSERT_PTR_NOT_NULL(strstr(line, mistakes[i].complaint));
	}
	/* Cut to what there is room for. */
	CU_ASSERT_STRING_EQUAL(
		schema_allowed(schema_find(brush_keys, "width"), short_text, sizeof(short_text)),
		"thin, thick");
}

/* What schema_print() prints: at most 2000 bytes. */
static const char *printed(const struct schema_key *keys, enum prose_form form)
{
	static char text[2001];
	FILE *file = tmpfile();
	size_t length = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	schema_print(keys, form, file);
	rewind(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

static void test_lines(void)
{
	CU_ASSERT_STRING_EQUAL(
		printed(brush_keys, PROSE_LINES),
		"side                   right         of the table (left, right)\n"
		"wet                    false         see paints (false, true)\n"
		"form                   flat          of hairs[], all of them (flat, round)\n"
		"kind                   required      of brush (hair, steel)\n"
		"width                  -             of it (thin, thick-set, or a length)\n");
}

static void test_markdown(void)
{
	CU_ASSERT_STRING_EQUAL(
		printed(brush_keys, PROSE_MARKDOWN),
		"| key | type | default | allowed | meaning |\n"
		"|---|---|---|---|---|\n"
		"| `side` | word | right | left, right | Of the table. Not of the brush. left: or "
		"\"port\". |\n"
		"| `wet` | boolean | false | false, true | See [paints](#paints). |\n"
		"| `form` | word | flat | flat, round | Of `hairs[]`, [all](#all) of them. round: "
		"all over. |\n"
		"| `kind` | word | required | hair, steel | Of brush. hair: soft. |\n"
		"| `width` | word or length | none | thin, thick-set, or a length | Of it. |\n");
	CU_ASSERT_PTR_NOT_NULL(strstr(
		printed(drawing_keys, PROSE_MARKDOWN),
		"| `shape.kind` | word | none | circle, label | What is drawn. circle: a "
		"round one. |\n"
		"| `shape.radius` | number | 3 | a number from 1 to 9 | circle: Of it. |\n"));
}

static const struct schema_key hair_keys[] = {
	{ "bend", SCHEMA_COUNT, 0, "1", "a number from 0", .help = "how far it bends" },
	{ .name = NULL },
};

static const struct schema_key twin_keys[] = {
	{ "upper", SCHEMA_LIST, .allowed = "a list of groups", .help = "hairs above",
	  .keys = hair_keys },
	{ "lower", SCHEMA_LIST, .allowed = "a list of groups", .help = "hairs below",
	  .keys = hair_keys },
	{ .name = NULL },
};

static void test_twins(void)
{
	CU_ASSERT_PTR_NOT_NULL(
		strstr(printed(twin_keys, PROSE_MARKDOWN),
		       "| `upper[].bend` | number | 1 | a number from 0 | How far it bends. |\n"
		       "| `lower[]` | list | none | a list of groups | Hairs below. Keys as in "
		       "`upper[]`. |\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(printed(twin_keys, PROSE_MAN), "Hairs below.\nKeys as in\n.BR upper[] .\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed(twin_keys, PROSE_LINES), "lower[].bend "));
}

static void test_man(void)
{
	const char *text = printed(brush_keys, PROSE_MAN);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, ".SS The whole\n.TP\n.B side\nWord, default right.\n"
					    "Allowed: left, right.\nOf the table.\n"
					    "Not of the brush.\nleft: or \\(dqport\\(dq.\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "See paints.\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "Of \\fBhairs[]\\fR, all of them.\nround: all over.\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "Word, required.\n"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "no default.\nAllowed: thin, thick\\-set, or a length"));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(printed(drawing_keys, PROSE_MAN), ".SS shape\n.TP\n.B shape.kind\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(printed(drawing_keys, PROSE_MAN),
				      ".SS shape of kind circle\n.TP\n.B shape.radius\n"));
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "one setting by its path", test_set },
		{ "lists and groups by their path", test_set_whole },
		{ "values as they are written", test_value_text },
		{ "each kind has its keys", test_each_kind },
		{ "a group that is not there has no kind", test_absent },
		{ "mistakes are named", test_mistakes },
		{ "words fill enums, booleans and rows", test_words },
		{ "the words of the table are what is allowed", test_allowed_words },
		{ "a line for each key", test_lines },
		{ "the reference in Markdown", test_markdown },
		{ "lists with the same keys have them once", test_twins },
		{ "the reference in man(7)", test_man },
		CU_TEST_INFO_NULL,
	};

	return run_suite("schema", tests);
}
