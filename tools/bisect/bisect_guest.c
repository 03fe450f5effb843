/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_guest.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/exit_code.h"
#include "tools/base/load_json.h"
#include "tools/base/out.h"
#include "tools/base/stop.h"
#include "tools/guest/guest_command.h"
#include "tools/guest/kernel.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static json_t *unavailable(const char *why)
{
	return json_pack("{s:s, s:s, s:b}", "verdict", "ERROR", "reason", why, "unavailable", 1);
}

/* Passes a signal on to the guest, which then ends properly. */
static int wait_for(struct child *child)
{
	bool told = false;

	while (!child_wait(child, 100))
		if (stop_wanted() && !told) {
			child_signal(child, SIGTERM);
			told = true;
		}
	return stop_wanted() ? -EINTR : 0;
}

static int run(void *context, const struct bisect_kernel *kernel,
	       const struct bisect_attempt *attempt, json_t **result)
{
	const struct guest_command command = {
		.kernel = kernel->text,
		.out = attempt->out,
		.log = BISECT_LOG,
		.machine = attempt->machine,
		.run = attempt->run,
		.scenario = attempt->scenario,
	};
	struct guest_kernel got = { .name = "" };
	struct child child = { .pid = 0 };
	char path[PATH_MAX + 16], words[400] = "";
	int r;

	(void)context;
	*result = NULL;
	report_capture(words, sizeof(words));
	r = guest_kernel_named(&got, kernel->text, attempt->machine->arch);
	report_capture(NULL, 0);
	if (error_is_precondition(r))
		return report(0, "%s: %s", kernel->name, words), r;
	if (r) {
		*result = unavailable(*words ? words : "the kernel cannot be had");
		return 0;
	}
	r = out_remove(attempt->out, "result.json") ?: guest_command_start(&command, &child);
	if (!r)
		r = wait_for(&child);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/result.json", attempt->out);
	*result = load_json(path, NULL);
	if (*result)
		return 0;
	guest_command_last_words(attempt->out, BISECT_LOG, "the guest left no result", words,
				 sizeof(words));
	r = error_of_exit_code(child_exit_code(&child)) ?: -EIO;
	report(0, "%s: %s", kernel->name, words);
	return r;
}

const struct bisect_runner bisect_guest = { .run = run };
