/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/inspect/cache_check.h"
#include "injector/base/array.h"

#include <errno.h>
#include <string.h>

/* include/linux/xarray.h. An entry with 2 in its low bits is internal: a sibling, below the number
 * of slots; a node, above 4096; else one of no tree at rest. With 1 in the lowest it is a value. */
enum { ENTRY_INTERNAL = 2, ENTRY_LOW = 3, ENTRY_NODE_MIN = 4096 };
enum { MARK_DIRTY, MARK_WRITEBACK, MARK_TOWRITE };
enum { SHIFT_MAX = 60, ORDER_MAX = 20 };

const char *const cache_fault_names[CACHE_FAULTS] = {
	[CACHE_RIGHT] = "right",     [CACHE_POINTER] = "pointer",     [CACHE_FREE] = "free",
	[CACHE_FOREIGN] = "foreign", [CACHE_MISPLACED] = "misplaced", [CACHE_ORDER] = "order",
	[CACHE_SIBLING] = "sibling", [CACHE_MARK] = "mark",           [CACHE_SHADOW] = "shadow",
	[CACHE_NODE] = "node",       [CACHE_SUM] = "nrpages",
};

const char *cache_fault_family(enum cache_fault fault)
{
	switch (fault) {
	case CACHE_POINTER:
	case CACHE_FREE:
	case CACHE_FOREIGN:
		return "stale folio";
	case CACHE_MISPLACED:
		return "split";
	case CACHE_MARK:
		return "lost mark";
	default:
		return "tree";
	}
}

struct node {
	uint64_t address, parent, array;
	uint64_t first; /* page */
	unsigned int shift, offset, count;
	uint64_t slots[CACHE_SLOTS];
	uint64_t marks[CACHE_MARKS];
};

struct check {
	const struct cache *cache;
	struct cache_sum *sum;
	void (*visit)(void *context, const struct cache_violation *violation);
	void *context;
};

static uint64_t word_at(const unsigned char *bytes, size_t at)
{
	uint64_t word;

	memcpy(&word, bytes + at, sizeof(word));
	return word;
}

static bool is_value(uint64_t entry)
{
	return entry & 1;
}

static bool is_internal(uint64_t entry)
{
	return (entry & ENTRY_LOW) == ENTRY_INTERNAL;
}

static bool is_node(uint64_t entry)
{
	return is_internal(entry) && entry > ENTRY_NODE_MIN;
}

static bool is_sibling(uint64_t entry)
{
	return is_internal(entry) && entry >> 2 < CACHE_SLOTS - 1;
}

static bool is_folio(uint64_t entry)
{
	return entry && !is_value(entry) && !is_internal(entry);
}

/* The slot with the entry of a slot, which may be a sibling. */
static unsigned int head_of(const struct node *node, unsigned int slot)
{
	return is_sibling(node->slots[slot]) ? (unsigned int)(node->slots[slot] >> 2) : slot;
}

static bool is_marked(const struct node *node, unsigned int slot, int mark)
{
	return node->marks[mark] >> slot & 1;
}

static uint64_t marks_of(const struct node *node, unsigned int slot)
{
	uint64_t marks = 0;

	for (int mark = 0; mark < CACHE_MARKS; mark++)
		marks |= (uint64_t)is_marked(node, slot, mark) << mark;
	return marks;
}

static uint64_t slot_page(const struct node *node, unsigned int slot)
{
	return node->first + ((uint64_t)slot << node->shift);
}

int cache_folio_read(const struct cache *cache, uint64_t address, struct cache_folio *folio)
{
	unsigned char bytes[CACHE_FOLIO_SIZE];
	int r = cache->read(cache->context, address, bytes, sizeof(bytes));

	*folio = (struct cache_folio){ .address = address };
	if (r)
		return r;
	folio->flags = word_at(bytes, CACHE_FOLIO_FLAGS);
	folio->mapping = word_at(bytes, CACHE_FOLIO_MAPPING);
	folio->index = word_at(bytes, CACHE_FOLIO_INDEX);
	folio->tail = word_at(bytes, CACHE_FOLIO_HEAD) & 1;
	memcpy(&folio->refcount, bytes + CACHE_FOLIO_REFCOUNT, sizeof(folio->refcount));
	if (folio->flags >> cache->layout->head & 1)
		folio->order = bytes[cache->layout->order_at];
	return 0;
}

static bool has_flag(const struct cache_folio *folio, unsigned int bit)
{
	return folio->flags >> bit & 1;
}

static bool contains(const struct cache_folio *folio, uint64_t page)
{
	return folio->order <= ORDER_MAX && page >= folio->index &&
	       page - folio->index < UINT64_C(1) << folio->order;
}

