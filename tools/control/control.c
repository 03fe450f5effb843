/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/control.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/rules/rule_crash.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { FULL_PAUSE = 10000000 }; /* ns */

struct client {
	int fd; /* -1: none */
	char *in, *out;
	size_t in_used, out_used;
	bool follows;
	bool ends; /* when all is sent */
};

struct control {
	struct steering *steering;
	struct sockaddr_un address;
	int listener, stop; /* eventfd */
	pthread_t thread;
	struct client clients[CONTROL_CLIENTS_MAX];
};

static void drop(struct client *client)
{
	cleanup_close(&client->fd);
	free(client->in);
	free(client->out);
	*client = (struct client){ .fd = -1 };
}

/* Sends as much as the client takes without waiting. */
static void flush(struct client *client)
{
	ssize_t sent;

	while (client->out_used) {
		sent = send(client->fd, client->out, client->out_used, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN)
			return;
		if (sent <= 0) {
			drop(client);
			return;
		}
		client->out_used -= (size_t)sent;
		memmove(client->out, client->out + sent, client->out_used);
	}
	if (client->ends)
		drop(client);
}

static void say(struct client *client, const char *line)
{
	size_t length;
	char *out;

	if (client->fd < 0 || client->ends)
		return;
	if (client->out_used + strlen(line) >= CONTROL_BACKLOG_MAX) {
		line = "{\"ok\":false,\"error\":\"what you do not read is too much: the rest is "
		       "not "
		       "sent\"}";
		client->ends = true;
	}
	length = strlen(line);
	out = realloc(client->out, client->out_used + length + 1);
	if (!out) {
		drop(client);
		return;
	}
	client->out = out;
	memcpy(out + client->out_used, line, length);
	out[client->out_used + length] = '\n';
	client->out_used += length + 1;
	flush(client);
}

static void answer(struct control *control, struct client *client, const char *line, size_t length)
{
	json_t *object = control_command(control->steering, line, length, &client->follows);
	_cleanup_free_ char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (text)
		say(client, text);
	else
		drop(client);
}

static void answer_lines(struct control *control, struct client *client)
{
	char *end;
	size_t length;

	while (client->fd >= 0 && !client->ends && client->in_used &&
	       (end = memchr(client->in, '\n', client->in_used))) {
		length = (size_t)(end - client->in);
		answer(control, client, client->in, length);
		if (client->fd < 0)
			return;
		client->in_used -= length + 1;
		memmove(client->in, end + 1, client->in_used);
	}
	if (client->fd >= 0 && client->in_used >= CONTROL_LINE_MAX) {
		client->in_used = 0;
		say(client, "{\"ok\":false,\"error\":\"the request is too long\"}");
		client->ends = true;
		flush(client);
	}
}

static void receive(struct control *control, struct client *client)
{
	char *in = realloc(client->in, client->in_used + 4096);
	ssize_t got;

	if (!in) {
		drop(client);
		return;
	}
	client->in = in;
	got = recv(client->fd, in + client->in_used, 4096, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(client);
		return;
	}
	client->in_used += (size_t)got;
	answer_lines(control, client);
}

static void accept_client(struct control *control)
{
	static const char full[] = "{\"ok\":false,\"error\":\"too many clients at once\"}\n";
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred who;
	socklen_t size = sizeof(who);

	if (fd < 0) {
		/* Without a free descriptor the client waits on, and poll() returns at once. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
			units_sleep(FULL_PAUSE);
		return;
	}
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) &&
	    (!who.uid || who.uid == geteuid())) {
		for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
			if (control->clients[i].fd < 0) {
				control->clients[i].fd = fd;
				return;
			}
		(void)!send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	close(fd);
}

static void write_log(struct control *control)
{
	struct steering *steering = control->steering;
	struct rule_event event;

	while (rule_log_take(&steering->log, &event)) {
		_cleanup_free_ char *line =
			rule_event_line(&event, ++steering->events, &steering->start);

		if (steering->config.event)
			steering->config.event(steering->config.context, &event);
		if (!line)
			continue;
		line_file_put(&steering->log_file, line);
		for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
			if (control->clients[i].follows)
				say(&control->clients[i], line);
	}
}

static void *serve(void *context)
{
	enum { LISTENER, STOP, LOG, FIRST_CLIENT };
	struct pollfd polled[FIRST_CLIENT + CONTROL_CLIENTS_MAX];
	struct control *control = context;

	for (;;) {
		polled[LISTENER] = (struct pollfd){ control->listener, POLLIN, 0 };
		polled[STOP] = (struct pollfd){ control->stop, POLLIN, 0 };
		polled[LOG] = (struct pollfd){ control->steering->log.wake, POLLIN, 0 };
		for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
			const struct client *client = &control->clients[i];

			polled[FIRST_CLIENT + i] = (struct pollfd){
				client->fd, (short)(POLLIN | (client->out_used ? POLLOUT : 0)), 0
			};
		}
		if (poll(polled, FIRST_CLIENT + CONTROL_CLIENTS_MAX,
			 rules_crash_in(control->steering->rules)) < 0 &&
		    errno != EINTR)
			break;
		if (!rules_crash_in(control->steering->rules))
			rules_crash_as_planned(control->steering->rules);
		write_log(control);
		if (polled[STOP].revents)
			break;
		for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
			struct client *client = &control->clients[i];

			if (client->fd >= 0 && polled[FIRST_CLIENT + i].revents & POLLOUT)
				flush(client);
			if (client->fd >= 0 &&
			    polled[FIRST_CLIENT + i].revents & (POLLIN | POLLHUP | POLLERR))
				receive(control, client);
		}
		if (polled[LISTENER].revents)
			accept_client(control);
	}
	return NULL;
}

static int open_socket(struct control *control, const char *directory)
{
	struct sockaddr_un *address = &control->address;

	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/" CONTROL_SOCKET, directory);
	control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->listener < 0 ||
	    bind(control->listener, (struct sockaddr *)address, sizeof(*address)) ||
	    chmod(address->sun_path, 0600) || listen(control->listener, CONTROL_CLIENTS_MAX))
		return -errno;
	return 0;
}

int control_start(struct control **started, struct steering *steering, const char *directory)
{
	struct control *control = calloc(1, sizeof(*control));
	int r;

	if (!control)
		return report(-ENOMEM, "the control socket");
	control->steering = steering;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	r = open_socket(control, directory);
	control->stop = eventfd(0, EFD_CLOEXEC);
	if (!r)
		r = control->stop < 0 ? -errno
				      : -pthread_create(&control->thread, NULL, serve, control);
	if (!r) {
		*started = control;
		return 0;
	}
	report(r, "the control socket %s", control->address.sun_path);
	cleanup_close(&control->listener);
	cleanup_close(&control->stop);
	unlink(control->address.sun_path);
	free(control);
	return r;
}

void control_stop(struct control *control)
{
	const uint64_t one = 1;

	if (!control)
		return;
	(void)!write(control->stop, &one, sizeof(one));
	pthread_join(control->thread, NULL);
	unlink(control->address.sun_path);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		drop(&control->clients[i]);
	close(control->listener);
	close(control->stop);
	free(control);
}
