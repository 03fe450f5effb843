/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records the requests to a layer, one line for each request that was answered, for `foliostorm
 * import record`. The recorder sits between the layer and its hooks and passes their decisions on.
 *
 * It never delays a request: the line goes into a ring buffer, which a thread writes to the file.
 * If the buffer is full, lines are lost, and the file gets their number. Lines older than about a
 * second are in the file even if the layer is killed. The lines are:
 *
 *   foliostorm-record 1 DATA-PATH
 *   PID ARRIVED TOOK OPERATION INODE OFFSET LENGTH MODE RESULT PATH [NAME]
 *   lost N
 *   end N
 *
 * ARRIVED is CLOCK_MONOTONIC, TOOK a duration, both in ns. MODE is hexadecimal. INODE is that of
 * the layer; with a NAME, INODE and PATH are those of the directory. RESULT is that of
 * hooks.after(). PATH is "/" for the mount and "-" if unknown. In PATH and NAME, bytes up to 0x20
 * or from 0x7f on and '%' are written as %XX.
 */
#ifndef TOOLS_CONTROL_RECORDER_H
#define TOOLS_CONTROL_RECORDER_H

#include "injector/rules/hooks.h"

#include <stdbool.h>

struct recorder;

/* Creates the file and starts the thread. An existing regular file is refused (-EEXIST). data_path:
 * its name, for the first line. hooks: replaced by hooks that record and call the old ones. Returns
 * 0 or -errno (reported). */
int recorder_start(struct recorder **recorder, const char *path, const char *data_path,
		   struct hooks *hooks);

/* Writes the remaining lines, closes the file and frees the recorder. Call it when no more requests
 * can come. recorder: may be NULL. keep: false removes the file if the recorder created it. Returns
 * 0 or -errno (reported). */
int recorder_stop(struct recorder *recorder, bool keep);

#endif
