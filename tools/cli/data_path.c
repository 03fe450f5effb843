/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/data_path.h"
#include "injector/base/append_text.h"

void data_path_option(struct argp_state *state, const char *name, enum layer_data_path *data_path)
{
	char allowed[128] = "";
	size_t used = 0;

	if (!layer_data_path_parse(name, data_path))
		return;
	for (unsigned int i = 0; i < LAYER_DATA_PATHS; i++)
		used = append_text(allowed, sizeof(allowed), used, "%s%s", i ? ", " : "",
				   layer_data_path_name(i));
	argp_error(state, "--data-path %s: allowed: %s", name, allowed);
}
