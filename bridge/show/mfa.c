/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of what was registered, revoked and found at AWS. */
#include "bridge/show/mfa.h"

#include "aws/api/device.h"
#include "base/shell.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/mfa/sequence.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

/* What stood between, a line each. */
static void show_way(const struct aws_session *s, const char *indent)
{
	char what[ACCOUNT_WAY_LEN];

	account_ca_bundle(s, what);
	if (what[0])
		ui_line("  CA bundle %s%s", indent, what);
	account_proxy(s, what);
	if (what[0])
		ui_line("  proxy     %s%s", indent, what);
}

/* As AWS has them of the metadata; null with methods that have none. */
static json_t *certifications_json(const struct mfa_enrolled *e)
{
	json_t *list;
	size_t i;

	if (!e->fido.serial[0])
		return json_null();
	list = json_array();
	for (i = 0; i < e->fido.count; i++)
		json_row(&list, json_pack("{s:s,s:s}", "name",
			e->fido.certifications[i].name, "level",
			e->fido.certifications[i].level));
	return list;
}

static json_t *enrolled_json(const struct mfa_enrolled *e,
	const struct aws_session *s)
{
	const struct journal_facts *f = &e->facts;
	char head[REGISTRY_HEAD_LEN];
	char ca[ACCOUNT_WAY_LEN], proxy[ACCOUNT_WAY_LEN];

	registry_head_format(&e->head, head);
	account_ca_bundle(s, ca);
	account_proxy(s, proxy);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:s,s:o,s:o,s:o,s:b,s:o,"
		"s:s,s:o,s:o,s:o,s:o}",
		"account", f->account,
		"user", f->user,
		"device", f->serial,
		"deviceKind", device_kind_name(device_kind(f->serial)),
		"method", e->method,
		"joinedBy", json_of_text(e->joined_by),
		"serial", json_of_number(f->token_serial > 0, f->token_serial),
		"basis", f->basis,
		"token", json_of_text(f->token),
		"holder", json_of_text(f->token[0] ? f->holder : NULL),
		"verdict", json_of_text(e->has_verdict ?
			verdict_name(e->verdict) : NULL),
		"confirmed", e->confirmed,
		"evidence", json_of_text(f->evidence),
		"head", head,
		"endpoint", json_of_text(f->endpoint),
		"certifications", certifications_json(e),
		"caBundle", json_of_text(ca),
		"proxy", json_of_text(proxy));
}

int show_enrolled_json(const struct mfa_enrolled *e, bool has_also,
	const struct mfa_enrolled *also, json_t *pin,
	const struct aws_session *s, struct error *err)
{
	json_t *o = json_pack("{s:b,s:o}", "changed", true, "enrolled",
		enrolled_json(e, s));

	if (has_also)
		json_member(&o, "also", also ? enrolled_json(also, s) :
			json_null());
	if (pin)
		json_member(&o, "initialPin", pin);
	return ui_json(o, err);
}

static void show_token(const struct mfa_enrolled *e)
{
	const struct journal_facts *f = &e->facts;
	char serial[24] = "";

	if (f->token_serial)
		snprintf(serial, sizeof(serial), "serial %u, ",
			f->token_serial);
	if (f->token[0])
		ui_line("  token     %s%s%sregistry id %.8s, holder %s%s%s",
			e->label, e->label[0] ? ", " : "", serial, f->token,
			f->holder, e->has_verdict ? ", " : "",
			e->has_verdict ? verdict_name(e->verdict) : "");
}

/* What a binding rests on, and how good the method is. */
static const struct {
	const char *basis, *proved;
} bases[] = {
	{ REGISTRY_BASIS_SEED, "by an HMAC over a random challenge" },
	{ REGISTRY_BASIS_CODE, "by a code over a random challenge, 31 bits: "
		"the token gives no more" },
	{ REGISTRY_BASIS_TYPED, "by two codes, typed: AWS took them" },
	{ REGISTRY_BASIS_NAME, "by name and time: exactly one new device had "
		"the name" },
	{ REGISTRY_BASIS_TRAIL, "by name, and CloudTrail tells that this device "
		"was enabled then; which key it is nobody tells" },
	{ REGISTRY_BASIS_STATED, "by the word of who ran this, and nothing "
		"else" },
	{ REGISTRY_BASIS_APP, "by two codes of the app, compared with the "
		"secret" },
};
static const struct {
	const char *method, *advice;
} advices[] = {
	{ "totp", "AWS lists this as a virtual device, and codes are not "
		"phishing-resistant: a FIDO device is better where the "
		"console is all that is used." },
	{ "virtual", "A phone app: its secret can be copied, and codes are not "
		"phishing-resistant. A token is better." },
	{ "hardware-totp", "Codes are not phishing-resistant: a FIDO device "
		"is better where the console is all that is used." },
};

