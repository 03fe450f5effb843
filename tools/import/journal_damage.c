/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/journal_damage.h"
#include "tools/workloads/journal/hash.h"
#include "tools/workloads/journal/walk.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PAGE = JOURNAL_DAMAGE_PAGE,
	BLOCK = 64 << 10,     /* size of a cached block */
	BLOCKS = 64,          /* number of them */
	SMALL = 64 << 10,     /* size up to which an object's hash alone is proof */
	FOLLOWED = 2,         /* valid objects that must follow one known only by its head */
	SEARCHED = 256 << 20, /* bytes to search for objects after damage */
	HASHED_TWICE = 2,     /* limit of hashing, in sizes of the file */
	FIELD_HEAD = sizeof(struct journal_field),
};

/* A cache of the file: accesses are mostly near earlier ones. */
struct file {
	int fd;
	uint64_t size;
	uint64_t block[BLOCKS]; /* number plus 1 */
	char (*bytes)[BLOCK];
};

struct search {
	struct journal_damage *damage;
	struct journal_walk walk;
	struct file file;
	uint64_t end;      /* of the last object */
	uint64_t unproven; /* offset of the object before, if no hash proves it whole */
	uint64_t to_search, to_hash, to_follow; /* remaining bytes, bytes and items */
};

static int get(void *context, uint64_t offset, void *to, size_t length)
{
	struct file *file = context;

	while (length) {
		uint64_t number = offset / BLOCK, slot = number % BLOCKS, from = offset % BLOCK;
		size_t part = length < BLOCK - from ? length : BLOCK - from;

		if (file->block[slot] != number + 1) {
			uint64_t at = number * BLOCK;
			size_t want = file->size - at < BLOCK ? file->size - at : BLOCK;
			int r = journal_get_file(&file->fd, at, file->bytes[slot], want);

			file->block[slot] = 0;
			if (r)
				return r;
			file->block[slot] = number + 1;
		}
		memcpy(to, file->bytes[slot] + from, part);
		to = (char *)to + part;
		offset += part;
		length -= part;
	}
	return 0;
}

static void mark_lost(struct journal_damage *damage, uint64_t first, uint64_t last)
{
	for (uint64_t page = first; page <= last; page++)
		damage->pages[page] |= JOURNAL_PAGE_LOST;
}

/* Overlapping ranges are of the same damage: only their intersection is kept. */
static void lose(struct search *search, uint64_t first_byte, uint64_t last_byte, const char *why)
{
	struct journal_damage *damage = search->damage;
	uint64_t first = first_byte / PAGE, last = last_byte / PAGE;

	last = last < damage->page_count ? last : damage->page_count - 1;
	first = first < last ? first : last;
	for (size_t i = damage->count; i-- > 0;) {
		struct journal_loss *loss = &damage->losses[i];

		if (first > loss->last || last < loss->first)
			continue;
		loss->first = first > loss->first ? first : loss->first;
		loss->last = last < loss->last ? last : loss->last;
		return;
	}
	if (damage->count == JOURNAL_LOSSES_MAX) {
		damage->more++;
		mark_lost(damage, first, last);
	} else {
		damage->losses[damage->count++] =
			(struct journal_loss){ .first = first, .last = last, .why = why };
	}
}

/* Also accepts places beyond the end of a truncated file. */
static bool is_place(const struct search *search, uint64_t offset)
{
	return offset % 8 == 0 && offset >= search->walk.header.header_size &&
	       offset <= search->walk.header.tail_object;
}

/* Sets a flag of the pages within an object. */
static void mark(struct search *search, uint64_t offset, uint64_t size, uint8_t bit)
{
	for (uint64_t page = (offset + PAGE - 1) / PAGE; (page + 1) * PAGE <= offset + size; page++)
		search->damage->pages[page] |= bit;
}

static uint64_t hash(const struct search *search, const char *payload, size_t length)
{
	return search->walk.keyed ? journal_hash_keyed(payload, length, search->walk.header.file_id)
				  : journal_hash_plain(payload, length);
}

