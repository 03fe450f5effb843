/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules that can do nothing or never match, how many of anything there may be, and rules found by
 * the path among many. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "injector/rules/rules.h"
#include "tests/support/one_file.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { READ = 15 };

static struct rules *rules;
static char message[1024];
static _Atomic int phase;

static void begin(const _Atomic int *phases)
{
	const struct rules_config config = {
		.seed = 1,
		.phase = phases,
		.kernel = { .major = 6, .minor = 18, .patch = 9 },
	};

	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
}

static void end(void)
{
	rules_free(rules);
	rules = NULL;
}

struct mistake {
	const char *text, *says;
};

static void refused(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CU_ASSERT_EQUAL(rules_read_text(mistakes[i].text, rules, message, sizeof(message)),
				-EINVAL);
		if (!strstr(message, mistakes[i].says))
			printf("\n    row %zu: %s", i, message);
		CU_ASSERT_PTR_NOT_NULL(strstr(message, mistakes[i].says));
	}
	CU_ASSERT_EQUAL(rules_count(rules), 0);
}

#define REFUSED(mistakes) refused(mistakes, ARRAY_SIZE(mistakes))

#define DO(text)    "when = \"fallocate\"; do = { " text " };"
#define WHEN(text)  "when = { op = \"read\"; " text " }; do = { log = true; };"
#define LONG_NAME   "a-name-of-more-than-31-characters"
#define DELAY(text) "when = \"read\"; do = { delay = { " text " }; };"

static void never_match(void)
{
	static const struct mistake mistakes[] = {
		{ "when = { op = ( ); }; do = { log = true; };",
		  "when.op is empty; allowed: any, or an operation" },
		/* The list is whole. */
		{ "when = { op = \"statfs\"; offset = \"4K\"; }; do = { log = true; };",
		  "read, write, readdir, fallocate, readdirplus, lseek, copy_file_range" },
		{ WHEN("nth = \"3\"; times = 2;"), "times is never reached: nth is one match" },
		{ WHEN("from = \"2s\"; until = \"2s\";"), "until is not after from" },
		{ "when = \"metadata\"; do = { short = \"byte\"; };",
		  "do.short can never match with metadata; allowed: read, write" },
		{ "when = ( \"fsync\", \"flush\" ); do = { corrupt = \"flip\"; };",
		  "do.corrupt can never match with fsync" },
	};

	begin(&phase);
	REFUSED(mistakes);
	end();
}

static void without_a_run(void)
{
	static const struct mistake mistakes[] = {
		{ WHEN("phase = \"storm\";"), "it can never match: only a run has a phase" },
	};

	begin(NULL);
	REFUSED(mistakes);
	end();
}

/* A layer that does not see what is done through mappings cannot lose it. */
static void past_the_layer(void)
{
	static const struct mistake mistakes[] = {
		{ "when = \"write\"; do = { lose = true; };",
		  "do.lose: stores through a mapping go past a layer of the data path mixed, and "
		  "would survive a crash; allowed: the data path daemon" },
		{ "when = \"fsync\"; do = { crash = \"serve\"; };",
		  "do.crash: on the data path mixed stores through a mapping go past the layer, "
		  "and "
		  "would survive; allowed: the data path daemon" },
		{ "when = \"fsync\"; do = { crash = { keep = \"0\"; }; };",
		  "\"0\" is not valid; allowed: none, random, or numbers of unsynced writes from 1 "
		  "to "
		  "256" },
		{ "when = \"fsync\"; do = { crash = { keep = \"3..1\"; }; };",
		  "\"3..1\" is not valid" },
		{ "when = \"release\"; do = { crash = \"fail\"; };", "do.crash" },
	};
	const struct rules_config config = { .maps_past = true };

	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	REFUSED(mistakes);
	end();
}

