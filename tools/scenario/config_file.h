/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of a configuration, which may be a stranger's: read within bounds, and whose it is. */
#ifndef TOOLS_SCENARIO_CONFIG_FILE_H
#define TOOLS_SCENARIO_CONFIG_FILE_H

#include <stddef.h>

/*
 * Reads a regular file of up to `most` bytes, without waiting for anything. name: what messages
 * call it. text: with a NUL byte behind it, the caller's. strange: why the caller cannot be sure
 * who wrote it, "belongs to user 1000 (mary)", the caller's; NULL where it is the caller's or
 * root's, and nobody else may write it or put another in its place. The caller is the real user,
 * and who called sudo(8), by SUDO_UID. Returns 0 or -errno (reported).
 */
int config_file_read(const char *path, const char *name, size_t most, char **text, size_t *size,
		     char **strange);

#endif
