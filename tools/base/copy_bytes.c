/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/copy_bytes.h"

#include <errno.h>
#include <sys/sendfile.h>

int copy_bytes(int to, int from, off_t size)
{
	off_t at = 0;

	/* A disk that becomes full makes one call short, and the next one says why. */
	while (at < size) {
		ssize_t sent = sendfile(to, from, &at, (size_t)(size - at));

		if (sent <= 0)
			return sent ? -errno : -EIO;
	}
	return 0;
}
