/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule engine without a layer: rules as they are written, asked about requests made up here. */
#include "injector/base/array.h"
#include "injector/base/errno_table.h"
#include "injector/base/run_phase.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"
#include "tests/support/one_file.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNKNOWN = 4000, EVENTS_MAX = 4096 };

static struct rules *rules;
static struct hooks hooks;
static char message[1024];

static struct {
	struct rule_event list[EVENTS_MAX];
	_Atomic size_t count;
} events;

static void keep(void *context, const struct rule_event *event)
{
	size_t place = atomic_fetch_add(&events.count, 1);

	(void)context;
	if (place < EVENTS_MAX)
		events.list[place] = *event;
}

static _Atomic int phase;

static void begin(uint64_t seed, bool no_data)
{
	const struct rules_config config = {
		.seed = seed,
		.no_data = no_data,
		.phase = &phase,
		.kernel = { .major = 6, .minor = 18, .patch = 9 },
		.emit = keep,
	};

	events.count = 0;
	CU_ASSERT_EQUAL_FATAL(rules_make(&rules, &config), 0);
	hooks = rules_hooks(rules);
}

static void end(void)
{
	rules_free(rules);
	rules = NULL;
}

static int add(const char *text)
{
	int r = rules_read_text(text, rules, message, sizeof(message));

	if (r)
		fprintf(stderr, "[%s] ", message);
	return r;
}

static struct hook_request request_of(uint32_t opcode, uint64_t offset, uint64_t length)
{
	return (struct hook_request){
		.opcode = opcode,
		.inode = 77,
		.offset = offset,
		.length = length,
		.pid = (uint32_t)getpid(),
		.uid = 1000,
		.arrived = units_now(),
		.lookups = &one_file_lookups,
	};
}

/* Asks about a request, follows it to its end without waiting, and sums up. */
static struct hook_decision ask(struct hook_request request)
{
	struct hook_decision decision = hooks.before(hooks.injector, &request), sum = decision;

	request.plan = decision.plan;
	while (decision.goes_on) {
		decision = hooks.next(hooks.injector, &request, false);
		sum.delay_ns += decision.delay_ns;
		sum.error = decision.error;
	}
	if (request.plan)
		hooks.done(hooks.injector, &request);
	return sum;
}

static struct hook_decision ask_plain(uint32_t opcode)
{
	return ask(request_of(opcode, 0, 4096));
}

static void test_operations(void)
{
	CU_ASSERT_EQUAL(hook_operation_find("fallocate")->opcode, FUSE_FALLOCATE);
	CU_ASSERT_STRING_EQUAL(hook_operation_of(FUSE_READ)->name, "read");
	CU_ASSERT_PTR_NULL(hook_operation_find("READ"));
	CU_ASSERT_PTR_NULL(hook_operation_of(UNKNOWN));
	CU_ASSERT_FALSE(hook_operation_of(FUSE_FORGET)->delays);
	CU_ASSERT_FALSE(hook_operation_of(FUSE_RELEASE)->fails);
	for (const struct hook_operation *o = hook_operations; o->name; o++) {
		char list[512];

		CU_ASSERT_PTR_EQUAL(hook_operation_of(o->opcode), o);
		CU_ASSERT(o->delays || !o->fails);
		CU_ASSERT(!o->delays || o->groups);
		/* What may fail may fail with EIO, and has a table. */
		CU_ASSERT_EQUAL(errno_is_legal(o->name, EIO), o->fails);
		CU_ASSERT_EQUAL(*errno_list(o->name, list, sizeof(list)) != '\0', o->fails);
	}
}

static void test_error_names(void)
{
	CU_ASSERT_EQUAL(errno_number("EIO"), EIO);
	CU_ASSERT_EQUAL(errno_number("ENOTSUP"), EOPNOTSUPP);
	CU_ASSERT_EQUAL(errno_number("EWOULDBLOCK"), EAGAIN);
	CU_ASSERT_EQUAL(errno_number("eio"), 0);
	CU_ASSERT_EQUAL(errno_number(""), 0);
	CU_ASSERT_STRING_EQUAL(errno_name(ENOSPC), "ENOSPC");
	CU_ASSERT_PTR_NULL(errno_name(0));
	CU_ASSERT_PTR_NULL(errno_name(-EIO));
	CU_ASSERT_PTR_NULL(errno_name(511));
	CU_ASSERT(errno_is_legal("write", ENOSPC));
	CU_ASSERT_FALSE(errno_is_legal("read", ENOSPC));
}

