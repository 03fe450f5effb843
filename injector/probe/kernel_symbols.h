/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of the kernel that runs, as /proc/kallsyms lists them. To read that takes a second
 * in a guest without KVM, so it is read once for all that is looked up.
 */
#ifndef INJECTOR_PROBE_KERNEL_SYMBOLS_H
#define INJECTOR_PROBE_KERNEL_SYMBOLS_H

#include <stdint.h>

struct kernel_symbols;

struct kernel_symbol {
	uint64_t address; /* 0 where the kernel hides it */
	const char *name; /* the symbols' */
};

/* Reads them; the caller frees them with kernel_symbols_free(). NULL with errno set, not reported.
 */
struct kernel_symbols *kernel_symbols_read(void);

/* Not an error: NULL. */
void kernel_symbols_free(struct kernel_symbols *symbols);

/* The function of that whole name, the lowest where there are several; NULL: there is none. */
const struct kernel_symbol *kernel_symbols_find(const struct kernel_symbols *symbols,
						const char *name);

/* Where the function at that address ends: at the next one. UINT64_MAX: it is the last. */
uint64_t kernel_symbols_end(const struct kernel_symbols *symbols, uint64_t address);

#endif