/* The bucket of a data object or field must not be empty. */
static void check_bucket(struct search *search, uint64_t table, uint64_t size, uint64_t value)
{
	const uint64_t buckets = size / sizeof(struct journal_bucket);
	struct journal_bucket bucket;
	uint64_t at;

	if (!buckets || table % 8 || table > search->file.size || size > search->file.size - table)
		return;
	at = table + value % buckets * sizeof(bucket);
	if (!get(&search->file, at, &bucket, sizeof(bucket)) &&
	    (!is_place(search, bucket.head) || !is_place(search, bucket.tail)))
		lose(search, at, at, "a hash table that does not lead to its objects");
}

/* Checks the used items of an array: each leads to an entry after the previous one. last: the last
 * item of the chain so far; updated. */
static int check_items(struct search *search, const struct journal_array_view *view, uint64_t *last)
{
	static const char wrong[] = "an entry array that does not lead to its entries";
	const uint64_t width = journal_array_item(search->walk.compact);

	for (uint64_t i = 0; i < view->used && search->to_follow; i++) {
		uint64_t at = view->offset + sizeof(struct journal_array) + i * width, entry;
		int r = journal_walk_array_item(&search->walk, view, i, &entry);

		search->to_follow--;
		if (r)
			return r;
		if (!is_place(search, entry))
			lose(search, at, at, wrong);
		/* Either of the two may be wrong. */
		else if (entry <= *last)
			lose(search, i ? at - width : at, at, wrong);
		*last = entry;
	}
	return 0;
}

/* Unused items of an array are zeros, except while somebody appends. */
static void check_unused(struct search *search, const struct journal_array_view *view)
{
	const uint64_t width = journal_array_item(search->walk.compact);
	const uint64_t begin = view->offset + sizeof(struct journal_array);
	uint64_t at = begin + (view->used + 1) * width, end = begin + view->room * width;

	for (; at < end && search->to_follow; at += width) {
		uint64_t item = 0;

		if (!(at % PAGE)) {
			uint64_t data = journal_next_data(&search->file.fd, at);

			at = data > at ? data / PAGE * PAGE : at;
		}
		search->to_follow--;
		if (at >= end || at >= search->file.size || get(&search->file, at, &item, width))
			return;
		if (item) {
			lose(search, at, at, "an entry array with something behind its end");
			at = (at / PAGE + 1) * PAGE - width;
		}
	}
}

static void check_chain(struct search *search, uint64_t first, uint64_t total)
{
	struct journal_array_view view = { .next = first };
	uint64_t left = total, last = 0;

	while (view.next && left && search->to_follow) {
		int r = journal_walk_array(&search->walk, view.next, left, &view);

		if (r == -EBADMSG && search->walk.header.state != JOURNAL_ONLINE)
			lose(search, search->walk.wrong_at, search->walk.wrong_at,
			     "a chain of entry arrays that ends too early");
		if (r || check_items(search, &view, &last))
			return;
		left -= view.used;
	}
	if (!left && view.used && search->walk.header.state != JOURNAL_ONLINE)
		check_unused(search, &view);
}

static const char *check_data(struct search *search, uint64_t offset,
			      const struct journal_object *object)
{
	struct journal_data data;

	if (get(&search->file, offset, &data, sizeof(data)))
		return NULL;
	if (data.entries && !is_place(search, data.entry))
		return "a data object that does not lead to its entry";
	if (object->flags & JOURNAL_COMPRESSED) {
		mark(search, offset, object->size, JOURNAL_PAGE_PACKED);
	} else if (object->size <= JOURNAL_OBJECT_MAX && object->size <= search->to_hash) {
		struct journal_data_view view;

		search->to_hash -= object->size;
		if (journal_walk_data(&search->walk, offset, &view))
			return "a data object that does not match its hash";
		mark(search, offset, object->size, JOURNAL_PAGE_PROVEN);
	}
	return NULL;
}

static const char *check_field(struct search *search, uint64_t offset,
			       const struct journal_object *object)
{
	static const char wrong[] = "a field that does not match its hash";
	struct journal_field field;
	char name[1024];

	/* Names have at most 64 characters. */
	if (object->size > sizeof(name) || get(&search->file, offset, name, object->size))
		return wrong;
	memcpy(&field, name, sizeof(field));
	return field.hash == hash(search, name + FIELD_HEAD, object->size - FIELD_HEAD) ? NULL
											: wrong;
}

