/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that AWS is asked to take. */
#include "bridge/codes/proof.h"

#include "bridge/account/device.h"
#include "bridge/account/passing.h"

#include <string.h>

#define ROUNDS 2 /* pairs that are read at most */

void code_proof_done(struct code_proof *x)
{
	wipe(x->first, sizeof(x->first));
	wipe(x->second, sizeof(x->second));
	code_source_done(&x->source);
}

/* ---- which device ---- */

struct device_search {
	const char *wanted; /* NULL: any virtual one */
	struct code_proof *x;
};

static int proof_see_device(void *data, const struct iam_device *d,
	struct error *err)
{
	const struct device_search *s = data;

	(void)err;
	if (s->wanted ? !account_device_is_named(s->wanted, d->serial) :
		d->kind != DEVICE_VIRTUAL)
		return 0;
	s->x->device = *d;
	s->x->devices++;
	return 0;
}

int code_proof_find_device(struct code_proof *x, const char *user,
	const char *device, struct error *err)
{
	struct device_search s = { device, x };
	bool found = false;
	int r = iam_get_user(x->aws->session, user, &x->user, &found, err);

	if (r == 0 && !found)
		return error_set(err, ERROR_FAILED,
			"account %s has no IAM user '%s'",
			x->aws->caller.account, user);
	if (r == 0)
		r = iam_list_mfa_devices(x->aws->session, user,
			proof_see_device, &s, err);
	if (r < 0 || x->devices == 1)
		return r;
	if (x->devices > 1)
		return error_set(err, ERROR_USAGE, "'%s' has %u %s%s%s: name "
			"one%s", user, x->devices,
			device ? "devices '" : "virtual devices",
			device ? device : "", device ? "'" : "",
			device ? " by its whole serial number" : "");
	return error_set(err, ERROR_FAILED, "'%s' has no %s%s%s", user,
		device ? "device '" : "virtual device",
		device ? device : "", device ? "'" : "");
}

/* ---- two codes ---- */

static int aws_step(const struct code_proof *x, uint64_t *ret,
	struct error *err)
{
	time_t now = aws_now(x->aws->session);

	if (now < 0)
		return error_set(err, ERROR_UNREACHABLE,
			"AWS did not tell its time, so no codes can be made");
	*ret = totp_step(now);
	return 0;
}

/* Until the step has begun by AWS's clock. */
static int wait_for_step(const struct code_proof *x, uint64_t step,
	struct error *err)
{
	time_t now = aws_now(x->aws->session);
	time_t begins = (time_t)(step * TOTP_PERIOD);

	if (now < 0 || now >= begins)
		return 0;
	run_say(x->run, "AWS may have taken the codes of now already: waiting "
		"%lld s for later ones.", (long long)(begins - now));
	return run_pause(x->run, (begins - now) * 1000, err);
}

/* Of steps that have begun, the older one behind what AWS took last. */
static int read_pair(struct code_proof *x, uint64_t after, struct error *err)
{
	int r = wait_for_step(x, after + 2, err);

	if (r == 0)
		r = aws_step(x, &x->step, err);
	if (r == 0)
		r = code_source_read(&x->source, x->step - 1, CODE_LAST,
			x->first, err);
	return r < 0 ? r : code_source_read(&x->source, x->step,
		CODE_PRESENT, x->second, err);
}

static int send_pair(void *data, struct error *err)
{
	struct code_proof *x = data;

	return iam_resync_mfa_device(x->aws->session, x->user.name,
		x->device.serial, x->first, x->second, err);
}

/* A pair that AWS may have taken, or refuses as too old, is none to try again. */
static bool wants_later(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED ||
		strcmp(e->foreign, "InvalidAuthenticationCode") == 0;
}

int code_proof_send_pair(struct code_proof *x, struct error *err)
{
	uint64_t after = totp_step(x->device.enabled);
	struct error why;
	int i, r;

	for (i = 1;; i++) {
		r = read_pair(x, after, err);
		if (r < 0)
			return r;
		r = passing_send(x->run, send_pair, x, false, &why);
		if (r == 0)
			return 0;
		if (!wants_later(&why) || i == ROUNDS)
			return error_copy(err, &why);
		run_warn(x->run, "%s", why.text);
		after = x->step;
	}
}

/* ---- one code ---- */

bool code_proof_is_callers(const struct code_proof *x)
{
	const struct aws_credentials *c =
		aws_session_credentials(x->aws->session);

	return c->token.n == 0 &&
		strcmp(x->user.id, x->aws->caller.user_id) == 0;
}

int code_proof_read(struct code_proof *x, struct error *err)
{
	int r = aws_step(x, &x->step, err);

	return r < 0 ? r : code_source_read(&x->source, x->step, CODE_ALONE,
		x->second, err);
}

/* The code is good for a minute, and is spent only where it is taken. */
int code_proof_ask_sts(struct code_proof *x, bool *ret_taken,
	struct error *ret_why, struct error *err)
{
	static const int64_t pauses[] = { 0, 6000, 9000, 12000 };
	size_t i;
	int r;

	for (i = 0; i < ARRAY_LEN(pauses); i++) {
		if (i > 0)
			run_say(x->run, "STS does not take the code yet: asking "
				"again in %lld s.",
				(long long)pauses[i] / 1000);
		r = run_pause(x->run, pauses[i], err);
		if (r < 0)
			return r;
		r = sts_check_code(x->aws->session, x->device.serial,
			x->second, ret_why);
		if (r == -ERROR_INTERRUPTED)
			return error_copy(err, ret_why);
		if (r == 0)
			break;
	}
	*ret_taken = i < ARRAY_LEN(pauses);
	return 0;
}
