/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads configuration files, which strangers may have written, and checks who owns them. */
#ifndef TOOLS_SCENARIO_CONFIG_FILE_H
#define TOOLS_SCENARIO_CONFIG_FILE_H

#include <stddef.h>

/*
 * Reads a regular file of at most `most` bytes; never blocks on a FIFO or device. name: used in
 * messages. text: of `size` bytes, a NUL byte follows; the caller frees it, NULL on error. strange:
 * why somebody else may have written the file ("belongs to user 1000 (mary)"); the caller frees it.
 * NULL: the file and its directory belong to the caller or root, and nobody else can write or
 * replace the file. The caller is the real user and, under sudo(8), the user in SUDO_UID. Returns 0
 * or -errno (reported).
 */
int config_file_read(const char *path, const char *name, size_t most, char **text, size_t *size,
		     char **strange);

#endif
