/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option --data-path. */
#ifndef TOOLS_CLI_DATA_PATH_H
#define TOOLS_CLI_DATA_PATH_H

#include "fusefs/layer.h"

#include <argp.h>

/* Sets data_path to the one that the option names. For another name, argp_error() lists the allowed
 * ones and ends the program. */
void data_path_option(struct argp_state *state, const char *name, enum layer_data_path *data_path);

#endif
