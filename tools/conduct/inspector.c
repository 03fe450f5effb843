/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/conduct/inspector.h"
#include "injector/base/array.h"
#include "injector/probe/split_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIELD(name) offsetof(struct inspect_page, name)

/* Chunks are at multiples of their size, so none reaches into another page. */
static int read_chunk(struct inspector *inspector, uint64_t address, const unsigned char **bytes)
{
	size_t i = address / GDB_STUB_CHUNK % INSPECTOR_CHUNKS;
	int r;

	*bytes = inspector->chunks[i].bytes;
	if (address && inspector->chunks[i].address == address)
		return 0;
	inspector->chunks[i].address = 0;
	r = gdb_stub_read(inspector->stub, address, inspector->chunks[i].bytes, GDB_STUB_CHUNK);
	if (!r)
		inspector->chunks[i].address = address;
	return r;
}

static int read_memory(void *context, uint64_t address, void *into, size_t size)
{
	unsigned char *to = into;

	while (size) {
		size_t at = address % GDB_STUB_CHUNK, part = GDB_STUB_CHUNK - at;
		const unsigned char *bytes;
		int r = read_chunk(context, address - at, &bytes);

		if (r)
			return r;
		part = part < size ? part : size;
		memcpy(to, bytes + at, part);
		to += part, address += part, size -= part;
	}
	return 0;
}

static void forget_memory(struct inspector *inspector)
{
	for (size_t i = 0; i < INSPECTOR_CHUNKS; i++)
		inspector->chunks[i].address = 0;
}

static int write_field(struct inspector *inspector, size_t field, const void *value, size_t size)
{
	return gdb_stub_write_physical(inspector->stub, inspector->page + field, value, size);
}

static int write_counts(struct inspector *inspector)
{
	return write_field(inspector, FIELD(counts), &inspector->counts, sizeof(inspector->counts));
}

static int answer(struct inspector *inspector, int64_t answer)
{
	return write_field(inspector, FIELD(answer), &answer, sizeof(answer));
}

static int refuse(struct inspector *inspector, const char *why)
{
	int r = write_field(inspector, FIELD(why), why, strlen(why) + 1);

	return r ? r : answer(inspector, -EPROTO);
}

static struct cache cache_of(const struct inspector *inspector, const struct inspector_file *file)
{
	struct cache cache = inspector->cache;

	cache.mapping = file->mapping;
	cache.pages_at = file->pages_at;
	cache.unmarked = file->unmarked;
	return cache;
}

static const struct inspector_file *file_of(const struct inspector *inspector, uint64_t mapping)
{
	for (size_t i = 0; i < inspector->file_count; i++)
		if (inspector->files[i].mapping == mapping)
			return &inspector->files[i];
	return NULL;
}

/* Writes an event, if the run has taken enough of the earlier ones. */
static int tell(struct inspector *inspector, const struct gate_event *event)
{
	size_t at = FIELD(events) +
		    inspector->counts.events % INSPECT_EVENTS * sizeof(struct gate_event);
	struct gate_event told = *event;
	struct {
		uint64_t punch_began, taken;
	} run;
	int r;

	_Static_assert(FIELD(events_taken) == FIELD(punch_began) + 8, "both in one read");
	r = gdb_stub_read_physical(inspector->stub, inspector->page + FIELD(punch_began), &run,
				   sizeof(run));
	if (r)
		return r;
	if (inspector->counts.events - run.taken >= INSPECT_EVENTS) {
		inspector->counts.lost++;
		return 0;
	}
	told.time = run.punch_began;
	inspector->counts.events++;
	return write_field(inspector, at, &told, sizeof(told));
}

static int begin_split(struct inspector *inspector, const struct gdb_registers *registers)
{
	const uint64_t *argument = registers->argument;
	struct inspector_split *split = &inspector->under_way;
	struct cache_folio folio;
	uint64_t comes_back, stack;
	int r;

	if (split->under_way)
		return 0;
	r = cache_folio_read(&inspector->cache, argument[0], &folio);
	if (!r)
		r = gdb_stub_return(inspector->stub, registers, &comes_back, &stack);
	if (r)
		return r == -EFAULT ? 0 : r;
	*split = (struct inspector_split){
		.file = file_of(inspector, folio.mapping),
		.folio = folio.address,
		.first = folio.index,
		.order = folio.order,
		.last = (uint32_t)argument[1],
		.at = (uint32_t)((argument[2] - folio.address) / CACHE_FOLIO_ALIGN),
		.comes_back = comes_back,
		.stack = stack,
	};
	split->under_way = split->file && split->order <= SPLIT_ORDER_MAX &&
			   split->last < split->order && split->at >> split->order == 0;
	return 0;
}

