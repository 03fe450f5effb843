/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls of one kernel function from within another, found in the machine code of the kernel that
 * runs: the way to a place where there is no function that can be traced. The callee may be one
 * that refuses probes (lib/xarray.c is built without ftrace); the call instruction does not.
 */
#ifndef INJECTOR_PROBE_CALL_SITE_H
#define INJECTOR_PROBE_CALL_SITE_H

#include "injector/probe/kernel_text.h"

#include <stddef.h>

/*
 * Finds direct calls, and jumps that stand for one.
 * offsets: the first `most` finds, bytes from the start of the caller. Returns how many, at most
 * `most` (0: it does not call it); -ENOENT no such functions, or their addresses are hidden; else
 * -errno of kernel_text_function() or machine_code_walk(). Not reported.
 */
int call_site_find(const struct kernel_text *text, const char *caller, const char *callee,
		   size_t *offsets, size_t most);

#endif
