/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output of a guest: its console followed by a NUL and its events with the archive; the archive
 * alone; and its kernel log. */
#include "injector/base/report.h"
#include "tests/fuzz/targets.h"
#include "tools/guest/outcome.h"
#include "tools/guest/unpack_parts.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int memory(const uint8_t *data, size_t size)
{
	int fd = memfd_create("port", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	return fd;
}

int fuzz_stream(const char *name, const uint8_t *data, size_t size)
{
	static const struct guest_facts facts = { .kernel = "6.18.9",
						  .release = "6.18.9",
						  .end = GUEST_DIED };
	const uint8_t *nul = memchr(data, 0, size);
	size_t length = nul ? (size_t)(nul - data) : size, begin = nul ? length + 1 : size;
	int log = memory(data, length), port = memory(data + begin, size - begin), r;
	char message[1024] = "";
	struct stream stream;
	json_t *result;

	(void)name;
	report_capture(message, sizeof(message));
	if (stream_init(&stream, log, port))
		abort();
	while (stream_poll(&stream))
		;
	r = stream_unpack(&stream, NULL);
	result = outcome_result(&facts, &stream);
	outcome_add_guest(result, &facts, &stream);
	json_decref(result);
	stream_release(&stream);
	report_capture(NULL, 0);
	close(log);
	close(port);
	return r;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status, (void)type, (void)at;
	return remove(path);
}

int fuzz_archive(const char *name, const uint8_t *data, size_t size)
{
	char directory[] = "/dev/shm/foliostorm-fuzz.XXXXXX", message[1024] = "";
	struct unpacked unpacked = { .result = NULL };
	int records = memfd_create("records", MFD_CLOEXEC), r, code;

	(void)name;
	/* In memory, since it may unpack to a lot. */
	if (records < 0 || !mkdtemp(directory))
		abort();
	report_capture(message, sizeof(message));
	/* Both halves run in this process, where a crash is noticed. */
	r = unpack_decode(fuzz_file(data, size, NULL), records);
	lseek(records, 0, SEEK_SET);
	code = unpack_take(records, directory, &unpacked);
	report_capture(NULL, 0);
	json_decref(unpacked.result);
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return r ?: code;
}

int fuzz_kernel_log(const char *name, const uint8_t *data, size_t size)
{
	struct kernel_reports *reports = calloc(1, sizeof(*reports));
	char *copy = malloc(size + 1), *at = NULL, *line, text[512];
	int r;

	(void)name;
	if (!reports || !copy)
		abort();
	memcpy(copy, data, size);
	copy[size] = '\0';
	reports->subject.families = KERNEL_SPLIT | KERNEL_STALE;
	for (line = strtok_r(copy, "\n", &at); line; line = strtok_r(NULL, "\n", &at))
		kernel_reports_line(reports, line);
	for (size_t i = 0; i < reports->count; i++) {
		kernel_report_format(&reports->items[i], text, sizeof(text));
		kernel_report_kind(&reports->items[i]);
	}
	r = reports->count ? 0 : -1;
	free(reports);
	free(copy);
	return r;
}
