/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bundle/rerun.h"
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/child.h"
#include "tools/base/exit_code.h"
#include "tools/base/load_json.h"
#include "tools/base/open_output.h"
#include "tools/base/stop.h"
#include "tools/guest/guest_command.h"
#include "tools/guest/kernel.h"
#include "tools/guest/qemu.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/workload_kind.h"
#include "tools/verdict/proportion.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RERUN_LOG "guest.log"

static const char *text_of(const json_t *result, const char *key)
{
	return json_string_value(json_object_get(result, key)) ?: "?";
}

/* Writes all bytes: a trace may contain NULs. */
static int unpack(const struct bundle_part *part, const char *path)
{
	_cleanup_close_ int fd = open_output(path, O_WRONLY | O_TRUNC);
	int r = fd < 0 ? fd : write_whole(fd, part->data, part->size);

	return r && fd >= 0 ? report(r, "%s", path) : r;
}

/* Writes the files. Makes the scenario writable by others, so that commands in it require
 * --trust. */
static int unpack_all(const struct bundle *bundle, const char *out, char *scenario, size_t size)
{
	char path[PATH_MAX], directory[PATH_MAX - 16];
	int r;

	snprintf(directory, sizeof(directory), "%s/bundle", out);
	r = make_output_path(directory);
	for (size_t i = 0; !r && i < BUNDLE_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, bundle_names[i]);
		if (i != BUNDLE_RESULT && bundle->parts[i].data)
			r = unpack(&bundle->parts[i], path);
	}
	snprintf(scenario, size, "%s/%s", directory, bundle_names[BUNDLE_SCENARIO]);
	if (!r && chmod(scenario, 0602))
		r = report(-errno, "%s", scenario);
	return r;
}

/*
 * The run uses its own pages and the packed trace. A scenario from somebody else could name any
 * file of this machine, so copies are refused without --trust.
 */
static int check_scenario(const struct bundle *bundle, const struct rerun *how, const char *path)
{
	const char *trace[] = { "workload.trace=trace", NULL };
	const bool packed = bundle->parts[BUNDLE_TRACE].data;
	const struct scenario_overrides overrides = {
		.sets = packed ? trace : NULL,
		.trust = how->trust ? TRUST_ALL : TRUST_GUEST,
	};
	const struct kernel_version kernel = { .major = 6, .minor = 18 };
	const struct scenario_file *files;
	struct scenario scenario;
	int r = scenario_load(&scenario, path, &overrides, &kernel);

	files = scenario.files.items;
	for (size_t i = 0; !r && !how->trust && i < scenario.files.count; i++)
		if (files[i].content == CONTENT_COPY)
			r = report(0,
				   "%s: %s would be a copy of a file of this machine; allowed: "
				   "pages of its own, or with --trust, once you have read it",
				   path, files[i].name);
	if (!r && !packed && workload_file(&scenario))
		r = report(0, "%s: its trace is not in the bundle: %s", path,
			   workload_file(&scenario));
	scenario_release(&scenario);
	return r ? -EINVAL : 0;
}

/* Sets unset values to those of the run. */
static void set_machine(const json_t *guest, struct guest_arguments *machine, char text[2][24])
{
	const json_t *cpus = json_object_get(guest, "cpus");
	const json_t *memory = json_object_get(guest, "memory_mib");

	if (!machine->cpus_text && json_is_integer(cpus)) {
		snprintf(text[0], 24, "%" JSON_INTEGER_FORMAT, json_integer_value(cpus));
		machine->cpus_text = text[0];
	}
	if (!machine->memory_text && json_is_integer(memory)) {
		snprintf(text[1], 24, "%" JSON_INTEGER_FORMAT, json_integer_value(memory));
		machine->memory_text = text[1];
	}
}

/* Whether it is a version in the archive: "6.18.9", "6.18.9:rt-amd64". Paths of images and packages
 * must come from the user. */
static bool is_version(const char *kernel)
{
	struct kernel_version version;

	return !kernel_parse(kernel, &version) &&
	       !kernel[strspn(kernel, "0123456789.:abcdefghijklmnopqrstuvwxyz-")] &&
	       !strstr(kernel, ".deb");
}

static const char *kernel_of(const struct bundle *bundle, const struct rerun *how)
{
	const json_t *guest = json_object_get(bundle->manifest, "guest");
	const char *kernel = how->kernel ?: json_string_value(json_object_get(guest, "kernel"));

	if (!kernel || (!how->kernel && !is_version(kernel))) {
		report(0,
		       "the run was on %s, %s; give --kernel VERSION or --image FILE of one like "
		       "it",
		       text_of(bundle->manifest, "kernel"),
		       kernel ? "an image of somebody's own" : "and in no guest");
		return NULL;
	}
	return kernel;
}

