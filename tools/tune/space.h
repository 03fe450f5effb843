/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings that a tuning may choose from: some keys of a scenario, some values of each.
 *
 * A key is given as KEY=VALUES, values parted by commas: words, or ranges A..B of numbers,
 * durations or sizes, with the step after a colon: "256..272", "0..511:8", "0us..1ms:100us",
 * "1us..1ms:log", "procmem,load", "auto,128,256..258". Without a step numbers go by one, durations
 * in eight equal steps, sizes by doubling. "log": numbers and sizes by doubling, durations in eight
 * steps of equal ratio; from 0, that is 0 and then from a thousandth of the end.
 */
#ifndef TOOLS_TUNE_SPACE_H
#define TOOLS_TUNE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPACE_KEYS_MAX = 8, SPACE_VALUES_MAX = 4096 };

struct space_value {
	char *text;    /* as it is written after --set KEY= */
	double number; /* a number, ns or bytes; NAN: a word */
};

struct space_key {
	char *path;
	struct space_value *values;
	size_t count;
	bool numeric; /* all values are numbers */
};

/* A setting: the index of its value for each key. */
struct space_setting {
	uint16_t value[SPACE_KEYS_MAX];
};

struct space {
	struct space_key keys[SPACE_KEYS_MAX];
	size_t key_count;
	/* Number 0 is the original, whose values are not used. */
	struct space_setting *settings;
	size_t count, room;
	bool whole; /* all combinations that are allowed are there */
	uint64_t seed;
	/* Whether a combination makes a scenario; NULL: all do. */
	bool (*allowed)(void *context, const struct space_setting *setting);
	void *context;
	size_t refused; /* combinations that were not, of those looked at */
};

/* Adds a key. Returns 0; -EINVAL it cannot be read (reported, naming key and what is allowed), or
 * is there already; -ENOMEM. */
int space_add_key(struct space *space, const char *vary);

/* How many combinations there are. */
double space_size(const struct space *space);

/*
 * Makes the settings to begin with: the original and all combinations where these are at most
 * `most`, else so many, chosen so that each key's values are spread evenly over them (a Latin
 * hypercube, by the seed). room: for how many settings space_near() may bring it to. Returns 0 or
 * -ENOMEM (reported).
 */
int space_fill(struct space *space, size_t most, size_t room);

/* A setting like another one but for one key, that is not there yet: a neighbouring value for
 * numbers, any for words. Of the original: any setting. For struct contest_config. */
size_t space_near(void *space, size_t setting);

/* Writes "storm.aim=257 readers[0].kind=load"; "as it is" of the original. Returns text, which
 * holds `size` bytes. */
const char *space_describe(const struct space *space, size_t setting, char *text, size_t size);

void space_release(struct space *space);

#endif
