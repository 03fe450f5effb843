/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a run: a trace to replay; and, for a report, result.json followed by a NUL and
 * events.jsonl. */
#include "injector/base/report.h"
#include "tests/fuzz/targets.h"
#include "tools/report/report_data.h"
#include "tools/report/report_page.h"
#include "tools/trace/trace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fuzz_trace(const char *name, const uint8_t *data, size_t size)
{
	struct trace trace;
	char why[200] = "";
	const char *path;
	int r;

	(void)name;
	fuzz_file(data, size, &path);
	r = trace_load(&trace, path, why, sizeof(why));
	if (r && !*why)
		abort();
	for (size_t i = 1; !r && i <= trace.name_count; i++)
		if (!trace_name_allowed(trace.names[i]))
			abort();
	trace_release(&trace);
	return r;
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "we");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		abort();
}

int fuzz_report(const char *name, const uint8_t *data, size_t size)
{
	static char directory[] = "/dev/shm/foliostorm-fuzz.XXXXXX", result[64], events[64];
	static bool made;
	struct report_data *report = calloc(1, sizeof(*report));
	const uint8_t *nul = memchr(data, 0, size);
	size_t length = nul ? (size_t)(nul - data) : size, begin = nul ? length + 1 : size;
	char message[1024] = "", *page = NULL;
	size_t page_size;
	FILE *to = open_memstream(&page, &page_size);
	int r;

	(void)name;
	if (!report || !to || (!made && !mkdtemp(directory)))
		abort();
	made = true;
	snprintf(result, sizeof(result), "%s/result.json", directory);
	snprintf(events, sizeof(events), "%s/events.jsonl", directory);
	write_file(result, data, length);
	write_file(events, data + begin, size - begin);
	report_capture(message, sizeof(message));
	r = report_data_load(report, directory);
	if (!r)
		report_page_summary(to, report);
	report_capture(NULL, 0);
	if (r && !*message)
		abort();
	fclose(to);
	free(page);
	report_data_release(report);
	free(report);
	unlink(result);
	unlink(events);
	rmdir(directory);
	memcpy(directory + strlen(directory) - 6, "XXXXXX", 6);
	made = false;
	return r;
}
