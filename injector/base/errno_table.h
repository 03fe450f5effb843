/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors by name, and which of them a call can return: what the manual pages of section 2 list
 * under ERRORS for the calls that become the operation, and what a file system may say besides
 * (EIO, ENOMEM, EINTR where the kernel can be interrupted).
 */
#ifndef INJECTOR_BASE_ERRNO_TABLE_H
#define INJECTOR_BASE_ERRNO_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of a weighted set. */
struct rule_error {
	int number; /* positive errno */
	uint64_t weight;
};

/* The positive errno of a name, "EIO" is 5; 0 when there is none. */
int errno_number(const char *name);

/* The name of a positive errno, a constant string; NULL when there is none. */
const char *errno_name(int number);

/* Whether the operation (a name of hook_operations[]) can return it. */
bool errno_is_legal(const char *operation, int number);

/* The names of all it can return, "EIO, ENOSPC". Returns text, which holds `size` bytes. */
const char *errno_list(const char *operation, char *text, size_t size);

#endif
