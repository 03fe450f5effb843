/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds calls of one kernel function in another, in the machine code. A probe at a call reaches
 * places without a traceable function: the callee may refuse probes (lib/xarray.c is built without
 * ftrace), the call instruction does not.
 */
#ifndef INJECTOR_PROBE_CALL_SITE_H
#define INJECTOR_PROBE_CALL_SITE_H

#include "injector/probe/kernel_text.h"

#include <stddef.h>

/*
 * Finds direct calls and tail calls. offsets: of the first `most`, in bytes from the start of the
 * caller. Returns how many (0: there are none); -ENOENT no such functions, or their addresses are
 * hidden; else -errno of kernel_text_function() or machine_code_walk(). Not reported.
 */
int call_site_find(const struct kernel_text *text, const char *caller, const char *callee,
		   size_t *offsets, size_t most);

#endif
