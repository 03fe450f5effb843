/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/import/import_input.h"
#include "tools/import/page_scan.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct arguments {
	char **paths; /* ended by NULL */
	bool quiet, equal;
};

static const struct argp_option options[] = {
	{ "equal", 'e', NULL, 0, "Also report equal pages at a distance that no split explains",
	  0 },
	{ "quiet", 'q', NULL, 0, "Print only files with damage", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'e':
		arguments->equal = true;
		return 0;
	case 'q':
		arguments->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		/* Takes all remaining arguments at once. */
		(void)argument;
		arguments->paths = &state->argv[state->next - 1];
		for (char **path = arguments->paths; *path; path++)
			if (!**path)
				argp_error(state, "which FILE or DIR? a name given is empty");
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which FILE or DIR?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A file, unpacked if necessary. */
struct input {
	const char *name;
	const char *packed; /* "zstd" and the like; NULL: not packed */
	bool cut;           /* its end is lost */
};

static void print_scan(const struct arguments *arguments, const struct input *input,
		       const struct page_scan *scan)
{
	uint64_t shown = 0, all = 0;
	char text[300];

	if (arguments->quiet && !page_scan_damaged(scan))
		return;
	printf("%s: %s%s%s%s, %" PRIu64 " pages, %s\n", input->name, scan->format,
	       input->packed ? " in " : "", input->packed ?: "",
	       input->cut ? " that is damaged or cut off" : "", scan->pages,
	       page_scan_damaged(scan) ? "DAMAGED"
	       : scan->unsure          ? "may be damaged: its -wal or -journal is not applied"
	       : scan->found[PAGE_SCAN_SHIFTED]
		       ? "pages repeat as a split serves them, or as its content does"
		       : "no damage seen");
	for (size_t i = 0; i < scan->run_count; i++) {
		const struct page_scan_run *run = &scan->runs[i];

		shown += run->count;
		if (run->sort != PAGE_SCAN_EQUAL || arguments->equal)
			printf("  %s\n", page_scan_format(run, text, sizeof(text)));
	}
	for (int i = 0; i < PAGE_SCAN_SORTS; i++)
		all += scan->found[i];
	if (all > shown)
		printf("  and %" PRIu64 " pages more\n", all - shown);
}

/* Skips an archive; refuses it if it was named. asked: it was named. Returns 0, or -EINVAL
 * (reported). */
static int pass_archive(const struct arguments *arguments, const char *name, const char *archive,
			bool asked)
{
	if (asked)
		return report(0, "%s: is %s; unpack it, and scan what was in it", name, archive);
	if (!arguments->quiet)
		printf("%s: is %s, not looked into\n", name, archive);
	return 0;
}

static int scan_input(const struct arguments *arguments, int fd, const char *path, const char *name,
		      bool asked)
{
	struct input input = { .name = name };
	int plain = import_unpack(fd, name, &input.packed, &input.cut), r;
	struct page_scan scan;
	const char *archive;

	if (plain < 0)
		return plain;
	archive = import_archive(plain);
	if (archive) {
		r = pass_archive(arguments, name, archive, asked);
	} else {
		r = page_scan_file(&scan, plain);
		if (r) {
			report(r, "%s", name);
		} else {
			scan.unsure = scan.keeps_log && page_scan_has_log(path);
			print_scan(arguments, &input, &scan);
			r = page_scan_damaged(&scan);
		}
	}
	if (plain != fd)
		close(plain);
	return r;
}

/* asked: the user named the path, so a link is followed. Returns 0; 1 damaged; -errno
 * (reported). */
static int scan_one(const struct arguments *arguments, const char *path, const char *name,
		    bool asked)
{
	_cleanup_close_ int fd =
		open(path, O_RDONLY | (asked ? 0 : O_NOFOLLOW) | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		return report(-errno, "%s", name);
	if (!S_ISREG(status.st_mode))
		return report(0, "%s: neither a file nor a directory", name);
	return scan_input(arguments, fd, path, name, asked);
}

static int scan_all(const struct arguments *arguments)
{
	FTS *tree = fts_open(arguments->paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
	int code = EXIT_AS_EXPECTED, r;
	FTSENT *entry;

	if (!tree) {
		report(-errno, "reading directories");
		return EXIT_RUN_ERROR;
	}
	while ((errno = 0, entry = fts_read(tree))) {
		bool asked = entry->fts_level == FTS_ROOTLEVEL;

		if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR ||
		    entry->fts_info == FTS_ERR)
			r = report(-entry->fts_errno, "%s", entry->fts_path);
		else if (entry->fts_info == FTS_SLNONE && asked)
			r = report(0, "%s: a link to a missing file", entry->fts_path);
		else if (entry->fts_info == FTS_F || (entry->fts_info == FTS_DEFAULT && asked))
			r = scan_one(arguments, entry->fts_accpath, entry->fts_path, asked);
		else
			continue;
		if (r < 0)
			code = EXIT_USAGE;
		else if (r && code == EXIT_AS_EXPECTED)
			code = EXIT_NOT_AS_EXPECTED;
	}
	if (errno) {
		report(-errno, "reading directories");
		code = EXIT_RUN_ERROR;
	}
	fts_close(tree);
	return code;
}

int cmd_scan(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE|DIR...",
		.doc = "Looks for the damage that a race of the page cache leaves in files.\vFinds "
		       "pages that hold another page of the same 2 MiB, as a split serves them; "
		       "zeros where journals, SQLite databases and PostgreSQL relations have none; "
		       "and pages of stamped files and rows of PostgreSQL that belong elsewhere. "
		       "Files are only read. Symbolic links are followed if they are named, not "
		       "within directories.\n\nExit codes: 0 no damage; 1 damage; 2 usage, or a "
		       "file that cannot be read.",
	};
	struct arguments arguments = { .paths = NULL };

	command_line_parse(&argp, argc, argv, &arguments);
	return scan_all(&arguments);
}
