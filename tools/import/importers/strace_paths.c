/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/importers/strace_paths.h"
#include "injector/base/array.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct strace_flag open_flags[] = {
	{ "O_RDONLY", O_RDONLY },     { "O_WRONLY", O_WRONLY },
	{ "O_RDWR", O_RDWR },         { "O_CREAT", O_CREAT },
	{ "O_EXCL", O_EXCL },         { "O_NOCTTY", O_NOCTTY },
	{ "O_TRUNC", O_TRUNC },       { "O_APPEND", O_APPEND },
	{ "O_NONBLOCK", O_NONBLOCK }, { "O_DSYNC", O_DSYNC },
	{ "O_SYNC", O_SYNC },         { "O_DIRECT", O_DIRECT },
	{ "O_LARGEFILE", 0 },         { "O_DIRECTORY", O_DIRECTORY },
	{ "O_NOFOLLOW", O_NOFOLLOW }, { "O_NOATIME", O_NOATIME },
	{ "O_CLOEXEC", O_CLOEXEC },   { "O_PATH", O_PATH },
	{ "O_TMPFILE", O_TMPFILE },   { NULL, 0 },
};

/* Removes "//", "/./" and "/../" from an absolute path. */
static void normalize(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		size_t part = strcspn(++from, "/");

		if (part == 2 && from[0] == '.' && from[1] == '.') {
			while (to > path && *--to != '/')
				;
		} else if (part && !(part == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, part);
			to += part;
		}
		from += part;
	}
	*to = '\0';
}

enum resolved { OURS, OTHERS, UNKNOWN };

/* directory: the argument with the descriptor that a relative path starts at; NULL: none. */
static enum resolved resolve(struct strace *strace, struct strace_thread *thread,
			     const struct strace_text *directory, struct strace_text text,
			     uint32_t *name)
{
	char given[PATH_MAX], from[PATH_MAX], path[2 * PATH_MAX];
	const char *base = thread->cwd;
	struct strace_text base_text, rest;
	int number;

	if (!strace_string(text, given, sizeof(given)))
		return UNKNOWN;
	if (directory && strace_descriptor(*directory, &number, &base_text) && base_text.at &&
	    strace_path(base_text, from, sizeof(from))) {
		base = from;
		if (number == -100 && (!thread->cwd || strcmp(thread->cwd, from)))
			strace_set_cwd(strace, thread, from);
	}
	if (*given != '/' && !base)
		return UNKNOWN;
	snprintf(path, sizeof(path), "%s%s%s", *given == '/' ? "" : base, *given == '/' ? "" : "/",
		 given);
	if (*path != '/')
		return UNKNOWN;
	normalize(path);
	base_text = (struct strace_text){ path, strlen(path) };
	if (!strace_below(strace, base_text, &rest)) {
		strace_skip(strace, base_text);
		return OTHERS;
	}
	*name = maker_name(&strace->maker, rest.at);
	return *name ? OURS : UNKNOWN;
}

static enum strace_outcome unresolved(enum resolved resolved, const char **why)
{
	*why = "a path that is relative to an unknown directory, cut off or too long";
	return resolved == OTHERS ? STRACE_ELSEWHERE : STRACE_NOT_USED;
}

static struct strace_text argument(const struct strace_call *call, unsigned int i)
{
	return i < call->count ? call->arguments[i] : (struct strace_text){ "", 0 };
}

/* The flags of openat2(): "{flags=O_RDWR, mode=0640, resolve=0}". */
static struct strace_text member_text(struct strace_text text, const char *key)
{
	const char *at = memmem(text.at, text.length, key, strlen(key));
	struct strace_text value = { "", 0 };

	if (!at)
		return value;
	value.at = at + strlen(key);
	while (value.at + value.length < text.at + text.length &&
	       !strchr(",} ", value.at[value.length]))
		value.length++;
	return value;
}

enum { OPEN, OPENAT, OPENAT2, CREAT };

static bool read_open(const struct strace_call *call, unsigned int variant,
		      const struct strace_text **directory, struct strace_text *path,
		      struct trace_call *made)
{
	unsigned int first = variant == OPENAT || variant == OPENAT2;
	struct strace_text flags, mode;

