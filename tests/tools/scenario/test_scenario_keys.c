/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every key of a scenario, rules and workloads included, by itself: what it takes at its limits and
 * refuses beyond them. A key that is added needs a row here, unless it takes any text or one of the
 * names that its `allowed` lists: those are tried as they stand there.
 */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Steps of scripted threads stand in three places. */
#define STEP_LIMITS(of)                                                                            \
	{ of ".page", "0", "2147483647", "-1", "2147483648" },                                     \
		{ of ".offset", "0B", "8T", NULL, NULL },                                          \
		{ of ".length", "0B", "8T", NULL, NULL }, { of ".size", "0B", "8T", NULL, NULL },  \
		{ of ".time", "0", "60s", NULL, "60001ms" },                                       \
		{ of ".repeat", "1", "1000000", "0", "1000001" },                                  \
	{                                                                                          \
		of ".must_return_within", "0", "24h", NULL, "86401s"                               \
	}

#define STEP_FORMS(of)                                                                             \
	{                                                                                          \
		of ".expect", { "ok", "any", "SIGBUS", "EIO", "(\"ok\", \"EAGAIN\")" },            \
		{                                                                                  \
			"", "7", "sigbus", "ESOME"                                                 \
		}                                                                                  \
	}

/* Values as after --set: what is no number is a text. NULL: there is no such limit. */
static const struct {
	const char *path, *lowest, *highest, *below, *above;
} limits[] = {
	{ "seed", "0", "9223372036854775807", "-1", "9223372036854775808" },
	{ "duration", "0", "24h", "-1", "86401s" },
	{ "watchdog", "1s", "24h", "999ms", "86401s" },
	{ "backing.size", "300M", "1T", "299M", "1025G" },
	{ "mount.threads", "1", "64", "0", "65" },
	{ "files.size", "4K", "512G", "4095B", "513G" },
	{ "files.first", "0B", "512G", NULL, "513G" },
	{ "files.folio", "4K", "2M", "4095B", "2049K" },
	{ "storm.length", "8B", "2M", "7B", "2049K" },
	{ "storm.skip", "0B", "65528B", NULL, "65529B" },
	{ "storm.gather", "0", "10s", NULL, "10001ms" },
	{ "storm.settle", "0", "10s", NULL, "10001ms" },
	{ "storm.linger", "0", "10s", NULL, "10001ms" },
	{ "storm.pause", "0", "60s", NULL, "60001ms" },
	{ "storm.punches", "0", "1000000000", "-1", "1000000001" },
	{ "cgroup.memory_max", "0B", "8T", NULL, NULL },
	{ "zram.size", "1M", "64G", "1023K", "65G" },
	{ "gate.split", "0", "1ms", NULL, "1001us" },
	{ "gate.meet", "0", "1ms", NULL, "1001us" },
	{ "gate.reader", "0", "1ms", NULL, "1001us" },
	{ "gate.lookup", "0", "1ms", NULL, "1001us" },
	{ "readers.count", "1", "64", "0", "65" },
	{ "readers.timeout", "10ms", "1h", "9ms", "3601s" },
	{ "readers.pace", "0", "10s", NULL, "10001ms" },
	{ "schedule.bound", "1us", "1s", "999ns", "1001ms" },
	{ "shown.passages", "1", "1000000000", "0", "1000000001" },
	{ "shown.hits", "1", "1000000000", "0", "1000000001" },
	STEP_LIMITS("threads.do"),
	STEP_LIMITS("before"),
	STEP_LIMITS("after"),
	{ "expect.made", "1", "1000000000", "0", "1000000001" },
	{ "expect.passages", "0", "1000000000", "-1", "1000000001" },
	{ "expect.min_exposures", "0", "1000000000", "-1", "1000000001" },

	{ "workload.journal.rate", "0", "10000000", "-1", "10000001" },
	{ "workload.journal.entry.mean", "0B", "1M", NULL, "1025K" },
	{ "workload.journal.entry.median", "0B", "1M", NULL, "1025K" },
	{ "workload.journal.entry.p99", "0B", "1M", NULL, "1025K" },
	{ "workload.journal.entry.min", "0B", "1M", NULL, "1025K" },
	{ "workload.journal.entry.max", "0B", "1M", NULL, "1025K" },
	{ "workload.journal.entry.fields", "0", "16", "-1", "17" },
	{ "workload.journal.entry.values", "1", "1024", "0", "1025" },
	{ "workload.journal.rotate.size", "1M", "1G", "1023K", "1025M" },
	{ "workload.journal.rotate.entries", "0", "9223372036854775807", "-1", NULL },
	{ "workload.journal.rotate.keep", "1", "16", "0", "17" },
	{ "workload.journal.hole", "4K", "1G", "4095B", "1025M" },
	{ "workload.journal.gather", "0", "10s", NULL, "10001ms" },
	{ "workload.journal.settle", "0", "10s", NULL, "10001ms" },
	{ "workload.journal.linger", "0", "10s", NULL, "10001ms" },
	{ "workload.journal.readers.count", "1", "64", "0", "65" },
	{ "workload.journal.readers.windows", "2", "64", "1", "65" },
	{ "workload.journal.readers.pace", "0", "10s", NULL, "10001ms" },
	{ "workload.journal.layout.size", "0B", "1T", NULL, "1025G" },
	{ "workload.journal.layout.holes.offset", "0B", "8T", NULL, NULL },
	{ "workload.journal.layout.holes.length", "1B", "1T", "0B", NULL },
	{ "workload.replay.touch", "0", "16", "-1", "17" },
	{ "workload.replay.touch_pause", "0", "10s", NULL, "10001ms" },
	{ "workload.stale-folios.size", "32M", "64G", "31M", "65G" },
	{ "workload.stale-folios.steps", "0", "9223372036854775807", "-1", NULL },
	{ "workload.stale-folios.hold", "10ms", "5s", "9ms", "5001ms" },
	{ "workload.stale-folios.patience", "1s", "60s", "999ms", "61s" },
	{ "workload.stale-folios.listen", "0", "10m", NULL, "601s" },
	{ "workload.stale-folios.memory", "0B", "16G", NULL, "17G" },

	{ "rules.when.align", "2B", "8T", "1B", NULL },
	{ "rules.when.from", "0", "24h", NULL, "86401s" },
	{ "rules.when.until", "0", "24h", NULL, "86401s" },
	{ "rules.when.times", "0", "1000000000", "-1", NULL },
	{ "rules.do.hold.count", "0", "1000000", "-1", "1000001" },
	{ "rules.do.hold.timeout", "1us", "1h", "999ns", "3601s" },
	{ "rules.do.hold.skew", "0", "1s", NULL, "1001ms" },
	{ "rules.do.delay.fixed", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.mean", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.stddev", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.median", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.p90", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.p95", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.p99", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.p999", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.min", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.max", "0", "1h", NULL, "3601s" },
	{ "rules.do.delay.rate", "1B", "8T", "0B", NULL },
	{ "rules.do.delay.burst", "1B", "8T", "0B", NULL },
	{ "rules.do.delay.iops", "0", "1000000000", "-1", "1000000001" },
	{ "rules.do.punch.folio", "8K", "2M", "8191B", "2049K" },
	{ "rules.do.punch.length", "4K", "2M", "4095B", "2049K" },
	{ "rules.do.misplace.folio", "8K", "2M", "8191B", "2049K" },
	{ "rules.do.misplace.window", "1ns", "1h", "0", "3601s" },
	{ "rules.do.corrupt.amount", "1", "1048576", "0", "1048577" },
	{ "rules.do.corrupt.span", "1B", "8T", "0B", NULL },
	{ "rules.do.error.recover_count", "0", "1000000000", "-1", NULL },
	{ "rules.do.error.recover_time", "0", "1h", NULL, "3601s" },
};

/* Values of a form of their own. */
static const struct {
	const char *path, *accepted[10], *refused[14];
} forms[] = {
	{ "affected",
	  { "6.17", "6.18.9", "7.0-rc3", "6.15 - 6.18.19", "6.15-6.17" },
	  { "six", "6.18 - 6.15", "6.18.9+deb13", "6.15 -", "" } },
	{ "expect.power",
	  { "0.5", "0.999", "0.999999" },
	  { "0", "0.49", "1", "0.9999999", "nan", "likely", "0.9x", "" } },
	{ "expect.xfail", { "6.17", "6.15 - 6.18.19" }, { "six", "6.18 - 6.15" } },
	{ "storm.aim",
	  { "auto", "batched", "interleaved", "both", "random", "every:16", "0", "511" },
	  { "middle", "-1", "every:0", "every:", "257.5", "" } },
	{ "readers.pages",
	  { "exposed", "all", "0-0", "384-511" },
	  { "some", "384", "511-384", "384-", "384-511x", "" } },
	{ "readers.wait",
	  { "auto", "none", "over", "0", "5us", "1s" },
	  { "1001ms", "5", "never", "-1us", "" } },
	{ "readers.cpu",
	  { "auto", "0", "4095" },
	  { "4096", "-1", "1.5", "two", "1x", "4294967296", "" } },
	{ "rules.do.crash.keep",
	  { "none", "random", "1", "1,3", "2..5" },
	  { "some", "0", "5..2", "1,", "-1", "" } },
	STEP_FORMS("threads.do"),
	STEP_FORMS("before"),
	STEP_FORMS("after"),
	{ "threads.name", { "reader", "a-role_2" }, { "a role", "a_role_of_16_let", "" } },
	{ "threads.cpu", { "auto", "0", "1023" }, { "1024", "-1", "1.5", "two", "" } },
	{ "schedule.hold", { "split", "read", "a-role_2" }, { "a role", "a_role_of_16_let", "" } },
	{ "schedule.at",
	  { "begin", "entry of f", "return of f", "f calls g", "return from g in f", "f+0x1262" },
	  { "f", "entry", "f+1262", "enters f", "7", "" } },
	{ "schedule.when",
	  { "page >= exposed", "argument 2 == 0x101", "return < 0", "nth == 3" },
	  { "page", "page = 7", "nth == 0", "7", "" } },
	{ "schedule.until",
	  { "read begins", "read enters f", "read returns from f", "read calls g in f",
	    "read returns from g in f", "read reaches f+0x1262" },
	  { "read", "enters f", "read entry of f", "7", "" } },
	{ "schedule.or",
	  { "read calls xas_load in f", "read enters f" },
	  { "read", "enters f", "read entry of f", "7", "" } },
	{ "inspect.at",
	  { "split calls __xa_store in f", "split calls __xa_store in f|g" },
	  { "split", "calls f", "7", "" } },
	{ "workload.journal.folio", { "any", "2M" }, { "4K", "2m", "" } },
	{ "workload.replay.pace",
	  { "0", "1", "0.5", "1000" },
	  { "1001", "-1", "nan", "fast", "1x", "" } },
	{ "rules.when.op",
	  { "any", "data", "metadata", "namespace", "sync", "read", "fallocate", "rename" },
	  { "reed", "forget", "" } },
	{ "rules.when.inode", { "0", "64", "18446744073709551615" }, { "-1", "x", "1x", "" } },
	{ "rules.when.page", { "0", "64" }, { "-1", "x", "1x", "" } },
	{ "rules.when.pid", { "0", "64" }, { "-1", "x", "1x", "" } },
	{ "files.run_as",
	  { "root", "0:0", "65534:65533" },
	  { "nobody-is-here", "65534", "-1:0", "4294967295:0", "" } },
	{ "readers.run_as",
	  { "root", "0:0", "65534:65533" },
	  { "nobody-is-here", "65534", "-1:0", "4294967295:0", "" } },
	{ "rules.do.run.run_as",
	  { "root", "0:0", "65534:65533" },
	  { "nobody-is-here", "65534", "-1:0", "4294967295:0", "" } },
	{ "rules.do.statfs.free", { "0", "4M", "1T" }, { "4096", "some", "-1M", "" } },
	{ "rules.do.statfs.files", { "0", "64" }, { "-1", "x", "1x", "" } },
	{ "rules.when.uid", { "0", "64" }, { "-1", "x", "1x", "" } },
	{ "rules.when.offset",
	  { "0", "4K", "4K..1M", "1M..", "..4K", "4K..4K" },
	  { "1M..4K", "..", "x", "4K..x", "x..4K", "4K-1M", "" } },
	{ "rules.when.length", { "0", "4K..1M" }, { "1M..4K", ".." } },
	{ "rules.when.size", { "0", "4K..1M" }, { "1M..4K", ".." } },
	{ "rules.when.flags",
	  { "O_DIRECT", "O_RDONLY", "O_RDWR", "O_SYNC" },
	  { "O_TRUNC", "DIRECT", "" } },
	{ "rules.when.nth",
	  { "1", "2..5", "2..2", "3+", "3+2", "2..9+3" },
	  { "0", "5..2", "3+0", "2..", "x", "1,2", "3+x", "-1", "" } },
	{ "rules.when.probability",
	  { "1", "0.001", "1.0", "5%", "0.1%", "100%" },
	  { "0", "0%", "1.001", "101%", "-0.1", "nan", "5 %", "x", "" } },
	{ "rules.do.signal", { "SIGKILL", "SIGUSR1" }, { "KILL", "9", "SIGNAL", "" } },
	{ "rules.do.punch.aim", { "auto", "every:16", "0" }, { "middle", "every:0" } },
	{ "rules.do.short.at", { "byte", "sector", "page", "6K" }, { "word", "6Q", "-1", "" } },
	{ "rules.do.statfs.size", { "0", "4M", "8T" }, { "some", "4X", "-1", "" } },
	{ "rules.do.attributes.size", { "0", "4M", "8T" }, { "some", "4X", "-1", "" } },
	{ "rules.do.attributes.atime", { "0", "1795000000" }, { "some", "-1", "1.5", "" } },
	{ "rules.do.attributes.mtime", { "0", "1795000000" }, { "some", "-1", "1.5", "" } },
	{ "rules.do.attributes.ctime", { "0", "1795000000" }, { "some", "-1", "1.5", "" } },
	{ "rules.do.quota.bytes", { "0B", "100M", "8T" }, { "100", "some", "-1", "" } },
	{ "rules.do.quota.errno", { "ENOSPC", "EDQUOT", "EFBIG" }, { "EIO", "5", "" } },
	{ "rules.do.error.errno",
	  { "EIO", "ENOSPC:3", "EIO:1000000" },
	  { "EWRONG", "5", "EIO:0", "EIO:1000001", "EIO:", "EIO:x", "" } },
};

static char complaint[2048];
static size_t rows_used; /* of both tables */

/* Reads one key with one value. complaint: what was said. Returns what schema_read() did. */
static int read_value(const struct schema_key *key, const char *value)
{
	/* Larger than any struct that a key fills. */
	enum { STRUCT_SIZE = 1 << 16 };
	const struct schema_key keys[] = { *key, { .name = NULL } };
	const struct schema_source source = { .file = "s.cfg" };
	void *into = calloc(1, STRUCT_SIZE);
	char assignment[256];
	config_t config;
	int r;

	CU_ASSERT_PTR_NOT_NULL_FATAL(into);
	*complaint = '\0';
	config_init(&config);
	snprintf(assignment, sizeof(assignment), *value ? "%s=%s" : "%s=\"%s\"", key->name, value);
	report_capture(complaint, sizeof(complaint));
	r = schema_set(&config, assignment)
		    ?: schema_read(&source, config_root_setting(&config), keys, "", into);
	report_capture(NULL, 0);
	config_destroy(&config);
	schema_free(keys, into);
	free(into);
	return r;
}

static void accepts(const char *path, const struct schema_key *key, const char *value)
{
	if (read_value(key, value))
		printf("\n    %s = %s: refused: %s", path, value, complaint);
	CU_ASSERT_STRING_EQUAL(complaint, "");
}

/* What is refused is named, with the key and with what is allowed. */
static void refuses(const char *path, const struct schema_key *key, const char *value)
{
	char place[64];
	int r = read_value(key, value);
	bool said;

	snprintf(place, sizeof(place), "%s: ", key->name);
	said = strstr(complaint, place) &&
	       (strstr(complaint, "allowed") || strstr(complaint, "write it as ") ||
		strstr(complaint, "ends before it begins"));
	if (r != -EINVAL || !said)
		printf("\n    %s = %s: %s", path, value, r ? complaint : "accepted");
	CU_ASSERT_EQUAL(r, -EINVAL);
	CU_ASSERT_TRUE(said);
}

static bool try_limits(const char *path, const struct schema_key *key)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(limits) && strcmp(limits[i].path, path))
		i++;
	if (i == ARRAY_SIZE(limits))
		return false;
	rows_used++;
	accepts(path, key, limits[i].lowest);
	accepts(path, key, limits[i].highest);
	if (limits[i].below)
		refuses(path, key, limits[i].below);
	if (limits[i].above)
		refuses(path, key, limits[i].above);
	refuses(path, key, "");
	refuses(path, key, "some");
	refuses(path, key, key->type == SCHEMA_COUNT ? "1K" : "4096x");
	/* Units are part of a size or duration. */
	if (key->type != SCHEMA_COUNT && !key->seconds)
		refuses(path, key, "4096");
	return true;
}

