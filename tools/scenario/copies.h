/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of a run with content of their own: copies of a file, or what a command makes. The content
 * is obtained before anything of the run is made, and kept in memory; it is what their pages must
 * hold at any time.
 */
#ifndef TOOLS_SCENARIO_COPIES_H
#define TOOLS_SCENARIO_COPIES_H

#include "tools/scenario/scenario.h"

/*
 * Obtains the content of each file of the scenario that is a copy: its golden_fd and size are set.
 * A command is run by a shell, with "{out}" put in: the path of the file that it is to make. Does
 * nothing for files that have theirs. Returns 0; -EINVAL a file, a size or a command that does not
 * do; other -errno; all reported. Released with scenario_release().
 */
int copies_obtain(struct scenario *scenario);

/* Makes the scenario one that copies from `directory`/NAME, where somebody else will find it:
 * changes its text and its fields. Returns 0 or -ENOMEM (reported). */
int copies_move(struct scenario *scenario, const char *directory);

#endif
