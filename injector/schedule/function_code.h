/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The code of one function of a kernel: the parts into which the compiler has split it, and their
 * calls and returns.
 */
#ifndef INJECTOR_SCHEDULE_FUNCTION_CODE_H
#define INJECTOR_SCHEDULE_FUNCTION_CODE_H

#include "injector/probe/kernel_text.h"

#include <stdbool.h>
#include <stddef.h>

enum { FUNCTION_PARTS_MAX = 16 };

enum function_part_kind {
	PART_WHOLE, /* F, F.isra.0, F.constprop.0: entered by calls of F */
	PART_PIECE, /* F.part.0: the rest of F where its beginning is inlined */
	PART_COLD,  /* F.cold: rare blocks, entered by jumps from F */
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
	const struct function_part *part;   /* that contains it */
	uint64_t address, next;             /* next: of the following instruction */
	const struct kernel_symbol *callee; /* NULL: known only at run time, or a return */
	bool returns;                       /* a return */
	bool jumps;                         /* a tail call, from which nothing returns here */
};

/*
 * Finds the parts of a function. name, kernel: must outlive code. Returns 0; or, with why filled
 * in: -ENOENT no such function, -ENOTUNIQ several functions, -EPERM addresses are hidden or there
 * are no symbols, -E2BIG more than FUNCTION_PARTS_MAX parts.
 */
int function_code_find(struct function_code *code, const char *name,
		       const struct kernel_text *kernel, char *why, size_t size);

/* Whether calls of the function enter a part: each whole one, or, without any, each piece. */
bool function_code_entered(const struct function_code *code, const struct function_part *part);

/*
 * Calls `visit` for each call and return of all parts, whole ones first and cold ones last, until
 * it returns not 0. Returns that value, 0, or, with why filled in, -errno if the code cannot be
 * read.
 */
int function_code_walk(const struct function_code *code,
		       int (*visit)(void *context, const struct function_place *place),
		       void *context, char *why, size_t size);

/* Whether the function at a symbol has that name, by itself, an alias, or as a part of it. symbol:
 * one of the kernel's. */
bool function_code_is(const struct kernel_text *kernel, const struct kernel_symbol *symbol,
		      const char *name);

#endif