static bool try_forms(const char *path, const struct schema_key *key)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(forms) && strcmp(forms[i].path, path))
		i++;
	if (i == ARRAY_SIZE(forms))
		return false;
	rows_used++;
	for (const char *const *value = forms[i].accepted; *value; value++)
		accepts(path, key, *value);
	for (const char *const *value = forms[i].refused; *value; value++)
		refuses(path, key, *value);
	return true;
}

/* "a, b, c": each is taken, and who gets it wrong is told of each. */
static bool try_names(const char *path, const struct schema_key *key)
{
	char names[1024], *save = NULL;
	bool tried = false;

	if (key->type != SCHEMA_PARSED && key->type != SCHEMA_WORD && key->type != SCHEMA_ROW &&
	    key->type != SCHEMA_BOOLEAN)
		return false;
	schema_allowed(key, names, sizeof(names));
	if (strspn(names, "abcdefghijklmnopqrstuvwxyz0123456789M-, ") != strlen(names))
		return false;
	for (char *name = strtok_r(names, ", ", &save); name; name = strtok_r(NULL, ", ", &save)) {
		accepts(path, key, name);
		refuses(path, key, "some");
		CU_ASSERT_PTR_NOT_NULL(strstr(complaint, name));
		refuses(path, key, "");
		refuses(path, key, "7");
		tried = true;
	}
	return tried;
}

