/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interprets the result of a run for a bisection; stores and prints entries. */
#ifndef TOOLS_BISECT_BISECT_RESULT_H
#define TOOLS_BISECT_BISECT_RESULT_H

#include "tools/bisect/bisect.h"
#include "tools/verdict/proportion.h"

#include <stdio.h>

/* BISECT_BAD for HIT, BISECT_GOOD for CLEAN and VERIFIED; else BISECT_CANNOT_TELL. */
enum bisect_answer bisect_result_answer(const json_t *result);

bool bisect_result_is_hit(const json_t *result);

/* Whether a longer run may decide. */
bool bisect_result_is_inconclusive(const json_t *result);

/* Whether there was no run: the kernel does not build, or is not available. */
bool bisect_result_is_unrun(const json_t *result);

/* Whether the run itself failed, rather than the kernel by not booting or dying of something
 * else. */
bool bisect_result_failed(const json_t *result);

/* Its passages (of its schedule, if it has one), and those that hit: at least one for HIT. Without
 * passages, as for a guest that died, both are 0. */
struct proportion_count bisect_result_counts(const json_t *result);

/* The least chance of a hit in a passage, from several runs; 0 without passages. */
double bisect_result_chance(const struct proportion_count *runs, size_t count);

/* Adds the kept values of a result to an entry of bisect.json. seconds: duration of all its
 * runs. */
void bisect_result_copy(json_t *entry, const json_t *result, double seconds);

/* The answer in an entry; BISECT_CANNOT_TELL if invalid. */
enum bisect_answer bisect_result_find(const json_t *entry);

/* Prints a line of the table: "6.18.9 HIT bad 507 of 602 punches hit, first after 0.009 s". to: may
 * be NULL. */
void bisect_result_print(FILE *to, const json_t *entry);

/* Prints two entries side by side. */
void bisect_result_compare(FILE *to, const json_t *one, const json_t *other);

#endif
