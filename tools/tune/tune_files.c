/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/tune/tune_files.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "tools/base/copy_bytes.h"
#include "tools/base/open_output.h"
#include "tools/base/save.h"
#include "tools/scenario/config_edit.h"
#include "tools/tune/tune_load.h"
#include "tools/tune/tune_result.h"
#include "tools/verdict/result_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

/* Columns of the table, keys of a trial: these, those of the run (RESULT_TRIAL), `error`, and the
 * values of the keys that vary. */
static const char *const columns[] = {
	"trial", "phase", "pass", "setting", "seed", "count", "seconds", "took",
};

/* Writes a field in the format of RFC 4180. */
static void write_field(FILE *to, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(text, to);
		return;
	}
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', to);
		fputc(*text, to);
	}
	fputc('"', to);
}

static void write_value(FILE *to, const json_t *value)
{
	if (json_is_string(value))
		write_field(to, json_string_value(value));
	else if (json_is_real(value))
		fprintf(to, "%.6f", json_real_value(value));
	else if (json_is_integer(value))
		fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static void write_names(FILE *to, const struct tune *tune)
{
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		fprintf(to, "%s,", columns[i]);
	for (const struct key *key = result_keys; key->name; key++)
		if (key->flags & RESULT_TRIAL)
			fprintf(to, "%s,", key->name);
	fputs("error", to);
	for (size_t k = 0; k < tune->space.key_count; k++) {
		fputc(',', to);
		write_field(to, tune->space.keys[k].path);
	}
	fputc('\n', to);
}

static void write_line(FILE *to, const struct tune *tune, const json_t *line)
{
	const json_t *values = json_object_get(line, "values");

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		write_value(to, json_object_get(line, columns[i]));
		fputc(',', to);
	}
	for (const struct key *key = result_keys; key->name; key++)
		if (key->flags & RESULT_TRIAL) {
			write_value(to, json_object_get(line, key->name));
			fputc(',', to);
		}
	write_value(to, json_object_get(line, "error"));
	for (size_t k = 0; k < tune->space.key_count; k++) {
		fputc(',', to);
		write_value(to, json_object_get(values, tune->space.keys[k].path));
	}
	fputc('\n', to);
}

int tune_write_table(const struct tune *tune, const char *path)
{
	struct save save;
	size_t n;
	json_t *line;
	int r = save_begin(&save, path);

	if (r)
		return r;
	write_names(save.file, tune);
	json_array_foreach (tune->trials, n, line)
		write_line(save.file, tune, line);
	return save_end(&save, path);
}

/* Sums trials with a value of a key, and those with other values. */
static void sum_by_value(const struct tune *tune, const char *key, const char *value,
			 struct rate_sum sums[2])
{
	size_t i;
	json_t *line;

	memset(sums, 0, 2 * sizeof(sums[0]));
	json_array_foreach (tune->trials, i, line) {
		const char *with =
			json_string_value(json_object_get(json_object_get(line, "values"), key));
		double seconds = json_number_value(json_object_get(line, "seconds"));

		if (with && seconds > 0)
			rate_add(&sums[strcmp(with, value) != 0],
				 json_number_value(json_object_get(line, "count")), seconds);
	}
}

/* Sets a key of the text, with a comment about its old value. */
static int set_key(const struct tune *tune, char **text, const struct space_key *key,
		   const char *value)
{
	const char *goal = tune->config->goal->name, *before;
	struct rate_sum sums[2];
	char comment[512], number[64];
	size_t used;

	before = schema_value(&tune->scenario.config, scenario_keys, key->path, number,
			      sizeof(number));
	if (before && !strcmp(before, value))
		return 0;
	sum_by_value(tune, key->path, value, sums);
	used = append_text(comment, sizeof(comment), 0,
			   "tuned: %s, was %s; with it %.2f %s/s in %u trials", key->path,
			   before ? before : "not given", rate_of(&sums[0]), goal, sums[0].trials);
	if (sums[1].trials)
		append_text(comment, sizeof(comment), used, ", with other values %.2f in %u",
			    rate_of(&sums[1]), sums[1].trials);
	/* A comment is one line, whatever the value. */
	for (char *c = comment; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = ' ';
	return config_edit_set(text, key->path, value, comment);
}

/* The trials used the values of --set, so the file has them. */
static int set_given(const struct run_arguments *run, char **text)
{
	int r = 0;

	for (size_t i = 0; i < run->set_count && !r; i++) {
		const char *equals = strchr(run->sets[i], '=');
		_cleanup_free_ char *path = strndup(run->sets[i], (size_t)(equals - run->sets[i]));

		r = path ? config_edit_set(text, path, equals + 1, "by --set") : -ENOMEM;
	}
	return r;
}

/* Puts the result of the tuning in front of the text. */
static int add_header(const struct tune *tune, size_t setting, char **text)
{
	const struct contest_arm *arm = contest_arm(tune->contest, setting),
				 *was = contest_arm(tune->contest, 0);
	char rate[160], original[160], claim[320], *made;
	double hit, punches = tune_result_punches(tune, setting, "final", &hit);

	tune_result_rate(tune, &arm->final, rate, sizeof(rate));
	tune_result_rate(tune, &was->final, original, sizeof(original));
	tune_result_claim(tune, false, claim, sizeof(claim));
	if (asprintf(&made,
		     "# Tuned by foliostorm " FOLIOSTORM_VERSION
		     " for %s per second of storm, on %s, "
		     "seed %ju: %zu trials in %.0f s, %zu settings of %.0f.\n"
		     "# Final: %s, %.1f %% of punches hit; as it was %s.\n"
		     "# Claim: %s.\n#\n%s",
		     tune->config->goal->name,
		     tune->config->kernel ? tune->config->kernel->release : "this machine",
		     (uintmax_t)tune->config->seed, json_array_size(tune->trials),
		     contest_spent(tune->contest), contest_settings(tune->contest) - 1,
		     space_size(&tune->space), rate, punches > 0 ? 100 * hit / punches : 0,
		     original, claim, *text) < 0)
		return report(-ENOMEM, "the tuned scenario");
	free(*text);
	*text = made;
	return 0;
}

static bool same_scalar(const config_setting_t *one, const config_setting_t *other)
{
	const char *a = config_setting_get_string(one), *b = config_setting_get_string(other);

	if (a || b)
		return a && b && !strcmp(a, b);
	return config_setting_get_int64(one) == config_setting_get_int64(other) &&
	       config_setting_get_float(one) == config_setting_get_float(other) &&
	       config_setting_get_bool(one) == config_setting_get_bool(other);
}

/* A trace is beside each of the scenarios, so its path differs. */
static bool is_copied(const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);

	return name && !strcmp(name, "trace") && config_setting_get_string(setting);
}

