/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/rule_reference.h"
#include "injector/rules/rule_action.h"

/* Whether to list it: a name that several opcodes share, such as rename2's, is listed once. */
static bool is_named(const struct hook_operation *operation)
{
	return operation->delays && hook_operation_find(operation->name) == operation;
}

static void print_line(FILE *to, const struct hook_operation *operation)
{
	const char *between = "";

	fprintf(to, "%-16s ", operation->name);
	for (const struct rule_word *group = rule_groups; group->name; group++)
		if (operation->groups & (unsigned int)group->value) {
			fprintf(to, "%s%s", between, group->name);
			between = ", ";
		}
	fputs(operation->fails ? "\n" : "; can be delayed, not failed\n", to);
}

static void print_group(FILE *to, enum prose_form form, const struct rule_word *group)
{
	const char *between = "";

	fprintf(to, form == PROSE_MAN ? ".TP\n.B %s\n" : "| `%s` | ", group->name);
	for (const struct hook_operation *o = hook_operations; o->name; o++)
		if (is_named(o) && o->groups & (unsigned int)group->value) {
			fprintf(to, "%s%s%s", between, o->name,
				o->fails ? "" : " (can be delayed, not failed)");
			between = ", ";
		}
	fputs(form == PROSE_MAN ? "\n" : " |\n", to);
}

void rule_reference_operations(FILE *to, enum prose_form form)
{
	if (form == PROSE_LINES) {
		for (const struct hook_operation *o = hook_operations; o->name; o++)
			if (is_named(o))
				print_line(to, o);
		return;
	}
	if (form == PROSE_MARKDOWN)
		fputs("| group | operations |\n|---|---|\n", to);
	/* The last group contains all operations. */
	for (const struct rule_word *group = rule_groups; group[1].name; group++)
		print_group(to, form, group);
}

static void print_operations(FILE *to, const struct rule_action *action)
{
	const char *between = "";

	if (!action->operations)
		fputs(action->fails ? "all that can be failed" : "all", to);
	for (const struct hook_operation *o = hook_operations; o->name; o++)
		if (action->operations & HOOK_BIT(o->opcode)) {
			fprintf(to, "%s%s", between, o->name);
			between = ", ";
		}
}

static void print_action(FILE *to, enum prose_form form, const struct rule_action *action)
{
	if (form == PROSE_MARKDOWN) {
		fprintf(to, "| `%s` | ", action->key.name);
		print_operations(to, action);
		fprintf(to, " | %s | %s |\n", action->about, action->drawn ? action->drawn : "0");
		return;
	}
	if (form == PROSE_MAN) {
		fprintf(to, ".TP\n.B %s\n", action->key.name);
		prose_man(to, action->about);
		fputs("Operations: ", to);
	} else {
		fprintf(to, "%-10s ", action->key.name);
		prose_plain(to, action->about);
		fputs(" (", to);
	}
	print_operations(to, action);
	fputs(form == PROSE_MAN ? ".\n" : ")\n", to);
}

void rule_reference_actions(FILE *to, enum prose_form form)
{
	if (form == PROSE_MARKDOWN)
		fputs("| action | operations | what it does | `drawn` of its event "
		      "|\n|---|---|---|---|\n",
		      to);
	for (size_t i = 0; i < RULE_ACTION_KINDS; i++)
		print_action(to, form, rule_actions[i]);
}