static bool try_text(const char *path, const struct schema_key *key)
{
	if (key->type != SCHEMA_TEXT)
		return false;
	accepts(path, key, "any text");
	refuses(path, key, "7");
	return true;
}

static void walk(const struct schema_key *keys, const char *path)
{
	char joined[128];

	for (const struct schema_key *key = keys; key->name; key++) {
		snprintf(joined, sizeof(joined), "%s%s%s", path, *path ? "." : "", key->name);
		if (key->type == SCHEMA_KIND) {
			for (size_t i = 0; key->kinds(i); i++) {
				char of_kind[200];

				snprintf(of_kind, sizeof(of_kind), "%s.%s", joined,
					 key->kinds(i)->name);
				walk(key->kinds(i)->keys, of_kind);
			}
		} else if (key->keys) {
			walk(key->keys, joined);
		} else {
			bool tried = try_limits(joined, key) || try_forms(joined, key) ||
				     try_names(joined, key) || try_text(joined, key);

			if (!tried)
				printf("\n    %s: has no row in this test", joined);
			CU_ASSERT_TRUE(tried);
		}
	}
}

static void every_key(void)
{
	walk(scenario_keys, "");
	/* Each row was for a key. */
	CU_ASSERT_EQUAL(rows_used, ARRAY_SIZE(limits) + ARRAY_SIZE(forms));
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "every key has its limits", every_key },
		CU_TEST_INFO_NULL,
	};

	return run_suite("scenario_keys", tests);
}
