/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_worktree.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/open_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add_worktree(const struct bisect_worktree *worktree)
{
	/* A registered worktree whose directory is missing would block a new one. */
	BISECT_GIT(worktree->tree, true, NULL, "worktree", "prune");
	if (BISECT_GIT(worktree->tree, false, NULL, "worktree", "add", "--quiet", "--detach",
		       worktree->path, "HEAD"))
		return report(0, "--tree %s: the worktree %s cannot be made", worktree->tree,
			      worktree->path),
		       -EIO;
	return 0;
}

int bisect_worktree_open(struct bisect_worktree *worktree, const char *tree, const char *out)
{
	char top[PATH_MAX], path[PATH_MAX + 8];
	int r;

	worktree->tree = tree;
	if (!realpath(out, top))
		return report(-errno, "%s", out);
	if (strlen(top) >= sizeof(worktree->top))
		return report(-ENAMETOOLONG, "%s", top);
	snprintf(worktree->top, sizeof(worktree->top), "%s", top);
	snprintf(worktree->path, sizeof(worktree->path), "%s/tree", worktree->top);
	snprintf(worktree->images, sizeof(worktree->images), "%s/images/%.8s", worktree->top,
		 worktree->identity);
	r = make_output_path(worktree->images);
	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/.git", worktree->path);
	if (access(path, F_OK))
		return add_worktree(worktree);
	/* Resets what an interrupted bisection left: a bisection, a revert, changed files. */
	BISECT_GIT(worktree->path, true, NULL, "bisect", "reset");
	BISECT_GIT(worktree->path, true, NULL, "revert", "--quit");
	if (BISECT_GIT(worktree->path, false, NULL, "checkout", "--quiet", "--force", "--detach"))
		return report(0, "%s is not a worktree of %s; remove it", worktree->path, tree),
		       -EINVAL;
	return 0;
}

void bisect_worktree_close(struct bisect_worktree *worktree)
{
	BISECT_GIT(worktree->tree, false, NULL, "worktree", "remove", "--force", worktree->path);
}

/* The value of "EXTRAVERSION = -rc3", or a number, in a Makefile. */
static void variable_of(const char *makefile, const char *name, char *value, size_t size)
{
	const size_t length = strlen(name);

	*value = '\0';
	for (const char *line = makefile; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && strspn(line + length, " =")) {
			line += length + strspn(line + length, " =");
			snprintf(value, size, "%.*s", (int)strcspn(line, " \n"), line);
			return;
		}
	}
}

int bisect_worktree_kernel(const struct bisect_worktree *worktree, const char *sha,
			   struct bisect_kernel *kernel)
{
	_cleanup_free_ char *makefile = NULL;
	char file[BISECT_SHA + 16], release[96], major[16], minor[16], patch[16], extra[32];

	snprintf(file, sizeof(file), "%s:Makefile", sha);
	if (BISECT_GIT(worktree->path, true, &makefile, "show", file))
		return report(0, "%s has no Makefile: it is not a kernel's", sha);
	variable_of(makefile, "VERSION", major, sizeof(major));
	variable_of(makefile, "PATCHLEVEL", minor, sizeof(minor));
	variable_of(makefile, "SUBLEVEL", patch, sizeof(patch));
	variable_of(makefile, "EXTRAVERSION", extra, sizeof(extra));
	snprintf(release, sizeof(release), "%s.%s.%s%s", major, minor, patch, extra);
	if (kernel_parse(release, &kernel->version))
		return report(0, "%s: its Makefile has no version of a kernel", sha);
	snprintf(kernel->name, sizeof(kernel->name), "%.12s", sha);
	snprintf(kernel->text, sizeof(kernel->text), "%s/%.12s", worktree->images, sha);
	return 0;
}

static int check_out(const struct bisect_worktree *worktree, const char *commit)
{
	if (!BISECT_GIT(worktree->path, false, NULL, "checkout", "--quiet", "--force", "--detach",
			commit))
		return 0;
	return report(0, "%s cannot be checked out", commit), -EIO;
}

int bisect_worktree_run(void *context, const struct bisect_kernel *kernel,
			const struct bisect_attempt *attempt, json_t **result)
{
	const struct bisect_worktree *worktree = context;
	const struct bisect_builder *builder = &worktree->builder;
	char why[512] = "", reason[576];
	int r = 0;

	*result = NULL;
	if (access(kernel->text, F_OK)) {
		r = check_out(worktree, kernel->name);
		if (!r)
			r = builder->build(builder->context, worktree->path, kernel->text, why,
					   sizeof(why));
	}
	if (r < 0)
		return r;
	if (!r)
		return worktree->runner.run(worktree->runner.context, kernel, attempt, result);
	snprintf(reason, sizeof(reason), "it does not build: %s", why);
	*result = json_pack("{s:s, s:s, s:b}", "verdict", "ERROR", "reason", reason, "skip", 1);
	return *result ? 0 : report(-ENOMEM, "the bisection");
}

/* With a fixed author, and the date of the culprit, so that the commit is the same each time. */
static int commit_revert(const struct bisect_worktree *worktree, const char *culprit)
{
	_cleanup_free_ char *date = NULL;
	char stamp[32];

	if (BISECT_GIT(worktree->path, false, &date, "show", "--no-patch", "--format=%ct", culprit))
		return -EIO;
	snprintf(stamp, sizeof(stamp), "@%.*s +0000", (int)strcspn(date, "\n"), date);
	setenv("GIT_AUTHOR_DATE", stamp, 1);
	setenv("GIT_COMMITTER_DATE", stamp, 1);
	return BISECT_GIT(worktree->path, false, NULL, "-c", "user.name=foliostorm", "-c",
			  "user.email=foliostorm", "-c", "commit.gpgSign=false", "commit",
			  "--quiet", "--no-verify", "--allow-empty", "-m", "Revert the culprit")
		       ? -EIO
		       : 0;
}

int bisect_worktree_revert(const struct bisect_worktree *worktree, const char *culprit,
			   const char *base, char sha[BISECT_SHA])
{
	char second[BISECT_SHA + 8];
	bool is_merge;
	int r = check_out(worktree, base);

	if (r)
		return r;
	snprintf(second, sizeof(second), "%s^2", culprit);
	is_merge =
		!BISECT_GIT(worktree->path, true, NULL, "rev-parse", "--verify", "--quiet", second);
	r = is_merge ? BISECT_GIT(worktree->path, true, NULL, "revert", "--no-commit", "-m", "1",
				  culprit)
		     : BISECT_GIT(worktree->path, true, NULL, "revert", "--no-commit", culprit);
	if (r) {
		BISECT_GIT(worktree->path, true, NULL, "revert", "--abort");
		return r < 0 ? r : 1;
	}
	return commit_revert(worktree, culprit)
		       ?: bisect_git_commit(worktree->path, "tree", "HEAD", sha);
}