static void test_refused(void)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "when = \"frobnicate\"; do = { log = true; };", "allowed: data, metadata" },
		{ "when = \"forget\"; do = { delay = \"1ms\"; };", "neither" },
		{ "when = \"read\"; do = { };", "does nothing" },
		{ "when = \"read\"; do = ( { log = true; }, { at = \"after\"; } );",
		  "a group that does nothing" },
		{ "when = \"read\"; do = { error = \"EWHAT\"; };", "is not an errno" },
		{ "when = \"read\"; do = { error = \"ENOSPC\"; };", "read cannot return ENOSPC" },
		{ "when = \"release\"; do = { error = \"EIO\"; };",
		  "can never match with release" },
		{ "when = \"fsync\"; do = { short = \"byte\"; };",
		  "do.short can never match with fsync; allowed: read, write" },
		{ "when = { op = \"fsync\"; offset = \"4K..\"; }; do = { log = true; };",
		  "when.offset can never match with fsync" },
		{ "when = { op = \"read\"; offset = \"8K..4K\"; }; do = { log = true; };",
		  "can never match" },
		{ "when = { op = \"read\"; offset = \"1B..3B\"; align = \"4K\"; }; do = { log = "
		  "true; };",
		  "can never match" },
		{ "when = { op = \"read\"; from = \"3s\"; until = \"2s\"; }; do = { log = true; };",
		  "can never match" },
		{ "when = { op = \"read\"; probability = 0; }; do = { log = true; };",
		  "can never match" },
		{ "when = { op = \"read\"; nth = \"5..2\"; }; do = { log = true; };",
		  "can never match" },
		{ "when = { op = \"read\"; per = \"file\"; }; do = { log = true; };",
		  "per counts for nothing" },
		{ "when = { op = \"open\"; nth = \"2\"; per = \"handle\"; }; do = { log = true; };",
		  "per = \"handle\" can never match with open; allowed: read, write" },
		{ "when = { op = \"read\"; nth = \"0\"; }; do = { log = true; };",
		  "counted from 1" },
		{ "when = { op = \"read\"; mode = \"punch\"; }; do = { log = true; };",
		  "when.mode can never match with read; allowed: fallocate" },
		{ "when = { op = \"read\"; colour = 1; }; do = { log = true; };", "unknown key" },
		{ "when = \"read\"; do = { delay = { dist = \"lognormal\"; median = \"9ms\"; p99 = "
		  "\"5ms\"; }; };",
		  "no distribution has a p99 that is not above its median" },
		{ "when = \"read\"; do = { delay = { dist = \"lognormal\"; median = \"9ms\"; mean "
		  "= "
		  "\"5ms\"; }; };",
		  "no lognormal distribution has that mean together with that median" },
		{ "when = \"read\"; do = { delay = { dist = \"exponential\"; mean = \"9ms\"; p99 = "
		  "\"50ms\"; }; };",
		  "exponential takes 1 of these" },
		{ "when = \"read\"; do = { delay = { median = \"9ms\"; }; };", "give dist" },
		{ "when = \"read\"; do = { delay = { histogram = \"/nowhere\"; }; };",
		  "/nowhere: No such file" },
		{ "when = \"read\"; do = { hold = { count = 1; }; };", "count from 2" },
		{ "when = \"read\"; do = { at = \"after\"; corrupt = \"flip\"; };",
		  "at = \"before\"" },
		{ "when = \"read\"; do = { corrupt = \"melt\"; };", "allowed: flip" },
		{ "when = \"read\"; do = { signal = \"KILL\"; };", "is not a signal" },
		{ "when = \"fallocate\"; do = { misplace = { folio = \"12K\"; }; };",
		  "power of two" },
		{ "when = \"statfs\"; do = { statfs = { }; };", "give free, size or files" },
		{ "when = \"statfs\"; do = { statfs = \"none\"; };", "allowed: 0, or a size" },
		{ "when = \"write\"; do = { statfs = 0; };", "allowed: statfs" },
		{ "when = ; do", "syntax error" },
		{ "", "contains no rule" },
	};

	begin(1, false);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CU_ASSERT_NOT_EQUAL(rules_read_text(cases[i].text, rules, message, sizeof(message)),
				    0);
		CU_ASSERT_PTR_NOT_NULL(strstr(message, cases[i].says));
		if (!strstr(message, cases[i].says))
			fprintf(stderr, "%s: %s\n", cases[i].text, message);
	}
	CU_ASSERT_EQUAL(rules_count(rules), 0);
	/* None of a list that has one mistake. */
	CU_ASSERT_NOT_EQUAL(
		rules_read_text("rules = ( { when = \"read\"; do = { log = true; }; },"
				" { when = \"fsync\"; do = { error = \"ENXIO\"; }; } );",
				rules, message, sizeof(message)),
		0);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "rules[1]"));
	CU_ASSERT_EQUAL(rules_count(rules), 0);
	end();
	begin(1, true);
	CU_ASSERT_NOT_EQUAL(rules_read_text("when = \"read\"; do = { log = true; };", rules,
					    message, sizeof(message)),
			    0);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(message, "never come to a layer of the data path passthrough"));
	end();
}

