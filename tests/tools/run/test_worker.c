/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a worker ends. It works in a temporary directory, without a layer. */
#include "injector/base/units.h"
#include "injector/schedule/inspect_page.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"
#include "tests/support/wrap.h"
#include "tools/run/worker.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint64_t SECOND = 1000000000; /* ns */

int wrap_inspect_look(struct inspect_page *page) WRAPS(inspect_look);
int wrap_inspect_name_here(struct inspect_page *page, unsigned int number, int fd)
	WRAPS(inspect_name_here);

/* As an inspector that finds something wrong at each look. */
int wrap_inspect_look(struct inspect_page *page)
{
	(void)page;
	return 1;
}

int wrap_inspect_name_here(struct inspect_page *page, unsigned int number, int fd)
{
	(void)page;
	(void)number;
	(void)fd;
	return 0;
}

/* Runs a worker. Returns the ns that it took; 0: it failed. */
static uint64_t work(const struct scenario *scenario, struct inspect_page *inspect,
		     struct worker_shared *shared)
{
	static const struct kernel_version kernel = { .major = 6, .minor = 18, .patch = 9 };
	char directory[] = "/tmp/test-worker-XXXXXX";
	struct worker_config config = {
		.scenario = scenario,
		.kernel = &kernel,
		.mount = directory,
		.backing = directory,
		.reclaim = -1,
		.shared = shared,
		.inspect = inspect,
	};
	uint64_t began = units_now();
	int events[2], r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, events), 0);
	config.events = events[1];
	r = worker_run(&config);
	for (int i = 0; i < 2; i++)
		close(events[i]);
	CU_ASSERT_EQUAL(chdir(directory), 0);
	unlink("a");
	CU_ASSERT_EQUAL(chdir("/"), 0);
	rmdir(directory);
	return r ? 0 : units_now() - began;
}

/* What the inspector finds is a hit, and nothing more is punched. */
static void a_violation_ends_it(void)
{
	static struct worker_shared shared;
	static struct inspect_page inspect;
	struct scenario scenario;
	uint64_t took;

	if (access("/proc/kpageflags", R_OK)) {
		skip_test("only root can read /proc/kpageflags");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(
		scenario_load_lines(&scenario,
				    &(struct scenario_lines){
					    .files = "files = ( { name = \"a\"; size = \"1M\"; "
						     "folio = \"64K\"; } );",
					    .more = "duration = \"10s\"; "
						    "inspect = { slots = \"file\"; };" },
				    NULL),
		0);
	took = work(&scenario, &inspect, &shared);
	scenario_release(&scenario);
	CU_ASSERT(took > 0);
	CU_ASSERT(took < 5 * SECOND);
	CU_ASSERT_EQUAL(shared.punches, 1);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a violation ends it", a_violation_ends_it },
		CU_TEST_INFO_NULL,
	};

	return run_suite("worker", tests);
}
