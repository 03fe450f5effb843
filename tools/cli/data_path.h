/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option --data-path of commands. */
#ifndef TOOLS_CLI_DATA_PATH_H
#define TOOLS_CLI_DATA_PATH_H

#include "fusefs/layer.h"

#include <argp.h>

/* The data path that an option names; where there is none, argp_error() says what is allowed and
 * ends the program. */
void data_path_option(struct argp_state *state, const char *name, enum layer_data_path *data_path);

#endif