static void test_decisions(void)
{
	struct hook_decision decision;

	begin(1, false);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).delay_ns, 0);
	CU_ASSERT_EQUAL(add("when = \"read\"; do = { delay = \"100ns\"; error = \"EIO\"; };"), 0);
	CU_ASSERT_EQUAL(add("when = \"any\"; do = { error = \"ENOSPC\"; };"), 0);
	CU_ASSERT_EQUAL(add("when = \"release\"; do = { delay = \"7ns\"; };"), 0);
	CU_ASSERT_EQUAL(
		add("when = \"fsync\"; do = { error = { errno = \"ENXIO\"; force = true; }; };"),
		0);
	decision = ask_plain(FUSE_READ);
	CU_ASSERT_EQUAL(decision.error, EIO);
	CU_ASSERT_EQUAL(decision.delay_ns, 100);
	CU_ASSERT_EQUAL(ask_plain(FUSE_FALLOCATE).error, ENOSPC);
	CU_ASSERT_EQUAL(ask_plain(FUSE_FSYNC).error, ENOSPC);
	/* A group keeps what can return it: a read cannot say ENOSPC, a release nothing at all. */
	decision = ask_plain(FUSE_RELEASE);
	CU_ASSERT_EQUAL(decision.error, 0);
	CU_ASSERT_EQUAL(decision.delay_ns, 7);
	CU_ASSERT_EQUAL(ask_plain(FUSE_LOOKUP).error, 0);
	CU_ASSERT_EQUAL(ask_plain(UNKNOWN).error, 0);
	CU_ASSERT_EQUAL(rules_fired(rules, 1), 1);
	CU_ASSERT_EQUAL(rules_fired(rules, 2), 2);
	CU_ASSERT_EQUAL(rules_fired(rules, 3), 1);
	CU_ASSERT_EQUAL(rules_fired(rules, 9), 0);
	end();
}

