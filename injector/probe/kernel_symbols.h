/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of a kernel, as /proc/kallsyms or a System.map lists them. To read that takes a
 * second in a guest without KVM, so it is read once for all that is looked up.
 *
 * A name may be there several times: static functions of several files, or of several modules. One
 * address may have several names.
 */
#ifndef INJECTOR_PROBE_KERNEL_SYMBOLS_H
#define INJECTOR_PROBE_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kernel_symbols;

struct kernel_symbol {
	uint64_t address; /* 0 where the kernel hides it */
	const char *name; /* the symbols' */
};

/* Reads those of the kernel that runs; the caller frees them with kernel_symbols_free(). NULL with
 * errno set, not reported.
 */
struct kernel_symbols *kernel_symbols_read(void);

/* Whether functions can be found by them. symbols: as kernel_symbols_read() returned them, with
 * errno as it left it for NULL. why: what is missing, if not. */
bool kernel_symbols_usable(const struct kernel_symbols *symbols, char *why, size_t size);

/* The same from a list of lines "ADDRESS TYPE NAME[\tMODULE]". text: malloc'ed; the symbols' from
 * now on, also on failure. Lines of another form, and symbols that are not code, are left out. */
struct kernel_symbols *kernel_symbols_parse(char *text);

/* Not an error: NULL. */
void kernel_symbols_free(struct kernel_symbols *symbols);

/* All of them by address, and by name where it is the same. count: set. */
const struct kernel_symbol *kernel_symbols_all(const struct kernel_symbols *symbols, size_t *count);

/* The function of that whole name, the lowest where there are several; NULL: there is none. */
const struct kernel_symbol *kernel_symbols_find(const struct kernel_symbols *symbols,
						const char *name);

/* The function that an address lies in, by the shortest of its names; NULL: it is before all. */
const struct kernel_symbol *kernel_symbols_at(const struct kernel_symbols *symbols,
					      uint64_t address);

/* Where the function at that address ends: at the next one. UINT64_MAX: it is the last. */
uint64_t kernel_symbols_end(const struct kernel_symbols *symbols, uint64_t address);

#endif