static void do_nothing(void)
{
	static const struct mistake mistakes[] = {
		{ "when = \"read\"; do = ( );", "the rule does nothing; give do" },
		{ "name = \"" LONG_NAME "\"; " WHEN(""),
		  "name: \"" LONG_NAME "\" is too long; allowed: up to 31 characters" },
		{ WHEN("held = \"" LONG_NAME "\";"), "when.held: \"" LONG_NAME "\" is too long" },
		{ WHEN("event = \"" LONG_NAME "\";"), "when.event: \"" LONG_NAME "\" is too long" },
		{ "when = \"read\"; do = { hold = \"" LONG_NAME "\"; };",
		  "hold.name: \"" LONG_NAME "\" is too long" },
		{ "when = \"read\"; do = { release = \"" LONG_NAME "\"; };",
		  "release: \"" LONG_NAME "\" is too long" },
		{ "when = \"read\"; do = { error = { errno = ( ); }; };",
		  "0 errnos; allowed: 1 to 16" },
		{ "when = \"read\"; do = { error = { errno = ( \"EIO\", \"EIO\", \"EIO\", \"EIO\", "
		  "\"EIO\", \"EIO\", \"EIO\", \"EIO\", \"EIO\", \"EIO\", \"EIO\", \"EIO\", "
		  "\"EIO\", \"EIO\", \"EIO\", \"EIO\", \"EIO\" ); }; };",
		  "17 errnos; allowed: 1 to 16" },
		{ DO("punch = { folio = \"12K\"; };"),
		  "punch.folio is not a power of two; allowed: 8K to 2M" },
		{ DO("punch = { folio = \"8K\"; };"),
		  "punch.aim: a punch of that length cannot be aimed in a folio of 2 pages" },
		{ DO("punch = { aim = 512; };"), "cannot be aimed in a folio of 512 pages" },
		{ DO("punch = { aim = 511; length = \"8K\"; };"), "cannot be aimed in a folio" },
		{ DELAY("fixed = \"1ms\"; dist = \"exponential\"; mean = \"1ms\";"),
		  "more than one of fixed, dist and histogram" },
		{ DELAY("burst = \"1M\";"), "burst without rate does nothing; give rate" },
		{ DELAY("scope = \"file\";"), "it delays nothing; give fixed, dist, histogram, " },
		{ DELAY("dist = \"pareto\"; mean = \"1ms\";"), "pareto begins at a lowest value" },
		{ DELAY("dist = \"uniform\"; min = \"2ms\"; max = \"1ms\";"), "max" },
	};

	begin(&phase);
	REFUSED(mistakes);
	end();
}

/* A folio has a page at least, on machines with larger ones, too. */
static void large_pages(void)
{
	static const struct mistake mistakes[] = {
		{ DO("punch = { folio = \"32K\"; };"), "cannot be aimed in a folio of 0 pages" },
		{ DO("misplace = { folio = \"32K\"; };"), "less than a page, 65536 bytes" },
	};

	page_size_choose(65536);
	begin(&phase);
	REFUSED(mistakes);
	end();
	page_size_choose(0);
}

/* A list of `count` rules, each made by the format, which takes its number twice or once. */
static char *many(const char *format, unsigned int count)
{
	char *text = malloc(32 + (size_t)count * 160), *at = text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	at += sprintf(at, "rules = ( ");
	for (unsigned int i = 0; i < count; i++) {
		at += sprintf(at, "%s", i ? ", " : "");
		at += sprintf(at, format, i, i);
	}
	strcpy(at, " );");
	return text;
}

