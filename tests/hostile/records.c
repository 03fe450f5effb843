/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes and syncs numbered records, one by one.
 *
 * usage: records write FILE          prints the number of each record once it is synced, until a
 *                                    call fails
 *        records check FILE COUNT    checks that the first COUNT are there and whole
 *
 * Every other record is synced by fdatasync(). Every seventh is overwritten and synced again. Exit
 * codes: 0 success, 1 failure, 2 usage.
 */
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORDS = 75, AGAIN = 7 };

struct record {
	uint64_t words[WORDS];
};

static struct record make_record(uint64_t number)
{
	struct record record;

	for (uint64_t i = 0; i < WORDS; i++)
		record.words[i] = (number + 1) * UINT64_C(0x9e3779b97f4a7c15) + i;
	return record;
}

static bool write_synced(int fd, uint64_t number, const struct record *record)
{
	off_t at = (off_t)(number * sizeof(*record));

	return pwrite(fd, record, sizeof(*record), at) == sizeof(*record) &&
	       !(number % 2 ? fdatasync(fd) : fsync(fd));
}

static int write_records(const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	static const struct record zeros;
	char line[24];

	for (uint64_t number = 0; fd >= 0; number++) {
		struct record record = make_record(number);

		if (number % AGAIN == 0 && !write_synced(fd, number, &zeros))
			break;
		if (!write_synced(fd, number, &record))
			break;
		snprintf(line, sizeof(line), "%ju\n", (uintmax_t)number + 1);
		if (write(STDOUT_FILENO, line, strlen(line)) < 0)
			break;
	}
	return 0;
}

static int check_records(const char *path, uint64_t count)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct record is, wanted;

	for (uint64_t number = 0; number < count; number++) {
		wanted = make_record(number);
		if (read(fd, &is, sizeof(is)) != sizeof(is) ||
		    memcmp(&is, &wanted, sizeof(is)) != 0) {
			fprintf(stderr, "record %ju of %ju is not there\n", (uintmax_t)number,
				(uintmax_t)count);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "write"))
		return write_records(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "check"))
		return check_records(argv[2], strtoull(argv[3], NULL, 10));
	fprintf(stderr, "usage: records write FILE | records check FILE COUNT\n");
	return 2;
}
