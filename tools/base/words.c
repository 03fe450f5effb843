/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/words.h"
#include "injector/base/append_text.h"

const char *words_join(const char *const *first, size_t stride, char *text, size_t size)
{
	const char *at = (const char *)first, *name;
	size_t used = 0;

	*text = '\0';
	for (; (name = *(const char *const *)(const void *)at); at += stride)
		used = append_text(text, size, used, "%s%s", used ? ", " : "", name);
	return text;
}
