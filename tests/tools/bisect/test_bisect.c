/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bisections over kernels that nobody runs: what each would come to is a row of a table. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tests/tools/bisect/scenario.h"
#include "tools/base/number.h"
#include "tools/bisect/bisect_result.h"
#include "tools/bisect/bisect_search.h"
#include "tools/bisect/bisect_versions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the runner says. */
struct fake {
	/* A letter for each kernel 6.1.0, 6.1.1, ...: Hit, Clean, Inconclusive, Late
	 * (inconclusive, but clean with a longer run), Dead (does not boot), Wrong (the run
	 * fails), Unavailable. */
	const char *kernels;
	unsigned int runs, interrupt_at; /* made; the run at which a signal comes, from 1 */
	unsigned int wrong_seeds;        /* that a run would refuse */
	char needed[24];                 /* passages that the last run had to make, or "" */
	double hits, passages;           /* of a hit */
};

static const struct {
	char letter;
	const char *result;
} results[] = {
	{ 'C', "{'verdict':'CLEAN','punches':50,'punches_hit':0,'passages':40,'reason':'r'}" },
	{ 'I',
	  "{'verdict':'INCONCLUSIVE','punches':9,'punches_hit':0,'passages':2,'reason':'few'}" },
	{ 'L',
	  "{'verdict':'INCONCLUSIVE','punches':9,'punches_hit':0,'passages':2,'reason':'few'}" },
	{ 'D', "{'verdict':'ERROR','reason':'it died','guest':{'died':'panic','end':'died'}}" },
	{ 'W', "{'verdict':'ERROR','reason':'no memory','guest':null}" },
	{ 'U', "{'verdict':'ERROR','reason':'gone','unavailable':true}" },
};

static json_t *result_of(const struct fake *fake, char letter, const char *duration)
{
	char text[200];

	if (letter == 'L' && duration && !strcmp(duration, "15000ms"))
		letter = 'C';
	if (letter == 'H') {
		snprintf(text, sizeof(text),
			 "{'verdict':'HIT','punches':100,'punches_hit':%g,'passages':%g,"
			 "'reason':'wrong'}",
			 fake->hits, fake->passages);
		for (char *at = text; (at = strchr(at, '\''));)
			*at = '"';
		return json_loads(text, 0, NULL);
	}
	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i].letter == letter) {
			snprintf(text, sizeof(text), "%s", results[i].result);
			for (char *at = text; (at = strchr(at, '\''));)
				*at = '"';
			return json_loads(text, 0, NULL);
		}
	return NULL;
}

static int fake_run(void *context, const struct bisect_kernel *kernel,
		    const struct bisect_attempt *attempt, json_t **result)
{
	const char *seed = attempt->run->overrides.seed;
	struct fake *fake = context;
	uint64_t number;

	*result = NULL;
	fake->runs++;
	fake->wrong_seeds += seed && number_parse(seed, 0, INT64_MAX, &number);
	if (fake->runs == fake->interrupt_at)
		return -EINTR;
	*fake->needed = '\0';
	for (size_t i = 0; i < attempt->run->set_count; i++)
		if (!strncmp(attempt->run->sets[i], "expect.passages=", 16))
			snprintf(fake->needed, sizeof(fake->needed), "%s",
				 attempt->run->sets[i] + 16);
	*result = result_of(fake, fake->kernels[kernel->version.patch],
			    attempt->run->overrides.duration);
	return *result ? 0 : -EIO;
}

/* Bisects all kernels of the fake. why: gets what was reported last. */
static int bisect_all(struct fake *fake, bool fixed, json_t **found, char *why, size_t size)
{
	static struct run_arguments run;
	static struct guest_arguments machine;
	const struct bisect_config config = {
		.scenario = scenario_path,
		.out = scratch,
		.fixed = fixed,
		.machine = &machine,
		.run = &run,
		.runner = { fake_run, fake },
	};
	char list[512] = "", first[] = "6.1.0", last[16];
	size_t count = strlen(fake->kernels), used = 0;
	struct bisect_versions versions = { .kernels = list };
	struct bisect bisect;
	int r;

	run.overrides.sets = run.sets;
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s6.1.%zu",
					 i ? "," : "", i);
	snprintf(last, sizeof(last), "6.1.%zu", count - 1);
	versions.good = fixed ? last : first;
	versions.bad = fixed ? first : last;
	report_capture(why, size);
	r = bisect_open(&bisect, &config) ?: bisect_versions(&bisect, &versions, found);
	report_capture(NULL, 0);
	bisect_release(&bisect);
	return r;
}

