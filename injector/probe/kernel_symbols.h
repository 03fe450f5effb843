/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of a kernel, as /proc/kallsyms or a System.map lists them. Reading the list takes a
 * second in a guest without KVM, so it is read once for all look-ups.
 *
 * A name may be listed several times: static functions of several files or modules. An address may
 * have several names.
 */
#ifndef INJECTOR_PROBE_KERNEL_SYMBOLS_H
#define INJECTOR_PROBE_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel_symbols;

struct kernel_symbol {
	uint64_t address; /* 0: the kernel hides it */
	const char *name; /* owned by the symbols */
};

/* Reads the functions of the running kernel. NULL with errno set, not reported. Release with
 * kernel_symbols_free(). */
struct kernel_symbols *kernel_symbols_read(void);

/* Whether the symbols have functions with addresses. symbols: the result of kernel_symbols_read();
 * if NULL, errno must still be set. why: on false, what is missing. */
bool kernel_symbols_usable(const struct kernel_symbols *symbols, char *why, size_t size);

/* Parses lines "ADDRESS TYPE NAME[\tMODULE]". text: malloc'ed; owned by the symbols, also on
 * failure. Ignores other lines, and symbols that are not code. NULL with errno set. Release with
 * kernel_symbols_free(). */
struct kernel_symbols *kernel_symbols_parse(char *text);

/* NULL is allowed. */
void kernel_symbols_free(struct kernel_symbols *symbols);

/* An array of all functions by address, then by name, owned by the symbols. count: set. */
const struct kernel_symbol *kernel_symbols_all(const struct kernel_symbols *symbols, size_t *count);

/* The function of that whole name, the lowest of several; NULL: none. */
const struct kernel_symbol *kernel_symbols_find(const struct kernel_symbols *symbols,
						const char *name);

/* The function that contains an address, by its shortest name; NULL: the address is before all. */
const struct kernel_symbol *kernel_symbols_at(const struct kernel_symbols *symbols,
					      uint64_t address);

/* The address of the next function, where the one at `address` ends; UINT64_MAX: it is the last. */
uint64_t kernel_symbols_end(const struct kernel_symbols *symbols, uint64_t address);

#endif
