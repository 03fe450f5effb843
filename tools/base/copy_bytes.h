/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BASE_COPY_BYTES_H
#define TOOLS_BASE_COPY_BYTES_H

#include <sys/types.h>

/* Copies the first `size` bytes of the file `from`, whose position stays, to the position of `to`.
 * Returns 0; -EIO: `from` is shorter; another -errno; not reported. */
int copy_bytes(int to, int from, off_t size);

#endif