static void show_certifications(const struct mfa_enrolled *e)
{
	char text[320] = "";
	size_t i, n = 0;

	if (!e->fido.serial[0])
		return;
	for (i = 0; i < e->fido.count && n < sizeof(text) - 140; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s",
			n ? ", " : "", e->fido.certifications[i].name,
			e->fido.certifications[i].level);
	ui_line("  certified %s", text[0] ? text : "AWS has no certification "
		"of it: it may be a passkey that is copied");
}

static void show_basis(const char *basis)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(bases); i++)
		if (strcmp(bases[i].basis, basis) == 0)
			ui_line("  proved    %s", bases[i].proved);
}

static void advise(const char *method)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(advices); i++)
		if (strcmp(advices[i].method, method) == 0)
			ui_say("%s", advices[i].advice);
}

void show_enrolled(const struct mfa_enrolled *e, const struct aws_session *s)
{
	const struct journal_facts *f = &e->facts;
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&e->head, head);
	ui_put(UI_GOOD, "Enrolled");
	ui_line(" %s", f->serial);
	ui_line("  user      %s in account %s%s%s", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	show_token(e);
	if (f->oath_account[0])
		ui_line("  OATH      %s", f->oath_account);
	show_basis(f->basis);
	show_certifications(e);
	ui_line("  listed    %s", e->confirmed ? "AWS lists the device" :
		"AWS does not list the device yet: check with `tokenbridge "
		"audit`");
	show_way(s, "");
	if (ui_is_verbose()) {
		ui_line("  evidence  %s", f->evidence[0] ? f->evidence : "-");
		ui_line("  head      %s", head);
	}
	advise(e->method);
}

static bool did(const struct mfa_revoked *x, enum journal_deed deed)
{
	return x->facts.did & deed;
}

static int revoked_json(const struct mfa_revoked *x,
	const struct aws_session *s, const char *head, struct error *err)
{
	const struct journal_facts *f = &x->facts;
	char ca[ACCOUNT_WAY_LEN], proxy[ACCOUNT_WAY_LEN];
	json_t *left = json_array();

	account_ca_bundle(s, ca);
	account_proxy(s, proxy);
	if (x->account_left)
		json_row(&left, json_string(f->oath_account));
	if (x->orphan)
		json_row(&left, json_string(f->serial));
	return ui_json(json_pack("{s:b,s:{s:s,s:s,s:s,s:b,s:b,s:b,s:b,s:s,s:o,"
		"s:o,s:o,s:o}}",
		"changed", f->did || f->binding[0], "revoked",
		"account", f->account,
		"user", f->user,
		"device", f->serial,
		"deactivated", did(x, JOURNAL_DID_DEACTIVATE),
		"deleted", did(x, JOURNAL_DID_DELETE),
		"bindingRemoved", f->binding[0] != '\0',
		"oathCredentialRemoved", did(x, JOURNAL_DID_ACCOUNT),
		"head", head,
		"endpoint", json_of_text(f->endpoint),
		"caBundle", json_of_text(ca),
		"proxy", json_of_text(proxy),
		"notReached", left), err);
}

static void show_account(const struct mfa_revoked *x)
{
	const struct journal_facts *f = &x->facts;
	char who[SEQUENCE_TOKEN_LEN];

	if (!f->oath_account[0])
		return;
	if (did(x, JOURNAL_DID_ACCOUNT))
		ui_line("  token        OATH credential removed from %s",
			sequence_token(f, who));
	else if (!x->account_left)
		ui_line("  token        the OATH credential was not in %s any more",
			sequence_token(f, who));
	else if (x->left.code == ERROR_NO_TOKEN)
		ui_line("  NOT REACHED  %s is not here: the OATH credential "
			"'%s' stays in it (worthless at AWS now)",
			sequence_token(f, who), f->oath_account);
	else
		ui_line("  NOT REACHED  the OATH credential '%s' stays "
			"(worthless at AWS now): %s", f->oath_account,
			x->left.text);
}

