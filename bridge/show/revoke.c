/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of several things that were taken away at once. */
#include "bridge/show/mfa.h"

#include "bridge/registry/head.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

static const struct {
	const char *outcome, *title;
	enum ui_style style;
} titles[] = {
	{ "revoked", "revoked    ", UI_GOOD },
	{ "gone", "gone before", UI_PLAIN },
	{ "kept", "kept       ", UI_PLAIN },
	{ "not-revoked", "NOT REVOKED", UI_BAD },
	{ "not-reached", "NOT REACHED", UI_WARN },
};

/* What a row is about, as people say it. */
static const struct {
	const char *what, *text;
} things[] = {
	{ "device", "device" },
	{ "policy", "policy" },
	{ "access-key", "access key" },
	{ "password", "console password" },
	{ "pam", "login by PAM, binding" },
	{ "ssh", "ssh key, binding" },
	{ "oath", "OATH credential" },
	{ "custodian", "place" },
	{ "user", "IAM user" },
	{ "orphan", "device" },
	{ "account", "account" },
};

static const char *text_of(const json_t *row, const char *name)
{
	const char *s = json_string_value(json_object_get(row, name));

	return s ? s : "";
}

static void show_title(const char *outcome)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(titles); i++)
		if (strcmp(titles[i].outcome, outcome) == 0)
			ui_put(titles[i].style, "  %s", titles[i].title);
}

static const char *thing_of(const char *what)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(things); i++)
		if (strcmp(things[i].what, what) == 0)
			return things[i].text;
	return what;
}

static void show_row(const json_t *row)
{
	const char *subject = text_of(row, "subject");
	const char *user = text_of(row, "user");
	const char *command = text_of(row, "command");

	show_title(text_of(row, "outcome"));
	ui_line("  %s%s%s%s%s: %s", thing_of(text_of(row, "what")),
		subject[0] ? " " : "", subject, user[0] ? " of " : "", user,
		text_of(row, "text"));
	if (command[0])
		ui_line("    %s", command);
}

static void show_title_line(const struct revoke_receipt *r,
	const struct show_scope *s)
{
	ui_put(r->left || r->unreached ? UI_WARN : UI_GOOD, "%s",
		r->done && (r->left || r->unreached) ? "Revoked in part" :
		r->done ? "Revoked" : r->left || r->unreached ?
			"Not revoked" : "Nothing to do");
	ui_line("  %s%s%s in account%s %s%s%s", s->scope, s->subject ? " " : "",
		s->subject ? s->subject : "", s->accounts ? "s" : "",
		s->accounts ? s->accounts : s->account,
		s->endpoint[0] ? " at " : "", s->endpoint);
}

static void show_krl(const struct revoke_receipt *r)
{
	const json_t *line;
	size_t i;

	if (json_array_size(r->krl) == 0)
		return;
	ui_say("Other hosts may know the ssh key; lines for a file that "
		"`ssh-keygen -k -u -f REVOKED FILE` adds to sshd's "
		"RevokedKeys:");
	json_array_foreach(r->krl, i, line)
		ui_line("  %s", json_string_value(line));
}

static int receipt_json(const struct revoke_receipt *r,
	const struct show_scope *s, const char *head, struct error *err)
{
	return ui_json(json_pack("{s:b,s:{s:s,s:o,s:s,s:o,s:o,s:b,s:O,s:O,s:o,"
		"s:s}}",
		"changed", r->changed, "revoked",
		"scope", s->scope,
		"subject", json_of_text(s->subject),
		"account", s->account,
		"accounts", s->accounts ? json_of_words(s->accounts) :
			json_null(),
		"endpoint", json_of_text(s->endpoint),
		"complete", r->left + r->unreached == 0,
		"rows", r->rows,
		"revokedKeys", r->krl,
		"sessions", json_of_text(r->sessions),
		"head", head), err);
}

int show_revoke_receipt(const struct revoke_receipt *r,
	const struct show_scope *s, bool json, struct error *err)
{
	char head[REGISTRY_HEAD_LEN];
	const json_t *row;
	size_t i;

	if (!r->rows || !r->krl)
		return error_memory(err);
	registry_head_format(&r->head, head);
	if (json)
		return receipt_json(r, s, head, err);
	show_title_line(r, s);
	json_array_foreach(r->rows, i, row)
		show_row(row);
	if (r->sessions)
		ui_line("  sessions     %s", r->sessions);
	show_krl(r);
	if (ui_is_verbose())
		ui_line("  head         %s", head);
	return 0;
}
