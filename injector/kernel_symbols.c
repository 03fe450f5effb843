/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/kernel_symbols.h"
#include "injector/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct kernel_symbols {
	struct kernel_symbol *items; /* by address */
	size_t count, room;
};

/* address, type, name, and perhaps a module; others than functions are left out. */
static int take(struct kernel_symbols *symbols, const char *line)
{
	char *rest, *name;
	uint64_t address = strtoull(line, &rest, 16);

	if (rest[0] != ' ' || !rest[1] || !strchr("tTwW", rest[1]) || rest[2] != ' ')
		return 0;
	if (symbols->count == symbols->room) {
		size_t room = symbols->room ? 2 * symbols->room : 1U << 17;
		void *more = realloc(symbols->items, room * sizeof(*symbols->items));

		if (!more)
			return -ENOMEM;
		symbols->items = more;
		symbols->room = room;
	}
	name = strndup(rest + 3, strcspn(rest + 3, "\t\n"));
	if (!name)
		return -ENOMEM;
	symbols->items[symbols->count++] = (struct kernel_symbol){ address, name };
	return 0;
}

static int by_address(const void *left, const void *right)
{
	const struct kernel_symbol *a = left, *b = right;

	return (a->address > b->address) - (a->address < b->address);
}

struct kernel_symbols *kernel_symbols_read(void)
{
	_cleanup_fclose_ FILE *list = fopen("/proc/kallsyms", "re");
	struct kernel_symbols *symbols = list ? calloc(1, sizeof(*symbols)) : NULL;
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	int r = 0;

	if (!symbols)
		return NULL;
	while (!r && getline(&line, &size, list) > 0)
		r = take(symbols, line);
	if (r) {
		kernel_symbols_free(symbols);
		errno = -r;
		return NULL;
	}
	if (symbols->count)
		qsort(symbols->items, symbols->count, sizeof(*symbols->items), by_address);
	return symbols;
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->count; i++)
		free((void *)symbols->items[i].name);
	free(symbols->items);
	free(symbols);
}

const struct kernel_symbol *kernel_symbols_find(const struct kernel_symbols *symbols,
						const char *name)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (!strcmp(symbols->items[i].name, name))
			return &symbols->items[i];
	return NULL;
}

uint64_t kernel_symbols_end(const struct kernel_symbols *symbols, uint64_t address)
{
	for (size_t i = 0; i < symbols->count; i++)
		if (symbols->items[i].address > address)
			return symbols->items[i].address;
	return UINT64_MAX;
}
