/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of strace that move data, or the position that they use. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_TRANSFERS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_TRANSFERS_H

#include "tools/import/importers/strace_paths.h"

/* Variants of strace_take_transfer: a buffer, or vectors. */
enum { STRACE_PLAIN, STRACE_VECTORS };

/* See struct strace_row. */
STRACE_TAKE(strace_take_transfer);
STRACE_TAKE(strace_take_submit);
STRACE_TAKE(strace_take_uring);
STRACE_TAKE(strace_take_lseek);

/* Moves the position behind the `result` bytes moved at `offset`; -1: it is not known. */
void strace_move_position(struct strace_description *description, int64_t offset, int64_t result);

/* The offset that argument i points to, "[4096]"; -1: NULL. good: cleared where it is neither. */
int64_t strace_pointed_offset(const struct strace_call *call, unsigned int i, bool *good);

#endif
