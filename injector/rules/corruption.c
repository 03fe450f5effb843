/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/corruption.h"
#include "injector/base/random.h"

#include <string.h>

enum { KEY_PLACE = 1, KEY_BIT = 2, UNIT = 512 };

/* Flips different bits: a bit flipped twice would be right again. */
static void flip(const struct corruption *what, unsigned char *data, size_t size, uint64_t seed)
{
	uint64_t bits = (uint64_t)size * 8, wanted = what->amount < bits ? what->amount : bits;
	uint64_t first = random_value(seed, KEY_BIT, 0) % bits;
	uint64_t step = bits / wanted;

	for (uint64_t i = 0; i < wanted; i++) {
		uint64_t bit = (first + i * step) % bits;

		data[bit / 8] ^= (unsigned char)(1U << bit % 8);
	}
}

static void zero(const struct corruption *what, unsigned char *data, size_t size, uint64_t seed)
{
	(void)what;
	(void)seed;
	memset(data, 0, size);
}

static void fill(const struct corruption *what, unsigned char *data, size_t size, uint64_t seed)
{
	(void)seed;
	memset(data, (int)(what->amount & 0xff), size);
}

/* Repeats the first sector, like a device that repeats itself. */
static void duplicate(const struct corruption *what, unsigned char *data, size_t size,
		      uint64_t seed)
{
	size_t unit = size > UNIT ? UNIT : (size + 1) / 2;

	(void)what;
	(void)seed;
	for (size_t at = unit; at < size; at++)
		data[at] = data[at - unit];
}

/* Rotates the bytes by `amount` towards the end. */
static void shift(const struct corruption *what, unsigned char *data, size_t size, uint64_t seed)
{
	size_t by = (size_t)(what->amount % size);
	unsigned char kept[UNIT];

	(void)seed;
	for (size_t part; by; by -= part) {
		part = by < sizeof(kept) ? by : sizeof(kept);
		memcpy(kept, data + size - part, part);
		memmove(data + part, data, size - part);
		memcpy(data, kept, part);
	}
}

const struct corruption_kind corruption_kinds[] = {
	{ "flip", flip },           { "zero", zero },   { "fill", fill },
	{ "duplicate", duplicate }, { "shift", shift }, { NULL, NULL },
};

const struct corruption_kind *corruption_kind_find(const char *name)
{
	for (const struct corruption_kind *kind = corruption_kinds; kind->name; kind++)
		if (!strcmp(kind->name, name))
			return kind;
	return NULL;
}

struct corruption_report corruption_apply(const struct corruption *what, void *data, size_t size,
					  uint64_t seed)
{
	struct corruption_report report = { .length = size };

	if (what->span && what->span < size) {
		report.length = what->span;
		report.first = random_value(seed, KEY_PLACE, 0) % (size - what->span + 1);
	}
	what->kind->spoil(what, (unsigned char *)data + report.first, (size_t)report.length, seed);
	return report;
}
