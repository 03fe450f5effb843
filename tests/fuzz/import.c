/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the importer of that name on an input. */
#include "injector/base/report.h"
#include "tests/fuzz/targets.h"
#include "tools/import/importers/importers.h"

#include <stdlib.h>

int fuzz_import(const char *name, const uint8_t *data, size_t size)
{
	static const struct import_options options;
	char message[1024] = "", *scenario = NULL, *companion = NULL;
	int fd = fuzz_file(data, size, NULL), r;

	report_capture(message, sizeof(message));
	r = import_fd(importer_find(name), &options, fd, NULL, &scenario, &companion);
	report_capture(NULL, 0);
	/* A useless input must be reported, and a useful one must give a scenario. */
	if (r ? scenario != NULL || !*message : !scenario || !*scenario)
		abort();
	free(scenario);
	free(companion);
	return r;
}