int show_revoked(const struct mfa_revoked *x, const struct aws_session *s,
	bool json, struct error *err)
{
	const struct journal_facts *f = &x->facts;
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&x->head, head);
	if (json)
		return revoked_json(x, s, head, err);
	ui_put(x->orphan ? UI_WARN : UI_GOOD, x->orphan ?
		"Revoked in part" : "Revoked");
	ui_line(" %s", f->serial);
	ui_line("  user         %s in account %s%s%s", f->user, f->account,
		f->endpoint[0] ? " at " : "", f->endpoint);
	ui_line("  at AWS       %s", mfa_revoked_text(x));
	if (x->orphan)
		ui_line("  NOT REACHED  the unassigned device stays at AWS until "
			"an administrator deletes it");
	ui_line("  registry     %s", f->binding[0] ? "binding removed" :
		"knew no binding");
	show_account(x);
	show_way(s, "   ");
	if (ui_is_verbose())
		ui_line("  head         %s", head);
	return 0;
}

/* ---- what stood there before ---- */

static const struct table_column adopt_columns[] = {
	{ "USER", 0 }, { "KIND", 1 }, { "ENABLED", 2 }, { "TOKEN", 3 },
	{ "RESULT", 0 }, { "DEVICE", 0 },
};

int show_adopted_check_view(const struct table_view *view, struct error *err)
{
	return table_check_view(adopt_columns, ARRAY_LEN(adopt_columns), view,
		err);
}

static json_t *device_json(const struct adopted_device *d)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:s,s:o,s:o,s:b,s:o,s:o}",
		"user", d->user,
		"userId", d->user_id,
		"device", d->serial,
		"deviceKind", device_kind_name(d->kind),
		"enabledAt", json_of_time(d->enabled),
		"result", adoption_name(d->what),
		"token", json_of_text(d->token),
		"binding", json_of_text(d->binding),
		"heldByName", d->is_held,
		"serial", json_of_number(d->is_held && d->held_by > 0,
			d->held_by),
		"proof", json_of_text(adopt_proof_name(d->proof)));
}

static int adopted_json(const struct adopted *a, const struct adopt_request *q,
	struct error *err)
{
	json_t *rows = json_array();
	char ca[ACCOUNT_WAY_LEN], proxy[ACCOUNT_WAY_LEN];
	char head[REGISTRY_HEAD_LEN];
	size_t i;

	account_ca_bundle(q->aws->session, ca);
	account_proxy(q->aws->session, proxy);
	for (i = 0; i < a->n; i++)
		json_row(&rows, device_json(&a->p[i]));
	registry_head_format(&a->head, head);
	return ui_json(json_pack("{s:b,s:{s:s,s:o,s:o,s:o,s:b,s:I,s:I,s:o,s:"
		"s}}",
		"changed", !q->only_look && a->count[ADOPT_NEW] > 0, "adopted",
		"account", q->aws->caller.account,
		"endpoint", json_of_text(account_endpoint(q->aws)),
		"caBundle", json_of_text(ca),
		"proxy", json_of_text(proxy),
		"dryRun", q->only_look,
		"userCount", (json_int_t)a->users,
		"newCount", (json_int_t)a->count[ADOPT_NEW],
		"devices", rows,
		"head", head), err);
}

static void adopt_print_row(struct table *table, const struct adopted_device *d,
	bool only_look)
{
	char when[TEXT_TIME_LEN] = "", token[9] = "";
	const char *cells[ARRAY_LEN(adopt_columns)];

	if (d->enabled)
		text_format_time(d->enabled, when);
	snprintf(token, sizeof(token), "%.8s", d->token);
	cells[0] = d->user;
	cells[1] = device_kind_name(d->kind);
	cells[2] = when;
	cells[3] = token;
	cells[4] = only_look && d->what == ADOPT_NEW ? "new" :
		adoption_name(d->what);
	cells[5] = d->serial;
	table_row(table, cells);
}

static void adopt_print_rows(const struct adopted *a, bool only_look,
	const struct table_view *view)
{
	struct table *table = table_new(adopt_columns,
		ARRAY_LEN(adopt_columns));
	size_t i;

	for (i = 0; i < a->n; i++)
		adopt_print_row(table, &a->p[i], only_look);
	table_print(&table, view);
}

