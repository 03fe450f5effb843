/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A passage: a punch whose split succeeded and during which a reader read an exposed page. Reader
 * and storm each note their part; either may be first.
 */
#ifndef INJECTOR_STORM_PASSAGE_H
#define INJECTOR_STORM_PASSAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Of one place that is punched again and again; initially zero. */
struct passage {
	_Atomic uint64_t exposed, split, passed; /* number of the last punch with that */
};

/*
 * Note an exposure, or a split, in punch `number`, from 1. Any thread may call them, any number of
 * times. They return true to one caller for each number, the one that completes the passage. A note
 * after one of a later number is lost.
 */
bool passage_note_exposure(struct passage *passage, uint32_t number);
bool passage_note_split(struct passage *passage, uint32_t number);

#endif