static void too_many(void)
{
	enum { MOST = 4096 };
	static const char rule[] = "{ name = \"r%u\"; when = \"fsync\"; do = { log = true; }; }";
	static const struct mistake mistakes[] = {
		{ "when = \"read\"; do = ( { delay = \"1ms\"; }, { delay = \"1ms\"; }, { delay = "
		  "\"1ms\"; }, { delay = \"1ms\"; }, { delay = \"1ms\"; }, { delay = \"1ms\"; }, { "
		  "delay = \"1ms\"; }, { delay = \"1ms\"; }, { delay = \"1ms\"; } );",
		  "too many actions; allowed: up to 8" },
	};
	char *text = many(rule, MOST);

	begin(&phase);
	REFUSED(mistakes);
	CU_ASSERT_EQUAL(rules_read_text(text, rules, message, sizeof(message)), 0);
	CU_ASSERT_EQUAL(rules_count(rules), MOST);
	CU_ASSERT_EQUAL(rules_read_text(WHEN(""), rules, message, sizeof(message)), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "4097 rules; allowed: up to 4096"));
	CU_ASSERT_EQUAL(rules_count(rules), MOST);
	end();
	free(text);
}

/* What may hang is told of, unless a rule ends it. */
static void holds(void)
{
	static const struct {
		const char *text;
		bool warned;
	} rows[] = {
		{ "rules = ( { when = \"read\"; do = { hold = \"h\"; }; } );", true },
		{ "rules = ( { when = \"read\"; do = { hold = { name = \"h\"; count = 2; }; }; } "
		  ");",
		  false },
		{ "rules = ( { when = \"read\"; do = { hold = \"h\"; }; },"
		  " { when = \"fsync\"; do = { release = \"h\"; }; } );",
		  false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		begin(&phase);
		CU_ASSERT_EQUAL(rules_read_text(rows[i].text, rules, message, sizeof(message)), 0);
		CU_ASSERT_EQUAL(strstr(message, "warning: hold h has no count") != NULL,
				rows[i].warned);
		end();
	}
}

static void stand_for_nothing(void)
{
	static const struct mistake mistakes[] = {
		{ "rules = ( );", "rules: is empty; allowed: ( { when" },
		{ WHEN("path = \"/db/x\";"), "relative to the mount; write \"db/x\"" },
		{ WHEN("path = \"./x\";"), "no \".\", \"..\" or empty parts" },
		{ WHEN("path = \"a//b\";"), "no \".\", \"..\" or empty parts" },
		{ WHEN("path = \"db/\";"), "write \"db\" for the directory, \"db/*\" for all" },
		{ WHEN("path = \"\";"), "when.path is empty" },
		{ WHEN("process = \"\";"), "when.process is empty" },
		{ WHEN("process = \"postgres-checkpointer\";"),
		  "to 15 characters; write \"postgres-check*\"" },
		{ WHEN("process = \"[a-z]ostgre?-checkpo*\";"), "to 15 characters" },
		{ WHEN("event = \"shu\";"), "when.event: no rule is called \"shu\"" },
		{ "name = \"a\"; " WHEN("event = \"a\";"), "it waits for itself" },
		{ WHEN("held = \"gate\";"), "when.held: no rule has a hold \"gate\"" },
		{ "when = \"read\"; do = { release = \"gate\"; };",
		  "release: no rule has a hold \"gate\"" },
		{ "when = \"fsync\"; do = { fsync = \"fail-and-drop\"; };",
		  "do.fsync takes a rule with lose or crash, too" },
		{ "rules = ( { when = \"read\"; do = { hold = \"gates\"; }; },"
		  " { when = \"fsync\"; do = { release = \"gate\"; }; } );",
		  "did you mean gates?" },
	};
	static const char *const fine[] = {
		WHEN("path = \"/\";"),
		WHEN("process = \"postgres-checkp\";"),
		WHEN("process = \"[]abcdefghijklmn]ostgres: *\";"),
		"rules = ( { when = \"read\"; do = { release = \"h\"; }; }, { when = { op = "
		"\"open\"; held = "
		"\"h\"; event = \"rule-3\"; }; do = { log = true; }; }, { when = \"fsync\"; do = { "
		"hold = "
		"\"h\"; }; } );",
	};

	begin(&phase);
	REFUSED(mistakes);
	end();
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		begin(&phase);
		CU_ASSERT_EQUAL(rules_read_text(fine[i], rules, message, sizeof(message)), 0);
		end();
	}
}

