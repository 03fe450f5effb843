/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/client.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "tools/base/program_path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wordexp.h>

/* Writes the command so that wordexp(3) only splits it: quotes and backslashes keep their meaning,
 * and all other special characters are quoted. */
static void quote_special(FILE *to, const char *text)
{
	char quote = '\0';

	for (; *text; text++) {
		if (*text == quote)
			quote = '\0';
		else if (!quote && (*text == '\'' || *text == '"'))
			quote = *text;
		else if (quote != '\'' && *text == '\\' && text[1])
			fputc(*text++, to);
		else if (strchr(quote == '\'' ? "" : quote ? "$`" : "{}$`*?[~;&|<>()#", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
}

int client_command_parse(const char *text, struct client_command *command, char *why, size_t size)
{
	char *quoted = NULL;
	wordexp_t words;
	size_t length = 0;
	FILE *memory = open_memstream(&quoted, &length);
	int r;

	memset(command, 0, sizeof(*command));
	if (!memory)
		return -ENOMEM;
	quote_special(memory, text);
	fclose(memory);
	r = wordexp(quoted, &words, WRDE_NOCMD);
	free(quoted);
	if (r || !words.we_wordc) {
		snprintf(why, size,
			 "\"%s\" is not a command; allowed: a program and its arguments, quoted "
			 "as for a shell",
			 text);
		if (!r)
			wordfree(&words);
		return -EINVAL;
	}
	command->words = words.we_wordv;
	command->count = words.we_wordc;
	if (program_path(command->words[0], command->program, sizeof(command->program)))
		return 0;
	snprintf(why, size, "no program \"%s\" here; allowed: one that PATH has, or a path",
		 command->words[0]);
	client_command_free(command);
	return -EINVAL;
}

void client_command_free(struct client_command *command)
{
	wordexp_t words = { .we_wordc = command->count, .we_wordv = command->words };

	if (command->words)
		wordfree(&words);
	command->words = NULL;
}

void client_output_close(struct client_output *output)
{
	for (int i = 0; i < 2; i++) {
		cleanup_close(&output->fds[i]);
		output->fds[i] = -1;
	}
}

/* Returns whether the program starts inside the mount: another user cannot reach it by a path. */
static bool is_inside(const struct client_launch *launch)
{
	return launch->user && launch->user->set;
}

/* Returns a new text: a word with the placeholders replaced by paths. */
static char *fill_word(const char *word, const struct client_launch *launch)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	while (*word) {
		if (!strncmp(word, "{file}", 6)) {
			fputs(is_inside(launch) ? strrchr(launch->file, '/') + 1 : launch->file,
			      memory);
			word += 6;
		} else if (!strncmp(word, "{mount}", 7)) {
			fputs(is_inside(launch) ? "." : launch->mount, memory);
			word += 7;
		} else {
			fputc(*word++, memory);
		}
	}
	fclose(memory);
	return text;
}

static void free_words(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

static char **fill_words(const struct client_launch *launch)
{
	char **words = calloc(launch->command->count + 1, sizeof(*words));

	for (size_t i = 0; words && i < launch->command->count; i++) {
		words[i] = fill_word(launch->command->words[i], launch);
		if (!words[i]) {
			free_words(words);
			words = NULL;
		}
	}
	return words;
}

static int open_outputs(struct client_output *output)
{
	const char *directory = getenv("TMPDIR") ?: "/tmp";

	*output = CLIENT_OUTPUT_NONE;
	for (int i = 0; i < 2; i++) {
		output->fds[i] = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (output->fds[i] < 0)
			return report(-errno, "%s: a file without a name, for a program's output",
				      directory);
	}
	return 0;
}

/* Called in the new process. */
static void prepare(const void *context)
{
	const struct client_launch *launch = context;
	const struct rlimit size = { CLIENT_OUTPUT_MAX, CLIENT_OUTPUT_MAX };
	/* A limit that has no effect, and is inherited by all processes of the client: see
	 * GATE_MARK. */
	const struct rlimit mark = { launch->mark, launch->mark };
	const struct sched_param first = { .sched_priority = 1 };
	cpu_set_t cpus;

	if (launch->urgent)
		sched_setscheduler(0, SCHED_FIFO, &first);
	if (launch->cpu >= 0) {
		CPU_ZERO(&cpus);
		CPU_SET((unsigned int)launch->cpu, &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
	}
	setrlimit(RLIMIT_FSIZE, &size);
	if (launch->mark)
		setrlimit(RLIMIT_MSGQUEUE, &mark);
	if (is_inside(launch) && chdir(launch->mount))
		_exit(127);
}

int client_start(struct client *client, const struct client_launch *launch)
{
	char **words = fill_words(launch);
	int r = open_outputs(&client->output)
			?: (words ? 0 : report(-ENOMEM, "a program's command"));
	const struct program program = {
		.path = launch->command->program,
		.arguments = (const char *const *)words,
		.user = launch->user,
		.input = PROGRAM_NOTHING,
		.output = client->output.fds[0],
		.errors = client->output.fds[1],
		.alone = true,
		.prepare = prepare,
		.context = launch,
	};

	client->pid = 0;
	if (!r) {
		r = program_start(&program, &client->pid);
		if (r)
			report(r, "starting %s", launch->command->program);
	}
	free_words(words);
	if (r)
		client_output_close(&client->output);
	return r;
}

bool client_ended(struct client *client)
{
	if (client->pid && waitpid(client->pid, &client->output.status, WNOHANG) == client->pid)
		client->pid = 0;
	return !client->pid;
}

void client_kill(struct client *client)
{
	if (!client->pid)
		return;
	kill(client->pid, SIGKILL);
	waitpid(client->pid, &client->output.status, 0);
	client->pid = 0;
}

static ssize_t read_at(int fd, char *buffer, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, buffer + done, size - done, (off_t)(offset + done));

		if (got < 0)
			return -errno;
		if (!got)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

static void quote(int fd, uint64_t offset, char *text)
{
	ssize_t got = read_at(fd, text, CLIENT_QUOTE - 1, offset);
	size_t length = got > 0 ? (size_t)got : 0;

	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (char *c = text; *c; c++)
		if (!isprint((unsigned char)*c))
			*c = '?';
}

/* Returns 1: they differ; 0; or -errno. */
static int compare_files(int wanted, int got, struct client_difference *difference)
{
	enum { PIECE = 1 << 16 };
	char *a = malloc(2UL * PIECE), *b = a + PIECE;
	uint64_t at = 0, line_start = 0;
	ssize_t have = 1, has = 1;
	int r = a ? 0 : -ENOMEM;

	difference->line = 1;
	while (!r && have > 0 && has > 0) {
		ssize_t i = 0;

		have = read_at(wanted, a, PIECE, at);
		has = read_at(got, b, PIECE, at);
		if (have < 0 || has < 0)
			r = have < 0 ? (int)have : (int)has;
		for (; !r && i < have && i < has && a[i] == b[i]; i++)
			if (a[i] == '\n') {
				difference->line++;
				line_start = at + (uint64_t)i + 1;
			}
		at += (uint64_t)i;
		if (!r && (i < have || i < has))
			r = 1;
	}
	free(a);
	if (r != 1)
		return r;
	difference->offset = at;
	/* Quoted from the begin of the line, unless the difference would not be in the
	 * quotation. */
	line_start = at - line_start > CLIENT_QUOTE / 2 ? at - CLIENT_QUOTE / 2 : line_start;
	quote(wanted, line_start, difference->wanted);
	quote(got, line_start, difference->got);
	return 1;
}

static void describe_end(int status, char *text)
{
	if (WIFSIGNALED(status))
		snprintf(text, CLIENT_QUOTE, "signal %d (%s)", WTERMSIG(status),
			 sigabbrev_np(WTERMSIG(status)) ?: "?");
	else
		snprintf(text, CLIENT_QUOTE, "exit code %d", WEXITSTATUS(status));
}

int client_compare(const struct client_output *wanted, const struct client_output *got,
		   struct client_difference *difference)
{
	static const char *const names[] = { "output", "errors" };
	int r;

	memset(difference, 0, sizeof(*difference));
	for (int i = 0; i < 2; i++) {
		r = compare_files(wanted->fds[i], got->fds[i], difference);
		if (r < 0)
			return r;
		if (r) {
			difference->in = names[i];
			difference->wanted_size = (uint64_t)lseek(wanted->fds[i], 0, SEEK_END);
			difference->got_size = (uint64_t)lseek(got->fds[i], 0, SEEK_END);
			return 0;
		}
	}
	if (wanted->status == got->status)
		return 0;
	difference->in = "end";
	difference->line = 0;
	describe_end(wanted->status, difference->wanted);
	describe_end(got->status, difference->got);
	return 0;
}

/* Signals by which a program may die that has read wrong bytes. */
static const int own_signals[] = { SIGABRT, SIGBUS, SIGFPE,  SIGILL, SIGPIPE,
				   SIGSEGV, SIGSYS, SIGTRAP, SIGXFSZ };

/* Signals that others send to end a program. Of exit codes above 128, only those that stand for
 * these are taken for a signal. */
static const int outer_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM };

static bool is_one_of(int signal, const int *signals, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (signals[i] == signal)
			return true;
	return false;
}

int client_killed_by(const struct client_output *output)
{
	int status = output->status, said = WIFEXITED(status) ? WEXITSTATUS(status) - 128 : 0;

	if (WIFSIGNALED(status))
		return is_one_of(WTERMSIG(status), own_signals, ARRAY_SIZE(own_signals))
			       ? 0
			       : WTERMSIG(status);
	return is_one_of(said, outer_signals, ARRAY_SIZE(outer_signals)) ? said : 0;
}

/* Counts the wanted pages that have a page table entry. The mapping at `address` has `length` pages
 * of the file, from page `first` on. */
static size_t count_present(int pagemap, uint64_t address, uint64_t first, uint64_t length,
			    const uint64_t *pages, size_t count)
{
	const uint64_t present = 1ULL << 63;
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t entry, place = address / page_size() + (pages[i] - first);

		if (pages[i] < first || pages[i] >= first + length)
			continue;
		if (pread(pagemap, &entry, sizeof(entry), (off_t)(place * 8)) == sizeof(entry))
			found += (entry & present) != 0;
	}
	return found;
}

struct mapping {
	unsigned long from, to, offset; /* bytes; offset: in the file */
};

/* Reads the next mapping of a file. Returns false if there is none. */
static bool next_mapping(FILE *maps, const char *name, struct mapping *mapping)
{
	char line[PATH_MAX + 128], found[PATH_MAX];

	while (maps && fgets(line, sizeof(line), maps)) {
		const char *slash;

		*found = '\0';
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4095[^\n]", &mapping->from, &mapping->to,
			   &mapping->offset, found) < 4)
			continue;
		slash = strrchr(found, '/');
		if (slash && !strcmp(slash + 1, name))
			return true;
	}
	return false;
}

static FILE *open_maps(pid_t process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", process);
	return fopen(path, "re");
}

void client_addresses(pid_t process, const char *name, uint64_t page, uint64_t *addresses,
		      size_t most)
{
	FILE *maps = open_maps(process);
	uint64_t at = page * page_size();
	struct mapping mapping;
	size_t count = 0;

	memset(addresses, 0, most * sizeof(*addresses));
	while (count < most && next_mapping(maps, name, &mapping))
		if (at >= mapping.offset && at - mapping.offset < mapping.to - mapping.from)
			addresses[count++] = mapping.from + (at - mapping.offset);
	if (maps)
		fclose(maps);
}

size_t client_maps(pid_t process, const char *name, const uint64_t *pages, size_t count)
{
	char path[64];
	_cleanup_close_ int pagemap = -1;
	struct mapping mapping;
	size_t most = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", process);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	maps = pagemap < 0 ? NULL : open_maps(process);
	while (next_mapping(maps, name, &mapping)) {
		size_t here =
			count_present(pagemap, mapping.from, mapping.offset / page_size(),
				      (mapping.to - mapping.from) / page_size(), pages, count);

		most = here > most ? here : most;
	}
	if (maps)
		fclose(maps);
	return most;
}
