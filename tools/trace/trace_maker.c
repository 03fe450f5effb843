/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/trace/trace_maker.h"
#include "injector/base/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2 * TRACE_NAMES_MAX };

int maker_open(struct trace_maker *maker, FILE *to, const char *kind)
{
	*maker = (struct trace_maker){ .file_room = 256, .name_room = 256 };
	maker->names = calloc(maker->name_room, sizeof(*maker->names));
	maker->slots = calloc(SLOTS, sizeof(*maker->slots));
	maker->files = calloc(maker->file_room, sizeof(*maker->files));
	maker->thread_ends = calloc(TRACE_THREADS_MAX + 1, sizeof(*maker->thread_ends));
	if (!maker->names || !maker->slots || !maker->files || !maker->thread_ends)
		return report(-ENOMEM, "tables of names and files");
	trace_write_begin(&maker->writer, to, kind);
	return 0;
}

void maker_close(struct trace_maker *maker)
{
	for (uint32_t i = 1; maker->names && i <= maker->name_count; i++)
		free(maker->names[i].path);
	free(maker->names);
	free(maker->slots);
	free(maker->files);
	free(maker->thread_ends);
	*maker = (struct trace_maker){ .name_count = 0 };
}

void maker_finish(struct trace_maker *maker)
{
	for (uint32_t i = 1; i <= maker->file_count; i++)
		trace_write_file(&maker->writer, i, &maker->files[i].file);
	trace_write_end(&maker->writer);
}

/* Makes room for one more name. Returns false without memory. */
static bool name_room(struct trace_maker *maker)
{
	struct maker_name *grown;

	if (maker->name_count + 1 < maker->name_room)
		return true;
	grown = reallocarray(maker->names, 2 * (size_t)maker->name_room, sizeof(*grown));
	maker->no_memory |= !grown;
	if (!grown)
		return false;
	maker->names = grown;
	maker->name_room *= 2;
	return true;
}

