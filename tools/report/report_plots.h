/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pictures of a report, drawn by gnuplot for a width in pixels (HTML_BROAD, HTML_NARROW). Each
 * returns SVG that the caller frees; NULL if there is nothing to draw, or drawing failed
 * (reported). */
#ifndef TOOLS_REPORT_REPORT_PLOTS_H
#define TOOLS_REPORT_REPORT_PLOTS_H

#include "tools/report/report_map.h"

char *report_plot_timeline(const struct report_data *data, unsigned int width);
char *report_plot_map(const struct report_data *data, const struct report_map *map,
		      unsigned int width);
char *report_plot_rate(const struct report_data *data, unsigned int width);

/* Operations with enough requests for a distribution. */
char *report_plot_latencies(const struct report_data *data, unsigned int width);

#endif
