/* SPDX-License-Identifier: Apache-2.0 */
/* revoke: takes a device away, with a receipt. */
#include "bridge/command/command.h"
#include "bridge/local/publish.h"
#include "bridge/local/revoke.h"
#include "bridge/open/account.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/registry/lookup.h"
#include "bridge/show/mfa.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>

static int show_removed(const struct app *app,
	const struct local_revoked *done, struct error *err)
{
	const json_t *removed = done->removed, *o;
	char head[REGISTRY_HEAD_LEN];
	size_t i;

	registry_head_format(&done->head, head);
	if (app->json)
		return ui_json(json_pack("{s:b,s:{s:s,s:O,s:s}}",
			"changed", true, "revoked",
			"localUser", app_argument(app, 0),
			"removedBindings", removed,
			"head", head), err);
	for (i = 0; (o = json_array_get(removed, i)); i++) {
		const char *token = event_str(o, "token");

		ui_line("removed  %.8s  %s  token %.8s",
			event_str(o, "binding"), event_str(o, "kind"),
			token ? token : "-");
	}
	return 0;
}

static int revoke_local_command(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct local_revocation q = {
		.user = app_argument(app, 0),
		.what = app_argument(app, 1),
		.reason = option(&app->options, OPTION_REASON),
	};
	struct local_revoked done = { .removed = NULL };
	const char *login_db;
	int r;

	r = open_registry_write(&app->options, &reg, err);
	if (r == 0)
		r = open_login_db(&app->options, reg, &login_db, err);
	q.reg = reg;
	if (r == 0)
		r = local_revoke(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	registry_log_head(&done.head);
	r = show_removed(app, &done, err);
	json_decref(done.removed);
	if (r == 0)
		r = login_publish_change(&app->run, reg, login_db, err);
	return r == 0 ? STATUS_INCOMPLETE : r < 0 ? r : STATUS_DONE;
}
static bool is_local(const struct options *o)
{
	return option_is_set(o, OPTION_LOCAL);
}

static bool is_at_aws(const struct options *o)
{
	return !is_local(o);
}

static int revoke_at_aws(struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	struct mfa_revocation q = {
		.user = app_argument(app, 0),
		.device = app_argument(app, 1),
		.reason = option(&app->options, OPTION_REASON),
		.last = option_is_set(&app->options, OPTION_LAST),
	};
	struct mfa_revoked done;
	int r;

	r = open_account(&app->run, &app->options, &a, err);
	if (r < 0)
		return r;
	q.aws = &a.aws;
	q.reg = a.reg;
	q.actor = a.actor;
	r = mfa_revoke(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	registry_log_head(&done.head);
	r = show_revoked(&done, a.aws.session, app->json, err);
	return r < 0 ? r : done.account_left || done.orphan ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int revoke_command(struct app *app, struct error *err)
{
	return is_local(&app->options) ? revoke_local_command(app, err) :
					 revoke_at_aws(app, err);
}

const struct verb verb_revoke = {
	.command = "revoke",
	.group = GROUP_AWS,
	.summary = "take an MFA device away from an IAM user",
	.help = "Deactivates the device at AWS, deletes it there where it is "
		"virtual, removes its account from the token if that is "
		"plugged in, and takes the binding out of the registry. DEVICE "
		"is the serial number (ARN) or the name at its end. What could "
		"not be reached is listed, and the exit status is 10 then. A "
		"user's last device goes only where there is no password and "
		"no active access key, or with --last. With --local USER is a "
		"local user, and DEVICE the beginning of a binding's or "
		"token's id, or `all`: what lets the user in by PAM and ssh.\n",
	.example = "  tokenbridge revoke alice alice-1f2e3d4c5b6a\n"
		"  tokenbridge revoke bob arn:aws:iam::123456789012:mfa/bob "
		"--last --reason left\n"
		"  tokenbridge revoke --local carol all\n",
	.arguments = { { "USER", VALUE_TEXT }, { "DEVICE", VALUE_TEXT } },
	.min_arguments = 2,
	.options = { OPTION_LAST, OPTION_REASON, OPTION_LOCAL,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_LOGIN_DB,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.combinations = {
		{ OPTION_LOCAL, GOES_WITHOUT, { OPTION_LAST, OPTION_PROFILE,
			OPTION_REGION, OPTION_ENDPOINT_URL, OPTION_ACCOUNT,
			OPTION_TOUCH_TIMEOUT } },
		{ OPTION_LOCAL, GOES_WITH, { OPTION_LOGIN_DB } },
		{ OPTION_REASON, GOES_WITH, { OPTION_LAST } },
	},
	.needs_network = is_at_aws,
	.run = revoke_command,
};
