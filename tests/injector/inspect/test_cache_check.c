/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page cache in made-up memory: whole, and with one thing wrong at a time. */
#include "injector/base/array.h"
#include "injector/inspect/cache_check.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

enum { NODES = 4, FOLIOS = 16, TOLD_MAX = 128 };
enum { ROOT, WIDE, LEAF, SPARE }; /* nodes */
enum { HUGE, SMALL, FOUR, DIRTY, WRITTEN, SHADOW_PAGE };

#define BASE   UINT64_C(0xffff888000000000)
#define SHADOW UINT64_C(0x1234567)

/*
 *	root, shift 12
 *	  slot 0: node, shift 6
 *	    slots 0 to 7: folio of order 9 at page 0
 *	    slot 8: leaf
 *	      slots 0, 1, 4 to 7: folios of pages 512, 513, and 516 on (order 2)
 *	      slots 8, 9: dirty, and being written back
 *	      slots 16 to 19: shadow of a folio of order 2
 */
struct world {
	unsigned char mapping[256];
	unsigned char node[NODES][1024];
	unsigned char folio[FOLIOS][CACHE_FOLIO_SIZE];
};

static struct world world;
static const struct kernel_version kernel = { 6, 18, 9, 0 };

static struct cache_violation told[TOLD_MAX];
static size_t told_count;
static int error_at_root;

static uint64_t address_of(const void *part)
{
	return BASE + (uint64_t)((const unsigned char *)part - (const unsigned char *)&world);
}

static int read_world(void *context, uint64_t address, void *into, size_t size)
{
	(void)context;
	if (error_at_root && address != address_of(world.mapping))
		return error_at_root;
	if (address < BASE || address + size > BASE + sizeof(world))
		return -EFAULT;
	memcpy(into, (const unsigned char *)&world + (address - BASE), size);
	return 0;
}

static void put(unsigned char *at, uint64_t word)
{
	memcpy(at, &word, sizeof(word));
}

