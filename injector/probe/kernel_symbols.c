/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/kernel_symbols.h"
#include "injector/base/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct kernel_symbols {
	char *text;                  /* the list; names lie in it */
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
	name = rest + 3;
	name[strcspn(name, "\t")] = '\0';
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
	struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));
	char *save = NULL;
	int r;

	if (!symbols)
		return NULL;
	r = text_file_read("/proc/kallsyms", &symbols->text, NULL);
	for (char *line = r ? NULL : strtok_r(symbols->text, "\n", &save); line && !r;
	     line = strtok_r(NULL, "\n", &save))
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
	free(symbols->items);
	free(symbols->text);
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
