/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the log of a mount as HTML. */
#ifndef TOOLS_REPORT_LOG_PAGE_H
#define TOOLS_REPORT_LOG_PAGE_H

#include "tools/report/log_data.h"

#include <stdio.h>

/* Prints a self-contained page, with a picture if gnuplot is installed. Sorts the values in data.
 * title: of the page, or NULL. */
void log_page(FILE *to, struct log_data *data, const char *title);

#endif
