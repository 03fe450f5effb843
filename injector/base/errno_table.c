/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/errno_table.h"
#include "injector/base/append_text.h"
#include "injector/base/array.h"

#include <errno.h>
#include <string.h>

/* The kernel accepts errors up to 511 in an answer (fuse_dev_do_write(), fs/fuse/dev.c, 2.6.14 and
 * later). */
enum { ERROR_MAX = 511, ERRORS_OF_ONE = 32 };

/* Second names of errors. */
static const struct {
	const char *name;
	int error;
} aliases[] = {
	{ "EWOULDBLOCK", EWOULDBLOCK },
	{ "ENOTSUP", ENOTSUP },
	{ "EDEADLOCK", EDEADLOCK },
};

#define COMMON EIO, ENOMEM, EINTR, EACCES
#define PATHS  COMMON, EPERM, ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, ESTALE
#define MAKES  PATHS, EEXIST, ENOSPC, EDQUOT, EROFS, EMLINK, EINVAL

/* The errors of each operation, ended by 0. */
static const struct {
	const char *operation;
	int errors[ERRORS_OF_ONE];
} tables[] = {
	{ "lookup", { PATHS, EOVERFLOW } },
	{ "getattr", { COMMON, EOVERFLOW, EBADF, ESTALE, ENOENT } },
	{ "setattr",
	  { PATHS, EROFS, EFBIG, EINVAL, ENOSPC, EDQUOT, ETXTBSY, EBADF, EISDIR, EOVERFLOW } },
	{ "readlink", { PATHS, EINVAL } },
	{ "symlink", { MAKES } },
	{ "mknod", { MAKES } },
	{ "mkdir", { MAKES } },
	{ "unlink", { PATHS, EBUSY, EISDIR, EROFS, EINVAL } },
	{ "rmdir", { PATHS, EBUSY, ENOTEMPTY, EEXIST, EROFS, EINVAL } },
	{ "rename", { MAKES, EBUSY, EISDIR, ENOTEMPTY, EXDEV } },
	{ "link", { MAKES, EXDEV, EOPNOTSUPP } },
	{ "open",
	  { PATHS, EBUSY, EFBIG, EINVAL, EISDIR, EMFILE, ENFILE, ENODEV, ENXIO, ENOSPC, EROFS,
	    ETXTBSY, EWOULDBLOCK } },
	{ "create", { MAKES, EBUSY, EFBIG, EISDIR, EMFILE, ENFILE, EOPNOTSUPP } },
	{ "tmpfile", { MAKES, EMFILE, ENFILE, EOPNOTSUPP, EISDIR } },
	{ "read", { EIO, EINTR, EAGAIN, EBADF, EINVAL, EISDIR, ENOMEM, EOVERFLOW, ENODATA } },
	{ "write",
	  { EIO, EINTR, EAGAIN, EBADF, EINVAL, ENOSPC, EDQUOT, EFBIG, EPERM, EPIPE, ENOMEM, EROFS,
	    EDESTADDRREQ } },
	{ "statfs", { PATHS, ENOSYS, EOVERFLOW } },
	{ "fsync", { EIO, EINTR, EBADF, ENOSPC, EDQUOT, EROFS, EINVAL, ENOMEM } },
	{ "fsyncdir", { EIO, EINTR, EBADF, ENOSPC, EDQUOT, EROFS, EINVAL, ENOMEM } },
	{ "flush", { EIO, EINTR, EBADF, ENOSPC, EDQUOT, ENOMEM } },
	{ "setxattr", { PATHS, EEXIST, ENODATA, ENOSPC, EDQUOT, ENOTSUP, ERANGE, E2BIG, EROFS } },
	{ "getxattr", { PATHS, ENODATA, ENOTSUP, ERANGE, E2BIG } },
	{ "listxattr", { PATHS, ENOTSUP, ERANGE, E2BIG } },
	{ "removexattr", { PATHS, ENODATA, ENOTSUP, ERANGE, EROFS } },
	{ "opendir", { PATHS, EMFILE, ENFILE } },
	{ "readdir", { EIO, EINTR, EBADF, EINVAL, ENOENT, ENOTDIR, ENOMEM } },
	{ "readdirplus", { EIO, EINTR, EBADF, EINVAL, ENOENT, ENOTDIR, ENOMEM } },
	{ "ioctl", { COMMON, EBADF, EINVAL, ENOTTY, EPERM, EROFS, EOPNOTSUPP } },
	{ "fallocate",
	  { EIO, EINTR, EBADF, EFBIG, EINVAL, ENODEV, ENOSPC, EDQUOT, ENOSYS, EOPNOTSUPP, EPERM,
	    ESPIPE, ETXTBSY, ENOMEM } },
	{ "lseek", { EIO, EINTR, EBADF, EINVAL, ENXIO, EOVERFLOW, ESPIPE, ENOMEM } },
	{ "copy_file_range",
	  { EIO, EINTR, EBADF, EFBIG, EINVAL, EISDIR, ENOMEM, ENOSPC, EDQUOT, EOPNOTSUPP, EOVERFLOW,
	    EPERM, ETXTBSY, EXDEV } },
};

static const size_t table_count = ARRAY_SIZE(tables);

const char *errno_name(int number)
{
	return number > 0 && number <= ERROR_MAX ? strerrorname_np(number) : NULL;
}

int errno_number(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].name, name))
			return aliases[i].error;
	for (int number = 1; number <= ERROR_MAX; number++) {
		const char *known = errno_name(number);

		if (known && !strcmp(known, name))
			return number;
	}
	return 0;
}

static const int *errors_of(const char *operation)
{
	static const int none[] = { 0 };

	for (size_t i = 0; i < table_count; i++)
		if (!strcmp(tables[i].operation, operation))
			return tables[i].errors;
	return none;
}

bool errno_is_legal(const char *operation, int number)
{
	for (const int *error = errors_of(operation); *error; error++)
		if (*error == number)
			return true;
	return false;
}

const char *errno_list(const char *operation, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (const int *error = errors_of(operation); *error; error++)
		used = append_text(text, size, used, "%s%s", used ? ", " : "", errno_name(*error));
	return text;
}
