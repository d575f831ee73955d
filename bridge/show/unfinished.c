/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that are not finished. */
#include "bridge/show/unfinished.h"

#include "base/text.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>
#include <time.h>

static json_t *unfinished_json(const struct journal_seen *seen)
{
	const struct journal *j = &seen->journal;
	const struct journal_facts *f = &j->facts;
	char command[JOURNAL_CAUSE_LEN];

	journal_command(j, command);
	return json_pack("{s:s,s:s,s:s,s:b,s:s,s:o,s:s,s:s,s:o,s:o,s:o,s:o,s:o,"
		"s:o,s:o,s:o,s:o}",
		"journal", j->id,
		"kind", journal_kind_name(f->kind),
		"point", journal_point_name(j->point),
		"running", seen->running,
		"account", f->account,
		"endpoint", json_of_text(f->endpoint),
		"user", f->user,
		"device", f->serial,
		"serial", json_of_number(f->token_serial > 0, f->token_serial),
		"token", json_of_text(f->token),
		"oathCredential", json_of_text(f->oath_account),
		"begunAt", json_of_time(j->begun),
		"pointAt", json_of_time(j->since),
		"cause", json_of_text(j->cause),
		"holder", json_of_text(f->kind == JOURNAL_PIN ? f->holder : ""),
		"file", json_of_text(f->output),
		"command", seen->running ? json_null() : json_string(command));
}

static void unfinished_what(const struct journal_facts *f, const char *age)
{
	if (f->kind == JOURNAL_PIN) {
		ui_put(UI_WARN, "initial PIN for %s", f->holder);
		ui_line("  began %s ago", age);
		ui_line("  file      %s", f->output);
		return;
	}
	ui_put(UI_WARN, "%s of %s", strchr(journal_kind_text(f->kind), ' ') + 1,
		f->user);
	ui_line("  in account %s%s%s, began %s ago", f->account,
		f->endpoint[0] ? " at " : "", f->endpoint, age);
	ui_line("  device    %s", f->serial[0] ? f->serial : "-");
}

static void unfinished_text(const struct journal_seen *seen)
{
	const struct journal *j = &seen->journal;
	const struct journal_facts *f = &j->facts;
	char age[32], command[JOURNAL_CAUSE_LEN];

	text_format_age(time(NULL) - j->begun, age, sizeof(age));
	unfinished_what(f, age);
	if (f->token_serial)
		ui_line("  token     serial %u", f->token_serial);
	ui_line("  stands at %s", journal_point_name(j->point));
	if (seen->running) {
		ui_line("  is running");
		return;
	}
	ui_line("  because   %s", j->cause[0] ? j->cause :
		"it was broken off");
	journal_command(j, command);
	ui_line("  ends by   %s", command);
}

static const char *problem_of(const struct show_unfinished *x)
{
	return x->runs->unread.code ? x->runs->unread.text : x->problem;
}

static int unfinished_show_json(struct registry *reg,
	const struct show_unfinished *x, json_t *others, struct error *err)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < x->runs->n; i++)
		json_row(&rows, unfinished_json(&x->runs->p[i]));
	return ui_json(json_pack("{s:s,s:b,s:o,s:o,s:o}",
		"station", registry_station(reg),
		"rehearsal", registry_is_rehearsal(reg),
		"unfinished", rows,
		"rootSetups", others,
		"problem", json_of_text(problem_of(x))), err);
}

int show_unfinished(struct registry *reg, const struct show_unfinished *x,
	json_t *others, bool json, struct error *err)
{
	size_t i;

	if (json)
		return unfinished_show_json(reg, x, others, err);
	json_decref(others);
	for (i = 0; i < x->runs->n; i++)
		unfinished_text(&x->runs->p[i]);
	if (problem_of(x)[0])
		ui_warn("%s", problem_of(x));
	else if (x->runs->n + x->others == 0)
		ui_line("No run is unfinished.");
	return 0;
}
