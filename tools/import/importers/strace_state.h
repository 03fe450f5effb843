/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State of an import of strace: the threads, which of them share descriptors and memory, their
 * descriptors and mappings, and the trace being made.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_STATE_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_STATE_H

#include "tools/import/import.h"
#include "tools/import/importers/strace_line.h"
#include "tools/trace/trace_maker.h"

#include <limits.h>

enum {
	STRACE_THREADS_MAX = 32768,
	STRACE_SLOTS = 2 * STRACE_THREADS_MAX,
	STRACE_FDS_MAX = 65536,
	STRACE_MAPS_MAX = 4096,
	STRACE_PENDING_MAX = 16384,
	STRACE_PLACES_MAX = 512,
	STRACE_HELD_MAX = 96 << 20,
};

/* An open file description, which several descriptors may share. */
struct strace_description {
	unsigned int refs;
	uint32_t file;
	int64_t position; /* -1: unknown */
	bool append;
};

struct strace_fd {
	struct strace_description *description; /* NULL: not of a file that counts */
	uint32_t handle;
	uint64_t path;  /* strace_path_hash() of the path that strace shows */
	uint64_t since; /* end of the call that returned the number, ns; 0: not known */
	const struct strace_thread *by; /* whose call that was; NULL: it is inherited */
};

struct strace_fds {
	unsigned int refs;
	struct strace_fd *items;
	size_t room;
};

struct strace_map {
	uint64_t address, length;
	uint32_t map, file;
	uint64_t offset; /* offset of `address` in the mapping, which may have lost its head */
	uint64_t since;  /* when mmap() returned, ns */
	const struct strace_thread *by; /* who called it; NULL: it is inherited */
};

struct strace_maps {
	unsigned int refs;
	struct strace_map *items;
	size_t count, room;
};

struct strace_thread {
	int tid;
	uint16_t number; /* in the trace; 0: no call yet */
	struct strace_fds *fds;
	struct strace_maps *maps;
	char *cwd;                          /* NULL: unknown */
	bool gone;                          /* ended: its tid may be reused */
	uint64_t born;                      /* time of its first line, ns */
	const struct strace_thread *parent; /* from which it has its tables, a guess; or NULL */
	/* An unfinished call. */
	char *pending;
	size_t pending_length;
	uint64_t pending_start;
};

/* A directory, and the calls in it. */
struct strace_place {
	char *path;
	size_t length;
	uint64_t traffic; /* calls that move data, weighted */
	uint64_t skipped, first_line;
};

struct strace {
	struct import *import;
	size_t held;  /* bytes allocated for threads and directories */
	bool pathful; /* strace shows paths with descriptors */
	bool full;    /* STRACE_HELD_MAX was reached, or no memory */
	struct trace_maker maker;
	char under[PATH_MAX]; /* without a trailing slash; "": the root */
	size_t under_length;
	struct strace_thread **threads; /* hash table by tid */
	unsigned int thread_count;
	struct strace_thread *last_thread;
	struct strace_thread *forking; /* thread with the latest unfinished clone */
	/* Real tid of the thread whose first lines have none; 0: unknown. */
	int first_tid;
	struct strace_thread *sole; /* last thread, whose lines have no tid any more */
	struct strace_place places[STRACE_PLACES_MAX];
	size_t place_count, last_place;
	uint64_t elsewhere; /* calls in directories that found no place */
	uint64_t line;
	uint64_t now; /* time of the current line, ns */
};

/* Like realloc() and free(), for all that is kept; the sum is limited to STRACE_HELD_MAX.
 * strace_hold() returns NULL and sets `full` if it would be exceeded, or without memory. */
void *strace_hold(struct strace *strace, void *memory, size_t size);
void strace_let_go(struct strace *strace, void *memory);

/* FNV-1a. */
uint64_t strace_path_hash(struct strace_text path);

int strace_open(struct strace *strace, struct import *import);
void strace_close(struct strace *strace);

/* The thread of a tid, created if it is new. NULL: too many threads, or no memory. */
struct strace_thread *strace_thread(struct strace *strace, int tid);

/*
 * The thread of a line. On a terminal, strace -f prints tids only while there are several threads:
 * earlier lines belong to the first thread that gets a tid and has no known parent, later lines to
 * the last thread left. resumes: the line resumes a call. Returns as strace_thread() does.
 */
struct strace_thread *strace_line_thread(struct strace *strace, int tid, bool resumes);

/*
 * `parent` created `tid` by a call that began at `start` (ns); it shares the parent's descriptors
 * and memory, or has copies. If `tid` has had lines since then, its parent was guessed: it now gets
 * the tables of `parent`, and keeps what it has opened and mapped itself.
 */
void strace_forked(struct strace *strace, struct strace_thread *parent, int tid, uint64_t start,
		   bool shares_fds, bool shares_memory);

/* The thread has ended; its tid may be reused. */
void strace_gone(struct strace *strace, struct strace_thread *thread);

/* The thread's descriptor; NULL: not of a file that counts. */
struct strace_fd *strace_fd(struct strace_thread *thread, int fd);

/* Sets a descriptor, with a new description (description NULL) or one more reference to an existing
 * one. path: see struct strace_fd. Returns it; NULL: number out of range, or no memory. */
struct strace_fd *strace_fd_set(struct strace *strace, struct strace_thread *thread, int fd,
				struct strace_description *description, uint32_t file,
				uint32_t handle, uint64_t path);

/* Closes a descriptor, and frees its description with the last reference. */
void strace_fd_drop(struct strace *strace, struct strace_fd *fd);

/* Adds a mapping to those of the thread; ignored beyond STRACE_MAPS_MAX. */
void strace_map_add(struct strace *strace, struct strace_thread *thread,
		    const struct strace_map *map);

/* Sets the directory of relative paths. */
void strace_set_cwd(struct strace *strace, struct strace_thread *thread, const char *path);

/* The directory of a path, created if it is new; NULL: too many, or no memory. path: absolute. */
struct strace_place *strace_place(struct strace *strace, struct strace_text path);

/* Whether an absolute path is below the chosen directory. rest: set to the part below it. */
bool strace_below(const struct strace *strace, struct strace_text path, struct strace_text *rest);

/* Counts a call on a file that does not count. */
void strace_skip(struct strace *strace, struct strace_text path);

#endif
