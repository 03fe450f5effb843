/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/oracle.h"
#include "injector/base/page_size.h"

#include <string.h>

const char *const wrong_class_names[WRONG_CLASSES] = {
	[WRONG_NONE] = "none",
	[WRONG_OTHER_PAGE] = "other-page",
	[WRONG_ZEROS] = "zeros",
	[WRONG_OLD_GENERATION] = "old-generation",
	[WRONG_OTHER_FILE] = "other-file",
	[WRONG_TORN] = "torn",
	[WRONG_BIT_FLIP] = "bit-flip",
	[WRONG_GARBAGE] = "garbage",
	[WRONG_OUTPUT] = "output",
	[WRONG_OUTCOME] = "outcome",
	[WRONG_MISSING] = "missing",
};

/* The allowed content of a page. */
struct allowed {
	uint64_t base[ORACLE_GENERATIONS]; /* of each generation, the earliest first */
	size_t generations;
	bool zeros_anywhere;
	bool zeros_in_hole;   /* may be */
	bool no_data_in_hole; /* must be zeros */
	bool missing;         /* cut off for a moment */
	bool any_generation;  /* of the page; base has the view before's */
	const struct hole *hole;
	uint64_t offset; /* of the page in its region, bytes */
};

/* The words that one word of the page may be. */
struct candidates {
	uint64_t word[ORACLE_GENERATIONS + 1];
	size_t count;
};

static struct candidates candidates(const struct allowed *allowed, size_t place)
{
	struct candidates list = { .count = 0 };
	bool hole = allowed->zeros_in_hole &&
		    hole_touches(allowed->hole, allowed->offset + place * 8, 8);

	if (hole || allowed->zeros_anywhere)
		list.word[list.count++] = 0;
	if (!(hole && allowed->no_data_in_hole))
		for (size_t i = 0; i < allowed->generations; i++)
			list.word[list.count++] = allowed->base[i] + place;
	return list;
}

/* Returns the bytes of a word, as bits 0-7, that differ from every candidate: a copy may be cut
 * between any two bytes. */
static unsigned int wrong_bytes(const struct candidates *list, uint64_t word)
{
	unsigned int wrong = 0xff;

	for (size_t i = 0; i < list->count; i++)
		for (unsigned int byte = 0; byte < 8; byte++)
			if (!((word ^ list->word[i]) >> byte * 8 & 0xff))
				wrong &= ~(1U << byte);
	return wrong;
}

/* Returns the bits in which a word differs from the nearest candidate. */
static uint64_t least_difference(const struct candidates *list, uint64_t word)
{
	uint64_t best = UINT64_MAX;

	for (size_t i = 0; i < list->count; i++)
		if (__builtin_popcountll(word ^ list->word[i]) < __builtin_popcountll(best))
			best = word ^ list->word[i];
	return best;
}

/* Returns the bytes of a difference, as bits 0-7. */
static unsigned int bytes_of(uint64_t difference)
{
	unsigned int bytes = 0;

	for (unsigned int byte = 0; byte < 8; byte++)
		bytes |= (unsigned int)(difference >> byte * 8 & 0xff ? 1U << byte : 0);
	return bytes;
}

/* What the wrong words of a page have in common. */
struct tally {
	size_t words, zeros, cut, stamps, same; /* same: stamps of the first one's page */
	unsigned int bits;
	uint64_t base; /* of the first stamp */
};

/* Returns whether the wrong bytes of a word (bits 0-7 of `wrong`) are zeros, because it was cut in
 * the middle. */
static bool is_cut(uint64_t word, unsigned int wrong)
{
	for (unsigned int byte = 0; byte < 8; byte++)
		if (wrong >> byte & 1 && word >> byte * 8 & 0xff)
			return false;
	return true;
}

static void count_wrong_word(struct tally *tally, struct judgement *judgement, uint64_t word,
			     size_t place, unsigned int wrong)
{
	struct stamp stamp;

	tally->words++;
	if (!word) {
		tally->zeros++;
	} else if (stamp_decode(word, place, &stamp)) {
		if (!tally->stamps++) {
			tally->base = word - place;
			judgement->got = stamp;
		}
		tally->same += word - place == tally->base;
	} else {
		tally->cut += is_cut(word, wrong);
	}
}

/* Returns whether a generation is not after the expected one. Of 2^20 numbers in a circle, half are
 * before it. */
static bool is_past(uint32_t generation, uint32_t expected)
{
	uint32_t ago = (expected - generation) % STAMP_GENERATIONS;

	return ago < STAMP_GENERATIONS / 2 ||
	       (ago == STAMP_GENERATIONS / 2 && generation < expected);
}

