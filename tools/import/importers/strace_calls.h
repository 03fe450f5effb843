/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that an import of strace knows: a table, a row each. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_CALLS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_CALLS_H

#include "tools/import/importers/strace_state.h"

/* What became of a call. */
enum strace_outcome {
	STRACE_USED,
	STRACE_ELSEWHERE, /* it is on other files, or none */
	STRACE_NOT_USED,  /* it is on a file that is taken, and cannot be replayed: see `why` */
	STRACE_GARBLED,   /* its arguments are not what they should be */
};

struct strace_row {
	const char *name;
	/* why: set for STRACE_NOT_USED, a constant text. */
	enum strace_outcome (*take)(struct strace *strace, struct strace_thread *thread,
				    const struct strace_call *call, uint64_t start,
				    const struct strace_row *row, const char **why);
	uint8_t op;      /* enum trace_op, where one function takes several calls */
	uint8_t variant; /* what they differ in */
	uint8_t weight;  /* in the choice of a directory: more for what changes files */
};

/* A call as the trace has it, with what all calls have alike. */
static inline struct trace_call strace_call_base(const struct strace_call *call, uint64_t start,
						 uint8_t op)
{
	return (struct trace_call){
		.op = op, .start = start, .took = call->took, .result = call->result
	};
}

/* Argument i as a number. good: turns false where it is not there (it has no text then) or is no
 * number. */
static inline int64_t strace_number_of(const struct strace_call *call, unsigned int i, bool *good)
{
	int64_t number = 0;

	if (i >= call->count || !strace_number(call->arguments[i], &number))
		*good = false;
	return number;
}

/* The row of a name; NULL when it is not known. */
const struct strace_row *strace_row(struct strace_text name);

#endif