static int say_misplaced(struct inspector *inspector, const struct inspector_split *split)
{
	const struct gate_event event = {
		.type = GATE_EVENT_MISPLACED,
		.file = split->file->number,
		.page = split->slot.page,
		.folio = split->slot.folio,
		.order = split->slot.order,
		.refcount = split->slot.refcount,
	};

	return tell(inspector, &event);
}

/* Inspects one slot of a part, which is one entry until it is stored. */
static int look_at_part(struct inspector *inspector, const struct cache *cache, uint32_t part)
{
	struct inspector_split *split = &inspector->under_way;
	uint64_t page = split->first +
			split_part_first(split->order, split->last, split->at, part) +
			(UINT64_C(1) << split_part_order(split->order, split->last, part)) - 1;
	struct cache_violation slot;
	int r = cache_look(cache, page, split->folio, &slot);

	if (r && r != -EFAULT && r != -ENOENT && r != -ELOOP)
		return r;
	inspector->counts.slots_inspected++;
	if (r || (slot.fault != CACHE_RIGHT && slot.fault != CACHE_MISPLACED)) {
		inspector->counts.inspect_errors++;
		split->errors++;
		return 0;
	}
	if (slot.fault == CACHE_RIGHT)
		return 0;
	inspector->counts.slots_misplaced++;
	if (!split->misplaced)
		split->slot = (struct gate_slot){ page, slot.folio.index, slot.folio.order,
						  slot.folio.refcount };
	split->misplaced |= 1U << part;
	return 0;
}

static int look_at_parts(struct inspector *inspector)
{
	struct inspector_split *split = &inspector->under_way;
	struct cache cache = cache_of(inspector, split->file);
	bool any = split->misplaced;
	int r = 0;

	split->stores++;
	for (uint32_t part = split->last; part <= split->order && !r; part++)
		r = look_at_part(inspector, &cache, part);
	if (r || any || !split->misplaced)
		return r;
	/* Written before the rest of the split, which may make the guest die. */
	r = say_misplaced(inspector, split);
	return r ? r : write_counts(inspector);
}

/* See is_inspected() in injector/probe/gate_split.bpf.h. A uniform split makes more stores. */
static bool is_inspected(const struct inspector_split *split, int error)
{
	return !error && split->stores == split->order - split->last && !split->errors &&
	       split->at >> split->last >= 2;
}

static int end_split(struct inspector *inspector, int error)
{
	struct inspector_split *split = &inspector->under_way;
	bool inspected = is_inspected(split, error);
	const struct gate_event event = {
		.type = GATE_EVENT_SPLIT,
		.file = split->file->number,
		.page = split->first,
		.order = split->order,
		.levels = split->order - split->last,
		.outcome = !error             ? GATE_SPLIT
			   : error == -EAGAIN ? GATE_FAILED_REFERENCE
					      : GATE_FAILED_OTHER,
		.error = error,
		.split_at = split->at,
		.stores = split->stores,
		.inspected = inspected,
		.misplaced = split->misplaced,
		.slot = split->slot,
	};
	int r;

	split->under_way = false;
	inspector->counts.splits_inspected += inspected;
	inspector->counts.splits_misplaced += split->misplaced != 0;
	r = tell(inspector, &event);
	return r ? r : write_counts(inspector);
}

/* Returns 0; -EBUSY: a thread is changing the tree; -errno of the stub. */
static int look_at_file(struct inspector *inspector, struct inspector_file *file)
{
	const struct cache cache = cache_of(inspector, file);
	struct cache_sum sum;
	int r;

	inspector->rounds.file = file->number;
	r = cache_check(&cache, &sum, cache_rounds_visit, &inspector->rounds);
	if (r || sum.locked)
		return r ? r : -EBUSY;
	inspector->counts.slots += sum.slots;
	inspector->counts.folios += sum.folios;
	/* The file had no pages before, so the counter could not be found. */
	if (!file->pages_at && !sum.violations)
		r = cache_find_nrpages(&cache, sum.pages, &file->pages_at);
	return r;
}

/* Looks at all files. Returns as look_at_file(). */
static int look_at_files(struct inspector *inspector)
{
	int r = 0;

	cache_rounds_begin(&inspector->rounds);
	for (size_t i = 0; i < inspector->file_count && !r; i++)
		r = look_at_file(inspector, &inspector->files[i]);
	inspector->counts.looks += !r;
	return r;
}

