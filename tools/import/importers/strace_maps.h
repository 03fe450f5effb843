/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that create, use and remove mappings, which are identified by their addresses. */
#ifndef TOOLS_IMPORT_IMPORTERS_STRACE_MAPS_H
#define TOOLS_IMPORT_IMPORTERS_STRACE_MAPS_H

#include "tools/import/importers/strace_paths.h"

/* See struct strace_row. */
STRACE_TAKE(strace_take_mmap);
STRACE_TAKE(strace_take_munmap); /* and msync */

#endif
