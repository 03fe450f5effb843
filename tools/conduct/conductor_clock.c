/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "tools/conduct/conductor_parts.h"

#include <time.h>

/* A guest whose processors wait for a held one uses no processor time, so 1/REAL_PART of real time
 * counts as well. It is so little that a hold does not expire early on a host that gives the guest
 * only a twentieth of a processor. */
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
