/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the cgroup and the zram swap with which a run limits memory. */
#include "injector/base/report.h"
#include "injector/memory/cgroup.h"
#include "injector/memory/zram.h"
#include "tools/run/run_parts.h"
#include "tools/verdict/result.h"

#include <errno.h>
#include <string.h>

bool run_storm_needs(const struct scenario *scenario, enum storm_need need)
{
	return scenario->has_storm && scenario->storm.op->needs == need;
}

bool run_wants_cgroup(const struct scenario *scenario)
{
	return scenario->cgroup.given || run_storm_needs(scenario, STORM_NEEDS_CGROUP);
}

/* Reports something that this machine does not allow: a missing precondition, not an error of the
 * run. */
static int refused(struct run *run, int error, const char *name, const char *what)
{
	run_went_wrong(run, "%s: %s: %s", name, what, strerror(-error));
	report(0, "%s", run->result->error);
	return -EPERM;
}

static int give_memory(struct run *run, const char *root)
{
	int r;

	if (cgroup_has_memory(root))
		return 0;
	r = workplace_made(&run->workplace, "memory-controller", root);
	if (r)
		return r;
	r = cgroup_give_memory(root);
	return r ? refused(run, r, run->cgroup, "the memory controller cannot be given to it") : 0;
}

int run_make_cgroup(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	char root[sizeof(run->cgroup) - 64], why[256];
	int r;

	if (!run_wants_cgroup(scenario))
		return 0;
	if (!cgroup_find(root, sizeof(root), why, sizeof(why)))
		return report(-ENOENT, "%s", why);
	/* The name of the workplace is unique. */
	snprintf(run->cgroup, sizeof(run->cgroup), "%s/" CGROUP_PREFIX "%s", root,
		 strrchr(run->workplace.path, '/') + 1);
	r = workplace_plan(&run->workplace, "cgroup", run->cgroup);
	if (!r)
		r = give_memory(run, root);
	if (r)
		return r;
	r = cgroup_make(run->cgroup);
	if (!r && workplace_made(&run->workplace, "cgroup", run->cgroup))
		return -EIO;
	if (!r && scenario->cgroup.memory_max)
		r = cgroup_limit(run->cgroup, scenario->cgroup.memory_max);
	if (r)
		return refused(run, r, run->cgroup, "making it");
	run->reclaim = cgroup_open_reclaim(run->cgroup);
	if (run->reclaim < 0 && run_storm_needs(scenario, STORM_NEEDS_CGROUP))
		return refused(run, run->reclaim, run->cgroup,
			       "memory.reclaim, which kernels from 5.19 on have");
	return 0;
}

int run_enter_cgroup(const struct run *run)
{
	int r = *run->cgroup ? cgroup_enter(run->cgroup) : 0;

	return r ? report(r, "%s: entering it", run->cgroup) : 0;
}

int run_make_zram(struct run *run)
{
	const struct scenario *scenario = run->scenario;
	char device[32];
	int r;

	if (!scenario->zram.given)
		return 0;
	r = zram_make(device, sizeof(device));
	if (r)
		return refused(run, r, "zram", "making a device");
	/* Recorded afterwards, since the kernel chooses the name. */
	r = workplace_made(&run->workplace, "zram", device);
	if (r)
		return r;
	r = zram_swap(device, scenario->zram.size, run->workplace.token);
	return r ? refused(run, r, device, "swapping there") : 0;
}
