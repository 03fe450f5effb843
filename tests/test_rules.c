/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "tests/suite.h"

enum { LOOKUP = 1, FORGET = 2, READ = 15, RELEASE = 18, FALLOCATE = 43, UNKNOWN = 4000 };

static struct hook_decision ask(struct rules *rules, uint32_t opcode)
{
	struct hook_request request = { .opcode = opcode };
	struct hooks hooks = rules_hooks(rules);

	return hooks.before(hooks.injector, &request);
}

static void test_operations(void)
{
	CU_ASSERT_EQUAL(hook_operation_find("fallocate")->opcode, FALLOCATE);
	CU_ASSERT_STRING_EQUAL(hook_operation_of(READ)->name, "read");
	CU_ASSERT_PTR_NULL(hook_operation_find("READ"));
	CU_ASSERT_PTR_NULL(hook_operation_of(UNKNOWN));
	CU_ASSERT_FALSE(hook_operation_of(FORGET)->delays);
	CU_ASSERT_FALSE(hook_operation_of(RELEASE)->fails);
	for (const struct hook_operation *o = hook_operations; o->name; o++) {
		CU_ASSERT_PTR_EQUAL(hook_operation_of(o->opcode), o);
		CU_ASSERT(o->delays || !o->fails);
	}
}

static void test_error_names(void)
{
	CU_ASSERT_EQUAL(rules_error_number("EIO"), EIO);
	CU_ASSERT_EQUAL(rules_error_number("ENOTSUP"), EOPNOTSUPP);
	CU_ASSERT_EQUAL(rules_error_number("EWOULDBLOCK"), EAGAIN);
	CU_ASSERT_EQUAL(rules_error_number("eio"), 0);
	CU_ASSERT_EQUAL(rules_error_number(""), 0);
	CU_ASSERT_STRING_EQUAL(rules_error_name(ENOSPC), "ENOSPC");
	CU_ASSERT_PTR_NULL(rules_error_name(0));
	CU_ASSERT_PTR_NULL(rules_error_name(-EIO));
	CU_ASSERT_PTR_NULL(rules_error_name(511));
}

static void test_refused(void)
{
	static const struct {
		const char *operation;
		uint64_t delay_ns;
		const char *error;
		const char *says;
	} cases[] = {
		{ "frobnicate", 1, NULL, "allowed: any, lookup" },
		{ "forget", 1, NULL, "neither" },
		{ "init", 0, "EIO", "neither" },
		{ "release", 0, "EIO", "not failed" },
		{ "read", 0, NULL, "does nothing" },
		{ "read", 0, "EWHAT", "is no errno" },
	};
	struct rules rules;

	rules_init(&rules);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[512] = "";

		CU_ASSERT_EQUAL(rules_add_text(&rules, cases[i].operation, cases[i].delay_ns,
					       cases[i].error, why, sizeof(why)),
				-EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, cases[i].says));
	}
	CU_ASSERT_EQUAL(rules_add(&rules, "read", 0, 4096, (char[1]){ "" }, 1), -EINVAL);
	CU_ASSERT_EQUAL(rules_add(&rules, "read", 0, -EIO, (char[1]){ "" }, 1), -EINVAL);
	CU_ASSERT_EQUAL(rules.count, 0);
	rules_release(&rules);
}

static void test_decisions(void)
{
	struct hook_decision decision;
	struct rules rules;
	char why[256];

	rules_init(&rules);
	CU_ASSERT_EQUAL(ask(&rules, READ).delay_ns, 0);
	CU_ASSERT_EQUAL(rules_add_text(&rules, "read", 0, "EIO", why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(rules_add(&rules, "any", 100, ENOSPC, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(rules_add(&rules, "fallocate", UINT64_MAX, 0, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(rules_add(&rules, "release", 7, 0, why, sizeof(why)), 0);

	decision = ask(&rules, READ);
	CU_ASSERT_EQUAL(decision.error, EIO);
	CU_ASSERT_EQUAL(decision.delay_ns, 100);
	decision = ask(&rules, FALLOCATE);
	CU_ASSERT_EQUAL(decision.error, ENOSPC);
	CU_ASSERT_EQUAL(decision.delay_ns, UINT64_MAX);
	/* "any" with an errno does not touch what cannot fail. */
	decision = ask(&rules, RELEASE);
	CU_ASSERT_EQUAL(decision.error, 0);
	CU_ASSERT_EQUAL(decision.delay_ns, 7);
	CU_ASSERT_EQUAL(ask(&rules, UNKNOWN).error, 0);

	CU_ASSERT_EQUAL(rules_fired(&rules, 0), 1);
	CU_ASSERT_EQUAL(rules_fired(&rules, 1), 2);
	CU_ASSERT_EQUAL(rules_fired(&rules, 2), 1);
	CU_ASSERT_EQUAL(rules_fired(&rules, 3), 1);
	CU_ASSERT_EQUAL(rules_fired(&rules, 4), 0);
	rules_release(&rules);
	CU_ASSERT_EQUAL(rules.count, 0);
}

enum { ASKS = 20000, THREADS = 4 };

static void *ask_often(void *rules)
{
	for (int i = 0; i < ASKS; i++)
		ask(rules, LOOKUP);
	return NULL;
}

static void test_counts_of_threads(void)
{
	pthread_t threads[THREADS];
	struct rules rules;
	char why[256];

	rules_init(&rules);
	CU_ASSERT_EQUAL(rules_add(&rules, "lookup", 1, 0, why, sizeof(why)), 0);
	for (int i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, ask_often, &rules), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(rules_fired(&rules, 0), ASKS * THREADS);
	rules_release(&rules);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "operations", test_operations },
		{ "errno names", test_error_names },
		{ "rules that are refused", test_refused },
		{ "decisions", test_decisions },
		{ "counts of many threads", test_counts_of_threads },
		CU_TEST_INFO_NULL,
	};

	return run_suite("rules", tests);
}
