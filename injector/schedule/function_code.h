/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code of one function of a kernel: the parts that the compiler has made of it, and the calls
 * and returns in them.
 */
#ifndef INJECTOR_SCHEDULE_FUNCTION_CODE_H
#define INJECTOR_SCHEDULE_FUNCTION_CODE_H

#include "injector/probe/kernel_text.h"

#include <stdbool.h>
#include <stddef.h>

enum { FUNCTION_PARTS_MAX = 16 };

enum function_part_kind {
	PART_WHOLE, /* F, F.isra.0, F.constprop.0: F is entered there */
	PART_PIECE, /* F.part.0: what is left where the begin of F is inlined */
	PART_COLD,  /* F.cold: rare blocks, which are jumped to */
	FUNCTION_PART_KINDS,
};

struct function_part {
	const struct kernel_symbol *symbol; /* the kernel's */
	enum function_part_kind kind;
};

struct function_code {
	const char *name; /* the caller's */
	const struct kernel_text *kernel;
	struct function_part parts[FUNCTION_PARTS_MAX];
	size_t count;
};

/* A call or a return. */
struct function_place {
	const struct function_part *part;   /* that it is in */
	uint64_t address, next;             /* next: of the instruction behind it */
	const struct kernel_symbol *callee; /* NULL: known only as it runs */
	bool returns;                       /* it is a return, and calls nothing */
	bool jumps;                         /* a tail call: nothing comes back */
};

/*
 * Finds the parts of a function. Returns 0; or, with why filled in: -ENOENT there is no such
 * function, -ENOTUNIQ there are several, -EPERM their addresses are hidden or there are no symbols,
 * -E2BIG it has more parts.
 */
int function_code_find(struct function_code *code, const char *name,
		       const struct kernel_text *kernel, char *why, size_t size);

/* Whether the function is entered at a part: at each whole one; at a piece where there is no
 * whole. */
bool function_code_entered(const struct function_code *code, const struct function_part *part);

/*
 * Shows each call and return of all parts, whole ones first and cold ones last. visit: returns 0 to
 * go on. Returns what it returned, or, with why filled in, -errno where the code cannot be read.
 */
int function_code_walk(const struct function_code *code,
		       int (*visit)(void *context, const struct function_place *place),
		       void *context, char *why, size_t size);

/* Whether a function has that name, an alias of it, or is a part of one that has: not of its
 * beginning. */
bool function_code_is(const struct kernel_text *kernel, const struct kernel_symbol *symbol,
		      const char *name);

#endif
