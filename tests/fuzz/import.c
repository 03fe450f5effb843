/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One input to one importer, for libFuzzer and for tests/fuzz/corpus.c. IMPORTER is its name. */
#include "tests/fuzz/import.h"
#include "injector/base/report.h"
#include "tools/import/importers/importers.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int fuzz_import(const char *kind, const uint8_t *data, size_t size)
{
	static const struct import_options options;
	static int fd = -1;
	char message[1024], *scenario = NULL, *companion = NULL;
	int r;

	if (fd < 0)
		fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size ||
	    lseek(fd, 0, SEEK_SET))
		abort();
	report_capture(message, sizeof(message));
	r = import_fd(importer_find(kind), &options, fd, NULL, &scenario, &companion);
	report_capture(NULL, 0);
	/* Nothing of use must be said, and something of use must give a scenario. */
	if (r ? scenario != NULL || !*message : !scenario || !*scenario)
		abort();
	free(scenario);
	free(companion);
	return r;
}

#ifdef IMPORTER
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_import(IMPORTER, data, size);
	return 0;
}
#endif
