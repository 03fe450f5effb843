/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of JSON, which others may have written. */
#ifndef TOOLS_BASE_LOAD_JSON_H
#define TOOLS_BASE_LOAD_JSON_H

#include <jansson.h>

/* As json_load_file(3), of a regular file alone: it waits for nothing. error: may be NULL. */
json_t *load_json(const char *path, json_error_t *error);

#endif
