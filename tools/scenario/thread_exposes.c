/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/thread_exposes.h"
#include "injector/base/page_size.h"
#include "injector/storm/aim.h"
#include "tools/threads/threads.h"

#include <string.h>

/* Called for each step; false stops the visit. */
typedef bool each_step(void *context, const struct thread_step *step);

static void visit_steps(const struct scenario *scenario, each_step *visit, void *context)
{
	const struct thread_script *scripts = scenario->threads.items;

	for (size_t i = 0; i < scenario->threads.count; i++) {
		const struct thread_step *steps = scripts[i].steps.items;

		for (size_t j = 0; j < scripts[i].steps.count; j++)
			if (!visit(context, &steps[j]))
				return;
	}
}

static const struct scenario_file *file_of(const struct scenario *scenario,
					   const struct thread_step *step)
{
	const struct scenario_file *files = scenario->files.items;

	for (size_t i = 0; step->file && i < scenario->files.count; i++)
		if (!strcmp(files[i].name, step->file))
			return &files[i];
	return files;
}

struct search {
	const struct scenario *scenario;
	const struct kernel_version *kernel;
	bool holes; /* a step punches a hole */
	bool exposed;
	/* About the current hole. */
	const struct scenario_file *file;
	uint64_t folio;      /* bytes from the start of the file */
	const bool *exposes; /* pages of the folio */
};

static bool is_read_exposed(void *context, const struct thread_step *step)
{
	struct search *search = context;
	uint64_t begin = step->page * STAMP_PAGE_SIZE + step->offset;
	uint64_t end = step->length ? begin + step->length : search->file->size;

	if (step->op->effect != THREAD_JUDGES || file_of(search->scenario, step) != search->file)
		return true;
	for (uint64_t page = 0; page < search->file->folio / page_size(); page++) {
		uint64_t at = search->folio + page * page_size();

		if (search->exposes[page] && at < end && at + page_size() > begin)
			search->exposed = true;
	}
	return !search->exposed;
}

static bool does_hole_expose(void *context, const struct thread_step *step)
{
	struct search *search = context;
	const uint64_t page = page_size();
	uint64_t begin = step->page * STAMP_PAGE_SIZE + step->offset;
	bool exposes[AIM_PAGES_MAX];
	struct aim_punch punch;

	if (step->op->effect != THREAD_ZEROS)
		return true;
	search->holes = true;
	search->file = file_of(search->scenario, step);
	search->folio = begin / search->file->folio * search->file->folio;
	search->exposes = exposes;
	search->exposed = true;
	if (!step->length || (begin | step->length) % page ||
	    begin + step->length > search->folio + search->file->folio)
		return false;
	punch = (struct aim_punch){
		.order = (unsigned int)__builtin_ctzll(search->file->folio / page),
		.first = (unsigned int)((begin - search->folio) / page),
		.count = (unsigned int)(step->length / page),
	};
	if (aim_exposed(aim_shape_of(search->kernel), &punch, exposes) < 0)
		return false;
	search->exposed = false;
	visit_steps(search->scenario, is_read_exposed, search);
	return !search->exposed;
}

bool scenario_threads_expose(const struct scenario *scenario, const struct kernel_version *kernel)
{
	struct search search = { .scenario = scenario, .kernel = kernel };

	visit_steps(scenario, does_hole_expose, &search);
	return !search.holes || search.exposed;
}