static void forget(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/bisect.json", scratch);
	unlink(path);
}

static const char *found_name(const json_t *found)
{
	return json_string_value(json_object_get(found, "found")) ?: "";
}

static void every_place(void)
{
	char kernels[18], wanted[16], why[256];
	json_t *found;

	for (int fixed = 0; fixed < 2; fixed++)
		for (size_t count = 2; count <= 17; count += 3)
			for (size_t at = 1; at < count; at++) {
				struct fake fake = { kernels, .hits = 84, .passages = 100 };

				memset(kernels, fixed ? 'H' : 'C', at);
				memset(kernels + at, fixed ? 'C' : 'H', count - at);
				kernels[count] = '\0';
				forget();
				CU_ASSERT_EQUAL(bisect_all(&fake, fixed, &found, why, sizeof(why)),
						0);
				snprintf(wanted, sizeof(wanted), "6.1.%zu", at);
				CU_ASSERT_STRING_EQUAL(found_name(found), wanted);
				/* Both ends, and not more steps than a search by halves takes. */
				CU_ASSERT(fake.runs <= 2 + bisect_steps(count - 2));
				json_decref(found);
			}
}

static void skips(void)
{
	static const struct {
		const char *kernels;
		const char *found, *before, *after;
		size_t candidates;
	} rows[] = {
		{ "CCCDHHH", "", "6.1.2", "6.1.4", 2 },
		{ "CCDCHHH", "6.1.4", "6.1.3", "6.1.4", 1 },
		{ "CDUIHHH", "", "6.1.0", "6.1.4", 4 },
		{ "CLLLLLH", "6.1.6", "6.1.5", "6.1.6", 1 },
		{ "LCCCHHH", "6.1.4", "6.1.3", "6.1.4", 1 },
		{ "CH", "6.1.1", "6.1.0", "6.1.1", 1 },
		{ "CDH", "", "6.1.0", "6.1.2", 2 },
	};
	char why[256];
	json_t *found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake fake = { rows[i].kernels, .hits = 84, .passages = 100 };

		forget();
		CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
		CU_ASSERT_STRING_EQUAL(found_name(found), rows[i].found);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(found, "before")),
				       rows[i].before);
		CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(found, "after")),
				       rows[i].after);
		CU_ASSERT_EQUAL(json_array_size(json_object_get(found, "candidates")),
				rows[i].candidates);
		json_decref(found);
	}
}

static void ends(void)
{
	static const struct {
		const char *kernels;
		bool fixed;
		int error;
		const char *why; /* has that */
	} rows[] = {
		{ "HHC", false, -EINVAL,
		  "the wrong way round: 6.1.0, given as good, is hit, and 6.1.2, given as bad, is "
		  "not; give --good 6.1.2 --bad 6.1.0 --fixed" },
		{ "CHH", true, -EINVAL, "give --good 6.1.0 --bad 6.1.2, without --fixed" },
		{ "CHC", false, -EINVAL, "are both good: nothing changes" },
		{ "HCH", false, -EINVAL, "are both bad: nothing changes" },
		{ "ICH", false, -ENODATA,
		  "the good end 6.1.0 cannot be judged: INCONCLUSIVE: few" },
		{ "CCD", false, -ENODATA, "the bad end 6.1.2 cannot be judged: ERROR: it died" },
		{ "CCU", false, -ENODATA, "the bad end 6.1.2 cannot be judged: ERROR: gone" },
		{ "CWH", false, -EIO, "6.1.1: the run failed twice: no memory" },
	};
	char why[256];
	json_t *found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake fake = { rows[i].kernels, .hits = 84, .passages = 100 };

		forget();
		CU_ASSERT_EQUAL(bisect_all(&fake, rows[i].fixed, &found, why, sizeof(why)),
				rows[i].error);
		CU_ASSERT_PTR_NULL(found);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
		if (!strstr(why, rows[i].why))
			printf("\n    %s: %s", rows[i].kernels, why);
	}
}

