/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/layer.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/same_file.h"
#include "injector/base/units.h"
#include "tools/base/number.h"
#include "tools/base/out.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/cli/data_path.h"
#include "tools/control/recorder.h"
#include "tools/control/steering.h"
#include "tools/machine/holders.h"
#include "tools/machine/workplace.h"
#include "tools/scenario/rule_keys.h"
#include "tools/scenario/rule_reference.h"
#include "tools/scenario/scenario_rules.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum option_key {
	OPTION_FOREGROUND = 'f',
	OPTION_DATA_PATH = 'D',
	OPTION_RULES = 'r',
	OPTION_THREADS = 't',
	OPTION_ALLOW_OTHER = 'A',
	OPTION_LOG = 'l',
	OPTION_RECORD = 'R',
	OPTION_SEED = 'S',
	OPTION_ACTIONS = 0x100,
	OPTION_OPERATIONS,
	OPTION_KEYS,
	OPTION_TRUST,
	OPTION_OVER,
	OPTION_CACHE,
	OPTION_METRICS,
};

enum { PLACES = 2, THREADS_MAX = 256, RULES_FILES_MAX = 64 };

struct arguments {
	const char *places[PLACES]; /* source, mountpoint */
	unsigned int place_count;
	enum layer_data_path data_path;
	enum layer_cache cache;
	const char *rules[RULES_FILES_MAX];
	unsigned int rules_count;
	const char *log, *record, *metrics;
	uint64_t seed;
	unsigned int threads;
	bool allow_other, foreground, over, cache_given;
	enum schema_trust trust;
};

static const struct argp_option options[] = {
	{ "data-path", OPTION_DATA_PATH, "PATH", 0,
	  "Path of file data: passthrough (from the kernel straight to SOURCE; the "
	  "default), mixed (read and write through the layer, mmap not), or daemon "
	  "(all through the layer)",
	  0 },
	{ "rules", OPTION_RULES, "FILE", 0,
	  "Delay, fail, corrupt or hold requests by the rules in FILE; may be given "
	  "more than once",
	  0 },
	{ "trust", OPTION_TRUST, NULL, 0,
	  "Run commands in a FILE of rules even if others may have written it", 0 },
	{ "seed", OPTION_SEED, "N", 0, "Seed of the rules' random decisions (1)", 0 },
	{ "log", OPTION_LOG, "FILE", 0, "Append a line of JSON to FILE for each action of a rule",
	  0 },
	{ "metrics", OPTION_METRICS, "ADDRESS", 0,
	  "Serve counts and latencies for Prometheus, as OpenMetrics, at unix:PATH or "
	  "127.0.0.1:PORT",
	  0 },
	{ "record", OPTION_RECORD, "FILE", 0,
	  "Record all requests in FILE, for `foliostorm import record`", 0 },
	{ "allow-other", OPTION_ALLOW_OTHER, NULL, 0, "Let users other than root use the mount",
	  0 },
	{ "cache", OPTION_CACHE, "HOW", 0,
	  "Names, attributes and pages that the kernel may cache: none; auto (the "
	  "default): all that rules do not have to see, until SOURCE changes; always: "
	  "for a SOURCE that nobody else changes; writeback: like always, and writes "
	  "as well, only on the data path daemon",
	  0 },
	{ "over", OPTION_OVER, NULL, 0,
	  "Mount over SOURCE itself, and list the processes that still use the "
	  "directory beneath",
	  0 },
	{ "threads", OPTION_THREADS, "N", 0, "Number of threads that serve requests, 1 to 256 (8)",
	  0 },
	{ "foreground", OPTION_FOREGROUND, NULL, 0, "Stay in the foreground", 0 },
	{ "actions", OPTION_ACTIONS, "FORM", OPTION_ARG_OPTIONAL,
	  "List the actions of rules as lines, or as their reference in markdown or man, and exit",
	  0 },
	{ "keys", OPTION_KEYS, "FORM", OPTION_ARG_OPTIONAL,
	  "List the keys of rules, in the same forms, and exit", 0 },
	{ "operations", OPTION_OPERATIONS, "FORM", OPTION_ARG_OPTIONAL,
	  "List the operations that rules can name, in the same forms, and exit", 0 },
	{ 0 },
};

