/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/rule_keys.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SPEC(member)  .offset = offsetof(struct rule_spec, member)
#define DO(member)    .offset = offsetof(struct rule_do, member)
#define GIVEN(member) .given = offsetof(struct rule_do, member.given)

#define HOUR UINT64_C(3600000000000)
#define DAY  (24 * HOUR)

static_assert(sizeof(struct rule_values) == sizeof(struct schema_list) &&
		      offsetof(struct rule_values, items) == offsetof(struct schema_list, items) &&
		      offsetof(struct rule_values, count) == offsetof(struct schema_list, count),
	      "rule_values is what the schema fills");

static int parse_corruption(const char *text, void *field, char *why, size_t size)
{
	const struct corruption_kind *kind = corruption_kind_find(text);

	*(const struct corruption_kind **)field = kind;
	if (kind)
		return 0;
	snprintf(why, size, "\"%s\" is unknown; allowed: flip, zero, fill, duplicate, shift", text);
	return -EINVAL;
}

static int parse_aim(const char *text, void *field, char *why, size_t size)
{
	return aim_parse(text, field, why, size);
}

#define RANGE    "a range such as \"4K..1M\", \"1M..\", \"..4K\" or \"0\""
#define DURATION "a duration such as \"2ms\", up to 1h"

static const struct schema_key when_keys[] = {
	{ "op", SCHEMA_TEXTS, SPEC(when.operations),
	  .allowed = "any, data, metadata, namespace, sync, or an operation such as \"fallocate\"",
	  .help = "the operations that the rule is for", .required = 1,
	  .parse = rule_parse_operation, .item_size = sizeof(struct rule_operation) },
	{ "path", SCHEMA_TEXT, SPEC(when.path), NULL, "a glob such as \"db/*.log\"",
	  "of the file, relative to the mount" },
	{ "inode", SCHEMA_PARSED, SPEC(when.inode), NULL, "a number from 0", "of the file",
	  .parse = rule_parse_number },
	{ "offset", SCHEMA_PARSED, SPEC(when.offset), NULL, RANGE, "where the request begins",
	  .parse = rule_parse_range },
	{ "length", SCHEMA_PARSED, SPEC(when.length), NULL, RANGE, "of the request",
	  .parse = rule_parse_range },
	{ "align", SCHEMA_SIZE, SPEC(when.align), NULL, "a size such as \"4K\"",
	  "the request begins at a multiple of it", .min = 2 },
	{ "page", SCHEMA_PARSED, SPEC(when.page), NULL, "a number from 0",
	  "the request touches that page of the file", .parse = rule_parse_number },
	{ "size", SCHEMA_PARSED, SPEC(when.file_size), NULL, RANGE, "of the file",
	  .parse = rule_parse_range },
	{ "mode", SCHEMA_PARSED, SPEC(when.mode), "any", "any, allocate, punch, zero",
	  "what fallocate is asked for", .parse = rule_parse_mode },
	{ "flags", SCHEMA_TEXTS, SPEC(when.flags), .allowed = "a list such as ( \"O_DIRECT\" )",
	  .help = "the file is open with all of them", .parse = rule_parse_flag,
	  .item_size = sizeof(struct rule_flag) },
	{ "process", SCHEMA_TEXT, SPEC(when.process), NULL, "a glob such as \"postgres*\"",
	  "name of the thread that asks" },
	{ "pid", SCHEMA_PARSED, SPEC(when.pid), NULL, "a number from 0", "of the thread that asks",
	  .parse = rule_parse_number },
	{ "uid", SCHEMA_PARSED, SPEC(when.uid), NULL, "a number from 0", "of who asks",
	  .parse = rule_parse_number },
	{ "nth", SCHEMA_PARSED, SPEC(when.nth), NULL, "N, N..M, N+, N+STEP or N..M+STEP",
	  "which of the matches, from 1", .parse = rule_parse_nth },
	{ "probability", SCHEMA_PARSED, SPEC(when.probability), "1",
	  "above 0, up to 1, or a percentage such as \"5%\"", "of each match",
	  .parse = rule_parse_probability },
	{ "from", SCHEMA_DURATION, SPEC(when.from), "0", "a duration such as \"5s\", up to 24h",
	  "since the layer started", .max = DAY },
	{ "until", SCHEMA_DURATION, SPEC(when.until), "0", "a duration such as \"5s\", up to 24h",
	  "since the layer started; 0: for ever", .max = DAY },
	{ "phase", SCHEMA_PARSED, SPEC(when.phase), "any",
	  "any, preparing, storm, gather, settle, punch, linger, refill",
	  "of the run, or of a punch", .parse = rule_parse_phase },
	{ "held", SCHEMA_TEXT, SPEC(when.held), NULL, "the name of a hold",
	  "only while a request waits in it" },
	{ "event", SCHEMA_TEXT, SPEC(when.event), NULL, "the name of a rule",
	  "only after it has fired" },
	{ "times", SCHEMA_COUNT, SPEC(when.times), "0", "a number from 0",
	  "fires at most so often; 0: no limit" },
	{ .name = NULL },
};