static void test_nth(void)
{
	static const struct {
		const char *text, *hits; /* of the first ten */
	} cases[] = {
		{ "3", "0010000000" },   { "3..5", "0011100000" },   { "3+", "0011111111" },
		{ "2+3", "0100100100" }, { "2..7+2", "0101010000" }, { "1..1+5", "1000000000" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[128], hits[11] = "";

		begin(1, false);
		snprintf(text, sizeof(text),
			 "when = { op = \"read\"; nth = \"%s\"; }; do = { error = \"EIO\"; };",
			 cases[i].text);
		CU_ASSERT_EQUAL(add(text), 0);
		for (int n = 0; n < 10; n++)
			hits[n] = ask_plain(FUSE_READ).error ? '1' : '0';
		CU_ASSERT_STRING_EQUAL(hits, cases[i].hits);
		end();
	}
}

/* Whether a rule with that condition, for any operation, fires for a request. */
static bool fires(const char *condition, struct hook_request request)
{
	char text[256];
	bool fired;

	begin(1, false);
	snprintf(text, sizeof(text), "when = { op = \"any\"; %s }; do = { error = \"EIO\"; };",
		 condition);
	CU_ASSERT_EQUAL(add(text), 0);
	fired = ask(request).error == EIO;
	end();
	return fired;
}

static void test_conditions(void)
{
	struct hook_request read = request_of(FUSE_READ, 8192, 4096), write = read, punch = read,
			    opened;
	char own[32];

	write.opcode = FUSE_WRITE;
	write.mode = O_RDWR | O_DIRECT;
	punch.opcode = FUSE_FALLOCATE;
	punch.mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	opened = request_of(FUSE_OPEN, 0, 0);
	opened.mode = O_WRONLY | O_APPEND;

	CU_ASSERT(fires("offset = \"8K\";", read));
	CU_ASSERT(fires("offset = \"..8K\";", read));
	CU_ASSERT(fires("offset = \"8K..\";", read));
	CU_ASSERT_FALSE(fires("offset = \"..4K\";", read));
	CU_ASSERT_FALSE(fires("offset = \"9K..\";", read));
	/* Touching is not beginning there. */
	CU_ASSERT_FALSE(fires("offset = \"10K..11K\";", read));
	CU_ASSERT(fires("length = \"4K\";", read));
	CU_ASSERT_FALSE(fires("length = \"..1K\";", read));
	CU_ASSERT(fires("page = 2;", read));
	CU_ASSERT_FALSE(fires("page = 1;", read));
	CU_ASSERT_FALSE(fires("page = 3;", read));
	/* 2^52 pages on. */
	CU_ASSERT_FALSE(fires("page = 4503599627370498L;", read));
	CU_ASSERT(fires("align = \"8K\";", read));
	CU_ASSERT_FALSE(fires("align = \"16K\";", read));
	CU_ASSERT(fires("size = \"64K\";", read));
	CU_ASSERT_FALSE(fires("size = \"1M..\";", read));
	CU_ASSERT(fires("path = \"db/*.ibd\";", read));
	CU_ASSERT_FALSE(fires("path = \"*.log\";", read));
	CU_ASSERT(fires("inode = 77;", read));
	CU_ASSERT_FALSE(fires("inode = 78;", read));
	CU_ASSERT(fires("uid = 1000;", read));
	CU_ASSERT_FALSE(fires("uid = 0;", read));
	snprintf(own, sizeof(own), "pid = %d;", getpid());
	CU_ASSERT(fires(own, read));
	CU_ASSERT_FALSE(fires("pid = 1;", read));
	CU_ASSERT(fires("inode = 77; uid = 1000;", read));
	CU_ASSERT_FALSE(fires("inode = 77; uid = 1001;", read));
	CU_ASSERT(fires("process = \"test_r*\";", read));
	CU_ASSERT_FALSE(fires("process = \"mysqld\";", read));
	CU_ASSERT(fires("mode = \"punch\";", punch));
	CU_ASSERT_FALSE(fires("mode = \"zero\";", punch));
	CU_ASSERT_FALSE(fires("mode = \"allocate\";", punch));
	CU_ASSERT_FALSE(fires("mode = \"punch\";", read));
	CU_ASSERT(fires("flags = \"O_DIRECT\";", write));
	CU_ASSERT(fires("flags = ( \"O_RDWR\", \"O_DIRECT\" );", write));
	CU_ASSERT_FALSE(fires("flags = ( \"O_RDWR\", \"O_SYNC\" );", write));
	CU_ASSERT(fires("flags = ( \"O_WRONLY\", \"O_APPEND\" );", opened));
	CU_ASSERT(fires("until = \"1h\";", read));
	CU_ASSERT_FALSE(fires("from = \"1h\";", read));
	CU_ASSERT_FALSE(fires("", request_of(FUSE_FORGET, 0, 0)));
}

/* A rule for one phase holds while that one is on, whatever others are. */
static void test_phases(void)
{
	static const struct {
		const char *name;
		int bit;
	} rows[] = {
		{ "preparing", RUN_PHASE_PREPARING }, { "storm", RUN_PHASE_STORM },
		{ "gather", RUN_PHASE_GATHER },       { "settle", RUN_PHASE_SETTLE },
		{ "punch", RUN_PHASE_PUNCH },         { "linger", RUN_PHASE_LINGER },
		{ "refill", RUN_PHASE_REFILL },
	};
	const struct hook_request read = request_of(FUSE_READ, 0, 4096);
	const size_t count = ARRAY_SIZE(rows);
	char condition[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(condition, sizeof(condition), "phase = \"%s\";", rows[i].name);
		phase = 0;
		CU_ASSERT_FALSE(fires(condition, read));
		for (size_t on = 0; on < count; on++) {
			phase = rows[on].bit;
			CU_ASSERT_EQUAL(fires(condition, read), on == i);
			CU_ASSERT(fires("phase = \"any\";", read));
			run_phase_change(&phase, 0, RUN_PHASE_STORM | RUN_PHASE_REFILL);
			CU_ASSERT_EQUAL(fires(condition, read), (phase & rows[i].bit) != 0);
			run_phase_change(&phase, rows[i].bit, 0);
			CU_ASSERT_FALSE(fires(condition, read));
		}
	}
	phase = 0;
}

/* nth and times of a rule that fails reads: how many of them fail. */
static int failing(struct hook_request request, int times)
{
	int failed = 0;

	for (int i = 0; i < times; i++)
		failed += ask(request).error == EIO;
	return failed;
}

static void test_counts_for_each(void)
{
	struct hook_request one = request_of(FUSE_READ, 0, 4096), other = one;
	pid_t child;

	one.handle = 1;
	other.handle = 2;
	/* The third of each file. */
	begin(1, false);
	CU_ASSERT_EQUAL(
		add("when = { op = \"read\"; nth = \"3\"; per = \"file\"; }; do = { error = "
		    "\"EIO\"; };"),
		0);
	other.inode = 78;
	CU_ASSERT_EQUAL(failing(one, 2), 0);
	CU_ASSERT_EQUAL(failing(other, 2), 0);
	CU_ASSERT_EQUAL(failing(one, 1), 1);
	CU_ASSERT_EQUAL(failing(other, 1), 1);
	CU_ASSERT_EQUAL(failing(one, 3), 0);
	end();
	/* Twice for each open, which its release ends. */
	begin(1, false);
	CU_ASSERT_EQUAL(add("when = { op = ( \"read\", \"release\" ); times = 2; per = \"handle\"; "
			    "}; do = { "
			    "log = true; };"),
			0);
	other.inode = one.inode;
	failing(one, 3);
	CU_ASSERT_EQUAL(events.count, 2);
	failing(other, 3);
	CU_ASSERT_EQUAL(events.count, 4);
	one.opcode = FUSE_RELEASE;
	failing(one, 1);
	one.opcode = FUSE_READ;
	failing(one, 3);
	CU_ASSERT_EQUAL(events.count, 6);
	end();
	/* The first of each process, whichever of its threads asks. */
	begin(1, false);
	CU_ASSERT_EQUAL(
		add("when = { op = \"read\"; nth = \"1\"; per = \"process\"; }; do = { error = "
		    "\"EIO\"; };"),
		0);
	CU_ASSERT_EQUAL(failing(one, 2), 1);
	child = fork();
	CU_ASSERT_FATAL(child >= 0);
	if (!child)
		_exit(pause());
	other.pid = (uint32_t)child;
	CU_ASSERT_EQUAL(failing(other, 2), 1);
	CU_ASSERT_EQUAL(failing(one, 2), 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	end();
}

static void test_states(void)
{
	struct hook_request held = request_of(FUSE_FSYNC, 0, 0);
	struct hook_decision decision;

	begin(1, false);
	CU_ASSERT_EQUAL(add("name = \"first\"; when = { op = \"write\"; times = 2; }; do = { error "
			    "= \"EIO\"; };"),
			0);
	CU_ASSERT_EQUAL(add("name = \"first\"; when = \"read\"; do = { error = \"EIO\"; };"),
			-EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "another rule is called \"first\""));
	CU_ASSERT_EQUAL(
		add("when = { op = \"read\"; event = \"first\"; }; do = { error = \"EINTR\"; };"),
		0);
	CU_ASSERT_EQUAL(
		add("when = \"fsync\"; do = { hold = { name = \"gate\"; timeout = \"9s\"; }; };"),
		0);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "hold gate has no count"));
	CU_ASSERT_EQUAL(
		add("when = { op = \"lookup\"; held = \"gate\"; }; do = { error = \"EIO\"; };"), 0);
	CU_ASSERT_EQUAL(add("when = \"open\"; do = { release = \"gate\"; };"), 0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, 0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_WRITE).error, EIO);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, EINTR);
	CU_ASSERT_EQUAL(ask_plain(FUSE_WRITE).error, EIO);
	CU_ASSERT_EQUAL(ask_plain(FUSE_WRITE).error, 0);
	CU_ASSERT_EQUAL(rules_fired(rules, 1), 2);

	CU_ASSERT_EQUAL(ask_plain(FUSE_LOOKUP).error, 0);
	decision = hooks.before(hooks.injector, &held);
	held.plan = decision.plan;
	CU_ASSERT(decision.held && decision.goes_on);
	CU_ASSERT_EQUAL(decision.delay_ns, 9000000000);
	CU_ASSERT_EQUAL(ask_plain(FUSE_LOOKUP).error, EIO);
	/* What the release lets go is not in the hold any more. */
	ask_plain(FUSE_OPEN);
	CU_ASSERT_EQUAL(ask_plain(FUSE_LOOKUP).error, 0);
	decision = hooks.next(hooks.injector, &held, false);
	CU_ASSERT_EQUAL(decision.error, 0);
	CU_ASSERT_FALSE(decision.goes_on);
	hooks.done(hooks.injector, &held);
	CU_ASSERT_EQUAL(rules_release(rules, "gate", 0), 0);
	CU_ASSERT_EQUAL(rules_release(rules, "elsewhere", 0), -ENOENT);

	CU_ASSERT_EQUAL(rules_find(rules, "2"), 2);
	CU_ASSERT_EQUAL(rules_find(rules, "nobody"), 0);
	CU_ASSERT_EQUAL(rules_find(rules, "4294967298"), 0);
	CU_ASSERT_EQUAL(rules_find(rules, "+2"), 0);
	CU_ASSERT_EQUAL(rules_remove(rules, 2), 0);
	CU_ASSERT_EQUAL(rules_remove(rules, 2), -ENOENT);
	CU_ASSERT_EQUAL(rules_count(rules), 4);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, 0);
	end();
}

