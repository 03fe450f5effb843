/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/shipped_load.h"
#include "injector/base/report.h"

int shipped_load(struct scenario *scenario, const struct shipped *shipped,
		 const struct kernel_version *kernel)
{
	const struct scenario_overrides overrides = { .trust = TRUST_ALL };
	char said[1024] = "";
	int r;

	report_capture(said, sizeof(said));
	r = scenario_load(scenario, shipped->path, &overrides, kernel);
	report_capture(NULL, 0);
	if (!r)
		return 0;
	report(0, "%s", said);
	scenario_release(scenario);
	return r;
}
