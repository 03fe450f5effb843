/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decodes base64 within other text: in strings of JSON, parts of mail, or whole files. */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_BASE64_H
#define TOOLS_IMPORT_IMPORTERS_LOG_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes in place each part in base64 that is too long for a word and holds text or gzip data; the
 * result is on lines of its own. Returns the new size in bytes. found: set to whether there was
 * such a part.
 */
size_t log_base64_undo(char *text, size_t size, bool *found);

#endif
