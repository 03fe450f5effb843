/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports for KCIDB, version 5.3 of its schema. It allows no null and no unknown key, and every id
 * begins with the origin. */
#include "tools/verdict/result_keys.h"
#include "tools/verdict/test_point.h"

#include <sodium/crypto_generichash.h>
#include <string.h>
#include <sys/utsname.h>

enum { EXCERPT_MAX = 16384, DIGEST = 16 };

/* The status in KCIDB says whether the kernel is faulty, not whether that was expected. */
static const char *status_of(const struct test_point *point)
{
	static const struct {
		const char *verdict, *status;
	} rows[] = {
		{ "HIT", "FAIL" },          { "CLEAN", "PASS" }, { "VERIFIED", "PASS" },
		{ "INCONCLUSIVE", "DONE" }, /* ended, without a statement about the kernel */
		{ "ERROR", "ERROR" },       { NULL, NULL },
	};
	const char *verdict = json_string_value(json_object_get(point->result, "verdict"));

	for (size_t i = 0; verdict && rows[i].verdict; i++)
		if (!strcmp(verdict, rows[i].verdict))
			return rows[i].status;
	return point->outcome == TEST_SKIP ? "SKIP" : "MISS";
}

/* KCIDB's paths are separated by dots. */
static json_t *path_of(const struct test_point *point)
{
	char name[sizeof(point->name)];

	snprintf(name, sizeof(name), "%s", point->name);
	for (char *c = name; *c; c++)
		if (strchr(".+/", *c))
			*c = '_';
	return json_sprintf("foliostorm.%s", name);
}

static json_t *excerpt_of(const struct test_point *point)
{
	const json_t *lines =
		json_object_get(json_object_get(point->result, "kernel_log"), "lines");
	char *text = NULL;
	size_t size, i;
	json_t *line, *excerpt;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	fprintf(to, "%s\n", point->reason);
	json_array_foreach (lines, i, line)
		fprintf(to, "%s\n", json_string_value(line) ?: "");
	if (fclose(to)) {
		free(text);
		return NULL;
	}
	if (size > EXCERPT_MAX)
		for (size = EXCERPT_MAX; ((unsigned char)text[size] & 0xc0) == 0x80;)
			size--;
	excerpt = json_stringn(text, size);
	free(text);
	return excerpt;
}

/* Further values for a closer look. */
static json_t *misc_of(const struct test_point *point)
{
	static const char *const more[] = { "verdict", "expected", "seed",
					    "version", "runs",     "runs_hit" };
	json_t *misc = json_pack("{s:s}", "outcome", test_outcome_names[point->outcome]);

	for (const struct key *key = result_keys; key->name; key++)
		if (key->flags & RESULT_POINT)
			json_object_set(misc, key->name, json_object_get(point->result, key->name));
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++)
		json_object_set(misc, more[i], json_object_get(point->result, more[i]));
	return misc;
}

/* Hits per punch. */
static json_t *number_of(const struct test_point *point)
{
	json_int_t punches = json_integer_value(json_object_get(point->result, "punches"));
	json_int_t hit = json_integer_value(json_object_get(point->result, "punches_hit"));

	return punches ? json_pack("{s:f}", "value", (double)hit / (double)punches) : NULL;
}

static const char *release_of(const struct test_point *point)
{
	return json_string_value(json_object_get(point->result, "release"))
		       ?: json_string_value(json_object_get(point->result, "kernel"))
			  ?: *point->group ? point->group
					   : "unknown";
}

/* Removes nulls, also in nested objects. */
static json_t *without_null(json_t *object)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(object, next, key, value)
	{
		if (json_is_null(value))
			json_object_del(object, key);
		else if (json_is_object(value))
			without_null(value);
	}
	return object;
}

/* A hash of the content, so that a report that is sent again replaces itself. */
static json_t *id_of(const struct test_point *point, const char *origin)
{
	unsigned char digest[DIGEST];
	char hexadecimal[2 * DIGEST + 1];
	crypto_generichash_state state;
	char *result = json_dumps(point->result, JSON_COMPACT | JSON_SORT_KEYS);

	crypto_generichash_init(&state, NULL, 0, DIGEST);
	for (size_t i = 0; i < 4; i++) {
		const char *part = (const char *[]){ point->group, point->name, point->reason,
						     result ?: "" }[i];

		crypto_generichash_update(&state, (const unsigned char *)part, strlen(part) + 1);
	}
	crypto_generichash_final(&state, digest, DIGEST);
	for (size_t i = 0; i < DIGEST; i++)
		snprintf(hexadecimal + 2 * i, 3, "%02x", digest[i]);
	free(result);
	return json_sprintf("%s:foliostorm-%s", origin, hexadecimal);
}

static json_t *test_of(const struct test_point *point, const struct kcidb_names *names,
		       const char *build)
{
	json_t *test, *guest = json_object_get(point->result, "guest");
	test = json_pack("{s:o, s:s, s:s, s:o, s:s, s:o*, s:o*, s:o}", "id",
			 id_of(point, names->origin), "origin", names->origin, "build_id", build,
			 "path", path_of(point), "status", status_of(point), "log_excerpt",
			 excerpt_of(point), "number", number_of(point), "misc", misc_of(point));
	json_object_set(test, "comment", json_object_get(point->result, "title"));
	if (point->seconds >= 0)
		json_object_set_new(test, "duration", json_real(point->seconds));
	if (json_is_object(guest))
		json_object_set_new(test, "environment",
				    json_pack("{s:s, s:o}", "comment", "a guest of QEMU", "misc",
					      json_deep_copy(guest)));
	return without_null(test);
}

static bool has(const json_t *list, const char *id)
{
	size_t i;
	json_t *one;

	json_array_foreach (list, i, one)
		if (!strcmp(json_string_value(json_object_get(one, "id")), id))
			return true;
	return false;
}

/* Guests have the architecture of this machine. */
static void add_build(json_t *report, const struct kcidb_names *names, const char *id,
		      const char *release)
{
	json_t *builds = json_object_get(report, "builds");
	struct utsname machine;

	if (has(builds, id) || uname(&machine))
		return;
	json_array_append_new(json_object_get(report, "checkouts"),
			      json_pack("{s:s, s:s, s:s, s:b}", "id", id, "origin", names->origin,
					"comment", release, "valid", true));
	json_array_append_new(builds,
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", id, "checkout_id",
					id, "origin", names->origin, "comment", release,
					"architecture", machine.machine, "status", "PASS"));
}

void format_kcidb(FILE *to, const struct test_point *points, size_t count,
		  const struct kcidb_names *names)
{
	json_t *report = json_pack("{s:{s:i, s:i}, s:[], s:[], s:[]}", "version", "major", 5,
				   "minor", 3, "checkouts", "builds", "tests");

	for (size_t i = 0; i < count; i++) {
		const char *release = release_of(&points[i]);
		/* Of any length: truncated within a character, it would not be valid in JSON. */
		json_t *text = json_sprintf("%s:foliostorm-%s", names->origin, release);
		const char *id = json_string_value(text);

		if (!names->build_id && id)
			add_build(report, names, id, release);
		json_array_append_new(json_object_get(report, "tests"),
				      test_of(&points[i], names, names->build_id ?: id));
		json_decref(text);
	}
	json_dumpf(report, to, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	fputc('\n', to);
	json_decref(report);
}
