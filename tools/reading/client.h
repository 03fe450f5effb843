/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clients: any program, started over a file of the run, whose output and end are compared with
 * those of the same program when nothing disturbed it.
 *
 * A client is the first process of a PID namespace of its own, so whatever it starts goes with it;
 * and it goes with the thread that started it. What it prints goes to files without names, up to
 * CLIENT_OUTPUT_MAX; it is compared piece by piece, so no size of output fills memory.
 */
#ifndef TOOLS_READING_CLIENT_H
#define TOOLS_READING_CLIENT_H

#include "injector/base/program.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CLIENT_OUTPUT_MAX ((uint64_t)256 << 20)

/* A command, split into words as a shell does; "{file}" and "{mount}" stand in them. */
struct client_command {
	char **words; /* ended by NULL */
	size_t count;
	char program[256]; /* where PATH has it */
};

/*
 * Splits a command and looks for its program. Returns 0; -EINVAL with `why` filled in: not to be
 * split, or no such program.
 */
int client_command_parse(const char *text, struct client_command *command, char *why, size_t size);

void client_command_free(struct client_command *command);

/* What a client left behind: give it to client_output_close(). */
struct client_output {
	int fds[2]; /* what it printed, and what it complained of */
	int status; /* as waitpid(2) says */
};

#define CLIENT_OUTPUT_NONE ((struct client_output){ .fds = { -1, -1 } })

void client_output_close(struct client_output *output);

struct client {
	pid_t pid; /* 0: none */
	struct client_output output;
};

struct client_launch {
	const struct client_command *command;
	const char *file, *mount; /* paths */
	int cpu;                  /* or -1 */
	bool urgent;              /* with a real-time priority, where it may have one */
	uint64_t mark;            /* for the witness: GATE_MARK and the reader's number; 0: none */
	const struct program_user *user; /* who it is, and then it begins in the mount; or NULL */
};

/* Starts it. Returns 0 or -errno (reported); end it with client_ended() or client_kill(). */
int client_start(struct client *client, const struct client_launch *launch);

/* Whether it has ended; output.status is set then. Never blocks. */
bool client_ended(struct client *client);

/* SIGKILL, and waits for the end. */
void client_kill(struct client *client);

enum { CLIENT_QUOTE = 120 };

/* Where two outputs begin to differ. */
struct client_difference {
	const char *in;        /* "output", "errors" or "end"; NULL: nowhere */
	uint64_t offset, line; /* of the first byte that differs; lines from 1 */
	uint64_t wanted_size, got_size;
	char wanted[CLIENT_QUOTE], got[CLIENT_QUOTE]; /* from the beginning of that line on; of
							 ends: in words */
};

/* Compares both. Returns 0 or -errno of reading. */
int client_compare(const struct client_output *wanted, const struct client_output *got,
		   struct client_difference *difference);

/*
 * The signal by which somebody else ended it: one that no bytes that a program reads can bring
 * about (SIGSEGV, SIGBUS, SIGABRT and the like can). A shell says so of what it ran by an exit code
 * of 128 and the signal's number. Returns 0 where it ended by itself. SIGKILL is mostly the
 * kernel's, out of memory.
 */
int client_killed_by(const struct client_output *output);

/* Where a process has mapped a page of a file: up to `most` addresses, the others 0. name, page: as
 * below. */
void client_addresses(pid_t process, const char *name, uint64_t page, uint64_t *addresses,
		      size_t most);

/*
 * How many pages of a list a process has mapped, in the mapping that has most of them. name: of the
 * file, without its directory. pages: of the file.
 */
size_t client_maps(pid_t process, const char *name, const uint64_t *pages, size_t count);

#endif
