/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/machine/build_id.h"

#include <string.h>

#define LINUX "\x06\0\0\0\x04\0\0\0\0\x01\0\0Linux\0\0\0\0\0\0\0"
#define ID    "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10\x01\x02\x03\x04"
#define TEXT  "0123456789abcdeffedcba987654321001020304"

static void notes(void)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *text;
	} rows[] = {
#define ROW(bytes, text) { bytes, sizeof(bytes) - 1, text }
		ROW("\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0" ID, TEXT),
		/* Behind others, one of which has a name that is padded. */
		ROW(LINUX "\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0" ID, TEXT),
		ROW("\x04\0\0\0\x04\0\0\0\x01\0\0\0GNU\0abcd\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0" ID,
		    TEXT),
		/* Cut short, longer than a SHA-1, of others, none. */
		ROW("\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0abcd", ""),
		ROW("\x04\0\0\0\xff\xff\xff\xff\x03\0\0\0GNU\0" ID, ""),
		ROW("\xff\xff\xff\xff\x14\0\0\0\x03\0\0\0GNU\0" ID, ""),
		ROW("\x04\0\0\0\x18\0\0\0\x03\0\0\0GNU\0" ID "abcd", ""),
		ROW("\x04\0\0\0\x14\0\0\0\x03\0\0\0Xen\0" ID, ""),
		ROW(LINUX, ""),
		ROW("", ""),
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[BUILD_ID_TEXT] = "?";

		CU_ASSERT_STRING_EQUAL(build_id_in(rows[i].bytes, rows[i].size, text),
				       rows[i].text);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a build ID among notes", notes },
		CU_TEST_INFO_NULL,
	};

	return run_suite("build_id", tests);
}
