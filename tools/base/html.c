/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/html.h"
#include "injector/base/units.h"
#include "tools/base/markup.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char style[] =
	":root { color-scheme: light dark; }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; "
	"padding: 0 1rem; overflow-wrap: break-word; background: Canvas; color: CanvasText; }\n"
	"h2 { margin-top: 2.5rem; }\n"
	".wide { overflow-x: auto; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { border: 1px solid #8888; padding: .35rem .75rem; text-align: left; "
	"vertical-align: top; }\n"
	"td small { display: block; }\n"
	"td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; "
	"}\n"
	".HIT { background: #d3302f2e; } .CLEAN, .VERIFIED { background: #2e9e4a2e; }\n"
	".INCONCLUSIVE { background: #e8a3172e; } .ERROR { background: #8888882e; }\n"
	"td a { color: inherit; }\n"
	".verdict { padding: 1rem 1.25rem; border-radius: .5rem; margin: 1rem 0; }\n"
	".verdict p { margin: .25rem 0; } .verdict b { font-size: 1.35rem; }\n"
	".unexpected { outline: 3px solid #c00; outline-offset: -3px; }\n"
	".note { border-left: 4px solid #8888; padding-left: .75rem; }\n"
	"figure { margin: 1rem 0; } svg { width: 100%; height: auto; max-width: 60rem; "
	"background: #fff; } .narrow { display: none; }\n"
	"svg.spark { width: 6rem; height: 1.5rem; display: block; background: none; }\n"
	"pre { padding: .75rem; background: #8881; white-space: pre-wrap; "
	"overflow-wrap: anywhere; }\n"
	"footer { margin-top: 2.5rem; }\n"
	"@media screen and (prefers-color-scheme: dark) { figure svg { filter: invert(.9) "
	"hue-rotate(180deg); } }\n"
	"@media screen and (max-width: 40rem) { body { margin: 1rem auto; } h1 { font-size: "
	"1.6rem; } "
	".broad { display: none; } .narrow { display: inline; } th, td { padding: .25rem .5rem; } "
	"td:not(.n) { overflow-wrap: anywhere; }\n"
	".fold, .fold tbody, .fold tr, .fold td, .fold th { display: block; } .fold tr { border: "
	"1px solid "
	"#8888; margin-bottom: .5rem; } .fold tr.head { display: none; } .fold td { border: 0; } "
	".fold td.n { text-align: left; } .fold td:empty { display: none; }\n"
	".fold td[data-of]::before { content: attr(data-of) \": \"; font-weight: bold; } }\n"
	/* On paper tables are narrow, since they cannot scroll, and folded parts are open. */
	"@media print { body { margin: 0; max-width: none; font-size: 11pt; } .wide { overflow: "
	"visible; } h2, h2 + p { break-after: avoid; } figure, tr { break-inside: avoid; } "
	"table { font-size: 8pt; } th, td { padding: .15rem .3rem; overflow-wrap: anywhere; } "
	".fold th:not(.n), .fold td:not(.n) { min-width: 4.5em; } "
	"details::details-content { display: block; content-visibility: visible; } * { "
	"print-color-adjust: exact; } }\n";

void html_begin(FILE *to, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n",
	      to);
	html_text(to, "title", title);
	fprintf(to, "\n<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
	html_text(to, "h1", title);
	fputc('\n', to);
}

void html_end(FILE *to)
{
	time_t now = time(NULL);
	char date[64];

	strftime(date, sizeof(date), "%F %T %Z", localtime(&now));
	fputs("</main>\n<footer>", to);
	html_printf(to, "p", "Made by foliostorm %s, %s.", FOLIOSTORM_VERSION, date);
	fputs("</footer>\n</body>\n</html>\n", to);
}

void html_text(FILE *to, const char *element, const char *text)
{
	fprintf(to, "<%s>", element);
	markup_escape(to, text);
	fprintf(to, "</%.*s>", (int)strcspn(element, " "), element);
}

static void print_text(FILE *to, const char *element, const char *format, va_list args)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, args);
	html_text(to, element, text);
}

void html_printf(FILE *to, const char *element, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_text(to, element, format, args);
	va_end(args);
}

void html_rows_begin(FILE *to)
{
	fputs("<div class=\"wide\"><table>\n", to);
}

void html_row(FILE *to, const char *heading, const char *format, ...)
{
	va_list args;

	fputs("<tr>", to);
	html_text(to, "th scope=\"row\"", heading);
	va_start(args, format);
	print_text(to, "td", format, args);
	va_end(args);
	fputs("</tr>\n", to);
}

void html_row_count(FILE *to, const char *heading, uint64_t count)
{
	char text[32];

	html_row(to, heading, "%s", units_format_count(count, text, sizeof(text)));
}

static bool is_of_numbers(const char *heading)
{
	return *heading == '#';
}

void html_table_begin(struct html_table *table, FILE *to, const char *const *headings)
{
	enum { NARROW_COLUMNS = 3 };
	bool is_wide;

	*table = (struct html_table){ .to = to, .headings = headings };
	while (headings[table->columns])
		table->columns++;
	is_wide = table->columns > NARROW_COLUMNS;
	/* tabindex lets keys scroll a table that is wider than the screen. */
	fprintf(to, "<div class=\"wide\"%s><table%s>\n<thead><tr class=\"head\">",
		is_wide ? " tabindex=\"0\"" : "", is_wide ? " class=\"fold\"" : "");
	for (const char *const *heading = headings; *heading; heading++) {
		bool numbers = is_of_numbers(*heading);

		html_text(to, numbers ? "th scope=\"col\" class=\"n\"" : "th scope=\"col\"",
			  *heading + numbers);
	}
	fputs("</tr></thead>\n", to);
}

void html_cell(struct html_table *table, const char *format, ...)
{
	const char *heading = table->headings[table->column];
	bool numbers = is_of_numbers(heading);
	va_list args;
	char text[2048];

	if (!table->column) {
		fputs(table->row_class ? "<tr class=\"" : "<tr>", table->to);
		markup_escape(table->to, table->row_class);
		fputs(table->row_class ? "\">" : "", table->to);
		table->row_class = NULL;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs(numbers ? "<td class=\"n\"" : "<td", table->to);
	if (heading[numbers]) {
		fputs(" data-of=\"", table->to);
		markup_escape(table->to, heading + numbers);
		fputc('"', table->to);
	}
	fputc('>', table->to);
	markup_escape(table->to, text);
	fputs("</td>", table->to);
	if (++table->column < table->columns)
		return;
	table->column = 0;
	fputs("</tr>\n", table->to);
}

void html_cell_count(struct html_table *table, uint64_t count)
{
	char text[32];

	html_cell(table, "%s", units_format_count(count, text, sizeof(text)));
}

void html_table_end(FILE *to)
{
	fputs("</table></div>\n", to);
}

void html_picture(FILE *to, char *broad, char *narrow, const char *what)
{
	if (broad) {
		fputs("<figure role=\"img\" aria-label=\"", to);
		markup_escape(to, what);
		fputs("\">", to);
		if (narrow)
			fprintf(to,
				"<span class=\"broad\">%s</span><span class=\"narrow\">%s</span>",
				broad, narrow);
		else
			fputs(broad, to);
		fputs("</figure>\n", to);
	}
	free(broad);
	free(narrow);
}
