/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces: recorded system calls on files, for the workload `replay`. Importers write them, call by
 * call; the workload loads them whole. tools/doc/workloads.md describes the format:
 *
 *	foliostorm-trace 1 KIND
 *	name N PATH                  before its first use; N counts from 1
 *	handle H FILE FLAGS NAME     already open when the trace begins
 *	THREAD START TOOK OP FILE HANDLE OTHER FLAGS OFFSET LENGTH RESULT
 *	file N SIZE NAME LARGEST     at the end; SIZE "-": created in the trace
 *	end CALLS
 *
 * Threads, files, handles, maps and names are numbers from 1, and 0 is none. FLAGS is hexadecimal.
 * START is in ns since the trace began, TOOK in ns. RESULT is negative errno, or the value
 * returned. Calls of one thread are in order; calls of several threads are roughly in the order of
 * their ends.
 */
#ifndef TOOLS_TRACE_TRACE_H
#define TOOLS_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum trace_op {
	TRACE_OPEN,   /* other: name; flags; length: mode; handle: new, 0 if it failed */
	TRACE_CLOSE,  /* handle */
	TRACE_DUP,    /* handle; other: new handle */
	TRACE_READ,   /* handle; offset, -1: not known; length; flags: vectors, 0: plain, and
			 TRACE_RWF times RWF_* of preadv2(2) */
	TRACE_PREAD,  /* the same */
	TRACE_WRITE,  /* the same */
	TRACE_PWRITE, /* the same */
	TRACE_LSEEK,  /* handle; offset; flags: whence */
	TRACE_FSTAT,  /* handle; length: the size returned */
	TRACE_STAT,   /* other: name; length: the same */
	TRACE_MMAP,   /* handle; other: new map; flags: protection | flags << 8; offset; length */
	TRACE_MUNMAP, /* other: map; offset in the map; length */
	TRACE_MSYNC,  /* the same; flags */
	TRACE_FALLOCATE, /* handle; flags: mode; offset; length */
	TRACE_FTRUNCATE, /* handle; length */
	TRACE_TRUNCATE,  /* other: name; length */
	TRACE_FSYNC,     /* handle */
	TRACE_FDATASYNC, /* handle */
	TRACE_SYNC,      /* sync_file_range. handle; flags; offset; length */
	TRACE_RENAME,    /* handle: old name; other: new name; flags */
	TRACE_LINK,      /* handle: old name; other: new name */
	TRACE_UNLINK,    /* other: name */
	TRACE_COPY,      /* handle; other: target handle; offset; flags: target offset; length */
	TRACE_SENDFILE,  /* handle; other: target handle, 0: not a file of the trace; offset;
			    length */
	TRACE_ADVISE,    /* posix_fadvise. handle; flags: advice; offset; length */
	TRACE_OPS,
};

enum { TRACE_RWF = 1 << 16 };

enum {
	TRACE_THREADS_MAX = 4096,
	TRACE_FILES_MAX = 65536,
	TRACE_NAMES_MAX = 65536,
	TRACE_HANDLES_MAX = 1 << 24,
	TRACE_NAME_SIZE = 1024,
};

struct trace_call {
	uint64_t start, took; /* ns */
	int64_t offset, length, result;
	uint64_t flags;
	uint32_t file, handle, other;
	uint16_t thread;
	uint8_t op;
	bool overlaps; /* not in the file: set by replay_find_overlaps() */
};

struct trace_file {
	bool exists;      /* before the trace begins */
	uint64_t size;    /* at that time, bytes */
	uint64_t largest; /* its largest size, roughly, bytes */
	uint32_t name;    /* its first name; 0: none */
};

/* A handle that is open when the trace begins. */
struct trace_handle {
	uint32_t handle, file, name;
	uint64_t flags; /* of open(2) */
};

struct trace {
	char kind[32];
	struct trace_call *calls;
	size_t count;
	char **names; /* names[0] is NULL */
	size_t name_count;
	struct trace_file *files; /* files[0] is unused */
	size_t file_count;
	struct trace_handle *handles;
	size_t handle_count;
	uint32_t threads, last_handle, last_map;
};

/* Their names in a trace: "pread", ... */
extern const char *const trace_op_names[TRACE_OPS];

/*
 * Loads a trace. trace: filled in; call trace_release() in any case. why: gets the error, "line 3:
 * ...", cut to `size` bytes. Returns 0; -EINVAL: invalid trace; other -errno: of the file. Not
 * reported.
 */
int trace_load(struct trace *trace, const char *path, char *why, size_t size);

void trace_release(struct trace *trace);

/* Writes a trace to `to`; the caller checks `to` for errors at the end. */
struct trace_writer {
	FILE *to;
	uint64_t calls;
	uint64_t bytes; /* written so far */
	uint64_t most;  /* limit of `bytes`; the caller may change it */
	bool full;      /* the limit was reached, and later lines were left out */
};

/* Begins a trace, without a limit. */
void trace_write_begin(struct trace_writer *writer, FILE *to, const char *kind);
/* path: relative, any bytes but NUL. */
void trace_write_name(struct trace_writer *writer, uint32_t number, const char *path);
void trace_write_handle(struct trace_writer *writer, const struct trace_handle *handle);
void trace_write_call(struct trace_writer *writer, const struct trace_call *call);
void trace_write_file(struct trace_writer *writer, uint32_t number, const struct trace_file *file);
void trace_write_end(struct trace_writer *writer);

/* Decodes %XX in place. Returns false if XX is not hexadecimal, or is a NUL. */
bool trace_decode(char *text);

/* Returns whether a path is valid as a name in a trace: relative, without "." and "..", not too
 * long. */
bool trace_name_allowed(const char *path);

#endif
