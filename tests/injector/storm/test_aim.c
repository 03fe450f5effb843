/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The aim model against a simulation of the kernel's split, step by step: slots of the page cache
 * that hold folios, folios that are frozen or not, and a look-up of every page after each step.
 */
#include "injector/base/array.h"
#include "injector/storm/aim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

enum { PAGES = 512 };

/* What the kernel does between its stores and its releases. */
enum variant {
	VARIANT_BATCHED,
	VARIANT_INTERLEAVED,
	VARIANT_FIXED_BATCHED,
	VARIANT_FIXED_INTERLEAVED,
};

/* A folio is known by its first page, so `size` and `frozen` are those of the folio that begins
 * there. */
struct cache {
	enum variant variant;
	unsigned int pages;
	unsigned int slot[PAGES];
	unsigned int size[PAGES];
	bool frozen[PAGES];
	/* Seen by look-ups. */
	unsigned int served[PAGES][AIM_SERVED_MAX];
	unsigned int served_count[PAGES];
	unsigned int steps_wrong[PAGES];
};

static void see(struct cache *cache, unsigned int page, unsigned int wrong)
{
	unsigned int known = 0;

	cache->steps_wrong[page]++;
	while (known < cache->served_count[page] && cache->served[page][known] != wrong)
		known++;
	if (known < cache->served_count[page])
		return;
	cache->served[page][known] = wrong;
	cache->served_count[page]++;
}

/* filemap_get_entry() and folio_file_page() for every page of the file. */
static void look_up_all(struct cache *cache)
{
	for (unsigned int page = 0; page < cache->pages; page++) {
		unsigned int folio = cache->slot[page];

		if (cache->frozen[folio])
			continue;
		if (page < folio || page >= folio + cache->size[folio])
			see(cache, page, folio + page % cache->size[folio]);
	}
}

static void store(struct cache *cache, unsigned int first, unsigned int count, unsigned int folio)
{
	for (unsigned int page = first; page < first + count; page++)
		cache->slot[page] = folio;
	look_up_all(cache);
}

static void release(struct cache *cache, unsigned int folio)
{
	cache->frozen[folio] = false;
	look_up_all(cache);
	store(cache, folio, cache->size[folio], folio);
}

static bool is_interleaved(const struct cache *cache)
{
	return cache->variant == VARIANT_INTERLEAVED || cache->variant == VARIANT_FIXED_INTERLEAVED;
}

static bool is_fixed(const struct cache *cache)
{
	return cache->variant == VARIANT_FIXED_BATCHED ||
	       cache->variant == VARIANT_FIXED_INTERLEAVED;
}

/* One level: the folio becomes two of `size`. Returns the one that has page `at`. */
static unsigned int split_level(struct cache *cache, unsigned int root, unsigned int folio,
				unsigned int size, unsigned int at)
{
	unsigned int halves[2] = { folio, folio + size }, next = folio;

	store(cache, folio, 2 * size, is_fixed(cache) ? root : folio);
	cache->frozen[halves[1]] = true;
	cache->size[halves[0]] = size;
	cache->size[halves[1]] = size;
	look_up_all(cache);
	for (size_t i = 0; i < ARRAY_SIZE(halves); i++) {
		bool splits_on = at >= halves[i] && at < halves[i] + size;

		if (splits_on)
			next = halves[i];
		if (is_interleaved(cache) && halves[i] != root && (!splits_on || size == 1))
			release(cache, halves[i]);
	}
	return next;
}

static void simulate_split(struct cache *cache, unsigned int root, unsigned int at)
{
	unsigned int end = root + cache->size[root], folio = root;

	cache->frozen[root] = true;
	for (unsigned int size = cache->size[root] / 2; size; size /= 2)
		folio = split_level(cache, root, folio, size, at);
	for (folio = root + cache->size[root]; folio < end; folio += cache->size[folio])
		if (!is_interleaved(cache))
			release(cache, folio);
	cache->frozen[root] = false;
	look_up_all(cache);
}

