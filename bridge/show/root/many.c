/* SPDX-License-Identifier: Apache-2.0 */
/* Root of several accounts. */
#include "bridge/show/root/many.h"

#include "bridge/registry/head.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

void show_many_begin(struct show_many *m, const char *member, bool json)
{
	*m = (struct show_many){ member, json_array(), json };
}

static void add_account_row(struct show_many *m, const char *account,
	const char *name, const char *outcome, const char *why, json_t *root,
	json_t *rows)
{
	json_row(&m->rows, json_pack("{s:s,s:o,s:s,s:o,s:o,s:o}",
		"account", account,
		"name", json_of_text(name),
		"outcome", outcome,
		"why", json_of_text(why),
		"root", root,
		"rows", rows));
}

static void put_account(enum ui_style style, const char *outcome,
	const char *account, const char *name)
{
	ui_put(style, "%-13s", outcome);
	/* one that has no name goes by its number */
	if (!name || strcmp(account, name) == 0)
		name = "";
	ui_put(UI_PLAIN, " %s%s%s", account, name[0] ? " " : "", name);
}

static const enum ui_style many_styles[] = {
	[ROOT_IN_ORDER] = UI_GOOD,
	[ROOT_NOTHING] = UI_GOOD,
	[ROOT_FAILS] = UI_BAD,
	[ROOT_OPEN] = UI_WARN,
};

static void put_checks(const struct root_judgement *j)
{
	const char *before = ": ";
	size_t i;

	for (i = 0; i < j->n; i++) {
		if (j->p[i].status != AUDIT_FAIL &&
			j->p[i].status != AUDIT_UNKNOWN)
			continue;
		ui_put(UI_PLAIN, "%s%s%s", before, j->p[i].check,
			j->p[i].status == AUDIT_FAIL ? "" : " not known");
		before = ", ";
	}
}

void show_many_looked(struct show_many *m, const char *name,
	const struct show_root *x)
{
	const char *outcome = root_outcome_names[x->judgement->outcome];

	add_account_row(m, x->sight->account, name, outcome, NULL,
		show_root_json(x), json_null());
	if (m->json)
		return;
	put_account(many_styles[x->judgement->outcome], outcome,
		x->sight->account, name);
	put_checks(x->judgement);
	ui_end();
}

static const struct {
	const char *outcome, *title;
	enum ui_style style;
} titles[] = {
	{ "removed", "removed", UI_GOOD },
	{ "deactivated", "deactivated", UI_WARN },
	{ "gone", "gone", UI_PLAIN },
	{ "kept", "KEPT", UI_WARN },
	{ "not-removed", "NOT REMOVED", UI_BAD },
};

static const char *member_of(const json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s ? s : "";
}

static void put_removed(const json_t *row)
{
	const char *command = member_of(row, "command");
	size_t i;

	for (i = 0; i < ARRAY_LEN(titles); i++)
		if (strcmp(titles[i].outcome, member_of(row, "outcome")) == 0)
			ui_put(titles[i].style, "  %-12s", titles[i].title);
	ui_line("%s%s%s: %s", member_of(row, "what"),
		member_of(row, "subject")[0] ? " " : "",
		member_of(row, "subject"), member_of(row, "text"));
	if (command[0])
		ui_line("    %s", command);
}

void show_many_removed(struct show_many *m, const char *name,
	const struct removal_receipt *r)
{
	const char *outcome = r->left ? "incomplete" :
		r->done ? "removed" : "nothing-to-do";
	const json_t *row;
	size_t i;

	add_account_row(m, r->account, name, outcome, NULL, json_null(),
		json_incref(r->rows));
	if (m->json)
		return;
	put_account(r->left ? UI_BAD : UI_GOOD, outcome, r->account, name);
	ui_end();
	json_array_foreach(r->rows, i, row)
		put_removed(row);
}

void show_many_failed(struct show_many *m, const char *account,
	const char *name, const char *why)
{
	add_account_row(m, account, name, "failed", why, json_null(),
		json_null());
	if (m->json)
		return;
	put_account(UI_BAD, "failed", account, name);
	ui_line(": %s", why);
}

void show_many_skipped(struct show_many *m, const char *account,
	const char *name, const char *why)
{
	add_account_row(m, account, name, "skipped", why, json_null(),
		json_null());
	if (m->json)
		return;
	put_account(UI_DIM, "skipped", account, name);
	ui_line(": %s", why);
}

int show_many_end(struct show_many *m, const char *endpoint, bool changed,
	const struct registry_head *head, struct error *err)
{
	char text[REGISTRY_HEAD_LEN] = "";
	json_t *rows = m->rows;

	m->rows = NULL;
	if (head)
		registry_head_format(head, text);
	if (m->json)
		return ui_json(json_pack("{s:b,s:o,s:o,s:o}",
			"changed", changed,
			m->member, rows,
			"endpoint", json_of_text(endpoint),
			"head", json_of_text(text)), err);
	if (!rows)
		return error_memory(err);
	json_decref(rows);
	if (text[0] && ui_is_verbose())
		ui_line("head          %s", text);
	return 0;
}