/* Whole pages first. A page that is neither whole nor a mixture of known parts is garbage. */
static enum wrong_class classify(const struct tally *tally, const struct judgement *judgement)
{
	const struct stamp *got = &judgement->got, *expected = &judgement->expected;

	if (tally->bits == 1)
		return WRONG_BIT_FLIP;
	if (tally->zeros == STAMP_WORDS)
		return WRONG_ZEROS;
	if (tally->same == STAMP_WORDS) {
		if (got->file != expected->file)
			return WRONG_OTHER_FILE;
		if (got->page != expected->page)
			return WRONG_OTHER_PAGE;
		/* A stamp of this generation is the content before the hole. */
		return is_past(got->generation, expected->generation) ? WRONG_OLD_GENERATION
								      : WRONG_GARBAGE;
	}
	return tally->zeros + tally->cut + tally->stamps == tally->words ? WRONG_TORN
									 : WRONG_GARBAGE;
}

static unsigned int order_of_xor(uint64_t difference)
{
	return difference ? 64 - (unsigned int)__builtin_clzll(difference) : 0;
}

/* Words whose bytes are all right, but which as a whole are not allowed. */
struct cuts {
	size_t words, elsewhere; /* elsewhere: they are stamps of another page */
};

/* Returns whether a word is a stamp of another page. */
static bool is_elsewhere(const struct stamp *expected, uint64_t word, size_t place)
{
	struct stamp stamp;

	return stamp_decode(word, place, &stamp) &&
	       (stamp.file != expected->file || stamp.page != expected->page);
}

static struct cuts count_cuts(const struct allowed *allowed, const struct stamp *expected,
			      const uint64_t *page)
{
	struct cuts cuts = { 0 };

	for (size_t i = 0; i < STAMP_WORDS; i++) {
		struct candidates list = candidates(allowed, i);

		if (!least_difference(&list, page[i]) || wrong_bytes(&list, page[i]))
			continue;
		cuts.words++;
		cuts.elsewhere += is_elsewhere(expected, page[i], i);
	}
	return cuts;
}

/* Returns the wrong bytes of a word, as bits 0-7. cut: the word may be cut. */
static unsigned int judge_word(const struct allowed *allowed, const struct candidates *list,
			       const struct stamp *expected, uint64_t word, size_t place, bool cut)
{
	struct stamp stamp;

	if (allowed->any_generation && stamp_decode(word, place, &stamp) &&
	    stamp.file == expected->file && stamp.page == expected->page)
		return 0;
	return cut ? wrong_bytes(list, word) : bytes_of(least_difference(list, word));
}

/* Returns whether the page can be judged. */
static bool judge_words(const struct allowed *allowed, const uint64_t *page,
			struct judgement *judgement)
{
	struct cuts cuts = count_cuts(allowed, &judgement->expected, page);
	bool cut = !allowed->any_generation && cuts.words <= ORACLE_CUTS;
	struct tally tally = { .words = 0 };

	for (size_t i = 0; i < STAMP_WORDS; i++) {
		struct candidates list = candidates(allowed, i);
		unsigned int wrong =
			judge_word(allowed, &list, &judgement->expected, page[i], i, cut);

		if (!wrong)
			continue;
		if (!judgement->wrong_bytes)
			judgement->first_wrong = (uint32_t)i * 8 + (uint32_t)__builtin_ctz(wrong);
		judgement->wrong_bytes += (uint32_t)__builtin_popcount(wrong);
		tally.bits += (unsigned int)__builtin_popcountll(least_difference(&list, page[i]));
		count_wrong_word(&tally, judgement, page[i], i, wrong);
	}
	/* A cut word is nearly a word of this page. */
	if (allowed->any_generation && tally.words <= ORACLE_CUTS) {
		*judgement = (struct judgement){ .expected = judgement->expected };
		return false;
	}
	if (!tally.words)
		return !cuts.elsewhere;
	judgement->class = classify(&tally, judgement);
	if (judgement->class == WRONG_OTHER_PAGE) {
		judgement->page_xor = judgement->expected.page ^ judgement->got.page;
		judgement->folio_order = order_of_xor(judgement->page_xor);
	}
	return true;
}

