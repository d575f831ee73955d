/* SPDX-License-Identifier: Apache-2.0 */
/* resync: two codes of the token set AWS's idea of its clock right. */
#include "bridge/command/command.h"
#include "bridge/codes/resync.h"
#include "bridge/open/account.h"
#include "bridge/revoke/named.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

static int resync_json(const struct mfa_resynced *x, const struct account *a,
	struct error *err)
{
	return ui_json(json_pack("{s:b,s:{s:s,s:s,s:s,s:s,s:o,s:o}}",
		"changed", true, "resynced",
		"account", a->caller.account,
		"user", x->user,
		"device", x->serial,
		"oathCredential", x->oath_account,
		"confirmed", json_of_flag(x->proof != MFA_NOT_ASKED,
			x->proof == MFA_PROVED),
		"endpoint", json_of_text(account_endpoint(a))), err);
}

static int show_resynced(const struct app *app, const struct mfa_resynced *x,
	const struct account *a, struct error *err)
{
	static const char *const words[] = {
		[MFA_PROVED] = "STS took a code of it",
		[MFA_NOT_YET] = "not confirmed yet",
		[MFA_NOT_ASKED] = "not asked: only the user, by access keys, can",
	};

	if (app->json)
		return resync_json(x, a, err);
	ui_put(UI_GOOD, "Resynchronized");
	ui_line(" %s", x->serial);
	ui_line("  user      %s in account %s%s%s", x->user,
		a->caller.account, account_endpoint(a)[0] ? " at " : "",
		account_endpoint(a));
	ui_line("  proof     %s%s%s", words[x->proof],
		x->proof == MFA_NOT_YET ? ": " : "",
		x->proof == MFA_NOT_YET ? x->why.text : "");
	return 0;
}

static int resync_run(struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	char serial[IAM_SERIAL_MAX + 1];
	struct mfa_resync q = { .aws = &a.aws, .user = app_argument(app, 0) };
	struct revoke_work w = { .run = &app->run, .aws = &a.aws };
	struct mfa_resynced done;
	int r = open_account(&app->run, &app->options, &a, err);

	w.reg = q.reg = a.reg;
	if (r == 0 && app_argument(app, 1)) {
		r = named_device(&w, q.user, app_argument(app, 1), serial,
			err);
		q.device = serial;
	}
	if (r == 0)
		r = mfa_resync(&app->run, &q, &done, err);
	if (r == 0)
		r = show_resynced(app, &done, &a.aws, err);
	return r < 0 ? r : done.proof == MFA_NOT_YET ? STATUS_INCOMPLETE :
		STATUS_DONE;
}

static bool resync_needs_network(const struct options *o)
{
	(void)o;
	return true;
}

const struct verb verb_resync = {
	.command = "resync",
	.group = GROUP_AWS,
	.summary = "set AWS's idea of a token's clock right",
	.help = "Sends AWS two codes of the token that holds the OATH "
		"credential of USER's device, of the last two steps by AWS's "
		"own clock: two touches. For codes that AWS does not take any "
		"more. DEVICE is as of `revoke`; without it the only virtual "
		"one is meant. Where the caller is USER, STS is then asked to "
		"take a code.\n",
	.example = "  tokenbridge resync alice\n"
		"  tokenbridge resync alice blue-7 --account 123456789012\n",
	.arguments = { { "USER", VALUE_IAM_USER }, { "DEVICE", VALUE_TEXT } },
	.min_arguments = 1,
	.options = { OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_OATH_PASSWORD_FD,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.needs_network = resync_needs_network,
	.run = resync_run,
};
