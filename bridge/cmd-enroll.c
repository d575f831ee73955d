/* SPDX-License-Identifier: Apache-2.0 */
/* enroll: a token becomes an MFA device of an IAM user. */
#include "bridge/enrol.h"
#include "bridge/status.h"

#include <string.h>

static int check(struct app *app, struct error *err)
{
	const char *method = option(&app->options, OPTION_METHOD);

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
	struct enrolment e;
	int r;

	r = check(app, err);
	if (r < 0)
		return r;
	enrolment_init(&e, app);
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
		"refused, so is one of another\nholder, and one with a "
		"half-done enrolment is settled first. Whatever goes wrong on\n"
		"the way is undone, by this run or by the next.\n\n"
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
		OPTION_TOUCH_TIMEOUT, OPTION_FRESH },
	.min_arguments = 1,
	.max_arguments = 1,
	.needs_network = command_always,
	.run = enroll_run,
};
