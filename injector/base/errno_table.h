/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors by name, and those that an operation can return. These are the ERRORS of the system calls
 * (section 2) that become the operation, and what any file system may add: EIO, ENOMEM, and EINTR
 * where the kernel can be interrupted.
 */
#ifndef INJECTOR_BASE_ERRNO_TABLE_H
#define INJECTOR_BASE_ERRNO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An error of a weighted set. */
struct rule_error {
	int number; /* positive errno */
	uint64_t weight;
};

/* The positive errno of a name, 5 for "EIO"; 0 for an unknown name. */
int errno_number(const char *name);

/* The name of a positive errno, a constant string; NULL for an unknown number. */
const char *errno_name(int number);

/* Whether the operation (a name of hook_operations[]) can return the positive errno. */
bool errno_is_legal(const char *operation, int number);

/* Writes the names of all errors that the operation can return, "EIO, ENOSPC". Returns text, which
 * holds `size` bytes. */
const char *errno_list(const char *operation, char *text, size_t size);

#endif
