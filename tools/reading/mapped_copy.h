/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying out of a file mapping that may be cut off beneath: SIGBUS becomes an error. */
#ifndef TOOLS_READING_MAPPED_COPY_H
#define TOOLS_READING_MAPPED_COPY_H

#include <stddef.h>
#include <stdint.h>

/* Takes SIGBUS over for the whole process; call once, before any thread copies. A SIGBUS elsewhere
 * still kills. */
void mapped_copy_init(void);

/* Copies with plain loads. Returns 0; -ENODATA when the file has no page there (SIGBUS). */
int mapped_copy(void *to, const void *from, size_t length);

/* The same of one number that somebody else may be storing: all of it at once. from: aligned. */
int mapped_load(uint64_t *to, const uint64_t *from);

#endif