static uint64_t get(const unsigned char *at)
{
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static unsigned char *slot_at(int node, unsigned int slot)
{
	return world.node[node] + CACHE_NODE_SLOTS + 8 * slot;
}

static void set_slot(int node, unsigned int slot, uint64_t entry)
{
	world.node[node][CACHE_NODE_COUNT] = (unsigned char)(world.node[node][CACHE_NODE_COUNT] +
							     !!entry - !!get(slot_at(node, slot)));
	put(slot_at(node, slot), entry);
}

static uint64_t sibling(unsigned int slot)
{
	return (uint64_t)slot << 2 | 2;
}

static uint64_t as_entry(int node)
{
	return address_of(world.node[node]) | 2;
}

static void mark(int node, unsigned int slot, int which)
{
	unsigned char *marks = world.node[node] + CACHE_NODE_MARKS + 8 * which;

	put(marks, get(marks) ^ UINT64_C(1) << slot);
}

static void make_node(int node, int parent, unsigned int slot, unsigned char shift)
{
	world.node[node][CACHE_NODE_SHIFT] = shift;
	put(world.node[node] + CACHE_NODE_ARRAY, address_of(world.mapping + CACHE_MAPPING_ARRAY));
	if (parent < 0)
		return;
	world.node[node][CACHE_NODE_OFFSET] = (unsigned char)slot;
	put(world.node[node] + CACHE_NODE_PARENT, address_of(world.node[parent]));
	set_slot(parent, slot, as_entry(node));
}

static void set_refcount(int folio, int32_t count)
{
	memcpy(world.folio[folio] + CACHE_FOLIO_REFCOUNT, &count, sizeof(count));
}

static void set_flags(int folio, uint64_t flags)
{
	put(world.folio[folio] + CACHE_FOLIO_FLAGS, flags);
}

/* As of 6.18. */
static const uint64_t WRITEBACK = 2, IS_DIRTY = 1 << 4, HEAD = 1 << 6;

static void make_folio(int folio, uint64_t index, unsigned char order, uint64_t flags)
{
	set_flags(folio, flags | (order ? HEAD : 0));
	put(world.folio[folio] + CACHE_FOLIO_MAPPING, address_of(world.mapping));
	put(world.folio[folio] + CACHE_FOLIO_INDEX, index);
	set_refcount(folio, 2);
	world.folio[folio][64] = order;
}

static void set_entry(int node, unsigned int slot, uint64_t entry, unsigned int width)
{
	set_slot(node, slot, entry);
	for (unsigned int i = 1; i < width; i++)
		set_slot(node, slot + i, sibling(slot));
}

static void make_world(void)
{
	memset(&world, 0, sizeof(world));
	put(world.mapping + CACHE_MAPPING_ROOT, as_entry(ROOT));
	make_node(ROOT, -1, 0, 12);
	make_node(WIDE, ROOT, 0, 6);
	make_node(LEAF, WIDE, 8, 0);
	make_folio(HUGE, 0, 9, 0);
	make_folio(SMALL, 512, 0, 0);
	make_folio(FOUR, 516, 2, 0);
	make_folio(DIRTY, 520, 0, IS_DIRTY);
	make_folio(WRITTEN, 521, 0, WRITEBACK);
	set_entry(WIDE, 0, address_of(world.folio[HUGE]), 8);
	set_entry(LEAF, 0, address_of(world.folio[SMALL]), 1);
	set_entry(LEAF, 4, address_of(world.folio[FOUR]), 4);
	set_entry(LEAF, 8, address_of(world.folio[DIRTY]), 1);
	set_entry(LEAF, 9, address_of(world.folio[WRITTEN]), 1);
	set_entry(LEAF, 16, SHADOW, 4);
	mark(LEAF, 8, 0);
	mark(LEAF, 9, 1);
	for (int which = 0; which < 2; which++) {
		mark(WIDE, 8, which);
		mark(ROOT, 0, which);
	}
	put(world.mapping + 88, 512 + 1 + 4 + 2);
	told_count = 0;
	error_at_root = 0;
}

static struct cache the_cache(void)
{
	return (struct cache){ .layout = cache_layout_of(&kernel),
			       .read = read_world,
			       .mapping = address_of(world.mapping),
			       .pages_at = 88 };
}

static void take(void *context, const struct cache_violation *violation)
{
	(void)context;
	if (told_count < TOLD_MAX)
		told[told_count++] = *violation;
}

static struct cache_sum check(void)
{
	const struct cache cache = the_cache();
	struct cache_sum sum;

	told_count = 0;
	CU_ASSERT_EQUAL(cache_check(&cache, &sum, take, NULL), 0);
	CU_ASSERT_EQUAL(sum.violations, told_count);
	return sum;
}

static void finds_nothing_where_nothing_is(void)
{
	struct cache_sum sum;

	make_world();
	sum = check();
	CU_ASSERT_EQUAL(sum.violations, 0);
	CU_ASSERT_EQUAL(sum.nodes, 3);
	CU_ASSERT_EQUAL(sum.folios, 5);
	CU_ASSERT_EQUAL(sum.pages, 519);
	CU_ASSERT_EQUAL(sum.shadows, 1);
	CU_ASSERT_EQUAL(sum.slots, 3 * CACHE_SLOTS);
	CU_ASSERT_FALSE(sum.locked);
}

static void takes_empty_files(void)
{
	make_world();
	put(world.mapping + CACHE_MAPPING_ROOT, 0);
	put(world.mapping + 88, 0);
	CU_ASSERT_EQUAL(check().violations, 0);
	put(world.mapping + CACHE_MAPPING_ROOT, address_of(world.folio[SMALL]));
	put(world.folio[SMALL] + CACHE_FOLIO_INDEX, 0);
	put(world.mapping + 88, 1);
	CU_ASSERT_EQUAL(check().violations, 0);
	put(world.folio[SMALL] + CACHE_FOLIO_INDEX, 1);
	CU_ASSERT_EQUAL(check().violations, 1);
	CU_ASSERT_EQUAL(told[0].fault, CACHE_MISPLACED);
}

/* As truncate leaves them, until the next writeback. */
static void takes_marks_of_the_clean(void)
{
	make_world();
	mark(LEAF, 0, 0);
	mark(LEAF, 4, 2);
	mark(WIDE, 8, 2);
	mark(ROOT, 0, 2);
	CU_ASSERT_EQUAL(check().violations, 0);
}

static void loses_reference(void)
{
	set_refcount(SMALL, 0);
}

static void goes_to_another_file(void)
{
	put(world.folio[SMALL] + CACHE_FOLIO_MAPPING, address_of(world.mapping) + 0x1000);
}

static void becomes_a_tail(void)
{
	put(world.folio[SMALL] + CACHE_FOLIO_HEAD, address_of(world.folio[HUGE]) | 1);
}

static void points_nowhere(void)
{
	put(slot_at(LEAF, 0), UINT64_C(0xffffea0000000000));
}

static void is_of_another_page(void)
{
	put(world.folio[SMALL] + CACHE_FOLIO_INDEX, 511);
}

static void is_larger_than_its_entry(void)
{
	make_folio(SMALL, 512, 1, 0);
	put(world.mapping + 88, 520);
}

static void is_smaller_than_its_entry(void)
{
	make_folio(FOUR, 516, 0, 0);
}

static void has_two_entries(void)
{
	make_folio(FOUR, 516, 2, 0);
	set_slot(LEAF, 5, address_of(world.folio[FOUR]));
}

static void is_not_aligned(void)
{
	set_entry(LEAF, 4, 0, 4);
	for (unsigned int i = 0; i < 4; i++)
		set_slot(LEAF, 4 + i, 0);
	make_folio(FOUR, 510, 2, 0);
	set_slot(LEAF, 1, address_of(world.folio[FOUR]));
}

static void lacks_a_sibling(void)
{
	set_slot(LEAF, 6, 0);
}

static void is_a_sibling_of_nobody(void)
{
	set_slot(LEAF, 3, sibling(2));
}

static void is_internal(void)
{
	set_slot(LEAF, 3, 256 << 2 | 2);
}

static void loses_its_mark(void)
{
	mark(LEAF, 8, 0);
	mark(WIDE, 8, 0);
	mark(ROOT, 0, 0);
}

/* What 2a0774c2886d fixed: a split left its marks on all slots of the new node. */
static void marks_a_sibling(void)
{
	mark(LEAF, 4, 0);
	mark(LEAF, 5, 0);
}

static void is_written_without_mark(void)
{
	mark(LEAF, 9, 1);
	mark(WIDE, 8, 1);
	mark(ROOT, 0, 1);
}

static void has_a_node_without_mark(void)
{
	mark(ROOT, 0, 0);
}

static void marks_nothing(void)
{
	mark(LEAF, 20, 1);
}

static void has_an_odd_shadow(void)
{
	set_slot(LEAF, 19, 0);
}

static void miscounts(void)
{
	world.node[LEAF][CACHE_NODE_COUNT]++;
}

static void is_of_another_array(void)
{
	put(world.node[LEAF] + CACHE_NODE_ARRAY, address_of(world.mapping));
}

static void has_another_parent(void)
{
	put(world.node[LEAF] + CACHE_NODE_PARENT, address_of(world.node[ROOT]));
}

static void is_on_another_level(void)
{
	world.node[LEAF][CACHE_NODE_SHIFT] = 6;
}

static void sums_up_wrong(void)
{
	put(world.mapping + 88, 520);
}

struct wrong {
	void (*make)(void);
	enum cache_fault fault;
	uint64_t page;
	size_t count;
	bool passing;
};

static const struct wrong wrongs[] = {
	{ loses_reference, CACHE_FREE, 512, 1, false },
	{ goes_to_another_file, CACHE_FOREIGN, 512, 1, false },
	{ becomes_a_tail, CACHE_POINTER, 512, 1, false },
	{ points_nowhere, CACHE_POINTER, 512, 1, false },
	{ is_of_another_page, CACHE_MISPLACED, 512, 1, false },
	{ is_larger_than_its_entry, CACHE_SIBLING, 513, 1, false },
	{ is_smaller_than_its_entry, CACHE_MISPLACED, 517, 3, false },
	{ has_two_entries, CACHE_ORDER, 517, 1, false },
	{ is_not_aligned, CACHE_ORDER, 513, 1, false },
	{ lacks_a_sibling, CACHE_SIBLING, 518, 1, false },
	{ is_a_sibling_of_nobody, CACHE_SIBLING, 515, 1, false },
	{ is_internal, CACHE_SIBLING, 515, 1, false },
	{ loses_its_mark, CACHE_MARK, 520, 1, true },
	{ marks_a_sibling, CACHE_MARK, 517, 1, false },
	{ is_written_without_mark, CACHE_MARK, 521, 1, false },
	{ has_a_node_without_mark, CACHE_MARK, 0, 1, false },
	{ marks_nothing, CACHE_MARK, 532, 1, false },
	{ has_an_odd_shadow, CACHE_SHADOW, 528, 1, false },
	{ miscounts, CACHE_NODE, 512, 1, false },
	{ is_of_another_array, CACHE_NODE, 512, 1, false },
	{ has_another_parent, CACHE_NODE, 512, 1, false },
	{ is_on_another_level, CACHE_NODE, 512, 1, false },
	{ sums_up_wrong, CACHE_SUM, 0, 1, false },
};

static void finds_each(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		const struct wrong *wrong = &wrongs[i];

		make_world();
		wrong->make();
		check();
		CU_ASSERT_EQUAL(told_count, wrong->count);
		CU_ASSERT_EQUAL(told[0].fault, wrong->fault);
		CU_ASSERT_EQUAL(told[0].page, wrong->page);
		CU_ASSERT_EQUAL(told[0].passing, wrong->passing);
	}
}

