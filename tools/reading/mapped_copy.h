/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies from a file mapping. If the file was truncated meanwhile, SIGBUS becomes an error. */
#ifndef TOOLS_READING_MAPPED_COPY_H
#define TOOLS_READING_MAPPED_COPY_H

#include <stddef.h>
#include <stdint.h>

/* Installs the SIGBUS handler of the process; call it once, before any thread copies. A SIGBUS
 * elsewhere still kills the process. */
void mapped_copy_init(void);

/* Copies with plain loads. Returns 0; -ENODATA: the file has no page there (SIGBUS). */
int mapped_copy(void *to, const void *from, size_t length);

/* The same for one aligned number that another thread may store, with an atomic load. */
int mapped_load(uint64_t *to, const uint64_t *from);

#endif
