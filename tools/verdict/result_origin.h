/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where and when a result was made. For a guest, the host fills these in: its clock is set. */
#ifndef TOOLS_VERDICT_RESULT_ORIGIN_H
#define TOOLS_VERDICT_RESULT_ORIGIN_H

#include <jansson.h>

/* The values of the keys `host_name` and `ended`: this machine, now. New references. result: not
 * used. */
json_t *result_origin_host(const void *result);
json_t *result_origin_now(const void *result);

#endif
