/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out of a guest, whole and cut off at any place; and images that are kernels, or
 * not. */
#include "injector/base/array.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"
#include "tests/support/wrap.h"
#include "tools/base/save.h"
#include "tools/cli/outcome_code.h"
#include "tools/guest/guest_command.h"
#include "tools/guest/guest_parts.h"
#include "tools/guest/image.h"
#include "tools/guest/job.h"
#include "tools/guest/outcome.h"
#include "tools/guest/qemu_command.h"
#include "tools/verdict/result_read.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static const char console[] =
	"\033c\033[?7l\033[2JSeaBIOS (version)\r\n"
	"BUG: what the firmware says is no report\r\n"
	"[    7.1] foliostorm: the job begins\r\n"
	"[   11.0] page: refcount:2 mapcount:0 mapping:0 index:0x100 pfn:0x7500\r\n"
	"[   11.0] page dumped because: VM_BUG_ON_FOLIO(!folio_contains(folio, index))\r\n"
	"[   11.0] kernel BUG at mm/filemap.c:3618!\r\n"
	"[   11.0] RIP: 0010:filemap_fault+0x95c/0x1690\r\n"
	"[   11.0] RBP: 00000000000001d8 R08: 0\r\n"
	"[   11.0] Kernel panic - not syncing: Fatal exception\r\n";

static const char events[] = "{\"type\":\"alive\"}\n"
			     "{\"type\":\"begin\",\"title\":\"t\",\"kernel\":\"7.2.13\","
			     "\"expected\":\"hit\",\"began_ns\":9000000000,\"number\":0,\"ns\":0}\n"
			     "{\"type\":\"phase\",\"text\":\"storm\",\"number\":1,\"ns\":5}\n"
			     "no JSON\n"
			     "{\"type\":\"punch\",\"punch\":1,\"number\":2,\"ns\":1000000000}\n"
			     "{\"type\":\"hit\",\"kind\":\"bytes\",\"punch\":1,\"page\":300,"
			     "\"number\":3,\"ns\":1500000000}\n"
			     "{\"type\":\"hit\",\"kind\":\"bytes\",\"punch\":1,\"page\":301,"
			     "\"number\":4,\"ns\":1600000000}\n"
			     "{\"type\":\"punch\",\"punch\":2,\"number\":5,\"ns\":2000000000}\n"
			     "{\"type\":\"hit\",\"kind\":\"bytes\",\"punch\":2,\"page\":302,"
			     "\"number\":6,\"ns\":2100000000}\n";

/* Nobody saw wrong bytes, but the witness saw lookups go wrong. */
static const char captures[] =
	"{\"type\":\"punch\",\"punch\":1,\"number\":1,\"ns\":1000000000}\n"
	"{\"type\":\"capture\",\"punch\":1,\"page\":300,\"number\":2,\"ns\":1250000000}\n"
	"{\"type\":\"capture\",\"punch\":1,\"page\":301,\"number\":3,\"ns\":1260000000}\n"
	"{\"type\":\"punch\",\"punch\":2,\"number\":4,\"ns\":2000000000}\n"
	"{\"type\":\"capture\",\"punch\":2,\"page\":302,\"number\":5,\"ns\":2100000000}\n"
	"{\"type\":\"punch\",\"punch\":3,\"number\":6,\"ns\":3000000000}\n";

/* Nor did a lookup go wrong, but the inspector saw what one would have got. */
static const char misplaced[] =
	"{\"type\":\"punch\",\"punch\":1,\"number\":1,\"ns\":1000000000}\n"
	"{\"type\":\"misplaced\",\"punch\":1,\"page\":300,\"number\":2,\"ns\":1250000000}\n"
	"{\"type\":\"punch\",\"punch\":2,\"number\":3,\"ns\":2000000000}\n";

/* The inspector found wrong slots in a whole file, after a step that no punch was part of. */
static const char violations[] =
	"{\"type\":\"violation\",\"file\":\"stale\",\"page\":64,\"number\":1,\"ns\":1000000000}\n"
	"{\"type\":\"violation\",\"file\":\"stale\",\"page\":65,\"number\":2,\"ns\":1000000000}\n";

static int memory(const char *text, size_t length)
{
	int fd = memfd_create("test", 0);

	CU_ASSERT_EQUAL_FATAL(write(fd, text, length), (ssize_t)length);
	return fd;
}

