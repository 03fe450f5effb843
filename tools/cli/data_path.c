/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/data_path.h"

#include <stdio.h>
#include <string.h>

void data_path_option(struct argp_state *state, const char *name, enum layer_data_path *data_path)
{
	char allowed[128] = "";

	if (!layer_data_path_parse(name, data_path))
		return;
	for (unsigned int i = 0; i < LAYER_DATA_PATHS; i++)
		snprintf(allowed + strlen(allowed), sizeof(allowed) - strlen(allowed), "%s%s",
			 i ? ", " : "", layer_data_path_name(i));
	argp_error(state, "--data-path %s: allowed: %s", name, allowed);
}
