/* SPDX-License-Identifier: Apache-2.0 */
/* Two codes for ResyncMFADevice, and whether STS takes one then. */
#include "bridge/codes/resync.h"

#include "bridge/account/passing.h"
#include "bridge/codes/source.h"

#include <stdio.h>
#include <string.h>

#define ROUNDS 2 /* pairs that are read at most */

struct resync {
	const struct run *run;
	const struct mfa_resync *q;
	struct iam_user user;
	struct iam_device device;
	unsigned devices; /* that fit */
	struct code_source source;
	uint64_t step;    /* of the newer code */
	char first[TOTP_DIGITS_MAX + 1], second[TOTP_DIGITS_MAX + 1];
};

static void resync_done(struct resync *x)
{
	wipe(x->first, sizeof(x->first));
	wipe(x->second, sizeof(x->second));
	code_source_done(&x->source);
}

/* ---- which device ---- */

static int resync_see_device(void *data, const struct iam_device *d,
	struct error *err)
{
	struct resync *x = data;

	(void)err;
	if (x->q->device ? strcmp(d->serial, x->q->device) != 0 :
		d->kind != DEVICE_VIRTUAL)
		return 0;
	x->device = *d;
	x->devices++;
	return 0;
}

static int resync_find_device(struct resync *x, struct error *err)
{
	const struct mfa_resync *q = x->q;
	bool found = false;
	int r = iam_get_user(q->aws->session, q->user, &x->user, &found, err);

	if (r == 0 && !found)
		return error_set(err, ERROR_FAILED,
			"account %s has no IAM user '%s'",
			q->aws->caller.account, q->user);
	if (r == 0)
		r = iam_list_mfa_devices(q->aws->session, q->user,
			resync_see_device, x, err);
	if (r < 0 || x->devices == 1)
		return r;
	if (x->devices > 1)
		return error_set(err, ERROR_USAGE,
			"'%s' has %u virtual devices: name one", q->user,
			x->devices);
	return error_set(err, ERROR_FAILED, "'%s' has no %s%s%s", q->user,
		q->device ? "device '" : "virtual device",
		q->device ? q->device : "", q->device ? "'" : "");
}

/* ---- two codes ---- */

static int aws_step(const struct resync *x, uint64_t *ret, struct error *err)
{
	time_t now = aws_now(x->q->aws->session);

	if (now < 0)
		return error_set(err, ERROR_UNREACHABLE,
			"AWS did not tell its time, so no codes can be made");
	*ret = totp_step(now);
	return 0;
}

/* Until the step has begun by AWS's clock. */
static int wait_for_step(const struct resync *x, uint64_t step,
	struct error *err)
{
	time_t now = aws_now(x->q->aws->session);
	time_t begins = (time_t)(step * TOTP_PERIOD);

	if (now < 0 || now >= begins)
		return 0;
	run_say(x->run, "AWS may have taken the codes of now already: waiting "
		"%lld s for later ones.", (long long)(begins - now));
	return run_pause(x->run, (begins - now) * 1000, err);
}

/* Of steps that have begun, the older one behind what AWS took last. */
static int read_pair(struct resync *x, uint64_t after, struct error *err)
{
	int r = wait_for_step(x, after + 2, err);

	if (r == 0)
		r = aws_step(x, &x->step, err);
	if (r == 0)
		r = code_source_read(&x->source, x->step - 1, 1, x->first, err);
	return r < 0 ? r : code_source_read(&x->source, x->step, 2, x->second,
		err);
}

static int send_pair(void *data, struct error *err)
{
	struct resync *x = data;

	return iam_resync_mfa_device(x->q->aws->session, x->user.name,
		x->device.serial, x->first, x->second, err);
}

/* A pair that AWS may have taken, or refuses as too old, is none to try again. */
static bool wants_later(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED ||
		strcmp(e->foreign, "InvalidAuthenticationCode") == 0;
}

static int resync_send(struct resync *x, struct error *err)
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

/* ---- the proof ---- */

static bool is_caller(const struct resync *x)
{
	const struct aws_credentials *c =
		aws_session_credentials(x->q->aws->session);

	return c->token.n == 0 &&
		strcmp(x->user.id, x->q->aws->caller.user_id) == 0;
}

/* STS hears of it some seconds later than IAM; the code is good for a minute
 * and is spent only where it is taken. */
static int resync_prove(struct resync *x, struct mfa_resynced *ret,
	struct error *err)
{
	static const int64_t pauses[] = { 0, 6000, 9000, 12000 };
	size_t i;
	int r;

	ret->proof = MFA_NOT_ASKED;
	if (!is_caller(x))
		return 0;
	ret->proof = MFA_NOT_YET;
	for (i = 0; i < ARRAY_LEN(pauses); i++) {
		if (i > 0)
			run_say(x->run, "STS does not take the code yet: asking "
				"again in %lld s.",
				(long long)pauses[i] / 1000);
		r = run_pause(x->run, pauses[i], err);
		if (r < 0)
			return r;
		r = sts_check_code(x->q->aws->session, x->device.serial,
			x->second, &ret->why);
		if (r == -ERROR_INTERRUPTED)
			return error_copy(err, &ret->why);
		if (r == 0) {
			ret->proof = MFA_PROVED;
			return 0;
		}
	}
	return 0;
}

int mfa_resync(const struct run *run, const struct mfa_resync *q,
	struct mfa_resynced *ret, struct error *err)
{
	CLEANUP(resync_done) struct resync x = { .run = run, .q = q,
		.source = CODE_SOURCE(run) };
	struct mfa_resynced done = { .proof = MFA_NOT_ASKED };
	int r = resync_find_device(&x, err);

	if (r < 0)
		return r;
	r = code_source_find(&x.source, x.device.serial, err);
	if (r == 0)
		r = resync_send(&x, err);
	if (r == 0)
		r = resync_prove(&x, &done, err);
	if (r < 0)
		return r;
	snprintf(done.user, sizeof(done.user), "%s", x.user.name);
	snprintf(done.serial, sizeof(done.serial), "%s", x.device.serial);
	snprintf(done.oath_account, sizeof(done.oath_account), "%s",
		x.source.account);
	*ret = done;
	return 0;
}