static int read_node(const struct cache *cache, uint64_t entry, struct node *node)
{
	unsigned char bytes[CACHE_NODE_SIZE];
	int r;

	node->address = entry - ENTRY_INTERNAL;
	r = cache->read(cache->context, node->address, bytes, sizeof(bytes));
	if (r)
		return r;
	node->shift = bytes[CACHE_NODE_SHIFT];
	node->offset = bytes[CACHE_NODE_OFFSET];
	node->count = bytes[CACHE_NODE_COUNT];
	node->parent = word_at(bytes, CACHE_NODE_PARENT);
	node->array = word_at(bytes, CACHE_NODE_ARRAY);
	memcpy(node->slots, bytes + CACHE_NODE_SLOTS, sizeof(node->slots));
	memcpy(node->marks, bytes + CACHE_NODE_MARKS, sizeof(node->marks));
	return 0;
}

static void tell(struct check *check, const struct cache_violation *violation)
{
	check->sum->violations++;
	if (check->visit)
		check->visit(check->context, violation);
}

static struct cache_violation about(const struct node *node, unsigned int slot,
				    enum cache_fault fault)
{
	return (struct cache_violation){
		.fault = fault,
		.page = slot_page(node, slot),
		.pages = UINT64_C(1) << node->shift,
		.entry = node->slots[slot],
	};
}

/* Whether a look-up of the page may get the folio to which its slot leads. */
static enum cache_fault judge_folio(const struct cache *cache, const struct cache_folio *folio,
				    uint64_t page)
{
	if (folio->address % CACHE_FOLIO_ALIGN || folio->tail)
		return CACHE_POINTER;
	if (folio->refcount <= 0)
		return CACHE_FREE;
	if (folio->mapping != cache->mapping)
		return CACHE_FOREIGN;
	return contains(folio, page) ? CACHE_RIGHT : CACHE_MISPLACED;
}

/* The number of slots of a folio in a node of that level. */
static unsigned int width_of(const struct cache_folio *folio, unsigned int shift)
{
	return folio->order > shift ? 1U << (folio->order - shift) : 1;
}

/* Whether the entry of a folio, which contains the page of the slot, is in the right place. */
static enum cache_fault judge_place(const struct node *node, unsigned int slot,
				    const struct cache_folio *folio)
{
	unsigned int head = head_of(node, slot);

	if (folio->order < node->shift || folio->order >= node->shift + CACHE_SLOT_BITS ||
	    folio->index & ((UINT64_C(1) << folio->order) - 1) ||
	    (head == slot && slot_page(node, slot) != folio->index))
		return CACHE_ORDER;
	return slot_page(node, head) == folio->index ? CACHE_RIGHT : CACHE_SIBLING;
}

/*
 * Whether marks and flags of a folio agree. A folio is dirty before it is marked
 * (filemap_dirty_folio()), and a clean folio may keep the mark: truncate cleans one whose dirty
 * buffers are all after the new end (try_to_free_buffers(), which calls folio_cancel_dirty()), and
 * the next writeback skips it. Flag and mark of writeback change together, under the array's lock.
 */
static bool judge_marks(const struct cache *cache, const struct node *node, unsigned int slot,
			const struct cache_folio *folio, struct cache_violation *violation)
{
	const struct cache_layout *layout = cache->layout;
	bool dirty = has_flag(folio, layout->dirty);
	bool writeback = has_flag(folio, layout->writeback);

	if (cache->unmarked)
		return true;
	violation->found = marks_of(node, slot);
	violation->expected = (uint64_t)dirty << MARK_DIRTY | (uint64_t)writeback << MARK_WRITEBACK;
	violation->passing = is_marked(node, slot, MARK_WRITEBACK) == writeback;
	return violation->passing && (!dirty || writeback || is_marked(node, slot, MARK_DIRTY));
}

/* Checks that the other slots of an entry are its siblings. */
static void check_siblings(struct check *check, const struct node *node, unsigned int head,
			   unsigned int width, const struct cache_folio *folio)
{
	for (unsigned int slot = head + 1; slot < head + width && slot < CACHE_SLOTS; slot++) {
		struct cache_violation violation = about(node, slot, CACHE_SIBLING);

		if (head_of(node, slot) == head)
			continue;
		/* A slot that leads to another folio is checked by itself. */
		if (is_folio(node->slots[slot]))
			continue;
		violation.folio = *folio;
		tell(check, &violation);
	}
}

