/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_MACHINE_BUILD_ID_H
#define TOOLS_MACHINE_BUILD_ID_H

#include <stddef.h>

/* Bytes of the text of a SHA-1, which the kernel is linked with (--build-id=sha1), and its end. */
enum { BUILD_ID_TEXT = 41 };

/*
 * Takes the linker's build ID from ELF notes, in hexadecimal digits. text: "" where there is none,
 * or one that does not fit. Returns text.
 */
const char *build_id_in(const void *notes, size_t size, char text[BUILD_ID_TEXT]);

/* That of the running kernel, by /sys/kernel/notes: the same as vmlinux has, and as debug
 * information is found by. */
const char *build_id_running(char text[BUILD_ID_TEXT]);

#endif
