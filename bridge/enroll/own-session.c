/* SPDX-License-Identifier: Apache-2.0 */
/* The caller's own session with MFA, and the device whose code opens it. */
#include "bridge/enroll/own-session.h"

#include "aws/role/mfa.h"
#include "bridge/account/device.h"

#include <stdio.h>
#include <string.h>

void own_devices_see(struct own_devices *d, const struct iam_device *device)
{
	if (d->n < OWN_DEVICES_MAX && (device->kind == DEVICE_VIRTUAL ||
			device->kind == DEVICE_HARDWARE))
		memcpy(d->serials[d->n++], device->serial,
			sizeof(d->serials[0]));
}

/* ---- which device ---- */

/* "arn:aws:iam::123456789012:mfa/alice-0123 (blue-7)" */
static void say_devices(const struct run *run, const struct mfa_request *q,
	const struct own_devices *d)
{
	char label[TEXT_MAX + 1];
	size_t i;

	for (i = 0; i < d->n; i++) {
		account_device_label(q->reg, d->serials[i], label);
		run_say(run, "  %zu. %s%s%s%s", i + 1, d->serials[i],
			label[0] ? " (" : "", label, label[0] ? ")" : "");
	}
}

/* By serial number, the name at its end or the token's label; NULL: none, or
 * several. */
static const char *find_named(const struct mfa_request *q,
	const struct own_devices *d, const char *wanted)
{
	const char *found = NULL;
	char label[TEXT_MAX + 1];
	size_t i, n = 0;

	for (i = 0; i < d->n; i++) {
		account_device_label(q->reg, d->serials[i], label);
		if (!account_device_is_named(wanted, d->serials[i]) &&
			strcmp(wanted, label) != 0)
			continue;
		found = d->serials[i];
		n++;
	}
	return n == 1 ? found : NULL;
}

static const char *find_answered(const struct mfa_request *q,
	const struct own_devices *d, const char *answer)
{
	uint64_t number;

	if (text_parse_u64(answer, d->n, &number) == 0 && number > 0)
		return d->serials[number - 1];
	return find_named(q, d, answer);
}

static int nobody_chooses(const struct own_devices *d, const char *user,
	struct error *err)
{
	return error_set(err, ERROR_USAGE,
		"you are '%s' and have %zu MFA devices that make codes: whose "
		"code opens the session is said by --code-of DEVICE", user,
		d->n);
}

/* *ret is borrowed from d; NULL: the person has none of them. */
static int ask_device(const struct run *run, const struct mfa_request *q,
	const struct own_devices *d, const char *user, const char **ret,
	struct error *err)
{
	char answer[IAM_SERIAL_MAX + 1] = "";
	struct error why;
	int r;

	run_say(run, "You are '%s' and have MFA devices: a session is opened "
		"with a code of one first. Who has lost them all needs an "
		"administrator to enroll.", user);
	say_devices(run, q, d);
	for (*ret = NULL; !*ret;) {
		r = run_ask_text(run, "Whose code (a number or a name; empty: "
			"none is at hand)? ", answer, sizeof(answer), &why);
		if (r == -ERROR_PIN)
			return nobody_chooses(d, user, err);
		if (r < 0 && r != -ERROR_USAGE)
			return error_copy(err, &why);
		if (r >= 0 && !answer[0])
			return 0;
		*ret = r < 0 ? NULL : find_answered(q, d, answer);
		if (r < 0)
			run_say(run, "Not taken: %s.", why.text);
		else if (!*ret)
			run_say(run, "'%.60s' is none of them.", answer);
	}
	return 0;
}

static int choose_device(const struct run *run, const struct mfa_request *q,
	const struct own_devices *d, const char *user, const char **ret,
	struct error *err)
{
	*ret = q->code_of ? find_named(q, d, q->code_of) :
		d->n == 1 ? d->serials[0] : NULL;
	if (q->code_of && !*ret)
		return error_set(err, ERROR_USAGE,
			"--code-of '%.200s' is none of the devices of '%s' "
			"that make codes", q->code_of, user);
	if (!*ret)
		return d->n ? ask_device(run, q, d, user, ret, err) : 0;
	run_say(run, "You are '%s' and have an MFA device: a session is opened "
		"with a code of it first. Who has lost it needs an "
		"administrator to enroll.", user);
	return 0;
}

/* ---- the session ---- */

int own_session_open(const struct run *run, const struct mfa_request *q,
	const struct own_devices *d, const char *user, struct error *err)
{
	const char *serial, *why = ", for which a security key makes no code";
	bool made = false;
	int r = choose_device(run, q, d, user, &serial, err);

	if (r == 0 && serial) {
		r = mfa_open(q->aws->session, &q->aws->sign_in, serial, &made,
			err);
		why = ", which you may not open";
	} else if (d->n > 0) {
		why = ", by a code of a device";
	}
	if (r < 0 || made)
		return r;
	return error_set(err, ERROR_REMOTE,
		"you are '%s' with long-term keys, and AWS lets a user who has "
		"an MFA device change it only in a session that was opened "
		"with MFA%s: have an administrator enroll", user, why);
}
