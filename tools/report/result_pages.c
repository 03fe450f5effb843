/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/result_pages.h"

const struct result_page result_pages[] = {
	{ "repeat.json", "A run, repeated", "repeating runs", "each", repeat_page_print },
	{ "tune.json", "A tuning", "a tuning", "settings", tune_page_print },
	{ "bisect.json", "A bisection", "a bisection", "steps", bisect_page_print },
	{ "explore.json", "An exploration", "an exploration", "orders", explore_page_print },
	{ .file = NULL },
};
