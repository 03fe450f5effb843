/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/writer.h"
#include "injector/base/units.h"
#include "tools/workloads/journal/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

static const uint64_t tell_every = 250000000; /* ns */

/* Stores a value so that a reader who sees it also sees what was stored before. */
static void publish(uint64_t *where, uint64_t value)
{
	__atomic_store_n(where, value, __ATOMIC_RELEASE);
}

uint64_t journal_data_buckets(uint64_t size)
{
	/* 768 bytes for each data object; at most three quarters full. */
	uint64_t buckets = size * 4 / 768 / 3;

	return buckets < 2047 ? 2047 : buckets;
}

static uint64_t hash_of(const struct journal_writer *writer, const void *bytes, size_t length)
{
	return writer->shape.keyed ? journal_hash_keyed(bytes, length, writer->shape.file_id)
				   : journal_hash_plain(bytes, length);
}

static int grow(struct journal_writer *writer, uint64_t end)
{
	uint64_t size = (end + JOURNAL_STEP - 1) / JOURNAL_STEP * JOURNAL_STEP;
	uint64_t *index;
	int r;

	if (end <= writer->size)
		return 0;
	if (writer->shape.compact && size - 1 > JOURNAL_COMPACT_MAX)
		return -EFBIG;
	r = posix_fallocate(writer->windows.fd, (off_t)writer->size, (off_t)(size - writer->size));
	if (r)
		return -r;
	index = realloc(writer->data_in_page, size / PAGE * sizeof(*index));
	if (!index)
		return -ENOMEM;
	memset(index + writer->pages, 0, (size / PAGE - writer->pages) * sizeof(*index));
	writer->data_in_page = index;
	writer->pages = size / PAGE;
	writer->size = size;
	if (writer->header)
		writer->header->arena_size = size - sizeof(struct journal_header);
	return 0;
}

/* Appends an object, with zeros after its head. */
static int append(struct journal_writer *writer, enum journal_type type, uint64_t size,
		  uint64_t *offset)
{
	struct journal_object *object;
	void *at;
	int r;

	*offset = journal_align(writer->end);
	r = grow(writer, *offset + size);
	if (!r)
		r = windows_at(&writer->windows, *offset, sizeof(*object), &at);
	if (r)
		return r;
	object = at;
	object->type = (uint8_t)type;
	object->size = size;
	writer->end = *offset + size;
	writer->header->tail_object = *offset;
	writer->header->objects++;
	return 0;
}

/* Copies to a part of the file that nobody reads yet. */
static int store(struct journal_writer *writer, uint64_t offset, const void *from, size_t length)
{
	void *at;
	int r = windows_at(&writer->windows, offset, length, &at);

	if (!r)
		memcpy(at, from, length);
	return r;
}

static int make_table(struct journal_writer *writer, enum journal_type type, uint64_t buckets,
		      uint64_t *items, uint64_t *size)
{
	uint64_t offset;
	int r = append(writer, type,
		       sizeof(struct journal_object) + buckets * sizeof(struct journal_bucket),
		       &offset);

	*items = offset + sizeof(struct journal_object);
	*size = buckets * sizeof(struct journal_bucket);
	return r;
}

int journal_writer_open(struct journal_writer *writer, int fd, const struct journal_shape *shape)
{
	struct journal_header *header;
	uint64_t signature;
	int r;

	*writer = (struct journal_writer){
		.shape = *shape,
		.windows = { .fd = fd, .writable = true, .max = 16 },
		.end = sizeof(*header),
	};
	if (!shape->data_buckets || !shape->field_buckets || !shape->seqnum || !shape->owner.file)
		return -EINVAL;
	r = grow(writer, sizeof(*header));
	if (r)
		return r;
	header = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return -errno;
	writer->header = header;
	header->incompatible = (shape->compact ? (uint32_t)JOURNAL_COMPACT : 0) |
			       (shape->keyed ? (uint32_t)JOURNAL_KEYED : 0);
	header->state = JOURNAL_ONLINE;
	memcpy(header->file_id, shape->file_id, JOURNAL_ID_SIZE);
	memcpy(header->machine_id, shape->machine_id, JOURNAL_ID_SIZE);
	memcpy(header->tail_boot_id, shape->boot_id, JOURNAL_ID_SIZE);
	memcpy(header->seqnum_id, shape->seqnum_id, JOURNAL_ID_SIZE);
	header->header_size = sizeof(*header);
	header->arena_size = writer->size - sizeof(*header);
	r = make_table(writer, JOURNAL_FIELD_TABLE, shape->field_buckets, &header->field_table,
		       &header->field_table_size);
	if (!r)
		r = make_table(writer, JOURNAL_DATA_TABLE, shape->data_buckets, &header->data_table,
			       &header->data_table_size);
	if (r)
		return r;
	/* From now on the file is a journal for readers. */
	memcpy(&signature, JOURNAL_SIGNATURE, sizeof(signature));
	publish((uint64_t *)(void *)header->signature, signature);
	return 0;
}

