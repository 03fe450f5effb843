/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way to report an error: once, on standard error, where it happens, with what was being
 * done. Functions return 0 or a negative errno; the caller of a function that failed does not
 * report it again.
 */
#ifndef INJECTOR_BASE_REPORT_H
#define INJECTOR_BASE_REPORT_H

#include <stddef.h>

/*
 * Prints "foliostorm: MESSAGE" and, when `error` is negative, ": " and its text. What a terminal
 * would obey in the message is replaced, as by plain_text().
 * error: negative errno, or 0 when the message says all.
 * Returns error, so that a caller can write `return report(-errno, "open %s", path);`; -EINVAL for
 * error 0.
 */
int report(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Until it is called again with NULL, what the calling thread reports goes to `message`, which
 * holds `size` bytes, instead of standard error: the last of it. message: "" at first.
 */
void report_capture(char *message, size_t size);

#endif
