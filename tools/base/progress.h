/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a long command shows meanwhile, on standard error: a block of a few lines that is rewritten
 * in place on a terminal, plain lines otherwise. The terminal's size is asked for at each time, so
 * the block fits after it has changed, and nothing of it is left when it ends.
 */
#ifndef TOOLS_BASE_PROGRESS_H
#define TOOLS_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROGRESS_ITEMS_MAX = 16, PROGRESS_LINES_MAX = 16 };

struct progress {
	bool rewrite, plain;
	char phase[64];
	uint64_t shown;                            /* CLOCK_MONOTONIC, ns */
	size_t lengths[PROGRESS_LINES_MAX], lines; /* of the block that is on the screen */
};

/* rewrite: a block rewritten (plain lines on a terminal that cannot); plain: a line every two
 * seconds; neither: nothing. */
void progress_init(struct progress *progress, bool rewrite, bool plain);

/* Something new is being done: shown at once. */
void progress_phase(struct progress *progress, const char *phase);

/* Whether it is time to show something; what is shown before is not. */
bool progress_is_time(const struct progress *progress);

/* Shows a line when it is time to. */
void progress_line(struct progress *progress, const char *line);

/*
 * Shows items, texts without newlines, when it is time to: as many in a line as the terminal is
 * wide, each as far as it fits; or, on plain lines, all in one.
 */
void progress_items(struct progress *progress, const char *const *items, size_t count);

/* Takes the block away. */
void progress_end(struct progress *progress);

/*
 * Lays items out in lines of at most width - 1 columns, three spaces between them, cut to at most
 * `most` lines. lines: of `size` bytes each. Returns how many lines.
 */
size_t progress_lay_out(const char *const *items, size_t count, size_t width, size_t most,
			char *lines, size_t size);

#endif