/* What the race of the older family leaves: 64 slots with the folio that is gone, one of them
 * replaced. */
static void finds_a_stale_node(void)
{
	make_world();
	make_node(SPARE, WIDE, 3, 0);
	for (unsigned int i = 0; i < CACHE_SLOTS; i++)
		set_slot(SPARE, i, address_of(world.folio[8]));
	for (unsigned int i = 0; i < 8; i++)
		if (i != 3)
			set_slot(WIDE, i, 0);
	make_folio(7, 200, 0, 0);
	set_slot(SPARE, 8, address_of(world.folio[7]));
	world.node[SPARE][CACHE_NODE_COUNT] = 1;
	check();
	CU_ASSERT_EQUAL(told_count, 63);
	for (size_t i = 0; i < told_count; i++)
		CU_ASSERT_EQUAL(told[i].fault, CACHE_FREE);
	CU_ASSERT_STRING_EQUAL(cache_fault_family(told[0].fault), "stale folio");
	CU_ASSERT_EQUAL(told[0].page, 192);
	CU_ASSERT_EQUAL(told[62].page, 255);
}

/* Somebody is about to change something, which look-ups do not wait for. */
static void judges_less_under_the_lock(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		make_world();
		put(world.mapping + CACHE_MAPPING_LOCK, 1);
		wrongs[i].make();
		CU_ASSERT_TRUE(check().locked);
		CU_ASSERT_EQUAL(told_count,
				wrongs[i].fault == CACHE_MISPLACED ? wrongs[i].count : 0);
	}
}

