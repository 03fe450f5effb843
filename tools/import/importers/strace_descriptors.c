/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The descriptors that calls of strace name. */
#include "injector/base/array.h"
#include "tools/import/importers/strace_paths.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void strace_emit(struct strace *strace, struct strace_thread *thread, struct trace_call *call)
{
	if (!thread->number)
		thread->number = (uint16_t)maker_thread(&strace->maker);
	call->thread = thread->number;
	if (thread->number)
		maker_call(&strace->maker, call);
	else
		import_note(&strace->import->account, IMPORT_NOT_USED, 1, strace->line,
			    "calls of more threads than a trace holds");
}

static uint32_t name_of(struct strace *strace, struct strace_text rest)
{
	char path[TRACE_NAME_SIZE];

	return strace_path(rest, path, sizeof(path)) ? maker_name(&strace->maker, path) : 0;
}

/* Adds a descriptor whose open call is not in the log. */
static struct strace_fd *find_open(struct strace *strace, struct strace_thread *thread, int number,
				   struct strace_text path, uint32_t name)
{
	struct trace_maker *maker = &strace->maker;
	struct trace_handle handle = { .file = maker_file(maker, name), .flags = O_RDWR };
	struct strace_fd *fd;

	handle.handle = maker_handle(maker);
	if (!handle.file || !handle.handle)
		return NULL;
	fd = strace_fd_set(strace, thread, number, NULL, handle.file, handle.handle,
			   strace_path_hash(path));
	if (!fd)
		return NULL;
	fd->description->position = -1;
	handle.name = maker->files[handle.file].file.name;
	if (maker->files[handle.file].file.exists && handle.name == name) {
		trace_write_handle(&maker->writer, &handle);
		import_note(&strace->import->account, IMPORT_REMARK, 1, strace->line,
			    "descriptors that were open before, or come from elsewhere");
		return fd;
	}
	strace_emit(strace, thread,
		    &(struct trace_call){ .op = TRACE_OPEN,
					  .start = strace->now,
					  .file = handle.file,
					  .handle = handle.handle,
					  .other = name,
					  .flags = O_RDWR });
	import_note(&strace->import->account, IMPORT_REMARK, 1, strace->line,
		    "descriptors that come from elsewhere, opened anew");
	return fd;
}

static struct strace_fd *known_fd(struct strace *strace, struct strace_thread *thread,
				  struct strace_text text)
{
	struct strace_text path, rest;
	struct strace_fd *fd;
	uint32_t name;
	int number;

	if (!strace_descriptor(text, &number, &path) || number < 0)
		return NULL;
	fd = strace_fd(thread, number);
	if (!path.at || (fd && fd->path == strace_path_hash(path)))
		return fd;
	if (!strace_below(strace, path, &rest)) {
		if (fd)
			strace_fd_drop(strace, fd);
		strace_skip(strace, path);
		return NULL;
	}
	name = name_of(strace, rest);
	/* It was renamed or unlinked. */
	if (fd && fd->description->file && name &&
	    (strace->maker.names[name].file == fd->description->file ||
	     !strace->maker.names[name].file)) {
		fd->path = strace_path_hash(path);
		return fd;
	}
	return name ? find_open(strace, thread, number, path, name) : NULL;
}

/* Calls that only files support. */
static bool is_of_file(const struct strace_call *call)
{
	static const char *const names[] = {
		"lseek",     "_llseek", "pread64",   "pwrite64",    "preadv", "pwritev",
		"ftruncate", "fsync",   "fdatasync", "ftruncate64", "pread",  "pwrite",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strace_is(call->name, names[i]))
			return call->result >= 0;
	return false;
}

/* In a fragment without paths and open calls, a file is named after its descriptor. */
static struct strace_fd *find_unnamed(struct strace *strace, struct strace_thread *thread,
				      const struct strace_call *call)
{
	struct strace_text path;
	char name[16];
	int number;

	if (strace->under_length || strace->pathful || !is_of_file(call) ||
	    !strace_descriptor(call->arguments[0], &number, &path) || path.at || number < 0)
		return NULL;
	snprintf(name, sizeof(name), "fd-%d", number);
	return find_open(strace, thread, number, (struct strace_text){ name, strlen(name) },
			 maker_name(&strace->maker, name));
}

struct strace_fd *strace_our_fd(struct strace *strace, struct strace_thread *thread,
				const struct strace_call *call, unsigned int i)
{
	struct strace_fd *fd;

	if (i >= call->count)
		return NULL;
	fd = known_fd(strace, thread, call->arguments[i]);
	if (!fd && !i)
		fd = find_unnamed(strace, thread, call);
	return fd && fd->description->file ? fd : NULL;
}
