/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/plain_text.h"
#include "injector/base/report.h"
#include "tools/base/exit_code.h"
#include "tools/base/out.h"
#include "tools/base/save.h"
#include "tools/guest/guest_parts.h"
#include "tools/guest/kernel_config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Makes text of a guest safe for a terminal. */
static void make_plain(char *text, size_t size)
{
	for (char *c = text; (c = memchr(c, '\0', size - (size_t)(c - text)));)
		*c = '?';
	text[size] = '\0';
	plain_text(text, true);
}

/* Keeps the first byte of a control character of two (plain_text()) for the next piece, or, without
 * another byte, replaces it. Returns the length without it. */
static ssize_t keep_whole(char *text, ssize_t length)
{
	if (text[length - 1] != '\xc2')
		return length;
	if (length > 1)
		return length - 1;
	*text = '?';
	return length;
}

void guest_relay(struct guest *guest, int which, int from, FILE *to, const char *mark)
{
	const off_t end = guest->relayed[which] + GUEST_RELAYED_MAX +
			  (child_ended(&guest->child) ? GUEST_HELD_MAX : 0);
	char text[4096 + 1];
	ssize_t got;

	while (guest->relayed[which] < end &&
	       (got = pread(from, text, sizeof(text) - 1, guest->relayed[which])) > 0) {
		if (guest->config->scenario)
			got = keep_whole(text, got);
		guest->relayed[which] += got;
		if (guest->config->scenario)
			make_plain(text, (size_t)got);
		progress_end(&guest->progress);
		for (ssize_t i = 0; i < got; i++) {
			if (mark && !guest->in_line)
				fputs(mark, to);
			guest->in_line = text[i] != '\n';
			fputc(text[i], to);
		}
		fflush(to);
	}
	stream_forget(from, &guest->forgotten[which], guest->relayed[which]);
}

void guest_close_console(struct guest *guest)
{
	FILE *console = guest->stream.console_file;

	if (console && (ferror(console) | fclose(console))) {
		report(0, "%s/console.log could not be written whole", guest->config->out);
		guest->stream.unsaved = true;
	}
	guest->stream.console_file = NULL;
}

/* Removes the carriage returns of a console. Returns the length of what is left. */
static size_t without_returns(char *text, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < length; i++)
		if (text[i] != '\r')
			text[kept++] = text[i];
	return kept;
}

/* Prints the end of the console, if there are no reports of the kernel, or none but of its boot. */
static void print_console_end(const struct guest *guest)
{
	enum { END = 2048 };
	char text[END + 1];
	off_t size = lseek(guest->qemu.console, 0, SEEK_END);
	ssize_t got = pread(guest->qemu.console, text, END, size > END ? size - END : 0);

	if ((guest->stream.job_began && guest->stream.reports.count) || got <= 0)
		return;
	make_plain(text, without_returns(text, (size_t)got));
	fprintf(stderr, "the guest's console ends with:\n%s\n", text);
}

/* Passes the outcome to a caller that goes on by itself. */
static int tell(const struct guest *guest)
{
	struct guest_end_told *told = guest->config->told;

	told->died = guest->stream.job_began && guest->facts.end != GUEST_BROKEN;
	told->stopped = guest->facts.end == GUEST_STOPPED;
	told->hit = outcome_verdict(&guest->stream) == VERDICT_HIT;
	outcome_death(&guest->facts, &guest->stream, told->text, sizeof(told->text));
	return -EIO;
}

/* Saves the configuration of the kernel, which is found by the image's path and may be another one
 * later. */
static int save_config(const struct guest_config *config)
{
	_cleanup_free_ char *text = kernel_config_read(config->kernel, NULL);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/kernel.config", config->out);
	return text ? save_text(path, text) : out_remove(config->out, "kernel.config");
}

/* Saves a result.json, whoever made it. */
static int save_as_result(const struct guest_config *config, const json_t *result)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/result.json", config->out);
	return save_json(path, result, JSON_INDENT(2));
}

static int save_result(struct guest *guest, json_t *result)
{
	int r;

	guest_close_console(guest);
	outcome_add_lost(result, &guest->stream);
	if (!guest->config->out)
		return 0;
	r = save_as_result(guest->config, result) ?: save_config(guest->config);
	return r ? r : guest->stream.unsaved ? -EIO : 0;
}

/* Saves the scenario, as the run itself does. That of the guest is replaced: it is not trusted, and
 * whoever runs the scenario again runs its commands. */
static int save_scenario(const struct guest_config *config)
{
	char path[PATH_MAX];

	if (!config->out)
		return 0;
	snprintf(path, sizeof(path), "%s/scenario.cfg", config->out);
	return scenario_write(config->scenario, path);
}

/* Makes a result for a guest that has died without one, from what is known. */
static int conclude_death(struct guest *guest)
{
	json_t *result = outcome_result(&guest->facts, &guest->stream);

	outcome_add_guest(result, &guest->facts, &guest->stream);
	if (guest->facts.end != GUEST_STOPPED)
		print_console_end(guest);
	if (guest->config->text)
		outcome_print(guest->config->text, result);
	*guest->config->result = result;
	return save_result(guest, result) ?: save_scenario(guest->config);
}

/* Called when the run has ended with that exit code. Adds the guest to the result, if there is
 * one. */
static int conclude(struct guest *guest, int code)
{
	json_t *result = guest->stream.result;
	int saved = save_scenario(guest->config);
	FILE *text = guest->config->text;
	bool spoiled = result && guest->stub_error &&
		       outcome_spoil(result, "the schedule was not followed to the end of the run");

	if (text && spoiled)
		outcome_print(text, result);
	else if (text)
		guest_relay(guest, 0, guest->qemu.output, text, NULL);
	if (!result)
		return error_of_exit_code(code) ?: -EIO;
	*guest->config->result = json_incref(result);
	outcome_add_guest(result, &guest->facts, &guest->stream);
	return save_result(guest, result) ?: saved;
}

/* Called when a command has ended with that exit code. What it left as result.json is the user's.
 */
static int conclude_command(struct guest *guest, int code)
{
	const struct guest_config *config = guest->config;
	int r = 0;

	if (code && config->status)
		*config->status = code;
	guest_close_console(guest);
	if (config->out && guest->stream.result)
		r = save_as_result(config, guest->stream.result);
	return r ? r : guest->stream.unsaved ? -EIO : 0;
}

int guest_bring_home(struct guest *guest, int came)
{
	const struct guest_config *config = guest->config;

	if (came == -ENODATA && config->scenario)
		return conclude_death(guest);
	if (came == -ENODATA && config->told)
		return tell(guest);
	if (came == -ENODATA)
		return print_console_end(guest), -EIO;
	if (came >= 0 && config->scenario && !config->shell)
		return conclude(guest, came);
	return came < 0 ? came : conclude_command(guest, came);
}
