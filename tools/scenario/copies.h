/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files whose content is copied from a file or made by a command. The content is obtained before
 * the run creates anything, and kept in memory; the pages of the file must hold it at all times.
 */
#ifndef TOOLS_SCENARIO_COPIES_H
#define TOOLS_SCENARIO_COPIES_H

#include "tools/scenario/scenario.h"

/*
 * Obtains the content of each copy that has none yet, and sets its golden_fd (a memfd) and size. A
 * shell runs the command, in which "{out}" stands for the path of the file to create. Also checks
 * that all files fit in the backing. Returns 0; -EINVAL an unsuitable file, size or command; other
 * -errno; all reported. scenario_release() closes the descriptors.
 */
int copies_obtain(struct scenario *scenario);

/* Makes each copy come from the file `directory`/NAME, where the receiver of the scenario finds it:
 * changes the configuration and the struct. Returns 0 or -ENOMEM (reported). */
int copies_move(struct scenario *scenario, const char *directory);

#endif
