/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preadv2(2) with RWF_NOWAIT: reads only from the page cache, and only if no lock is held, so it
 * brings no page back. On XFS a punch holds the IOLOCK, and such a read fails meanwhile; it
 * overlaps operations without IOLOCK (split, reclaim, pageout). FUSE refuses the flag (no
 * FMODE_NOWAIT), so it reads beneath the layer.
 */
#include "tools/reading/reader.h"

#include <errno.h>
#include <sys/uio.h>

static int read_cached(struct reader *reader, const struct target *target, uint64_t offset,
		       uint64_t *page)
{
	const struct iovec to = { .iov_base = page, .iov_len = STAMP_PAGE_SIZE };
	ssize_t got = preadv2(target->backing_fd, &to, 1, (off_t)offset, RWF_NOWAIT);

	(void)reader;
	if (got < 0)
		return -errno;
	return got == STAMP_PAGE_SIZE ? 0 : got ? -EAGAIN : -ENODATA;
}

const struct reader_ops reader_preadv2 = {
	.name = "preadv2",
	.help = "preadv2(2) with RWF_NOWAIT beneath the layer, which reads only pages in "
		"the page cache; not on a tmpfs",
	.takes_lock = true,
	.read = read_cached,
};
