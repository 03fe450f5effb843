/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int report(int error, const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (error)
		fprintf(stderr, "foliostorm: %s: %s\n", message, strerror(-error));
	else
		fprintf(stderr, "foliostorm: %s\n", message);
	return error ? error : -EINVAL;
}