static void a_run_by_its_events(void)
{
	int log = memory(console, sizeof(console) - 1), port = memory(events, sizeof(events) - 1);
	struct stream stream;
	char kept[sizeof(events)] = "";

	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	stream.events_file.fd = memory("", 0);
	stream_poll(&stream);
	CU_ASSERT(pread(stream.events_file.fd, kept, sizeof(kept) - 1, 0) > 0);
	line_file_close(&stream.events_file);
	CU_ASSERT_EQUAL(stream.events_file.lost, 0);
	CU_ASSERT_TRUE(stream.job_began);
	CU_ASSERT_EQUAL(stream.reports.count, 1);
	CU_ASSERT_EQUAL(stream.reports.items[0].fault, 472);
	CU_ASSERT_EQUAL(stream.punches, 2);
	CU_ASSERT_EQUAL(stream.evidence[STREAM_WRONG_BYTES].seen, 3);
	CU_ASSERT_EQUAL(stream.evidence[STREAM_WRONG_BYTES].punches, 2);
	CU_ASSERT_EQUAL(stream.first_hit - stream.first_punch, 500000000);
	CU_ASSERT_STRING_EQUAL(stream.phase, "storm");
	CU_ASSERT_EQUAL(json_array_size(stream.hits), 3);
	CU_ASSERT_PTR_NULL(json_object_get(json_array_get(stream.hits, 0), "ns"));
	CU_ASSERT_FALSE(stream.arrives);
	CU_ASSERT_EQUAL(stream.ended, 0);
	CU_ASSERT_EQUAL(stream_unpack(&stream, NULL), -ENODATA);
	/* What is no event is not passed on. */
	CU_ASSERT_PTR_NULL(strstr(kept, "alive"));
	CU_ASSERT_PTR_NULL(strstr(kept, "no JSON"));
	CU_ASSERT_PTR_NOT_NULL(strstr(kept, "\"page\":302"));
	stream_release(&stream);
	close(log);
	close(port);
}

/* Whatever was the last byte to come out, what came before counts, and nothing is made up. */
static void cut_off_anywhere(void)
{
	uint64_t before = 0;

	for (size_t length = 0; length < sizeof(events); length++) {
		int log = memory(console, sizeof(console) - 1), port = memory(events, length);
		struct stream stream;

		CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
		stream_poll(&stream);
		CU_ASSERT_TRUE(stream.evidence[STREAM_WRONG_BYTES].seen >= before &&
			       stream.evidence[STREAM_WRONG_BYTES].seen <= 3);
		CU_ASSERT_EQUAL(json_array_size(stream.hits),
				stream.evidence[STREAM_WRONG_BYTES].seen);
		before = stream.evidence[STREAM_WRONG_BYTES].seen;
		stream_release(&stream);
		close(log);
		close(port);
	}
	CU_ASSERT_EQUAL(before, 3);
}

/* From then on nobody has to wait for it; what was there before the job is not of it. */
static void all_is_sent(void)
{
	static const char said[] = "[    6.1] foliostorm: the job has ended\r\n"
				   "[    7.1] foliostorm: the job begins\r\n",
			  last[] = "[   11.0] foliostorm: the job has ended\r\n";
	int log = memory(said, sizeof(said) - 1), port = memory(events, sizeof(events) - 1);
	struct stream stream;

	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	stream_poll(&stream);
	CU_ASSERT_EQUAL(stream.ended, 0);
	CU_ASSERT_EQUAL(write(log, last, sizeof(last) - 1), (ssize_t)sizeof(last) - 1);
	stream_poll(&stream);
	CU_ASSERT_NOT_EQUAL(stream.ended, 0);
	stream_release(&stream);
	close(log);
	close(port);
}

static char *read_all(const char *command, size_t *length)
{
	FILE *pipe = popen(command, "r");
	char *text = malloc(1 << 16);

	*length = fread(text, 1, 1 << 16, pipe);
	CU_ASSERT_EQUAL(pclose(pipe), 0);
	return text;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The job's exit code, and its files, also after an event that was cut; an archive that lacks its
 * last byte is not there. */
static void the_archive(void)
{
	char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64], text[8] = "";
	size_t length;
	char *archive;
	int log = memory("", 0), port = memory("{\"type\":\"hi\narchive\n", 20);
	struct stream stream;
	FILE *file;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	archive = read_all("cd \"$(mktemp -d)\" && echo 3 >exit-code && echo yes >dmesg && "
			   "echo '{\"verdict\":\"HIT\"}' >result.json && tar -cf - . | gzip -1 && "
			   "rm -r \"$PWD\"",
			   &length);
	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	stream_poll(&stream);
	CU_ASSERT_TRUE(stream.arrives);
	stream.heard = 0;
	CU_ASSERT_EQUAL(write(port, archive, length - 1), (ssize_t)length - 1);
	stream_poll(&stream);
	CU_ASSERT_NOT_EQUAL(stream.heard, 0);
	/* No more of it comes, which is no sign of life. */
	stream.heard = 0;
	stream_poll(&stream);
	CU_ASSERT_EQUAL(stream.heard, 0);
	CU_ASSERT_EQUAL(stream_unpack(&stream, NULL), -ENODATA);
	CU_ASSERT_EQUAL(write(port, archive + length - 1, 1), 1);
	CU_ASSERT_EQUAL(stream_unpack(&stream, directory), 3);
	/* The result is for who adds the guest to it. */
	CU_ASSERT_STRING_EQUAL(text_of(stream.result, "verdict"), "HIT");
	snprintf(path, sizeof(path), "%s/dmesg", directory);
	file = fopen(path, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_PTR_NOT_NULL(fgets(text, sizeof(text), file));
	fclose(file);
	CU_ASSERT_STRING_EQUAL(text, "yes\n");
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(directory), 0); /* and nothing else */
	free(archive);
	stream_release(&stream);
	close(log);
	close(port);
}

