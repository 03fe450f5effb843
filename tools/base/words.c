/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/words.h"

#include <stdio.h>

const char *words_join(const char *const *first, size_t stride, char *text, size_t size)
{
	const char *name;
	size_t used = 0;

	*text = '\0';
	for (const char *at = (const char *)first; used < size; at += stride) {
		name = *(const char *const *)(const void *)at;
		if (!name)
			break;
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", name);
	}
	return text;
}
