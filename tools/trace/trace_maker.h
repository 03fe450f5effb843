/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a trace of calls as an importer meets them: numbers names, files, handles and maps, knows
 * which file has which name at the time, and works out how large files were before it all began.
 * Its memory grows with names, files and threads, which are limited, not with calls.
 */
#ifndef TOOLS_TRACE_TRACE_MAKER_H
#define TOOLS_TRACE_TRACE_MAKER_H

#include "tools/trace/trace.h"

/* No call takes longer, and none comes later after all others: clocks are set meanwhile. ns */
#define MAKER_GAP UINT64_C(3600000000000)

struct maker_name {
	char *path;
	uint32_t file; /* that has it now; 0: none */
};

struct maker_file {
	struct trace_file file;
	bool exact;    /* its size before is known */
	bool modified; /* its size may have changed since */
	bool mapped;   /* some of it was */
	uint64_t size; /* now, as far as known */
};

/* A hole that was made: by fallocate, or by a truncation, to the end that the file had. */
struct maker_hole {
	uint32_t file;
	uint64_t offset, length; /* bytes */
};

enum { MAKER_HOLES = 256 };

struct trace_maker {
	struct trace_writer writer;
	struct maker_name *names; /* from 1 */
	uint32_t *slots;          /* hash table: numbers of names */
	uint32_t name_count, name_room;
	struct maker_file *files; /* from 1 */
	uint32_t file_count, file_room;
	struct maker_hole holes[MAKER_HOLES]; /* different ones; of more the first are kept */
	size_t hole_count;
	uint32_t handle_count, map_count, thread_count;
	uint64_t *thread_ends; /* ns, by thread */
	uint64_t begin;        /* time of the recording that the trace counts from, ns */
	uint64_t last;         /* end of the last call, ns of the trace */
	uint64_t counts[TRACE_OPS];
	bool no_memory;        /* a name or a file found none: the trace is not whole */
	uint64_t gaps;         /* of more than MAKER_GAP, cut to that */
	uint64_t out_of_order; /* calls that began before their thread's last one had ended */
};

/* Returns 0 or -ENOMEM (reported); close in either case. */
int maker_open(struct trace_maker *maker, FILE *to, const char *kind);

/* Writes files and end. */
void maker_finish(struct trace_maker *maker);

void maker_close(struct trace_maker *maker);

/* The number of a name; 0: not one that a trace may have, too many, or no memory. path:
 * relative. */
uint32_t maker_name(struct trace_maker *maker, const char *path);

/* A file that has the name from now on. exists: and had it before the trace began. 0: too many, or
 * no memory. */
uint32_t maker_new_file(struct trace_maker *maker, uint32_t name, bool exists);

/* The file of a name; when it is not known yet, one that was there before. 0: too many,
 * or no memory. */
uint32_t maker_file(struct trace_maker *maker, uint32_t name);

/* A thread, handle or map more. 0: too many. */
uint32_t maker_thread(struct trace_maker *maker);
uint32_t maker_handle(struct trace_maker *maker);
uint32_t maker_map(struct trace_maker *maker);

/* The file of `from` has the name `to` as well; moved: and not `from`. */
void maker_renamed(struct trace_maker *maker, uint32_t from, uint32_t to, bool moved);

/* What tells sizes: that it is so large; that a read of `wanted` at offset gave `got`; that it ends
 * there at least (a write, an allocation); that it ends there; that a mapping went to there. */
void maker_saw_size(struct trace_maker *maker, uint32_t file, uint64_t size);
void maker_saw_read(struct trace_maker *maker, uint32_t file, uint64_t offset, uint64_t wanted,
		    uint64_t got);
void maker_grew(struct trace_maker *maker, uint32_t file, uint64_t end);
void maker_cut(struct trace_maker *maker, uint32_t file, uint64_t size);
void maker_saw_map(struct trace_maker *maker, uint32_t file, uint64_t end);

/* The size of a file now, as far as known. */
uint64_t maker_size(const struct trace_maker *maker, uint32_t file);

/*
 * Writes a call. call: its start is a time of the recording, ns; that and `took` become those of
 * the trace. A call that overlapped the last one of its thread starts when that one ended, and ends
 * when it ended itself, or at once.
 */
void maker_call(struct trace_maker *maker, struct trace_call *call);

#endif
