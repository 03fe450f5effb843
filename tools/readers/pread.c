/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pread(2) of the file. On XFS it takes the IOLOCK shared and a punch holds it exclusive, so it
 * cannot see the race: the control.
 */
#include "tools/reader.h"

#include <errno.h>
#include <unistd.h>

static int read_page(struct reader *reader, const struct target *target, uint64_t offset,
		     uint64_t *page)
{
	ssize_t got = pread(target->mount_fd, page, STAMP_PAGE_SIZE, (off_t)offset);

	(void)reader;
	if (got < 0)
		return -errno;
	return got == STAMP_PAGE_SIZE ? 0 : -ENODATA;
}

const struct reader_ops reader_pread = { .name = "pread", .read = read_page };