static const char *check_entry(struct search *search, uint64_t offset)
{
	struct journal_entry_view view;

	if (journal_walk_entry(&search->walk, offset, &view))
		return "an entry whose items make no sense";
	for (size_t i = 0; i < view.count; i++)
		if (!is_place(search, journal_entry_item_at(&search->walk, &view, i)))
			return "an entry that does not lead to its data";
	return NULL;
}

/* Describes the damage of an object's content; NULL: none. */
static const char *check_object(struct search *search, uint64_t offset,
				const struct journal_object *object)
{
	switch (object->type) {
	case JOURNAL_DATA:
		return check_data(search, offset, object);
	case JOURNAL_FIELD:
		return check_field(search, offset, object);
	case JOURNAL_ENTRY:
		return check_entry(search, offset);
	default:
		return NULL;
	}
}

/* Checks the objects that an intact object refers to. */
static void follow_object(struct search *search, uint64_t offset,
			  const struct journal_object *object)
{
	const struct journal_header *header = &search->walk.header;
	struct journal_data data;
	struct journal_field field;

	if (object->type == JOURNAL_DATA && !get(&search->file, offset, &data, sizeof(data))) {
		check_bucket(search, header->data_table, header->data_table_size, data.hash);
		if (data.entries > 1)
			check_chain(search, data.entry_array, data.entries - 1);
	} else if (object->type == JOURNAL_FIELD &&
		   !get(&search->file, offset, &field, sizeof(field))) {
		check_bucket(search, header->field_table, header->field_table_size, field.hash);
	}
}

static bool has_hash(const struct journal_object *object)
{
	return object->type == JOURNAL_FIELD ||
	       (object->type == JOURNAL_DATA && !(object->flags & JOURNAL_COMPRESSED));
}

/* Whether the head of an object is plausible on its own. */
static bool has_head(struct search *search, uint64_t offset, struct journal_object *object)
{
	static const uint8_t reserved[sizeof(object->reserved)];

	return offset <= search->file.size - sizeof(*object) &&
	       !get(&search->file, offset, object, sizeof(*object)) && object->type &&
	       object->type < JOURNAL_TYPES &&
	       !memcmp(object->reserved, reserved, sizeof(reserved)) &&
	       !(object->flags & ~JOURNAL_COMPRESSED) &&
	       !journal_walk_object(&search->walk, offset, JOURNAL_UNUSED, object);
}

/* Whether there is an object: proven by its hash, or by those that follow. */
static bool is_object(struct search *search, uint64_t offset, int followed)
{
	struct journal_object object;
	struct journal_data_view view;

	if (offset == search->end)
		return true;
	if (!is_place(search, offset) || !has_head(search, offset, &object))
		return false;
	if (object.type == JOURNAL_DATA && object.size <= SMALL && object.size <= search->to_hash &&
	    !(object.flags & JOURNAL_COMPRESSED)) {
		search->to_hash -= object.size;
		return !journal_walk_data(&search->walk, offset, &view);
	}
	return !followed || is_object(search, offset + journal_align(object.size), followed - 1);
}

/* Offset of the next proven object, or of the end. */
static uint64_t find_object(struct search *search, uint64_t offset)
{
	for (; offset < search->end; offset += 8) {
		if (!(offset % PAGE)) {
			uint64_t data = journal_next_data(&search->file.fd, offset);

			if (data >= search->end)
				break;
			offset = data & ~UINT64_C(7);
		}
		if (search->to_search < 8)
			break;
		search->to_search -= 8;
		if (is_object(search, offset, FOLLOWED))
			return offset;
	}
	return search->end;
}

/* Handles an object, or a loss in its place. Returns the offset of the next. */
static uint64_t look_at_object(struct search *search, uint64_t offset)
{
	const char *wrong = "no object where one must be";
	struct journal_object object = { .size = 0 };
	/* Without a hash, the size of the object may be wrong. */
	uint64_t first = search->unproven ?: offset, next;

	search->unproven = 0;
	if (has_head(search, offset, &object)) {
		next = offset + journal_align(object.size);
		wrong = check_object(search, offset, &object);
		if (!wrong) {
			follow_object(search, offset, &object);
			search->unproven = has_hash(&object) ? 0 : offset;
			return next;
		}
		if (is_object(search, next, FOLLOWED)) {
			lose(search, offset, offset + object.size - 1, wrong);
			return next;
		}
	}
	next = find_object(search, offset + 8);
	lose(search, first, next - 1, wrong);
	return next;
}

