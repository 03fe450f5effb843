/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small applications for stories about rules. Each does one thing to files as real programs do, and
 * prints the result. Usage: application WHAT FILE [NUMBER [NUMBER]]. Exit codes: 0 success, 1 a
 * call failed (its errno is printed), 2 usage.
 */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

enum { RECORD_WORDS = 25, PAGE = 4096 };

/* A journal record: its number, words derived from it, and a sum over all. */
struct record {
	uint64_t words[RECORD_WORDS];
};

static struct record make_record(uint64_t number)
{
	struct record record = { { number } };
	uint64_t sum = number;

	for (int i = 1; i < RECORD_WORDS - 1; i++) {
		record.words[i] = (number + 1) * 0x9e3779b97f4a7c15 + (uint64_t)i;
		sum = sum * 31 + record.words[i];
	}
	record.words[RECORD_WORDS - 1] = sum;
	return record;
}

static int fail(const char *what)
{
	printf("%s %s\n", what, strerrorname_np(errno));
	return 1;
}

/* Appends `count` records, numbered from `first`. sync: fsync() after each one. */
static int append(const char *path, uint64_t first, uint64_t count, int sync)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	uint64_t slowest = 0, slow = 0, began, took;

	if (fd < 0)
		return fail("open");
	for (uint64_t i = 0; i < count; i++) {
		struct record record = make_record(first + i);

		if (write(fd, &record, sizeof(record)) != sizeof(record))
			return fail("write");
		began = units_now();
		if (sync && fsync(fd))
			return fail("fsync");
		took = units_now() - began;
		slowest = took > slowest ? took : slowest;
		slow += took > 10000000;
	}
	printf("%" PRIu64 " records, slowest %" PRIu64 " us, over 10 ms %" PRIu64 "\n", count,
	       slowest / 1000, slow);
	return 0;
}

static int do_sync(const char *path, uint64_t first, uint64_t count)
{
	return append(path, first, count, 1);
}

static int do_append(const char *path, uint64_t first, uint64_t count)
{
	return append(path, first, count, 0);
}

/* Recovery: counts the records before the first that is not whole. */
static int do_recover(const char *path, uint64_t unused, uint64_t unused_too)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct record record, expected;
	uint64_t number = 0;
	ssize_t got;

	(void)unused;
	(void)unused_too;
	if (fd < 0)
		return fail("open");
	while ((got = read(fd, &record, sizeof(record))) == sizeof(record)) {
		expected = make_record(number);
		if (memcmp(&record, &expected, sizeof(record)))
			break;
		number++;
	}
	printf("%" PRIu64 " whole, then %s\n", number, got ? "torn" : "the end");
	return 0;
}

/* Writes pages filled with their number. */
static int do_fill(const char *path, uint64_t first, uint64_t count)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	uint64_t page[PAGE / sizeof(uint64_t)];

	if (fd < 0)
		return fail("open");
	for (uint64_t number = first; number < first + count; number++) {
		for (size_t i = 0; i < PAGE / sizeof(uint64_t); i++)
			page[i] = number;
		if (pwrite(fd, page, PAGE, (off_t)(number * PAGE)) != PAGE)
			return fail("write");
	}
	return fsync(fd) ? fail("fsync") : 0;
}

/* The whole page, as do_fill() wrote it */
static bool is_page(const uint64_t *page, uint64_t number)
{
	for (size_t i = 0; i < PAGE / sizeof(uint64_t); i++)
		if (page[i] != number)
			return false;
	return true;
}

/* Reads pages and reports each that is short or has another number. */
static int do_look(const char *path, uint64_t first, uint64_t count)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t page[PAGE / sizeof(uint64_t)], wrong = 0;
	ssize_t got;

	if (fd < 0)
		return fail("open");
	for (uint64_t number = first; number < first + count; number++) {
		got = pread(fd, page, PAGE, (off_t)(number * PAGE));
		if (got < 0)
			return fail("read");
		if (got == PAGE && is_page(page, number))
			continue;
		wrong++;
		if (got < PAGE)
			printf("page %" PRIu64 " has %zd bytes\n", number, got);
		else if (page[0] != number)
			printf("page %" PRIu64 " is page %" PRIu64 "\n", number, page[0]);
		else
			printf("page %" PRIu64 " is torn\n", number);
	}
	printf("%" PRIu64 " wrong\n", wrong);
	return 0;
}

/* A program that tolerates read errors: reads the page again, up to `tries` times. */
static int do_insist(const char *path, uint64_t number, uint64_t tries)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t page[PAGE / sizeof(uint64_t)];

	if (fd < 0)
		return fail("open");
	for (uint64_t i = 1; i <= tries; i++)
		if (pread(fd, page, PAGE, (off_t)(number * PAGE)) == PAGE) {
			printf("page %" PRIu64 " at try %" PRIu64 "\n", page[0], i);
			return 0;
		}
	return fail("read");
}

/* Rotates a log as programs do: renames it and starts a new one with one record. */
static int do_rotate(const char *path, uint64_t first, uint64_t unused)
{
	char old[256];

	(void)unused;
	snprintf(old, sizeof(old), "%s.1", path);
	if (rename(path, old))
		return fail("rename");
	return append(path, first, 1, 1);
}

/* Sends standard input to a Unix socket and prints the answer, until the peer hangs up or `lines`
 * lines have come. With 0 lines, hangs up once standard input is sent. */
static int do_talk(const char *path, uint64_t lines, uint64_t unused)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd from[] = { { fd, POLLIN, 0 }, { STDIN_FILENO, POLLIN, 0 } };
	char text[4096];
	ssize_t got;

	(void)unused;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fail("connect");
	/* Sends all input first; prints answers at once. */
	while ((lines || from[1].fd >= 0) && poll(from, 2, -1) > 0) {
		if (from[1].revents) {
			got = read(STDIN_FILENO, text, sizeof(text));
			if (got <= 0 || send(fd, text, (size_t)got, MSG_NOSIGNAL) != got)
				from[1].fd = -1;
		} else if ((got = recv(fd, text, sizeof(text), 0)) > 0) {
			fwrite(text, 1, (size_t)got, stdout);
			fflush(stdout);
			for (ssize_t i = 0; i < got && lines; i++)
				lines -= text[i] == '\n';
		} else {
			break;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(const char *path, uint64_t a, uint64_t b);
	} jobs[] = {
		{ "sync", do_sync },     { "append", do_append }, { "recover", do_recover },
		{ "fill", do_fill },     { "look", do_look },     { "insist", do_insist },
		{ "rotate", do_rotate }, { "talk", do_talk },
	};

	for (size_t i = 0; argc > 2 && i < ARRAY_SIZE(jobs); i++)
		if (!strcmp(jobs[i].name, argv[1]))
			return jobs[i].run(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 0,
					   argc > 4 ? strtoull(argv[4], NULL, 10) : 1);
	return 2;
}
