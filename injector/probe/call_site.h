/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of one kernel function from within another, found in the machine code of the kernel that
 * runs: the way to a place where there is no function that can be traced. The callee may be one
 * that refuses probes (lib/xarray.c is built without ftrace); the call instruction does not.
 *
 * Bytes are compared, not decoded, so a find may lie within another instruction; a probe there is
 * refused by the kernel, which does decode (arch/x86/kernel/kprobes/core.c, can_probe()).
 */
#ifndef INJECTOR_PROBE_CALL_SITE_H
#define INJECTOR_PROBE_CALL_SITE_H

#include "injector/probe/kernel_symbols.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Looks through `size` bytes of code that lie at `address` for direct calls of `callee` (x86-64:
 * CALL rel32; arm64: BL).
 * offsets: the first `most` finds, bytes from the start of the code. Returns how many, at most
 * `most`.
 */
size_t call_site_scan(const void *code, size_t size, uint64_t address, uint64_t callee,
		      size_t *offsets, size_t most);

/*
 * The same in the running kernel, whose symbols are given, reading the code from /proc/kcore.
 * Returns how many (0: it does not call it); -ENOENT no such functions, or their addresses are
 * hidden; -EIO the code cannot be had; else -errno of open(2), -EPERM where the kernel is locked
 * down. Not reported.
 */
int call_site_find(const struct kernel_symbols *symbols, const char *caller, const char *callee,
		   size_t *offsets, size_t most);

#endif
