/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results as points of a regression test, and the formats in which other programs take them. One
 * scenario is one point, whatever its number of runs; on many kernels it is one each.
 *
 * A point's id is the same from day to day: the name of the scenario's file; in a matrix before it
 * the series of the kernel ("6.18/split-window"), and the version only where the matrix has more
 * than one of the series.
 */
#ifndef TOOLS_VERDICT_TEST_POINT_H
#define TOOLS_VERDICT_TEST_POINT_H

#include "tools/verdict/test_outcome.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct test_point {
	char group[64]; /* of kernels; "" outside of a matrix */
	char name[128];
	enum test_outcome outcome;
	char reason[1600]; /* a line */
	double seconds;    /* that it took; negative: unknown */
	json_t *result;    /* with the keys of result.json, or NULL; the point's own reference */
};

/* A scenario's name by the path of its file: without directory and ".cfg", and what is no letter,
 * digit or one of "._+-" as "_". Returns name, which holds `size` bytes. */
const char *test_point_name(const char *path, char *name, size_t size);

/* "6.18" of a release such as "6.18.9+deb13-amd64" or "7.0-rc2"; what is none is kept. Returns
 * series, which holds `size` bytes. */
const char *test_point_series(const char *release, char *series, size_t size);

/* A point of a result, to which it takes a reference. group: or "". */
void test_point_of_result(struct test_point *point, const char *group, const char *name,
			  json_t *result);

/* A point without a result. error: what came instead: a missing precondition is a skip, see
 * error_is_precondition(), all else an error. reason: or NULL. */
void test_point_without(struct test_point *point, const char *group, const char *name, int error,
			const char *reason);

void test_point_release(struct test_point *point);

/* The outcome of points together: the most severe one. Skipped points count only where there are no
 * others; no points at all pass. */
enum test_outcome test_points_outcome(const struct test_point *points, size_t count);

/* KTAP version 1, which readers of TAP take as well. Of format_ktap.c. */
void format_ktap(FILE *to, const struct test_point *points, size_t count);

/* Annotations of GitHub's workflows. Of format_github.c. */
void format_github(FILE *to, const struct test_point *points, size_t count);

/* Of reports to KCIDB. */
struct kcidb_names {
	const char *origin; /* of the CI system that reports: a-z, 0-9, _ */
	const char
		*build_id; /* of the tested kernel, which somebody else reports; NULL: nobody, and
				 there are checkouts and builds by the kernels' releases */
};

/* KCIDB's JSON. Of format_kcidb.c. */
void format_kcidb(FILE *to, const struct test_point *points, size_t count,
		  const struct kcidb_names *names);

/* A line each, in words. Of format_summary.c. */
void format_summary(FILE *to, const struct test_point *points, size_t count);

/* JUnit's XML. Of format_junit.c. */
void format_junit(FILE *to, const struct test_point *points, size_t count);

#endif
