/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/metrics.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

enum { BACKLOG = 16, CONNECTIONS_MAX = 16, IDLE_SECONDS = 30, PORT_MAX = 65535 };

#define UNIX      "unix:"
#define LOOPBACK  "127.0.0.1:"
#define OPEN_TYPE "application/openmetrics-text"

struct metrics {
	struct steering *steering;
	struct MHD_Daemon *daemon;
	int fd;
	struct sockaddr_un address; /* removed at the end; "": none */
	int directory;              /* of the address: the process may change its own */
};

/* Returns whether no process listens at a socket any more. */
static bool is_left_behind(const struct sockaddr_un *address)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat status;

	return !lstat(address->sun_path, &status) && S_ISSOCK(status.st_mode) && fd >= 0 &&
	       connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	       errno == ECONNREFUSED;
}

/* Returns a descriptor of the directory of a path; negative: it cannot be opened. */
static int open_parent(const struct sockaddr_un *address)
{
	char path[sizeof(address->sun_path)];

	strcpy(path, address->sun_path);
	return open(dirname(path), O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void remove_socket(const struct metrics *metrics)
{
	const char *path = metrics->address.sun_path, *slash = strrchr(path, '/');

	if (*path && metrics->directory >= 0)
		unlinkat(metrics->directory, slash ? slash + 1 : path, 0);
}

static int listen_at_path(struct metrics *metrics, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!*path || strlen(path) >= sizeof(address.sun_path))
		return report(0, "--metrics " UNIX "%s: a path of 1 to %zu bytes is needed", path,
			      sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	if (is_left_behind(&address))
		unlink(path);
	metrics->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* bind() gives the name the mode of the socket (unix_bind_bsd(), 6.18). So others can
	 * connect at no time, and the path is not followed a second time. */
	if (metrics->fd < 0 || fchmod(metrics->fd, 0600) ||
	    bind(metrics->fd, (struct sockaddr *)&address, sizeof(address)))
		return report(-errno, "--metrics " UNIX "%s", path);
	metrics->address = address;
	metrics->directory = open_parent(&address);
	if (listen(metrics->fd, BACKLOG))
		return report(-errno, "--metrics " UNIX "%s", path);
	return 0;
}

static int listen_at_port(struct metrics *metrics, const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !port || port > PORT_MAX)
		return report(0, "--metrics " LOOPBACK "%s: is not a port; allowed: 1 to %d", text,
			      PORT_MAX);
	address.sin_port = htons((uint16_t)port);
	metrics->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (metrics->fd < 0 || setsockopt(metrics->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(metrics->fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(metrics->fd, BACKLOG))
		return report(-errno, "--metrics " LOOPBACK "%s", text);
	return 0;
}

int metrics_open(struct metrics **opened, const char *address)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));
	int r;

	*opened = NULL;
	if (!metrics)
		return report(-ENOMEM, "--metrics");
	metrics->fd = metrics->directory = -1;
	if (!strncmp(address, UNIX, strlen(UNIX)))
		r = listen_at_path(metrics, address + strlen(UNIX));
	else if (!strncmp(address, LOOPBACK, strlen(LOOPBACK)))
		r = listen_at_port(metrics, address + strlen(LOOPBACK));
	else
		r = report(0, "--metrics %s: is not an address; allowed: " METRICS_ADDRESSES,
			   address);
	if (r) {
		metrics_close(metrics);
		return r;
	}
	*opened = metrics;
	return 0;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int code)
{
	static const char text[] = "GET /metrics is all that there is\n";
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof(text) - 1, (void *)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result = MHD_NO;

	if (response)
		result = MHD_queue_response(connection, code, response);
	MHD_destroy_response(response);
	return result;
}

/* NOLINTNEXTLINE(readability-function-size): libmicrohttpd sets the parameters */
static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *data_size, void **state)
{
	const struct metrics *metrics = context;
	const char *accepts =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	bool open = accepts && strstr(accepts, OPEN_TYPE);
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;
	char *text = NULL;
	size_t size;
	FILE *to;

	(void)version;
	(void)data;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 || *data_size)
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED);
	if (strcmp(url, "/metrics") != 0)
		return refuse(connection, MHD_HTTP_NOT_FOUND);
	to = open_memstream(&text, &size);
	if (!to)
		return MHD_NO;
	metrics_print(metrics->steering, open, to);
	fclose(to);
	response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				    open ? OPEN_TYPE "; version=1.0.0; charset=utf-8"
					 : "text/plain; version=0.0.4; charset=utf-8"))
		result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

int metrics_serve(struct metrics *metrics, struct steering *steering)
{
	metrics->steering = steering;
	metrics->daemon =
		MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, metrics,
				 MHD_OPTION_LISTEN_SOCKET, metrics->fd, MHD_OPTION_CONNECTION_LIMIT,
				 (unsigned int)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
				 (unsigned int)IDLE_SECONDS, MHD_OPTION_END);
	if (!metrics->daemon)
		return report(-EIO, "--metrics: libmicrohttpd does not start");
	/* The daemon closes the socket. */
	metrics->fd = -1;
	return 0;
}

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	if (metrics->daemon)
		MHD_stop_daemon(metrics->daemon);
	cleanup_close(&metrics->fd);
	remove_socket(metrics);
	cleanup_close(&metrics->directory);
	free(metrics);
}
