/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes back what an answer gave to the kernel, if the answer does not arrive or is replaced by an
 * error. */
#ifndef FUSEFS_UNDO_H
#define FUSEFS_UNDO_H

#include "fusefs/state.h"

/* Drops the look-ups and releases the handle in a successful answer. body: the answer without its
 * header, `size` bytes. */
void undo(struct layer *layer, uint32_t opcode, const void *body, size_t size);

#endif
