/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decoders of strangers' files: each runs in a process of its own, which has little memory and
 * time, no descriptor but two and the standard streams, says nothing, and is nobody where it was
 * root. What a bomb fills is bounded, and what breaks the decoder has nothing to take.
 */
#ifndef TOOLS_BASE_CONFINED_H
#define TOOLS_BASE_CONFINED_H

#include <stdint.h>

enum { CONFINED_MEMORY_MAX = 200 << 20 };

/*
 * Decodes `from` into `to`, a file. decode: returns 0 to 125. most: bytes that the file may get.
 * Returns what it did; -EBADMSG it was ended by a limit or a signal (not reported); -errno
 * (reported).
 */
int confined_decode(int (*decode)(int from, int to), int from, int to, uint64_t most);

#endif
