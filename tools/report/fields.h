/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of JSON objects of any origin: one that is missing, or of another type, is "" or 0. */
#ifndef TOOLS_REPORT_FIELDS_H
#define TOOLS_REPORT_FIELDS_H

#include <jansson.h>
#include <math.h>
#include <stdint.h>

static inline const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static inline double number_of(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* A seed is a number of up to 63 bits, of which a double keeps 53. */
static inline int64_t seed_of(const json_t *object)
{
	return json_integer_value(json_object_get(object, "seed"));
}

/* Limited to 0 to 9 * 10^18, which a number of a file may exceed. */
static inline uint64_t count_of(const json_t *object, const char *key)
{
	return (uint64_t)fmin(fmax(number_of(object, key), 0), 9e18);
}

#endif
