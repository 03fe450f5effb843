/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads a JSON file of any origin. */
#ifndef TOOLS_BASE_LOAD_JSON_H
#define TOOLS_BASE_LOAD_JSON_H

#include <jansson.h>

/* Like json_load_file(3), but refuses all but regular files, so it never blocks on a FIFO. Returns
 * a new reference, or NULL with `error` filled in (not reported). error: may be NULL. */
json_t *load_json(const char *path, json_error_t *error);

#endif
