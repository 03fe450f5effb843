/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients: arbitrary programs that read a file of the run. Their output and exit status are
 * compared with those of an undisturbed run of the same program.
 *
 * A client is the first process of its own PID namespace, so everything that it starts dies with
 * it; it dies with the thread that started it. Its output goes to unnamed files of up to
 * CLIENT_OUTPUT_MAX bytes, which are compared piece by piece, in bounded memory.
 */
#ifndef TOOLS_READING_CLIENT_H
#define TOOLS_READING_CLIENT_H

#include "injector/base/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CLIENT_OUTPUT_MAX ((uint64_t)256 << 20)

/* A command, split into words as by a shell. Words may contain "{file}" and "{mount}". */
struct client_command {
	char **words; /* NULL-terminated */
	size_t count;
	char program[256]; /* its path, found by PATH */
};

/*
 * Splits a command and finds its program. Returns 0; -EINVAL with `why` filled in: not a valid
 * command, or no such program; -ENOMEM. Free it with client_command_free().
 */
int client_command_parse(const char *text, struct client_command *command, char *why, size_t size);

void client_command_free(struct client_command *command);

/* The result of a client, to be released with client_output_close(). */
struct client_output {
	int fds[2]; /* files with its standard output and standard error */
	int status; /* of waitpid(2) */
};

#define CLIENT_OUTPUT_NONE ((struct client_output){ .fds = { -1, -1 } })

void client_output_close(struct client_output *output);

struct client {
	pid_t pid; /* 0: not running */
	struct client_output output;
};

struct client_launch {
	const struct client_command *command;
	const char *file, *mount; /* paths */
	int cpu;                  /* processor, or -1 */
	bool urgent;              /* with a real-time priority, if permitted */
	uint64_t mark;            /* for the witness: GATE_MARK and the reader's number; 0: none */
	const struct program_user *user; /* its user, who starts in the mount; or NULL */
};

/* Starts a client. Returns 0 or -errno (reported). Wait for it with client_ended() or
 * client_kill(), then release client->output. */
int client_start(struct client *client, const struct client_launch *launch);

/* Returns whether it has ended, without blocking; then output.status is set. */
bool client_ended(struct client *client);

/* Sends SIGKILL and waits for the end. */
void client_kill(struct client *client);

enum { CLIENT_QUOTE = 120 };

/* The first difference of two results. */
struct client_difference {
	const char *in;        /* "output", "errors" or "end"; NULL: none */
	uint64_t offset, line; /* of the first byte that differs; lines from 1 */
	uint64_t wanted_size, got_size;
	char wanted[CLIENT_QUOTE], got[CLIENT_QUOTE]; /* that line; of "end": the exit code or
							 signal in words */
};

/* Compares two results. Returns 0 or -errno (not reported). */
int client_compare(const struct client_output *wanted, const struct client_output *got,
		   struct client_difference *difference);

/*
 * Returns the signal by which another process, or the kernel when out of memory, killed the client;
 * 0 if it ended by itself. Signals that wrong bytes can cause, such as SIGSEGV, SIGBUS and SIGABRT,
 * do not count. A shell's exit code of 128 and a signal's number tells that its command was killed.
 */
int client_killed_by(const struct client_output *output);

/* Gets up to `most` addresses at which a process has mapped a page of a file; the rest is set to 0.
 * name, page: see client_maps(). */
void client_addresses(pid_t process, const char *name, uint64_t page, uint64_t *addresses,
		      size_t most);

/*
 * Returns how many of the given pages a process has in its page table, in the mapping that has most
 * of them. name: of the file, without directory. pages: indices in the file.
 */
size_t client_maps(pid_t process, const char *name, const uint64_t *pages, size_t count);

#endif