static const struct schema_key hold_keys[] = {
	{ "name", SCHEMA_TEXT, DO(hold.name), NULL, "a name of up to 31 characters",
	  "of the hold; the rule's when it is not given" },
	{ "count", SCHEMA_COUNT, DO(hold.count), "0", "0, or a number from 2",
	  "lets all go when so many wait", .max = 1000000 },
	{ "timeout", SCHEMA_DURATION, DO(hold.timeout), "30s", DURATION,
	  "lets a request go by itself", .min = 1000, .max = HOUR },
	{ "skew", SCHEMA_DURATION, DO(hold.skew), "0", "a duration such as \"5us\", up to 1s",
	  "between those that are let go together", .max = 1000000000 },
	{ "order", SCHEMA_PARSED, DO(hold.reversed), "first", "first, last",
	  "who of them goes first: the first to come, or the last", .parse = rule_parse_order },
	{ .name = NULL },
};

static const struct schema_key delay_keys[] = {
	{ "fixed", SCHEMA_DURATION, DO(delay.spec.fixed), "0", DURATION, "always the same",
	  .max = HOUR },
	{ "dist", SCHEMA_PARSED, DO(delay.spec.distribution.kind), NULL,
	  "uniform, normal, lognormal, exponential, pareto, gamma", "drawn from it",
	  .parse = delay_parse_kind },
	{ "mean", SCHEMA_DURATION, DO(delay.spec.distribution.mean), "0", DURATION, "of dist",
	  .max = HOUR },
	{ "stddev", SCHEMA_DURATION, DO(delay.spec.distribution.stddev), "0", DURATION, "of dist",
	  .max = HOUR },
	{ "median", SCHEMA_DURATION, DO(delay.spec.distribution.median), "0", DURATION, "of dist",
	  .max = HOUR },
	{ "p90", SCHEMA_DURATION, DO(delay.spec.distribution.p90), "0", DURATION,
	  "90 % are below it", .max = HOUR },
	{ "p95", SCHEMA_DURATION, DO(delay.spec.distribution.p95), "0", DURATION,
	  "95 % are below it", .max = HOUR },
	{ "p99", SCHEMA_DURATION, DO(delay.spec.distribution.p99), "0", DURATION,
	  "99 % are below it", .max = HOUR },
	{ "p999", SCHEMA_DURATION, DO(delay.spec.distribution.p999), "0", DURATION,
	  "99.9 % are below it", .max = HOUR },
	{ "min", SCHEMA_DURATION, DO(delay.spec.distribution.min), "0", DURATION,
	  "of uniform and pareto; else what is drawn below is raised to it", .max = HOUR },
	{ "max", SCHEMA_DURATION, DO(delay.spec.distribution.max), "0", DURATION,
	  "of uniform; else what is drawn above is lowered to it; 0: no limit", .max = HOUR },
	{ "histogram", SCHEMA_TEXT, DO(delay.spec.histogram), NULL, "a path",
	  "drawn from the bins in that file" },
	{ "device", SCHEMA_PARSED, DO(delay.spec.device), NULL,
	  "hdd, hdd-archive, ssd-sata, ssd-nvme, cloud-disk, network-lan, network-wan",
	  "latency and limits of a typical one", .parse = delay_parse_device },
	{ "rate", SCHEMA_SIZE, DO(delay.spec.rate), NULL, "a size such as \"10M\"",
	  "bytes a second at most", .min = 1 },
	{ "burst", SCHEMA_SIZE, DO(delay.spec.burst), NULL, "a size such as \"1M\"",
	  "bytes that go at once after a rest", .min = 1 },
	{ "iops", SCHEMA_COUNT, DO(delay.spec.iops), "0", "a number from 0",
	  "operations a second at most; 0: no limit", .max = 1000000000 },
	{ "scope", SCHEMA_PARSED, DO(delay.spec.per_file), "mount", "mount, file",
	  "what rate and iops are for", .parse = delay_parse_scope },
	{ .name = NULL },
};

static const struct schema_key error_keys[] = {
	{ "errno", SCHEMA_TEXTS, DO(error.errors),
	  .allowed = "an errno such as \"EIO\", or a list with weights ( \"EIO:3\", \"ENOSPC:1\" )",
	  .help = "what it fails with", .parse = rule_parse_error,
	  .item_size = sizeof(struct rule_error) },
	{ "force", SCHEMA_PARSED, DO(error.force), "false", "true, false",
	  "also an errno that the call cannot return", .parse = rule_parse_bool },
	{ "recover_count", SCHEMA_COUNT, DO(error.recover_count), "0", "a number from 0",
	  "works again after so many failures; 0: never" },
	{ "recover_time", SCHEMA_DURATION, DO(error.recover_time), "0", DURATION,
	  "works again so long after the first failure; 0: never", .max = HOUR },
	{ .name = NULL },
};

static const struct schema_key short_keys[] = {
	{ "at", SCHEMA_PARSED, DO(shorten.cut), "byte",
	  "byte, sector, page, or an offset in the file such as \"6K\"",
	  "where a read or write ends: after one byte, or at a border inside it",
	  .parse = rule_parse_cut },
	{ .name = NULL },
};