/* Text without an end, events without a number, hits that are large: what is kept of them is
 * little. */
static void floods(void)
{
	enum { PIECE = 1 << 20, PIECES = 40, WIDE = 100000 };

	char *piece = malloc(PIECE + 1), *wide = malloc(2 * WIDE + 100);
	int log = memory("", 0), port = memory("", 0), used, polls = 1;
	struct stream stream;

	memset(piece, 'x', PIECE);
	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	used = sprintf(wide, "{\"type\":\"hit\",\"punch\":1,\"of\":[");
	for (int i = 0; i < WIDE / 2; i++)
		used += sprintf(wide + used, "0,");
	used += sprintf(wide + used, "0]}\n");
	for (int i = 0; i < PIECES; i++) {
		CU_ASSERT_EQUAL(write(log, piece, PIECE), PIECE);
		CU_ASSERT_EQUAL(write(port, wide, (size_t)used), used);
		CU_ASSERT_EQUAL(write(port, "\n", 1), 1);
	}
	CU_ASSERT(stream_held(log) >= PIECE * (uint64_t)PIECES);
	/* So that somebody else gets a turn. */
	for (; stream_poll(&stream); polls++)
		CU_ASSERT(stream.console.read <= polls * (9 << 20));
	CU_ASSERT(polls >= 4);
	CU_ASSERT_EQUAL(stream.evidence[STREAM_WRONG_BYTES].seen, PIECES);
	CU_ASSERT_EQUAL(json_array_size(stream.hits), 0);
	CU_ASSERT(stream_held(log) <= 3 * PIECE && stream_held(port) <= 3 * PIECE);
	stream_release(&stream);
	free(piece);
	free(wide);
	close(log);
	close(port);
}

ssize_t wrap_pread(int fd, void *data, size_t size, off_t offset) WRAPS(pread);
ssize_t real_pread(int fd, void *data, size_t size, off_t offset) IS_REAL(pread);

static unsigned int reads;

ssize_t wrap_pread(int fd, void *data, size_t size, off_t offset)
{
	reads++;
	return real_pread(fd, data, size, offset);
}

/* Many short lines take little time, in which nobody else gets a turn: they are read together. */
static void short_lines(void)
{
	enum { LINES = 1 << 19 };

	char *lines = malloc(LINES);
	int log = memory("", 0), port = memory("", 0);
	struct stream stream;

	memset(lines, '\n', LINES);
	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	CU_ASSERT_EQUAL(write(log, lines, LINES), LINES);
	CU_ASSERT_EQUAL(write(port, lines, LINES), LINES);
	reads = 0;
	while (stream_poll(&stream))
		;
	CU_ASSERT(reads > 2 && reads < LINES / 1000);
	CU_ASSERT_EQUAL(stream.console.read, LINES);
	CU_ASSERT_EQUAL(stream.events.read, LINES);
	stream_release(&stream);
	free(lines);
	close(log);
	close(port);
}

/* Behind the line that tells of the first punch. */
static const char *first_punch_end(void)
{
	return strchr(strstr(events, "\"punch\":1"), '\n') + 1;
}

