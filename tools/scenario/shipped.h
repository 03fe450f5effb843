/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scenarios and files of rules that come with foliostorm, installed or in its source tree.
 * Commands accept their names in place of a file: "split-window", "slow-fsync".
 */
#ifndef TOOLS_SCENARIO_SHIPPED_H
#define TOOLS_SCENARIO_SHIPPED_H

#include <stdbool.h>
#include <stddef.h>

struct shipped {
	char *name; /* without ".cfg", relative to the directory: "rules/slow-fsync" */
	char *path;
};

struct shipped_list {
	struct shipped *items; /* sorted by name, rules last */
	size_t count;
};

/* Lists all of them. list: call shipped_list_release() also on error. Returns 0; -ENOENT without
 * their directory; -ENOMEM; reported. */
int shipped_list(struct shipped_list *list);

/* Whether it is a file of rules, not a scenario. */
bool shipped_is_rules(const struct shipped *shipped);

void shipped_list_release(struct shipped_list *list);

/*
 * Finds the file that a command line names: an existing file, else a shipped one, with or without
 * ".cfg" or "rules/". Returns path, which holds `size` bytes. A name with a slash that is neither
 * is returned as it is; the caller fails to open it. Without a slash: NULL (reported, with near
 * names).
 */
const char *shipped_find(const char *name, char *path, size_t size);

#endif
