/* SPDX-License-Identifier: GPL-2.0-or-later */
/* https://sqlite.org/fileformat2.html: numbers are big-endian, and pages are counted from 1. */
#include "tools/import/sqlite_damage.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INTERIOR_INDEX = 2,
	INTERIOR_TABLE = 5,
	LEAF_INDEX = 10,
	LEAF_TABLE = 13,
	DEPTH_MAX = 20,
	FILE_HEADER = 100, /* size of the file header, before the first page's tree */
	ROOT_COLUMN = 3,   /* rootpage, in the schema */
};

static const char no_tree[] = "a page of a table or an index that is none",
		  bad_cell[] = "a cell that is none, or lies elsewhere",
		  bad_order[] = "rows of another page, by their numbers",
		  bad_chain[] = "an overflow chain that breaks off",
		  bad_share[] = "leads to a page that another one leads to; one of both is wrong";

struct finding {
	struct sqlite_damage *damage;
	int fd;
	uint32_t size, usable; /* bytes of a database page, and its usable part */
	uint32_t count;        /* number of database pages */
	uint32_t *parents;     /* per page: the page that led to it; 0: none yet */
};

/* A page of a tree, whose row numbers are above `low` and up to `high`. */
struct node {
	const unsigned char *bytes;
	uint32_t number, root, header;
	unsigned int type, cells;
	int depth;
	int64_t low, high;
	bool lowest; /* `low` is not set */
	bool strict; /* it is known whether the tree is a table's */
};

struct cell {
	uint32_t at, end; /* within the page */
	uint32_t child, overflow;
	uint32_t payload; /* offset; 0: none */
	uint32_t local;   /* bytes of the payload in the page */
	uint64_t length;
	int64_t key;
};