static unsigned int folio_of(const struct cache *cache, unsigned int page)
{
	unsigned int folio = 0;

	while (page >= folio + cache->size[folio])
		folio += cache->size[folio];
	return folio;
}

/* truncate_inode_partial_folio() */
static void simulate(struct cache *cache, enum variant variant, const struct aim_punch *punch)
{
	unsigned int end = punch->first + punch->count;

	memset(cache, 0, sizeof(*cache));
	cache->variant = variant;
	cache->pages = 1U << punch->order;
	cache->size[0] = cache->pages;
	if (punch->count == cache->pages)
		return;
	simulate_split(cache, 0, punch->first);
	if (end < cache->pages && cache->size[folio_of(cache, end)] > 1)
		simulate_split(cache, folio_of(cache, end), end);
}

static const struct {
	enum aim_shape shape;
	enum variant variant;
	enum variant fixed;
} shapes[] = {
	{ AIM_BATCHED, VARIANT_BATCHED, VARIANT_FIXED_BATCHED },
	{ AIM_INTERLEAVED, VARIANT_INTERLEAVED, VARIANT_FIXED_INTERLEAVED },
};

static struct cache caches[ARRAY_SIZE(shapes)];

/* The first page at which model and simulation differ, -1 for none. */
static int first_difference(const struct aim_punch *punch, enum aim_shape shape,
			    const struct cache *cache)
{
	unsigned int served[AIM_SERVED_MAX], seen = 0;
	bool exposed[PAGES];
	int count = aim_exposed(shape, punch, exposed);

	for (unsigned int page = 0; page < cache->pages; page++) {
		int ways = aim_served(shape, punch, page, served);

		seen += cache->served_count[page] > 0;
		if (exposed[page] != (cache->served_count[page] > 0) ||
		    ways != (int)cache->served_count[page] ||
		    memcmp(served, cache->served[page], (size_t)ways * sizeof(*served)))
			return (int)page;
	}
	return count == (int)seen ? -1 : (int)cache->pages;
}

/* Returns how many punches differ, and names the first. */
static unsigned int compare_punch(const struct aim_punch *punch)
{
	unsigned int differ = 0;

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		int page;

		simulate(&caches[i], shapes[i].variant, punch);
		page = first_difference(punch, shapes[i].shape, &caches[i]);
		if (page >= 0 && !differ++)
			printf("\n  %s, order %u, punch %u:%u differ at page %d\n",
			       aim_shape_name(shapes[i].shape), punch->order, punch->first,
			       punch->count, page);
	}
	return differ;
}

static void test_single_pages(void)
{
	for (unsigned int order = 0; order <= 9; order++) {
		struct aim_punch punch = { order, 0, 1 };
		unsigned int differ = 0;

		for (; punch.first < 1U << order; punch.first++)
			differ += compare_punch(&punch);
		CU_ASSERT_EQUAL(differ, 0);
	}
}

static void test_ranges(void)
{
	for (unsigned int order = 1; order <= 9; order++) {
		unsigned int pages = 1U << order, step = order > 5 ? pages / 32 - 1 : 1, differ = 0;

		for (unsigned int first = 0; first < pages; first += step)
			for (unsigned int count = 1; count <= pages - first; count += step)
				differ += compare_punch(&(struct aim_punch){ order, first, count });
		CU_ASSERT_EQUAL(differ, 0);
	}
}

static void test_fixed_exposes_nothing(void)
{
	static struct cache cache;

	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		unsigned int wrong = 0;

		for (unsigned int first = 0; first < 64; first++) {
			for (unsigned int count = 1; count <= 64 - first; count += 3) {
				simulate(&cache, shapes[i].fixed,
					 &(struct aim_punch){ 6, first, count });
				for (unsigned int page = 0; page < 64; page++)
					wrong += cache.served_count[page];
			}
		}
		CU_ASSERT_EQUAL(wrong, 0);
	}
}

