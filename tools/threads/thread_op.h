/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of scripted threads: one table, thread_ops[]. A row says what the operation is
 * called, which keys of a step it takes, and what it makes of the pages of its range, which is what
 * the oracle expects of whoever loads them. Adding one is a row and a function of one or two calls.
 */
#ifndef TOOLS_THREADS_THREAD_OP_H
#define TOOLS_THREADS_THREAD_OP_H

#include "injector/base/schema_key.h"
#include "injector/storm/target.h"
#include "tools/threads/truth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	THREAD_STEPS_MAX = 64, /* of one thread */
	THREAD_EXPECT_MAX = 8, /* outcomes of one step */
	THREAD_PIPE = 1 << 16, /* bytes that a splice moves at a time */
};

/* Outcomes that are no errno. */
enum {
	THREAD_OUTCOME_ANY = -1,
	THREAD_OUTCOME_SIGBUS = 1 << 16,
};

/* Which keys an operation takes, besides `op`, `repeat` and what is expected. */
enum thread_key {
	THREAD_KEY_FILE = 1 << 0,  /* file and through */
	THREAD_KEY_RANGE = 1 << 1, /* page, offset and length */
	THREAD_KEY_SIZE = 1 << 2,  /* of a file, or bytes that it is about */
	THREAD_KEY_ADVICE = 1 << 3,
	THREAD_KEY_TIME = 1 << 4,
	THREAD_KEY_TO = 1 << 5, /* the name of another file of the scenario */
};

/* What becomes of the range. */
enum thread_effect {
	THREAD_LEAVES,    /* its bytes stay */
	THREAD_JUDGES,    /* the same; each page that it reads is judged */
	THREAD_ZEROS,     /* whole or not, it is zeros */
	THREAD_STORES,    /* it is stamped again */
	THREAD_ALLOCATES, /* what is behind the end of the file becomes zeros */
	THREAD_CUTS,      /* the file has `size` bytes: what was behind is gone */
	THREAD_SHIFTS,    /* what is there and behind it is not judged */
};

struct thread_op;
struct thread;

/* One step, as a scenario has it. */
struct thread_step {
	const struct thread_op *op;
	char *file; /* of the scenario; NULL: the first */
	bool through_mount;
	uint64_t page, offset,
		length;      /* the range: from `offset` bytes behind page `page`; length 0: to
					  the end of the file */
	uint64_t size, time; /* bytes; ns */
	char *advice, *to;
	uint64_t repeat;
	struct schema_list
		expect;       /* of int: 0, errno or THREAD_OUTCOME_*; none: it has to end well */
	uint64_t must_return; /* ns; 0: it may take as long as the watchdog lets it */
};

/* What an operation works on. */
struct thread_call {
	struct thread *thread;
	const struct thread_step *step;
	const struct target *target; /* the file's */
	int fd;                      /* of the file, by the way that the step goes */
	uint64_t offset, length;     /* the range, bytes */
	int advice;                  /* of the system call */
	const struct target *to;
};

struct thread_advice {
	const char *name; /* NULL after the last */
	int value;
};

struct thread_op {
	const char *name, *help; /* help: for the reference of keys */
	unsigned int keys;       /* enum thread_key */
	enum thread_effect effect;
	bool maps;                          /* works on the thread's mapping of the file */
	bool inspects;                      /* looks at whole files by the inspector */
	const struct thread_advice *advice; /* of THREAD_KEY_ADVICE */
	/* Returns 0; -ENODATA, of an access by a mapping: SIGBUS, and of a read: there is no page;
	 * -EAGAIN; other -errno. */
	int (*act)(struct thread_call *call);
};

/* All of them, ended by a row without a name. */
extern const struct thread_op thread_ops[];

/* The value of an advice by its name; negative: the operation has none of that name. */
int thread_advice_find(const struct thread_op *op, const char *name);

/* A mapping of the call's whole file, of this thread alone, readable and writable: the address of
 * byte 0. NULL with errno. Of thread_call.c, as are the following. */
char *thread_map(struct thread_call *call);
void thread_unmap(struct thread_call *call);

/* Replaces what later steps of the thread have for the file by an open file of its own. */
int thread_open(struct thread_call *call);
int thread_close(struct thread_call *call);

/* A descriptor of the directory that the file is in, by the way that the step goes. */
int thread_directory(const struct thread_call *call);

/* A pipe of the thread's own, empty, of THREAD_PIPE bytes at least. Returns 0 or -errno. */
int thread_pipe(struct thread_call *call, int fds[2]);

/* memory.reclaim of the run's cgroup, or negative. */
int thread_reclaim_fd(const struct thread_call *call);

/* Has the inspector look at all files, where there is one. */
void thread_inspect(const struct thread_call *call);

/* Judges a page that was read, NULL where there was none. look: truth_look() before the access. */
void thread_judge(struct thread_call *call, uint64_t offset, const uint64_t *page, uint64_t look);
uint64_t thread_look(const struct thread_call *call, uint64_t offset);

/* Fills a page with what the file is to hold there now. */
void thread_stamp(const struct thread_call *call, uint64_t offset, uint64_t *page);

#endif
