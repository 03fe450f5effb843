/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library to preload: in each process of foliostorm, the FAIL_ALLOC-th allocation made by the
 * program itself returns NULL with ENOMEM and is noted in the file FAIL_MARK. Allocations of
 * libraries succeed: libconfig ends the process if one fails, which the program cannot prevent.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Address range of the executable, which is not linked with this library. */
static uintptr_t program_from, program_to;
static unsigned long number;
static unsigned long count;

__attribute__((constructor)) static void find_program(void)
{
	const char *text = getenv("FAIL_ALLOC");
	unsigned long from, to;
	char line[512], path[256];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	FILE *maps = fopen("/proc/self/maps", "re");

	path[length > 0 ? length : 0] = '\0';
	while (maps && fgets(line, sizeof(line), maps)) {
		if (!strstr(line, path) || sscanf(line, "%lx-%lx", &from, &to) != 2)
			continue;
		if (!program_from)
			program_from = from;
		program_to = to;
	}
	if (maps)
		fclose(maps);
	number = text && strstr(path, "/foliostorm") ? strtoul(text, NULL, 10) : 0;
}

static bool fails(const void *caller)
{
	const char *mark = getenv("FAIL_MARK");
	uintptr_t at = (uintptr_t)caller;
	int fd;

	if (!number || at < program_from || at >= program_to ||
	    __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) != number)
		return false;
	fd = mark ? open(mark, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0644) : -1;
	if (fd >= 0) {
		dprintf(fd, "allocation at %lx\n", at - program_from);
		close(fd);
	}
	errno = ENOMEM;
	return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAILS()    fails(__builtin_return_address(0))

/* Functions of the C library. dlsym() cannot find these, because it allocates memory itself.
 * NOLINTBEGIN(bugprone-reserved-identifier) */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *old, size_t size);
/* NOLINTEND(bugprone-reserved-identifier) */

void *malloc(size_t size)
{
	return FAILS() ? NULL : __libc_malloc(size);
}

void *calloc(size_t members, size_t size)
{
	return FAILS() ? NULL : __libc_calloc(members, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t members, size_t size)
{
	return FAILS() ? NULL : REAL(reallocarray)(old, members, size);
}

char *strdup(const char *text)
{
	return FAILS() ? NULL : REAL(strdup)(text);
}

char *strndup(const char *text, size_t size)
{
	return FAILS() ? NULL : REAL(strndup)(text, size);
}

int vasprintf(char **text, const char *format, va_list args)
{
	return FAILS() ? -1 : REAL(vasprintf)(text, format, args);
}

int asprintf(char **text, const char *format, ...)
{
	va_list args;
	int r;

	if (FAILS())
		return -1;
	va_start(args, format);
	r = REAL(vasprintf)(text, format, args);
	va_end(args);
	return r;
}

FILE *fopen(const char *path, const char *mode)
{
	return FAILS() ? NULL : REAL(fopen)(path, mode);
}

FILE *fdopen(int fd, const char *mode)
{
	return FAILS() ? NULL : REAL(fdopen)(fd, mode);
}

FILE *open_memstream(char **text, size_t *size)
{
	return FAILS() ? NULL : REAL(open_memstream)(text, size);
}

ssize_t getline(char **line, size_t *size, FILE *file)
{
	return FAILS() ? -1 : REAL(getline)(line, size, file);
}