/* Outside the punch, and served as a page outside it, as seen in the simulation. */
static bool is_worthy(const struct cache *cache, const struct aim_punch *punch, unsigned int page)
{
	if (page - punch->first < punch->count)
		return false;
	for (unsigned int i = 0; i < cache->served_count[page]; i++)
		if (cache->served[page][i] - punch->first >= punch->count)
			return true;
	return false;
}

/* Pages worth reading in every shape asked for; the caches hold this punch. */
static unsigned int count_worthy(enum aim_shape shape, const struct aim_punch *punch)
{
	unsigned int count = 0;

	for (unsigned int page = 0; page < 1U << punch->order; page++) {
		bool worthy = true;

		for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
			if (shape & shapes[i].shape)
				worthy = worthy && is_worthy(&caches[i], punch, page);
		count += worthy;
	}
	return count;
}

/* aim_best() against the simulation of every place. */
static void check_best(enum aim_shape shape, unsigned int order, unsigned int count)
{
	struct aim_punch punch = { order, 0, count };
	int best = aim_best(shape, order, count);
	unsigned int most = 0, at_best = 0;

	for (; punch.first <= (1U << order) - count; punch.first++) {
		unsigned int worthy;

		for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
			simulate(&caches[i], shapes[i].variant, &punch);
		worthy = count_worthy(shape, &punch);
		most = worthy > most ? worthy : most;
		if ((int)punch.first == best)
			at_best = worthy;
	}
	CU_ASSERT_EQUAL(most, at_best);
	CU_ASSERT_EQUAL(best == -ENODATA, most == 0);
}

static void test_best(void)
{
	static const enum aim_shape all[] = { AIM_BATCHED, AIM_INTERLEAVED, AIM_BOTH };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (unsigned int order = 0; order <= 9; order++)
			check_best(all[i], order, 1);
		check_best(all[i], 5, 2);
		check_best(all[i], 6, 7);
		check_best(all[i], 6, 48);
		check_best(all[i], 4, 16);
	}
	CU_ASSERT_EQUAL(aim_best(AIM_BATCHED, 6, 1), 33);
	CU_ASSERT_EQUAL(aim_best(AIM_BATCHED, 9, 1), 257);
	CU_ASSERT_EQUAL(aim_best(AIM_INTERLEAVED, 9, 1), 511);
	CU_ASSERT_EQUAL(aim_best(AIM_BOTH, 9, 1), 385);
	CU_ASSERT_EQUAL(aim_best(AIM_BATCHED, 9, 384), 0);
	CU_ASSERT_EQUAL(aim_best(AIM_BATCHED, 13, 1), 4097);
	CU_ASSERT_EQUAL(aim_best(AIM_BATCHED, 14, 1), -EINVAL);
	CU_ASSERT_EQUAL(aim_best(AIM_BATCHED, 3, 9), -EINVAL);
}

/* The numbers that were measured to hold on real kernels. */
static void test_known_numbers(void)
{
	const struct aim_punch middle = { 9, 257, 1 }, last = { 9, 511, 1 }, half = { 9, 256, 1 };
	unsigned int served[AIM_SERVED_MAX];
	bool exposed[PAGES];
	double sum = 0;

	CU_ASSERT_EQUAL(aim_exposed(AIM_BATCHED, &middle, exposed), 255);
	CU_ASSERT_TRUE(exposed[257] && exposed[258] && exposed[511] && !exposed[256]);
	CU_ASSERT_EQUAL(aim_served(AIM_BATCHED, &middle, 258, served), 1);
	CU_ASSERT_EQUAL(served[0], 256);
	CU_ASSERT_EQUAL(aim_exposed(AIM_INTERLEAVED, &middle, NULL), 1);
	CU_ASSERT_EQUAL(aim_exposed(AIM_INTERLEAVED, &last, exposed), 128);
	CU_ASSERT_TRUE(exposed[384] && exposed[511] && !exposed[383]);
	CU_ASSERT_EQUAL(aim_served(AIM_INTERLEAVED, &last, 384, served), 1);
	CU_ASSERT_EQUAL(served[0], 256);
	CU_ASSERT_EQUAL(aim_served(AIM_INTERLEAVED, &last, 510, served), 7);
	/* An odd page is served as its even neighbour: the journal crash. */
	CU_ASSERT_EQUAL(aim_served(AIM_BATCHED, &last, 511, served), 1);
	CU_ASSERT_EQUAL(served[0], 510);
	/* The exact half serves but the hole. */
	CU_ASSERT_EQUAL(aim_preferred(AIM_BATCHED, &half, NULL), 0);
	CU_ASSERT_EQUAL(aim_exposed(AIM_BATCHED, &(struct aim_punch){ 9, 0, 1 }, NULL), 0);
	for (unsigned int page = 0; page < PAGES; page++)
		sum += aim_exposed(AIM_BATCHED, &(struct aim_punch){ 9, page, 1 }, NULL);
	CU_ASSERT_DOUBLE_EQUAL(sum / PAGES, 85, 0.5);
}

