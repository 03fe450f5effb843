/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/stale/memory.h"
#include "tools/ipc/worker_shared.h"
#include "tools/workloads/stale/play.h"

#include <errno.h>
#include <sys/mman.h>

enum { REGION = STALE_LARGE * STAMP_PAGE_SIZE };

static struct reader_counts *counts_of(const struct stale_play *play)
{
	return &play->workload->counts->reader[play->memory.reader];
}

/* Maps memory that is aligned, so that a region can be one large folio, and at the lowest address
 * possible. The index of an anonymous folio is its address in pages, and of a folio whose index is
 * after the page to read, filemap_read() copies nothing and tries again for ever (6.1). */
static char *map_low(size_t size)
{
	char *low = (char *)(uintptr_t)REGION;
	char *at = mmap(low, size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	madvise(at, size, MADV_HUGEPAGE);
	return at;
}

uint64_t stale_memory_end(const struct stale_play *play)
{
	return play->memory.regions ? (play->memory.regions + 1) * STALE_LARGE : 0;
}

int stale_memory_open(struct stale_play *play)
{
	struct stale_memory *memory = &play->memory;
	int r;

	if (!play->settings->memory)
		return 0;
	r = workload_add_reader(play->workload);
	if (r < 0)
		return workload_fail(play->workload, r, "counts of the anonymous memory");
	memory->reader = (unsigned int)r;
	memory->file = workload_add_file(play->workload, STALE_MEMORY_NAME, -1);
	memory->regions = play->settings->memory / REGION;
	memory->at = map_low(play->settings->memory);
	return memory->at ? 0 : workload_fail(play->workload, -errno, STALE_MEMORY_NAME);
}

void stale_memory_close(struct stale_play *play)
{
	if (play->memory.at)
		munmap(play->memory.at, play->memory.regions * REGION);
	play->memory.at = NULL;
}

/* The generation is the number of the fill. */
static struct stamp stamp_of(const struct stale_memory *memory, uint64_t page)
{
	return (struct stamp){
		.file = memory->file,
		.generation = (uint32_t)(memory->turn % STAMP_GENERATIONS),
		.page = page,
	};
}

static void verify_page(struct stale_play *play, uint64_t page)
{
	const struct stamp stamp = stamp_of(&play->memory, page);
	const uint64_t *words = (const uint64_t *)(play->memory.at + page * STAMP_PAGE_SIZE);
	struct reader_counts *counts = counts_of(play);
	struct judgement judgement;

	atomic_store(&counts->last_page, stamp.page);
	oracle_judge_page(&stamp, true, false, words, &judgement);
	atomic_fetch_add(&counts->reads, 1);
	atomic_fetch_add(&counts->heartbeat, 1);
	play->memory.verified++;
	if (judgement.class == WRONG_NONE)
		return;
	atomic_fetch_add(&counts->wrong, 1);
	atomic_fetch_add(&play->workload->run->shared->classes[judgement.class], 1);
	stale_tell_wrong(play, play->memory.reader, play->memory.file, stamp.page, &judgement,
			 true);
}

bool stale_memory_verify(struct stale_play *play)
{
	struct stale_memory *memory = &play->memory;
	uint64_t before;

	if (!memory->at)
		return false;
	before = atomic_load(&counts_of(play)->wrong);
	atomic_fetch_add(&counts_of(play)->heartbeat, 1);
	for (uint64_t i = 0; i < memory->filled * STALE_LARGE; i++)
		verify_page(play, i);
	madvise(memory->at, memory->regions * REGION, MADV_DONTNEED);
	memory->filled = 0;
	memory->turn++;
	return atomic_load(&counts_of(play)->wrong) > before;
}

/* Fills the next region. Returns whether it now has the memory of the large folio. */
static bool fill_next(struct stale_play *play)
{
	struct stale_memory *memory = &play->memory;
	uint64_t first = memory->filled++ * STALE_LARGE;
	uint64_t *words = (uint64_t *)(memory->at + first * STAMP_PAGE_SIZE);
	struct folio_place place;

	for (uint64_t i = 0; i < STALE_LARGE; i++)
		stamp_fill(words + i * STAMP_WORDS, stamp_base(stamp_of(memory, first + i)));
	return !folio_probe(&play->lookup, words, &place) && place.head == play->step.frame;
}

void stale_memory_fill(struct stale_play *play, bool gone)
{
	enum { SOME = 2 };
	struct stale_memory *memory = &play->memory;
	uint64_t most = gone || memory->regions < SOME ? memory->regions : SOME;
	bool met = false;

	while (memory->at && !met && memory->filled < most)
		met = fill_next(play);
	memory->met += met;
	/* Without swap, the memory stays. */
	if (memory->filled > 1)
		madvise(memory->at, (memory->filled - 1) * REGION, MADV_PAGEOUT);
}
