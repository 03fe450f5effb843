/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-ups of hooks that always answer with one file; the suite sets its path and size. */
#ifndef TESTS_SUPPORT_ONE_FILE_H
#define TESTS_SUPPORT_ONE_FILE_H

#include "injector/rules/hooks.h"

#include <stdio.h>

static const char *one_file_path = "db/table.ibd";
static int64_t one_file_size = 65536; /* bytes */

static const char *get_one_file_path(const struct hook_request *request, char *text, size_t size)
{
	(void)request;
	snprintf(text, size, "%s", one_file_path);
	return text;
}

static int64_t get_one_file_size(const struct hook_request *request)
{
	(void)request;
	return one_file_size;
}

static const struct hook_lookups one_file_lookups = { .path = get_one_file_path,
						      .size = get_one_file_size };

#endif
