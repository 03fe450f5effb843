/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces: calls on files as they were recorded, for the workload `replay`. Importers write them,
 * call by call; the workload loads them whole. tools/doc/workloads.md describes the text:
 *
 *	foliostorm-trace 1 KIND
 *	name N PATH                  before its first use; N goes up from 1
 *	handle H FILE FLAGS NAME     open already when the trace begins
 *	THREAD START TOOK OP FILE HANDLE OTHER FLAGS OFFSET LENGTH RESULT
 *	file N SIZE NAME LARGEST     at the end; SIZE "-": made in the trace
 *	end CALLS
 *
 * Threads, files, handles, maps and names are numbers from 1, and 0 is none; FLAGS is hexadecimal;
 * times are ns since the trace began; RESULT is negative errno, or what the call returned. Calls of
 * one thread are in its order; calls of several are about in the order of their ends.
 */
#ifndef TOOLS_TRACE_TRACE_H
#define TOOLS_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum trace_op {
	TRACE_OPEN,   /* other: name; flags; length: mode; handle: new, 0 when it failed */
	TRACE_CLOSE,  /* handle */
	TRACE_DUP,    /* handle; other: new handle */
	TRACE_READ,   /* handle; offset, -1: not known; length; flags: vectors, 0: plain, and
			 TRACE_RWF times RWF_* of preadv2(2) */
	TRACE_PREAD,  /* the same */
	TRACE_WRITE,  /* the same */
	TRACE_PWRITE, /* the same */
	TRACE_LSEEK,  /* handle; offset; flags: whence */
	TRACE_FSTAT,  /* handle; length: the size that was seen */
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
	TRACE_COPY,      /* handle; other: handle written to; offset; flags: offset there; length */
	TRACE_SENDFILE,  /* handle; other: handle written to, 0: no file of the trace; offset;
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
};

struct trace_file {
	bool exists;      /* before the trace begins */
	uint64_t size;    /* then, bytes */
	uint64_t largest; /* that it ever gets, about */
	uint32_t name;    /* its first; 0: it never had one */
};

/* A handle that is there from the start. */
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
	struct trace_file *files; /* files[0] is nothing */
	size_t file_count;
	struct trace_handle *handles;
	size_t handle_count;
	uint32_t threads, last_handle, last_map;
};

/* As they stand in a trace: "pread". */
extern const char *const trace_op_names[TRACE_OPS];

/*
 * Loads a trace. trace: filled in; release with trace_release() also on error. why: what is wrong
 * with it, "line 3: ...". Returns 0, -EINVAL, or -errno of the file.
 */
int trace_load(struct trace *trace, const char *path, char *why, size_t size);

void trace_release(struct trace *trace);

/* Writes a trace, buffered by `to`, which shows errors at the end. */
struct trace_writer {
	FILE *to;
	uint64_t calls;
	uint64_t bytes; /* written */
	uint64_t most;  /* of them; the caller may change it */
	bool full;      /* lines were left out: they would have been more than `most` */
};

/* Without a limit, at first. */
void trace_write_begin(struct trace_writer *writer, FILE *to, const char *kind);
/* path: relative, any bytes but NUL. */
void trace_write_name(struct trace_writer *writer, uint32_t number, const char *path);
void trace_write_handle(struct trace_writer *writer, const struct trace_handle *handle);
void trace_write_call(struct trace_writer *writer, const struct trace_call *call);
void trace_write_file(struct trace_writer *writer, uint32_t number, const struct trace_file *file);
void trace_write_end(struct trace_writer *writer);

/* Undoes %XX in place. Returns false where that is no byte, or a NUL. */
bool trace_decode(char *text);

/* Whether a path may be a name in a trace: relative, without "." and "..", not too long. */
bool trace_name_allowed(const char *path);

#endif