uint32_t maker_name(struct trace_maker *maker, const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;
	uint32_t slot;

	for (const char *c = path; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
	for (slot = hash % SLOTS; maker->slots[slot]; slot = (slot + 1) % SLOTS)
		if (!strcmp(maker->names[maker->slots[slot]].path, path))
			return maker->slots[slot];
	if (maker->name_count == TRACE_NAMES_MAX || !trace_name_allowed(path))
		return 0;
	if (!name_room(maker))
		return 0;
	maker->names[maker->name_count + 1] = (struct maker_name){ .path = strdup(path) };
	if (!maker->names[maker->name_count + 1].path) {
		maker->no_memory = true;
		return 0;
	}
	maker->slots[slot] = ++maker->name_count;
	trace_write_name(&maker->writer, maker->name_count, path);
	return maker->name_count;
}

uint32_t maker_new_file(struct trace_maker *maker, uint32_t name, bool exists)
{
	struct maker_file *grown;

	if (maker->file_count == TRACE_FILES_MAX)
		return 0;
	if (maker->file_count + 1 == maker->file_room) {
		grown = reallocarray(maker->files, 2 * (size_t)maker->file_room, sizeof(*grown));
		maker->no_memory |= !grown;
		if (!grown)
			return 0;
		maker->files = grown;
		maker->file_room *= 2;
	}
	maker->files[++maker->file_count] = (struct maker_file){
		.file = { .exists = exists, .name = name },
		.exact = !exists,
	};
	if (name)
		maker->names[name].file = maker->file_count;
	return maker->file_count;
}

uint32_t maker_file(struct trace_maker *maker, uint32_t name)
{
	return maker->names[name].file ?: maker_new_file(maker, name, true);
}

uint32_t maker_thread(struct trace_maker *maker)
{
	return maker->thread_count == TRACE_THREADS_MAX ? 0 : ++maker->thread_count;
}

uint32_t maker_handle(struct trace_maker *maker)
{
	return maker->handle_count == TRACE_HANDLES_MAX ? 0 : ++maker->handle_count;
}

uint32_t maker_map(struct trace_maker *maker)
{
	return maker->map_count == TRACE_HANDLES_MAX ? 0 : ++maker->map_count;
}

void maker_renamed(struct trace_maker *maker, uint32_t from, uint32_t to, bool moved)
{
	uint32_t file = maker_file(maker, from);

	if (from == to)
		return;
	maker->names[to].file = file;
	if (moved)
		maker->names[from].file = 0;
}

static struct maker_file *file_at(struct trace_maker *maker, uint32_t file)
{
	return &maker->files[file];
}

static void at_least(struct maker_file *file, uint64_t size)
{
	if (size > INT64_MAX / 4)
		size = INT64_MAX / 4;
	if (size > file->file.largest)
		file->file.largest = size;
}

/* Notes the size before the trace, unless it is known already. */
static void was(struct maker_file *file, uint64_t size, bool exact)
{
	if (size > INT64_MAX / 4 || file->exact || (!exact && size <= file->file.size))
		return;
	file->file.size = size;
	file->exact = exact;
	if (file->size < size)
		file->size = size;
	at_least(file, size);
}

void maker_saw_size(struct trace_maker *maker, uint32_t number, uint64_t size)
{
	struct maker_file *file = file_at(maker, number);

	/* Opened with O_CREAT but without O_EXCL, it may have existed. */
	if (!file->modified && !file->file.exists && size) {
		file->file.exists = true;
		file->exact = false;
	}
	if (!file->modified || size > file->size)
		was(file, size, true);
	if (size <= INT64_MAX / 4)
		file->size = size;
	at_least(file, size);
}

void maker_saw_read(struct trace_maker *maker, uint32_t number, uint64_t offset, uint64_t wanted,
		    uint64_t got)
{
	struct maker_file *file = file_at(maker, number);

	if (offset > INT64_MAX / 4 || got > INT64_MAX / 4)
		return;
	if (!file->modified && !file->file.exists && got) {
		file->file.exists = true;
		file->exact = false;
	}
	/* A read beyond the end says nothing about the size. */
	if (!got)
		return;
	if (!file->modified)
		was(file, offset + got, got < wanted);
	at_least(file, offset + got);
}

void maker_grew(struct trace_maker *maker, uint32_t number, uint64_t end)
{
	struct maker_file *file = file_at(maker, number);

	file->modified = true;
	if (end > file->size && end <= INT64_MAX / 4)
		file->size = end;
	at_least(file, end);
}

static void keep_hole(struct trace_maker *maker, const struct maker_hole *hole)
{
	for (size_t i = 0; i < maker->hole_count; i++)
		if (maker->holes[i].file == hole->file && maker->holes[i].offset == hole->offset &&
		    maker->holes[i].length == hole->length)
			return;
	if (maker->hole_count < MAKER_HOLES && hole->length)
		maker->holes[maker->hole_count++] = *hole;
}

void maker_cut(struct trace_maker *maker, uint32_t number, uint64_t size)
{
	struct maker_file *file = file_at(maker, number);

	if (size && size < file->size)
		keep_hole(maker, &(struct maker_hole){ number, size, file->size - size });
	/* It may have been cut to its own size, perhaps the only evidence of that size. */
	if (!file->modified && size > file->file.size)
		was(file, size, false);
	file->modified = true;
	if (size <= INT64_MAX / 4)
		file->size = size;
	at_least(file, size);
}

void maker_saw_map(struct trace_maker *maker, uint32_t number, uint64_t end)
{
	struct maker_file *file = file_at(maker, number);

	if (!file->modified && !file->file.size)
		was(file, end, false);
	at_least(file, end);
}

uint64_t maker_size(const struct trace_maker *maker, uint32_t file)
{
	return maker->files[file].size;
}

static uint64_t since(uint64_t time, uint64_t begin)
{
	return time > begin ? time - begin : 0;
}

/* Notes what a storm on these files would do. */
static void look_at_call(struct trace_maker *maker, const struct trace_call *call)
{
	struct maker_hole hole = { .file = call->file, .offset = (uint64_t)call->offset };

	if (call->result || !call->file)
		return;
	if (call->op == TRACE_MMAP)
		maker->files[call->file].mapped = true;
	if (call->op != TRACE_FALLOCATE ||
	    !(call->flags &
	      (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE | FALLOC_FL_COLLAPSE_RANGE)))
		return;
	hole.length = (uint64_t)call->length;
	keep_hole(maker, &hole);
}

void maker_call(struct trace_maker *maker, struct trace_call *call)
{
	look_at_call(maker, call);
	uint64_t start = since(call->start, maker->begin), end;
	uint64_t *last = &maker->thread_ends[call->thread];

	if (start > maker->last + MAKER_GAP) {
		maker->gaps++;
		maker->begin += start - maker->last - MAKER_GAP;
		start = maker->last + MAKER_GAP;
	}
	if (call->took > MAKER_GAP)
		call->took = MAKER_GAP;
	end = since(call->start + call->took, maker->begin);
	if (start < *last) {
		/* Times rounded to microseconds may overlap by one. */
		maker->out_of_order += *last - start > 2000;
		start = *last;
	}
	/* A moved call keeps its end, since later calls wait for it. */
	call->start = start;
	call->took = end > start ? end - start : 0;
	*last = start + call->took;
	maker->last = *last > maker->last ? *last : maker->last;
	maker->counts[call->op]++;
	trace_write_call(&maker->writer, call);
}
