/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code of one kernel: its symbols, and a function to read its memory, where the code is as the
 * kernel has patched it. */
#ifndef INJECTOR_PROBE_KERNEL_TEXT_H
#define INJECTOR_PROBE_KERNEL_TEXT_H

#include "injector/probe/kernel_symbols.h"
#include "injector/probe/machine_code.h"

#include <stddef.h>
#include <stdint.h>

/* Reads `size` bytes of memory at a kernel address. Returns 0 or -errno, not reported. */
typedef int (*code_reader)(void *context, uint64_t address, void *into, size_t size);

struct kernel_text {
	const struct kernel_symbols *symbols;
	enum machine_isa isa;
	code_reader read;
	void *context; /* of read */
};

/* Fills in the text of the running kernel, which read() gets from /proc/kcore: read() fails with
 * -EPERM if the kernel is locked down, with -ENOENT if it has no such file. symbols: must outlive
 * text. Returns 0; -ENOTSUP the machine has another ISA. */
int kernel_text_here(struct kernel_text *text, const struct kernel_symbols *symbols);

/*
 * Reads the code of the function that begins at an address, up to the next symbol and at most 64
 * KiB. code: allocated, the caller frees it; NULL on failure. Returns its length in bytes or
 * -errno.
 */
int kernel_text_function(const struct kernel_text *text, uint64_t address, void **code);

#endif
