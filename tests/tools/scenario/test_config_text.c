/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How configurations are read that strangers may have written: what is included and where it came
 * from, what is refused, and whose files may bring commands. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/scenario/config_text.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/foliostorm-text.XXXXXX", message[2048];

static const char *in(const char *name)
{
	static char path[4][96];
	static size_t next;

	next = (next + 1) % ARRAY_SIZE(path);
	snprintf(path[next], sizeof(path[next]), "%s/%s", directory, name);
	return path[next];
}

static void write_bytes(const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(in(name), "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static int read_it(struct config_text *text, const char *name)
{
	int r;

	report_capture(message, sizeof(message));
	r = config_text_read(text, in(name));
	report_capture(NULL, 0);
	return r;
}

static void refused(const char *name, const char *says)
{
	struct config_text text;

	CU_ASSERT_NOT_EQUAL(read_it(&text, name), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, says));
	if (!strstr(message, says))
		printf("\n    %s: \"%s\", wanted \"%s\"", name, message, says);
	config_text_release(&text);
}

static void test_places(void)
{
	static const struct {
		unsigned int line, there;
		const char *file;
	} rows[] = { { 1, 1, "whole" }, { 2, 1, "part" },  { 3, 1, "deep" },
		     { 4, 3, "part" },  { 5, 3, "whole" }, { 6, 4, "whole" } };
	const struct config_source *source;
	struct config_text text;

	write_text("whole", "a = 1;\n @include \"part\"\nb = 2;\n\n");
	write_text("part", "c = 3;\n@include\t\"deep\"\ndd = 4;");
	write_text("deep", "e = 5;");
	CU_ASSERT_EQUAL_FATAL(read_it(&text, "whole"), 0);
	CU_ASSERT_STRING_EQUAL(text.text, "a = 1;\n c = 3;\ne = 5;\n\ndd = 4;\n\nb = 2;\n\n");
	CU_ASSERT_EQUAL(text.source_count, 3);
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(config_text_place(&text, rows[i].line, &source), rows[i].there);
		CU_ASSERT_STRING_EQUAL(source->path, in(rows[i].file));
	}
	CU_ASSERT_EQUAL(config_text_place(&text, 5, &source), 3);
	CU_ASSERT_STRING_EQUAL(source->path, in("part"));
	CU_ASSERT_EQUAL(config_text_place(&text, 7, &source), 3);
	CU_ASSERT_STRING_EQUAL(source->path, in("whole"));
	config_text_release(&text);
}

/* In texts and comments nothing is an @include, nor a number. */
static void test_untouched(void)
{
	static const char all[] = "a = \"x\n@include \\\"y\\\" 4294967297\"; /* @include \"z\"\n"
				  "4294967297 */ b = 1; // @include 4294967297\n"
				  "# 4294967297\nc_4294967297 = 1.4294967297e2; d = 4294967297L; "
				  "e = 0xffffffff; f = 0x1ffffffffL; g = -2147483648;\n";
	struct config_text text;

	write_text("all", all);
	CU_ASSERT_EQUAL(read_it(&text, "all"), 0);
	CU_ASSERT_STRING_EQUAL(text.text, all);
	config_text_release(&text);
}

static void test_numbers(void)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "seed = 4294967297;", ":1: seed: 4294967297 needs more than 32 bits" },
		{ "a = 1;\nseed : 2147483648;", ":2: seed: 2147483648 needs more than 32 bits" },
		{ "x = -2147483649;", ":1: x: -2147483649 needs more than 32 bits" },
		{ "g = { a = 1; b = ( { c = 1; }, { d = 0x100000000; } ); };",
		  ":1: g.b[1].d: 0x100000000 needs more than 32 bits" },
		{ "l = [ 1, 2, 4294967296 ];", ":1: l[2]: 4294967296 needs more than 32 bits" },
		{ "x = 99999999999999999999;", ":1: x: 99999999999999999999 needs more than 64" },
		{ "x = 9223372036854775808L;", ":1: x: 9223372036854775808L needs more than 64" },
		{ "x = 0x10000000000000000L;", ":1: x: 0x10000000000000000L needs more than 64" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		write_text("number", rows[i].text);
		refused("number", rows[i].says);
	}
}

static void test_refused(void)
{
	char long_name[PATH_MAX];

	write_bytes("nul", "a = 1;\nb\0 = 2;\n", 15);
	refused("nul", "nul:2: a NUL byte; allowed: a text");
	refused("nowhere", "nowhere: cannot be read: No such file");
	CU_ASSERT_EQUAL(mkdir(in("sub"), 0700), 0);
	refused("sub", "sub: is a directory; name a file");
	CU_ASSERT_EQUAL(mkfifo(in("fifo"), 0600), 0);
	refused("fifo", "fifo: is not a regular file; name one");
	CU_ASSERT_EQUAL(symlink("loop", in("loop")), 0);
	refused("loop", "loop: cannot be read: Too many levels");
	CU_ASSERT_EQUAL(symlink("/dev/zero", in("zero")), 0);
	refused("zero", "zero: is not a regular file");
	write_text("fifos", "a = 1;\n@include \"fifo\"\n");
	refused("fifos", "fifos:2: ");
	refused("fifos", "fifo: is not a regular file");
	write_text("itself", "a = 1;\n@include \"itself\"\n");
	refused("itself", "itself:2: @include \"itself\": more than 10 files deep");
	write_text("half", "a = 1; @include \"nul\"\n");
	refused("half", "half:1: @ in the midst of a line");
	write_text("bare", "@include nul\n");
	refused("bare", "bare:1: @include without a file");
	write_text("sparse", "a = 1;\n");
	CU_ASSERT_EQUAL(truncate(in("sparse"), 20L << 30), 0);
	refused("sparse", "sparse: too large; allowed: up to 16M");
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	write_text("long", "");
	refused(long_name + PATH_MAX - 80, "cannot be read");
}