static const struct schema_key corrupt_keys[] = {
	{ "kind", SCHEMA_PARSED, DO(corrupt.what.kind), "flip",
	  "flip, zero, fill, duplicate, shift", "how the bytes are spoilt",
	  .parse = parse_corruption },
	{ "amount", SCHEMA_COUNT, DO(corrupt.what.amount), "1", "a number from 1",
	  "of flip: bits; of shift: bytes; of fill: the byte", .min = 1, .max = 1 << 20 },
	{ "span", SCHEMA_SIZE, DO(corrupt.what.span), NULL, "a size such as \"512B\"",
	  "of the piece that is spoilt, at a random place; all when it is not given", .min = 1 },
	{ .name = NULL },
};

static const struct schema_key misplace_keys[] = {
	{ "folio", SCHEMA_SIZE, DO(misplace.folio), "2M", "a power of two from \"8K\" to \"2M\"",
	  "that the punch is taken to split", .min = 8192, .max = 2 << 20 },
	{ "window", SCHEMA_DURATION, DO(misplace.window), "5ms", DURATION,
	  "for which the wrong pages are served", .min = 1, .max = HOUR },
	{ "shape", SCHEMA_PARSED, DO(misplace.shape), "auto", "auto, batched, interleaved",
	  "of the split; auto: the kernel's", .parse = rule_parse_shape },
	{ .name = NULL },
};

static const struct schema_key punch_keys[] = {
	{ "folio", SCHEMA_SIZE, DO(punch.folio), "2M", "a power of two from \"8K\" to \"2M\"",
	  "that the request begins in", .min = 8192, .max = 2 << 20 },
	{ "aim", SCHEMA_PARSED, DO(punch.aim), "auto",
	  "auto, batched, interleaved, both, random, every:N, or a page of the folio",
	  "which page of the folio", .parse = parse_aim },
	{ "length", SCHEMA_SIZE, DO(punch.length), "4K", "a size such as \"4K\"", "of the hole",
	  .min = 4096, .max = 2 << 20 },
	{ .name = NULL },
};

static const struct schema_key do_keys[] = {
	{ "at", SCHEMA_PARSED, DO(after), "before", "before, after", "the operation, or its answer",
	  .parse = rule_parse_at },
	{ "hold", SCHEMA_GROUP, 0, .keys = hold_keys, .short_for = "name", GIVEN(hold) },
	{ "release", SCHEMA_TEXT, DO(release), NULL, "the name of a hold",
	  "lets go of all requests in it" },
	{ "delay", SCHEMA_GROUP, 0, .keys = delay_keys, .short_for = "fixed", GIVEN(delay) },
	{ "signal", SCHEMA_PARSED, DO(signal), NULL, "a signal such as \"SIGKILL\"",
	  "sent to who asks", .parse = rule_parse_signal },
	{ "run", SCHEMA_TEXT, DO(run), NULL, "a shell command", "started, and not waited for" },
	{ "punch", SCHEMA_GROUP, 0, .keys = punch_keys, .short_for = "aim", GIVEN(punch) },
	{ "misplace", SCHEMA_GROUP, 0, .keys = misplace_keys, .short_for = "window",
	  GIVEN(misplace) },
	{ "lose", SCHEMA_PARSED, DO(lose), "false", "true, false",
	  "what is written and not synced is lost on a crash", .parse = rule_parse_bool },
	{ "short", SCHEMA_GROUP, 0, .keys = short_keys, .short_for = "at", GIVEN(shorten) },
	{ "corrupt", SCHEMA_GROUP, 0, .keys = corrupt_keys, .short_for = "kind", GIVEN(corrupt) },
	{ "error", SCHEMA_GROUP, 0, .keys = error_keys, .short_for = "errno", GIVEN(error) },
	{ "log", SCHEMA_PARSED, DO(log), "false", "true, false", "only note it",
	  .parse = rule_parse_bool },
	{ .name = NULL },
};

const struct schema_key rule_keys[] = {
	{ "name", SCHEMA_TEXT, SPEC(name), NULL, "a name of up to 31 characters",
	  "of the rule; rule-N when it is not given" },
	{ "disabled", SCHEMA_PARSED, SPEC(disabled), "false", "true, false",
	  "matches nothing until it is enabled", .parse = rule_parse_bool },
	{ "when", SCHEMA_GROUP, 0, .required = 1, .keys = when_keys, .short_for = "op" },
	{ "do", SCHEMA_LIST, SPEC(actions), .allowed = "a group, or a list of groups",
	  .required = 1, .keys = do_keys, .item_size = sizeof(struct rule_do) },
	{ .name = NULL },
};

const struct schema_key rules_file_keys[] = {
	{ "rules", SCHEMA_LIST, 0, .allowed = "a list of groups", .required = 1, .keys = rule_keys,
	  .item_size = sizeof(struct rule_spec) },
	{ .name = NULL },
};
