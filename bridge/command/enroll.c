/* SPDX-License-Identifier: Apache-2.0 */
/* enroll: a token becomes an MFA device of an IAM user. */
#include "bridge/verify/admission.h"
#include "bridge/mfa/totp.h"
#include "bridge/terminal/status.h"

#include <string.h>

/* The option or the setting, else the policy's default; NULL: none. */
static int find_method(struct app *app, const char **ret, struct error *err)
{
	CLEANUP(policy_done) struct policy policy;
	int r;

	policy_init(&policy);
	r = admission_policy(app, &policy, err);
	if (r < 0)
		return r;
	*ret = option_is_set(&app->options, OPTION_METHOD) ?
		option(&app->options, OPTION_METHOD) : policy.default_method;
	return 0;
}

static int check(struct app *app, const char *method, struct error *err)
{
	if (!method)
		return error_set(err, ERROR_USAGE,
			"say how: --method totp (a secret in the token's OATH "
			"application; AWS lists it as a virtual device)");
	if (strcmp(method, "totp") != 0)
		return error_set(err, ERROR_USAGE,
			"--method '%s': this version knows totp", method);
	if (option_is_set(&app->options, OPTION_HOLDER) &&
		option_is_set(&app->options, OPTION_PLACE))
		return error_set(err, ERROR_USAGE,
			"--holder and --place exclude each other");
	return 0;
}

static int enroll_run(struct app *app, struct error *err)
{
	const char *method = NULL;
	struct enrolment e;
	int r;

	r = find_method(app, &method, err);
	if (r == 0)
		r = check(app, method, err);
	if (r < 0)
		return r;
	enrolment_init(&e, app);
	e.method = method;
	r = enrolment_run(&e, err);
	if (r == 0)
		r = enrolment_show(&e, err);
	if (r == 0 && !e.confirmed)
		r = STATUS_INCOMPLETE;
	enrolment_done(&e);
	return r;
}

const struct command command_enroll = {
	.name = "enroll",
	.arguments = "USER",
	.summary = "register a token as an MFA device of an IAM user",
	.help = "With --method totp a virtual MFA device is made at AWS and "
		"its secret goes straight\ninto the OATH application of the "
		"token, never to disk. Two touches: the first proves\nwhat the "
		"token is, the second that it holds the secret. Both codes are "
		"made at once,\nby AWS's clock. A token that is not genuine is "
		"refused, so is one that the\npolicy refuses (`tokenbridge "
		"policy show`) and one of another holder; one with a\n"
		"half-done enrolment is settled first. Whatever goes wrong on "
		"the way is undone, by\nthis run or by the next.\n\n"
		"Needs a registry (`tokenbridge registry init`), pcscd, and "
		"AWS credentials that\nmay create and enable the user's "
		"devices.\n\n"
		"  tokenbridge enroll alice --method totp\n"
		"  tokenbridge enroll alice --method totp --holder 'Alice' "
		"--label blue-7\n"
		"  tokenbridge enroll bob --method totp --account "
		"123456789012 --profile admin\n",
	.options = { OPTION_METHOD, OPTION_HOLDER, OPTION_PLACE, OPTION_LABEL,
		OPTION_FORCE, OPTION_TICKET, OPTION_PIN_FD,
		OPTION_TOUCH_TIMEOUT, OPTION_FRESH, OPTION_ENTERPRISE },
	.min_arguments = 1,
	.max_arguments = 1,
	.needs_network = command_always,
	.run = enroll_run,
};