/* What the death of a guest means, by what was seen before it. */
static void deaths(void)
{
	const struct {
		size_t console, events; /* how much of them came out */
		enum guest_end end;
		const char *verdict, *reason;
		enum exit_code code;
		double first; /* hit, seconds; negative: unknown */
	} cases[] = {
		{ sizeof(console) - 1, sizeof(events) - 1, GUEST_DIED, "HIT",
		  "the kernel reports VM_BUG_ON_FOLIO", EXIT_AS_EXPECTED, 0.5 },
		{ sizeof(console) - 1, (size_t)(first_punch_end() - events), GUEST_DIED, "HIT",
		  "the kernel reports VM_BUG_ON_FOLIO", EXIT_AS_EXPECTED, 1 },
		{ sizeof(console) - 1, 0, GUEST_DIED, "HIT", "the kernel reports VM_BUG_ON_FOLIO",
		  EXIT_NOT_AS_EXPECTED, -1 },
		{ 120, sizeof(events) - 1, GUEST_HUNG, "HIT",
		  "2 of 2 punches gave a reader wrong bytes; then the guest died: no sign of life",
		  EXIT_AS_EXPECTED, 0.5 },
		{ 120, 0, GUEST_HUNG, "ERROR", "guest died: no sign of life for 46 s",
		  EXIT_RUN_ERROR, -1 },
		{ 120, 0, GUEST_TIMED_OUT, "ERROR", "guest was still running at the limit",
		  EXIT_RUN_ERROR, -1 },
	};
	const struct guest_facts facts = {
		.kernel = "7.2.13",
		.release = "7.2.13",
		.expected = EXPECT_CLEAN,
		.accelerator = "tcg",
		.cpus = 2,
		.memory = 2048,
		.boots = 1,
		.boot_seconds = -1,
		.silent_seconds = 46,
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int log = memory(console, cases[i].console), port = memory(events, cases[i].events);
		struct guest_facts now = facts;
		struct stream stream;
		json_t *result, *first;

		now.end = cases[i].end;
		CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
		stream.reports.subject.families = KERNEL_SPLIT;
		stream_poll(&stream);
		result = outcome_result(&now, &stream);
		outcome_add_guest(result, &now, &stream);
		CU_ASSERT_STRING_EQUAL(text_of(result, "verdict"), cases[i].verdict);
		CU_ASSERT_PTR_NOT_NULL(strstr(text_of(result, "reason"), cases[i].reason));
		CU_ASSERT_EQUAL(exit_code_of_outcome(result_outcome(result)), cases[i].code);
		CU_ASSERT_TRUE(json_is_null(json_object_get(result, "exposures")));
		first = json_object_get(result, "first_hit_seconds");
		CU_ASSERT_EQUAL(json_is_null(first) ? -1 : json_real_value(first), cases[i].first);
		CU_ASSERT_TRUE(*text_of(json_object_get(result, "guest"), "died"));
		json_decref(result);
		stream_release(&stream);
		close(log);
		close(port);
	}
}

static void died_after_a_capture(void)
{
	int log = memory(console, 120), port = memory(captures, sizeof(captures) - 1);
	const struct guest_facts facts = {
		.kernel = "6.18.9",
		.release = "6.18.9",
		.expected = EXPECT_HIT,
		.end = GUEST_HUNG,
		.silent_seconds = 46,
	};
	struct stream stream;
	json_t *result, *hits;

	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	stream_poll(&stream);
	result = outcome_result(&facts, &stream);
	CU_ASSERT_STRING_EQUAL(text_of(result, "verdict"), "HIT");
	CU_ASSERT_STRING_EQUAL(
		text_of(result, "reason"),
		"2 of 3 punches gave a lookup a folio that does not contain the "
		"page; then the guest died: no sign of life for 46 s: its kernel log "
		"says nothing of it");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(result, "captures")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(result, "punches_captured")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(result, "punches_hit")), 0);
	CU_ASSERT_EQUAL(json_real_value(json_object_get(result, "first_hit_seconds")), 0.25);
	hits = json_object_get(result, "hits");
	CU_ASSERT_EQUAL(json_array_size(hits), 3);
	CU_ASSERT_STRING_EQUAL(text_of(json_array_get(hits, 0), "kind"), "capture");
	json_decref(result);
	stream_release(&stream);
	close(log);
	close(port);
}

/* Why a guest ended before its job began. */
static void died_while_booting(void)
{
	static const struct {
		const char *console, *reason;
	} rows[] = {
		{ "[    0.5] BUG: bad page state in process swapper\n"
		  "[    1.2] Failed to execute /init (error -8)\n"
		  "[    1.2] Kernel panic - not syncing: No working init found.\n",
		  "guest died: Kernel panic - not syncing: No working init found." },
		{ "[    0.5] BUG: bad page state in process swapper\n",
		  "guest died: its kernel log says nothing of it" },
		{ "", "guest died: its kernel log is empty; --append ignore_loglevel shows how far "
		      "it came, if the kernel has a driver for the console" },
	};
	const struct guest_facts facts = { .end = GUEST_DIED, .title = "of the scenario" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int log = memory(rows[i].console, strlen(rows[i].console)), port = memory("", 0);
		struct stream stream;
		json_t *result;

		CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
		stream_poll(&stream);
		result = outcome_result(&facts, &stream);
		CU_ASSERT_STRING_EQUAL(text_of(result, "verdict"), "ERROR");
		CU_ASSERT_STRING_EQUAL(text_of(result, "reason"), rows[i].reason);
		CU_ASSERT_STRING_EQUAL(text_of(result, "title"), "of the scenario");
		json_decref(result);
		stream_release(&stream);
		close(log);
		close(port);
	}
}

