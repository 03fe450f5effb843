/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pictures of a report, drawn by gnuplot for a screen of one width (HTML_BROAD, HTML_NARROW):
 * each is SVG of the caller's, or NULL where there is nothing to draw or it could not be drawn
 * (reported). */
#ifndef TOOLS_REPORT_REPORT_PLOTS_H
#define TOOLS_REPORT_REPORT_PLOTS_H

#include "tools/report/report_map.h"

char *report_plot_timeline(const struct report_data *data, unsigned int width);
char *report_plot_map(const struct report_data *data, const struct report_map *map,
		      unsigned int width);
char *report_plot_rate(const struct report_data *data, unsigned int width);

/* Of operations that came often enough for a distribution. */
char *report_plot_latencies(const struct report_data *data, unsigned int width);

#endif