static int check_folio(struct check *check, const struct node *node, unsigned int slot)
{
	const struct cache *cache = check->cache;
	unsigned int head = head_of(node, slot);
	struct cache_violation violation = about(node, slot, CACHE_RIGHT);
	int r = cache_folio_read(cache, node->slots[head], &violation.folio);

	if (r && r != -EFAULT)
		return r;
	violation.fault =
		r ? CACHE_POINTER : judge_folio(cache, &violation.folio, slot_page(node, slot));
	if (check->sum->locked) {
		if (violation.fault == CACHE_MISPLACED)
			tell(check, &violation);
		return 0;
	}
	if (violation.fault == CACHE_RIGHT)
		violation.fault = judge_place(node, slot, &violation.folio);
	if (violation.fault == CACHE_RIGHT && head == slot) {
		check->sum->folios++;
		check->sum->pages += UINT64_C(1) << violation.folio.order;
		check_siblings(check, node, slot, width_of(&violation.folio, node->shift),
			       &violation.folio);
		if (!judge_marks(cache, node, slot, &violation.folio, &violation))
			violation.fault = CACHE_MARK;
	}
	/* An entry has its marks in its first slot. Marks in others would never be cleared. */
	if (violation.fault == CACHE_RIGHT && head != slot && marks_of(node, slot)) {
		violation.fault = CACHE_MARK;
		violation.found = marks_of(node, slot);
	}
	if (violation.fault != CACHE_RIGHT)
		tell(check, &violation);
	return 0;
}

/* Checks an empty slot, or a value with its siblings. */
static void check_absent(struct check *check, const struct node *node, unsigned int slot)
{
	struct cache_violation violation = about(node, slot, CACHE_SHADOW);
	unsigned int width = 1;
	uint64_t marked = marks_of(node, slot);

	violation.found = marked;
	if (marked)
		violation.fault = CACHE_MARK;
	while (node->slots[slot] && slot + width < CACHE_SLOTS &&
	       is_sibling(node->slots[slot + width]) && head_of(node, slot + width) == slot)
		width++;
	check->sum->shadows += node->slots[slot] != 0;
	if (marked || width & (width - 1) || slot % width)
		tell(check, &violation);
}

static int check_node(struct check *check, const struct node *node);

/* Checks the node to which a slot leads, and all beneath it. */
static int check_child(struct check *check, const struct node *parent, unsigned int slot)
{
	struct cache_violation violation = about(parent, slot, CACHE_NODE);
	struct node child;
	int r = read_node(check->cache, parent->slots[slot], &child);

	if (r && r != -EFAULT)
		return r;
	/* A node of another place is not followed, since that might not end. */
	if (r || !parent->shift || child.shift + CACHE_SLOT_BITS != parent->shift ||
	    child.parent != parent->address || child.offset != slot) {
		if (!check->sum->locked)
			tell(check, &violation);
		return 0;
	}
	child.first = slot_page(parent, slot);
	violation.fault = CACHE_MARK;
	for (int mark = 0; mark < CACHE_MARKS && !check->sum->locked; mark++) {
		violation.found = is_marked(parent, slot, mark);
		violation.expected = child.marks[mark] != 0;
		if (violation.found != violation.expected)
			tell(check, &violation);
	}
	return check_node(check, &child);
}

static int check_slot(struct check *check, const struct node *node, unsigned int slot)
{
	uint64_t entry = node->slots[slot];
	struct cache_violation violation = about(node, slot, CACHE_SIBLING);

	check->sum->slots++;
	if (is_node(entry))
		return check_child(check, node, slot);
	if (is_folio(node->slots[head_of(node, slot)]))
		return check_folio(check, node, slot);
	if (check->sum->locked)
		return 0;
	if (!entry || is_value(entry))
		check_absent(check, node, slot);
	else if (!is_sibling(entry) || !is_value(node->slots[head_of(node, slot)]))
		tell(check, &violation);
	return 0;
}

/* Checks the counts of a node. A wrong slot makes them wrong, too, which is not reported. */
static void check_counts(struct check *check, const struct node *node, bool right)
{
	struct cache_violation violation = {
		.fault = CACHE_NODE,
		.page = node->first,
		.pages = UINT64_C(1) << (node->shift + CACHE_SLOT_BITS),
		.entry = node->address + ENTRY_INTERNAL,
		.found = node->count,
	};
	bool placed = node->array == check->cache->mapping + CACHE_MAPPING_ARRAY;

	for (unsigned int slot = 0; slot < CACHE_SLOTS; slot++)
		violation.expected += node->slots[slot] != 0;
	if (!placed || (right && violation.found != violation.expected))
		tell(check, &violation);
}

