/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that the import of strace knows: a table, one row each. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_CALLS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_CALLS_H

#include "tools/import/importers/strace_state.h"

/* The outcome of taking a call. */
enum strace_outcome {
	STRACE_USED,
	STRACE_ELSEWHERE, /* on other files, or on none */
	STRACE_NOT_USED,  /* on a file that counts, but cannot be replayed: see `why` */
	STRACE_GARBLED,   /* its arguments make no sense */
};

struct strace_row {
	const char *name;
	/* why: set for STRACE_NOT_USED; a constant. */
	enum strace_outcome (*take)(struct strace *strace, struct strace_thread *thread,
				    const struct strace_call *call, uint64_t start,
				    const struct strace_row *row, const char **why);
	uint8_t op;      /* enum trace_op, if one function takes several calls */
	uint8_t variant; /* difference between such calls */
	uint8_t weight;  /* for choosing a directory: higher for calls that change files */
};

/* A call for the trace, with what all calls have in common. */
static inline struct trace_call strace_call_base(const struct strace_call *call, uint64_t start,
						 uint8_t op)
{
	return (struct trace_call){
		.op = op, .start = start, .took = call->took, .result = call->result
	};
}

/* Argument i as a number. good: set to false if it is missing or not a number. */
static inline int64_t strace_number_of(const struct strace_call *call, unsigned int i, bool *good)
{
	int64_t number = 0;

	if (i >= call->count || !strace_number(call->arguments[i], &number))
		*good = false;
	return number;
}

/* The row of a name; NULL: unknown. */
const struct strace_row *strace_row(struct strace_text name);

#endif
