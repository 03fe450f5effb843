/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a terminal shows of progress: a block of its width, rewritten in place, and nothing in the
 * end. */
#include "injector/base/array.h"
#include "tests/support/screen.h"
#include "tests/support/suite.h"
#include "tools/base/live.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct terminal {
	int master, slave, before;
	struct screen screen;
} terminal;

static void take_output(void)
{
	char text[4096];
	ssize_t got;

	fflush(stderr);
	while ((got = read(terminal.master, text, sizeof(text) - 1)) > 0) {
		text[got] = '\0';
		screen_write(&terminal.screen, text);
	}
}

static void set_size(unsigned int columns, unsigned int rows)
{
	struct winsize size = { .ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows };

	ioctl(terminal.slave, TIOCSWINSZ, &size);
}

static void begin(unsigned int columns, unsigned int rows)
{
	CU_ASSERT_EQUAL_FATAL(openpty(&terminal.master, &terminal.slave, NULL, NULL, NULL), 0);
	fcntl(terminal.master, F_SETFL, O_NONBLOCK);
	set_size(columns, rows);
	screen_init(&terminal.screen, columns);
	fflush(stderr);
	terminal.before = dup(STDERR_FILENO);
	dup2(terminal.slave, STDERR_FILENO);
	setenv("TERM", "xterm", 1);
}

static void end(void)
{
	take_output();
	dup2(terminal.before, STDERR_FILENO);
	close(terminal.before);
	close(terminal.master);
	close(terminal.slave);
}

static void show(struct progress *progress, const struct live_facts *facts)
{
	progress->shown = 0;
	live_show(progress, facts);
	take_output();
}

static struct live_facts storm(void)
{
	return (struct live_facts){ .phase = "storm",
				    .elapsed = 6200000000,
				    .duration = 10000000000,
				    .punches = 512,
				    .punches_hit = 433,
				    .exposures = 625,
				    .captures = 485,
				    .reads = 14010,
				    .operations = -1,
				    .split = 523,
				    .not_split = 43,
				    .slowest = "fallocate",
				    .slowest_ns = 12000000 };
}

/* All that there is of the screen, in one line. */
static const char *all(void)
{
	static char text[SCREEN_ROWS * 8];

	*text = '\0';
	for (unsigned int row = 0; row < 20; row++) {
		const char *shown = screen_row(&terminal.screen, row);

		if (*shown && strlen(text) + strlen(shown) + 2 < sizeof(text)) {
			strcat(text, *text ? "|" : "");
			strcat(text, shown);
		}
		memset(terminal.screen.cell[row] + strlen(shown), ' ',
		       terminal.screen.columns - strlen(shown));
	}
	return text;
}

static void test_block(void)
{
	struct progress progress;
	struct live_facts facts = storm();

	begin(80, 24);
	fputs("$ foliostorm run\n", stderr);
	progress_init(&progress, true, true);
	progress_phase(&progress, "mounting the layer");
	take_output();
	CU_ASSERT_STRING_EQUAL(all(), "$ foliostorm run|mounting the layer ...");
	for (int i = 0; i < 3; i++)
		show(&progress, &facts);
	CU_ASSERT_STRING_EQUAL(
		all(), "$ foliostorm run|"
		       "storm: 6.2 of 10.0 s   4 s left   punches 512 (82.6/s)   hit 433 (84.6 %)|"
		       "exposures 625   captures 485   reads 14010   splits 523 of 566 (92 %)|"
		       "slowest fallocate 12ms");
	/* A smaller one leaves nothing of the larger. */
	facts = LIVE_NOTHING;
	facts.phase = "refilling";
	show(&progress, &facts);
	CU_ASSERT_STRING_EQUAL(all(), "$ foliostorm run|refilling");
	facts = storm();
	show(&progress, &facts);
	/* As a terminal echoes an interrupt. */
	fputs("^C", stderr);
	progress_end(&progress);
	progress_end(&progress);
	fputs("verdict\n", stderr);
	take_output();
	CU_ASSERT_STRING_EQUAL(all(), "$ foliostorm run|verdict");
	CU_ASSERT_EQUAL(terminal.screen.unknown, 0);
	end();
}

