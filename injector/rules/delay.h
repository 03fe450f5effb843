/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Computes the delay of a request from a distribution, a histogram in a file, limits of bandwidth
 * and operations per second (token buckets, for each file or the whole mount), or a device profile,
 * which names a distribution and limits.
 */
#ifndef INJECTOR_RULES_DELAY_H
#define INJECTOR_RULES_DELAY_H

#include "injector/rules/distribution.h"
#include "injector/rules/token_bucket.h"

struct delay_device;

/* A delay as a rule states it. */
struct delay_spec {
	uint64_t fixed; /* ns; 0: none */
	struct distribution_spec distribution;
	char *histogram;                   /* path, or NULL */
	const struct delay_device *device; /* or NULL */
	uint64_t rate;                     /* bytes a second; 0: no limit */
	uint64_t burst;                    /* bytes without delay after a pause */
	uint64_t iops;                     /* operations a second; 0: no limit */
	bool per_file;                     /* each file has its own limits */
	bool interruptible;                /* any signal to the caller ends the delay */
};

/* A device profile. */
struct delay_device {
	const char *name;
	const char *distribution;
	uint64_t median, p99; /* ns */
	uint64_t rate;        /* bytes a second */
	uint64_t iops;
};

/* Ended by a row without a name. find: the row of that name; NULL if there is none. */
extern const struct delay_device delay_devices[];
const struct delay_device *delay_device_find(const char *name);

struct delay {
	uint64_t fixed; /* ns; unless draws */
	bool draws;     /* from the distribution */
	bool interruptible;
	struct distribution distribution;
	struct token_bucket bytes, operations; /* rate 0: no limit */
};

/* Makes a delay; reads the histogram. Returns 0; -EINVAL, -ENOMEM or -errno of the file with `why`
 * (`size` bytes). Release with delay_release(), also on error. */
int delay_make(struct delay *delay, const struct delay_spec *spec, char *why, size_t size);
void delay_release(struct delay *delay);

/* The delay for a random number, ns, without that of the limits. */
uint64_t delay_draw(const struct delay *delay, uint64_t random);

/* Takes the tokens for a request of `length` bytes on a file. now: CLOCK_MONOTONIC, ns. Returns the
 * delay by the limits, ns. */
uint64_t delay_throttle(struct delay *delay, uint64_t device, uint64_t inode, uint64_t length,
			uint64_t now);

/* Parse functions like those of rule_spec.h, for `dist`, `device` and `scope`. */
int delay_parse_kind(const char *text, void *kind, char *why, size_t size);
int delay_parse_device(const char *text, void *device, char *why, size_t size);
int delay_parse_scope(const char *text, void *per_file, char *why, size_t size);

#endif