/* The race of that name is the scenario's; NULL: no scenario. */
static json_t *told_then_died(const char *name, const char *told)
{
	int log = memory(console, 120), port = memory(told, strlen(told));
	const struct guest_facts facts = { .end = GUEST_HUNG, .silent_seconds = 46 };
	const struct race *race = races;
	struct stream stream;
	json_t *result;

	while (name && race->name && strcmp(race->name, name))
		race++;
	CU_ASSERT_EQUAL_FATAL(stream_init(&stream, log, port), 0);
	stream.race = name ? race : NULL;
	stream_poll(&stream);
	result = outcome_result(&facts, &stream);
	stream_release(&stream);
	close(log);
	close(port);
	return result;
}

static void died_after_a_misplaced_slot(void)
{
	static const char *const others[] = { NULL, "stale-folios", "punch-fault", "none" };
	json_t *result = told_then_died("folio-split", misplaced), *hits;

	CU_ASSERT_STRING_EQUAL(text_of(result, "verdict"), "HIT");
	CU_ASSERT_STRING_EQUAL(
		text_of(result, "reason"),
		"1 of 2 punches let a slot of the page cache lead to a folio without its page; "
		"then the guest died: no sign of life for 46 s: its kernel log says nothing of it");
	CU_ASSERT_EQUAL(json_real_value(json_object_get(result, "first_hit_seconds")), 0.25);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(result, "punches_hit")), 0);
	hits = json_object_get(result, "hits");
	CU_ASSERT_EQUAL(json_array_size(hits), 1);
	CU_ASSERT_STRING_EQUAL(text_of(json_array_get(hits, 0), "kind"), "misplaced");
	json_decref(result);
	/* Of another race it proves nothing, as in a run that ends by itself. */
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		result = told_then_died(others[i], misplaced);
		CU_ASSERT_STRING_EQUAL(text_of(result, "verdict"), "ERROR");
		CU_ASSERT_EQUAL(json_array_size(json_object_get(result, "hits")), 0);
		CU_ASSERT_TRUE(json_is_null(json_object_get(result, "first_hit_seconds")));
		json_decref(result);
	}
}

/* Whatever the race is: nothing leaves such slots but a bug. */
static void died_after_violations(void)
{
	static const char *const names[] = { NULL, "stale-folios", "folio-split" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		json_t *result = told_then_died(names[i], violations);

		CU_ASSERT_STRING_EQUAL(text_of(result, "verdict"), "HIT");
		CU_ASSERT_STRING_EQUAL(
			text_of(result, "reason"),
			"2 slots of the page cache were wrong; then the guest died: no sign of "
			"life for 46 s: its kernel log says nothing of it");
		CU_ASSERT_EQUAL(json_array_size(json_object_get(result, "hits")), 2);
		json_decref(result);
	}
}

static void images(void)
{
	static char image[4096];
	struct image_facts facts = { .release = "" };
	char path[64];
	int fd = memory("", 0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL(image_look(path, &facts), -EINVAL);
	memcpy(image + 0x202, "HdrS", 4);
	image[0x20e] = 0x00;
	image[0x20f] = 0x04; /* 0x200 + 0x400 */
	memcpy(image + 0x600, "6.18.9+deb13-cloud-amd64 (someone)", 35);
	CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
	CU_ASSERT_EQUAL(image_look(path, &facts), 0);
	CU_ASSERT_STRING_EQUAL(facts.release, "6.18.9+deb13-cloud-amd64");
	CU_ASSERT_EQUAL(facts.arch, GUEST_AMD64);
	/* Its version lies beyond its end. */
	image[0x20f] = 0x7f;
	CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
	CU_ASSERT_EQUAL(image_look(path, &facts), -EINVAL);
	memset(image, 0, sizeof(image));
	memcpy(image, "\177ELF", 4);
	image[0x12] = 62;
	memcpy(image + 100, "Linux version %s", 16);
	memcpy(image + 200, "Linux version 7.0.0-rc2 (a@b)", 29);
	CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
	CU_ASSERT_EQUAL(image_look(path, &facts), 0);
	CU_ASSERT_STRING_EQUAL(facts.release, "7.0.0-rc2");
	CU_ASSERT_EQUAL(facts.arch, GUEST_AMD64);
	image[0x12] = (char)183;
	CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
	CU_ASSERT_EQUAL(image_look(path, &facts), 0);
	CU_ASSERT_EQUAL(facts.arch, GUEST_ARM64);
	/* PowerPC */
	image[0x12] = 21;
	CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
	CU_ASSERT_EQUAL(image_look(path, &facts), -EINVAL);
	memcpy(image, "MZ\0", 4);
	memcpy(image + 0x38, "ARM\x64", 4);
	CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
	CU_ASSERT_EQUAL(image_look(path, &facts), 0);
	CU_ASSERT_EQUAL(facts.arch, GUEST_ARM64);
	CU_ASSERT_STRING_EQUAL(facts.release, "7.0.0-rc2");
	CU_ASSERT_EQUAL(facts.page_size, 4096);
	for (unsigned int bits = 1; bits < 4; bits++) {
		image[0x18] = (char)(bits << 1 | 8);
		CU_ASSERT_EQUAL(pwrite(fd, image, sizeof(image), 0), sizeof(image));
		CU_ASSERT_EQUAL(image_look(path, &facts), 0);
		CU_ASSERT_EQUAL(facts.page_size, 1024U << 2 * bits);
	}
	CU_ASSERT_EQUAL(image_look("/", &facts), -EINVAL);
	CU_ASSERT_EQUAL(image_look("/nonesuch", &facts), -ENOENT);
	close(fd);
}

/* A hit stays one, whatever became of the engine of the schedule. */
static void spoiled(void)
{
	static const struct {
		const char *verdict, *spoiled;
	} rows[] = {
		{ "HIT", "HIT" },        { "CLEAN", "ERROR" },
		{ "VERIFIED", "ERROR" }, { "INCONCLUSIVE", "ERROR" },
		{ "ERROR", "ERROR" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		json_t *result = json_pack("{s:s, s:s, s:b}", "verdict", rows[i].verdict, "reason",
					   "it was so", "as_expected", 1);
		bool hit = !strcmp(rows[i].verdict, "HIT");

		outcome_spoil(result, "it was not");
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(result, "verdict")),
				       rows[i].spoiled);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(result, "reason")),
				       hit ? "it was so" : "it was not");
		CU_ASSERT_EQUAL(json_is_true(json_object_get(result, "as_expected")), hit);
		json_decref(result);
	}
}

