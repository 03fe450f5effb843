/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input read by libconfig: a scenario, whose text must load as the same scenario; and a file of
 * rules. */
#include "injector/base/report.h"
#include "tests/fuzz/targets.h"
#include "tools/scenario/scenario_rules.h"

#include <stdlib.h>
#include <string.h>

static const struct kernel_version kernel = { .major = 6, .minor = 18, .patch = 9 };

/* Inputs that name files are skipped: those files are not the parser's concern, and may be
 * endless. */
static int names_files(const uint8_t *data, size_t size)
{
	return memmem(data, size, "@", 1) || memmem(data, size, "\"/", 2);
}

static int load(const uint8_t *data, size_t size, char **text)
{
	static const struct scenario_overrides overrides;
	struct scenario scenario;
	const char *path;
	int r;

	fuzz_file(data, size, &path);
	r = scenario_load(&scenario, path, &overrides, &kernel);
	*text = r ? NULL : scenario_text(&scenario);
	scenario_release(&scenario);
	return r;
}

int fuzz_scenario(const char *name, const uint8_t *data, size_t size)
{
	char message[1024] = "", *text = NULL, *again = NULL;
	int r;

	(void)name;
	if (names_files(data, size))
		return -1;
	report_capture(message, sizeof(message));
	r = load(data, size, &text);
	if (r ? !*message : !text)
		abort();
	if (text && (load((const uint8_t *)text, strlen(text), &again) || strcmp(text, again) != 0))
		abort();
	report_capture(NULL, 0);
	free(text);
	free(again);
	return r;
}

int fuzz_rules(const char *name, const uint8_t *data, size_t size)
{
	const struct rules_config config = { .seed = 1, .kernel = kernel };
	char message[1024] = "";
	struct rules *rules;
	const char *path;
	int r;

	(void)name;
	if (names_files(data, size) || rules_make(&rules, &config))
		return -1;
	fuzz_file(data, size, &path);
	report_capture(message, sizeof(message));
	r = rules_load(path, TRUST_ALL, rules);
	report_capture(NULL, 0);
	if (r && !*message)
		abort();
	rules_free(rules);
	return r;
}
