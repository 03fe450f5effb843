/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/import.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "injector/base/text_file.h"
#include "tools/base/copy_bytes.h"
#include "tools/base/open_output.h"
#include "tools/base/scratch.h"
#include "tools/import/import_input.h"
#include "tools/import/import_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int import_fail(const struct import *import, uint64_t line, const char *format, ...)
{
	char what[600];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (line)
		return report(0, "%s:%ju: %s; expected %s", import->path, (uintmax_t)line, what,
			      import->importer->expects);
	return report(0, "%s: %s; expected %s", import->path, what, import->importer->expects);
}

void import_write_text(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else if (*text < ' ' || *text > '~')
			fprintf(to, "\\x%02x", (unsigned char)*text);
		else
			fputc(*text, to);
	}
	fputc('"', to);
}

/* Whether a file is an input: the open one, or one of the parts that were merged into it. */
static bool is_input(const struct import *import, const struct stat *there)
{
	const char *const *part = import->options.parts;
	struct stat input;

	if (!fstat(import->fd, &input) && is_same_file(&input, there))
		return true;
	if (!stat(import->path, &input) && is_same_file(&input, there))
		return true;
	for (; part && *part; part++)
		if (!stat(*part, &input) && is_same_file(&input, there))
			return true;
	return false;
}

/* Checks the name of an output: not an input's, and not that of an existing file unless
 * `force`. */