static void list(struct argp_state *state, const char *name,
		 void (*print)(FILE *to, enum prose_form form))
{
	enum prose_form form;

	if (prose_form_find(name, &form))
		argp_error(state, "%s: allowed: " PROSE_FORMS, name);
	print(stdout, form);
	command_line_end();
}

static void print_keys(FILE *to, enum prose_form form)
{
	schema_print(rules_file_keys, form, to);
}

static void take_place(struct arguments *arguments, struct argp_state *state, const char *path)
{
	if (arguments->place_count == PLACES)
		argp_error(state, "%s: one SOURCE and one MOUNTPOINT are all it takes", path);
	else
		arguments->places[arguments->place_count++] = path;
}

static void take_cache(struct arguments *arguments, struct argp_state *state, const char *name)
{
	for (unsigned int i = 0; i < LAYER_CACHES; i++)
		if (!strcmp(layer_cache_name(i), name)) {
			arguments->cache = i;
			arguments->cache_given = true;
			return;
		}
	argp_error(state, "--cache %s: allowed: none, auto, always, writeback", name);
}

/* Checks the arguments after parsing. */
static void check_places(struct arguments *arguments, struct argp_state *state)
{
	if (arguments->over && arguments->place_count == PLACES)
		argp_error(state, "%s: --over takes SOURCE alone", arguments->places[1]);
	if (arguments->over && !arguments->place_count)
		argp_error(state, "which SOURCE?");
	if (arguments->over)
		arguments->places[arguments->place_count++] = arguments->places[0];
	for (unsigned int i = 0; i < arguments->place_count; i++)
		if (!*arguments->places[i])
			argp_error(state, "which %s? the name given is empty",
				   i ? "MOUNTPOINT" : "SOURCE");
	if (arguments->place_count < PLACES)
		argp_error(state, "which %s?",
			   arguments->place_count ? "MOUNTPOINT" : "SOURCE and MOUNTPOINT");
}

