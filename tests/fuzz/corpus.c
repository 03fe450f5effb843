/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a target on its samples, which include the findings of fuzzing. Each must be useful; those
 * in a directory "bad" must not be. Each sample is then truncated and corrupted, the same way every
 * time. The parser must survive this.
 *
 * usage: corpus TARGET FILE...
 */
#include "tests/fuzz/targets.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_READ = 1 << 20, CUTS = 40, SPOILT = 40, SPOILT_BYTES = 8 };

static uint32_t next(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static void torment(fuzz_take *take, const char *kind, const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	uint32_t state = 1;

	if (!copy)
		abort();
	for (size_t i = 0; i < CUTS; i++)
		take(kind, data, size * i / CUTS);
	for (size_t i = 0; i < SPOILT && size; i++) {
		memcpy(copy, data, size);
		for (int n = 0; n < SPOILT_BYTES; n++)
			copy[next(&state) % size] = (uint8_t)next(&state);
		take(kind, copy, size);
	}
	free(copy);
}

int main(int argc, char **argv)
{
	uint8_t *data = malloc(SIZE_MAX_READ);
	fuzz_take *take = argc < 3 ? NULL : fuzz_target(argv[1]);
	int failed = 0;

	if (!take || !data) {
		fprintf(stderr, "usage: corpus TARGET FILE...\n");
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		bool bad = strstr(argv[i], "/bad/");
		FILE *file = fopen(argv[i], "re");
		size_t size;
		int r;

		if (!file) {
			perror(argv[i]);
			return 2;
		}
		size = fread(data, 1, SIZE_MAX_READ, file);
		fclose(file);
		r = take(argv[1], data, size);
		printf("%s: %s\n", argv[i], r ? "nothing of use" : "of use");
		failed |= bad != (r != 0);
		torment(take, argv[1], data, size);
	}
	free(data);
	return failed;
}
