/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a request is made to wait: a distribution, a histogram from a file, limits of bandwidth
 * and of operations per second (token buckets, for each file or for the whole mount), or a device
 * profile, which is all of these by one name.
 */
#ifndef INJECTOR_RULES_DELAY_H
#define INJECTOR_RULES_DELAY_H

#include "injector/rules/distribution.h"
#include "injector/rules/token_bucket.h"

struct delay_device;

/* As it is written. */
struct delay_spec {
	uint64_t fixed; /* ns; 0: none */
	struct distribution_spec distribution;
	char *histogram;                   /* path, or NULL */
	const struct delay_device *device; /* or NULL */
	uint64_t rate;                     /* bytes a second; 0: no limit */
	uint64_t burst;                    /* bytes that go at once after a rest */
	uint64_t iops;                     /* 0: no limit */
	bool per_file;                     /* each file has limits of its own */
	bool interruptible;                /* any signal to the caller ends it */
};

/* A row: what a device is like. */
struct delay_device {
	const char *name;
	const char *distribution;
	uint64_t median, p99; /* ns */
	uint64_t rate;        /* bytes a second */
	uint64_t iops;
};

/* Ended by a row without a name. */
extern const struct delay_device delay_devices[];
const struct delay_device *delay_device_find(const char *name);

struct delay {
	uint64_t fixed;
	bool draws;
	bool interruptible;
	struct distribution distribution;
	struct token_bucket bytes, operations; /* rate 0: none */
};

/* Returns 0; -EINVAL, -ENOMEM or -errno with `why`. Release with delay_release() also on error. */
int delay_make(struct delay *delay, const struct delay_spec *spec, char *why, size_t size);
void delay_release(struct delay *delay);

/* What is drawn for a random number, ns: the part that does not depend on time. */
uint64_t delay_draw(const struct delay *delay, uint64_t random);

/* What the limits add, ns, for a request of `length` bytes on a file at a time; takes the tokens.
 */
uint64_t delay_throttle(struct delay *delay, uint64_t device, uint64_t inode, uint64_t length,
			uint64_t now);

/* Parse functions as those of rule_spec.h: of `dist`, `device` and `scope`. */
int delay_parse_kind(const char *text, void *kind, char *why, size_t size);
int delay_parse_device(const char *text, void *device, char *why, size_t size);
int delay_parse_scope(const char *text, void *per_file, char *why, size_t size);

#endif
