/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings of a tuning: some keys of a scenario, some values of each.
 *
 * A key is given as KEY=VALUES. Values are separated by commas: words, or ranges A..B of numbers,
 * durations or sizes, with a step after a colon: "256..272", "0..511:8", "0us..1ms:100us",
 * "1us..1ms:log", "procmem,load", "auto,128,256..258". Without a step, numbers increase by one,
 * durations in eight equal steps, sizes by doubling. "log": numbers and sizes double, durations
 * increase in eight steps of equal ratio; a range from 0 has 0 and then begins at a thousandth of
 * its end.
 */
#ifndef TOOLS_TUNE_SPACE_H
#define TOOLS_TUNE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SPACE_KEYS_MAX = 8, SPACE_VALUES_MAX = 4096 };

struct space_value {
	char *text;    /* as written after --set KEY= */
	double number; /* number, ns or bytes; NAN: a word */
};

struct space_key {
	char *path;
	struct space_value *values;
	size_t count;
	bool numeric; /* all values are quantities */
};

/* A setting: for each key the index of its value. */
struct space_setting {
	uint16_t value[SPACE_KEYS_MAX];
};

struct space {
	struct space_key keys[SPACE_KEYS_MAX];
	size_t key_count;
	/* Number 0 is the original; its values are not used. */
	struct space_setting *settings;
	size_t count, room;
	bool whole; /* has all allowed combinations */
	uint64_t seed;
	/* Whether a combination makes a valid scenario; NULL: all do. */
	bool (*allowed)(void *context, const struct space_setting *setting);
	void *context;
	size_t refused; /* combinations that were not allowed, of those tried */
};

/* Adds a key. Returns 0; -EINVAL invalid, or given twice; -ENOMEM; reported. */
int space_add_key(struct space *space, const char *vary);

/* Number of combinations. */
double space_size(const struct space *space);

/*
 * Makes the initial settings: the original, and all combinations if these are at most `most`; else
 * `most` of them that spread each key's values evenly (a Latin hypercube, by the seed). room:
 * settings after calls of space_near(). Returns 0 or -ENOMEM (reported).
 */
int space_fill(struct space *space, size_t most, size_t room);

/* Adds a setting that differs from another in one key: a nearby value of quantities, any word. For
 * the original: any setting. space: a struct space. Returns its number, or SIZE_MAX. For
 * contest_config.near. */
size_t space_near(void *space, size_t setting);

/* Writes "storm.aim=257 readers[0].kind=load"; "as it is" for the original. Returns text, which
 * holds `size` bytes. */
const char *space_describe(const struct space *space, size_t setting, char *text, size_t size);

/* Frees keys and settings. */
void space_release(struct space *space);

#endif
