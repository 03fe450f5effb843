/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of the kernel that runs, as /proc/kallsyms lists them. */
#ifndef INJECTOR_KERNEL_SYMBOLS_H
#define INJECTOR_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct kernel_symbol {
	uint64_t address; /* 0 where the kernel hides it */
	char name[128];
};

/* Takes the next one from the open list, which is in no order. Returns whether there was one. */
bool kernel_symbol_next(FILE *list, struct kernel_symbol *symbol);

/* Opens the list; the caller closes it. NULL with errno set. */
FILE *kernel_symbols_open(void);

/* Where the symbol at that address ends: at the next one. Goes through the open list from its start.
 * UINT64_MAX: it is the last. */
uint64_t kernel_symbol_end(FILE *list, uint64_t address);

/* Whether there is a function of that whole name. */
bool kernel_symbol_exists(const char *name);

#endif
