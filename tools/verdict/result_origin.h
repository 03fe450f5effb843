/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where and when a result was made. Of a guest's the machine that ran it says so, whose clock is
 * set. */
#ifndef TOOLS_VERDICT_RESULT_ORIGIN_H
#define TOOLS_VERDICT_RESULT_ORIGIN_H

#include <jansson.h>

/* The values of the keys `host_name` and `ended`, here and now; the caller's. They ask nothing of
 * the result. */
json_t *result_origin_host(const void *result);
json_t *result_origin_now(const void *result);

#endif
