/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/walk.h"
#include "tools/workloads/journal/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The fixed part of each type. */
static const struct {
	const char *name;
	uint64_t least;
} types[JOURNAL_TYPES] = {
	[JOURNAL_UNUSED] = { "unused object", sizeof(struct journal_object) },
	[JOURNAL_DATA] = { "data object", sizeof(struct journal_data) + 1 },
	[JOURNAL_FIELD] = { "field object", sizeof(struct journal_field) + 1 },
	[JOURNAL_ENTRY] = { "entry", sizeof(struct journal_entry) },
	[JOURNAL_DATA_TABLE] = { "data hash table",
				 sizeof(struct journal_object) + sizeof(struct journal_bucket) },
	[JOURNAL_FIELD_TABLE] = { "field hash table",
				  sizeof(struct journal_object) + sizeof(struct journal_bucket) },
	[JOURNAL_ENTRY_ARRAY] = { "entry array", sizeof(struct journal_array) },
	[JOURNAL_TAG] = { "tag", sizeof(struct journal_object) + 2 * sizeof(uint64_t) },
};

int journal_get_memory(void *context, uint64_t offset, void *to, size_t length)
{
	memcpy(to, (const char *)context + offset, length);
	return 0;
}

int journal_get_file(void *context, uint64_t offset, void *to, size_t length)
{
	ssize_t got = pread(*(int *)context, to, length, (off_t)offset);

	if (got < 0)
		return -errno;
	return (size_t)got == length ? 0 : -ENODATA;
}

