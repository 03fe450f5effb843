/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/qmp.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* Returns the next message; NULL with errno set: there is none. */
static json_t *next_message(struct qmp *qmp)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	json_t *message;

	errno = 0;
	if (getline(&line, &size, qmp->from) <= 0) {
		errno = errno ? errno : ECONNRESET;
		return NULL;
	}
	message = json_loads(line, 0, NULL);
	if (!message)
		errno = EPROTO;
	return message;
}

static int send_text(struct qmp *qmp, const char *text, int pass)
{
	char space[CMSG_SPACE(sizeof(int))] = "";
	struct iovec part = { .iov_base = (char *)text, .iov_len = strlen(text) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *header;

	if (pass >= 0) {
		message.msg_control = space;
		message.msg_controllen = sizeof(space);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &pass, sizeof(int));
	}
	return sendmsg(qmp->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Events come at any time. Returns the answer of a command, or NULL as next_message(). */
static json_t *next_answer(struct qmp *qmp)
{
	json_t *message;

	while ((message = next_message(qmp)) && !json_object_get(message, "return") &&
	       !json_object_get(message, "error"))
		json_decref(message);
	return message;
}

int qmp_command(struct qmp *qmp, const char *command, json_t *arguments, int pass, json_t **answer,
		char *why, size_t size)
{
	json_t *request = json_pack("{s:s, s:o*}", "execute", command, "arguments", arguments);
	_cleanup_free_ char *text = json_dumps(request, JSON_COMPACT);
	const char *said;
	json_t *message;
	int r;

	json_decref(request);
	snprintf(why, size, "%s", "");
	r = text ? send_text(qmp, text, pass) : -ENOMEM;
	if (r)
		return r;
	message = next_answer(qmp);
	if (!message)
		return -errno;
	said = json_string_value(json_object_get(json_object_get(message, "error"), "desc"));
	if (said)
		snprintf(why, size, "%s", said);
	if (answer)
		*answer = json_incref(json_object_get(message, "return"));
	json_decref(message);
	return said ? -EPROTO : 0;
}

int qmp_open(struct qmp *qmp, int fd)
{
	static const struct timeval limit = { .tv_sec = 60 };
	json_t *greeting;
	char why[64];
	int copy, r;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		return -errno;
	copy = dup(fd);
	*qmp = (struct qmp){ .fd = fd, .from = copy < 0 ? NULL : fdopen(copy, "re") };
	if (!qmp->from) {
		r = -errno;
		cleanup_close(&copy);
		return r;
	}
	greeting = next_message(qmp);
	r = greeting ? 0 : -errno;
	json_decref(greeting);
	if (!r)
		r = qmp_command(qmp, "qmp_capabilities", NULL, -1, NULL, why, sizeof(why));
	if (r)
		qmp_close(qmp);
	return r;
}

void qmp_close(struct qmp *qmp)
{
	if (qmp->from)
		fclose(qmp->from);
	qmp->from = NULL;
}