static void looks_as_a_look_up_does(void)
{
	const struct cache cache = the_cache();
	struct cache_violation at;

	make_world();
	CU_ASSERT_EQUAL(cache_look(&cache, 300, 0, &at), 0);
	CU_ASSERT_EQUAL(at.fault, CACHE_RIGHT);
	CU_ASSERT_EQUAL(at.folio.order, 9);
	CU_ASSERT_EQUAL(cache_look(&cache, 518, 0, &at), 0);
	CU_ASSERT_EQUAL(at.folio.index, 516);
	CU_ASSERT_EQUAL(cache_look(&cache, 530, 0, &at), -ENOENT);
	CU_ASSERT_EQUAL(cache_look(&cache, 1 << 18, 0, &at), -ENOENT);
	/* The race: the first part has been taken for all of it. */
	make_folio(HUGE, 0, 0, 0);
	CU_ASSERT_EQUAL(cache_look(&cache, 300, address_of(world.folio[HUGE]), &at), 0);
	CU_ASSERT_EQUAL(at.fault, CACHE_MISPLACED);
	set_refcount(HUGE, 0);
	CU_ASSERT_EQUAL(cache_look(&cache, 300, address_of(world.folio[HUGE]), &at), 0);
	CU_ASSERT_EQUAL(at.fault, CACHE_RIGHT);
	CU_ASSERT_EQUAL(cache_look(&cache, 300, 0, &at), 0);
	CU_ASSERT_EQUAL(at.fault, CACHE_FREE);
	is_on_another_level();
	CU_ASSERT_EQUAL(cache_look(&cache, 518, 0, &at), -ELOOP);
}