static void take_rules(struct arguments *arguments, struct argp_state *state, const char *file)
{
	if (arguments->rules_count == RULES_FILES_MAX)
		argp_error(state, "--rules %s: up to %d files", file, RULES_FILES_MAX);
	arguments->rules[arguments->rules_count++] = file;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_DATA_PATH:
		data_path_option(state, argument, &arguments->data_path);
		return 0;
	case OPTION_RULES:
		take_rules(arguments, state, argument);
		return 0;
	case OPTION_THREADS:
		arguments->threads =
			(unsigned int)number_option(state, "threads", argument, 1, THREADS_MAX);
		return 0;
	case OPTION_LOG:
		arguments->log = argument;
		return 0;
	case OPTION_METRICS:
		arguments->metrics = argument;
		return 0;
	case OPTION_RECORD:
		arguments->record = argument;
		return 0;
	case OPTION_SEED:
		arguments->seed = number_option(state, "seed", argument, 0, INT64_MAX);
		return 0;
	case OPTION_ALLOW_OTHER:
		arguments->allow_other = true;
		return 0;
	case OPTION_CACHE:
		take_cache(arguments, state, argument);
		return 0;
	case OPTION_OVER:
		arguments->over = true;
		return 0;
	case OPTION_TRUST:
		arguments->trust = TRUST_ALL;
		return 0;
	case OPTION_FOREGROUND:
		arguments->foreground = true;
		return 0;
	case OPTION_ACTIONS:
		command_line_alone(state, "--actions", argument);
		list(state, argument, rule_reference_actions);
		return 0;
	case OPTION_OPERATIONS:
		command_line_alone(state, "--operations", argument);
		list(state, argument, rule_reference_operations);
		return 0;
	case OPTION_KEYS:
		command_line_alone(state, "--keys", argument);
		list(state, argument, print_keys);
		return 0;
	case ARGP_KEY_ARG:
		take_place(arguments, state, argument);
		return 0;
	case ARGP_KEY_END:
		check_places(arguments, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The layer tells missing preconditions from other errors. */
static enum exit_code exit_code_of(int error)
{
	if (!error)
		return EXIT_AS_EXPECTED;
	return layer_precondition_missing(error) ? EXIT_PRECONDITION : EXIT_RUN_ERROR;
}

/* State of a server until it serves. */
struct launch {
	const struct arguments *arguments;
	struct steering steering;
	const struct workplace *workplace; /* of record and control socket; NULL: none */
	const char *mountpoint;            /* as recorded there */
	char *holders; /* processes that hold the directory mounted over; NULL: none; owned */
	int ready;     /* write end of a pipe to the parent; -1: in the foreground */
	bool mounted;  /* the mount was usable once */
};

static void print_negotiated(const struct arguments *arguments,
			     const struct layer_negotiated *negotiated)
{
	char size[32], readahead[32];

	printf("%s on %s: data path %s, FUSE %u.%u, %u threads, requests up to %s",
	       arguments->places[0], arguments->places[1],
	       layer_data_path_name(arguments->data_path), negotiated->proto_major,
	       negotiated->proto_minor, negotiated->threads,
	       units_format_size(negotiated->max_write, size, sizeof(size)));
	if (arguments->data_path == LAYER_DAEMON)
		printf(", readahead %s",
		       units_format_size(negotiated->max_readahead, readahead, sizeof(readahead)));
	putchar('\n');
	fflush(stdout);
}

/* Leaves the terminal and the working directory. Standard error stays open until the mount is
 * ready. */
static void detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (chdir("/") || null < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	close(null);
}

static void ready(void *context, const struct layer_negotiated *negotiated)
{
	struct launch *launch = context;

	launch->mounted = true;
	/* They report their own errors; the mount works without them. */
	if (launch->workplace) {
		workplace_made(launch->workplace, "mount", launch->mountpoint);
		steering_start(&launch->steering, negotiated, launch->workplace->path);
	}
	print_negotiated(launch->arguments, negotiated);
	if (launch->holders)
		fputs(launch->holders, stdout);
	fflush(stdout);
	if (launch->ready < 0)
		return;
	detach();
	(void)!write(launch->ready, "", 1);
	close(launch->ready);
	launch->ready = -1;
}

/* Serves, and records the mount point, so that `doctor --clean` finds it if the server is
 * killed. */
static int serve_recorded(const struct layer_config *config, struct launch *launch)
{
	struct workplace workplace;
	char mountpoint[PATH_MAX];
	int r = 0;

	/* The layer refuses these cases, and reports why. */
	if (geteuid() || !realpath(config->mountpoint, mountpoint))
		return layer_serve(config, ready, launch);
	r = workplace_make(&workplace);
	if (!r)
		r = workplace_plan(&workplace, "mount", mountpoint);
	launch->workplace = &workplace;
	launch->mountpoint = mountpoint;
	if (!r)
		r = layer_serve(config, ready, launch);
	/* The layer has unmounted its mount, unless the connection was aborted. If it mounted
	 * nothing, a mount there is not ours. */
	if (!launch->mounted && workplace.lock_fd >= 0 && ftruncate(workplace.lock_fd, 0))
		return report(-errno, "%s/record", workplace.path);
	return workplace_remove(&workplace) ?: r;
}

static int load_rules(const struct arguments *arguments, struct rules *rules)
{
	int r = 0;

	for (unsigned int i = 0; i < arguments->rules_count && !r; i++)
		r = rules_load(arguments->rules[i], arguments->trust, rules);
	return r;
}

static void print_holder(void *context, const struct holder *holder)
{
	FILE *to = context;

	if (!ftell(to))
		fputs("these hold what is beneath, and go past the layer until they open it "
		      "anew:\n",
		      to);
	fprintf(to, "%7d %-16s %zu descriptors, %zu mappings%s\n", holder->process, holder->name,
		holder->descriptors, holder->mappings, holder->works_there ? ", works there" : "");
}

/* Text about processes that hold the directory, which cannot be found once it is mounted over; the
 * caller frees it. NULL: none. */
static char *list_holders(const char *directory)
{
	char path[PATH_MAX], *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	if (realpath(directory, path))
		holders_find(path, print_holder, to);
	fclose(to);
	return text;
}

static int serve(const struct arguments *arguments, int ready_fd)
{
	struct launch launch = { .arguments = arguments, .ready = ready_fd };
	const struct steering_config steering = {
		.seed = arguments->seed,
		.data_path = arguments->data_path,
		.source = arguments->places[0],
		.mountpoint = arguments->places[1],
		.log = arguments->log,
		.metrics = arguments->metrics,
	};
	struct layer_config config = {
		.source = arguments->places[0],
		.mountpoint = arguments->places[1],
		.data_path = arguments->data_path,
		/* Kept writes do not pass the layer, and would not be recorded. */
		.cache = arguments->record ? LAYER_CACHE_NONE : arguments->cache,
		.threads = arguments->threads,
		.allow_other = arguments->allow_other,
		.hooks = &launch.steering.hooks,
	};
	struct recorder *recorder = NULL;
	int code = EXIT_USAGE, r;

	if (arguments->over)
		launch.holders = list_holders(arguments->places[0]);
	r = steering_make(&launch.steering, &steering);
	if (r) {
		code = r == -EINVAL       ? EXIT_USAGE
		       : r == -EOPNOTSUPP ? EXIT_PRECONDITION
					  : EXIT_RUN_ERROR;
	} else if (!load_rules(arguments, launch.steering.rules)) {
		config.statistics = launch.steering.statistics;
		if (!arguments->record ||
		    !recorder_start(&recorder, arguments->record,
				    layer_data_path_name(arguments->data_path),
				    &launch.steering.hooks))
			code = (int)exit_code_of(serve_recorded(&config, &launch));
	}
	/* Removes the record if nothing was mounted. */
	if (recorder_stop(recorder, launch.mounted))
		code = EXIT_RUN_ERROR;
	if (steering_release(&launch.steering))
		code = EXIT_RUN_ERROR;
	free(launch.holders);
	return code;
}

/* Waits until the child's mount is usable, or the child ends. Returns the exit code. */
static int wait_for_ready(int fd, pid_t child)
{
	ssize_t got;
	int status;
	char byte;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1)
		return EXIT_AS_EXPECTED;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return report(-errno, "waiting for the layer"), EXIT_RUN_ERROR;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	return report(0, "the layer ended before it was mounted"), EXIT_RUN_ERROR;
}

static int serve_in_background(const struct arguments *arguments)
{
	_cleanup_close_ int read_end = -1;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC))
		return report(-errno, "pipe"), EXIT_RUN_ERROR;
	read_end = ends[0];
	fflush(NULL);
	child = fork();
	if (child < 0) {
		close(ends[1]);
		return report(-errno, "fork"), EXIT_RUN_ERROR;
	}
	if (!child) {
		setsid();
		return serve(arguments, ends[1]);
	}
	close(ends[1]);
	return wait_for_ready(read_end, child);
}

