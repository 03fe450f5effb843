/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes untrusted files, each in a process of its own. The process has limits on memory, CPU time
 * and output, and only two descriptors besides the standard streams; its standard error is
 * /dev/null. If it was root, it becomes nobody. So a decompression bomb is bounded, and an exploit
 * of the decoder gains nothing.
 */
#ifndef TOOLS_BASE_CONFINED_H
#define TOOLS_BASE_CONFINED_H

#include <stdint.h>

enum { CONFINED_MEMORY_MAX = 200 << 20 }; /* bytes */

/*
 * Runs decode(from, to) in such a process. from, to: descriptors; `to` is a file. decode: returns 0
 * to 125. most: limit of the file, in bytes. Returns decode()'s value; -EBADMSG: a limit or a
 * signal ended it (not reported); other -errno: no process could be started (reported).
 */
int confined_decode(int (*decode)(int from, int to), int from, int to, uint64_t most);

#endif