/* Interrupted at each of its runs, it makes no run twice but that one. */
static void goes_on(void)
{
	unsigned int runs;
	char why[256];
	json_t *found;

	for (unsigned int at = 1; at <= 5; at++) {
		struct fake fake = { "CCCCCCHHH", .interrupt_at = at, .hits = 84, .passages = 100 };

		forget();
		CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), -EINTR);
		CU_ASSERT_EQUAL(fake.runs, at);
		CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
		CU_ASSERT_STRING_EQUAL(found_name(found), "6.1.6");
		json_decref(found);
		runs = fake.runs;
		CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(fake.runs, runs);
		json_decref(found);
	}
}

static void wrong_state(void)
{
	struct fake fake = { "CH", .hits = 84, .passages = 100 };
	char path[128], why[256];
	json_t *found = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "%s/bisect.json", scratch);
	file = fopen(path, "w");
	fputs("{ \"steps\": 7 }", file);
	fclose(file);
	CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "not of a bisection; remove it"));
	CU_ASSERT_EQUAL(fake.runs, 0);
}

/* What is measured at the bad end decides what is asked of the good ones. */
static void measured(void)
{
	static const struct {
		double hits, passages;
		unsigned int runs;  /* that measure */
		const char *needed; /* "": what the scenario itself wants */
	} rows[] = {
		{ 100, 100, 1, "20" },                        /* never fewer */
		{ 50, 100, 1, "20" },  { 10, 100, 1, "138" }, /* 4.9 % at least */
		{ 1, 100, 5, "2119" },                        /* 5 of 500: 0.33 % at least */
		{ 0, 0, 5, "" }, /* it dies, and nobody knows of what passage */
	};
	char why[256];
	json_t *found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake fake = { "CH", .hits = rows[i].hits, .passages = rows[i].passages };

		forget();
		CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
		CU_ASSERT_EQUAL(fake.runs, rows[i].runs + 1);
		CU_ASSERT_STRING_EQUAL(fake.needed, rows[i].needed);
		json_decref(found);
	}
	CU_ASSERT_EQUAL(bisect_passages(0), 0);
	CU_ASSERT_EQUAL(bisect_passages(1), 20);
	CU_ASSERT_EQUAL(bisect_passages(0.01), 688);
}

/* The runs that measure have other seeds, also of a scenario with the last one. */
static void seeds(void)
{
	struct fake fake = { "CH", .hits = 1, .passages = 100 };
	char why[256];
	json_t *found;

	CU_ASSERT_FATAL(make_scenario_of("a story", "seed = 9223372036854775807L;\n"));
	forget();
	CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(fake.runs, 6);
	CU_ASSERT_EQUAL(fake.wrong_seeds, 0);
	json_decref(found);
	make_scenario();
}

/* Titles, and names of files, need not be UTF-8. */
static void encodings(void)
{
	struct fake fake = { "CCHH", .hits = 84, .passages = 100 };
	unsigned int runs;
	char why[256] = "";
	json_t *found;

	CU_ASSERT_FATAL(make_scenario_of("caf\xe9", ""));
	forget();
	CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
	CU_ASSERT_STRING_EQUAL(found_name(found), "6.1.2");
	json_decref(found);
	runs = fake.runs;
	CU_ASSERT_EQUAL(bisect_all(&fake, false, &found, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(fake.runs, runs);
	json_decref(found);
	make_scenario();
}

static CU_TestInfo tests[] = {
	{ "the change is found wherever it is", every_place },
	{ "what cannot be judged is passed over", skips },
	{ "both ends are looked at first", ends },
	{ "it goes on where it was interrupted", goes_on },
	{ "a file of something else is refused", wrong_state },
	{ "the bad end says how much is enough", measured },
	{ "the last seed", seeds },
	{ "texts that are not UTF-8", encodings },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return run_suite_in_scratch("bisect", tests, make_scenario);
}
