/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_git.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/report.h"
#include "tools/base/program_path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 48 };

/* Reads until the other end is closed, also when interrupted by signals. Adds a NUL. The caller
 * frees the text. */
static char *read_all(int fd)
{
	size_t size = 0, room = 4096;
	char *text = malloc(room);
	ssize_t got = 0;

	while (text) {
		if (room - size < 2048) {
			char *more = realloc(text, room *= 2);

			if (!more)
				break;
			text = more;
		}
		got = read(fd, text + size, room - size - 1);
		if (got > 0)
			size += (size_t)got;
		else if (!got || errno != EINTR)
			break;
	}
	if (text)
		text[size] = '\0';
	return text;
}

int bisect_git(const char *directory, bool quiet, char **text, const char *const *words)
{
	const char *arguments[WORDS_MAX + 8] = {
		"git",
		"-C",
		directory,
		"-c",
		"core.hooksPath=/dev/null",
		"-c",
		"advice.detachedHead=false",
	};
	struct program program = {
		.path = "git",
		.arguments = arguments,
		.input = PROGRAM_NOTHING,
		.output = PROGRAM_NOTHING,
		.errors = quiet ? PROGRAM_NOTHING : STDERR_FILENO,
		.session = true, /* signals of the terminal do not reach git */
	};
	int ends[2] = { -1, -1 }, r;
	size_t count = 7;
	pid_t child;

	for (size_t i = 0; words[i] && count < WORDS_MAX + 7; i++)
		arguments[count++] = words[i];
	if (text && pipe2(ends, O_CLOEXEC))
		return report(-errno, "pipe");
	program.output = ends[1];
	r = program_start(&program, &child);
	if (text) {
		close(ends[1]);
		*text = r ? NULL : read_all(ends[0]);
		close(ends[0]);
	}
	if (r)
		return report(r, "git");
	r = program_wait(child);
	return text && !*text ? report(-ENOMEM, "git") : r;
}

/* The single line that git prints, without its newline; "" if it fails. */
static void line_of(const char *directory, const char *const *words, char *line, size_t size)
{
	_cleanup_free_ char *text = NULL;
	int r = bisect_git(directory, true, &text, words);

	snprintf(line, size, "%.*s", r || !text ? 0 : (int)strcspn(text, "\n"), text ?: "");
}

#define LINE_OF(directory, line, ...)                                                              \
	line_of(directory, (const char *const[]){ __VA_ARGS__, NULL }, line, sizeof(line))

int bisect_git_commit(const char *directory, const char *option, const char *revision,
		      char sha[BISECT_SHA])
{
	char name[PATH_MAX], line[64];

	snprintf(name, sizeof(name), "%s^{commit}", revision);
	LINE_OF(directory, line, "rev-parse", "--verify", "--quiet", "--end-of-options", name);
	if (strlen(line) != BISECT_SHA - 1)
		return report(0,
			      "--%s %s: no commit of %s; name one that git rev-parse knows there, "
			      "such as a tag",
			      option, revision, directory);
	memcpy(sha, line, BISECT_SHA);
	return 0;
}

int bisect_git_check(const char *directory)
{
	char line[PATH_MAX];

	if (!program_path("git", line, sizeof(line)))
		return report(0, "git is not installed"), -EPERM;
	LINE_OF(directory, line, "rev-parse", "--is-inside-work-tree");
	if (strcmp(line, "true") != 0)
		return report(0, "--tree %s: not a work tree of git", directory);
	LINE_OF(directory, line, "rev-parse", "--is-shallow-repository");
	if (strcmp(line, "false") != 0)
		return report(0,
			      "--tree %s: a shallow clone, whose commits are not all there; git "
			      "fetch --unshallow gets them",
			      directory);
	LINE_OF(directory, line, "status", "--porcelain", "--untracked-files=no");
	if (*line)
		return report(0,
			      "--tree %s: there are changes that no commit has (%s), and no step "
			      "would have them; commit or stash them",
			      directory, line + 3);
	return 0;
}

bool bisect_git_is_ancestor(const char *directory, const char *older, const char *newer)
{
	return !BISECT_GIT(directory, true, NULL, "merge-base", "--is-ancestor", older, newer);
}

/* "# first bad commit: [SHA] subject", "# possible first fixed commit: [SHA] subject" */
void bisect_git_outcome(const char *log, char culprit[BISECT_SHA], char *candidates, size_t size)
{
	static const char first[] = "# first ", possible[] = "# possible first ";
	size_t used = 0;

	*culprit = *candidates = '\0';
	for (const char *line = log; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *sha = strchr(line, '[');

		if (!sha || sha > line + strcspn(line, "\n") || strlen(sha) < BISECT_SHA)
			continue;
		if (!strncmp(line, first, sizeof(first) - 1))
			snprintf(culprit, BISECT_SHA, "%s", sha + 1);
		else if (!strncmp(line, possible, sizeof(possible) - 1))
			used = append_text(candidates, size, used, "%s%.*s", used ? " " : "",
					   BISECT_SHA - 1, sha + 1);
	}
}