/* A terminal obeys nothing that a run in a guest prints. */
static void relayed(void)
{
	static const char sent[] = "\033[2Jone\0\r\ntwo\n", run[] = "> ?[2Jone??\n> two\n";
	const struct scenario scenario = { .seed = 1 };
	const struct guest_config of_run = { .scenario = &scenario },
				  of_command = { .keep = false };
	const struct {
		const struct guest_config *config;
		const char *mark, *text;
		size_t size;
	} rows[] = {
		{ &of_run, "> ", run, sizeof(run) - 1 },
		{ &of_command, NULL, sent, sizeof(sent) - 1 },
	};
	int from = memfd_create("output", MFD_CLOEXEC);

	CU_ASSERT_EQUAL(write(from, sent, sizeof(sent) - 1), sizeof(sent) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct guest guest = { .config = rows[i].config };
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		guest_relay(&guest, 0, from, to, rows[i].mark);
		fclose(to);
		CU_ASSERT_EQUAL_FATAL(size, rows[i].size);
		CU_ASSERT_EQUAL(memcmp(text, rows[i].text, size), 0);
		free(text);
	}
	close(from);
}

/* Nor where a control character comes in two pieces. */
static void relayed_in_pieces(void)
{
	static const char control[] = "\xc2\x9b"
				      "2J";
	const struct scenario scenario = { .seed = 1 };
	const struct guest_config config = { .scenario = &scenario };

	for (size_t before = 4090; before < 4100; before++) {
		struct guest guest = { .config = &config };
		int from = memfd_create("output", MFD_CLOEXEC);
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		for (size_t i = 0; i < before; i++)
			CU_ASSERT_EQUAL(write(from, "x", 1), 1);
		CU_ASSERT_EQUAL(write(from, control, 1 + before % 2), 1 + (ssize_t)before % 2);
		guest_relay(&guest, 0, from, to, NULL);
		guest_relay(&guest, 0, from, to, NULL);
		CU_ASSERT_EQUAL(write(from, control + 1 + before % 2, 3 - before % 2),
				3 - (ssize_t)before % 2);
		guest_relay(&guest, 0, from, to, NULL);
		fclose(to);
		CU_ASSERT_PTR_NULL(memmem(text, size, control, 2));
		CU_ASSERT_PTR_NOT_NULL(memmem(text, size, "2J", 2));
		free(text);
		close(from);
	}
}

/* What is printed is the verdict of the result, also where the run in the guest knew nothing of
 * what the engine outside met. */
static void prints_the_verdict(void)
{
	static const struct {
		const char *verdict, *printed;
		int stub_error;
	} rows[] = {
		{ "CLEAN", "verdict CLEAN by the run\n", 0 },
		{ "CLEAN", "verdict    ERROR, expected CLEAN: the schedule was not followed",
		  -ETIMEDOUT },
		{ "HIT", "verdict HIT by the run\n", -ETIMEDOUT },
	};
	const struct scenario scenario = { .seed = 1 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = NULL, said[64];
		json_t *result = NULL;
		size_t size;
		struct guest_config config = { .scenario = &scenario, .result = &result };
		struct guest guest = { .config = &config, .stub_error = rows[i].stub_error };

		config.text = open_memstream(&text, &size);
		snprintf(said, sizeof(said), "verdict %s by the run\n", rows[i].verdict);
		guest.qemu.output = memory(said, strlen(said));
		guest.stream.result =
			json_pack("{s:s, s:s}", "verdict", rows[i].verdict, "expected", "clean");
		CU_ASSERT_EQUAL(guest_bring_home(&guest, 0), 0);
		fclose(config.text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, rows[i].printed));
		CU_ASSERT_EQUAL(!strstr(text, "CLEAN by the run"),
				!strstr(rows[i].printed, "CLEAN by the run"));
		free(text);
		close(guest.qemu.output);
		json_decref(result);
		json_decref(guest.stream.result);
	}
}