static const char *base_of(const config_setting_t *setting)
{
	const char *path = config_setting_get_string(setting), *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Members of groups may be in any order, items of lists may not. */
static bool same(const config_setting_t *one, const config_setting_t *other)
{
	if (!one || !other || config_setting_type(one) != config_setting_type(other))
		return false;
	if (is_copied(one))
		return !strcmp(base_of(one), base_of(other));
	if (!config_setting_is_aggregate(one))
		return same_scalar(one, other);
	if (config_setting_length(one) != config_setting_length(other))
		return false;
	for (int i = 0; i < config_setting_length(one); i++) {
		const config_setting_t *member = config_setting_get_elem(one, (unsigned int)i);
		const char *name = config_setting_name(member);

		if (!same(member, name ? config_setting_get_member(other, name)
				       : config_setting_get_elem(other, (unsigned int)i)))
			return false;
	}
	return true;
}

/* Checks that the file is the scenario that was tried. */
static int verify(const struct tune *tune, size_t setting, const char *path)
{
	/* The scenario is not run. */
	const struct scenario_overrides none = { .trust = TRUST_ALL };
	struct scenario written, tried;
	int r = scenario_load(&written, path, &none, &tune->version);

	if (!tune_load(tune, setting, tune->config->scenario, &tried) && !r &&
	    !same(config_root_setting(&written.config), config_root_setting(&tried.config)))
		r = report(0, "%s does not say what was tried", path);
	scenario_release(&written);
	scenario_release(&tried);
	return r;
}

/* The path of a file beside another. */
static void path_beside(const char *of, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(of, '/');

	snprintf(path, size, "%.*s%s", slash ? (int)(slash + 1 - of) : 0, of, name);
}

static int copy_file(const char *from_path, const char *to_path)
{
	_cleanup_close_ int from = open(from_path, O_RDONLY | O_CLOEXEC), to = -1;
	struct stat status;
	int r;

	if (from < 0 || fstat(from, &status))
		return report(-errno, "%s", from_path);
	to = open_output(to_path, O_WRONLY | O_TRUNC);
	if (to < 0)
		return to;
	r = copy_bytes(to, from, status.st_size);
	return r ? report(r, "%s", to_path) : 0;
}

/* The trace of a replay is named relative to its scenario. text: of the scenario. */
static int copy_trace(const struct tune *tune, const char *text, const char *path)
{
	char from[PATH_MAX], to[PATH_MAX];
	const char *name;
	config_t config;
	int r = 0;

	config_init(&config);
	if (config_read_string(&config, text) &&
	    config_lookup_string(&config, "workload.trace", &name) && *name != '/') {
		path_beside(tune->config->scenario, name, from, sizeof(from));
		path_beside(path, name, to, sizeof(to));
		if (strchr(name, '/'))
			r = report(0,
				   "%s: workload.trace is in another directory; expected a name "
				   "beside the scenario, or an absolute path",
				   tune->config->scenario);
		/* A copy onto itself would empty it. */
		else if (!lead_to_same_file(from, to))
			r = copy_file(from, to);
	}
	config_destroy(&config);
	return r;
}

int tune_write_scenario(const struct tune *tune, size_t setting, const char *path)
{
	const struct space *space = &tune->space;
	_cleanup_free_ char *text = NULL;
	int r = config_edit_read(tune->scenario.path, &text);

	if (!r)
		r = set_given(tune->config->run, &text);
	for (size_t k = 0; k < space->key_count && !r; k++)
		r = set_key(tune, &text, &space->keys[k],
			    space->keys[k].values[space->settings[setting].value[k]].text);
	if (!r)
		r = add_header(tune, setting, &text);
	if (!r)
		r = save_text(path, text);
	if (!r)
		r = copy_trace(tune, text, path);
	return r ? r : verify(tune, setting, path);
}