/* The layer uses these paths while it serves: mounted over, they would make it wait for itself. */
static int check_mountpoint(const char *mountpoint)
{
	static const char *const needed[] = { "/proc", "/dev", WORKPLACES };
	char path[PATH_MAX];
	size_t length;

	if (!realpath(mountpoint, path))
		return 0;
	length = strcmp(path, "/") ? strlen(path) : 0;
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!strncmp(needed[i], path, length) &&
		    (needed[i][length] == '/' || !needed[i][length]))
			return report(
				0,
				"mountpoint %s: the layer itself uses %s, which is in it; name "
				"a directory further down",
				mountpoint, needed[i]);
	return 0;
}

/* The path of "unix:PATH" if nothing exists there; or NULL. */
static const char *new_socket(const char *address)
{
	static const char prefix[] = "unix:";
	const char *path = address + strlen(prefix);
	struct stat status;

	return !strncmp(address, prefix, strlen(prefix)) && *path && lstat(path, &status) ? path
											  : NULL;
}

/* Finds usage errors before anything is made; the layer checks the directories more closely. */
static int check(const struct arguments *arguments)
{
	static const char *const names[PLACES] = { "source", "mountpoint" };
	struct stat status[PLACES];
	const char *socket;
	int r;

	for (int i = 0; i < PLACES; i++) {
		if (stat(arguments->places[i], &status[i])) {
			status[i].st_ino = 0;
			if (errno == ENOENT || errno == ENOTDIR)
				return report(0, "%s %s: there is no such directory; make it first",
					      names[i], arguments->places[i]);
			if (errno == ELOOP || errno == ENAMETOOLONG)
				return report(-errno, "%s %s", names[i], arguments->places[i]),
				       -EINVAL;
		} else if (!S_ISDIR(status[i].st_mode)) {
			return report(0, "%s %s: is not a directory; name one", names[i],
				      arguments->places[i]);
		}
	}
	if (!arguments->over && status[0].st_ino && is_same_file(&status[0], &status[1]))
		return report(0,
			      "%s and %s: source and mountpoint are the same directory, which the "
			      "mount would hide; make another one to mount on, or give --over",
			      arguments->places[0], arguments->places[1]);
	if (check_mountpoint(arguments->places[1]))
		return -EINVAL;
	if (arguments->cache == LAYER_CACHE_WRITEBACK && arguments->data_path != LAYER_DAEMON)
		return report(0,
			      "--cache writeback with --data-path %s, where the kernel keeps no "
			      "writes; allowed: --data-path daemon, or --cache always",
			      layer_data_path_name(arguments->data_path));
	if (arguments->record && arguments->cache_given && arguments->cache != LAYER_CACHE_NONE)
		return report(0,
			      "--cache %s with --record: what the kernel keeps does not come to "
			      "the record; allowed: --cache none",
			      layer_cache_name(arguments->cache));
	socket = arguments->metrics ? new_socket(arguments->metrics) : NULL;
	if (socket && out_check_file("--metrics", socket, OUT_NEW))
		return -EINVAL;
	r = arguments->log ? out_check_file("--log", arguments->log, OUT_REGULAR) : 0;
	if (r || !arguments->record)
		return r;
	r = out_check_file("--record", arguments->record, OUT_NEW)
		    ?: out_check_file("--record", arguments->record, OUT_REGULAR);
	if (r)
		return r;
	if (arguments->data_path == LAYER_PASSTHROUGH)
		report(0, "data path passthrough: reads, writes and maps are not recorded; "
			  "--data-path daemon records them");
	return 0;
}

int cmd_mount(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "SOURCE MOUNTPOINT\n--over SOURCE",
		.doc = "Mounts a layer on MOUNTPOINT that mirrors the directory SOURCE, for any "
		       "program.\vIt serves in the background until MOUNTPOINT is unmounted "
		       "(umount, fusermount3 -u) or the server gets SIGINT, SIGTERM or SIGHUP. "
		       "Requires root.\n\nExit codes: 0 mounted, or with -f unmounted again; 2 "
		       "usage, an "
		       "unsuitable directory or file, or an error in the rules; 4 the mount "
		       "failed; 77 a precondition is missing.",
	};
	struct arguments arguments = {
		.data_path = LAYER_PASSTHROUGH,
		.cache = LAYER_CACHE_AUTO,
		.seed = 1,
	};
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	r = check(&arguments);
	if (r)
		return exit_code_of_error(r);
	return arguments.foreground ? serve(&arguments, -1) : serve_in_background(&arguments);
}
