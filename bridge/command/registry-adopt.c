/* SPDX-License-Identifier: Apache-2.0 */
/* registry adopt: what stands at AWS on the first day. */
#include "bridge/command/command.h"
#include "bridge/adopt/adopt.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/account.h"
#include "bridge/show/mfa.h"
#include "bridge/terminal/status.h"

static int adopt_status(const struct adopted *done)
{
	return done->count[ADOPT_ELSEWHERE] + done->count[ADOPT_UNDERWAY] > 0 ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

static int registry_adopt(struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(adopted_done) struct adopted done = { .n = 0 };
	const struct options *o = &app->options;
	const struct table_view view = app_view(app);
	struct witnessed seen = { .found = 0 }, signs = { .found = 0 };
	struct adopt_request q = {
		.only_look = option_is_set(o, OPTION_DRY_RUN),
	};
	int r;

	if (!option_is_set(o, OPTION_FROM_AWS))
		return error_set(err, ERROR_USAGE,
			"registry adopt: from where? --from-aws");
	r = show_adopted_check_view(&view, err);
	if (r == 0)
		r = q.only_look ? open_account_to_look(&app->run, o, &a, err) :
			open_account(&app->run, o, &a, err);
	if (r < 0)
		return r;
	q.aws = &a.aws;
	q.reg = a.reg;
	q.actor = a.actor;
	r = mfa_adopt(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	mfa_adopt_look(&app->run, &done);
	if (!q.only_look)
		witness_look(&app->run, q.aws, q.reg, &q.actor, NULL, &seen);
	if (!q.only_look)
		witness_sign_ins(&app->run, q.aws, q.reg, &q.actor, &signs);
	if (seen.found || signs.found)
		done.head = signs.found ? signs.head : seen.head;
	if (!q.only_look && (done.count[ADOPT_NEW] || seen.found ||
		signs.found))
		registry_log_head(&done.head);
	r = show_adopted(&done, &q, app->json, &view, err);
	return r < 0 ? r : adopt_status(&done);
}

static bool adopt_needs_network(const struct options *o)
{
	(void)o;
	return true;
}

const struct verb verb_registry_adopt = {
	.command = "registry",
	.name = "adopt",
	.group = GROUP_RECORD,
	.summary = "take in the MFA devices that stand at AWS",
	.help = "With --from-aws the MFA devices of all IAM users of the "
		"account go into the registry, as what they are: not "
		"verified, and nobody's yet. Changes nothing at AWS. A repeat "
		"adds what is new. --dry-run shows what would be adopted and "
		"writes nothing.\n",
	.example = "  tokenbridge registry adopt --from-aws --dry-run\n"
		"  tokenbridge registry adopt --from-aws --account "
		"123456789012\n",
	.options = { OPTION_FROM_AWS, OPTION_DRY_RUN, OPTION_WIDE,
		OPTION_COLUMNS, OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT,
		OPTION_TICKET, OPTION_JSON, OPTION_FORMAT },
	.needs_network = adopt_needs_network,
	.run = registry_adopt,
};