/* A rule that is switched off matches nothing, and counts on when it is switched on again. */
static void test_switches(void)
{
	begin(1, false);
	CU_ASSERT_EQUAL(add("name = \"first\"; when = { op = \"read\"; times = 2; }; do = { error "
			    "= \"EIO\"; };"),
			0);
	CU_ASSERT_EQUAL(add("when = \"read\"; do = { error = \"EINTR\"; };"), 0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, EIO);
	CU_ASSERT_EQUAL(rules_enable(rules, rules_find(rules, "first"), false), 0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, EINTR);
	CU_ASSERT_EQUAL(rules_enable(rules, rules_find(rules, "rule-2"), false), 0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, 0);
	CU_ASSERT_EQUAL(rules_enable(rules, 1, true), 0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, EIO);
	CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, 0);
	CU_ASSERT_EQUAL(rules_enable(rules, 3, true), -ENOENT);
	end();
}

/* Fails a request that began at that time by the action of the last rule. */
static int fail_at(uint64_t began)
{
	const struct rule_set *set = atomic_load(&rules->set);
	struct action *action = &set->rules[set->count - 1]->actions[0];
	struct firing firing = { .action = action, .began = began, .drawn = EIO };

	return action->kind->apply(NULL, &firing) == STEP_FAIL ? firing.error : 0;
}

