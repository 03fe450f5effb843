/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The progress of a long command, on standard error: a block of a few lines, rewritten in place, on
 * a terminal; plain lines otherwise. Each update reads the terminal's size, so the block fits after
 * a resize. At the end the block is erased.
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
	uint64_t shown; /* time of the last update, CLOCK_MONOTONIC, ns */
	size_t lengths[PROGRESS_LINES_MAX], lines; /* of the block on the screen */
};

/* rewrite: show a block, if the terminal can rewrite; plain: otherwise print a line every two
 * seconds. Without either, nothing is shown. */
void progress_init(struct progress *progress, bool rewrite, bool plain);

/* Begins a phase, and shows its name at once. */
void progress_phase(struct progress *progress, const char *phase);

/* Returns whether an update is due. Until then the two functions below show nothing. */
bool progress_is_time(const struct progress *progress);

/* Shows a line if an update is due. */
void progress_line(struct progress *progress, const char *line);

/*
 * Shows items, texts without newlines, if an update is due. A block has as many items per line as
 * fit, and cuts an item that is too long. A plain line has all items.
 */
void progress_items(struct progress *progress, const char *const *items, size_t count);

/* Erases the block. */
void progress_end(struct progress *progress);

/*
 * Lays items out in lines of at most width - 1 columns, with three spaces between items; omits
 * items beyond `most` lines. lines: `most` buffers of `size` bytes, one after another. Returns the
 * number of lines.
 */
size_t progress_lay_out(const char *const *items, size_t count, size_t width, size_t most,
			char *lines, size_t size);

#endif