static bool fires(void)
{
	struct hook_request request = {
		.opcode = READ, .length = 4096, .arrived = units_now(), .lookups = &one_file_lookups
	};
	struct hooks hooks = rules_hooks(rules);
	struct hook_decision decision = hooks.before(hooks.injector, &request);

	request.plan = decision.plan;
	if (request.plan)
		hooks.done(hooks.injector, &request);
	return decision.error == EIO;
}

/* Each of 300 files has a rule of its own; paths are longer than what is remembered, or not. */
static void paths(void)
{
	static const char rule[] = "{ name = \"r%u\"; when = { op = \"read\"; path = \"*/f%u\"; }; "
				   "do = { error = \"EIO\"; }; }";
	char *text = many(rule, 300);
	char parent[900], path[1024];

	one_file_path = path;
	memset(parent, 'd', sizeof(parent) - 1);
	parent[sizeof(parent) - 1] = '\0';
	begin(&phase);
	CU_ASSERT_EQUAL(rules_read_text(text, rules, message, sizeof(message)), 0);
	for (int turn = 0; turn < 2; turn++) {
		const char *before = turn ? parent : "d";

		for (unsigned int i = 0; i < 300; i += 13) {
			snprintf(path, sizeof(path), "%s/f%u", before, i);
			CU_ASSERT_TRUE(fires());
		}
		snprintf(path, sizeof(path), "%s/f300", before);
		CU_ASSERT_FALSE(fires());
		snprintf(path, sizeof(path), "%s", before);
		CU_ASSERT_FALSE(fires());
	}
	one_file_path = "";
	end();
	free(text);
}

static struct rule_status listed;

static void note_rule(void *context, const struct rule_status *status)
{
	(void)context;
	listed = *status;
}

/* What has no room in a list is said to be more. */
static void long_lists(void)
{
	begin(&phase);
	CU_ASSERT_EQUAL(
		rules_read_text("when = ( \"lookup\", \"getattr\", \"setattr\", \"readlink\", "
				"\"symlink\", \"mknod\", \"mkdir\", \"unlink\", \"rmdir\", "
				"\"rename\", \"link\", \"open\", \"read\", \"write\", \"statfs\" "
				"); do = { log = true; };",
				rules, message, sizeof(message)),
		0);
	rules_list(rules, note_rule, NULL);
	CU_ASSERT_STRING_EQUAL(listed.operations,
			       "lookup,getattr,setattr,readlink,symlink,mknod,mkdir,unlink,rmdir,"
			       "rename,link,open,read,...");
	CU_ASSERT_STRING_EQUAL(listed.actions, "log");
	end();
}

/* However many rules match a request, all of them fire. */
static void all_match(void)
{
	enum { MANY = 200 };
	static const char rule[] = "{ name = \"r%u\"; when = \"read\"; do = { log = true; }; }";
	char *text = many(rule, MANY);

	begin(&phase);
	CU_ASSERT_EQUAL(rules_read_text(text, rules, message, sizeof(message)), 0);
	CU_ASSERT_FALSE(fires());
	CU_ASSERT_EQUAL(rules_read_text("when = \"read\"; do = { error = \"EIO\"; };", rules,
					message, sizeof(message)),
			0);
	CU_ASSERT_TRUE(fires());
	for (unsigned int id = 1; id <= MANY; id++)
		CU_ASSERT_EQUAL(rules_fired(rules, id), 2);
	end();
	free(text);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "rules that never match", never_match },
		{ "paths, processes and names that stand for nothing", stand_for_nothing },
		{ "rules of a layer without a run", without_a_run },
		{ "rules that the data path does not allow", past_the_layer },
		{ "rules that do nothing", do_nothing },
		{ "large pages", large_pages },
		{ "too many", too_many },
		{ "holds that nobody ends", holds },
		{ "paths among many", paths },
		{ "many that match", all_match },
		{ "long lists", long_lists },
		CU_TEST_INFO_NULL,
	};

	return run_suite("rule_limits", tests);
}
