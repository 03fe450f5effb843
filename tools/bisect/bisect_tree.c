/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_tree.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/base/save.h"
#include "tools/bisect/bisect_result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct search {
	struct bisect *bisect;
	const struct bisect_worktree *worktree;
	char old[BISECT_SHA], new[BISECT_SHA];
	char culprit[BISECT_SHA]; /* or "" */
	char candidates[4096];
};

/* The terms of `git bisect`. */
static const char *term_of(bool fixed, bool new_one)
{
	static const char *const terms[2][2] = { { "good", "bad" }, { "broken", "fixed" } };

	return terms[fixed][new_one];
}

int bisect_tree_check(const struct bisect_tree *tree, bool fixed)
{
	char good[BISECT_SHA], bad[BISECT_SHA];
	int r = bisect_git_check(tree->tree);

	r = r ?: bisect_git_commit(tree->tree, "good", tree->good, good);
	r = r ?: bisect_git_commit(tree->tree, "bad", tree->bad, bad);
	if (r)
		return r;
	if (!strcmp(good, bad))
		return report(0, "--good and --bad are both %s", good);
	if (!fixed && bisect_git_is_ancestor(tree->tree, bad, good))
		return report(0,
			      "--good %s is newer than --bad %s; --fixed looks for the first "
			      "good one",
			      tree->good, tree->bad);
	if (fixed && bisect_git_is_ancestor(tree->tree, good, bad))
		return report(0,
			      "--good %s is older than --bad %s, so there is no fix between "
			      "them; without --fixed the first bad one is looked for",
			      tree->good, tree->bad);
	return 0;
}

static int judge(struct search *search, const char *sha, enum bisect_answer *answer)
{
	struct bisect_kernel kernel;
	int r = bisect_worktree_kernel(search->worktree, sha, &kernel);

	return r
		       ?: bisect_judge(search->bisect, &kernel, search->worktree->identity, false,
				       answer);
}

static int judge_ends(struct search *search)
{
	const char *const identities[] = { search->worktree->identity, search->worktree->identity };
	struct bisect_kernel old, new;
	int r = bisect_worktree_kernel(search->worktree, search->old, &old);

	r = r ?: bisect_worktree_kernel(search->worktree, search->new, &new);
	if (r)
		return r;
	return search->bisect->config->fixed ? bisect_ends(search->bisect, &new, &old, identities)
					     : bisect_ends(search->bisect, &old, &new, identities);
}

/* Runs `git bisect WORDS...`, shows its output, and saves its log. Returns 0, also if only skipped
 * commits are left; -EIO if git refuses (reported). */
static int git_bisect(struct search *search, const char *const *words)
{
	const struct bisect_config *config = search->bisect->config;
	_cleanup_free_ char *said = NULL, *log = NULL;
	char path[PATH_MAX + 16];
	int r = bisect_git(search->worktree->path, false, &said, words);

	if (config->plain && said)
		fputs(said, stderr);
	if (BISECT_GIT(search->worktree->path, true, &log, "bisect", "log") || !log)
		return report(0, "git bisect: %s", said && *said ? said : "it has no log"), -EIO;
	snprintf(path, sizeof(path), "%s/bisect.log", config->out);
	if (save_text(path, log))
		return -EIO;
	bisect_git_outcome(log, search->culprit, search->candidates, sizeof(search->candidates));
	if (r && !*search->candidates)
		return report(0, "git bisect: exit code %d; see %s", r, path), -EIO;
	return 0;
}

static int start(struct search *search, const struct bisect_tree *tree)
{
	const bool fixed = search->bisect->config->fixed;
	char old_term[32], new_term[32];
	const char *words[10 + BISECT_PATHS_MAX] = { "bisect", "start", old_term, new_term };
	size_t count = 4;

	snprintf(old_term, sizeof(old_term), "--term-old=%s", term_of(fixed, false));
	snprintf(new_term, sizeof(new_term), "--term-new=%s", term_of(fixed, true));
	words[count++] = search->new;
	words[count++] = search->old;
	words[count++] = "--";
	for (size_t i = 0; i < tree->path_count; i++)
		words[count++] = tree->paths[i];
	words[count] = NULL;
	return git_bisect(search, words);
}