/* End of the last object. If that is damaged, it is lost later. */
static uint64_t find_end(struct search *search)
{
	const uint64_t size = search->file.size;
	uint64_t tail = search->walk.header.tail_object, end;

	if (!journal_walk_tail(&search->walk, &end))
		return end < size ? end : size;
	if (tail <= size - sizeof(struct journal_object)) {
		lose(search, tail, tail, "no last object where the header says");
		return tail;
	}
	lose(search, size - 1, size - 1, "the file is cut off: it ends before its last object");
	return size;
}

static int compare_losses(const void *left, const void *right)
{
	const struct journal_loss *one = left, *other = right;

	return (one->first > other->first) - (one->first < other->first);
}

static void look(struct search *search)
{
	struct journal_damage *damage = search->damage;
	const struct journal_header *header = &search->walk.header;
	uint64_t offset = header->header_size;

	search->end = find_end(search);
	while (offset < search->end)
		offset = look_at_object(search, offset);
	check_chain(search, header->entry_array, header->entries);
	for (size_t i = 0; i < damage->count; i++)
		mark_lost(damage, damage->losses[i].first, damage->losses[i].last);
	qsort(damage->losses, damage->count, sizeof(*damage->losses), compare_losses);
}

static int find(struct search *search)
{
	struct file *file = &search->file;
	const struct journal_source source = {
		.get = get,
		.context = file,
		.size = file->size,
	};
	int r = journal_walk_open(&search->walk, &source);

	if (!r)
		look(search);
	else if (r == -EBADMSG)
		lose(search, 0, 0, "no header that can be used");
	journal_walk_close(&search->walk);
	return r == -EBADMSG ? 0 : r;
}

static int begin(struct search *search)
{
	struct journal_damage *damage = search->damage;
	int r = -ENOMEM;

	damage->pages = calloc(damage->page_count ?: 1, 1);
	search->file.bytes = malloc((size_t)BLOCKS * BLOCK);
	if (damage->pages && search->file.bytes)
		r = find(search);
	free(search->file.bytes);
	return r;
}

/* Bytes outside holes: a sparse file costs no more than its data. */
static uint64_t data_bytes(int fd, uint64_t size)
{
	enum { EXTENTS = 4096 };
	uint64_t bytes = 0, at = 0;

	for (int i = 0; i < EXTENTS && at < size; i++) {
		off_t data = lseek(fd, (off_t)at, SEEK_DATA), hole;

		if (data < 0)
			return errno == ENXIO ? bytes : size;
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole <= data)
			return size;
		bytes += (uint64_t)(hole - data);
		at = (uint64_t)hole;
	}
	return bytes;
}

int journal_damage_find(struct journal_damage *damage, int fd)
{
	struct search *search = calloc(1, sizeof(*search));
	struct stat status;
	int r = -ENOMEM;

	memset(damage, 0, sizeof(*damage));
	if (!search)
		return r;
	if (fstat(fd, &status)) {
		r = -errno;
	} else {
		const uint64_t bytes = data_bytes(fd, (uint64_t)status.st_size);

		search->file = (struct file){ .fd = fd, .size = (uint64_t)status.st_size };
		search->damage = damage;
		search->to_search = SEARCHED;
		search->to_hash = bytes * HASHED_TWICE;
		search->to_follow = bytes / sizeof(uint32_t);
		damage->page_count = (search->file.size + PAGE - 1) / PAGE;
		if (damage->page_count > JOURNAL_DAMAGE_PAGES_MAX)
			r = -EFBIG;
		else
			r = begin(search);
	}
	free(search);
	if (r)
		journal_damage_release(damage);
	return r;
}

void journal_damage_release(struct journal_damage *damage)
{
	free(damage->pages);
	damage->pages = NULL;
}
