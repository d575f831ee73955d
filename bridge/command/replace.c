/* SPDX-License-Identifier: Apache-2.0 */
/* replace: a new key in place of an old one. */
#include "bridge/command/replace.h"

#include "bridge/mfa/witness.h"
#include "bridge/open/account.h"
#include "bridge/open/token.h"
#include "bridge/open/trust.h"
#include "bridge/revoke/named.h"
#include "bridge/revoke/replace.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"
#include "bridge/verify/admission.h"

#include <string.h>

#define WAIT_MAX 86400

static int check_serial_option(const struct mfa_request *q, struct error *err)
{
	bool wanted = strcmp(q->method, "hardware-totp") == 0;

	if (wanted == (q->serial != NULL))
		return 0;
	return error_set(err, ERROR_USAGE, wanted ?
		"--method hardware-totp needs --serial S: the number on the "
		"back of the new token" :
		"--serial is of --method hardware-totp");
}

int replace_method(const struct app *app, struct mfa_request *q,
	struct error *err)
{
	const struct options *o = &app->options;
	struct admission admission = { q->trust, NULL, NULL };
	uint64_t wait;
	int r = option_number(o, OPTION_WAIT, WAIT_MAX, &wait, err);

	if (r < 0)
		return r;
	q->wait_s = (int64_t)wait;
	q->serial = option(o, OPTION_SERIAL);
	q->code_of = option(o, OPTION_CODE_OF);
	q->method = option_is_set(o, OPTION_METHOD) ?
		option(o, OPTION_METHOD) : q->trust->policy.default_method;
	if (!q->method)
		return error_set(err, ERROR_USAGE, "say how: --method fido, "
			"--method totp, or --method hardware-totp --serial S");
	if (!mfa_method_is_known(q->method))
		return error_set(err, ERROR_USAGE,
			"--method '%s' is none of: fido, totp, hardware-totp",
			q->method);
	if (strcmp(q->method, "virtual") == 0)
		return error_set(err, ERROR_USAGE, "--method virtual is an "
			"app, and no key in place of another: `tokenbridge "
			"enroll USER --method virtual` registers one, then "
			"`tokenbridge revoke USER OLD` takes the old device "
			"away");
	r = check_serial_option(q, err);
	if (r < 0 || mfa_method_takes_token(q->method))
		return r;
	admission.method = q->method;
	return admission_check_method(&app->run, &admission, err);
}

static int replaced_json(const struct replaced *x, const struct account *a,
	struct error *err)
{
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&x->gone.head, head);
	return ui_json(json_pack("{s:b,s:{s:s,s:s,s:s,s:s,s:b,s:b,s:b,s:o,s:s}}",
		"changed", !x->done_before, "replaced",
		"account", a->caller.account,
		"user", x->gone.facts.user,
		"old", x->gone.facts.serial,
		"new", x->made.facts.serial,
		"oldFirst", x->old_first,
		"enrolledBefore", x->made_before,
		"complete", !x->gone.account_left && !x->gone.orphan,
		"endpoint", json_of_text(account_endpoint(a)),
		"head", head), err);
}

static int show_replaced(const struct app *app, const struct replaced *x,
	const struct account *a, struct error *err)
{
	if (app->json)
		return replaced_json(x, a, err);
	ui_put(UI_GOOD, x->done_before ? "Nothing to do" : "Replaced");
	ui_line("%s %s", x->done_before ? " " : "", x->gone.facts.serial);
	ui_line("  by           %s%s", x->made.facts.serial, x->made_before ?
		", enrolled by an earlier run" : "");
	ui_line("  user         %s in account %s%s%s", x->gone.facts.user,
		a->caller.account, account_endpoint(a)[0] ? " at " : "",
		account_endpoint(a));
	ui_line("  old device   %s", mfa_revoked_text(&x->gone));
	if (x->gone.account_left)
		ui_line("  NOT REACHED  the OATH credential '%s' stays (worthless "
			"at AWS now): %s", x->gone.facts.oath_account,
			x->gone.left.text);
	if (x->gone.orphan)
		ui_line("  NOT REACHED  the unassigned device stays at AWS until "
			"an administrator deletes it");
	return 0;
}

