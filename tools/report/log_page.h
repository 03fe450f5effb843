/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log of a mount as HTML. */
#ifndef TOOLS_REPORT_LOG_PAGE_H
#define TOOLS_REPORT_LOG_PAGE_H

#include "tools/report/log_data.h"

#include <stdio.h>

/* A page of its own, with a picture where gnuplot is there. Values of data are put in order. title:
 * of the page, or NULL. */
void log_page(FILE *to, struct log_data *data, const char *title);

#endif
