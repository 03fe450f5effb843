/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/storm/passage.h"
#include "injector/base/extreme.h"

/* Sequentially consistent: if two threads note at once, at least one sees both notes. */
static bool is_passed(struct passage *passage, uint32_t number)
{
	return atomic_load(&passage->exposed) == number && atomic_load(&passage->split) == number &&
	       extreme_raise(&passage->passed, number);
}

bool passage_note_exposure(struct passage *passage, uint32_t number)
{
	extreme_raise(&passage->exposed, number);
	return is_passed(passage, number);
}

bool passage_note_split(struct passage *passage, uint32_t number)
{
	extreme_raise(&passage->split, number);
	return is_passed(passage, number);
}
