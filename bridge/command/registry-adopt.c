/* SPDX-License-Identifier: Apache-2.0 */
/* registry adopt: what stands at AWS on the first day, and its tokens. */
#include "bridge/command/command.h"
#include "bridge/adopt/adopt.h"
#include "bridge/mfa/witness.h"
#include "bridge/open/account.h"
#include "bridge/show/mfa.h"
#include "bridge/terminal/status.h"

static int adopt_status(const struct adopted *done)
{
	return done->count[ADOPT_ELSEWHERE] + done->count[ADOPT_UNDERWAY] +
		done->count[ADOPT_NOT_PROVED] > 0 ? STATUS_INCOMPLETE :
		STATUS_DONE;
}

/* Everybody's, or one user's with its token. */
static int check_from(const struct options *o, const char *user,
	struct error *err)
{
	bool all = option_is_set(o, OPTION_FROM_AWS);

	if (!user && !all)
		return error_set(err, ERROR_USAGE,
			"registry adopt: from where? --from-aws, or USER for a "
			"device whose codes a token here makes");
	if (user && all)
		return error_set(err, ERROR_USAGE,
			"--from-aws takes in the devices of all users, and USER "
			"one of one user's: give one of both");
	return 0;
}

/* What CloudTrail tells of devices that rest on less until now. */
static void tell_trail(const struct app *app, const struct adopt_request *q,
	struct adopted *done)
{
	struct witnessed seen = { .found = 0 }, signs = { .found = 0 };

	witness_look(&app->run, q->aws, q->reg, &q->actor, NULL, &seen);
	witness_sign_ins(&app->run, q->aws, q->reg, &q->actor, &signs);
	if (seen.found || signs.found)
		done->head = signs.found ? signs.head : seen.head;
	if (done->count[ADOPT_NEW] || seen.found || signs.found)
		registry_log_head(&done->head);
}

static int adopt_all(const struct app *app, const struct adopt_request *q,
	struct adopted *done, struct error *err)
{
	int r = mfa_adopt(&app->run, q, done, err);

	if (r < 0)
		return r;
	mfa_adopt_look(&app->run, done);
	if (!q->only_look)
		tell_trail(app, q, done);
	return 0;
}

static int adopt_proved(const struct app *app, const struct adopt_request *q,
	struct adopted *done, struct error *err)
{
	int r = mfa_adopt_proved(&app->run, q, done, err);

	if (r == 0 && done->p[0].proof)
		registry_log_head(&done->head);
	return r;
}

static int registry_adopt(struct app *app, struct error *err)
{
	CLEANUP(opened_account_done) struct opened_account a = { .reg = NULL };
	CLEANUP(adopted_done) struct adopted done = { .n = 0 };
	const struct options *o = &app->options;
	const struct table_view view = app_view(app);
	struct adopt_request q = {
		.only_look = option_is_set(o, OPTION_DRY_RUN),
		.user = app_argument(app, 0),
	};
	int r = check_from(o, q.user, err);

	q.device = q.user ? app_argument(app, 1) : NULL;
	if (r == 0)
		r = show_adopted_check_view(&view, err);
	if (r == 0)
		r = q.only_look ? open_account_to_look(&app->run, o, &a, err) :
			open_account(&app->run, o, &a, err);
	if (r < 0)
		return r;
	q.aws = &a.aws;
	q.reg = a.reg;
	q.actor = a.actor;
	r = q.user ? adopt_proved(app, &q, &done, err) :
		adopt_all(app, &q, &done, err);
	if (r < 0)
		return r;
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
		"adds what is new.\n"
		"With USER a virtual device of that user goes there together "
		"with the attached token that makes its codes: STS takes one "
		"where the caller is USER, else IAM two (ResyncMFADevice). "
		"DEVICE is as of `resync`.\n"
		"--dry-run shows what would be adopted and writes nothing.\n",
	.example = "  tokenbridge registry adopt --from-aws --dry-run\n"
		"  tokenbridge registry adopt --from-aws --account "
		"123456789012\n"
		"  tokenbridge registry adopt alice\n",
	.arguments = { { "USER", VALUE_IAM_USER }, { "DEVICE", VALUE_TEXT } },
	.options = { OPTION_FROM_AWS, OPTION_DRY_RUN, OPTION_WIDE,
		OPTION_COLUMNS, OPTION_OATH_PASSWORD_FD, OPTION_TOUCH_TIMEOUT,
		OPTION_TICKET, OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_JSON,
		OPTION_FORMAT },
	.combinations = {
		{ OPTION_FROM_AWS, GOES_WITH, { OPTION_WIDE, OPTION_COLUMNS } },
		{ OPTION_FROM_AWS, GOES_WITHOUT, { OPTION_OATH_PASSWORD_FD } },
	},
	.needs_network = adopt_needs_network,
	.run = registry_adopt,
};
