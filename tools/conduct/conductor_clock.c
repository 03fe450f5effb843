/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "tools/conduct/conductor_parts.h"

#include <time.h>

/* A guest that waits for who is held uses no processor, so a little of real time counts as well:
 * not so much that a host which gives a guest a twentieth of a processor would end a hold by it. */
enum { REAL_PART = 32 };

uint64_t conductor_clock(const struct conductor *c)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(c->config.qemu, &clock) || clock_gettime(clock, &time))
		return units_now();
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec +
	       units_now() / REAL_PART;
}

uint64_t conductor_time(const struct conductor *c)
{
	return c->stopped_at - c->stood + c->clock_offset;
}
