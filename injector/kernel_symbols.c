/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/kernel_symbols.h"
#include "injector/cleanup.h"

#include <inttypes.h>
#include <string.h>

FILE *kernel_symbols_open(void)
{
	return fopen("/proc/kallsyms", "re");
}

bool kernel_symbol_next(FILE *list, struct kernel_symbol *symbol)
{
	char line[256];

	/* address, type, name, and perhaps a module */
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%" SCNx64 " %*c %127s", &symbol->address, symbol->name) == 2)
			return true;
	return false;
}

uint64_t kernel_symbol_end(FILE *list, uint64_t address)
{
	struct kernel_symbol symbol;
	uint64_t end = UINT64_MAX;

	/* They are in no order. */
	rewind(list);
	while (kernel_symbol_next(list, &symbol))
		if (symbol.address > address && symbol.address < end)
			end = symbol.address;
	return end;
}

bool kernel_symbol_exists(const char *name)
{
	_cleanup_fclose_ FILE *list = kernel_symbols_open();
	struct kernel_symbol symbol;
	bool found = false;

	while (list && !found && kernel_symbol_next(list, &symbol))
		found = !strcmp(symbol.name, name);
	return found;
}
