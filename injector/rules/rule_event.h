/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an action of a rule did to a request: reported when it is over, with measured times. */
#ifndef INJECTOR_RULES_RULE_EVENT_H
#define INJECTOR_RULES_RULE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

enum { RULE_EVENT_PATH = 160, RULE_EVENT_NAME = 32, RULE_EVENT_WORD = 16 };

struct rule_event {
	uint64_t time;     /* when it was decided, CLOCK_MONOTONIC ns */
	uint64_t decision; /* number of the decision in this engine, from 1 */
	uint64_t match;    /* number of the match of its rule, from 1 */
	uint32_t rule;     /* identifier; 0: none */
	uint32_t pid;
	uint64_t offset, length; /* bytes, of the request */
	/* As `drawn` of struct rule_action says */
	uint64_t drawn;
	uint64_t measured;          /* actual ns of a delay or hold; else 0 */
	int error;                  /* 0, or the positive errno of the action or request */
	bool cut_short;             /* delay and hold: ended by a signal; hold: by its time-out */
	char name[RULE_EVENT_NAME]; /* of the rule */
	char action[RULE_EVENT_WORD];
	char operation[RULE_EVENT_WORD];
	char path[RULE_EVENT_PATH]; /* relative to the mount; the last part of a longer one */
};

#endif
