/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands: each takes its own arguments, argv[0] being "foliostorm NAME", and returns the
 * exit code. */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

/* Of every command. */
enum exit_code {
	EXIT_AS_EXPECTED = 0,
	EXIT_NOT_AS_EXPECTED = 1,
	EXIT_USAGE = 2,
	EXIT_INCONCLUSIVE = 3,
	EXIT_RUN_ERROR = 4,
	EXIT_PRECONDITION = 77,
};

/* What layer_serve() said, as an exit code: 77 where the machine lacks something. Of cmd_mount.c. */
enum exit_code exit_code_of_layer(int error);

int cmd_aim(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_guest(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_tune(int argc, char **argv);

#endif
