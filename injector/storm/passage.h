/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A passage: a punch whose split succeeded, with an exposure of a reader that can hit. The
 * reader and the storm each note their part; either may be first.
 */
#ifndef INJECTOR_STORM_PASSAGE_H
#define INJECTOR_STORM_PASSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Of one place that is punched again and again; starts as zeros. */
struct passage {
	_Atomic uint32_t exposed, split, passed; /* number of the last punch */
};

/*
 * Notes an exposure, or a split, of punch `number`, from 1. From any thread, and as often as there
 * are some. Returns true to one caller for each number: to the one that makes it a passage. A note
 * that comes after one of a later number is lost.
 */
bool passage_note_exposure(struct passage *passage, uint32_t number);
bool passage_note_split(struct passage *passage, uint32_t number);

#endif
