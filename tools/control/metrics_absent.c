/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces metrics.c if libmicrohttpd is not installed. */
#include "injector/base/report.h"
#include "tools/control/metrics.h"

#include <errno.h>

int metrics_open(struct metrics **metrics, const char *address)
{
	*metrics = NULL;
	return report(-EOPNOTSUPP,
		      "--metrics %s: foliostorm was built without libmicrohttpd; install "
		      "libmicrohttpd-dev and build it anew",
		      address);
}

int metrics_serve(struct metrics *metrics, struct steering *steering)
{
	(void)metrics;
	(void)steering;
	return 0;
}

void metrics_close(struct metrics *metrics)
{
	(void)metrics;
}
