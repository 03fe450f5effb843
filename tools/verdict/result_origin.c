/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/result_origin.h"
#include "tools/base/keys.h"

#include <sys/utsname.h>
#include <time.h>

json_t *result_origin_host(const void *result)
{
	struct utsname name;

	(void)result;
	uname(&name);
	return key_text_of(name.nodename);
}

json_t *result_origin_now(const void *result)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	(void)result;
	strftime(text, sizeof(text), "%FT%TZ", gmtime_r(&now, &tm));
	return json_string(text);
}
