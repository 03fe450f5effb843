/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/base/array.h"
#include "injector/base/page_size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct unit {
	const char *suffix;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "T", 1ULL << 40 }, { "G", 1 << 30 }, { "M", 1 << 20 },
	{ "K", 1 << 10 },    { "B", 1 },       { "", 1 },
};

static const struct unit durations[] = {
	{ "h", 3600000000000 }, { "m", 60000000000 }, { "s", 1000000000 },
	{ "ms", 1000000 },      { "us", 1000 },       { "ns", 1 },
};

static const struct unit *find_unit(const struct unit *table, size_t count, const char *suffix)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].suffix, suffix))
			return &table[i];
	return NULL;
}

int units_parse_size(const char *text, uint64_t *bytes)
{
	const struct unit *unit;
	uint64_t number;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	unit = !strcmp(end, " page") || !strcmp(end, " pages")
		       ? &(const struct unit){ .factor = page_size() }
		       : find_unit(sizes, ARRAY_SIZE(sizes), end);
	if (!unit)
		return -EINVAL;
	if (number > INT64_MAX / unit->factor)
		return -ERANGE;
	*bytes = number * unit->factor;
	return 0;
}

int units_parse_duration(const char *text, uint64_t *nanoseconds)
{
	const struct unit *unit;
	double number;
	char *end;

	if (!strcmp(text, "0")) {
		*nanoseconds = 0;
		return 0;
	}
	/* strtod() would also accept "inf", "nan" and "0x1p3". */
	if (!isdigit((unsigned char)*text) || strspn(text, "0123456789.") == strlen(text) ||
	    (text[0] == '0' && tolower((unsigned char)text[1]) == 'x'))
		return -EINVAL;
	number = strtod(text, &end);
	unit = find_unit(durations, ARRAY_SIZE(durations), end);
	if (!unit)
		return -EINVAL;
	number = round(number * (double)unit->factor);
	if (number >= 0x1p63)
		return -ERANGE;
	*nanoseconds = (uint64_t)number;
	return 0;
}

int units_parse_seconds(const char *text, uint64_t *nanoseconds)
{
	size_t length = strlen(text);
	char with_unit[64];

	/* "5n" is a mistake, not 5 ns. */
	if (!length || !isdigit((unsigned char)text[length - 1]) || length > sizeof(with_unit) - 2)
		return units_parse_duration(text, nanoseconds);
	snprintf(with_unit, sizeof(with_unit), "%ss", text);
	return units_parse_duration(with_unit, nanoseconds);
}

const char *units_format_size(uint64_t bytes, char *text, size_t size)
{
	const struct unit *unit = sizes;

	while (unit->factor > 1 && (bytes < unit->factor || bytes % unit->factor))
		unit++;
	snprintf(text, size, "%" PRIu64 "%s", bytes / unit->factor, unit->suffix);
	return text;
}

const char *units_format_duration(uint64_t nanoseconds, char *text, size_t size)
{
	const struct unit *unit = durations;

	while (unit->factor > 1 && nanoseconds < unit->factor)
		unit++;
	snprintf(text, size, "%.4g%s", (double)nanoseconds / (double)unit->factor, unit->suffix);
	return text;
}

const char *units_format_count(uint64_t count, char *text, size_t size)
{
	char digits[24];
	size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count), used = 0;

	for (size_t i = 0; i < length && used + 2 < size; i++) {
		if (i && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

uint64_t units_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void units_sleep(uint64_t nanoseconds)
{
	const struct timespec time = {
		.tv_sec = (time_t)(nanoseconds / 1000000000),
		.tv_nsec = (long)(nanoseconds % 1000000000),
	};

	if (nanoseconds)
		nanosleep(&time, NULL);
}

void units_spin(uint64_t nanoseconds)
{
	uint64_t end = units_now() + nanoseconds;

	while (units_now() < end)
		;
}