/* Whose the old one was, by the registry; a new string, NULL: not known. */
static int old_holder(struct registry *reg, const char *serial, char **ret,
	struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	CLEANUP(registry_tokens_done) struct registry_tokens tokens = { 0 };
	size_t i;
	int r = registry_bindings_by_device(reg, serial, &list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		if (!list.p[i].token[0])
			continue;
		registry_tokens_done(&tokens);
		r = registry_tokens_by_id(reg, list.p[i].token, &tokens, err);
	}
	if (r < 0 || tokens.n != 1 || !tokens.p[0].holder_name ||
		tokens.p[0].holder_kind != REGISTRY_PERSON)
		return r;
	*ret = strdup(tokens.p[0].holder_name);
	return *ret ? 0 : error_memory(err);
}

static int replace_in(struct app *app, struct opened_account *a,
	const struct mfa_request *how, struct error *err)
{
	const struct options *o = &app->options;
	CLEANUP(free_p) char *holder = NULL;
	struct revoke_work w = { .run = &app->run, .aws = &a->aws,
		.reg = a->reg };
	char old[IAM_SERIAL_MAX + 1];
	struct replace_request q = {
		.enroll = {
			.aws = &a->aws, .reg = a->reg, .actor = a->actor,
			.trust = how->trust, .method = how->method,
			.serial = how->serial, .wait_s = how->wait_s,
			.user = app_argument(app, 0),
			.wanted = open_wanted(o, a->reg),
			.holder_kind = REGISTRY_PERSON,
			.label = option(o, OPTION_LABEL),
			.force = option(o, OPTION_FORCE),
		},
		.old = old,
		.reason = option(o, OPTION_REASON),
		.stolen = option_is_set(o, OPTION_STOLEN),
	};
	struct witnessed seen = { .found = 0 };
	struct replaced done;
	int r = named_device(&w, q.enroll.user, app_argument(app, 1), old,
		err);

	if (r == 0)
		r = old_holder(a->reg, old, &holder, err);
	q.enroll.holder = option_is_set(o, OPTION_HOLDER) ?
		option(o, OPTION_HOLDER) : holder ? holder : q.enroll.user;
	if (r == 0)
		r = replace_device(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	if (strcmp(q.enroll.method, "fido") == 0)
		witness_look(&app->run, &a->aws, a->reg, &a->actor,
			done.made.facts.binding, &seen);
	if (seen.found)
		done.gone.head = seen.head;
	registry_log_head(&done.gone.head);
	r = show_replaced(app, &done, &a->aws, err);
	return r < 0 ? r : done.gone.account_left || done.gone.orphan ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int replace_run(struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct mfa_request how = { .trust = &trust };
	int r = open_trust(&app->options, &trust, err);

	if (r == 0)
		r = replace_method(app, &how, err);
	if (r == 0)
		r = open_account(&app->run, &app->options, &a, err);
	return r < 0 ? r : replace_in(app, &a, &how, err);
}

static bool replace_needs_network(const struct options *o)
{
	(void)o;
	return true;
}

const struct verb verb_replace = {
	.command = "replace",
	.group = GROUP_AWS,
	.summary = "a new key in place of an old one, at AWS",
	.help = "Enrolls a new key for USER, then takes the device OLD "
		"(named as for `revoke`) away, as one sequence: what breaks off "
		"is gone on with by the same command. Where AWS takes no "
		"further device, or with --stolen, the old one goes first, and "
		"the time in between is told.\n",
	.example = "  tokenbridge replace alice blue-7 --method totp --label "
		"red-1\n"
		"  tokenbridge replace alice blue-7 --method totp --stolen\n",
	.arguments = { { "USER", VALUE_IAM_USER }, { "OLD", VALUE_TEXT } },
	.min_arguments = 2,
	.options = { OPTION_STOLEN, OPTION_METHOD, OPTION_SERIAL,
		OPTION_WAIT, OPTION_CODE_OF, OPTION_HOLDER, OPTION_LABEL,
		OPTION_FORCE, OPTION_REASON, OPTION_TOKEN, OPTION_REGISTRY,
		OPTION_PROFILE, OPTION_REGION, OPTION_ENDPOINT_URL,
		OPTION_ACCOUNT, OPTION_PIN_FD, OPTION_OATH_PASSWORD_FD,
		OPTION_CODES_FD, OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.in_manual = { OPTION_SERIAL, OPTION_WAIT, OPTION_CODE_OF },
	.takes = { { OPTION_METHOD, VALUE_WORDS, REPLACE_METHODS } },
	.needs_network = replace_needs_network,
	.run = replace_run,
};
