/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of the control socket, one a line. */
#include "tools/control/control.h"
#include "injector/base/report.h"
#include "tests/fuzz/targets.h"

#include <stdlib.h>
#include <string.h>

int fuzz_control(const char *name, const uint8_t *data, size_t size)
{
	const struct steering_config config = {
		.seed = 1,
		.source = "/source",
		.mountpoint = "/mount",
	};
	const char *line = (const char *)data, *end = line + size;
	struct steering steering;
	char message[1024] = "";
	int r = 0;

	(void)name;
	if (memmem(data, size, "@", 1) || memmem(data, size, "histogram", 9))
		return -1;
	report_capture(message, sizeof(message));
	if (steering_make(&steering, &config))
		abort();
	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line)) ?: end;
		bool follow = false;
		json_t *answer = control_command(&steering, line, (size_t)(stop - line), &follow);
		char *text = json_dumps(answer, 0);

		if (!text)
			abort();
		r |= json_object_get(answer, "error") != NULL;
		free(text);
		json_decref(answer);
		line = stop + 1;
	}
	steering_release(&steering);
	report_capture(NULL, 0);
	return r;
}
