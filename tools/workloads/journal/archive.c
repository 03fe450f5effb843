/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <unistd.h>

struct archiving {
	const struct archive_config *config;
	struct archive_counts *counts;
	int fd;
};

int archive_punch(int fd, const struct journal_hole *hole)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)hole->offset,
			 (off_t)hole->length)
		       ? -errno
		       : 0;
}

static int take(void *context, const struct journal_hole *hole)
{
	struct archiving *archiving = context;
	const struct archive_config *config = archiving->config;

	archiving->counts->holes++;
	archiving->counts->bytes += hole->length;
	return config->punch ? config->punch(config->context, hole)
			     : archive_punch(archiving->fd, hole);
}

int archive(struct journal_writer *writer, const struct archive_config *config,
	    struct archive_counts *counts)
{
	struct archiving archiving = {
		.config = config,
		.counts = counts,
		.fd = writer->windows.fd,
	};
	const struct journal_source source = {
		.get = journal_get_file,
		.context = &archiving.fd,
		.size = writer->size,
	};
	struct journal_walk walk;
	int r = journal_walk_open(&walk, &source);

	*counts = (struct archive_counts){ .holes = 0 };
	if (!r)
		r = journal_holes(&walk, config->least, take, &archiving, &counts->seen);
	journal_walk_close(&walk);
	if (!r && counts->seen.bad)
		r = -EBADMSG;
	if (!r && fsync(archiving.fd))
		r = -errno;
	if (r)
		return r;
	writer->header->state = JOURNAL_ARCHIVED;
	return fsync(archiving.fd) ? -errno : 0;
}
