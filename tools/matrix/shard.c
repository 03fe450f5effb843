/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/matrix/shard.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "tools/base/number.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Variables that job schedulers set in each process of a job. */
static const struct scheduler {
	const char *name, *index, *count;
	const char *first, *step; /* of the first index; of the distance; NULL: `base`, 1 */
	uint64_t base;
} schedulers[] = {
	/* Our own variables, for schedulers that set none, or only one of them. */
	{ "your own", "FOLIOSTORM_SHARD", "FOLIOSTORM_SHARDS", NULL, NULL, 1 },
	{ "Slurm's job arrays", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
	  "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", 0 },
	{ "Kubernetes' indexed jobs", "JOB_COMPLETION_INDEX", "FOLIOSTORM_SHARDS", NULL, NULL, 0 },
	{ "GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", NULL, NULL, 1 },
	{ "Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", NULL, NULL, 0 },
	{ "CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", NULL, NULL, 0 },
};

static int set(struct shard *shard, uint64_t number, uint64_t count)
{
	if (!number || number > count)
		return -EINVAL;
	*shard = (struct shard){ (unsigned int)number, (unsigned int)count };
	return 0;
}

static int take(struct shard *shard, const struct scheduler *from,
		char *(*environment)(const char *), char *why, size_t size)
{
	const char *index = environment(from->index), *total = environment(from->count);
	const char *lowest = from->first ? environment(from->first) : NULL;
	const char *between = from->step ? environment(from->step) : NULL;
	uint64_t at, count, first = from->base, step = 1;

	if (!total || number_parse(total, 1, SHARDS_MAX, &count) ||
	    number_parse(index, 0, UINT32_MAX, &at) ||
	    (lowest && number_parse(lowest, 0, UINT32_MAX, &first)) ||
	    (between && number_parse(between, 1, UINT32_MAX, &step)) || at < first ||
	    (at - first) % step || set(shard, (at - first) / step + 1, count)) {
		snprintf(why, size,
			 "of %s: %s=%s of %s=%s%s%s%s%s; wanted is an index of a count "
			 "up to %d",
			 from->name, from->index, index, from->count, total ?: "",
			 lowest ? ", " : "", lowest ? from->first : "", lowest ? "=" : "",
			 lowest ?: "", SHARDS_MAX);
		return -EINVAL;
	}
	return 0;
}

static int from_environment(struct shard *shard, char *(*environment)(const char *), char *why,
			    size_t size)
{
	size_t used;

	for (size_t i = 0; i < ARRAY_SIZE(schedulers); i++)
		if (environment(schedulers[i].index))
			return take(shard, &schedulers[i], environment, why, size);
	used = append_text(why, size, 0, "no scheduler has set");
	for (size_t i = 0; i < ARRAY_SIZE(schedulers); i++)
		used = append_text(why, size, used, "%s %s and %s", i ? "," : "",
				   schedulers[i].index, schedulers[i].count);
	append_text(why, size, used, "; give I/N");
	return -EINVAL;
}

int shard_parse(struct shard *shard, const char *text, char *(*environment)(const char *name),
		char *why, size_t size)
{
	const char *slash = strchr(text, '/');
	uint64_t number, count;
	char first[16];

	if (!strcmp(text, "auto"))
		return from_environment(shard, environment, why, size);
	if (slash && (size_t)(slash - text) < sizeof(first)) {
		memcpy(first, text, (size_t)(slash - text));
		first[slash - text] = '\0';
		if (!number_parse(first, 1, SHARDS_MAX, &number) &&
		    !number_parse(slash + 1, 1, SHARDS_MAX, &count) && !set(shard, number, count))
			return 0;
	}
	snprintf(why, size, "allowed: auto, or I/N with I from 1 to N, N up to %d", SHARDS_MAX);
	return -EINVAL;
}