	*directory = first ? &call->arguments[0] : NULL;
	*path = argument(call, first);
	flags = argument(call, first + 1);
	mode = argument(call, first + 2);
	if (variant == OPENAT2) {
		mode = member_text(flags, "mode=");
		flags = member_text(flags, "flags=");
	}
	if (variant == CREAT) {
		mode = argument(call, 1);
		flags = (struct strace_text){ "O_CREAT|O_WRONLY|O_TRUNC", 24 };
	}
	made->flags = strace_flags(flags, open_flags);
	if (!strace_number(mode, &made->length) || made->length < 0 || made->length > 07777)
		made->length = 0600;
	return call->count > first + 1 && flags.length;
}

/* The file that an open() returned. */
static uint32_t opened_file(struct trace_maker *maker, uint32_t name, uint64_t flags)
{
	uint32_t file = maker->names[name].file;

	if (!file)
		file = maker_new_file(maker, name, !(flags & O_CREAT));
	if (file && flags & O_TRUNC)
		maker_cut(maker, file, 0);
	return file;
}

static void close_one(struct strace *strace, struct strace_thread *thread, struct strace_fd *fd,
		      const struct strace_call *call, uint64_t start)
{
	struct trace_call made = {
		.op = TRACE_CLOSE,
		.start = start,
		.took = call->took,
		.handle = fd->handle,
		.file = fd->description->file,
	};

	if (made.file)
		strace_emit(strace, thread, &made);
	strace_fd_drop(strace, fd);
}

/* The number that a call returned is that of another file now. Without -y, nothing else tells that
 * a descriptor was replaced by dup2(), or closed by execve(). */
static void close_returned(struct strace *strace, struct strace_thread *thread,
			   const struct strace_call *call, uint64_t start)
{
	struct strace_fd *old =
		call->result < STRACE_FDS_MAX ? strace_fd(thread, (int)call->result) : NULL;

	if (old)
		close_one(strace, thread, old, call, start);
}

