/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The diagram of a passage. Events within a microsecond and holds of milliseconds must be readable
 * in one picture. So rows are spaced evenly, and each is labelled with its time. It is as wide as a
 * phone, and scales with the screen.
 */
#include "injector/base/append_text.h"
#include "injector/base/report.h"
#include "tools/base/markup.h"
#include "tools/report/report_sequence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	WIDTH = 400,
	TIME = 62,  /* right end of times */
	LANE = 80,  /* of the first lane */
	APART = 36, /* between lanes */
	TOP = 44,   /* of the first row */
	ROW = 32,
	BAR = 10,      /* width of a hold */
	HEAD_MAX = 42, /* characters with room beside two lanes */
	DETAIL_MAX = 48,
	ROWS = PASSAGE_STEPS + 2,
};

struct row {
	const struct report_step *step; /* NULL: punch or hit */
	int64_t ns;
	int lane, from; /* from: lane where an arrow to it begins; negative: none */
	const char *color;
	char head[80], detail[320];
};

struct picture {
	FILE *to;
	const struct report_passage *passage;
	struct row rows[ROWS];
	size_t count;
	int64_t zero; /* ns */
};

static const struct {
	const char *step, *color, *says;
} kinds[] = {
	{ "reached", "#3b78c4", "stops" },
	{ "came", "#555555", "comes here" },
	{ "released", "#2e9e4a", "goes on" },
	{ "spared", "#e8a317", "goes on: the other one goes round" },
	{ "expired", "#c0302f", "goes on: expired" },
	{ "let go", "#888888", "goes on: the passage is over" },
	{ "never", "#c0302f", "never came" },
	{ "made", "#2e9e4a", "the passage is made" },
	{ "withstood", "#e8a317", "the passage is withstood" },
	{ "missed", "#c0302f", "the passage is missed" },
	{ NULL, "#555555", "?" },
};

static size_t kind_of(const char *step)
{
	size_t i = 0;

	while (kinds[i].step && strcmp(kinds[i].step, step) != 0)
		i++;
	return i;
}

static int lane_x(int lane)
{
	return LANE + lane * APART;
}

static int row_y(size_t row)
{
	return TOP + (int)row * ROW;
}

/* Truncates text that would leave the picture, between characters. */
static void print_text(FILE *to, const char *text, size_t most)
{
	char cut[384];
	size_t length = strlen(text);

	if (length <= most) {
		markup_escape(to, text);
		return;
	}
	length = most < sizeof(cut) ? most - 1 : sizeof(cut) - 1;
	while (length && (text[length] & 0xc0) == 0x80)
		length--;
	memcpy(cut, text, length);
	cut[length] = '\0';
	markup_escape(to, cut);
	fputs("\xe2\x80\xa6", to);
}

static struct row *add_row(struct picture *picture, int64_t ns, int lane, const char *color)
{
	struct row *row = &picture->rows[picture->count++];

	row->ns = ns;
	row->lane = lane;
	row->from = -1;
	row->color = color;
	return row;
}

static void describe(struct row *row, const struct report_passage *passage)
{
	const struct report_step *step = row->step;
	const char *role = step->lane < 0 ? "" : passage->lanes[step->lane].role;
	bool waits = report_step_is_outside(step);
	char time[32];
	size_t used;

	used = append_text(row->head, sizeof(row->head), 0, "%s%s%s", role, *role ? " " : "",
			   kinds[kind_of(step->step)].says);
	if (step->held >= 0 && !waits)
		append_text(row->head, sizeof(row->head), used, " after %s",
			    report_passage_time(step->held, time, sizeof(time)));
	else if (step->hold >= 0 && step->held < 0)
		append_text(row->head, sizeof(row->head), used, " at hold %" PRId64, step->hold);
	if (*step->by)
		snprintf(row->detail, sizeof(row->detail), "%s%s",
			 !strcmp(step->step, "released") || !strcmp(step->step, "spared")
				 ? ""
				 : "not come: ",
			 step->by);
	else if (waits)
		snprintf(row->detail, sizeof(row->detail), "in user space, before its operation");
	else if (*step->code && step->page >= 0)
		snprintf(row->detail, sizeof(row->detail), "%s, page %" PRId64, step->code,
			 step->page);
	else
		snprintf(row->detail, sizeof(row->detail), "%s",
			 *step->code ? step->code : step->point);
}

static void add_steps(struct picture *picture)
{
	const struct report_passage *passage = picture->passage;

	for (size_t i = 0; i < passage->count; i++) {
		const struct report_step *step = &passage->steps[i];
		struct row *row =
			add_row(picture, step->ns, step->lane, kinds[kind_of(step->step)].color);

		row->step = step;
		if (!strcmp(step->step, "released") || !strcmp(step->step, "spared"))
			row->from = report_passage_lane(passage, step->by);
		describe(row, passage);
	}
}

static void add_hit(struct picture *picture, const struct report_timeline *hit)
{
	int lane = report_passage_lane(picture->passage, "read");
	struct row *row = add_row(picture, hit->hit.ns, lane, "#c0302f");

	snprintf(row->head, sizeof(row->head), "the bytes are wrong: a hit");
	if (hit->hit.second >= 0)
		snprintf(row->detail, sizeof(row->detail),
			 "page %" PRId64 " was read, page %" PRId64 " came", hit->hit.page,
			 hit->hit.second);
	else
		snprintf(row->detail, sizeof(row->detail), "page %" PRId64 " was read",
			 hit->hit.page);
}