static int narrow(struct search *search)
{
	const bool fixed = search->bisect->config->fixed;
	const char *words[] = { "bisect", NULL, NULL };
	enum bisect_answer answer;
	char sha[BISECT_SHA];
	int r = 0;

	while (!r && !*search->culprit && !*search->candidates) {
		r = bisect_git_commit(search->worktree->path, "tree", "HEAD", sha);
		r = r ?: judge(search, sha, &answer);
		if (r)
			return r;
		words[1] = answer == BISECT_CANNOT_TELL
				   ? "skip"
				   : term_of(fixed, (answer == BISECT_BAD) != fixed);
		r = git_bisect(search, words);
	}
	return r;
}

/* Judges a commit and adds a row to the proof. what: describes it; bad: the answer that is
 * required; sha: NULL if there is no such commit, because of `why`. */
static int prove(struct search *search, json_t *proof, const char *what, const char *sha, bool bad,
		 const char *why)
{
	enum bisect_answer answer = BISECT_CANNOT_TELL;
	const char *wanted = bisect_answer_names[bad ? BISECT_BAD : BISECT_GOOD];
	int r = sha ? judge(search, sha, &answer) : 0;

	if (r)
		return r;
	json_array_append_new(proof, json_pack("{s:s, s:s?, s:s, s:s, s:s?}", "what", what, "name",
					       sha, "wanted", wanted, "answer",
					       bisect_answer_names[answer], "reason", why));
	return 0;
}

static bool is_proven(const json_t *proof)
{
	size_t i;
	json_t *row;

	json_array_foreach (proof, i, row)
		if (!json_equal(json_object_get(row, "wanted"), json_object_get(row, "answer")))
			return false;
	return true;
}

/* The culprit must be like the new end, its parent like the old end, and the new end without the
 * culprit like the old end. */
static int prove_culprit(struct search *search, json_t *found)
{
	const bool fixed = search->bisect->config->fixed;
	char parent[BISECT_SHA], undone[BISECT_SHA], name[BISECT_SHA + 8];
	json_t *proof = json_array();
	int r, reverted;

	json_object_set_new(found, "proof", proof);
	snprintf(name, sizeof(name), "%s^", search->culprit);
	r = prove(search, proof, "the culprit", search->culprit, !fixed, NULL);
	r = r ?: bisect_git_commit(search->worktree->path, "tree", name, parent);
	r = r ?: prove(search, proof, "its parent", parent, fixed, NULL);
	if (r)
		return r;
	json_object_set_new(found, "before", json_stringn(parent, 12));
	reverted = bisect_worktree_revert(search->worktree, search->culprit, search->new, undone);
	if (reverted < 0)
		return reverted;
	r = prove(search, proof, "the new end with the culprit reverted", reverted ? NULL : undone,
		  fixed, reverted ? "it cannot be reverted there without conflicts" : NULL);
	json_object_set_new(found, "proven", json_boolean(!r && is_proven(proof)));
	return r;
}

static json_t *found_of(const struct search *search)
{
	_cleanup_free_ char *subject = NULL;
	char *rest = (char *)search->candidates, *sha;
	json_t *candidates = json_array();
	json_t *found;

	if (*search->culprit)
		BISECT_GIT(search->worktree->path, true, &subject, "show", "--no-patch",
			   "--format=%s", search->culprit);
	if (subject)
		subject[strcspn(subject, "\n")] = '\0';
	while ((sha = strsep(&rest, " ")))
		if (*sha)
			json_array_append_new(candidates, json_string(sha));
	found = json_pack("{s:s?, s:s?, s:o}", "found", *search->culprit ? search->culprit : NULL,
			  "subject", subject, "candidates", candidates);
	if (*search->culprit)
		json_object_set_new(found, "after", json_stringn(search->culprit, 12));
	return found;
}

int bisect_tree(struct bisect *bisect, const struct bisect_tree *tree,
		const struct bisect_worktree *worktree, json_t **found)
{
	const bool fixed = bisect->config->fixed;
	struct search search = { .bisect = bisect, .worktree = worktree };
	int r;

	*found = NULL;
	r = bisect_git_commit(tree->tree, "good", tree->good, fixed ? search.new : search.old);
	r = r ?: bisect_git_commit(tree->tree, "bad", tree->bad, fixed ? search.old : search.new);
	r = r ?: judge_ends(&search);
	r = r ?: start(&search, tree);
	r = r ?: narrow(&search);
	if (r)
		return r;
	*found = found_of(&search);
	if (*search.culprit)
		r = prove_culprit(&search, *found);
	if (!r) {
		bisect->unsaved += bisect_save(bisect, json_incref(*found)) != 0;
		return 0;
	}
	json_decref(*found);
	*found = NULL;
	return r;
}