uint64_t journal_next_data(void *context, uint64_t offset)
{
	off_t data = lseek(*(int *)context, (off_t)offset, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? UINT64_MAX : offset;
	return (uint64_t)data;
}

static int wrong(struct journal_walk *walk, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(struct journal_walk *walk, uint64_t offset, const char *format, ...)
{
	va_list args;

	walk->wrong_at = offset;
	va_start(args, format);
	vsnprintf(walk->wrong, sizeof(walk->wrong), format, args);
	va_end(args);
	return -EBADMSG;
}

static int get(struct journal_walk *walk, uint64_t offset, void *to, uint64_t length)
{
	if (length > walk->source.size || offset > walk->source.size - length)
		return wrong(walk, offset, "%" PRIu64 " bytes beyond the end of the file", length);
	return walk->source.get(walk->source.context, offset, to, length);
}

int journal_walk_header(struct journal_walk *walk)
{
	struct journal_header *header = &walk->header;
	uint64_t size;
	int r = get(walk, 0, header, JOURNAL_HEADER_MIN);

	if (r)
		return r;
	memset((char *)header + JOURNAL_HEADER_MIN, 0, sizeof(*header) - JOURNAL_HEADER_MIN);
	if (memcmp(header->signature, JOURNAL_SIGNATURE, sizeof(header->signature)))
		return wrong(walk, 0, "no signature of a journal");
	size = header->header_size;
	if (size < JOURNAL_HEADER_MIN || size > walk->source.size || size % 8)
		return wrong(walk, offsetof(struct journal_header, header_size),
			     "a header of %" PRIu64 " bytes", size);
	size = size < sizeof(*header) ? size : sizeof(*header);
	r = get(walk, JOURNAL_HEADER_MIN, (char *)header + JOURNAL_HEADER_MIN,
		size - JOURNAL_HEADER_MIN);
	if (r)
		return r;
	if (header->incompatible & ~(uint32_t)JOURNAL_KNOWN)
		return wrong(walk, offsetof(struct journal_header, incompatible),
			     "unknown incompatible features 0x%" PRIx32, header->incompatible);
	walk->compact = header->incompatible & JOURNAL_COMPACT;
	walk->keyed = header->incompatible & JOURNAL_KEYED;
	return 0;
}

int journal_walk_open(struct journal_walk *walk, const struct journal_source *source)
{
	*walk = (struct journal_walk){ .source = *source };
	return journal_walk_header(walk);
}

int journal_walk_object(struct journal_walk *walk, uint64_t offset, enum journal_type type,
			struct journal_object *object)
{
	int r;

	if (offset % 8 || offset < walk->header.header_size)
		return wrong(walk, offset, "no place for an object");
	r = get(walk, offset, object, sizeof(*object));
	if (r)
		return r;
	walk->head = *object;
	walk->head_at = offset;
	if (object->type == JOURNAL_UNUSED || object->type >= JOURNAL_TYPES)
		return wrong(walk, offset, "an object of type %u", object->type);
	if (type != JOURNAL_UNUSED && object->type != type)
		return wrong(walk, offset, "%s instead of %s", types[object->type].name,
			     types[type].name);
	if (object->size < types[object->type].least || object->size > walk->source.size - offset)
		return wrong(walk, offset + offsetof(struct journal_object, size),
			     "a %s of %" PRIu64 " bytes", types[object->type].name, object->size);
	return 0;
}

/* Copies the whole object to the walk's buffer. */
static int get_object(struct journal_walk *walk, uint64_t offset, enum journal_type type)
{
	struct journal_object object;
	int r = journal_walk_object(walk, offset, type, &object);

	if (r)
		return r;
	if (object.size > JOURNAL_OBJECT_MAX)
		return wrong(walk, offset + offsetof(struct journal_object, size),
			     "a %s of %" PRIu64 " bytes", types[type].name, object.size);
	if (object.size > walk->room) {
		char *buffer = realloc(walk->buffer, object.size);

		if (!buffer)
			return -ENOMEM;
		walk->buffer = buffer;
		walk->room = object.size;
	}
	r = get(walk, offset, walk->buffer, object.size);
	/* The copy that was checked is the one that is used. */
	if (!r)
		memcpy(walk->buffer, &object, sizeof(object));
	return r;
}

int journal_walk_data(struct journal_walk *walk, uint64_t offset, struct journal_data_view *view)
{
	const uint64_t head = journal_data_head(walk->compact);
	uint64_t hash;
	int r = get_object(walk, offset, JOURNAL_DATA);

	if (r)
		return r;
	memcpy(&view->data, walk->buffer, sizeof(view->data));
	if (view->data.object.size <= head)
		return wrong(walk, offset, "a data object without payload");
	view->payload = walk->buffer + head;
	view->payload_at = offset + head;
	view->length = view->data.object.size - head;
	if (view->data.object.flags & JOURNAL_COMPRESSED)
		return 0;
	hash = walk->keyed ? journal_hash_keyed(view->payload, view->length, walk->header.file_id)
			   : journal_hash_plain(view->payload, view->length);
	if (hash != view->data.hash)
		return wrong(walk, offset,
			     "hash %016" PRIx64 " of what is there, not %016" PRIx64 " as it says",
			     hash, view->data.hash);
	return 0;
}

int journal_walk_entry(struct journal_walk *walk, uint64_t offset, struct journal_entry_view *view)
{
	const uint64_t width = journal_entry_item(walk->compact);
	uint64_t rest;
	int r = get_object(walk, offset, JOURNAL_ENTRY);

	if (r)
		return r;
	memcpy(&view->entry, walk->buffer, sizeof(view->entry));
	rest = view->entry.object.size - sizeof(view->entry);
	if (!rest || rest % width)
		return wrong(walk, offset, "an entry with %" PRIu64 " bytes of items", rest);
	view->items = walk->buffer + sizeof(view->entry);
	view->count = rest / width;
	return 0;
}

uint64_t journal_entry_item_at(const struct journal_walk *walk,
			       const struct journal_entry_view *view, size_t i)
{
	const char *item = view->items + i * journal_entry_item(walk->compact);
	uint64_t wide;
	uint32_t narrow;

	memcpy(&narrow, item, sizeof(narrow));
	if (walk->compact)
		return narrow;
	memcpy(&wide, item, sizeof(wide));
	return wide;
}

int journal_walk_array(struct journal_walk *walk, uint64_t offset, uint64_t left,
		       struct journal_array_view *view)
{
	struct journal_array array;
	int r = journal_walk_object(walk, offset, JOURNAL_ENTRY_ARRAY, &array.object);

	if (!r)
		r = get(walk, offset + sizeof(array.object), &array.next,
			sizeof(array) - sizeof(array.object));
	if (r)
		return r;
	*view = (struct journal_array_view){
		.offset = offset,
		.size = array.object.size,
		.room = (array.object.size - sizeof(array)) / journal_array_item(walk->compact),
		.next = array.next,
	};
	view->used = left < view->room ? left : view->room;
	if (!view->room)
		return wrong(walk, offset, "an entry array without items");
	/* Later objects have higher offsets, so no chain forms a circle. The link of the last one
	 * may be being stored at this moment, and is ignored then. */
	if (view->next <= offset)
		view->next = 0;
	if (!view->next && left > view->room)
		return wrong(walk, offset, "a chain of entry arrays that ends %" PRIu64 " short",
			     left - view->room);
	return 0;
}

int journal_walk_array_item(struct journal_walk *walk, const struct journal_array_view *view,
			    uint64_t i, uint64_t *entry)
{
	const uint64_t width = journal_array_item(walk->compact);

	*entry = 0;
	return get(walk, view->offset + sizeof(struct journal_array) + i * width, entry, width);
}

int journal_walk_tail(struct journal_walk *walk, uint64_t *end)
{
	struct journal_object object;
	int r = journal_walk_object(walk, walk->header.tail_object, JOURNAL_UNUSED, &object);

	if (!r)
		*end = journal_align(walk->header.tail_object + object.size);
	return r;
}

void journal_walk_close(struct journal_walk *walk)
{
	free(walk->buffer);
	walk->buffer = NULL;
	walk->room = 0;
}