static void check_preferred(enum aim_shape shape, struct aim_punch punch, unsigned int first,
			    unsigned int last)
{
	bool preferred[PAGES];
	unsigned int wrong = 0;

	CU_ASSERT_EQUAL(aim_preferred(shape, &punch, preferred), (int)(last - first + 1));
	for (unsigned int page = 0; page < 1U << punch.order; page++)
		wrong += preferred[page] != (page >= first && page <= last);
	CU_ASSERT_EQUAL(wrong, 0);
}

/* For one page and the batched shape: of the pages worth reading, those wrong for most steps. */
static unsigned int wrongly_preferred(const struct aim_punch *punch)
{
	const struct cache *cache = &caches[0];
	unsigned int longest = 0, wrong = 0;
	bool preferred[PAGES];

	simulate(&caches[0], VARIANT_BATCHED, punch);
	aim_preferred(AIM_BATCHED, punch, preferred);
	for (unsigned int page = 0; page < cache->pages; page++)
		if (is_worthy(cache, punch, page) && cache->steps_wrong[page] > longest)
			longest = cache->steps_wrong[page];
	for (unsigned int page = 0; page < cache->pages; page++)
		wrong += preferred[page] !=
			 (is_worthy(cache, punch, page) && cache->steps_wrong[page] == longest);
	return wrong;
}

static void test_preferred(void)
{
	unsigned int wrong = 0;

	check_preferred(AIM_BATCHED, (struct aim_punch){ 9, 257, 1 }, 384, 511);
	check_preferred(AIM_INTERLEAVED, (struct aim_punch){ 9, 511, 1 }, 384, 510);
	check_preferred(AIM_BOTH, (struct aim_punch){ 9, 385, 1 }, 448, 511);
	check_preferred(AIM_BATCHED, (struct aim_punch){ 9, 0, 384 }, 448, 511);
	check_preferred(AIM_BATCHED, (struct aim_punch){ 6, 33, 1 }, 48, 63);
	for (unsigned int order = 1; order <= 8; order++)
		for (unsigned int page = 0; page < 1U << order; page++)
			wrong += wrongly_preferred(&(struct aim_punch){ order, page, 1 });
	CU_ASSERT_EQUAL(wrong, 0);
}

