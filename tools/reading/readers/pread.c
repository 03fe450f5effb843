/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pread(2) of the file. On XFS it takes the IOLOCK shared and a punch holds it exclusive, so it
 * cannot see the race: the control. With an `order` it reads beneath the layer.
 */
#include "tools/reading/reader.h"

#include <errno.h>
#include <unistd.h>

static int open_files(struct reader *reader)
{
	return reader->order == REFAULT_ANY ? 0
					    : refault_open(&reader->refault, reader->order,
							   reader->targets, reader->target_count);
}

static int read_page(struct reader *reader, const struct target *target, uint64_t offset,
		     uint64_t *page)
{
	ssize_t got;

	if (reader->order != REFAULT_ANY)
		return refault_read(&reader->refault, target, (size_t)(target - reader->targets),
				    offset, page);
	got = pread(target->mount_fd, page, STAMP_PAGE_SIZE, (off_t)offset);
	if (got < 0)
		return -errno;
	return got == STAMP_PAGE_SIZE ? 0 : -ENODATA;
}

static void close_files(struct reader *reader)
{
	refault_close(&reader->refault);
}

const struct reader_ops reader_pread = {
	.name = "pread",
	.help = "pread(2) of the file",
	.orders = true,
	.takes_lock = true,
	.open = open_files,
	.read = read_page,
	.close = close_files,
};
