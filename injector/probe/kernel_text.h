/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code of one kernel: its symbols, and a way to read its memory, which holds the code as the
 * kernel has patched itself. */
#ifndef INJECTOR_PROBE_KERNEL_TEXT_H
#define INJECTOR_PROBE_KERNEL_TEXT_H

#include "injector/probe/kernel_symbols.h"
#include "injector/probe/machine_code.h"

#include <stddef.h>
#include <stdint.h>

/* Reads `size` bytes of the kernel's memory from its address on. Returns 0 or -errno, not
 * reported. */
typedef int (*code_reader)(void *context, uint64_t address, void *into, size_t size);

struct kernel_text {
	const struct kernel_symbols *symbols;
	enum machine_isa isa;
	code_reader read;
	void *context; /* of read */
};

/* Fills in that of the kernel that runs, whose symbols are given, read from /proc/kcore; reading
 * fails with -EPERM where the kernel is locked down, with -ENOENT where it has no such file.
 * Returns 0; -ENOTSUP: the machine has another ISA. */
int kernel_text_here(struct kernel_text *text, const struct kernel_symbols *symbols);

/*
 * Reads the code of the function that begins at an address, up to the next symbol and at most 64
 * KiB. code: the caller's, to be freed; NULL on failure. Returns its length in bytes or -errno.
 */
int kernel_text_function(const struct kernel_text *text, uint64_t address, void **code);

#endif
