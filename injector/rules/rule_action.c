/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules do: a row of action_kinds[] for each. */
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"
#include "injector/storm/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

const char action_short[] = "short", action_corrupt[] = "corrupt", action_misplace[] = "misplace",
	   action_lose[] = "lose";

static int make_hold(struct action *action, const struct rule_do *from, const struct rule *rule,
		     const struct rules *rules, char *why, size_t size)
{
	(void)rules;
	if (!from->hold.given)
		return 0;
	if (from->hold.count == 1) {
		snprintf(why, size,
			 "a hold for one request lets it go at once; allowed: count from 2, or 0 "
			 "for none");
		return -EINVAL;
	}
	snprintf(action->hold.name, sizeof(action->hold.name), "%s",
		 from->hold.name ? from->hold.name : rule->name);
	action->hold.terms = (struct hold_terms){
		.count = from->hold.count,
		.timeout = from->hold.timeout,
		.skew = from->hold.skew,
		.reversed = from->hold.reversed,
	};
	return 1;
}

static enum action_step apply_hold(struct plan *plan, struct firing *firing,
				   const struct hook_request *request, uint64_t *delay_ns)
{
	(void)request;
	*delay_ns = hold_enter(&plan->rules->holds, firing->action->hold.name,
			       &firing->action->hold.terms, &plan->hold);
	return STEP_HELD;
}

static int copy(struct action *action, const char *text, char *why, size_t size)
{
	if (!text)
		return 0;
	action->text = strdup(text);
	return action->text ? 1 : (snprintf(why, size, "out of memory"), -ENOMEM);
}

static void release_text(struct action *action)
{
	free(action->text);
}

static int make_release(struct action *action, const struct rule_do *from, const struct rule *rule,
			const struct rules *rules, char *why, size_t size)
{
	(void)rule;
	(void)rules;
	return copy(action, from->release, why, size);
}

static enum action_step apply_release(struct plan *plan, struct firing *firing,
				      const struct hook_request *request, uint64_t *delay_ns)
{
	long released = hold_release(&plan->rules->holds, firing->action->text, 0);

	(void)request;
	(void)delay_ns;
	firing->drawn = released > 0 ? (uint64_t)released : 0;
	return STEP_ON;
}

static int make_delay(struct action *action, const struct rule_do *from, const struct rule *rule,
		      const struct rules *rules, char *why, size_t size)
{
	int r;

	(void)rule;
	(void)rules;
	if (!from->delay.given)
		return 0;
	r = delay_make(&action->delay, &from->delay.spec, why, size);
	return r ? r : 1;
}

static void release_delay(struct action *action)
{
	delay_release(&action->delay);
}

static uint64_t draw_delay(const struct action *action, uint64_t random)
{
	return delay_draw(&action->delay, random);
}

static enum action_step apply_delay(struct plan *plan, struct firing *firing,
				    const struct hook_request *request, uint64_t *delay_ns)
{
	(void)plan;
	*delay_ns = firing->drawn + delay_throttle(&firing->action->delay, request->inode,
						   request->length, firing->began);
	return STEP_WAIT;
}

static int make_error(struct action *action, const struct rule_do *from, const struct rule *rule,
		      const struct rules *rules, char *why, size_t size)
{
	const struct rule_error *errors = from->error.errors.items;

	(void)rule;
	(void)rules;
	if (!from->error.given)
		return 0;
	if (!from->error.errors.count || from->error.errors.count > RULE_ERRORS_MAX) {
		snprintf(why, size, "%zu errnos; allowed: 1 to %d", from->error.errors.count,
			 RULE_ERRORS_MAX);
		return -EINVAL;
	}
	action->error.count = from->error.errors.count;
	for (size_t i = 0; i < action->error.count; i++) {
		action->error.list[i] = errors[i];
		action->error.weights += errors[i].weight;
	}
	action->error.recover_count = from->error.recover_count;
	action->error.recover_time = from->error.recover_time;
	return 1;
}

static uint64_t draw_error(const struct action *action, uint64_t random)
{
	uint64_t place = random % action->error.weights;
	size_t i = 0;

	while (place >= action->error.list[i].weight)
		place -= action->error.list[i++].weight;
	return (uint64_t)action->error.list[i].number;
}

static enum action_step apply_error(struct plan *plan, struct firing *firing,
				    const struct hook_request *request, uint64_t *delay_ns)
{
	struct action *action = firing->action;
	uint64_t none = 0;

	(void)plan;
	(void)request;
	(void)delay_ns;
	/* What has recovered does nothing any more, and says nothing. */
	firing->told = true;
	if (action->error.recover_time) {
		atomic_compare_exchange_strong(&action->error.first, &none, firing->began);
		if (firing->began - atomic_load(&action->error.first) >= action->error.recover_time)
			return STEP_ON;
	}
	if (atomic_fetch_add(&action->error.failed, 1) >= action->error.recover_count &&
	    action->error.recover_count)
		return STEP_ON;
	firing->told = false;
	firing->error = (int)firing->drawn;
	return STEP_FAIL;
}