/* Determines what the views before and after an access allow. */
static void what_is_allowed(struct allowed *allowed, const struct region *region, uint64_t offset,
			    const struct region_view *before, uint64_t after,
			    const struct stamp *expected)
{
	enum region_phase from = sequence_phase(before->sequence), to = sequence_phase(after);
	uint32_t generation = sequence_generation(before->sequence);
	uint32_t passed = sequence_generation(after) - generation;
	bool refilled = passed || from == REGION_REFILLING;
	/* During a refill, pages still hold what the generation before left. */
	uint32_t first = from == REGION_REFILLING && generation ? generation - 1 : generation;
	uint32_t last = sequence_generation(after);

	*allowed = (struct allowed){ .hole = &before->hole, .offset = offset };
	if (last - first >= ORACLE_GENERATIONS) {
		allowed->any_generation = true;
		last = first;
	}
	for (uint32_t g = first; g <= last; g++) {
		struct stamp stamp = *expected;

		stamp.generation = g;
		allowed->base[allowed->generations++] = stamp_base(stamp);
	}
	allowed->zeros_anywhere = refilled;
	if (!refilled && !region->target->keeps && to >= REGION_PUNCHING &&
	    hole_touches(&before->hole, offset, STAMP_PAGE_SIZE)) {
		allowed->zeros_in_hole = true;
		allowed->no_data_in_hole = from == REGION_PUNCHED;
	}
	allowed->missing = region->target->cuts &&
			   (refilled || (to >= REGION_PUNCHING && from != REGION_PUNCHED)) &&
			   (refilled || allowed->zeros_in_hole);
}

/* Finds the other page of a copy that a wrong page equals, if any. */
static void find_golden_page(const struct target *target, const uint64_t *page,
			     struct judgement *judgement)
{
	static const char zeros[STAMP_PAGE_SIZE];

	if (!memcmp(page, zeros, STAMP_PAGE_SIZE)) {
		judgement->class = WRONG_ZEROS;
		return;
	}
	for (uint64_t other = 0; other < target->size / page_size(); other++) {
		if (memcmp(page, target->golden + other * page_size(), STAMP_PAGE_SIZE) != 0)
			continue;
		judgement->class = WRONG_OTHER_PAGE;
		judgement->got = (struct stamp){ .file = target->id, .page = other };
		judgement->page_xor = judgement->expected.page ^ other;
		judgement->folio_order = order_of_xor(judgement->page_xor);
		return;
	}
	judgement->class = WRONG_GARBAGE;
}

/* A copy never changes: punches only take zeros. */
static void judge_golden(const struct target *target, const uint64_t *page,
			 struct judgement *judgement)
{
	const char *wanted = target->golden + judgement->expected.page * page_size();
	const char *got = (const char *)page;

	if (!page) {
		judgement->class = WRONG_MISSING;
		judgement->wrong_bytes = STAMP_PAGE_SIZE;
		return;
	}
	for (uint32_t i = 0; i < STAMP_PAGE_SIZE; i++) {
		if (got[i] == wanted[i])
			continue;
		if (!judgement->wrong_bytes++)
			judgement->first_wrong = i;
	}
	if (judgement->wrong_bytes)
		find_golden_page(target, page, judgement);
}

int oracle_judge(const struct region *region, uint64_t offset, const uint64_t *page,
		 const struct region_view *before, uint64_t after, struct judgement *judgement)
{
	struct allowed allowed;

	memset(judgement, 0, sizeof(*judgement));
	judgement->expected = (struct stamp){
		.file = region->target->id,
		.generation = sequence_generation(before->sequence) % STAMP_GENERATIONS,
		.page = (region->offset + offset) / page_size(),
	};
	if (region->target->golden) {
		judge_golden(region->target, page, judgement);
		return 1;
	}
	what_is_allowed(&allowed, region, offset, before, after, &judgement->expected);
	if (!page) {
		if (!allowed.missing) {
			judgement->class = WRONG_MISSING;
			judgement->wrong_bytes = STAMP_PAGE_SIZE;
		}
		return 1;
	}
	/* The usual case first: a whole page of this generation. */
	if (!allowed.no_data_in_hole && !allowed.any_generation &&
	    stamp_check(page, stamp_base(judgement->expected)))
		return 1;
	return judge_words(&allowed, page, judgement);
}

int oracle_judge_stamps(const struct stamp *stamps, size_t count, bool zeros, struct stamp expected,
			const uint64_t *page, struct judgement *judgement)
{
	static const struct hole none;
	struct allowed allowed = { .zeros_anywhere = zeros, .hole = &none };

	for (size_t i = 0; i < count; i++)
		allowed.base[allowed.generations++] = stamp_base(stamps[i]);
	*judgement = (struct judgement){ .expected = expected };
	if (page)
		return (count && stamp_check(page, allowed.base[0])) ||
		       judge_words(&allowed, page, judgement);
	judgement->class = WRONG_MISSING;
	judgement->wrong_bytes = STAMP_PAGE_SIZE;
	return 1;
}

void oracle_judge_page(const struct stamp *expected, bool data, bool zeros, const uint64_t *page,
		       struct judgement *judgement)
{
	oracle_judge_stamps(expected, data, zeros, *expected, page, judgement);
}