/* All that a command leaves comes to the directory, also a result; what does not is an error. */
static void a_command(void)
{
	char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64];
	int status = 0;
	const struct guest_config config = { .out = directory, .status = &status };
	struct guest guest = { .config = &config, .stream.result = json_pack("{s:i}", "mine", 5) };
	json_t *left;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/result.json", directory);
	CU_ASSERT_EQUAL(guest_bring_home(&guest, 3), 0);
	CU_ASSERT_EQUAL(status, 3);
	left = json_load_file(path, 0, NULL);
	CU_ASSERT_TRUE(json_equal(left, guest.stream.result));
	guest.stream.unsaved = true;
	CU_ASSERT_EQUAL(guest_bring_home(&guest, 0), -EIO);
	json_decref(left);
	json_decref(guest.stream.result);
	unlink(path);
	rmdir(directory);
}

/* The scenario of a run is the host's own, whatever the guest has left in its place: whoever runs
 * it again runs its commands. */
static void own_scenario(void)
{
	static const struct scenario_lines lines = { .title = "title = \"of the host\";" };
	char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64], command[100];
	struct guest_kernel kernel = { .image = "/nowhere/vmlinux" };
	struct scenario scenario;
	json_t *result = NULL;
	const struct guest_config config = {
		.scenario = &scenario, .kernel = &kernel, .out = directory, .result = &result
	};
	struct guest guest = { .config = &config, .stream.result = json_pack("{s:s}", "a", "b") };
	char *left;
	size_t size;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/scenario.cfg", directory);
	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &lines, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(save_text(path, "of the guest\n"), 0);
	CU_ASSERT_EQUAL(guest_bring_home(&guest, 0), 0);
	snprintf(command, sizeof(command), "cat %s; rm -r %s", path, directory);
	left = read_all(command, &size);
	CU_ASSERT_PTR_NOT_NULL(memmem(left, size, "of the host", 11));
	CU_ASSERT_PTR_NULL(memmem(left, size, "of the guest", 12));
	free(left);
	json_decref(result);
	json_decref(guest.stream.result);
	scenario_release(&scenario);
}

/* Each program goes along, once. */
static void programs_of_readers(void)
{
	static const struct scenario_lines lines = {
		.files = "files = ( { name = \"a\"; content = \"copy\"; from = \"/bin/sh\"; } );",
		.readers = "readers = ( { kind = \"exec\"; command = \"/bin/cat {file}\"; },"
			   " { kind = \"exec\"; command = \"/bin/true {file}\"; },"
			   " { kind = \"load\"; },"
			   " { kind = \"exec\"; command = \"/bin/cat -v {file}\"; } );",
	};
	struct client_command commands[2];
	const char *programs[2] = { NULL };
	struct scenario scenario;
	size_t count = 0;

	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &lines, NULL), 0);
	CU_ASSERT_EQUAL(job_add_programs(&scenario, commands, programs, 2, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, 2);
	CU_ASSERT_STRING_EQUAL(programs[0], "/bin/cat");
	CU_ASSERT_STRING_EQUAL(programs[1], "/bin/true");
	for (size_t i = 0; i < count; i++)
		client_command_free(&commands[i]);
	count = 0;
	CU_ASSERT_EQUAL(job_add_programs(&scenario, commands, programs, 1, &count), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(count, 1);
	client_command_free(&commands[0]);
	scenario_release(&scenario);
}

/* Of a log the last message, from its begin on: it may be longer than what is kept. */
static void last_words(void)
{
	static const struct {
		const char *log, *words;
	} rows[] = {
		{ "", "nothing" },
		{ "foliostorm: one\nfoliostorm guest: two\n\n", "two" },
		{ "foliostorm guest: what is wrong\nTry `foliostorm guest --help'\nmore\n",
		  "what is wrong" },
		{ "one\nfoliostorm: begins %0999d\n", "begins 0" },
		{ "one\nfoliostorm: begins %0999d", "begins 0" },
		{ "foliostorm: %04999d\nlast\n", "last" },
	};
	char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64], log[5200], words[100];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/log", directory);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(log, sizeof(log), rows[i].log, 0);
		CU_ASSERT_EQUAL_FATAL(save_text(path, log), 0);
		guest_command_last_words(directory, "log", "nothing", words, sizeof(words));
		CU_ASSERT_EQUAL(strncmp(words, rows[i].words, strlen(rows[i].words)), 0);
	}
	unlink(path);
	rmdir(directory);
}

