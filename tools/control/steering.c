/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/steering.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/keys.h"
#include "tools/control/control.h"
#include "tools/control/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

int steering_make(struct steering *steering, const struct steering_config *config)
{
	struct rules_config rules = {
		.seed = config->seed,
		.no_data = config->data_path == LAYER_PASSTHROUGH,
		.maps_past = config->data_path == LAYER_MIXED,
		.phase = config->phase,
		.emit = rule_log_put,
		.context = &steering->log,
	};
	int r;

	*steering = (struct steering){ .config = *config,
				       .start = rule_log_start(),
				       .log_file = LINE_FILE_NONE };
	/* An unknown kernel is taken for a current one. */
	if (kernel_running(&rules.kernel))
		rules.kernel = (struct kernel_version){ .major = 7 };
	r = rule_log_init(&steering->log);
	if (r)
		return report(r, "a log of the rules");
	steering->statistics =
		config->statistics ? config->statistics : calloc(1, sizeof(*steering->statistics));
	if (!steering->statistics || rules_make(&steering->rules, &rules))
		return report(-ENOMEM, "rules");
	steering->hooks = rules_hooks(steering->rules);
	r = config->metrics ? metrics_open(&steering->metrics, config->metrics) : 0;
	if (r || !config->log)
		return r;
	return line_file_open(&steering->log_file, config->log, O_APPEND);
}

/* Writes the first line of a mount to the log, which may have lines of earlier mounts. */
static void begin_log(struct steering *steering)
{
	const struct steering_config *config = &steering->config;
	json_t *object;
	char time[40], *line;

	if (!config->log)
		return;
	object =
		json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o, s:s, s:o}", "type", "mount",
			  "version", FOLIOSTORM_VERSION, "seed", key_number(config->seed), "source",
			  key_text_of(config->source), "mountpoint",
			  key_text_of(config->mountpoint), "data_path",
			  layer_data_path_name(config->data_path), "rules", control_rules(steering),
			  "time", rule_log_time(steering->start.wall, time, sizeof(time)),
			  "boot_ns", key_number(steering->start.boot));
	line = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (line)
		line_file_put(&steering->log_file, line);
	free(line);
}

int steering_start(struct steering *steering, const struct layer_negotiated *negotiated,
		   const char *directory)
{
	int r = 0;

	steering->negotiated = *negotiated;
	begin_log(steering);
	if (steering->metrics)
		r = metrics_serve(steering->metrics, steering);
	/* Closed, so that no client waits at a socket that is never answered. */
	if (r) {
		metrics_close(steering->metrics);
		steering->metrics = NULL;
	}
	return control_start(&steering->control, steering, directory) ?: r;
}

int steering_release(struct steering *steering)
{
	int r = 0;

	metrics_close(steering->metrics);
	steering->metrics = NULL;
	control_stop(steering->control);
	steering->control = NULL;
	line_file_close(&steering->log_file);
	if (steering->log_file.lost) {
		report(steering->log_file.error, "%s: %" PRIu64 " events were not written",
		       steering->config.log, steering->log_file.lost);
		r = -EIO;
	}
	if (steering->log.lost)
		r = report(-ENOMEM, "%" PRIu64 " events of rules were lost",
			   (uint64_t)steering->log.lost);
	rules_free(steering->rules);
	steering->rules = NULL;
	if (steering->statistics != steering->config.statistics)
		free(steering->statistics);
	rule_log_destroy(&steering->log);
	return r;
}