/* Two files that include each other twice are 2^10 texts. */
static void test_many(void)
{
	char name[16], text[64];

	for (int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		snprintf(text, sizeof(text), "@include \"many%d\"\n@include \"many%d\"\n", i + 1,
			 i + 1);
		write_text(name, text);
	}
	write_text("many10", "");
	refused("many0", "more than 1000 files");
}

/* Of a control request nothing is opened. */
static void test_take(void)
{
	struct config_text text;
	int r;

	report_capture(message, sizeof(message));
	r = config_text_take(&text, "rule", "@include \"/etc/passwd\"\n");
	report_capture(NULL, 0);
	CU_ASSERT_EQUAL(r, -EINVAL);
	CU_ASSERT_STRING_EQUAL(message, "rule:1: @include \"/etc/passwd\": nothing can be included "
					"here");
	config_text_release(&text);
}

static int load_rules(const char *name, enum schema_trust trust)
{
	char *text = NULL;
	int r;

	report_capture(message, sizeof(message));
	r = rules_text_of_file(in(name), trust, &text);
	report_capture(NULL, 0);
	free(text);
	return r;
}

static void test_strangers(void)
{
	static const struct {
		uid_t owner;
		mode_t mode;
		uid_t place_owner;
		mode_t place_mode;
		const char *why; /* NULL: it is trusted */
	} rows[] = {
		{ 0, 0644, 0, 0755, NULL },
		{ 0, 0600, 0, 01777, NULL },
		{ 65534, 0644, 0, 0755, "the file belongs to user 65534" },
		{ 0, 0664, 0, 0755, "the file may be written by its group" },
		{ 0, 0606, 0, 0755, "the file may be written by anybody" },
		{ 0, 0644, 65534, 0755, "which belongs to user 65534" },
		{ 0, 0644, 0, 0777, "where others may put another in its place" },
		{ 4321, 0644, 4321, 0755, NULL }, /* who called sudo */
	};

	if (geteuid()) {
		skip_test("not root");
		return;
	}
	setenv("SUDO_UID", "4321", 1);
	write_text("stranger",
		   "rules = ( { when = \"fsync\";\n do = { run = \"touch /x\"; }; } );\n");
	write_text("with", "@include \"stranger\"\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CU_ASSERT_EQUAL(chown(in("stranger"), rows[i].owner, 0), 0);
		CU_ASSERT_EQUAL(chmod(in("stranger"), rows[i].mode), 0);
		CU_ASSERT_EQUAL(chown(directory, rows[i].place_owner, 0), 0);
		CU_ASSERT_EQUAL(chmod(directory, rows[i].place_mode), 0);
		CU_ASSERT_EQUAL(load_rules("stranger", TRUST_ALL), 0);
		CU_ASSERT_EQUAL(load_rules("stranger", TRUST_GUEST), 0);
		for (int included = 0; included < 2; included++) {
			CU_ASSERT_EQUAL(load_rules(included ? "with" : "stranger", TRUST_OWN),
					rows[i].why ? -EINVAL : 0);
			if (!rows[i].why)
				continue;
			CU_ASSERT_PTR_NOT_NULL(strstr(message, rows[i].why));
			CU_ASSERT_PTR_NOT_NULL(strstr(message, "stranger:2: rules[0].do.run: would "
							       "run \"touch /x\""));
			CU_ASSERT_PTR_NOT_NULL(strstr(message, "--trust"));
		}
	}
	chown(directory, 0, 0);
	chmod(directory, 0700);
	/* Without a command it does not matter whose it is. */
	write_text("harmless", "rules = ( { when = \"fsync\"; do = { delay = \"1ms\"; }; } );\n");
	CU_ASSERT_EQUAL(chown(in("harmless"), 65534, 0), 0);
	CU_ASSERT_EQUAL(load_rules("harmless", TRUST_OWN), 0);
	unsetenv("SUDO_UID");
	CU_ASSERT_EQUAL(chown(in("stranger"), 4321, 0), 0);
	CU_ASSERT_EQUAL(load_rules("stranger", TRUST_OWN), -EINVAL);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "where lines come from", test_places },
		{ "texts and comments", test_untouched },
		{ "numbers that would be cut", test_numbers },
		{ "what is refused", test_refused },
		{ "many includes", test_many },
		{ "a text in memory", test_take },
		{ "files of strangers", test_strangers },
		CU_TEST_INFO_NULL,
	};
	char command[64];
	int code;

	if (!mkdtemp(directory))
		return 1;
	code = run_suite("config_text", tests);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command) ? 1 : code;
}
