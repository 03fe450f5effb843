/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands. Each parses its own arguments, with argv[0] "foliostorm NAME", and returns the
 * exit code. */
#ifndef TOOLS_CLI_COMMANDS_H
#define TOOLS_CLI_COMMANDS_H

#include "tools/base/exit_code.h"

int cmd_aim(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_bundle(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_guest(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_kernels(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_points(int argc, char **argv);
int cmd_rerun(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_scenarios(int argc, char **argv);
int cmd_tune(int argc, char **argv);

#endif
