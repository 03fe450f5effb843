/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/log_data.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/read_line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static int64_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* "2026-11-27T18:00:00.000000Z" */
static double time_of(const json_t *event)
{
	struct tm tm = { .tm_isdst = 0 };
	const char *rest = strptime(text_of(event, "time"), "%Y-%m-%dT%H:%M:%S", &tm);

	return rest ? (double)timegm(&tm) + (*rest == '.' ? strtod(rest, NULL) : 0) : 0;
}

/* Appends an item to an array whose size is doubled when needed. Returns it, zeroed; NULL without
 * memory. */
static void *append(void **items, size_t *count, size_t item)
{
	bool is_full = !(*count & (*count - 1));
	char *more = is_full ? reallocarray(*items, *count ? 2 * *count : 1, item) : *items;

	if (!more)
		return NULL;
	*items = more;
	more += (*count)++ * item;
	return memset(more, 0, item);
}

#define APPEND(data, what, count)                                                                  \
	append((void **)&(data)->what, &(data)->count, sizeof(*(data)->what))

static struct log_row *row_of(struct log_data *data, const char *rule, const char *action)
{
	struct log_row *row;

	for (size_t i = 0; i < data->row_count; i++)
		if (!strcmp(data->rows[i].rule, rule) && !strcmp(data->rows[i].action, action))
			return &data->rows[i];
	row = APPEND(data, rows, row_count);
	if (row) {
		row->rule = strdup(rule);
		row->action = strdup(action);
	}
	return row && row->rule && row->action ? row : NULL;
}

static int count_process(struct log_data *data, const json_t *event)
{
	const char *operation = text_of(event, "operation");
	int64_t pid = number_of(event, "pid");
	struct log_process *process;

	for (size_t i = 0; i < data->process_count; i++)
		if (data->processes[i].pid == pid &&
		    !strcmp(data->processes[i].operation, operation))
			return data->processes[i].events++, 0;
	process = APPEND(data, processes, process_count);
	if (!process)
		return -ENOMEM;
	process->pid = pid;
	process->events = 1;
	process->operation = strdup(operation);
	return process->operation ? 0 : -ENOMEM;
}

static int add_value(struct log_values *values, int64_t value)
{
	double *added = append((void **)&values->values, &values->count, sizeof(*added));

	if (!added)
		return -ENOMEM;
	*added = (double)value;
	return 0;
}

static int take_loss(struct log_data *data, const json_t *event, bool is_name)
{
	struct log_loss *loss = APPEND(data, losses, loss_count);

	if (!loss)
		return -ENOMEM;
	loss->path = strdup(text_of(event, "path"));
	loss->is_name = is_name;
	loss->bytes = (uint64_t)number_of(event, "drawn");
	return loss->path ? 0 : -ENOMEM;
}

static int take_event(struct log_data *data, const json_t *event)
{
	const char *action = text_of(event, "action");
	bool waits = !strcmp(action, "delay") || !strcmp(action, "hold");
	bool is_name = !strcmp(action, "undone");
	struct log_row *row = row_of(data, text_of(event, "rule"), action);
	struct log_point *point = APPEND(data, points, point_count);
	double time = time_of(event);

	if (!row || !point)
		return -ENOMEM;
	data->events++;
	row->errors += json_is_string(json_object_get(event, "error"));
	row->cut_short += json_is_true(json_object_get(event, "cut_short"));
	row->first = row->events++ ? row->first : time;
	row->last = time;
	*point = (struct log_point){ time, (uint32_t)(row - data->rows) };
	if (waits && (add_value(&row->asked, number_of(event, "drawn")) ||
		      add_value(&row->given, number_of(event, "measured_ns"))))
		return -ENOMEM;
	if (is_name || !strcmp(action, "lost"))
		return take_loss(data, event, is_name);
	return *text_of(event, "operation") ? count_process(data, event) : 0;
}

static int take_mount(struct log_data *data, json_t *mount)
{
	const json_t *first = json_array_get(data->mounts, 0);

	data->seeds_differ |= first && number_of(first, "seed") != number_of(mount, "seed");
	return json_array_append(data->mounts, mount) ? -ENOMEM : 0;
}

static int take_line(struct log_data *data, const char *line, size_t length)
{
	json_t *object = json_loadb(line, length, 0, NULL);
	const char *type = text_of(object, "type");
	int r = 0;

	if (!strcmp(type, "mount"))
		r = take_mount(data, object);
	else if (!strcmp(type, "rule"))
		r = take_event(data, object);
	else
		data->damaged++;
	json_decref(object);
	return r;
}

bool log_data_is_log(const char *path)
{
	struct stat status;

	return !stat(path, &status) && !S_ISDIR(status.st_mode);
}

int log_data_load(struct log_data *data, const char *path)
{
	int fd = text_file_open(path), r = 0;
	_cleanup_fclose_ FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t room = 0;
	ssize_t length = 0;

	if (!file)
		return report(0, "%s: %s", path, text_file_error(fd < 0 ? fd : -errno));
	data->mounts = json_array();
	while (!r && (length = read_line(&line, &room, file)) > 0)
		r = take_line(data, line, (size_t)length);
	r = r ?: length < 0 ? (int)length : 0;
	if (r)
		return report(r, "%s", path);
	if (!json_array_size(data->mounts) && !data->events)
		return report(
			0,
			"%s: is not the log of a mount; name one that foliostorm mount --log has "
			"written, or the directory of a run",
			path);
	return 0;
}

void log_data_release(struct log_data *data)
{
	for (size_t i = 0; i < data->row_count; i++) {
		free(data->rows[i].rule);
		free(data->rows[i].action);
		free(data->rows[i].asked.values);
		free(data->rows[i].given.values);
	}
	for (size_t i = 0; i < data->process_count; i++)
		free(data->processes[i].operation);
	for (size_t i = 0; i < data->loss_count; i++)
		free(data->losses[i].path);
	free(data->rows);
	free(data->processes);
	free(data->losses);
	free(data->points);
	json_decref(data->mounts);
}

static int compare(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return (one > other) - (one < other);
}

double log_quantile(struct log_values *values, double p)
{
	if (!values->count)
		return 0;
	qsort(values->values, values->count, sizeof(*values->values), compare);
	return values->values[(size_t)(p * (double)(values->count - 1))];
}
