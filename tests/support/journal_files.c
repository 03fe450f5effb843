/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes journal files of varied shape for the real journalctl to verify. Usage: journal_files
 * DIRECTORY FIRST COUNT. File n depends on n alone. A third of the files are archived, with holes
 * of any size where journald punches them.
 */
#include "injector/base/random.h"
#include "tools/workloads/journal/archive.h"
#include "tools/workloads/journal/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SHAPE,
	ENTRIES,
	MEDIAN,
	FIELDS,
	VALUES,
	BUCKETS,
	STEP = 0x1000,
};

static uint64_t pick(uint64_t number, uint64_t what, uint64_t below)
{
	return random_value(1, what, number) % below;
}

static struct journal_shape shape_of(uint64_t n)
{
	struct journal_shape shape = {
		.owner = { .file = (uint32_t)(n % 255 + 1), .generation = (uint32_t)n },
		.compact = n & 1,
		.keyed = n & 2,
		.data_buckets = 1 + pick(n, BUCKETS, 1) +
				(n % 5 ? journal_data_buckets(8 << 20) : pick(n, BUCKETS, 40)),
		.field_buckets = n % 7 ? JOURNAL_FIELD_BUCKETS : 1 + n % 3,
		.seqnum = 1 + pick(n, SHAPE, 1000000),
	};

	for (size_t i = 0; i < JOURNAL_ID_SIZE; i++) {
		shape.file_id[i] = (uint8_t)random_value(n, 1, i);
		shape.machine_id[i] = (uint8_t)random_value(2, 2, i);
		shape.boot_id[i] = (uint8_t)random_value(3, 3, i);
		shape.seqnum_id[i] = (uint8_t)random_value(4, 4, i);
	}
	return shape;
}

static int write_entries(uint64_t n, struct content *content, struct journal_writer *writer)
{
	/* Mostly few; some files need more than one allocation step. */
	uint64_t entries = n % 20 == 13 ? 20000 + pick(n, ENTRIES, 30000) : pick(n, ENTRIES, 3000);
	uint64_t time = 1700000000000000 + n * 1000000;
	int r = 0;

	for (uint64_t i = 0; i < entries && !r; i++) {
		time += random_value(n, STEP, i) % 1000;
		r = content_append(content, writer, 0, time, time - 1690000000000000);
	}
	return r;
}

static int make(uint64_t n, int fd)
{
	struct distribution_spec spec = { .kind = distribution_kind_find("lognormal") };
	struct distribution size;
	struct content_shape content_shape = { .seed = n, .size = &size };
	struct journal_shape shape = shape_of(n);
	struct archive_counts counts;
	struct journal_writer writer;
	struct content content;
	char why[200];
	int r;

	spec.median = 1 + pick(n, MEDIAN, 400);
	spec.p99 = spec.median * 20;
	content_shape.fields = (unsigned int)pick(n, FIELDS, CONTENT_FIELDS_MAX + 1);
	content_shape.values = (unsigned int)(1 + pick(n, VALUES, 50));
	r = distribution_make(&size, &spec, why, sizeof(why));
	if (r)
		return r;
	r = content_open(&content, &content_shape);
	if (!r)
		r = journal_writer_open(&writer, fd, &shape);
	if (!r)
		r = write_entries(n, &content, &writer);
	if (!r)
		r = journal_writer_tell(&writer, UINT64_MAX);
	if (!r && n % 3 == 0)
		r = archive(&writer, &(struct archive_config){ .least = 1 + pick(n, STEP, 9000) },
			    &counts);
	journal_writer_close(&writer);
	content_close(&content);
	distribution_release(&size);
	return r;
}

int main(int argc, char *argv[])
{
	uint64_t first, count;
	char path[4096];

	if (argc != 4) {
		fprintf(stderr, "usage: journal_files DIRECTORY FIRST COUNT\n");
		return 2;
	}
	first = strtoull(argv[2], NULL, 10);
	count = strtoull(argv[3], NULL, 10);
	for (uint64_t n = first; n < first + count; n++) {
		int fd, r;

		snprintf(path, sizeof(path), "%s/%06lu.journal", argv[1], (unsigned long)n);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0) {
			perror(path);
			return 1;
		}
		r = make(n, fd);
		close(fd);
		if (r) {
			fprintf(stderr, "%s: %s\n", path, strerror(-r));
			return 1;
		}
	}
	return 0;
}
