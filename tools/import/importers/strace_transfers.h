/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that move data, or the file position. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_TRANSFERS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_TRANSFERS_H

#include "tools/import/importers/strace_paths.h"

/* Variants of strace_take_transfer(): with a buffer, or with vectors. */
enum { STRACE_PLAIN, STRACE_VECTORS };

/* See struct strace_row. */
STRACE_TAKE(strace_take_transfer);
STRACE_TAKE(strace_take_submit);
STRACE_TAKE(strace_take_uring);
STRACE_TAKE(strace_take_lseek);

/* Sets the position to the end of `result` bytes at `offset`; ignored if offset is -1 or result not
 * positive. */
void strace_move_position(struct strace_description *description, int64_t offset, int64_t result);

/* The offset that argument i points to, "[4096]"; -1: NULL. good: set to false if it is neither. */
int64_t strace_pointed_offset(const struct strace_call *call, unsigned int i, bool *good);

#endif
