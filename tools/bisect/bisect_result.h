/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run's result means to a bisection, and what of it is kept and shown. */
#ifndef TOOLS_BISECT_BISECT_RESULT_H
#define TOOLS_BISECT_BISECT_RESULT_H

#include "tools/bisect/bisect.h"
#include "tools/verdict/proportion.h"

#include <stdio.h>

enum bisect_answer bisect_result_answer(const json_t *result);

bool bisect_result_is_hit(const json_t *result);

/* Whether a longer run could tell. */
bool bisect_result_is_inconclusive(const json_t *result);

/* Whether there was nothing to run: the kernel does not build, or cannot be had. */
bool bisect_result_is_unrun(const json_t *result);

/* Whether the run itself went wrong: not the kernel, which does not boot or dies of something
 * else. */
bool bisect_result_failed(const json_t *result);

/* Its passages, those of a schedule where it has one, and how many gave a hit: at least one
 * where the verdict is HIT. Without passages, as of a guest that died, there is nothing to
 * count. */
struct proportion_count bisect_result_counts(const json_t *result);

/* The chance of a hit in a passage, at least; 0 where nothing was counted. */
double bisect_result_chance(const struct proportion_count *runs, size_t count);

/* Adds to an entry of bisect.json what of the result stays. */
void bisect_result_copy(json_t *entry, const json_t *result, double seconds);

/* The answer that an entry has. */
enum bisect_answer bisect_result_find(const json_t *entry);

/* A line of the table: "6.18.9 HIT bad 84.2 % of 602 punches, first after 0.009 s". to: or NULL. */
void bisect_result_print(FILE *to, const json_t *entry);

/* Two entries side by side. */
void bisect_result_compare(FILE *to, const json_t *one, const json_t *other);

#endif