static void say_rest(const struct adopted *a)
{
	if (a->count[ADOPT_ELSEWHERE])
		ui_warn("%zu device%s bound to another user in the registry "
			"than AWS says: `tokenbridge audit` tells more",
			a->count[ADOPT_ELSEWHERE],
			a->count[ADOPT_ELSEWHERE] == 1 ? " is" : "s are");
	if (a->count[ADOPT_UNDERWAY])
		ui_warn("%zu device%s under way: run it again later; `tokenbridge "
			"registry show --unfinished` tells more",
			a->count[ADOPT_UNDERWAY],
			a->count[ADOPT_UNDERWAY] == 1 ? " is" : "s are");
	if (a->count[ADOPT_OTHER])
		ui_say("%zu device%s of a kind that the registry does not keep.",
			a->count[ADOPT_OTHER],
			a->count[ADOPT_OTHER] == 1 ? " is" : "s are");
}

/* Whose seed it is AWS alone can tell, by taking codes of it. */
static void say_held(const struct adopted_device *d)
{
	const char *const words[] = { "tokenbridge", "registry", "adopt", "--",
		d->user, d->serial, NULL };
	CLEANUP(free_p) char *line = shell_line(words);
	char who[32] = "A token";

	if (d->held_by)
		snprintf(who, sizeof(who), "Token %u", d->held_by);
	ui_say("%s has an OATH credential by the name of '%s', which does not "
		"prove that it is this device's. Whether AWS takes its codes: "
		"`%s`", who, d->serial, line ? line :
		"tokenbridge registry adopt USER");
}

/* ---- one of them, with its token ---- */

static const char *const proofs[] = {
	[ADOPT_UNPROVED] = "",
	[ADOPT_CODE_TAKEN] = "STS took a code: this token has the secret",
	[ADOPT_CODES_TAKEN] = "IAM took two codes: this token has the secret",
};

/* What no code of a token's proves. */
#define NOT_PROVED "That it is genuine, and that nothing else has the secret, " \
	"is not proved by that: `tokenbridge verify` looks at the token."

static void show_proved(const struct adopted_device *d,
	const struct account *aws)
{
	char serial[24] = "";

	if (d->held_by)
		snprintf(serial, sizeof(serial), "serial %u, ", d->held_by);
	ui_put(UI_GOOD, "Adopted");
	ui_line(" %s", d->serial);
	ui_line("  user      %s in account %s%s%s", d->user, aws->caller.account,
		account_endpoint(aws)[0] ? " at " : "", account_endpoint(aws));
	ui_line("  token     %sregistry id %.8s", serial, d->token);
	ui_line("  OATH      %s", d->oath_account);
	ui_line("  proved    %s", proofs[d->proof]);
}

static void say_unproved(const struct adopted *a)
{
	ui_warn("not proved, and nothing is recorded: %s. Only the user, by "
		"access keys, can have STS take a code, and only who may "
		"iam:ResyncMFADevice can have IAM take two; `tokenbridge "
		"registry adopt --from-aws` takes the device in without its "
		"token", a->why.text);
}

/* The only row of one that was to be proved. */
static void show_one(const struct adopted_device *d,
	const struct adopt_request *q)
{
	if (d->proof)
		show_proved(d, q->aws);
	else if (d->what == ADOPT_PRESENT && d->token[0])
		ui_line("The registry has %s with its token already (%.8s).",
			d->serial, d->token);
	else if (q->only_look && d->is_held)
		ui_line("Nothing was asked of the token, and nothing is "
			"written.");
}

static int show_adopted_one(const struct adopted *a,
	const struct adopt_request *q, bool json, struct error *err)
{
	const struct adopted_device *d = &a->p[0];

	say_rest(a);
	if (d->proof)
		ui_say(NOT_PROVED);
	else if (d->what == ADOPT_NOT_PROVED)
		say_unproved(a);
	if (json)
		return adopted_json(a, q, err);
	show_one(d, q);
	return 0;
}

int show_adopted(const struct adopted *a, const struct adopt_request *q,
	bool json, const struct table_view *view, struct error *err)
{
	if (q->user)
		return show_adopted_one(a, q, json, err);
	ui_say("%zu device%s of %zu user%s and root: %zu %s, %zu in the registry "
	       "already.", a->n, text_plural(a->n), a->users,
		text_plural(a->users), a->count[ADOPT_NEW], q->only_look ?
		"would be adopted" : "adopted", a->count[ADOPT_PRESENT]);
	say_rest(a);
	for (size_t i = 0; i < a->n; i++)
		if (a->p[i].is_held)
			say_held(&a->p[i]);
	if (json)
		return adopted_json(a, q, err);
	if (a->n > 0)
		adopt_print_rows(a, q->only_look, view);
	return 0;
}