static int check_output(const struct import *import, const char *name)
{
	struct stat there;

	if (!fstatat(import->directory, name, &there, 0)) {
		if (is_input(import, &there))
			return report(0, "%s: is the input, which would be lost; another name: -o",
				      name);
		if (S_ISDIR(there.st_mode))
			return report(0, "%s: is a directory; expected the name of a file", name);
	}
	if (import->force || faccessat(import->directory, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	return report(0, "%s: exists already; --force replaces it", name);
}

static int check_companion(const struct import *import)
{
	if (import->directory < 0)
		return 0;
	if (strcmp(import->companion_name, import->file))
		return check_output(import, import->companion_name);
	return report(0,
		      "%s: the scenario and the trace that belongs to it would both have this "
		      "name; expected -o %s.cfg",
		      import->file, import->name);
}

int import_companion(struct import *import, const char *suffix)
{
	int fd, r;

	if (!strcmp(import->name, "-"))
		return report(0, "-o -: a trace belongs to the scenario, and lies beside it; "
				 "expected the name of a file");
	snprintf(import->companion_name, sizeof(import->companion_name), "%s%s", import->name,
		 suffix);
	r = check_companion(import);
	if (r)
		return r;
	fd = import->directory < 0 ? memfd_create("companion", MFD_CLOEXEC)
				   : scratch_file(import->directory, import->companion_name);
	import->companion = fd < 0 ? NULL : fdopen(fd, "w+");
	if (import->companion)
		return 0;
	if (fd < 0)
		return import->directory < 0 ? report(-errno, "%s", import->companion_name) : fd;
	r = report(-errno, "%s", import->companion_name);
	close(fd);
	return r;
}

/* A file that got its name. beside: where the file that had the name before is, or "". */
struct named {
	const char *name;
	char beside[NAME_MAX + 1];
};

static int copy_to_name(int fd, int directory, const char *name)
{
	_cleanup_close_ int to =
		openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat status;
	int r;

	if (to < 0)
		return -errno;
	r = fstat(fd, &status) ? -errno : copy_bytes(to, fd, status.st_size);
	/* A file system on a network reports ENOSPC only here. */
	if (!r && fsync(to))
		r = -errno;
	if (r)
		unlinkat(directory, name, 0);
	return r;
}

/* Gives an unnamed file a name that is not taken; where it is on another file system, see
 * scratch_file(), its copy. Returns 0; -EEXIST; other -errno. */
static int give_name(int fd, int directory, const char *name)
{
	int r = scratch_link(fd, directory, name);

	return r == -EXDEV ? copy_to_name(fd, directory, name) : r;
}

/* Exchanges the files `beside` and `name`. Where the file system does not do that, the replaced one
 * gets another name, and `name` is missing for a moment. */
static int exchange(struct named *named, int directory)
{
	char old[sizeof(named->beside)];
	int r;

	if (!renameat2(directory, named->beside, directory, named->name, RENAME_EXCHANGE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return -errno;
	snprintf(old, sizeof(old), "%.240s.old", named->beside);
	if (renameat(directory, named->name, directory, old))
		return -errno;
	if (!renameat(directory, named->beside, directory, named->name)) {
		memcpy(named->beside, old, sizeof(old));
		return 0;
	}
	r = -errno;
	renameat(directory, old, directory, named->name);
	return r;
}

/* Gives a file its name; with `force` exchanges it for an existing one. */
static int name_file(struct named *named, int fd, int directory, const char *name, bool force)
{
	int r = give_name(fd, directory, name);

	*named = (struct named){ .name = name };
	if (r != -EEXIST || !force)
		return r ? report(r, "%s", name) : 0;
	snprintf(named->beside, sizeof(named->beside), ".%.200s.%d", name, getpid());
	r = give_name(fd, directory, named->beside);
	if (r)
		return report(r, "%s", named->beside);
	r = exchange(named, directory);
	if (!r)
		return 0;
	unlinkat(directory, named->beside, 0);
	return report(r, "%s", name);
}

/* Keeps the file and removes the one it replaced; or undoes the exchange. */
static void settle_name(const struct named *named, int directory, bool stays)
{
	if (!stays && !*named->beside)
		unlinkat(directory, named->name, 0);
	else if (!stays &&
		 renameat2(directory, named->beside, directory, named->name, RENAME_EXCHANGE))
		renameat(directory, named->beside, directory, named->name);
	if (*named->beside)
		unlinkat(directory, named->beside, 0);
}

/* Flushes a stream. Returns 0 or -errno (reported). */
static int settle(const struct import *import, FILE *file, const char *name)
{
	int r = fflush(file) ? -errno : ferror(file) ? -EIO : 0;

	return r ? report(r, "%s: writing %s", import->path, name) : 0;
}

/* Writes a text to an unnamed temporary file. Returns a descriptor or -errno (reported). */
static int text_file(int directory, const char *text, size_t size)
{
	_cleanup_close_ int fd = scratch_file(directory, "the scenario");
	int r;

	if (fd < 0)
		return fd;
	r = write_whole(fd, text, size);
	return r ? report(r, "writing the scenario") : take_fd(&fd);
}

static int read_plain(struct import *import, int fd, char **text, size_t *size)
{
	int r;

	import->fd = fd;
	import->scenario = open_memstream(text, size);
	if (!import->scenario)
		return report(-ENOMEM, "%s", import->path);
	r = import->importer->read(import);
	if (fclose(import->scenario) && !r)
		r = report(-ENOMEM, "%s: the scenario", import->path);
	return r;
}

/* Runs the importer on the input, unpacked if necessary. */
static int run_importer(struct import *import, char **text, size_t *size, FILE *to)
{
	const char *packed;
	bool cut;
	int input = import->fd, r;
	int fd = import_input(input, import->directory, import->path, &packed, &cut);

	if (fd < 0)
		return fd;
	if (packed)
		import_note(&import->account, IMPORT_REMARK, 1, 0, "unpacked: it was %s", packed);
	if (cut)
		import_note(&import->account, IMPORT_NOT_USED, 1, 0,
			    "what comes behind the place where the %s file is damaged or cut off",
			    packed);
	r = import_refuse_containers(fd, import->path);
	if (!r)
		r = read_plain(import, fd, text, size);
	if (fd != input)
		close(fd);
	import->fd = input;
	if (to)
		import_account_print(to, &import->account);
	return r;
}

int import_fd(const struct importer *importer, const struct import_options *options, int fd,
	      FILE *to, char **scenario, char **companion)
{
	struct import import = {
		.importer = importer,
		.options = *options,
		.path = "input",
		.name = "scenario",
		.fd = fd,
		.directory = -1,
	};
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = run_importer(&import, &text, &size, to);

	if (scenario)
		*scenario = r ? NULL : strdup(text);
	if (companion)
		*companion = NULL;
	if (import.companion && companion && !r && !fflush(import.companion)) {
		long length = ftell(import.companion);

		*companion = calloc(1, (size_t)length + 1);
		if (!*companion ||
		    pread(fileno(import.companion), *companion, (size_t)length, 0) != length)
			r = report(-ENOMEM, "the companion");
	}
	if (import.companion)
		fclose(import.companion);
	return r;
}

struct output {
	char directory[PATH_MAX], file[NAME_MAX + 1], name[NAME_MAX + 1];
};

static int split_output(const char *path, struct output *output)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *dot;

	if (slash && !*base)
		return report(0, "-o %s: a directory; expected the name of a file", path);
	if (!*base || strlen(base) > NAME_MAX - 16 || strlen(path) >= PATH_MAX)
		return report(0, "-o %s: not the name of a file", path);
	snprintf(output->directory, sizeof(output->directory), "%.*s",
		 slash ? (int)(slash + 1 - path) : 1, slash ? path : ".");
	snprintf(output->file, sizeof(output->file), "%s", base);
	dot = strrchr(base, '.');
	snprintf(output->name, sizeof(output->name), "%.*s",
		 dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
	return 0;
}

/* Gives both files their names, or neither. */
static int name_files(struct import *import, int fd)
{
	const int directory = import->directory;
	struct named companion, scenario;
	int r;

	if (import->companion) {
		r = name_file(&companion, fileno(import->companion), directory,
			      import->companion_name, import->force);
		if (r)
			return r;
	}
	r = name_file(&scenario, fd, directory, import->file, import->force);
	if (!r)
		settle_name(&scenario, directory, true);
	if (import->companion)
		settle_name(&companion, directory, !r);
	return r;
}

static int write_files(struct import *import, const char *text, size_t size)
{
	_cleanup_close_ int fd = text_file(import->directory, text, size);
	int r = fd < 0 ? fd : 0;

	if (!r && import->companion)
		r = settle(import, import->companion, import->companion_name);
	return r ? r : name_files(import, fd);
}

/* Whether a pipe has data or has ended. Waits up to PATIENCE ms for its writer to begin. */
static bool is_written_to(int fd)
{
	enum { PATIENCE = 10000 };
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, PATIENCE) > 0;
}

/* Opens an input. Refuses devices other than terminals: they have no end. Returns a descriptor, or
 * -errno (reported). */
static int open_input(const char *path)
{
	/* Without O_NONBLOCK, opening a FIFO waits for a writer. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status))
		return report(-errno, "%s", path);
	if (S_ISDIR(status.st_mode))
		return report(0, "%s: is a directory; name a file", path);
	if (S_ISBLK(status.st_mode) || (S_ISCHR(status.st_mode) && !isatty(fd)))
		return report(0, "%s: a device, which has no end; expected a file", path);
	if (S_ISFIFO(status.st_mode) && !is_written_to(fd))
		return report(0, "%s: a FIFO that nobody writes to; expected a file", path);
	if (fcntl(fd, F_SETFL, 0))
		return report(-errno, "%s", path);
	return take_fd(&fd);
}

/* Opens the input; merges several files into one. Returns a descriptor, or -errno (reported). */
static int open_inputs(struct import *import)
{
	enum { MOST = IMPORT_PARTS_MAX };
	const char *paths[MOST] = { import->path };
	const char *const *part = import->options.parts;
	size_t count = 1, parts;
	struct stat status;
	int fd;

	for (; part && *part && count < MOST; part++)
		paths[count++] = *part;
	if (!import->importer->has_parts ||
	    (count == 1 && (stat(import->path, &status) || !S_ISDIR(status.st_mode))))
		return open_input(import->path);
	fd = import_parts_merge(paths, count, import->directory, &parts);
	if (fd >= 0)
		import_note(&import->account, IMPORT_UNDERSTOOD, parts, 0,
			    "parts of strace -ff, merged by their times");
	return fd;
}

static int check_seeks(const struct import *import, int fd)
{
	if (!import->importer->seeks || lseek(fd, 0, SEEK_CUR) >= 0)
		return 0;
	return report(0, "%s: a pipe; expected a file, %s", import->path,
		      import->importer->expects);
}

/* Prints only the scenario. */
static int import_to_stdout(struct import *import)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r;

	import->directory = -1;
	fd = open_inputs(import);
	if (fd < 0)
		return fd;
	import->fd = fd;
	import->name = "-";
	r = check_seeks(import, fd);
	if (!r)
		r = run_importer(import, &text, &size, NULL);
	if (!r && (fwrite(text, 1, size, stdout) != size || fflush(stdout)))
		r = report(-errno, "writing the scenario");
	return r;
}

/* Refuses options that the importer does not support. */
static int check_options(const struct importer *importer, const struct import_options *options)
{
	if (options->report && !importer->has_reports)
		return report(0, "--report: only a crash has reports; %s has none", importer->name);
	if (options->storm && !importer->has_storms)
		return report(0, "--storm: %s has no files to make a storm on", importer->name);
	if (options->under && !importer->has_paths)
		return report(0, "--under: %s has no directories to choose from", importer->name);
	return 0;
}

int import_file(const struct importer *importer, const struct import_options *options,
		const char *path, const char *output_path, bool force, FILE *to)
{
	_cleanup_close_ int fd = -1, directory = -1;
	_cleanup_free_ char *text = NULL;
	struct import import = { .importer = importer, .options = *options, .path = path };
	struct output output;
	size_t size = 0;
	int r = check_options(importer, options);

	if (r)
		return r;
	if (!strcmp(output_path, "-"))
		return import_to_stdout(&import);
	r = split_output(output_path, &output);
	if (!r && access(output.directory, F_OK))
		r = report(0, "-o %s: its directory does not exist; create it first", output_path);
	if (r)
		return r;
	directory = open_output_directory(output.directory);
	if (directory < 0)
		return directory;
	import.directory = directory;
	fd = open_inputs(&import);
	if (fd < 0)
		return fd;
	import.fd = fd;
	import.name = output.name;
	import.file = output.file;
	import.force = force;
	if (check_seeks(&import, fd) || check_output(&import, output.file))
		return -EINVAL;
	r = run_importer(&import, &text, &size, to);
	if (!r)
		r = write_files(&import, text, size);
	if (import.companion)
		fclose(import.companion);
	return r;
}
