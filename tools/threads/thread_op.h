/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of scripted threads: one table, thread_ops[]. A row has the operation's name, the
 * keys of a step that it takes, and its effect on the pages of its range. The effect tells the
 * oracle what readers of these pages may get. A new operation is a row and a function of one or two
 * calls.
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
	THREAD_EXPECT_MAX = 8, /* expected outcomes of one step */
	THREAD_PIPE = 1 << 16, /* bytes that a splice moves at a time */
};

/* Outcomes besides errno values. */
enum {
	THREAD_OUTCOME_ANY = -1,
	THREAD_OUTCOME_SIGBUS = 1 << 16,
};

/* The keys that an operation takes, besides `op`, `repeat` and the expected outcome. */
enum thread_key {
	THREAD_KEY_FILE = 1 << 0,  /* file and through */
	THREAD_KEY_RANGE = 1 << 1, /* page, offset and length */
	THREAD_KEY_SIZE = 1 << 2,  /* of a file, or of the operation, in bytes */
	THREAD_KEY_ADVICE = 1 << 3,
	THREAD_KEY_TIME = 1 << 4,
	THREAD_KEY_TO = 1 << 5, /* the name of another file of the scenario */
};

/* The effect of an operation on its range. */
enum thread_effect {
	THREAD_LEAVES,    /* the bytes stay */
	THREAD_JUDGES,    /* the bytes stay; each page that is read is judged */
	THREAD_ZEROS,     /* the bytes become zeros */
	THREAD_STORES,    /* the pages get a new stamp */
	THREAD_ALLOCATES, /* the file grows to the end of the range, with zeros */
	THREAD_CUTS,      /* the file gets `size` bytes */
	THREAD_SHIFTS,    /* from the range on, pages are no longer judged */
};

struct thread_op;
struct thread;

/* One step of a scenario. */
struct thread_step {
	const struct thread_op *op;
	char *file;         /* of the scenario; NULL: the first */
	bool through_mount; /* else beneath the layer */
	uint64_t page, offset,
		length;      /* the range: from `offset` bytes after the begin of page `page`;
					  length 0: to the end of the file */
	uint64_t size, time; /* bytes; ns */
	char *advice, *to;
	uint64_t repeat;
	struct schema_list
		expect;       /* of int: 0, errno or THREAD_OUTCOME_*; empty: it must succeed */
	uint64_t must_return; /* within so many ns; 0: only the watchdog limits it */
};

/* The arguments of an operation. */
struct thread_call {
	struct thread *thread;
	const struct thread_step *step;
	const struct target *target; /* of the file */
	int fd;                      /* of the file, in the mount or beneath it */
	uint64_t offset, length;     /* the range, bytes */
	int advice;                  /* for the system call */
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
	bool maps;                          /* uses the thread's mapping of the file */
	bool inspects;                      /* requires the inspector */
	const struct thread_advice *advice; /* of THREAD_KEY_ADVICE */
	/* Returns 0; -ENODATA: SIGBUS on the mapping, or a read beyond the end of the file;
	 * other -errno. */
	int (*act)(struct thread_call *call);
};

/* Ended by a row without a name. */
extern const struct thread_op thread_ops[];

/* Returns the value of an advice by its name; negative: the operation has no such advice. */
int thread_advice_find(const struct thread_op *op, const char *name);

/* The following are in thread_call.c. */

/* Returns the address of the thread's shared, writable mapping of the whole file, made at the first
 * call; NULL with errno on failure. */
char *thread_map(struct thread_call *call);
void thread_unmap(struct thread_call *call);

/* Opens the file for this thread: its later steps use the new descriptor, until thread_close().
 * Both return 0 or -errno. */
int thread_open(struct thread_call *call);
int thread_close(struct thread_call *call);

/* Returns a descriptor of the file's directory, in the mount or beneath it; not to be closed. */
int thread_directory(const struct thread_call *call);

/* Gets the thread's own pipe, made at the first call; the thread closes it. Returns 0 or -errno. */
int thread_pipe(struct thread_call *call, int fds[2]);

/* Returns a descriptor of memory.reclaim of the run's cgroup, or a negative number. */
int thread_reclaim_fd(const struct thread_call *call);

/* Lets the inspector check all files. */
void thread_inspect(const struct thread_call *call);

/* Judges a page that was read at `offset` bytes. page: STAMP_WORDS words; NULL: there was no page.
 * look: thread_look() before the access. */
void thread_judge(struct thread_call *call, uint64_t offset, const uint64_t *page, uint64_t look);
uint64_t thread_look(const struct thread_call *call, uint64_t offset);

/* Fills a page with what a thread writes at `offset` bytes. */
void thread_stamp(const struct thread_call *call, uint64_t offset, uint64_t *page);

#endif