/* Determines the depth of a chain, which journald walks to find a value. */
static int walk_chain(struct journal_writer *writer, uint64_t head, uint64_t next_at,
		      uint64_t *depth)
{
	uint64_t deep = 0;
	void *at;

	for (uint64_t offset = head; offset; deep++) {
		int r = windows_at(&writer->windows, offset + next_at, sizeof(uint64_t), &at);

		if (r)
			return r;
		memcpy(&offset, at, sizeof(offset));
	}
	if (deep > *depth)
		*depth = deep;
	return 0;
}

/* Links an object into its hash table. next_at: of the link, in objects of its kind. */
static int link_hash(struct journal_writer *writer, uint64_t table, uint64_t table_size,
		     uint64_t hash, uint64_t offset, uint64_t next_at, uint64_t *depth)
{
	uint64_t bucket = hash % (table_size / sizeof(struct journal_bucket));
	uint64_t place = table + bucket * sizeof(struct journal_bucket);
	struct journal_bucket *item;
	uint64_t tail;
	void *at;
	int r = windows_at(&writer->windows, place, sizeof(*item), &at);

	if (r)
		return r;
	item = at;
	tail = item->tail;
	if (!tail) {
		publish(&item->head, offset);
	} else {
		r = walk_chain(writer, item->head, next_at, depth);
		if (!r)
			r = windows_at(&writer->windows, tail + next_at, sizeof(uint64_t), &at);
		if (r)
			return r;
		publish(at, offset);
		r = windows_at(&writer->windows, place, sizeof(*item), &at);
		if (r)
			return r;
		item = at;
	}
	item->tail = offset;
	return 0;
}

static int add_field(struct journal_writer *writer, const char *name, uint64_t *offset)
{
	struct journal_header *header = writer->header;
	struct journal_field field = { .hash = hash_of(writer, name, strlen(name)) };
	const size_t rest = sizeof(field) - sizeof(field.object);
	int r;

	if (writer->field_count == JOURNAL_FIELDS_MAX || strlen(name) >= JOURNAL_NAME_MAX)
		return -EINVAL;
	r = append(writer, JOURNAL_FIELD, sizeof(field) + strlen(name), offset);
	if (!r)
		r = store(writer, *offset + sizeof(field.object), &field.hash, rest);
	if (!r)
		r = store(writer, *offset + sizeof(field), name, strlen(name));
	if (!r)
		r = link_hash(writer, header->field_table, header->field_table_size, field.hash,
			      *offset, offsetof(struct journal_field, next_hash),
			      &header->field_depth);
	if (r)
		return r;
	header->fields++;
	strcpy(writer->fields[writer->field_count].name, name);
	writer->fields[writer->field_count++].offset = *offset;
	return 0;
}

static int find_field(struct journal_writer *writer, const char *name, uint64_t *offset)
{
	for (unsigned int i = 0; i < writer->field_count; i++)
		if (!strcmp(writer->fields[i].name, name)) {
			*offset = writer->fields[i].offset;
			return 0;
		}
	return add_field(writer, name, offset);
}

static void note_pages(struct journal_writer *writer, uint64_t offset, uint64_t first, uint64_t end)
{
	for (uint64_t page = first / PAGE; page <= (end - 1) / PAGE; page++)
		if (writer->data_in_page[page] / PAGE != page)
			writer->data_in_page[page] = offset;
}

/* Fills in the payload and its hashes. */
static int fill_value(struct journal_writer *writer, const char *name, size_t length,
		      struct journal_value *value)
{
	const uint64_t head = journal_data_head(writer->shape.compact);
	const size_t named = strlen(name) + 1;
	void *at;
	char *payload;
	int r = windows_at(&writer->windows, value->offset + head, named + length, &at);

