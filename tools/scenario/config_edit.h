/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes keys of a configuration (libconfig) in its text, where they stand: comments, order and
 * spaces are the user's and stay. The text must be one that libconfig has read.
 */
#ifndef TOOLS_SCENARIO_CONFIG_EDIT_H
#define TOOLS_SCENARIO_CONFIG_EDIT_H

/*
 * The text of a file, with what it includes (@include) in the place of the directive, so that it
 * can lie in another directory. Returns 0 or -errno (reported). text: the caller frees it.
 */
int config_edit_read(const char *path, char **text);

/*
 * Sets one key ("storm.aim", "readers[0].count"; the value as after --set) and puts a comment on a
 * line of its own above. A key that was not there is added to its group, and groups on the way are
 * made; list items are not. text: replaced. comment: without "# ", one line; or NULL. Returns 0;
 * -EINVAL there is no such place, -ENOMEM (both reported); text is then as it was.
 */
int config_edit_set(char **text, const char *path, const char *value, const char *comment);

#endif