STRACE_TAKE(strace_take_open)
{
	struct trace_call made = {
		.op = TRACE_OPEN, .start = start, .took = call->took, .result = call->result
	};
	const struct strace_text *directory;
	struct strace_text path;
	struct strace_fd *fd;
	enum resolved resolved;

	if (!read_open(call, row->variant, &directory, &path, &made))
		return STRACE_GARBLED;
	resolved = resolve(strace, thread, directory, path, &made.other);
	if (resolved != OURS) {
		close_returned(strace, thread, call, start);
		return unresolved(resolved, why);
	}
	if (made.flags & (O_DIRECTORY | O_PATH)) {
		fd = call->result < 0 ? NULL
				      : strace_fd_set(strace, thread, (int)call->result, NULL, 0, 0,
						      strace_path_hash(call->result_path));
		*why = "opening a directory, a path alone or a file without a name";
		return STRACE_NOT_USED;
	}
	if (call->result < 0) {
		made.file = strace->maker.names[made.other].file;
		strace_emit(strace, thread, &made);
		return STRACE_USED;
	}
	made.result = 0;
	made.file = opened_file(&strace->maker, made.other, made.flags);
	made.handle = maker_handle(&strace->maker);
	close_returned(strace, thread, call, start);
	fd = made.file && made.handle && call->result < STRACE_FDS_MAX
		     ? strace_fd_set(strace, thread, (int)call->result, NULL, made.file,
				     made.handle, strace_path_hash(call->result_path))
		     : NULL;
	if (!fd) {
		*why = "more files or descriptors than a trace holds";
		return STRACE_NOT_USED;
	}
	fd->description->append = made.flags & O_APPEND;
	fd->since = start + call->took;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* A bound of a range. Older versions of strace show it as a descriptor: with the file of that
 * number, and ~0U as -1. */
static bool read_bound(struct strace_text text, int64_t *number)
{
	const char *file = memchr(text.at, '<', text.length);

	if (file)
		text.length = (size_t)(file - text.at);
	if (!strace_number(text, number))
		return false;
	*number = (uint32_t)*number;
	return true;
}

/* Whether another thread got the number after a close of it had begun. */
static bool is_overtaken(const struct strace_fd *fd, const struct strace_thread *thread,
			 uint64_t start)
{
	return fd->since > start && fd->by != thread;
}

STRACE_TAKE(strace_take_close)
{
	static const struct strace_flag flags[] = {
		{ "CLOSE_RANGE_CLOEXEC", CLOSE_RANGE_CLOEXEC },
		{ NULL, 0 },
	};
	enum strace_outcome outcome = STRACE_ELSEWHERE;
	int64_t first = 0, last = 0;
	struct strace_fd *fd;

	(void)why;
	if (!row->variant) {
		fd = strace_our_fd(strace, thread, call, 0);
		/* It gave its number away as it began, and returned after an open that got it. */
		if (!fd || is_overtaken(fd, thread, start))
			return STRACE_ELSEWHERE;
		close_one(strace, thread, fd, call, start);
		return STRACE_USED;
	}
	if (!read_bound(argument(call, 0), &first) || !read_bound(argument(call, 1), &last))
		return STRACE_GARBLED;
	/* Marks descriptors and closes none; old kernels do not have the call. */
	if (call->result || strace_flags(argument(call, 2), flags) & CLOSE_RANGE_CLOEXEC)
		return STRACE_ELSEWHERE;
	for (int64_t i = first; i <= last && i < (int64_t)thread->fds->room; i++) {
		fd = strace_fd(thread, (int)i);
		if (!fd || is_overtaken(fd, thread, start))
			continue;
		close_one(strace, thread, fd, call, start);
		outcome = STRACE_USED;
	}
	return outcome;
}

STRACE_TAKE(strace_take_dup)
{
	struct strace_fd *from = strace_our_fd(strace, thread, call, 0), *old, *fd;
	struct trace_call made = { .op = TRACE_DUP, .start = start, .took = call->took };
	uint64_t path;

	(void)row;
	if (!from)
		close_returned(strace, thread, call, start);
	if (!from || call->result < 0 || call->result >= STRACE_FDS_MAX)
		return STRACE_ELSEWHERE;
	old = strace_fd(thread, (int)call->result);
	if (old == from)
		return STRACE_ELSEWHERE;
	if (old)
		close_one(strace, thread, old, call, start);
	made.file = from->description->file;
	made.handle = from->handle;
	made.other = maker_handle(&strace->maker);
	path = call->result_path.at ? strace_path_hash(call->result_path) : from->path;
	fd = made.other ? strace_fd_set(strace, thread, (int)call->result, from->description, 0,
					made.other, path)
			: NULL;
	if (!fd) {
		*why = "more descriptors than a trace holds";
		return STRACE_NOT_USED;
	}
	fd->since = start + call->took;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

/* Whether the answer of a stat() is about something that is not a regular file: a directory, a
 * symbolic link, whose size is that of its text, or a socket. */
static bool is_no_file(struct strace_text answer)
{
	struct strace_text mode = member_text(answer, "_mode=");
	int64_t number;

	if (strace_number(mode, &number))
		return number & S_IFMT && !S_ISREG(number);
	return memmem(mode.at, mode.length, "S_IF", 4) &&
	       !memmem(mode.at, mode.length, "S_IFREG", 7);
}

/* Differences of the three kinds of stat(): which arguments are path and answer. */
STRACE_TAKE(strace_take_stat)
{
	static const struct {
		unsigned int path, answer;
		const char *size;
	} variants[] = { { 0, 1, "st_size=" }, { 1, 2, "st_size=" }, { 1, 4, "stx_size=" } };
	const unsigned int at = variants[row->variant].path;
	const struct strace_text answer = argument(call, variants[row->variant].answer);
	struct trace_call made = {
		.op = TRACE_STAT, .start = start, .took = call->took, .result = call->result
	};
	struct strace_fd *fd = NULL;
	enum resolved resolved;

	if (is_no_file(answer))
		return STRACE_ELSEWHERE;
	if (at && strace_is(argument(call, at), "\"\"")) {
		fd = strace_our_fd(strace, thread, call, 0);
		if (!fd)
			return STRACE_ELSEWHERE;
		made.op = TRACE_FSTAT;
		made.file = fd->description->file;
		made.handle = fd->handle;
	} else {
		resolved = resolve(strace, thread, at ? &call->arguments[0] : NULL,
				   argument(call, at), &made.other);
		if (resolved != OURS)
			return unresolved(resolved, why);
		made.file = strace->maker.names[made.other].file;
	}
	if (!made.result) {
		if (!strace_member(answer, variants[row->variant].size, &made.length) ||
		    made.length < 0)
			return STRACE_GARBLED;
		if (!made.file)
			made.file = maker_file(&strace->maker, made.other);
		if (made.file)
			maker_saw_size(&strace->maker, made.file, (uint64_t)made.length);
	}
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

STRACE_TAKE(strace_take_truncate)
{
	struct trace_call made = {
		.op = TRACE_TRUNCATE, .start = start, .took = call->took, .result = call->result
	};
	enum resolved resolved = resolve(strace, thread, NULL, argument(call, 0), &made.other);

	(void)row;
	if (resolved != OURS)
		return unresolved(resolved, why);
	if (!strace_number(argument(call, 1), &made.length) || made.length < 0)
		return STRACE_GARBLED;
	made.file = maker_file(&strace->maker, made.other);
	if (!made.result && made.file)
		maker_cut(&strace->maker, made.file, (uint64_t)made.length);
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

STRACE_TAKE(strace_take_rename)
{
	static const struct strace_flag flags[] = {
		{ "RENAME_NOREPLACE", 1 },
		{ "RENAME_EXCHANGE", 2 },
		{ "RENAME_WHITEOUT", 4 },
		{ NULL, 0 },
	};
	unsigned int step = row->variant ? 2 : 1, first = row->variant ? 1 : 0;
	struct trace_call made = {
		.op = row->op, .start = start, .took = call->took, .result = call->result
	};
	enum resolved from, to;

	from = resolve(strace, thread, row->variant ? &call->arguments[0] : NULL,
		       argument(call, first), &made.handle);
	to = resolve(strace, thread, row->variant ? &call->arguments[2] : NULL,
		     argument(call, first + step), &made.other);
	if (from == OTHERS && to == OTHERS)
		return STRACE_ELSEWHERE;
	if (from != OURS || to != OURS) {
		*why = from == UNKNOWN || to == UNKNOWN ? "a path that is not known"
							: "renamed into or out of the directory";
		return STRACE_NOT_USED;
	}
	if (row->op == TRACE_RENAME && call->count > 4)
		made.flags = strace_flags(call->arguments[4], flags);
	if (made.flags & 2) {
		*why = "an exchange of two names";
		return STRACE_NOT_USED;
	}
	made.file = made.result ? strace->maker.names[made.handle].file
				: maker_file(&strace->maker, made.handle);
	if (!made.result && made.file)
		maker_renamed(&strace->maker, made.handle, made.other, row->op == TRACE_RENAME);
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

STRACE_TAKE(strace_take_unlink)
{
	struct trace_call made = {
		.op = TRACE_UNLINK, .start = start, .took = call->took, .result = call->result
	};
	struct strace_text flags = argument(call, 2);
	enum resolved resolved;

	if (row->variant && memmem(flags.at, flags.length, "AT_REMOVEDIR", 12))
		return STRACE_ELSEWHERE;
	resolved = resolve(strace, thread, row->variant ? &call->arguments[0] : NULL,
			   argument(call, row->variant ? 1 : 0), &made.other);
	if (resolved != OURS)
		return unresolved(resolved, why);
	made.file = made.result ? strace->maker.names[made.other].file
				: maker_file(&strace->maker, made.other);
	if (!made.result)
		strace->maker.names[made.other].file = 0;
	strace_emit(strace, thread, &made);
	return STRACE_USED;
}

STRACE_TAKE(strace_take_fork)
{
	const struct strace_text *first = call->arguments, *last = first + call->count;
	bool fds = false, memory = row->name[0] == 'v';

	(void)why;
	for (; first < last; first++) {
		fds |= memmem(first->at, first->length, "CLONE_FILES", 11) != NULL;
		memory |= memmem(first->at, first->length, "CLONE_VM", 8) != NULL;
	}
	if (call->result > 0 && call->result <= INT_MAX)
		strace_forked(strace, thread, (int)call->result, start, fds, memory);
	return STRACE_ELSEWHERE;
}

STRACE_TAKE(strace_take_chdir)
{
	char given[PATH_MAX], path[2 * PATH_MAX];
	struct strace_text annotation;
	int fd;

	(void)start, (void)why;
	if (call->result || !call->count)
		return STRACE_ELSEWHERE;
	if (row->variant ? !strace_descriptor(call->arguments[0], &fd, &annotation) ||
				   !strace_path(annotation, given, sizeof(given))
			 : !strace_string(call->arguments[0], given, sizeof(given)))
		return STRACE_ELSEWHERE;
	if (*given != '/' && !thread->cwd)
		return STRACE_ELSEWHERE;
	snprintf(path, sizeof(path), "%s/%s", *given == '/' ? "" : thread->cwd, given);
	normalize(path);
	strace_set_cwd(strace, thread, path);
	return STRACE_ELSEWHERE;
}
