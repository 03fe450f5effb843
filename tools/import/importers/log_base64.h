/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts in base64 within other text: strings of JSON, parts of mail, whole files. */
#ifndef TOOLS_IMPORT_IMPORTERS_LOG_BASE64_H
#define TOOLS_IMPORT_IMPORTERS_LOG_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Replaces in place each part in base64 that is too long to be a word by what it holds, in lines of
 * its own, if that is text or begins as gzip's files do. Returns the new size. found: set to
 * whether there was one.
 */
size_t log_base64_undo(char *text, size_t size, bool *found);

#endif