static void test_recovery(void)
{
	begin(1, false);
	CU_ASSERT_EQUAL(
		add("when = \"read\"; do = { error = { errno = \"EIO\"; recover_count = 3; }; };"),
		0);
	for (int i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(ask_plain(FUSE_READ).error, i < 3 ? EIO : 0);
	CU_ASSERT_EQUAL(events.count, 3);
	CU_ASSERT_EQUAL(add("when = \"write\"; do = { error = { errno = \"EIO\"; recover_time = "
			    "\"20ms\"; }; };"),
			0);
	CU_ASSERT_EQUAL(ask_plain(FUSE_WRITE).error, EIO);
	units_sleep(25000000);
	CU_ASSERT_EQUAL(ask_plain(FUSE_WRITE).error, 0);
	/* The time begins with the request that gets there first, not with that which began first.
	 */
	CU_ASSERT_EQUAL(rules_reset(rules, 2), 0);
	CU_ASSERT_EQUAL(fail_at(2000), EIO);
	CU_ASSERT_EQUAL(fail_at(1000), EIO);
	CU_ASSERT_EQUAL(fail_at(2000 + 20000000), 0);
	end();
}

/* One crash is one event: what comes when all requests fail already changes nothing. */
static void test_second_crash(void)
{
	static const struct lose_settings off = { .then = LOSE_FAIL };

	begin(1, false);
	CU_ASSERT_EQUAL(rules_crash(rules, &off).error, 0);
	CU_ASSERT_EQUAL(events.count, 1);
	rules_crash_by_rule(rules, &off, "second");
	CU_ASSERT_EQUAL(events.count, 1);
	CU_ASSERT_EQUAL(rules_crash_status(rules).crashes, 1);
	end();
}

/* Shares of 20,000 draws are within four standard deviations; the seed is fixed. */
static void test_chances(void)
{
	enum { ASKS = 20000 };
	int counts[512] = { 0 }, fired = 0;

	begin(1, false);
	CU_ASSERT_EQUAL(add("when = \"write\"; do = { error = ( \"EIO:3\", \"ENOSPC:1\" ); };"), 0);
	CU_ASSERT_EQUAL(add("when = { op = \"fsync\"; probability = \"10%\"; }; do = { error = "
			    "\"EIO\"; };"),
			0);
	for (int i = 0; i < ASKS; i++) {
		counts[ask_plain(FUSE_WRITE).error]++;
		fired += ask_plain(FUSE_FSYNC).error == EIO;
	}
	CU_ASSERT_EQUAL(counts[EIO] + counts[ENOSPC], ASKS);
	CU_ASSERT(abs(counts[ENOSPC] - ASKS / 4) < 245);
	CU_ASSERT(abs(fired - ASKS / 10) < 170);
	end();
}

/* The same seed decides the same, another one otherwise. */
static void test_seeds(void)
{
	uint64_t drawn[3][200];

	for (int round = 0; round < 3; round++) {
		begin(round < 2 ? 5 : 6, false);
		CU_ASSERT_EQUAL(add("when = { op = \"data\"; probability = 0.5; };"
				    " do = { delay = { dist = \"lognormal\"; median = \"2ms\"; p99 "
				    "= \"20ms\"; }; };"),
				0);
		for (uint64_t i = 0; i < 200; i++)
			drawn[round][i] =
				ask(request_of(i % 2 ? FUSE_READ : FUSE_WRITE, i * 512, 512))
					.delay_ns;
		CU_ASSERT(events.count > 50 && events.count < 150);
		for (size_t i = 0; i < events.count; i++)
			CU_ASSERT_EQUAL(events.list[i].decision, i + 1);
		end();
	}
	CU_ASSERT_EQUAL(memcmp(drawn[0], drawn[1], sizeof(drawn[0])), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(drawn[0], drawn[2], sizeof(drawn[0])), 0);
}

static void test_events(void)
{
	const struct rule_event *event = &events.list[0];

	begin(1, false);
	CU_ASSERT_EQUAL(
		add("name = \"tail\"; when = { op = \"read\"; nth = \"2\"; };"
		    " do = ( { delay = \"3ms\"; }, { log = true; }, { error = \"EIO\"; } );"),
		0);
	ask_plain(FUSE_READ);
	CU_ASSERT_EQUAL(events.count, 0);
	ask(request_of(FUSE_READ, 512, 1024));
	CU_ASSERT_EQUAL_FATAL(events.count, 3);
	CU_ASSERT_STRING_EQUAL(event->name, "tail");
	CU_ASSERT_STRING_EQUAL(event->action, "delay");
	CU_ASSERT_STRING_EQUAL(event->operation, "read");
	CU_ASSERT_STRING_EQUAL(event->path, "db/table.ibd");
	CU_ASSERT_EQUAL(event->offset, 512);
	CU_ASSERT_EQUAL(event->length, 1024);
	CU_ASSERT_EQUAL(event->pid, (uint32_t)getpid());
	CU_ASSERT_EQUAL(event->match, 2);
	CU_ASSERT_EQUAL(event->drawn, 3000000);
	CU_ASSERT(event->measured > 0);
	CU_ASSERT_STRING_EQUAL(events.list[1].action, "log");
	CU_ASSERT_STRING_EQUAL(events.list[2].action, "error");
	CU_ASSERT_EQUAL(events.list[2].drawn, EIO);
	CU_ASSERT_EQUAL(events.list[2].error, EIO);
	end();
}

/* The bytes that are let through of a request, by one rule. */
static size_t cut(const char *at, uint64_t offset, size_t size)
{
	struct hook_request request = request_of(FUSE_READ, offset, size);
	char text[128];
	size_t left;

	begin(3, false);
	snprintf(text, sizeof(text), "when = \"read\"; do = { short = \"%s\"; };", at);
	CU_ASSERT_EQUAL(add(text), 0);
	request.plan = hooks.before(hooks.injector, &request).plan;
	left = hooks.shorten(hooks.injector, &request, size);
	hooks.done(hooks.injector, &request);
	CU_ASSERT_EQUAL(events.count, 1);
	CU_ASSERT_EQUAL(events.list[0].drawn, left);
	end();
	return left;
}

static void test_data(void)
{
	struct hook_request request = request_of(FUSE_READ, 0, 8192);
	static char data[8192], zeros[8192];
	size_t left, flipped = 0;

	CU_ASSERT_EQUAL(cut("byte", 0, 4096), 1);
	left = cut("page", 100, 20000);
	CU_ASSERT((100 + left) % 4096 == 0 && left < 20000);
	left = cut("sector", 100, 2000);
	CU_ASSERT((100 + left) % 512 == 0 && left < 2000);
	CU_ASSERT_EQUAL(cut("page", 0, 4096), 4096);
	CU_ASSERT_EQUAL(cut("6K", 4096, 8192), 2048);
	CU_ASSERT_EQUAL(cut("6K", 8192, 4096), 4096);

	begin(1, false);
	CU_ASSERT_EQUAL(add("when = \"read\"; do = { corrupt = { kind = \"flip\"; amount = 3; span "
			    "= \"512B\"; }; };"),
			0);
	request.plan = hooks.before(hooks.injector, &request).plan;
	hooks.alter_read(hooks.injector, &request, data, sizeof(data));
	hooks.done(hooks.injector, &request);
	for (size_t i = 0; i < sizeof(data); i++)
		flipped += (size_t)__builtin_popcount((unsigned char)data[i]);
	CU_ASSERT_EQUAL(flipped, 3);
	CU_ASSERT_EQUAL_FATAL(events.count, 1);
	CU_ASSERT_EQUAL(memcmp(data, zeros, events.list[0].drawn), 0);
	end();
}

enum { ASKS = 20000, THREADS = 3 };

static void *ask_often(void *counts)
{
	_Atomic int *errors = counts;

	for (int i = 0; i < ASKS; i++) {
		int error = ask_plain(FUSE_LOOKUP).error;

		/* One rule or the other, never both and never none. */
		if (error == EIO || error == ENOENT)
			atomic_fetch_add(errors, 1);
	}
	return NULL;
}

/* Rules are changed all the time while threads ask. */
/* What is answered to statfs, of a file system with 1000 blocks of 4 KiB and 500 files. */
static struct fuse_kstatfs ask_statfs(void)
{
	struct fuse_statfs_out out = {
		.st = { .blocks = 1000,
			.bfree = 90,
			.bavail = 80,
			.files = 500,
			.ffree = 70,
			.bsize = 4096,
			.frsize = 4096 },
	};
	struct hook_request request = request_of(FUSE_STATFS, 0, 0);

	request.plan = hooks.before(hooks.injector, &request).plan;
	CU_ASSERT_PTR_NOT_NULL_FATAL(request.plan);
	hooks.alter_answer(hooks.injector, &request, &out, sizeof(out));
	hooks.after(hooks.injector, &request, 0);
	hooks.done(hooks.injector, &request);
	CU_ASSERT(out.st.blocks == 1000 && out.st.files == 500);
	return out.st;
}

static void test_statfs(void)
{
	static const struct {
		const char *text;
		uint64_t free, available, files;
	} rows[] = {
		{ "0", 0, 0, 70 },
		{ "\"8K\"", 2, 2, 70 },
		{ "\"1T\"", 1000, 1000, 70 },
		{ "{ files = 0; }", 90, 80, 0 },
		{ "{ files = 9999; }", 90, 80, 500 },
		{ "{ free = 0; files = 3; }", 0, 0, 3 },
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fuse_kstatfs said;

		begin(1, false);
		snprintf(text, sizeof(text), "when = \"any\"; do = { statfs = %s; };",
			 rows[i].text);
		CU_ASSERT_EQUAL(add(text), 0);
		said = ask_statfs();
		CU_ASSERT_EQUAL(said.bfree, rows[i].free);
		CU_ASSERT_EQUAL(said.bavail, rows[i].available);
		CU_ASSERT_EQUAL(said.ffree, rows[i].files);
		CU_ASSERT_EQUAL(events.count, 1);
		CU_ASSERT_STRING_EQUAL(events.list[0].action, "statfs");
		CU_ASSERT_EQUAL(events.list[0].drawn, rows[i].available * 4096);
		end();
	}
}

static void test_changes_under_way(void)
{
	static const char *const other[] = {
		"when = \"lookup\"; do = { error = \"ENOENT\"; };",
		"when = \"lookup\"; do = { error = \"EIO\"; };",
	};
	pthread_t threads[THREADS];
	_Atomic int errors = 0;
	unsigned int last = 1;

	begin(1, false);
	CU_ASSERT_EQUAL(add(other[1]), 0);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, ask_often, &errors), 0);
	for (int i = 0; i < 200; i++, last++) {
		CU_ASSERT_EQUAL(add(other[i % 2]), 0);
		CU_ASSERT_EQUAL(rules_remove(rules, last), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(errors, ASKS * THREADS);
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "operations", test_operations },
		{ "errno names", test_error_names },
		{ "rules that are refused", test_refused },
		{ "decisions", test_decisions },
		{ "n-th matches", test_nth },
		{ "conditions", test_conditions },
		{ "phases", test_phases },
		{ "counts for each file, open and process", test_counts_for_each },
		{ "times, events, holds", test_states },
		{ "switches", test_switches },
		{ "recovery", test_recovery },
		{ "second crash", test_second_crash },
		{ "weights and probability", test_chances },
		{ "seeds", test_seeds },
		{ "events", test_events },
		{ "short and corrupt data", test_data },
		{ "what statfs says", test_statfs },
		{ "changes under way", test_changes_under_way },
		CU_TEST_INFO_NULL,
	};

	return run_suite("rules", tests);
}