static int check_node(struct check *check, const struct node *node)
{
	uint64_t before = check->sum->violations;
	int r = 0;

	check->sum->nodes++;
	for (unsigned int slot = 0; slot < CACHE_SLOTS && !r; slot++)
		r = check_slot(check, node, slot);
	if (!r && !check->sum->locked)
		check_counts(check, node, check->sum->violations == before);
	return r;
}

/* Checks the root: a node, or the only entry, of page 0. */
static int check_root(struct check *check, uint64_t root)
{
	struct node node = { .slots = { root } };
	struct cache_violation violation = { .fault = CACHE_NODE, .entry = root };
	int r;

	if (!is_node(root)) {
		/* Its marks are in the flags of the array, whose offset depends on the kernel. */
		struct cache alone = *check->cache;
		struct check one = *check;

		alone.unmarked = true;
		one.cache = &alone;
		return check_slot(&one, &node, 0);
	}
	r = read_node(check->cache, root, &node);
	if (r && r != -EFAULT)
		return r;
	node.first = 0;
	if (r || node.shift > SHIFT_MAX || node.shift % CACHE_SLOT_BITS || node.parent) {
		if (!check->sum->locked)
			tell(check, &violation);
		return 0;
	}
	return check_node(check, &node);
}

static int read_mapping(const struct cache *cache, unsigned char *bytes)
{
	return cache->read(cache->context, cache->mapping, bytes, CACHE_MAPPING_SIZE);
}

int cache_check(const struct cache *cache, struct cache_sum *sum,
		void (*visit)(void *context, const struct cache_violation *violation),
		void *context)
{
	struct check check = { .cache = cache, .sum = sum, .visit = visit, .context = context };
	struct cache_violation violation = { .fault = CACHE_SUM };
	unsigned char bytes[CACHE_MAPPING_SIZE];
	int r = read_mapping(cache, bytes);

	*sum = (struct cache_sum){ .locked = false };
	if (r)
		return r;
	sum->locked = (uint32_t)word_at(bytes, CACHE_MAPPING_LOCK);
	r = check_root(&check, word_at(bytes, CACHE_MAPPING_ROOT));
	if (r || sum->locked || !cache->pages_at)
		return r;
	violation.found = word_at(bytes, cache->pages_at);
	violation.expected = sum->pages;
	/* The sum lacks misplaced folios. */
	if (!sum->violations && violation.found != violation.expected)
		tell(&check, &violation);
	return 0;
}

int cache_look(const struct cache *cache, uint64_t page, uint64_t frozen,
	       struct cache_violation *violation)
{
	unsigned char bytes[CACHE_MAPPING_SIZE];
	struct node node = { .shift = 0 };
	unsigned int shift = SHIFT_MAX + CACHE_SLOT_BITS;
	uint64_t entry;
	int r = read_mapping(cache, bytes);

	*violation = (struct cache_violation){ .page = page, .pages = 1 };
	entry = word_at(bytes, CACHE_MAPPING_ROOT);
	while (!r && is_node(entry)) {
		r = read_node(cache, entry, &node);
		if (!r && node.shift + CACHE_SLOT_BITS > shift)
			r = -ELOOP;
		/* Beyond the range of the root. */
		if (!r && shift > SHIFT_MAX && page >> node.shift >> CACHE_SLOT_BITS)
			r = -ENOENT;
		shift = node.shift;
		if (!r)
			entry = node.slots[head_of(&node, page >> shift & (CACHE_SLOTS - 1))];
	}
	violation->entry = entry;
	if (!r && (!entry || is_value(entry) || (shift > SHIFT_MAX && page)))
		r = -ENOENT;
	if (!r && is_internal(entry))
		r = -ELOOP;
	if (!r)
		r = cache_folio_read(cache, entry, &violation->folio);
	if (r)
		return r;
	if (entry != frozen || violation->folio.refcount > 0)
		violation->fault = judge_folio(cache, &violation->folio, page);
	return 0;
}

int cache_find_nrpages(const struct cache *cache, uint64_t pages, unsigned int *at)
{
	/* Of kernels without debugging of locks: 7.0 and later (a smaller rw_semaphore), 6.6 and
	 * later, before; 8 more with CONFIG_READ_ONLY_THP_FOR_FS. */
	static const unsigned int places[] = { 80, 88, 96, 128, 136 };
	unsigned char bytes[CACHE_MAPPING_SIZE];
	int r = read_mapping(cache, bytes);

	*at = 0;
	for (size_t i = 0; i < ARRAY_SIZE(places) && !r && !*at; i++)
		if (pages && word_at(bytes, places[i]) == pages)
			*at = places[i];
	return r;
}
