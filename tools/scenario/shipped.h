/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scenarios and files of rules that come with foliostorm: installed, or in the sources that it
 * was built from. Where a command takes such a file, the name alone is enough: "split-window",
 * "slow-fsync".
 */
#ifndef TOOLS_SCENARIO_SHIPPED_H
#define TOOLS_SCENARIO_SHIPPED_H

#include <stdbool.h>
#include <stddef.h>

/* One of them. */
struct shipped {
	char *name; /* without ".cfg", relative to the directory */
	char *path;
};

struct shipped_list {
	struct shipped *items; /* by name, rules last */
	size_t count;
};

/* All of them. list: release it in either case. Returns 0; -ENOENT where there is no directory of
 * them; -ENOMEM; reported. */
int shipped_list(struct shipped_list *list);

/* Whether it is a file of rules, which is no scenario. */
bool shipped_is_rules(const struct shipped *shipped);

void shipped_list_release(struct shipped_list *list);

/*
 * The file that a command line names: a file of that name, else a shipped one, with or without
 * ".cfg" or the directory of the rules. Returns path, which holds `size` bytes; NULL (reported,
 * with what may have been meant) where a name without a directory is neither.
 */
const char *shipped_find(const char *name, char *path, size_t size);

#endif
