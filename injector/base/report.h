/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way to report an error: once, on standard error, where it happens, with what was being
 * done. Functions return 0 or a negative errno; their callers do not report it again.
 */
#ifndef INJECTOR_BASE_REPORT_H
#define INJECTOR_BASE_REPORT_H

#include <stddef.h>

/*
 * Prints "foliostorm: MESSAGE" and, if `error` is negative, ": " and its text. Replaces control
 * characters as plain_text() does; cuts the message at 1023 bytes.
 * error: negative errno, or 0 if the message needs no text of an error.
 * Returns error, so that a caller can write `return report(-errno, "open %s", path);`; -EINVAL for
 * error 0.
 */
int report(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Redirects the calling thread's reports from standard error to `message`, which holds `size` bytes
 * and the last report only, until it is called again with NULL. Sets message to "".
 */
void report_capture(char *message, size_t size);

#endif