static int make_short(struct action *action, const struct rule_do *from, const struct rule *rule,
		      const struct rules *rules, char *why, size_t size)
{
	(void)rule;
	(void)rules;
	(void)why;
	(void)size;
	action->cut = from->shorten.cut;
	return from->shorten.given;
}

static int make_corrupt(struct action *action, const struct rule_do *from, const struct rule *rule,
			const struct rules *rules, char *why, size_t size)
{
	(void)rule;
	(void)rules;
	(void)why;
	(void)size;
	action->corruption = from->corrupt.what;
	return from->corrupt.given;
}

static int make_misplace(struct action *action, const struct rule_do *from, const struct rule *rule,
			 const struct rules *rules, char *why, size_t size)
{
	uint64_t folio = from->misplace.folio;

	(void)rule;
	if (!from->misplace.given)
		return 0;
	if (rules->config.no_data || folio & (folio - 1)) {
		snprintf(why, size,
			 rules->config.no_data
				 ? "misplace can never match: reads do not come to a layer of the "
				   "data path passthrough; allowed: mixed, daemon"
				 : "misplace.folio is not a power of two; allowed: 8K to 2M");
		return -EINVAL;
	}
	action->misplace.folio = folio;
	action->misplace.window = from->misplace.window;
	action->misplace.shape = from->misplace.shape ? (enum aim_shape)from->misplace.shape
						      : aim_shape_of(&rules->config.kernel);
	return 1;
}

static enum action_step apply_misplace(struct plan *plan, struct firing *firing,
				       const struct hook_request *request, uint64_t *delay_ns)
{
	const struct action *action = firing->action;
	int64_t exposed;

	(void)delay_ns;
	if (!(request->mode & FALLOC_FL_PUNCH_HOLE) || !request->lookups) {
		firing->told = true;
		return STEP_ON;
	}
	exposed = misplace_open(&plan->rules->misplace, request, action->misplace.folio,
				action->misplace.shape, firing->began + action->misplace.window);
	firing->drawn = exposed > 0 ? (uint64_t)exposed : 0;
	firing->error = exposed < 0 ? (int)-exposed : 0;
	return STEP_ON;
}

static int make_lose(struct action *action, const struct rule_do *from, const struct rule *rule,
		     const struct rules *rules, char *why, size_t size)
{
	(void)action;
	(void)rule;
	(void)rules;
	(void)why;
	(void)size;
	return from->lose;
}

static int make_punch(struct action *action, const struct rule_do *from, const struct rule *rule,
		      const struct rules *rules, char *why, size_t size)
{
	uint64_t folio = from->punch.folio;
	int page;

	(void)rule;
	if (!from->punch.given)
		return 0;
	action->punch.folio = folio;
	action->punch.length = from->punch.length;
	action->punch.aim = from->punch.aim;
	if (folio & (folio - 1)) {
		snprintf(why, size, "punch.folio is not a power of two; allowed: 8K to 2M");
		return -EINVAL;
	}
	page = aim_plan(&from->punch.aim, &rules->config.kernel, target_order(folio),
			target_pages(from->punch.length), 0);
	if (page >= 0)
		return 1;
	snprintf(why, size,
		 "punch.aim: a punch of that length cannot be aimed in a folio of %ju pages; "
		 "allowed: a page number, random, or larger folios",
		 (uintmax_t)(folio / TARGET_PAGE_SIZE));
	return -EINVAL;
}

/* In the folio that the request begins in, in the file beneath. */
static enum action_step apply_punch(struct plan *plan, struct firing *firing,
				    const struct hook_request *request, uint64_t *delay_ns)
{
	const struct action *action = firing->action;
	uint64_t first = request->offset / action->punch.folio * action->punch.folio;
	_cleanup_close_ int fd = -1;
	int page = aim_plan(&action->punch.aim, &plan->rules->config.kernel,
			    target_order(action->punch.folio), target_pages(action->punch.length),
			    firing->random);

	(void)delay_ns;
	if (page < 0 || !request->lookups) {
		firing->error = page < 0 ? -page : EOPNOTSUPP;
		return STEP_ON;
	}
	first += (uint64_t)page * TARGET_PAGE_SIZE;
	firing->drawn = first / TARGET_PAGE_SIZE;
	fd = request->lookups->open(request, O_RDWR);
	if (fd < 0)
		firing->error = -fd;
	else if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)first,
			   (off_t)action->punch.length))
		firing->error = errno;
	return STEP_ON;
}

