/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results as points of a regression test, and their output formats. A scenario is one point,
 * however many runs it had; in a matrix, one per kernel.
 *
 * The id of a point is stable: the name of the scenario's file. In a matrix the kernel's series
 * goes before it ("6.18/split-window"), or its version if the matrix has several of a series.
 */
#ifndef TOOLS_VERDICT_TEST_POINT_H
#define TOOLS_VERDICT_TEST_POINT_H

#include "tools/verdict/test_outcome.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct test_point {
	char group[64]; /* series or version of the kernel; "" outside a matrix */
	char name[128];
	enum test_outcome outcome;
	char reason[1600]; /* one line */
	double seconds;    /* duration; negative: unknown */
	json_t *result;    /* the keys of result.json; the point's own reference, or NULL */
};

/* The name of a scenario: the file name of its path without ".cfg"; characters other than letters,
 * digits and "._+-" become "_". Returns name, which holds `size` bytes. */
const char *test_point_name(const char *path, char *name, size_t size);

/* "6.18" for a release such as "6.18.9+deb13-amd64" or "7.0-rc2"; other text is kept, special
 * characters as "_". Returns series, which holds `size` bytes. */
const char *test_point_series(const char *release, char *series, size_t size);

/* Makes the point of a result, and takes a reference to it. group: may be "". */
void test_point_of_result(struct test_point *point, const char *group, const char *name,
			  json_t *result);

/* Makes a point without a result. error: a missing precondition, see error_is_precondition(), is a
 * skip; any other is an error. reason: may be NULL. */
void test_point_without(struct test_point *point, const char *group, const char *name, int error,
			const char *reason);

/* Releases the reference to the result. */
void test_point_release(struct test_point *point);

/* The most severe outcome of the points; TEST_PASS without points. */
enum test_outcome test_points_outcome(const struct test_point *points, size_t count);

/* Prints KTAP version 1, which TAP readers accept. In format_ktap.c. */
void format_ktap(FILE *to, const struct test_point *points, size_t count);

/* Prints annotations for GitHub's workflows. In format_github.c. */
void format_github(FILE *to, const struct test_point *points, size_t count);

/* Names in reports to KCIDB. */
struct kcidb_names {
	const char *origin; /* of the CI system that reports: a-z, 0-9, _ */
	/* Of the tested kernel, whose build somebody else reports. NULL: the report contains
	 * checkouts and builds named after the kernels' releases. */
	const char *build_id;
};

/* Prints KCIDB's JSON. In format_kcidb.c. */
void format_kcidb(FILE *to, const struct test_point *points, size_t count,
		  const struct kcidb_names *names);

/* Prints a line of text for each point. In format_summary.c. */
void format_summary(FILE *to, const struct test_point *points, size_t count);

/* Prints JUnit's XML. In format_junit.c. */
void format_junit(FILE *to, const struct test_point *points, size_t count);

#endif
