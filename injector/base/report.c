/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/report.h"
#include "injector/base/plain_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local struct {
	char *message;
	size_t size;
} captured;

void report_capture(char *message, size_t size)
{
	captured.message = message;
	captured.size = size;
	if (message)
		*message = '\0';
}

int report(int error, const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	plain_text(message, true);
	if (captured.message)
		snprintf(captured.message, captured.size, "%s%s%s", message, error ? ": " : "",
			 error ? strerror(-error) : "");
	else if (error)
		fprintf(stderr, "foliostorm: %s: %s\n", message, strerror(-error));
	else
		fprintf(stderr, "foliostorm: %s\n", message);
	return error ? error : -EINVAL;
}
