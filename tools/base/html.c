/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/base/html.h"
#include "tools/base/markup.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char style[] =
	":root { color-scheme: light dark; }\n"
	"body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; "
	"padding: 0 1rem; overflow-wrap: break-word; }\n"
	"h2 { margin-top: 2.5rem; }\n"
	".wide { overflow-x: auto; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { border: 1px solid #8888; padding: .35rem .75rem; text-align: left; "
	"vertical-align: top; }\n"
	"td small { display: block; }\n"
	"td.n { text-align: right; font-variant-numeric: tabular-nums; }\n"
	".HIT { background: #d3302f2e; } .CLEAN, .VERIFIED { background: #2e9e4a2e; }\n"
	".INCONCLUSIVE { background: #e8a3172e; } .ERROR { background: #8888882e; }\n"
	".verdict { padding: 1rem 1.25rem; border-radius: .5rem; }\n"
	".verdict p { margin: .25rem 0; } .verdict b { font-size: 1.35rem; }\n"
	".unexpected { outline: 3px solid #c00; outline-offset: -3px; }\n"
	".note { border-left: 4px solid #8888; padding-left: .75rem; }\n"
	"figure { margin: 1rem 0; } svg { width: 100%; height: auto; max-width: 60rem; "
	"background: #fff; }\n"
	"pre { overflow-x: auto; padding: .75rem; background: #8881; white-space: pre-wrap; "
	"overflow-wrap: anywhere; }\n"
	"@media screen and (prefers-color-scheme: dark) { svg { filter: invert(.9) "
	"hue-rotate(180deg); } }\n"
	"@media screen and (max-width: 40rem) { figure { overflow-x: auto; } svg { min-width: "
	"54rem; } }\n"
	"@media print { body { margin: 0; max-width: none; font-size: 11pt; } .wide, pre { "
	"overflow: visible; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } * { "
	"print-color-adjust: exact; } }\n";

void html_begin(FILE *to, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<link rel=\"icon\" href=\"data:,\">\n",
	      to);
	html_text(to, "title", title);
	fprintf(to, "\n<style>\n%s</style>\n</head>\n<body>\n", style);
	html_text(to, "h1", title);
	fputc('\n', to);
}

void html_end(FILE *to)
{
	time_t now = time(NULL);
	char date[64];

	strftime(date, sizeof(date), "%F %T %Z", localtime(&now));
	html_printf(to, "p", "Made by foliostorm %s, %s.", FOLIOSTORM_VERSION, date);
	fputs("\n</body>\n</html>\n", to);
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

void html_row(FILE *to, const char *heading, const char *format, ...)
{
	va_list args;

	fputs("<tr>", to);
	html_text(to, "th", heading);
	va_start(args, format);
	print_text(to, "td", format, args);
	va_end(args);
	fputs("</tr>\n", to);
}

void html_picture(FILE *to, char *svg, const char *what)
{
	if (!svg)
		return;
	fputs("<figure role=\"img\" aria-label=\"", to);
	markup_escape(to, what);
	fprintf(to, "\">%s</figure>\n", svg);
	free(svg);
}
