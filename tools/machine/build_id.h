/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_MACHINE_BUILD_ID_H
#define TOOLS_MACHINE_BUILD_ID_H

#include <stddef.h>

/* Size of a SHA-1 (--build-id=sha1) in hexadecimal, with the terminating NUL. */
enum { BUILD_ID_TEXT = 41 };

/*
 * Finds the linker's build ID in ELF notes of `size` bytes. text: gets its hexadecimal digits; ""
 * if there is none, or it does not fit. Returns text.
 */
const char *build_id_in(const void *notes, size_t size, char text[BUILD_ID_TEXT]);

/* The same for the running kernel, from /sys/kernel/notes. vmlinux has the same build ID, by which
 * debug information is found. */
const char *build_id_running(char text[BUILD_ID_TEXT]);

#endif
