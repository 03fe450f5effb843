/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/options.h"
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "tools/base/number.h"
#include "tools/base/words.h"

#include <string.h>

/* A kernel takes 2047 characters (COMMAND_LINE_SIZE), some of which are foliostorm's. */
enum { APPEND_MAX = 1900 };

enum { CPUS = 2, MEMORY = 2048, MEMORY_MIN = 256, MEMORY_MAX = 1 << 20 };

enum option_key {
	OPTION_CPUS = 'c',
	OPTION_MEMORY = 'M',
	OPTION_ACCEL = 'a',
	OPTION_APPEND = 0x400,
	OPTION_TIMEOUT,
	OPTION_FRESH,
	OPTION_ARCH,
};

static const struct argp_option options[] = {
	{ "cpus", OPTION_CPUS, "N", 0, "Number of processors (2)", 0 },
	{ "memory", OPTION_MEMORY, "MIB", 0, "Memory (2048)", 0 },
	{ "accel", OPTION_ACCEL, "HOW", 0, "kvm, tcg, or auto: KVM if it can boot a kernel", 0 },
	{ "arch", OPTION_ARCH, "NAME", 0,
	  "Architecture of kernels named without a flavour: amd64 or arm64 (this "
	  "machine's)",
	  0 },
	{ "append", OPTION_APPEND, "TEXT", 0, "Additional kernel parameters", 0 },
	{ "timeout", OPTION_TIMEOUT, "TIME", 0,
	  "Kill the guest after that time (5 minutes plus twice the scenario's "
	  "duration)",
	  0 },
	{ "fresh", OPTION_FRESH, NULL, 0, "Boot the guest instead of restoring a snapshot", 0 },
	{ 0 },
};

static const char *take_append(struct argp_state *state, const char *text)
{
	if (strlen(text) > APPEND_MAX)
		argp_error(state,
			   "--append: %zu characters; allowed: up to %d, as a kernel takes no more",
			   strlen(text), APPEND_MAX);
	return text;
}

static uint64_t take_time(struct argp_state *state, const char *text)
{
	uint64_t time = 0;

	if (units_parse_seconds(text, &time) || !time)
		argp_error(state, "--timeout %s: allowed: seconds, or a time such as 90s or 5m",
			   text);
	return time;
}

static enum accelerator take_accelerator(struct argp_state *state, const char *text)
{
	char names[64];

	for (int i = 0; accelerator_names[i]; i++)
		if (!strcmp(accelerator_names[i], text))
			return (enum accelerator)i;
	argp_error(state, "--accel %s: allowed: %s", text,
		   words_join(accelerator_names, sizeof(*accelerator_names), names, sizeof(names)));
	return ACCELERATOR_AUTO;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct guest_arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		arguments->cpus = CPUS;
		arguments->memory = MEMORY;
		arguments->arch = guest_arch_here();
		return 0;
	case OPTION_CPUS:
		arguments->cpus_text = argument;
		arguments->cpus =
			(unsigned int)number_option(state, "cpus", argument, 1, GUEST_CPUS_MAX);
		return 0;
	case OPTION_MEMORY:
		arguments->memory_text = argument;
		arguments->memory = (unsigned int)number_option(state, "memory", argument,
								MEMORY_MIN, MEMORY_MAX);
		return 0;
	case OPTION_ACCEL:
		arguments->accelerator_text = argument;
		arguments->accelerator = take_accelerator(state, argument);
		return 0;
	case OPTION_APPEND:
		arguments->append = take_append(state, argument);
		return 0;
	case OPTION_TIMEOUT:
		arguments->timeout_text = argument;
		arguments->timeout = take_time(state, argument);
		return 0;
	case OPTION_ARCH:
		arguments->arch_text = argument;
		arguments->arch = guest_arch_named(argument);
		if (arguments->arch == GUEST_ARCHES)
			argp_error(state, "--arch %s: allowed: amd64, arm64", argument);
		return 0;
	case OPTION_FRESH:
		arguments->fresh = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp guest_options_argp = { .options = options, .parser = parse };

size_t guest_options_words(const struct guest_arguments *arguments,
			   const char *words[GUEST_WORDS_MAX])
{
	const struct {
		const char *option, *value;
	} given[] = {
		{ "--cpus", arguments->cpus_text },         { "--memory", arguments->memory_text },
		{ "--accel", arguments->accelerator_text }, { "--append", arguments->append },
		{ "--timeout", arguments->timeout_text },   { "--arch", arguments->arch_text },
	};
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i].value) {
			words[count++] = given[i].option;
			words[count++] = given[i].value;
		}
	if (arguments->fresh)
		words[count++] = "--fresh";
	words[count] = NULL;
	return count;
}

const char *guest_options_given(const struct guest_arguments *arguments)
{
	const char *words[GUEST_WORDS_MAX];

	return guest_options_words(arguments, words) ? words[0] : NULL;
}
