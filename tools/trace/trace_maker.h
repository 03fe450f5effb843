/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a trace from the calls that an importer reads. It numbers names, files, handles and maps,
 * tracks which file has which name, and infers the sizes of files at the begin of the trace. Its
 * memory grows with names, files and threads, which are limited, not with calls.
 */
#ifndef TOOLS_TRACE_TRACE_MAKER_H
#define TOOLS_TRACE_TRACE_MAKER_H

#include "tools/trace/trace.h"

/* Longest call, and longest time without a call, in ns. More means that a clock was set; it is
 * cut. */
#define MAKER_GAP UINT64_C(3600000000000)

struct maker_name {
	char *path;
	uint32_t file; /* that now has this name; 0: none */
};

struct maker_file {
	struct trace_file file;
	bool exact;    /* its size at the begin is known */
	bool modified; /* its size may have changed since the begin */
	bool mapped;   /* a part of it was mapped */
	uint64_t size; /* its size now, as far as known, bytes */
};

/* A hole made by fallocate, or the end of a file that a truncation removed. */
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
	struct maker_hole holes[MAKER_HOLES]; /* the first different ones */
	size_t hole_count;
	uint32_t handle_count, map_count, thread_count;
	uint64_t *thread_ends; /* end of each thread's last call, ns of the trace */
	uint64_t begin;        /* begin of the trace in the recording's clock, ns */
	uint64_t last;         /* end of the last call, ns of the trace */
	uint64_t counts[TRACE_OPS];
	bool no_memory;        /* for a name or a file: the trace is incomplete */
	uint64_t gaps;         /* of more than MAKER_GAP, which were cut */
	uint64_t out_of_order; /* calls that began before the end of their thread's last call */
};

/* Begins a trace. Returns 0 or -ENOMEM (reported). Call maker_close() in any case. */
int maker_open(struct trace_maker *maker, FILE *to, const char *kind);

/* Writes the lines of files and the end. */
void maker_finish(struct trace_maker *maker);

void maker_close(struct trace_maker *maker);

/* Returns the number of a name; 0: not valid in a trace, too many, or no memory. path: relative. */
uint32_t maker_name(struct trace_maker *maker, const char *path);

/* Adds a file that has the name from now on. name: may be 0. exists: it existed before the trace
 * began. Returns its number; 0: too many, or no memory. */
uint32_t maker_new_file(struct trace_maker *maker, uint32_t name, bool exists);

/* Returns the file of a name; if there is none, adds one that existed before. 0: too many, or no
 * memory. */
uint32_t maker_file(struct trace_maker *maker, uint32_t name);

/* Add a thread, a handle or a map. Return its number; 0: too many. */
uint32_t maker_thread(struct trace_maker *maker);
uint32_t maker_handle(struct trace_maker *maker);
uint32_t maker_map(struct trace_maker *maker);

/* Gives the file of name `from` the name `to`, too. moved: it loses the name `from`. */
void maker_renamed(struct trace_maker *maker, uint32_t from, uint32_t to, bool moved);

/* Note what a call tells about the size of a file, in bytes: it has `size`; a read of `wanted`
 * bytes at `offset` returned `got`; it was extended to at least `end` (a write, an allocation); it
 * was truncated to `size`; it was mapped up to `end`. */
void maker_saw_size(struct trace_maker *maker, uint32_t file, uint64_t size);
void maker_saw_read(struct trace_maker *maker, uint32_t file, uint64_t offset, uint64_t wanted,
		    uint64_t got);
void maker_grew(struct trace_maker *maker, uint32_t file, uint64_t end);
void maker_cut(struct trace_maker *maker, uint32_t file, uint64_t size);
void maker_saw_map(struct trace_maker *maker, uint32_t file, uint64_t end);

/* Returns the size of a file now, as far as known, in bytes. */
uint64_t maker_size(const struct trace_maker *maker, uint32_t file);

/*
 * Writes a call. call: its start is in the recording's clock, ns; `start` and `took` are changed to
 * those of the trace. A call that overlaps its thread's last call is moved to the end of that call,
 * and keeps its own end if that is later.
 */
void maker_call(struct trace_maker *maker, struct trace_call *call);

#endif