static struct inspect_row row_of(const struct cache_found *found)
{
	const struct cache_violation *violation = &found->violation;

	return (struct inspect_row){
		.file = found->file,
		.fault = violation->fault,
		.page = violation->page,
		.pages = violation->pages,
		.entry = violation->entry,
		.folio = violation->folio.index,
		.flags = violation->folio.flags,
		.order = violation->folio.order,
		.refcount = violation->folio.refcount,
	};
}

static int tell_violation(struct inspector *inspector, const struct cache_found *found)
{
	const struct inspect_row row = row_of(found);
	uint64_t taken, at = inspector->rows + inspector->counts.rows % INSPECT_ROWS * sizeof(row);
	int r;

	inspector->counts.violations++;
	cache_list_add(&inspector->told, found);
	r = gdb_stub_read_physical(inspector->stub, inspector->page + FIELD(rows_taken), &taken,
				   sizeof(taken));
	if (r)
		return r;
	if (inspector->counts.rows - taken >= INSPECT_ROWS) {
		inspector->counts.lost++;
		return 0;
	}
	inspector->counts.rows++;
	return gdb_stub_write_physical(inspector->stub, at, &row, sizeof(row));
}

/* Does one round, which keeps what is wrong and was so in the earlier rounds. */
static int look(struct inspector *inspector, bool first, bool last)
{
	const struct cache_list *left = &inspector->rounds.left;
	int r = look_at_files(inspector);

	if (r)
		return r == -EBUSY ? answer(inspector, r) : r;
	cache_rounds_end(&inspector->rounds, first);
	for (size_t i = 0; i < left->count && last && !r; i++)
		if (!cache_list_has(&inspector->told, &left->items[i]))
			r = tell_violation(inspector, &left->items[i]);
	if (!r)
		r = write_counts(inspector);
	return r ? r : answer(inspector, (int64_t)left->count);
}

/* Called after the file was looked up. The known layout of this kernel's structures has to fit
 * it. */
static int name_file(struct inspector *inspector)
{
	struct inspector_file file = inspector->naming;
	struct cache cache = cache_of(inspector, &file);
	struct cache_sum sum;
	const struct cache_list *wrong = &inspector->rounds.now;
	char why[INSPECT_WHY];
	int r;

	inspector->naming.number = 0;
	if (!file.mapping)
		return refuse(inspector, "mincore(2) looked no page of the file up");
	cache_rounds_begin(&inspector->rounds);
	r = cache_check(&cache, &sum, cache_rounds_visit, &inspector->rounds);
	if (r == -EFAULT)
		return refuse(inspector, "there is no struct address_space where it should be");
	if (!r && sum.locked)
		return answer(inspector, -EBUSY);
	if (!r && wrong->count) {
		snprintf(why, sizeof(why),
			 "what is known of the page cache of kernels %s does not fit this one: "
			 "%zu slots are wrong, the first (%s) of page %ju",
			 cache.layout->kernels, wrong->count,
			 cache_fault_names[wrong->items[0].violation.fault],
			 (uintmax_t)wrong->items[0].violation.page);
		return refuse(inspector, why);
	}
	if (!r)
		r = cache_find_nrpages(&cache, sum.pages, &file.pages_at);
	if (r)
		return r;
	if (!file_of(inspector, file.mapping) && inspector->file_count < INSPECT_FILES)
		inspector->files[inspector->file_count++] = file;
	return answer(inspector, 0);
}

enum { CALL_ARGUMENTS = 4, REGS_WORDS = 15 };

/* The arguments of a system call in struct pt_regs, by words: r10, dx, si and di of x86-64, x0 to
 * x3 of arm64. */
static const unsigned int call_argument[][CALL_ARGUMENTS] = {
	[MACHINE_X86_64] = { 14, 13, 12, 7 },
	[MACHINE_ARM64] = { 0, 1, 2, 3 },
};

/* Called at prctl(2), which other programs call as well. */
static int take_call(struct inspector *inspector, const struct gdb_registers *registers)
{
	const unsigned int *at = call_argument[inspector->stub->isa];
	uint64_t word[REGS_WORDS];
	int r = read_memory(inspector, registers->argument[0], word, sizeof(word));

	if (r || word[at[0]] != INSPECT_OPTION)
		return r == -EFAULT ? 0 : r;
	switch ((enum inspect_call)word[at[1]]) {
	case INSPECT_NAME:
		inspector->naming = (struct inspector_file){ .number = (unsigned int)word[at[2]],
							     .unmarked = word[at[3]] };
		return answer(inspector, 0);
	case INSPECT_NAMED:
		return name_file(inspector);
	case INSPECT_LOOK:
		return look(inspector, !word[at[2]], word[at[3]]);
	}
	return 0;
}