static int run(const struct guest_command *command)
{
	struct child child = { .pid = 0 };
	bool told = false;
	char words[400];
	int r = guest_command_start(command, &child);

	while (!r && !child_wait(&child, 100))
		if (stop_wanted() && !told) {
			child_signal(&child, SIGTERM);
			told = true;
		}
	if (!r && stop_wanted())
		return -EINTR;
	if (r || (child_exit_code(&child) >= 0 && !error_of_exit_code(child_exit_code(&child))))
		return r;
	guest_command_last_words(command->out, command->log, "the guest left no result", words,
				 sizeof(words));
	report(0, "%s", words);
	return error_of_exit_code(child_exit_code(&child)) ?: -EIO;
}

/* Returns 0 if there is a QEMU that boots the kernel, or -errno (reported). */
static int check_qemu(const char *text, enum guest_arch arch)
{
	struct guest_kernel kernel;
	int r = guest_kernel_foresee(&kernel, text, arch);

	return r ? r : qemu_check(kernel.arch) ? -EPERM : 0;
}

int rerun(const struct bundle *bundle, const struct rerun *how, json_t **result)
{
	struct guest_arguments machine = *how->machine;
	struct run_arguments arguments = { .out = NULL };
	char scenario[PATH_MAX + 16], path[PATH_MAX + 16], texts[2][24];
	struct guest_command command = {
		.kernel = kernel_of(bundle, how),
		.out = how->out,
		.log = RERUN_LOG,
		.machine = &machine,
		.run = &arguments,
		.scenario = scenario,
	};
	int r;

	*result = NULL;
	if (!command.kernel)
		return -EINVAL;
	r = check_qemu(command.kernel, machine.arch);
	if (r)
		return r;
	set_machine(json_object_get(bundle->manifest, "guest"), &machine, texts);
	if (how->trust)
		arguments.overrides.trust = TRUST_ALL;
	if (bundle->parts[BUNDLE_TRACE].data)
		arguments.sets[arguments.set_count++] = "workload.trace=trace";
	r = unpack_all(bundle, how->out, scenario, sizeof(scenario));
	r = r ?: check_scenario(bundle, how, scenario) ?: run(&command);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/result.json", how->out);
	*result = load_json(path, NULL);
	return *result ? 0 : report(-EIO, "%s", path);
}

static bool rate_of(const json_t *result, struct proportion *rate)
{
	const struct proportion_count count = {
		json_number_value(json_object_get(result, "punches_hit")),
		json_number_value(json_object_get(result, "punches")),
	};

	*rate = proportion_of(PROPORTION_SHARE, count, 1, 0.95);
	return count.tries > 0;
}

static void print_row(FILE *to, const char *what, const char *then, const char *now)
{
	char texts[2][200];

	snprintf(texts[0], sizeof(*texts), "%s", then);
	snprintf(texts[1], sizeof(*texts), "%s", now);
	fprintf(to, "%-10s %-41s %s\n", what, plain_text(texts[0], false),
		plain_text(texts[1], false));
}

static const char *rate_text(bool known, const struct proportion *rate, char *text, size_t size)
{
	if (known)
		snprintf(text, size, "%.1f %% (%.1f to %.1f)", rate->value * 100, rate->low * 100,
			 rate->high * 100);
	else
		snprintf(text, size, "-");
	return text;
}

enum rerun_end rerun_compare(FILE *to, const json_t *then, const json_t *now)
{
	struct proportion rates[2];
	const bool known[2] = { rate_of(then, &rates[0]), rate_of(now, &rates[1]) };
	const bool same = !strcmp(text_of(then, "verdict"), text_of(now, "verdict"));
	const bool meet = !known[0] || !known[1] ||
			  (rates[0].low <= rates[1].high && rates[1].low <= rates[0].high);
	char texts[2][64];

	print_row(to, "", "then", "now");
	print_row(to, "kernel", text_of(then, "kernel"), text_of(now, "kernel"));
	print_row(to, "build ID", text_of(then, "build_id"), text_of(now, "build_id"));
	print_row(to, "verdict", text_of(then, "verdict"), text_of(now, "verdict"));
	print_row(to, "hit rate", rate_text(known[0], &rates[0], texts[0], sizeof(*texts)),
		  rate_text(known[1], &rates[1], texts[1], sizeof(*texts)));
	fprintf(to, "%s\n",
		!same  ? "not the same verdict"
		: meet ? "the same: verdict, and rates within their intervals"
		       : "the same verdict, but another rate");
	if (same && meet)
		return RERUN_SAME;
	return !same && !strcmp(text_of(now, "verdict"), "INCONCLUSIVE") ? RERUN_INCONCLUSIVE
									 : RERUN_DIFFERS;
}
