/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses and formats sizes ("4K", "2M", "1G", "1 page") and durations ("200us", "2ms", "1.5s"). */
#ifndef INJECTOR_BASE_UNITS_H
#define INJECTOR_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Parses a size: a whole number with an optional suffix B, K, M, G or T (powers of 1024), " page"
 * or " pages" (of page_size()). bytes: set on success only. Returns 0; -EINVAL not a size; -ERANGE
 * more than 2^63 - 1 bytes.
 */
int units_parse_size(const char *text, uint64_t *bytes);

/*
 * Parses a duration: a number, maybe with a fraction, and the unit ns, us, ms, s, m or h, which
 * only "0" may lack. nanoseconds: set on success only. Returns 0; -EINVAL not a duration; -ERANGE
 * more than 2^63 - 1 ns.
 */
int units_parse_duration(const char *text, uint64_t *nanoseconds);

/* The same, but a number without a unit is in seconds. */
int units_parse_seconds(const char *text, uint64_t *nanoseconds);

/* Writes a size with the largest suffix that divides it, "2M". Returns text, which holds `size`
 * bytes. */
const char *units_format_size(uint64_t bytes, char *text, size_t size);

/* Writes a duration, in four significant digits, with the largest unit that leaves at least 1,
 * "1.5ms". Returns text, which holds `size` bytes. */
const char *units_format_duration(uint64_t nanoseconds, char *text, size_t size);

/* Writes a count with its digits in groups of three, "33,621". Returns text, which holds `size`
 * bytes; 27 suffice. */
const char *units_format_count(uint64_t count, char *text, size_t size);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t units_now(void);

/* Sleeps for that many nanoseconds, or until a signal arrives; returns at once for 0. */
void units_sleep(uint64_t nanoseconds);

/* Busy-waits for that many nanoseconds, for times too short to sleep. */
void units_spin(uint64_t nanoseconds);

#endif