static int make_signal(struct action *action, const struct rule_do *from, const struct rule *rule,
		       const struct rules *rules, char *why, size_t size)
{
	(void)rule;
	(void)rules;
	(void)why;
	(void)size;
	action->signal = from->signal;
	return from->signal != 0;
}

/* To who asked; the kernel itself (readahead, writeback) cannot be signalled. */
static enum action_step apply_signal(struct plan *plan, struct firing *firing,
				     const struct hook_request *request, uint64_t *delay_ns)
{
	(void)plan;
	(void)delay_ns;
	firing->drawn = (uint64_t)firing->action->signal;
	if (!request->pid)
		firing->error = ESRCH;
	else if (kill((pid_t)request->pid, firing->action->signal))
		firing->error = errno;
	return STEP_ON;
}

static int make_run(struct action *action, const struct rule_do *from, const struct rule *rule,
		    const struct rules *rules, char *why, size_t size)
{
	(void)rule;
	(void)rules;
	return copy(action, from->run, why, size);
}

/*
 * The program is not waited for, so that one that uses the mount does not wait for itself: the shell
 * that starts it ends at once, and is waited for.
 */
static enum action_step apply_run(struct plan *plan, struct firing *firing,
				  const struct hook_request *request, uint64_t *delay_ns)
{
	_cleanup_free_ char *path = NULL, *place = NULL, *pid = NULL;
	char *const arguments[] = { (char *)"sh",
				    (char *)"-c",
				    (char *)"exec >/dev/null 2>&1 </dev/null; sh -c \"$1\" &",
				    (char *)"sh",
				    firing->action->text,
				    NULL };
	char search[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	sigset_t none;
	posix_spawnattr_t attributes;

	(void)delay_ns;
	if (asprintf(&path, "FOLIOSTORM_PATH=%s", plan->path) < 0 ||
	    asprintf(&place, "FOLIOSTORM_OFFSET=%ju", (uintmax_t)request->offset) < 0 ||
	    asprintf(&pid, "FOLIOSTORM_PID=%u", request->pid) < 0) {
		firing->error = ENOMEM;
		return STEP_ON;
	}
	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	pid_t child;
	char *const environment[] = { search, path, place, pid, NULL };

	firing->error = posix_spawn(&child, "/bin/sh", NULL, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	while (!firing->error && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return STEP_ON;
}

static int make_log(struct action *action, const struct rule_do *from, const struct rule *rule,
		    const struct rules *rules, char *why, size_t size)
{
	(void)action;
	(void)rule;
	(void)rules;
	(void)why;
	(void)size;
	return from->log;
}

static enum action_step apply_log(struct plan *plan, struct firing *firing,
				  const struct hook_request *request, uint64_t *delay_ns)
{
	(void)plan;
	(void)firing;
	(void)request;
	(void)delay_ns;
	return STEP_ON;
}

const struct action_kind action_kinds[] = {
	{ .name = "hold", .make = make_hold, .apply = apply_hold },
	{ .name = "release",
	  .make = make_release,
	  .release = release_text,
	  .apply = apply_release },
	{ .name = "delay",
	  .make = make_delay,
	  .release = release_delay,
	  .draw = draw_delay,
	  .apply = apply_delay },
	{ .name = "signal", .make = make_signal, .apply = apply_signal },
	{ .name = "run", .make = make_run, .release = release_text, .apply = apply_run },
	{ .name = "punch",
	  .make = make_punch,
	  .apply = apply_punch,
	  .operations = HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE) | HOOK_BIT(FUSE_FALLOCATE) |
			HOOK_BIT(FUSE_OPEN) | HOOK_BIT(FUSE_FSYNC) | HOOK_BIT(FUSE_LSEEK) },
	{ .name = action_misplace,
	  .make = make_misplace,
	  .apply = apply_misplace,
	  .before_only = true,
	  .operations = HOOK_BIT(FUSE_FALLOCATE) },
	{ .name = action_lose,
	  .make = make_lose,
	  .data = true,
	  .before_only = true,
	  .operations = HOOK_BIT(FUSE_WRITE) },
	{ .name = action_short,
	  .make = make_short,
	  .data = true,
	  .before_only = true,
	  .operations = HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE) },
	{ .name = action_corrupt,
	  .make = make_corrupt,
	  .data = true,
	  .before_only = true,
	  .operations = HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE) },
	{ .name = "error",
	  .make = make_error,
	  .draw = draw_error,
	  .apply = apply_error,
	  .fails = true },
	{ .name = "log", .make = make_log, .apply = apply_log },
	{ .name = NULL },
};