static uint32_t word(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t half(const unsigned char *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* Reads up to 9 bytes, of which the last counts in full. Returns their number; 0 if they continue
 * beyond the end. */
static uint32_t varint(const unsigned char *bytes, uint32_t at, uint32_t end, uint64_t *value)
{
	*value = 0;
	for (uint32_t i = 0; i < 9 && at + i < end; i++) {
		if (i == 8) {
			*value = *value << 8 | bytes[at + i];
			return 9;
		}
		*value = *value << 7 | (bytes[at + i] & 0x7f);
		if (!(bytes[at + i] & 0x80))
			return i + 1;
	}
	return 0;
}

static void lose(struct finding *finding, uint32_t number, uint32_t at, const char *why)
{
	uint64_t page = ((uint64_t)(number - 1) * finding->size + at) / SQLITE_DAMAGE_PAGE;

	if (page < finding->damage->page_count && !finding->damage->whys[page])
		finding->damage->whys[page] = why;
}

static bool read_page(const struct finding *finding, uint32_t number, unsigned char *bytes)
{
	return pread(finding->fd, bytes, finding->size,
		     (off_t)(number - 1) * (off_t)finding->size) == (ssize_t)finding->size;
}

/* Whether to follow a page; if two pages lead to it, one of them is damaged. */
static bool reach(struct finding *finding, uint32_t number, uint32_t parent, const char *why)
{
	if (!number || number > finding->count) {
		lose(finding, parent, 0, why);
		return false;
	}
	if (finding->parents[number - 1]) {
		lose(finding, parent, 0, bad_share);
		lose(finding, finding->parents[number - 1], 0, bad_share);
		return false;
	}
	finding->parents[number - 1] = parent;
	return true;
}

static void follow_chain(struct finding *finding, const struct cell *cell, uint32_t parent)
{
	uint64_t left = cell->length - cell->local;
	uint32_t number = cell->overflow;
	unsigned char next[4];

	while (reach(finding, number, parent, bad_chain)) {
		if (pread(finding->fd, next, 4, (off_t)(number - 1) * (off_t)finding->size) != 4)
			return;
		left -= left < finding->usable - 4 ? left : finding->usable - 4;
		parent = number;
		number = word(next);
		if (!left && number)
			lose(finding, parent, 0, bad_chain);
		if (!left)
			return;
	}
}

static uint32_t local_bytes(const struct finding *finding, bool table, uint64_t length)
{
	uint32_t usable = finding->usable, least = (usable - 12) * 32 / 255 - 23;
	uint32_t most = table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
	uint64_t part = length <= most ? length : least + (length - least) % (usable - 4);

	return (uint32_t)(part <= most ? part : least);
}

static bool read_cell(const struct finding *finding, const struct node *node, uint32_t at,
		      struct cell *cell)
{
	const uint32_t end = finding->usable;
	uint64_t key = 0;
	uint32_t used;

	*cell = (struct cell){ .at = at };
	if (at < node->header || at + 4 > end)
		return false;
	if (node->type == INTERIOR_INDEX || node->type == INTERIOR_TABLE) {
		cell->child = word(node->bytes + at);
		at += 4;
	}
	if (node->type != INTERIOR_TABLE) {
		used = varint(node->bytes, at, end, &cell->length);
		at += used;
		if (!used || !cell->length || cell->length > INT32_MAX)
			return false;
	}
	if (node->type == INTERIOR_TABLE || node->type == LEAF_TABLE) {
		used = varint(node->bytes, at, end, &key);
		at += used;
		if (!used)
			return false;
	}
	cell->key = (int64_t)key;
	cell->end = at;
	if (node->type == INTERIOR_TABLE)
		return true;
	cell->payload = at;
	cell->local = local_bytes(finding, node->type == LEAF_TABLE, cell->length);
	cell->end = at + cell->local + (cell->local < cell->length ? 4 : 0);
	if (cell->end > end)
		return false;
	if (cell->local < cell->length)
		cell->overflow = word(node->bytes + at + cell->local);
	return true;
}

static uint64_t value_bytes(uint64_t type)
{
	static const uint8_t sizes[12] = { 0, 1, 2, 3, 4, 6, 8, 8 };

	return type < 12 ? sizes[type] : (type - 12) / 2;
}

/* Whether a record is as long as its header says, as far as it is in the page. root: set to the
 * schema's rootpage; may be NULL. */
static bool check_record(const struct node *node, const struct cell *cell, uint32_t *root)
{
	const uint32_t end = cell->payload + cell->local;
	uint64_t header, type, total;
	uint32_t used = varint(node->bytes, cell->payload, end, &header), at;

	if (!used || header < used || header > cell->length)
		return false;
	total = header;
	if (header > cell->local)
		return true;
	at = cell->payload + used;
	for (unsigned int column = 0; at < cell->payload + header; column++) {
		uint64_t bytes;

		used = varint(node->bytes, at, cell->payload + (uint32_t)header, &type);
		if (!used)
			return false;
		at += used;
		bytes = value_bytes(type);
		if (root && column == ROOT_COLUMN && bytes <= 4 && total + bytes <= cell->local) {
			*root = type == 9;
			for (uint64_t i = 0; i < bytes; i++)
				*root = *root << 8 | node->bytes[cell->payload + total + i];
		}
		total += bytes;
		if (total > cell->length)
			return false;
	}
	return total == cell->length;
}

static bool is_interior(const struct node *node)
{
	return node->type == INTERIOR_INDEX || node->type == INTERIOR_TABLE;
}

static bool is_table(const struct node *node)
{
	return node->type == INTERIOR_TABLE || node->type == LEAF_TABLE;
}

/* Reads the row number of a cell; false if it belongs to another page. */
static bool take_key(struct node *node, const struct cell *cell)
{
	if ((!node->lowest && cell->key <= node->low) || cell->key > node->high)
		return false;
	node->low = cell->key;
	node->lowest = false;
	return true;
}

static bool enter(struct finding *finding, struct node *node, unsigned char *bytes, bool table)
{
	const uint32_t begin = node->number == 1 ? FILE_HEADER : 0;

	if (!read_page(finding, node->number, bytes))
		return false;
	node->bytes = bytes;
	node->type = bytes[begin];
	node->cells = half(bytes + begin + 3);
	node->header = begin + (is_interior(node) ? 12 : 8) + 2 * node->cells;
	if ((!is_interior(node) && node->type != LEAF_INDEX && node->type != LEAF_TABLE) ||
	    node->header > finding->usable || (node->strict && is_table(node) != table)) {
		lose(finding, node->number, 0, no_tree);
		return false;
	}
	return true;
}

/* Records the tree whose cells fill more than half of a page of the file: two such pages differ. */
static void claim(struct finding *finding, const struct node *node, const uint32_t *live)
{
	const struct sqlite_damage *damage = finding->damage;
	uint32_t *trees = damage->trees + (uint64_t)(node->number - 1) * damage->group;

	for (uint32_t i = 0; i < damage->group; i++)
		if (damage->group == 1 ? node->cells : live[i] > SQLITE_DAMAGE_PAGE / 2)
			trees[i] = node->root;
}

static void walk(struct finding *finding, struct node node, bool table);

static void walk_child(struct finding *finding, const struct node *node, uint32_t child,
		       int64_t high)
{
	struct node below = *node;

	if (!reach(finding, child, node->number, no_tree))
		return;
	below.number = child;
	below.depth++;
	below.strict = true;
	below.high = high;
	walk(finding, below, is_table(node));
}

/* A table without row numbers has the tree of an index. */
static void walk_root(struct finding *finding, uint32_t root, bool index)
{
	struct node node = { .number = root, .root = root, .high = INT64_MAX, .lowest = true };

	if (!root || !reach(finding, root, 1, no_tree))
		return;
	node.strict = index;
	walk(finding, node, false);
}

static const char *look_at_cell(struct node *node, const struct cell *cell, uint32_t *root)
{
	if (cell->payload && !check_record(node, cell, node->root == 1 ? root : NULL))
		return bad_cell;
	if (node->type == LEAF_TABLE && !take_key(node, cell))
		return bad_order;
	/* Children judge themselves, with the bounds from here. */
	if (node->type == INTERIOR_TABLE &&
	    ((!node->lowest && cell->key < node->low) || cell->key > node->high))
		return bad_order;
	return NULL;
}

/* Checks the pages that cells lead to. */
static void follow(struct finding *finding, struct node *node, const struct cell *cell,
		   uint32_t root)
{
	uint32_t kind;

	if (cell->child)
		walk_child(finding, node, cell->child,
			   node->type == INTERIOR_TABLE ? cell->key : INT64_MAX);
	if (node->type == INTERIOR_TABLE) {
		node->low = cell->key;
		node->lowest = false;
	}
	if (cell->overflow || cell->local < cell->length)
		follow_chain(finding, cell, node->number);
	/* The first column is "table" or "index", after a header whose length is a byte. */
	kind = root ? node->bytes[cell->payload] : 0;
	if (kind && kind < cell->local)
		walk_root(finding, root, node->bytes[cell->payload + kind] == 'i');
}

static void walk_cells(struct finding *finding, struct node *node)
{
	const uint32_t pointers = node->header - 2 * node->cells;
	uint32_t live[65536 / SQLITE_DAMAGE_PAGE] = { 0 };

	for (unsigned int i = 0; i < node->cells; i++) {
		uint32_t at = half(node->bytes + pointers + (size_t)2 * i), root = 0;
		struct cell cell;
		const char *why = bad_cell;

		if (read_cell(finding, node, at, &cell))
			why = look_at_cell(node, &cell, &root);
		if (why) {
			lose(finding, node->number, at < finding->usable ? at : 0, why);
			lose(finding, node->number, pointers + 2 * i, why);
			continue;
		}
		if (cell.end - 1 < (cell.at / SQLITE_DAMAGE_PAGE + 1) * SQLITE_DAMAGE_PAGE)
			live[cell.at / SQLITE_DAMAGE_PAGE] += cell.end - cell.at;
		follow(finding, node, &cell, root);
	}
	claim(finding, node, live);
}

/* Checks a page and its children. */
static void walk(struct finding *finding, struct node node, bool table)
{
	unsigned char *bytes = node.depth < DEPTH_MAX ? malloc(finding->size) : NULL;

	if (bytes && enter(finding, &node, bytes, table)) {
		const uint32_t begin = node.number == 1 ? FILE_HEADER : 0;

		walk_cells(finding, &node);
		if (is_interior(&node))
			walk_child(finding, &node, word(bytes + begin + 8), node.high);
	}
	free(bytes);
}

static int begin(struct finding *finding, int fd)
{
	unsigned char header[FILE_HEADER];
	struct stat status;

	if (fstat(fd, &status) || pread(fd, header, sizeof(header), 0) != sizeof(header))
		return -EINVAL;
	finding->fd = fd;
	finding->size = half(header + 16) == 1 ? 65536 : half(header + 16);
	if (finding->size < 512 || finding->size & (finding->size - 1) ||
	    header[20] > finding->size - 480)
		return -EINVAL;
	finding->usable = finding->size - header[20];
	if (status.st_size / SQLITE_DAMAGE_PAGE > SQLITE_DAMAGE_PAGES_MAX)
		return -EFBIG;
	finding->count = (uint32_t)(status.st_size / finding->size);
	finding->damage->page_count =
		((uint64_t)status.st_size + SQLITE_DAMAGE_PAGE - 1) / SQLITE_DAMAGE_PAGE;
	finding->damage->units =
		finding->size < SQLITE_DAMAGE_PAGE ? SQLITE_DAMAGE_PAGE / finding->size : 1;
	finding->damage->group =
		finding->size > SQLITE_DAMAGE_PAGE ? finding->size / SQLITE_DAMAGE_PAGE : 1;
	return finding->count ? 0 : -EINVAL;
}

int sqlite_damage_find(struct sqlite_damage *damage, int fd)
{
	struct finding finding = { .damage = damage };
	int r;

	*damage = (struct sqlite_damage){ 0 };
	r = begin(&finding, fd);
	if (r) {
		sqlite_damage_release(damage);
		return r;
	}
	damage->whys = calloc(damage->page_count, sizeof(*damage->whys));
	damage->trees = calloc(damage->page_count * damage->units, sizeof(*damage->trees));
	finding.parents = calloc(finding.count, sizeof(*finding.parents));
	if (damage->whys && damage->trees && finding.parents) {
		finding.parents[0] = 1;
		walk(&finding,
		     (struct node){ .number = 1, .root = 1, .high = INT64_MAX, .lowest = true },
		     false);
	} else {
		sqlite_damage_release(damage);
		r = -ENOMEM;
	}
	free(finding.parents);
	return r;
}

void sqlite_damage_release(struct sqlite_damage *damage)
{
	free(damage->whys);
	free(damage->trees);
	*damage = (struct sqlite_damage){ 0 };
}
