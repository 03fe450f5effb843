/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes down what passes through a layer: a line for each request that was answered, for
 * `foliostorm import record`. It sits between the layer and its hooks, and hands on all they say.
 *
 * A request is never held up: it leaves its line in a ring, and a thread writes them out. Where
 * that does not keep up lines are lost, and counted in the file. What was recorded more than a
 * second ago is in the file, also when the layer is killed. The lines:
 *
 *   foliostorm-record 1 DATA-PATH
 *   PID ARRIVED TOOK OPERATION INODE OFFSET LENGTH MODE RESULT PATH [NAME]
 *   lost N
 *   end N
 *
 * Times are CLOCK_MONOTONIC and durations, ns; MODE is hexadecimal; INODE is that of the layer, and
 * of the directory where there is a NAME, whose PATH is whole; RESULT as the hooks have it. PATH
 * ("/" is the mount, "-" is none) and NAME have bytes up to 0x20, from 0x7f on and '%' as %XX.
 */
#ifndef TOOLS_CONTROL_RECORDER_H
#define TOOLS_CONTROL_RECORDER_H

#include "injector/rules/hooks.h"

#include <stdbool.h>

struct recorder;

/* Makes the file, which is an error (-EEXIST) when it is there and regular, and starts the thread.
 * data_path: its name, for the first line. hooks: replaced by such as record and ask the old ones.
 * Returns 0 or -errno (reported). */
int recorder_start(struct recorder **recorder, const char *path, const char *data_path,
		   struct hooks *hooks);

/* Writes what is left and ends the file; keep false: removes it instead, if the recorder made it.
 * When no request can come any more. NULL is fine. Returns 0 or -errno (reported). */
int recorder_stop(struct recorder *recorder, bool keep);

#endif