	if (r)
		return r;
	payload = at;
	memcpy(payload, name, named - 1);
	payload[named - 1] = '=';
	payload_fill(payload + named, writer->shape.owner, value->offset + head + named, length);
	value->plain_hash = journal_hash_plain(payload, named + length);
	value->hash =
		writer->shape.keyed ? hash_of(writer, payload, named + length) : value->plain_hash;
	note_pages(writer, value->offset, value->offset + head + named,
		   value->offset + head + named + length);
	return 0;
}

/* The newest data object of a field comes first in its list. */
static int link_field(struct journal_writer *writer, uint64_t field, uint64_t data)
{
	uint64_t head_at = field + offsetof(struct journal_field, head_data), head;
	void *at;
	int r = windows_at(&writer->windows, head_at, sizeof(head), &at);

	if (r)
		return r;
	memcpy(&head, at, sizeof(head));
	r = store(writer, data + offsetof(struct journal_data, next_field), &head, sizeof(head));
	if (!r)
		r = windows_at(&writer->windows, head_at, sizeof(head), &at);
	if (!r)
		publish(at, data);
	return r;
}

int journal_writer_value(struct journal_writer *writer, const char *name, size_t length,
			 struct journal_value *value)
{
	const uint64_t head = journal_data_head(writer->shape.compact);
	struct journal_header *header = writer->header;
	uint64_t field;
	int r;

	if (!length)
		return -EINVAL;
	*value = (struct journal_value){ .size = head + strlen(name) + 1 + length };
	r = append(writer, JOURNAL_DATA, value->size, &value->offset);
	if (!r)
		r = fill_value(writer, name, length, value);
	if (!r)
		r = store(writer, value->offset + offsetof(struct journal_data, hash), &value->hash,
			  sizeof(value->hash));
	if (!r)
		r = link_hash(writer, header->data_table, header->data_table_size, value->hash,
			      value->offset, offsetof(struct journal_data, next_hash),
			      &header->data_depth);
	if (r)
		return r;
	header->data++;
	r = find_field(writer, name, &field);
	return r ? r : link_field(writer, field, value->offset);
}

/* Returns the number of items of the next array. */
static uint64_t next_room(const struct journal_chain *chain)
{
	uint64_t room = chain->total > chain->room ? (chain->total + 1) * 2 : chain->room * 2;

	return room < 4 ? 4 : room;
}

/* Appends an entry's offset to a chain, in a new array if the last one is full. *first: set when
 * the chain begins. */
static int extend(struct journal_writer *writer, struct journal_chain *chain, uint64_t entry)
{
	const bool compact = writer->shape.compact;
	const uint64_t width = journal_array_item(compact);
	uint32_t narrow = (uint32_t)entry;
	uint64_t offset;
	void *at;
	int r;

	if (chain->used == chain->room) {
		uint64_t room = next_room(chain);

		r = append(writer, JOURNAL_ENTRY_ARRAY, sizeof(struct journal_array) + room * width,
			   &offset);
		if (r)
			return r;
		writer->header->entry_arrays++;
		if (chain->tail) {
			r = windows_at(&writer->windows,
				       chain->tail + offsetof(struct journal_array, next),
				       sizeof(offset), &at);
			if (r)
				return r;
			publish(at, offset);
		} else {
			chain->first = offset;
		}
		chain->tail = offset;
		chain->room = room;
		chain->used = 0;
	}
	offset = chain->tail + sizeof(struct journal_array) + chain->used * width;
	r = store(writer, offset, compact ? (void *)&narrow : (void *)&entry, width);
	if (r)
		return r;
	chain->used++;
	chain->total++;
	return 0;
}

static int link_value(struct journal_writer *writer, struct journal_value *value, uint64_t entry)
{
	struct journal_data *data;
	uint32_t tail[2];
	void *at;
	int r;

	if (value->entries) {
		r = extend(writer, &value->chain, entry);
		if (r)
			return r;
	}
	r = windows_at(&writer->windows, value->offset, value->size, &at);
	if (r)
		return r;
	data = at;
	if (!value->entries) {
		publish(&data->entry, entry);
	} else {
		publish(&data->entry_array, value->chain.first);
		if (writer->shape.compact) {
			tail[0] = (uint32_t)value->chain.tail;
			tail[1] = (uint32_t)value->chain.used;
			memcpy(data + 1, tail, sizeof(tail));
		}
	}
	publish(&data->entries, ++value->entries);
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct journal_value *const *left = a, *const *right = b;

	return ((*left)->offset > (*right)->offset) - ((*left)->offset < (*right)->offset);
}