static void test_narrow(void)
{
	static const unsigned int widths[] = { 1, 2, 5, 10, 20, 33, 40, 79, 200 };

	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		struct progress progress;
		struct live_facts facts = storm();

		/* A width of 1 or 2 is no screen to draw on, and nothing breaks. */
		begin(widths[i], 24);
		progress_init(&progress, true, true);
		for (int n = 0; n < 3; n++)
			show(&progress, &facts);
		if (widths[i] >= 5)
			CU_ASSERT(!strncmp(terminal.screen.cell[0], "stor", 4));
		/* Nothing has wrapped: the block has as many rows as lines. */
		if (widths[i] >= 5)
			CU_ASSERT_EQUAL(terminal.screen.row, progress.lines - 1);
		progress_end(&progress);
		take_output();
		if (widths[i] >= 5) {
			CU_ASSERT_STRING_EQUAL(all(), "");
			CU_ASSERT_EQUAL(terminal.screen.row, 0);
		}
		end();
	}
}

/* Few rows: the block never scrolls the screen. */
static void test_low(void)
{
	struct progress progress;
	struct live_facts facts = storm();

	begin(30, 3);
	progress_init(&progress, true, true);
	show(&progress, &facts);
	CU_ASSERT_EQUAL(progress.lines, 2);
	progress_end(&progress);
	end();
}

static void test_resize(void)
{
	struct progress progress;
	struct live_facts facts = storm();
	static struct screen wrapped;

	begin(80, 24);
	fputs("$ foliostorm run\n", stderr);
	progress_init(&progress, true, true);
	show(&progress, &facts);
	/* The terminal becomes narrower, and lays out anew what is on it. */
	screen_init(&wrapped, 30);
	for (unsigned int row = 0; row <= terminal.screen.row; row++) {
		screen_write(&wrapped, screen_row(&terminal.screen, row));
		if (row < terminal.screen.row)
			screen_write(&wrapped, "\r\n");
	}
	terminal.screen = wrapped;
	set_size(30, 24);
	show(&progress, &facts);
	CU_ASSERT(!strncmp(all(), "$ foliostorm run|storm: 6.2 of 10.0 s|4 s left|punches", 54));
	CU_ASSERT_PTR_NULL(strstr(strstr(all(), "storm:") + 1, "storm:"));
	progress_end(&progress);
	take_output();
	CU_ASSERT_STRING_EQUAL(all(), "$ foliostorm run");
	end();
}

static void test_plain(void)
{
	struct progress progress;
	struct live_facts facts = storm();
	char before[1024];

	begin(200, 24);
	progress_init(&progress, false, true);
	progress_phase(&progress, "making the files");
	show(&progress, &facts);
	live_show(&progress, &facts); /* not yet */
	progress_end(&progress);
	take_output();
	CU_ASSERT_STRING_EQUAL(all(),
			       "making the files ...|storm: 6.2 of 10.0 s, 4 s left, punches "
			       "512 (82.6/s), hit 433 (84.6 %), exposures 625, captures 485, "
			       "reads 14010, splits 523 of 566 (92 %), slowest fallocate 12ms");
	/* A terminal that cannot move gets them too. */
	setenv("TERM", "dumb", 1);
	progress_init(&progress, true, true);
	CU_ASSERT(progress.plain && !progress.rewrite);
	snprintf(before, sizeof(before), "%s", all());
	progress_init(&progress, false, false);
	show(&progress, &facts);
	progress_phase(&progress, "quiet");
	take_output();
	CU_ASSERT_STRING_EQUAL(all(), before);
	end();
}

/* What is not known is not shown. */
static void test_unknown(void)
{
	struct progress progress;
	struct live_facts facts = LIVE_NOTHING;

	begin(80, 24);
	progress_init(&progress, true, true);
	facts.where = "6.18.9";
	facts.phase = "making the files";
	facts.ready = 3;
	facts.folios = 32;
	show(&progress, &facts);
	CU_ASSERT_STRING_EQUAL(all(), "6.18.9: making the files: 3 of 32 folios");
	facts.elapsed = 12000000000;
	facts.duration = 10000000000;
	facts.phase = "storm";
	facts.punches = 0;
	facts.punches_hit = 0;
	show(&progress, &facts);
	CU_ASSERT_STRING_EQUAL(all(), "6.18.9: storm: 12.0 of 10.0 s   punches 0 (0.0/s)   hit 0");
	progress_end(&progress);
	end();
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "the block", test_block },
		{ "narrow terminals", test_narrow },
		{ "low terminals", test_low },
		{ "a terminal that is resized", test_resize },
		{ "plain lines", test_plain },
		{ "what is not known", test_unknown },
		CU_TEST_INFO_NULL,
	};

	return run_suite("progress", tests);
}