static size_t row_of(const struct picture *picture, const struct report_step *step)
{
	for (size_t i = 0; i < picture->count; i++)
		if (step && picture->rows[i].step == step)
			return i;
	return picture->count - 1;
}

/* A thread held before its operation has waited since before the passage. */
static void draw_holds(const struct picture *picture)
{
	const struct report_passage *passage = picture->passage;

	for (size_t i = 0; i < passage->hold_count; i++) {
		const struct report_hold *hold = &passage->holds[i];
		size_t kind = kind_of(hold->ended ? hold->ended->step : "");
		int top = report_step_is_outside(hold->reached)
				  ? row_y(0) - ROW / 4
				  : row_y(row_of(picture, hold->reached));
		int end = row_y(row_of(picture, hold->ended));

		if (hold->reached->lane < 0)
			continue;
		fprintf(picture->to,
			"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\" "
			"fill-opacity=\"0.75\"/>\n",
			lane_x(hold->reached->lane) - BAR / 2, top, BAR, end > top ? end - top : 1,
			!strcmp(kinds[kind].says, "goes on") ? "#3b78c4" : kinds[kind].color);
	}
}

static void draw_lanes(const struct picture *picture)
{
	const struct report_passage *passage = picture->passage;

	for (size_t i = 0; i < passage->lane_count; i++) {
		int x = lane_x((int)i);

		fprintf(picture->to,
			"<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#bbbbbb\" "
			"stroke-width=\"1.5\"/>\n<text x=\"%d\" y=\"12\" font-size=\"11\" "
			"font-weight=\"600\" text-anchor=\"middle\">",
			x, x, TOP - 14, row_y(picture->count - 1) + ROW / 3, x);
		print_text(picture->to, passage->lanes[i].role, 8);
		fputs("</text>\n", picture->to);
		if (passage->lanes[i].cpu >= 0)
			fprintf(picture->to,
				"<text x=\"%d\" y=\"24\" font-size=\"9\" fill=\"#555555\" "
				"text-anchor=\"middle\">CPU %" PRId64 "</text>\n",
				x, passage->lanes[i].cpu);
	}
}

static void draw_arrow(FILE *to, int from, int lane, int y, const char *color)
{
	int way = from < lane ? 1 : -1, tip = lane_x(lane) - way * (BAR / 2 + 1);

	if (from == lane)
		return;
	fprintf(to,
		"<path d=\"M%d %dH%d\" stroke=\"%s\" stroke-width=\"1.5\" fill=\"none\"/>"
		"<path d=\"M%d %dl%d -4v8z\" fill=\"%s\"/>\n",
		lane_x(from), y, tip - way * 5, color, tip, y, -way * 7, color);
}

static void draw_row(const struct picture *picture, size_t number)
{
	const struct row *row = &picture->rows[number];
	int y = row_y(number), x = lane_x((int)picture->passage->lane_count) - APART / 2 + 4;
	FILE *to = picture->to;
	char time[32];

	if (!number || row->ns != picture->rows[number - 1].ns)
		fprintf(to,
			"<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#555555\" "
			"text-anchor=\"end\">%s</text>\n",
			TIME, y + 3,
			report_passage_time(row->ns - picture->zero, time, sizeof(time)));
	if (row->lane >= 0 && row->from >= 0)
		draw_arrow(to, row->from, row->lane, y, row->color);
	else if (row->lane >= 0)
		fprintf(to, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>\n",
			lane_x(row->lane), y, row->color);
	fprintf(to, "<text x=\"%d\" y=\"%d\" font-size=\"11\" font-weight=\"600\" fill=\"%s\">", x,
		y - 1, !strcmp(row->color, "#c0302f") ? row->color : "#000000");
	print_text(to, row->head, HEAD_MAX);
	fprintf(to, "</text>\n<text x=\"%d\" y=\"%d\" font-size=\"10\" fill=\"#555555\">", x,
		y + 11);
	print_text(to, row->detail, DETAIL_MAX);
	fputs("</text>\n", to);
}

static void draw(const struct picture *picture)
{
	fprintf(picture->to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		"style=\"max-width:38rem\" font-family=\"system-ui, sans-serif\" "
		"fill=\"#000000\">\n",
		WIDTH, row_y(picture->count - 1) + ROW);
	draw_lanes(picture);
	draw_holds(picture);
	for (size_t i = 0; i < picture->count; i++)
		draw_row(picture, i);
	fputs("</svg>", picture->to);
}

char *report_sequence_svg(const struct report_passage *passage, const struct report_timeline *hit)
{
	struct picture *picture = calloc(1, sizeof(*picture));
	char *svg = NULL;
	size_t size;

	if (!picture)
		return report(-ENOMEM, "a picture"), NULL;
	picture->passage = passage;
	picture->zero = passage->count ? passage->steps[0].ns : 0;
	if (hit && hit->has_punch) {
		picture->zero = hit->punch_ns;
		snprintf(add_row(picture, hit->punch_ns, report_passage_lane(passage, "split"),
				 "#555555")
				 ->head,
			 sizeof(picture->rows[0].head), "punch %" PRId64 " begins", hit->punch);
	}
	add_steps(picture);
	if (hit)
		add_hit(picture, hit);
	picture->to = picture->count ? open_memstream(&svg, &size) : NULL;
	if (picture->to) {
		draw(picture);
		fclose(picture->to);
	}
	free(picture);
	return svg;
}
