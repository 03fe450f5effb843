/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/import_account.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static struct import_note *find(struct import_account *account, enum import_class class,
				const char *what)
{
	for (size_t i = 0; i < account->note_count; i++)
		if (account->notes[i].class == class && !strcmp(account->notes[i].what, what))
			return &account->notes[i];
	if (account->note_count == IMPORT_NOTES_MAX)
		return NULL;
	struct import_note *note = &account->notes[account->note_count++];

	note->class = class;
	snprintf(note->what, sizeof(note->what), "%s", what);
	return note;
}

void import_note(struct import_account *account, enum import_class class, uint64_t count,
		 uint64_t line, const char *format, ...)
{
	char what[IMPORT_NOTE_SIZE];
	struct import_note *note;
	va_list args;

	if (!count)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	for (char *c = what; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	account->used |= class == IMPORT_UNDERSTOOD;
	note = find(account, class, what);
	if (!note) {
		account->others[class] += count;
		return;
	}
	if (!note->first_line)
		note->first_line = line;
	note->count += count;
}

void import_account_print(FILE *to, const struct import_account *account)
{
	static const char *const headings[] = {
		[IMPORT_UNDERSTOOD] = "understood",
		[IMPORT_REMARK] = "remarks",
		[IMPORT_NOT_USED] = "not used",
	};

	if (*account->headline)
		fprintf(to, "%s\n", account->headline);
	for (int class = 0; class < IMPORT_CLASSES; class ++) {
		bool headed = false;

		for (size_t i = 0; i < account->note_count; i++) {
			const struct import_note *note = &account->notes[i];

			if ((int)note->class != class)
				continue;
			if (!headed)
				fprintf(to, "%s\n", headings[class]);
			headed = true;
			fprintf(to, "%12" PRIu64 "  %s", note->count, note->what);
			if (note->first_line && class != IMPORT_UNDERSTOOD)
				fprintf(to, " (first: line %" PRIu64 ")", note->first_line);
			fputc('\n', to);
		}
		if (account->others[class])
			fprintf(to, "%12" PRIu64 "  of other sorts\n", account->others[class]);
	}
}
