/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"

#include <stdarg.h>
#include <stdio.h>

size_t append_text(char *text, size_t size, size_t used, const char *format, ...)
{
	size_t room;
	va_list args;
	int length;

	if (used >= size)
		return used;
	room = size - used;
	va_start(args, format);
	length = vsnprintf(text + used, room, format, args);
	va_end(args);
	if (length < 0) {
		text[used] = '\0';
		return used;
	}
	return used + ((size_t)length < room ? (size_t)length : room - 1);
}
