/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an import of strace knows at a line: the threads, which of them share descriptors and
 * memory, what their descriptors and mappings are, and the trace that is being made.
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

/* What several descriptors may be of. */
struct strace_description {
	unsigned int refs;
	uint32_t file;
	int64_t position; /* -1: not known */
	bool append;
};

struct strace_fd {
	struct strace_description *description; /* NULL: not of a file that is taken */
	uint32_t handle;
	uint64_t path; /* strace_path_hash() of what strace shows of it */
};

struct strace_fds {
	unsigned int refs;
	struct strace_fd *items;
	size_t room;
};

struct strace_map {
	uint64_t address, length;
	uint32_t map, file;
	uint64_t offset; /* in the mapping, of the address: it may have lost its head */
	uint64_t since;  /* when mmap() returned, ns */
};

struct strace_maps {
	unsigned int refs;
	struct strace_map *items;
	size_t count, room;
};

struct strace_thread {
	int tid;
	uint16_t number; /* in the trace; 0: it had no call so far */
	struct strace_fds *fds;
	struct strace_maps *maps;
	char *cwd; /* NULL: not known */
	bool gone; /* its number may be another's now */
	/* A call that is unfinished. */
	char *pending;
	size_t pending_length;
	uint64_t pending_start;
};

/* A directory, and what went on in it. */
struct strace_place {
	char *path;
	size_t length;
	uint64_t traffic; /* calls on its files that move data */
	uint64_t skipped, first_line;
};

struct strace {
	struct import *import;
	size_t held;  /* bytes of what follows the threads */
	bool pathful; /* paths are shown with descriptors */
	bool full;    /* something found no room in STRACE_HELD_MAX, or no memory */
	struct trace_maker maker;
	char under[PATH_MAX]; /* without a slash at its end, unless it is "/" */
	size_t under_length;
	struct strace_thread **threads; /* hash table by tid */
	unsigned int thread_count;
	struct strace_thread *last_thread;
	struct strace_thread *forking; /* who had an unfinished clone last */
	int first_tid;                 /* of the thread whose first lines have none; 0: not known */
	struct strace_thread *sole;    /* whose later lines have none, as it is the last one */
	struct strace_place places[STRACE_PLACES_MAX];
	size_t place_count, last_place;
	uint64_t elsewhere; /* calls in places that found no room */
	uint64_t line;
	uint64_t now; /* time of the line, ns */
};

/* As realloc(), and free(), of what is kept of threads: all of it together is bounded. Returns
 * NULL, with `full` set, where it would be more. */
void *strace_hold(struct strace *strace, void *memory, size_t size);
void strace_let_go(struct strace *strace, void *memory);

uint64_t strace_path_hash(struct strace_text path);

int strace_open(struct strace *strace, struct import *import);
void strace_close(struct strace *strace);

/* The thread of a tid, made when it is not there. NULL: too many, or no memory. */
struct strace_thread *strace_thread(struct strace *strace, int tid);

/*
 * The thread of a line. strace -f on a terminal numbers lines only while there are several threads:
 * those before are of the first that gets a number and is nobody's child, those after of who is
 * left. resumes: the line ends a call that is unfinished. Returns as strace_thread().
 */
struct strace_thread *strace_line_thread(struct strace *strace, int tid, bool resumes);

/* `parent` made `tid`, that shares its descriptors and memory, or has copies. */
void strace_forked(struct strace *strace, struct strace_thread *parent, int tid, bool shares_fds,
		   bool shares_memory);

/* It has ended; its tid may come again. */
void strace_gone(struct strace *strace, struct strace_thread *thread);

/* Its descriptor, NULL when it is none of a file that is taken. */
struct strace_fd *strace_fd(struct strace_thread *thread, int fd);

/* Makes a descriptor: of a new description (description NULL), or one more of another's. path: its
 * hash. Returns it; NULL without memory. */
struct strace_fd *strace_fd_set(struct strace *strace, struct strace_thread *thread, int fd,
				struct strace_description *description, uint32_t file,
				uint32_t handle, uint64_t path);

void strace_fd_drop(struct strace *strace, struct strace_fd *fd);

/* Adds a mapping. */
void strace_map_add(struct strace *strace, struct strace_thread *thread,
		    const struct strace_map *map);

/* Sets where its relative paths begin. */
void strace_set_cwd(struct strace *strace, struct strace_thread *thread, const char *path);

/* The place of a path's directory; NULL: too many. path: absolute. */
struct strace_place *strace_place(struct strace *strace, struct strace_text path);

/* Whether an absolute path is below the directory taken; if so, what follows it. */
bool strace_below(const struct strace *strace, struct strace_text path, struct strace_text *rest);

/* Counts a call on a file that is not taken. */
void strace_skip(struct strace *strace, struct strace_text path);

#endif
