/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the static program: libarchive has one list of the formats that it writes, so that ustar, the
 * only one in use, brings XAR, which brings libxml2 and 30 MB of ICU's tables. This stands for
 * XAR. */
#include <archive.h>
#include <errno.h>

int archive_write_set_format_xar(struct archive *archive)
{
	archive_set_error(archive, ENOSYS, "XAR is not in the static program");
	return ARCHIVE_FATAL;
}