static void ends_when_nothing_can_be_read(void)
{
	const struct cache cache = the_cache();
	struct cache_sum sum;

	make_world();
	error_at_root = -ECONNRESET;
	CU_ASSERT_EQUAL(cache_check(&cache, &sum, take, NULL), -ECONNRESET);
}

static void finds_nrpages(void)
{
	const struct cache cache = the_cache();
	unsigned int at;

	make_world();
	CU_ASSERT_EQUAL(cache_find_nrpages(&cache, 519, &at), 0);
	CU_ASSERT_EQUAL(at, 88);
	CU_ASSERT_EQUAL(cache_find_nrpages(&cache, 518, &at), 0);
	CU_ASSERT_EQUAL(at, 0);
}

static void knows_layouts(void)
{
	static const struct {
		struct kernel_version kernel;
		unsigned int order_at, head;
	} rows[] = {
		{ { 7, 2, 12, 0 }, 64, 6 },
		{ { 6, 7, 0, 0 }, 64, 6 },
		{ { 6, 6, 60, 0 }, 64, 16 },
		{ { 6, 1, 192, 0 }, 81, 16 },
	};
	const struct kernel_version old = { 5, 10, 0, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct cache_layout *layout = cache_layout_of(&rows[i].kernel);

		CU_ASSERT_PTR_NOT_NULL_FATAL(layout);
		CU_ASSERT_EQUAL(layout->order_at, rows[i].order_at);
		CU_ASSERT_EQUAL(layout->head, rows[i].head);
	}
	CU_ASSERT_PTR_NULL(cache_layout_of(&old));
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "finds nothing where nothing is", finds_nothing_where_nothing_is },
		{ "takes empty files", takes_empty_files },
		{ "takes marks of clean folios", takes_marks_of_the_clean },
		{ "finds each", finds_each },
		{ "finds a stale node", finds_a_stale_node },
		{ "judges less under the lock", judges_less_under_the_lock },
		{ "looks as a look-up does", looks_as_a_look_up_does },
		{ "ends when nothing can be read", ends_when_nothing_can_be_read },
		{ "finds nrpages", finds_nrpages },
		{ "knows layouts", knows_layouts },
		CU_TEST_INFO_NULL,
	};

	return run_suite("cache check", tests);
}