static void test_second_split(void)
{
	static const struct {
		struct aim_punch punch;
		int order;
		unsigned int first;
	} rows[] = {
		{ { 9, 257, 1 }, 1, 258 },      { { 9, 0, 1 }, 0, 1 },
		{ { 9, 255, 1 }, 8, 256 },      { { 9, 100, 100 }, 7, 128 },
		{ { 3, 2, 3 }, 2, 4 },          { { 9, 510, 1 }, 0, 511 },
		{ { 9, 510, 2 }, -ENODATA, 0 }, { { 9, 0, 512 }, -ENODATA, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int first = 0;

		CU_ASSERT_EQUAL(aim_second_split(&rows[i].punch, &first), rows[i].order);
		CU_ASSERT_EQUAL(first, rows[i].first);
	}
}

static void test_bad_punches(void)
{
	static const struct aim_punch bad[] = {
		{ 14, 0, 1 },  { 9, 512, 1 }, { 9, 0, 0 },
		{ 9, 0, 513 }, { 9, 511, 2 }, { 9, ~0U, 2 },
	};
	unsigned int served[AIM_SERVED_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CU_ASSERT_EQUAL(aim_exposed(AIM_BATCHED, &bad[i], NULL), -EINVAL);
		CU_ASSERT_EQUAL(aim_preferred(AIM_BOTH, &bad[i], NULL), -EINVAL);
		CU_ASSERT_EQUAL(aim_served(AIM_BATCHED, &bad[i], 0, served), -EINVAL);
		CU_ASSERT_EQUAL(aim_second_split(&bad[i], served), -EINVAL);
	}
	CU_ASSERT_EQUAL(aim_served(AIM_BATCHED, &(struct aim_punch){ 9, 1, 1 }, 512, served),
			-EINVAL);
}

static void test_kernels(void)
{
	static const struct {
		const char *release;
		bool affected;
		enum aim_shape shape;
	} kernels[] = {
		{ "6.12.107", false, AIM_BATCHED },    { "6.14.11", false, AIM_BATCHED },
		{ "6.15-rc1", true, AIM_INTERLEAVED }, { "6.15.0", true, AIM_INTERLEAVED },
		{ "6.16.12", true, AIM_INTERLEAVED },  { "6.17-rc1", true, AIM_BATCHED },
		{ "6.17.13", true, AIM_BATCHED },      { "6.18.19", true, AIM_BATCHED },
		{ "6.18.20", false, AIM_BATCHED },     { "6.19-rc5", true, AIM_BATCHED },
		{ "6.19.8", true, AIM_BATCHED },       { "6.19.9", false, AIM_BATCHED },
		{ "7.0-rc3", true, AIM_BATCHED },      { "7.0-rc4", false, AIM_BATCHED },
		{ "7.0", false, AIM_BATCHED },         { "7.2.13", false, AIM_BATCHED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct kernel_version version;

		CU_ASSERT_EQUAL_FATAL(kernel_parse(kernels[i].release, &version), 0);
		CU_ASSERT_EQUAL(aim_affected(&version), kernels[i].affected);
		CU_ASSERT_EQUAL(aim_shape_of(&version), kernels[i].shape);
	}
}

/* The page planned for an order-9 folio on 6.18.9, or an error; -1 when the text is refused. */
static int plan(const char *text, unsigned int count, uint64_t value)
{
	const struct kernel_version kernel = { 6, 18, 9, 0 };
	struct aim aim;
	char why[200] = "";

	if (aim_parse(text, &aim, why, sizeof(why))) {
		CU_ASSERT_PTR_NOT_NULL(strstr(why, "allowed"));
		return -1;
	}
	return aim_plan(&aim, &kernel, 9, count, value);
}

static void test_plan(void)
{
	static const char *const refused[] = {
		"",     "middle", "every:", "every:0",  "every:x", "-1",  "12a",     "8192", " 5",
		"AUTO", "0x10",   "+3",     "every:-4", "17-16",   "16-", "16-8192", "a-3"
	};

	CU_ASSERT_EQUAL(plan("auto", 1, 0), 257);
	CU_ASSERT_EQUAL(plan("batched", 1, 0), 257);
	CU_ASSERT_EQUAL(plan("interleaved", 1, 0), 511);
	CU_ASSERT_EQUAL(plan("both", 1, 0), 385);
	CU_ASSERT_EQUAL(plan("33", 1, 0), 33);
	CU_ASSERT_EQUAL(plan("511", 2, 0), -ERANGE);
	CU_ASSERT_EQUAL(plan("random", 1, 511), 511);
	CU_ASSERT_EQUAL(plan("random", 2, 511), 0);
	CU_ASSERT_EQUAL(plan("random", 512, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(plan("every:50", 3, 10), 500);
	CU_ASSERT_EQUAL(plan("every:50", 3, 11), 0);
	CU_ASSERT_EQUAL(plan("every:8000", 1, 7), 0);
	CU_ASSERT_EQUAL(plan("16-18", 1, 3), 16);
	CU_ASSERT_EQUAL(plan("16-18", 1, 5), 18);
	CU_ASSERT_EQUAL(plan("16-511", 2, 0), -ERANGE);
	CU_ASSERT_EQUAL(plan("auto", 513, 0), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		CU_ASSERT_EQUAL(plan(refused[i], 1, 0), -1);
}

static void test_text(void)
{
	static const char *const texts[] = { "auto",     "batched", "interleaved", "both", "random",
					     "every:50", "257",     "0",           "16-17" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char text[32], why[200];
		struct aim aim;

		CU_ASSERT_EQUAL_FATAL(aim_parse(texts[i], &aim, why, sizeof(why)), 0);
		CU_ASSERT_STRING_EQUAL(aim_format(&aim, text, sizeof(text)), texts[i]);
	}
}

/* They cover the folio, none is on both sides of an end of the hole, and each is what a split
 * leaves. */
static void test_parts(void)
{
	static const struct aim_punch punches[] = {
		{ 9, 257, 1 },  { 9, 511, 1 },   { 9, 0, 1 },
		{ 9, 100, 50 }, { 9, 256, 256 }, { 3, 3, 2 },
	};
	static const unsigned int middle[][2] = { { 0, 8 },   { 256, 0 }, { 257, 0 }, { 258, 0 },
						  { 259, 0 }, { 260, 2 }, { 264, 3 }, { 272, 4 },
						  { 288, 5 }, { 320, 6 }, { 384, 7 } };
	unsigned int order, part = 0;

	for (size_t i = 0; i < ARRAY_SIZE(punches); i++) {
		const struct aim_punch *punch = &punches[i];
		unsigned int end = punch->first + punch->count, page = 0;

		while (page < 1U << punch->order) {
			unsigned int first = page;

			CU_ASSERT_EQUAL_FATAL(aim_part(punch, page, &order), (int)first);
			page += 1U << order;
			CU_ASSERT(punch->first <= first || punch->first >= page);
			CU_ASSERT(end <= first || end >= page);
			CU_ASSERT_EQUAL(aim_part(punch, page - 1, &order), (int)first);
		}
		CU_ASSERT_EQUAL(page, 1U << punch->order);
	}
	for (unsigned int page = 0; page < PAGES; page += 1U << order, part++) {
		CU_ASSERT_EQUAL_FATAL(aim_part(&punches[0], page, &order), (int)middle[part][0]);
		CU_ASSERT_EQUAL(order, middle[part][1]);
	}
	CU_ASSERT_EQUAL(part, ARRAY_SIZE(middle));
	CU_ASSERT_EQUAL(aim_part(&(struct aim_punch){ 9, 0, 512 }, 300, &order), 0);
	CU_ASSERT_EQUAL(order, 9);
	CU_ASSERT_EQUAL(aim_part(&punches[0], 512, &order), -EINVAL);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "single pages as simulated", test_single_pages },
		{ "ranges as simulated", test_ranges },
		{ "the fixed kernel exposes nothing", test_fixed_exposes_nothing },
		{ "best place to punch", test_best },
		{ "numbers measured on kernels", test_known_numbers },
		{ "preferred pages to read", test_preferred },
		{ "parts", test_parts },
		{ "the second split", test_second_split },
		{ "bad punches", test_bad_punches },
		{ "kernels", test_kernels },
		{ "plan of an aim", test_plan },
		{ "aim as text", test_text },
		CU_TEST_INFO_NULL,
	};

	return run_suite("aim", tests);
}
