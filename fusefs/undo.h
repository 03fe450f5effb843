/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking back what an answer gave to the kernel, when the answer is replaced by an error or never
 * arrives. */
#ifndef FUSEFS_UNDO_H
#define FUSEFS_UNDO_H

#include "fusefs/state.h"

/* Drops the look-ups and closes the handle in the body of a successful answer, `size` bytes without
 * the header. */
void undo(struct layer *layer, uint32_t opcode, const void *body, size_t size);

#endif
