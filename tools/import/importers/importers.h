/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The importers, for their table in import.c: one file each. */
#ifndef TOOLS_IMPORT_IMPORTERS_IMPORTERS_H
#define TOOLS_IMPORT_IMPORTERS_IMPORTERS_H

#include "tools/import/import.h"

extern const struct importer importer_strace, importer_iolog, importer_record;

#endif
