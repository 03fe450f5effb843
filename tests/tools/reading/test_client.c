/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs that are run and compared, and where a file of zeros and data is punched. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "injector/storm/target.h"
#include "injector/storm/zeros.h"
#include "tests/support/suite.h"
#include "tools/reading/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct client_output run(const char *text, const char *file)
{
	struct client_command command;
	struct client client = { .output = CLIENT_OUTPUT_NONE };
	char why[400] = "";
	struct client_launch launch = {
		.command = &command,
		.file = file,
		.mount = "/mount",
		.cpu = -1,
	};

	CU_ASSERT_EQUAL_FATAL(client_command_parse(text, &command, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL_FATAL(client_start(&client, &launch), 0);
	for (int tries = 0; tries < 10000 && !client_ended(&client); tries++)
		units_sleep(1000000);
	CU_ASSERT_EQUAL(client.pid, 0);
	client_command_free(&command);
	return client.output;
}

static void compare(const char *wanted, const char *got, struct client_difference *difference)
{
	struct client_output a = run(wanted, "/a file"), b = run(got, "/a file");

	CU_ASSERT_EQUAL(client_compare(&a, &b, difference), 0);
	client_output_close(&a);
	client_output_close(&b);
}

static void test_commands(void)
{
	struct client_command command;
	char why[400];

	CU_ASSERT_EQUAL_FATAL(client_command_parse("sh -c 'echo  {file}; $x' {mount}/*", &command,
						   why, sizeof(why)),
			      0);
	CU_ASSERT_EQUAL_FATAL(command.count, 4);
	CU_ASSERT_STRING_EQUAL(command.words[3], "{mount}/*");
	CU_ASSERT_EQUAL(*command.program, '/');
	client_command_free(&command);
	CU_ASSERT_EQUAL(client_command_parse("", &command, why, sizeof(why)), -EINVAL);
	CU_ASSERT_EQUAL(client_command_parse("echo 'open", &command, why, sizeof(why)), -EINVAL);
	CU_ASSERT_EQUAL(client_command_parse("no-such-program-here", &command, why, sizeof(why)),
			-EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "no-such-program-here"));
}

static void test_outputs(void)
{
	struct client_difference difference;

	compare("printf 'one\\ntwo\\n'", "printf 'one\\ntwo\\n'", &difference);
	CU_ASSERT_PTR_NULL(difference.in);
	compare("printf 'one\\ntwo\\n'", "printf 'one\\ntxo\\n'", &difference);
	CU_ASSERT_STRING_EQUAL_FATAL(difference.in, "output");
	CU_ASSERT_EQUAL(difference.line, 2);
	CU_ASSERT_EQUAL(difference.offset, 5);
	CU_ASSERT_STRING_EQUAL(difference.wanted, "two");
	CU_ASSERT_STRING_EQUAL(difference.got, "txo");
	compare("printf 'one\\ntwo\\n'", "printf 'one\\n'", &difference);
	CU_ASSERT_STRING_EQUAL_FATAL(difference.in, "output");
	CU_ASSERT_EQUAL(difference.wanted_size, 8);
	CU_ASSERT_EQUAL(difference.got_size, 4);
	CU_ASSERT_STRING_EQUAL(difference.got, "");
	compare("true", "sh -c 'echo x >&2'", &difference);
	CU_ASSERT_STRING_EQUAL_FATAL(difference.in, "errors");
	compare("true", "sh -c 'exit 3'", &difference);
	CU_ASSERT_STRING_EQUAL_FATAL(difference.in, "end");
	CU_ASSERT_STRING_EQUAL(difference.got, "exit code 3");
	/* More than one piece, and a line without an end. */
	compare("head -c 200000 /dev/zero", "sh -c 'head -c 199999 /dev/zero; echo'", &difference);
	CU_ASSERT_STRING_EQUAL_FATAL(difference.in, "output");
	CU_ASSERT_EQUAL(difference.offset, 199999);
	compare("printf %s {file}", "printf '/a file'", &difference);
	CU_ASSERT_PTR_NULL(difference.in);
}

/* Who is killed takes along what it started: the FIFO ends when nobody has it any more. */
static void test_killed(void)
{
	struct client_command command;
	struct client client;
	struct pollfd end = { .events = POLLIN };
	char directory[] = "/tmp/foliostorm-client.XXXXXX", path[64], text[200], why[400], byte;
	struct client_launch launch = { .command = &command, .file = "", .mount = "", .cpu = 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/fifo", directory);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	snprintf(text, sizeof(text), "sh -c 'exec 9>%s; sleep 1000 & echo >&9; sleep 1000'", path);
	CU_ASSERT_EQUAL_FATAL(client_command_parse(text, &command, why, sizeof(why)), 0);
	end.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(client_start(&client, &launch), 0);
	CU_ASSERT_EQUAL(poll(&end, 1, 10000), 1);
	CU_ASSERT_EQUAL_FATAL(read(end.fd, &byte, 1), 1);
	CU_ASSERT_FALSE(client_ended(&client));
	client_kill(&client);
	CU_ASSERT_TRUE(client_ended(&client));
	CU_ASSERT_EQUAL(poll(&end, 1, 10000), 1);
	CU_ASSERT_EQUAL(end.revents, POLLHUP);
	close(end.fd);
	unlink(path);
	rmdir(directory);
	CU_ASSERT_EQUAL(client_killed_by(&client.output), SIGKILL);
	client_output_close(&client.output);
	client_command_free(&command);
}

/* Signals that wrong bytes can cause, and signals that only others send. */
static void test_deaths(void)
{
	static const struct {
		int code, signal, killed_by;
	} cases[] = {
		{ 0, 0, 0 },
		{ 1, 0, 0 },
		{ 127, 0, 0 },
		{ 255, 0, 0 },
		{ 0, SIGSEGV, 0 },
		{ 0, SIGBUS, 0 },
		{ 0, SIGABRT, 0 },
		{ 0, SIGILL, 0 },
		{ 0, SIGFPE, 0 },
		{ 0, SIGTRAP, 0 },
		{ 0, SIGSYS, 0 },
		{ 0, SIGPIPE, 0 },
		{ 0, SIGXFSZ, 0 },
		{ 0, SIGKILL, SIGKILL },
		{ 0, SIGTERM, SIGTERM },
		{ 0, SIGINT, SIGINT },
		{ 0, SIGHUP, SIGHUP },
		{ 0, SIGUSR1, SIGUSR1 },
		/* As a shell says it. */
		{ 128 + SIGKILL, 0, SIGKILL },
		{ 128 + SIGTERM, 0, SIGTERM },
		{ 128 + SIGSEGV, 0, 0 },
		{ 128 + SIGABRT, 0, 0 },
		{ 128, 0, 0 },
		/* A program's own code. */
		{ 200, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct client_output output = {
			.fds = { -1, -1 },
			.status = W_EXITCODE(cases[i].code, cases[i].signal),
		};

		CU_ASSERT_EQUAL(client_killed_by(&output), cases[i].killed_by);
	}
}

/* Of the pages of zeros the one is taken that exposes most of what differs; data is never
 * touched. */
static void test_zeros(void)
{
	enum { ORDER = 6, PAGES = 1 << ORDER };
	char *data = calloc(PAGES, page_size());
	bool shown[AIM_PAGES_MAX];
	struct aim_punch punch = { .order = ORDER, .count = 1 };
	unsigned int differing;
	int page;

	CU_ASSERT_FATAL(data != NULL);
	CU_ASSERT_EQUAL(zeros_best(AIM_BATCHED, ORDER, 1, data, &differing), -ENODATA);
	for (unsigned int i = 0; i < PAGES; i++)
		data[i * page_size() + i] = (char)(i + 1);
	CU_ASSERT_EQUAL(zeros_best(AIM_BATCHED, ORDER, 1, data, NULL), -ENODATA);
	/* The best page of all is one of zeros: the aim's own. */
	data[33 * page_size() + 33] = data[20 * page_size() + 20] = 0;
	page = zeros_best(AIM_BATCHED, ORDER, 1, data, &differing);
	CU_ASSERT_EQUAL_FATAL(page, 33);
	punch.first = 33;
	CU_ASSERT_EQUAL(zeros_shown(AIM_BATCHED, &punch, data, shown), differing);
	CU_ASSERT_EQUAL((int)differing, aim_preferred(AIM_BATCHED, &punch, NULL));
	CU_ASSERT_TRUE(shown[60]);
	CU_ASSERT_FALSE(shown[0]);
	/* What is the same as what it is served as does not show. */
	memcpy(data + 60 * page_size(), data + 32 * page_size(), page_size());
	zeros_shown(AIM_BATCHED, &punch, data, shown);
	CU_ASSERT_FALSE(shown[60]);
	/* Two in a row there are none. */
	CU_ASSERT_EQUAL(zeros_best(AIM_BATCHED, ORDER, 2, data, NULL), -ENODATA);
	CU_ASSERT_EQUAL(zeros_best(AIM_BATCHED, AIM_ORDER_MAX + 1, 1, data, NULL), -EINVAL);
	free(data);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "commands", test_commands },
		{ "outputs and ends", test_outputs },
		{ "killed with all it started", test_killed },
		{ "deaths", test_deaths },
		{ "pages of zeros", test_zeros },
		CU_TEST_INFO_NULL,
	};

	if (geteuid()) {
		printf("skipped: not root\n");
		return SKIP;
	}
	return run_suite("client", tests);
}