/* Without a descriptor left, also for the second boot, nothing is closed or freed twice. */
static void no_descriptors(void)
{
	const struct guest_config config = { .keep = false };
	struct guest guest = {
		.config = &config,
		.qemu = { .console = -1, .output = -1, .errors = -1, .stream = -1, .log = -1 }
	};
	struct rlimit before, none;

	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	for (int boots = 0; boots < 2; boots++) {
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &none), 0);
		CU_ASSERT_EQUAL(guest_open_ports(&guest), -EMFILE);
		guest_close_ports(&guest);
		CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &before), 0);
		CU_ASSERT(fcntl(STDIN_FILENO, F_GETFD) >= 0);
		CU_ASSERT_EQUAL(guest_open_ports(&guest), 0);
		guest_close_ports(&guest);
	}
}

/* QEMU gets the kernel's parameters and path whole. */
static void long_words(void)
{
	struct qemu_command *command = calloc(1, sizeof(*command));
	struct guest_kernel kernel = { .arch = GUEST_AMD64 };
	char append[1900 + 1];
	const struct qemu_config config = {
		.kernel = &kernel,
		.append = append,
		.memory = 512,
		.cpus = 1,
		.gdb = -1,
		.job = -1,
		.monitor = -1,
		.snapshot = -1,
	};
	bool has_image = false, has_append = false;

	memset(append, 'x', sizeof(append) - 1);
	append[sizeof(append) - 1] = '\0';
	memset(kernel.image, 'y', sizeof(kernel.image) - 1);
	qemu_command_make(command, &config, "");
	for (size_t i = 0; i < command->count; i++) {
		has_image |= !strcmp(command->words[i], kernel.image);
		has_append |= strstr(command->words[i], append) != NULL;
	}
	CU_ASSERT_TRUE(has_image);
	CU_ASSERT_TRUE(has_append);
	free(command);
}

static void flavours_of_releases(void)
{
	static const struct {
		const char *release, *flavour;
	} rows[] = {
		{ "6.18.9+deb13-cloud-amd64", "cloud-amd64" },
		{ "6.18.9+deb13-amd64", "amd64" },
		{ "6.18.9+deb13-rt-amd64", "rt-amd64" },
		{ "6.1.0-56-cloud-arm64", "cloud-arm64" },
		{ "6.1.0-56-arm64", "arm64" },
		{ "6.1.0-56-rt-arm64", "rt-arm64" },
		{ "6.18.9+deb13-arm64-16k", "arm64-16k" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_STRING_EQUAL(guest_arch_flavour_of(rows[i].release), rows[i].flavour);
	CU_ASSERT_PTR_NULL(guest_arch_flavour_of("6.18.9"));
}

/* The part before a colon is the image, wherever its slashes are. */
static void names_of_kernels(void)
{
	static const struct {
		const char *text, *name;
	} rows[] = {
		{ "6.18.9", "6.18.9" },
		{ "6.18.9:rt-amd64", "6.18.9:rt-amd64" },
		{ "build/linux.deb", "linux.deb" },
		{ "/boot/vmlinuz-6.1", "vmlinuz-6.1" },
		{ "build/vmlinux:/lib/modules/7.0", "vmlinux" },
		{ "vmlinux:/lib/modules/7.0", "vmlinux" },
		{ ":/lib/modules/7.0", "" },
	};
	char name[64];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_STRING_EQUAL(guest_kernel_name(rows[i].text, name, sizeof(name)),
				       rows[i].name);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a run by its events", a_run_by_its_events },
		{ "cut off anywhere", cut_off_anywhere },
		{ "all is sent", all_is_sent },
		{ "the archive", the_archive },
		{ "floods", floods },
		{ "short lines", short_lines },
		{ "deaths", deaths },
		{ "died after a capture", died_after_a_capture },
		{ "died while booting", died_while_booting },
		{ "died after a misplaced slot", died_after_a_misplaced_slot },
		{ "died after violations", died_after_violations },
		{ "images", images },
		{ "what a run prints, in pieces", relayed_in_pieces },
		{ "prints the verdict", prints_the_verdict },
		{ "a command", a_command },
		{ "own scenario", own_scenario },
		{ "programs of readers", programs_of_readers },
		{ "last words", last_words },
		{ "no descriptors", no_descriptors },
		{ "long words", long_words },
		{ "flavours of releases", flavours_of_releases },
		{ "names of kernels", names_of_kernels },
		{ "results of which the schedule was not followed", spoiled },
		{ "what a run prints", relayed },
		CU_TEST_INFO_NULL,
	};

	return run_suite("guest", tests);
}