static void take_lookup(struct inspector *inspector, const struct gdb_registers *registers)
{
	if (registers->argument[1] == INSPECT_INDEX + (uint64_t)inspector->naming.number)
		inspector->naming.mapping = registers->argument[0];
}

static bool is_at(const struct inspector_point *point, uint64_t address)
{
	for (unsigned int i = 0; i < point->count; i++)
		if (point->address[i] == address)
			return true;
	return false;
}

int inspector_arrive(struct inspector *inspector, const struct gdb_registers *registers)
{
	const struct inspector_split *split = &inspector->under_way;
	uint64_t address = registers->address;
	int r = 0;

	if (!inspector->on)
		return 0;
	forget_memory(inspector);
	if (is_at(&inspector->call, address))
		r = take_call(inspector, registers);
	else if (inspector->naming.number && is_at(&inspector->lookup, address))
		take_lookup(inspector, registers);
	else if (is_at(&inspector->split, address))
		r = begin_split(inspector, registers);
	else if (split->under_way && is_at(&inspector->store, address))
		r = registers->argument[0] == split->file->mapping + CACHE_MAPPING_ARRAY
			    ? look_at_parts(inspector)
			    : 0;
	else if (split->under_way && address == split->comes_back &&
		 registers->stack == split->stack)
		r = end_split(inspector, (int)registers->result);
	return r;
}

static unsigned int append(const struct inspector_point *point, uint64_t *wanted,
			   unsigned int count, unsigned int most)
{
	for (unsigned int i = 0; i < point->count && count < most; i++)
		wanted[count++] = point->address[i];
	return count;
}

unsigned int inspector_breaks(const struct inspector *inspector, uint64_t *wanted,
			      unsigned int most)
{
	const struct inspector_split *split = &inspector->under_way;
	unsigned int count = 0;

	if (!inspector->on)
		return 0;
	count = append(&inspector->call, wanted, count, most);
	if (inspector->naming.number)
		count = append(&inspector->lookup, wanted, count, most);
	if (inspector->splits)
		count = append(&inspector->split, wanted, count, most);
	if (split->under_way && count < most) {
		count = append(&inspector->store, wanted, count, most - 1);
		wanted[count++] = split->comes_back;
	}
	return count;
}

static int find(struct inspector_point *to, const struct code_point *point,
		const struct kernel_text *kernel, char *why, size_t size)
{
	int r = code_point_resolve(point, kernel, to->address, INSPECTOR_ADDRESSES, why, size);

	to->count = r < 0 ? 0 : (unsigned int)r;
	return r < 0 ? r : 0;
}

static int find_points(struct inspector *inspector, const struct code_point *store,
		       const struct kernel_text *kernel, char *why, size_t size)
{
	const struct {
		struct inspector_point *to;
		const struct code_point *point;
		bool needed;
	} rows[] = {
		{ &inspector->call, &inspect_points[INSPECT_AT_CALL], true },
		{ &inspector->lookup, &inspect_points[INSPECT_AT_LOOKUP], true },
		{ &inspector->split, &inspect_points[INSPECT_AT_SPLIT], inspector->splits },
		{ &inspector->store, store, inspector->splits },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows) && !r; i++)
		if (rows[i].needed)
			r = find(rows[i].to, rows[i].point, kernel, why, size);
	return r;
}

int inspector_open(struct inspector *inspector, struct gdb_stub *stub, uint64_t page,
		   const struct code_point *store, const struct kernel_text *kernel, char *why,
		   size_t size)
{
	struct inspect_page begun;
	char version[KERNEL_TEXT_MAX];
	int r;

	*inspector = (struct inspector){ .stub = stub, .page = page };
	if (!page)
		return 0;
	r = gdb_stub_read_physical(stub, page, &begun, sizeof(begun));
	if (r)
		return r;
	inspector->rows = begun.rows;
	inspector->splits = begun.splits;
	inspector->cache = (struct cache){ .layout = cache_layout_of(&begun.kernel),
					   .read = read_memory,
					   .context = inspector };
	if (!inspector->cache.layout) {
		snprintf(why, size,
			 "the page cache of %s cannot be inspected: it is known of kernels from "
			 "5.17 on",
			 kernel_format(&begun.kernel, version, sizeof(version)));
		return -ENOTSUP;
	}
	inspector->on = true;
	return find_points(inspector, store, kernel, why, size);
}