static int fill_entry(struct journal_writer *writer, uint64_t offset, uint64_t size,
		      struct journal_value *const *values, size_t count, uint64_t realtime,
		      uint64_t monotonic)
{
	const struct journal_header *header = writer->header;
	struct journal_entry *entry;
	char *item;
	void *at;
	int r = windows_at(&writer->windows, offset, size, &at);

	if (r)
		return r;
	entry = at;
	item = (char *)(entry + 1);
	entry->seqnum = header->entries ? header->tail_seqnum + 1 : writer->shape.seqnum;
	entry->realtime = realtime;
	entry->monotonic = monotonic;
	memcpy(entry->boot_id, writer->shape.boot_id, JOURNAL_ID_SIZE);
	entry->xor_hash = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t wide[2] = { values[i]->offset, values[i]->hash };
		uint32_t narrow = (uint32_t)values[i]->offset;

		entry->xor_hash ^= values[i]->plain_hash;
		memcpy(item, writer->shape.compact ? (void *)&narrow : (void *)wide,
		       journal_entry_item(writer->shape.compact));
		item += journal_entry_item(writer->shape.compact);
	}
	return 0;
}

/* Updates the header for an entry. The count is stored last, since readers rely on it. */
static void publish_entry(struct journal_writer *writer, uint64_t offset, uint64_t realtime,
			  uint64_t monotonic)
{
	struct journal_header *header = writer->header;

	header->tail_seqnum = header->entries ? header->tail_seqnum + 1 : writer->shape.seqnum;
	if (!header->entries) {
		header->head_seqnum = header->tail_seqnum;
		header->head_realtime = realtime;
	}
	header->entry_array = writer->chain.first;
	/* Only 32 bits, although offsets have 64; 0: unknown. */
	header->tail_array = writer->chain.tail > UINT32_MAX ? 0 : (uint32_t)writer->chain.tail;
	header->tail_array_entries =
		writer->chain.tail > UINT32_MAX ? 0 : (uint32_t)writer->chain.used;
	header->tail_realtime = realtime;
	header->tail_monotonic = monotonic;
	header->tail_entry = offset;
	publish(&header->entries, header->entries + 1);
	if (!writer->changed)
		writer->changed = units_now();
}

int journal_writer_entry(struct journal_writer *writer, struct journal_value *const *values,
			 size_t count, uint64_t realtime, uint64_t monotonic)
{
	const uint64_t size =
		sizeof(struct journal_entry) + count * journal_entry_item(writer->shape.compact);
	struct journal_value *sorted[JOURNAL_ITEMS_MAX];
	uint64_t offset;
	int r;

	if (!count || count > JOURNAL_ITEMS_MAX)
		return -EINVAL;
	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), by_offset);
	r = append(writer, JOURNAL_ENTRY, size, &offset);
	if (!r)
		r = fill_entry(writer, offset, size, sorted, count, realtime, monotonic);
	if (!r)
		r = extend(writer, &writer->chain, offset);
	if (r)
		return r;
	publish_entry(writer, offset, realtime, monotonic);
	for (size_t i = 0; i < count && !r; i++)
		r = link_value(writer, sorted[i], offset);
	return r;
}

uint64_t journal_writer_next_array(const struct journal_writer *writer)
{
	if (writer->chain.used < writer->chain.room)
		return 0;
	return sizeof(struct journal_array) +
	       next_room(&writer->chain) * journal_array_item(writer->shape.compact);
}

uint64_t journal_writer_tail(const struct journal_writer *writer)
{
	return journal_align(writer->end);
}

int journal_writer_tell(struct journal_writer *writer, uint64_t now)
{
	if (!writer->changed || (now != UINT64_MAX && now - writer->told < tell_every))
		return 0;
	writer->told = now == UINT64_MAX ? units_now() : now;
	writer->changed = 0;
	return ftruncate(writer->windows.fd, (off_t)writer->size) ? -errno : 0;
}

void journal_writer_close(struct journal_writer *writer)
{
	if (writer->header)
		munmap(writer->header, PAGE);
	writer->header = NULL;
	windows_close(&writer->windows);
	free(writer->data_in_page);
	writer->data_in_page = NULL;
	writer->pages = 0;
}
