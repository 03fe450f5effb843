/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/delay.h"
#include "injector/rules/rule_engine.h"

#define FIELD(member) .offset = offsetof(struct delay_spec, member)

static const struct schema_key keys[] = {
	{ "fixed", SCHEMA_DURATION, FIELD(fixed), "0", RULE_DURATION, "constant delay",
	  .max = RULE_HOUR },
	{ "dist", SCHEMA_PARSED, FIELD(distribution.kind), NULL,
	  "uniform, normal, lognormal, exponential, pareto, gamma", "distribution of random delays",
	  .parse = delay_parse_kind },
	{ "mean", SCHEMA_DURATION, FIELD(distribution.mean), "0", RULE_DURATION, "of dist",
	  .max = RULE_HOUR },
	{ "stddev", SCHEMA_DURATION, FIELD(distribution.stddev), "0", RULE_DURATION, "of dist",
	  .max = RULE_HOUR },
	{ "median", SCHEMA_DURATION, FIELD(distribution.median), "0", RULE_DURATION, "of dist",
	  .max = RULE_HOUR },
	{ "p90", SCHEMA_DURATION, FIELD(distribution.p90), "0", RULE_DURATION,
	  "90th percentile of dist", .max = RULE_HOUR },
	{ "p95", SCHEMA_DURATION, FIELD(distribution.p95), "0", RULE_DURATION,
	  "95th percentile of dist", .max = RULE_HOUR },
	{ "p99", SCHEMA_DURATION, FIELD(distribution.p99), "0", RULE_DURATION,
	  "99th percentile of dist", .max = RULE_HOUR },
	{ "p999", SCHEMA_DURATION, FIELD(distribution.p999), "0", RULE_DURATION,
	  "99.9th percentile of dist", .max = RULE_HOUR },
	{ "min", SCHEMA_DURATION, FIELD(distribution.min), "0", RULE_DURATION,
	  "lower bound; also a parameter of uniform and pareto", .max = RULE_HOUR },
	{ "max", SCHEMA_DURATION, FIELD(distribution.max), "0", RULE_DURATION,
	  "upper bound; also a parameter of uniform; 0: no limit", .max = RULE_HOUR },
	{ "histogram", SCHEMA_TEXT, FIELD(histogram), NULL, "a path",
	  "file with the bins of a histogram" },
	{ "device", SCHEMA_PARSED, FIELD(device), NULL,
	  "hdd, hdd-archive, ssd-sata, ssd-nvme, cloud-disk, network-lan, network-wan",
	  "latency and limits of a typical device of that kind", .parse = delay_parse_device },
	{ "rate", SCHEMA_SIZE, FIELD(rate), NULL, "a size such as \"10M\"",
	  "bandwidth limit, in bytes per second", .min = 1 },
	{ "burst", SCHEMA_SIZE, FIELD(burst), NULL, "a size such as \"1M\"",
	  "bytes that pass without delay after a pause", .min = 1 },
	{ "iops", SCHEMA_COUNT, FIELD(iops), "0", "a number from 0",
	  "limit of operations per second; 0: no limit", .max = 1000000000 },
	{ "scope", SCHEMA_PARSED, FIELD(per_file), "mount", "mount, file",
	  "what rate and iops limit", .parse = delay_parse_scope },
	{ "interruptible", SCHEMA_BOOLEAN, FIELD(interruptible), "false", RULE_INTERRUPTIBLE },
	{ .name = NULL },
};

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	return delay_make(state, from->settings, why, size);
}

static void release(void *state)
{
	delay_release(state);
}

static const char *file(const void *settings)
{
	return ((const struct delay_spec *)settings)->histogram;
}

static uint64_t draw(const void *state, uint64_t random)
{
	return delay_draw(state, random);
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	struct delay *delay = firing->action->state;

	firing->delay =
		firing->drawn + delay_throttle(delay, plan->request->device, plan->request->inode,
					       plan->request->length, firing->began);
	firing->interruptible = delay->interruptible;
	return STEP_WAIT;
}

const struct rule_action rule_action_delay = {
	.key = { "delay", SCHEMA_GROUP, .keys = keys, .short_for = "fixed" },
	.about = "Delays the request, without occupying a thread: any number of requests can "
		 "wait. Two known values define a distribution (exponential takes one; "
		 "pareto takes `min` and one more). A histogram is a file of lines `FROM TO "
		 "WEIGHT`, such as `100us 200us 35`. With `rate` and `iops` each request "
		 "waits its turn. As with a disk, only a signal that kills the caller ends "
		 "the wait, unless `interruptible` is set.",
	.drawn = "ns, without what `rate` and `iops` add",
	.settings_size = sizeof(struct delay_spec),
	.state_size = sizeof(struct delay),
	.make = make,
	.release = release,
	.file = file,
	.draw = draw,
	.apply = apply,
};
