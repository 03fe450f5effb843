/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/delay.h"
#include "injector/base/append_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)
#define MB UINT64_C(1000000)

/* Rounded figures of typical devices under a light random load: the tails are the devices' own, not
 * those of a full queue. */
const struct delay_device delay_devices[] = {
	{ "hdd", "lognormal", 8 * MS, 25 * MS, 160 * MB, 0 },
	{ "hdd-archive", "lognormal", 12 * MS, 120 * MS, 90 * MB, 0 },
	{ "ssd-sata", "lognormal", 90 * US, 400 * US, 520 * MB, 90000 },
	{ "ssd-nvme", "lognormal", 20 * US, 90 * US, 3000 * MB, 500000 },
	{ "cloud-disk", "lognormal", 700 * US, 6 * MS, 125 * MB, 3000 },
	{ "network-lan", "gamma", 250 * US, 1500 * US, 110 * MB, 0 },
	{ "network-wan", "gamma", 30 * MS, 90 * MS, 10 * MB, 0 },
	{ .name = NULL },
};

const struct delay_device *delay_device_find(const char *name)
{
	for (const struct delay_device *device = delay_devices; device->name; device++)
		if (!strcmp(device->name, name))
			return device;
	return NULL;
}

static bool has_distribution(const struct distribution_spec *spec)
{
	return spec->kind || spec->mean || spec->stddev || spec->median || spec->p90 || spec->p95 ||
	       spec->p99 || spec->p999 || spec->min || spec->max;
}

/* Fills in from the device the values that the spec does not set. */
static void take_device(struct delay_spec *spec)
{
	const struct delay_device *device = spec->device;

	if (!spec->fixed && !spec->histogram && !has_distribution(&spec->distribution))
		spec->distribution = (struct distribution_spec){
			.kind = distribution_kind_find(device->distribution),
			.median = device->median,
			.p99 = device->p99,
		};
	if (!spec->rate)
		spec->rate = device->rate;
	if (!spec->iops)
		spec->iops = device->iops;
}

static int check(const struct delay_spec *spec, char *why, size_t size)
{
	bool distribution = has_distribution(&spec->distribution);

	if (!!spec->fixed + !!spec->histogram + distribution > 1)
		snprintf(why, size,
			 "more than one of fixed, dist and histogram; allowed: one of them");
	else if (distribution && !spec->distribution.kind)
		snprintf(why, size, "percentiles of what? give dist");
	else if (spec->burst && !spec->rate)
		snprintf(why, size, "burst without rate does nothing; give rate");
	else if (!spec->fixed && !spec->histogram && !distribution && !spec->rate && !spec->iops)
		snprintf(why, size,
			 "it delays nothing; give fixed, dist, histogram, device, rate or iops");
	else
		return 0;
	return -EINVAL;
}

int delay_make(struct delay *delay, const struct delay_spec *spec, char *why, size_t size)
{
	struct delay_spec whole = *spec;
	int r;

	memset(delay, 0, sizeof(*delay));
	if (whole.device)
		take_device(&whole);
	r = check(&whole, why, size);
	if (r)
		return r;
	delay->fixed = whole.fixed;
	delay->interruptible = whole.interruptible;
	delay->draws = whole.histogram || whole.distribution.kind;
	if (whole.histogram)
		r = distribution_read(&delay->distribution, whole.histogram, why, size);
	else if (delay->draws)
		r = distribution_make(&delay->distribution, &whole.distribution, why, size);
	token_bucket_init(&delay->bytes, whole.rate, whole.burst, whole.per_file);
	token_bucket_init(&delay->operations, whole.iops, 0, whole.per_file);
	return r;
}

void delay_release(struct delay *delay)
{
	if (delay->draws)
		distribution_release(&delay->distribution);
	token_bucket_destroy(&delay->bytes);
	token_bucket_destroy(&delay->operations);
}

uint64_t delay_draw(const struct delay *delay, uint64_t random)
{
	return delay->draws ? distribution_draw(&delay->distribution, random) : delay->fixed;
}

uint64_t delay_throttle(struct delay *delay, uint64_t device, uint64_t inode, uint64_t length,
			uint64_t now)
{
	uint64_t bytes = token_bucket_take(&delay->bytes, device, inode, length, now);
	uint64_t operations = token_bucket_take(&delay->operations, device, inode, 1, now);

	return bytes > operations ? bytes : operations;
}

/* names: ended by NULL. */
static int refuse(const char *text, const char *const *names, char *why, size_t size)
{
	size_t used = append_text(why, size, 0, "\"%s\" is unknown; allowed:", text);

	for (const char *const *name = names; *name; name++)
		used = append_text(why, size, used, "%s %s", name == names ? "" : ",", *name);
	return -EINVAL;
}

int delay_parse_kind(const char *text, void *field, char *why, size_t size)
{
	const struct distribution_kind *kind = distribution_kind_find(text);
	const char *names[16] = { NULL };

	for (size_t i = 0; distribution_kinds[i].name && i < 15; i++)
		names[i] = distribution_kinds[i].name;
	*(const struct distribution_kind **)field = kind;
	return kind ? 0 : refuse(text, names, why, size);
}

int delay_parse_device(const char *text, void *field, char *why, size_t size)
{
	const struct delay_device *device = delay_device_find(text);
	const char *names[16] = { NULL };

	for (size_t i = 0; delay_devices[i].name && i < 15; i++)
		names[i] = delay_devices[i].name;
	*(const struct delay_device **)field = device;
	return device ? 0 : refuse(text, names, why, size);
}

int delay_parse_scope(const char *text, void *field, char *why, size_t size)
{
	*(bool *)field = !strcmp(text, "file");
	if (!strcmp(text, "file") || !strcmp(text, "mount"))
		return 0;
	snprintf(why, size, "\"%s\" is unknown; allowed: file, mount", text);
	return -EINVAL;
}
