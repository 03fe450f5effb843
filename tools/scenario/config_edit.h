/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Edits keys in the text of a configuration (libconfig syntax). Comments, order and spacing of the
 * rest are preserved. The text must be valid libconfig syntax.
 */
#ifndef TOOLS_SCENARIO_CONFIG_EDIT_H
#define TOOLS_SCENARIO_CONFIG_EDIT_H

/*
 * Reads a file and replaces each @include with the text of the included file, so that the result
 * can be saved in another directory. Returns 0 or -errno (reported). text: the caller frees it;
 * NULL on error.
 */
int config_edit_read(const char *path, char **text);

/*
 * Sets one key ("storm.aim", "readers[0].count") to a value written as for --set. A missing key is
 * added to its group; missing groups are created, missing list items are not. text: the caller's,
 * allocated; replaced, unchanged on error. comment: one line without "# ", inserted above the line
 * of the key; or NULL. Returns 0; -EINVAL no such place or not a value; -ENOMEM; reported.
 */
int config_edit_set(char **text, const char *path, const char *value, const char *comment);

#endif
