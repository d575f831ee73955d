/* SPDX-License-Identifier: Apache-2.0 */
/* Two codes for ResyncMFADevice, and whether STS takes one then. */
#include "bridge/account/resync.h"

#include "bridge/account/device.h"
#include "bridge/account/passing.h"
#include "token/card/totp.h"
#include "token/worker/oath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000
#define ROUNDS 2 /* pairs that are read at most */

struct resync {
	const struct run *run;
	const struct mfa_resync *q;
	struct iam_user user;
	struct iam_device device;
	unsigned devices; /* that fit */
	struct worker worker;
	struct oath_target target;
	char account[OATH_NAME_MAX + 1];
	char who[64];     /* the token, for people */
	uint64_t step;    /* of the newer code */
	char first[TOTP_DIGITS_MAX + 1], second[TOTP_DIGITS_MAX + 1];
};

static void resync_done(struct resync *x)
{
	wipe(x->first, sizeof(x->first));
	wipe(x->second, sizeof(x->second));
	worker_done(&x->worker);
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

/* ---- which token ---- */

static bool holds(const struct oath_card *card, const char *account)
{
	size_t i;

	for (i = 0; card->has_oath && i < card->applet.n; i++)
		if (strcmp(card->applet.accounts[i].name, account) == 0)
			return true;
	return false;
}

static void take_card(struct resync *x, const struct oath_card *card)
{
	uint32_t serial;

	memcpy(x->target.place.id, card->applet.id,
		sizeof(x->target.place.id));
	x->target.place.has_serial = card_serial(&card->applet,
		&card->devinfo, &serial);
	x->target.place.serial = x->target.place.has_serial ? serial : 0;
	if (x->target.place.has_serial)
		snprintf(x->who, sizeof(x->who), "token %u", serial);
	else
		snprintf(x->who, sizeof(x->who), "the token");
}

/* The credential's name is the device's and no other's: it finds the token. */
static int find_token(struct resync *x, struct error *err)
{
	const struct oath_search search = { .config = false };
	CLEANUP(free_p) struct oath_card *cards = NULL;
	size_t i, n = 0, held = 0, hits = 0, locked = 0;
	int r = oath_cards(&x->worker, &search, &cards, &n, &held,
		x->run->cancel_fd, deadline_in(CARD_MS), err);

	if (r < 0)
		return r;
	for (i = 0; i < n; i++) {
		locked += cards[i].has_oath && cards[i].applet.locked;
		if (!holds(&cards[i], x->account))
			continue;
		take_card(x, &cards[i]);
		hits++;
	}
	if (hits == 1)
		return 0;
	if (hits > 1)
		return error_set(err, ERROR_CONFLICT,
			"%zu tokens hold an OATH credential '%s': leave one "
			"plugged in", hits, x->account);
	return error_set(err, ERROR_NO_TOKEN,
		"no token here holds the OATH credential '%s'%s: plug it in",
		x->account, locked ? " (a password protects one)" :
		held ? " (another program holds a reader)" : "");
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

static int read_code(struct resync *x, uint64_t step, int touch,
	char ret[TOTP_DIGITS_MAX + 1], struct error *err)
{
	struct oath_response response;
	unsigned char challenge[8];
	int r;

	totp_challenge(step, challenge);
	run_say(x->run, "Touch %s (touch %d of 2) for %s code of %s.", x->who,
		touch, touch == 1 ? "the last" : "the present", x->account);
	r = oath_code(&x->worker, &x->target, challenge, &response,
		x->run->cancel_fd, run_touch_deadline(x->run), err);
	if (r == -ERROR_TIMEOUT)
		return error_set(err, ERROR_TOUCH,
			"the token was not touched in time");
	if (r == 0 && response.digits != 6)
		r = error_set(err, ERROR_UNSUPPORTED,
			"the OATH credential '%s' makes codes of %u digits, and "
			"AWS takes six", x->account, response.digits);
	if (r == 0)
		totp_format(response.truncated, response.digits, ret);
	wipe(&response, sizeof(response));
	return r;
}

/* Of steps that have begun, the older one behind what AWS took last. */
static int read_pair(struct resync *x, uint64_t after, struct error *err)
{
	int r = wait_for_step(x, after + 2, err);

	if (r == 0)
		r = aws_step(x, &x->step, err);
	if (r == 0)
		r = read_code(x, x->step - 1, 1, x->first, err);
	return r < 0 ? r : read_code(x, x->step, 2, x->second, err);
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
		.worker = WORKER_INIT };
	struct mfa_resynced done = { .proof = MFA_NOT_ASKED };
	int r = resync_find_device(&x, err);

	if (r < 0)
		return r;
	account_oath_name(x.device.serial, x.account);
	x.target.name = x.account;
	r = find_token(&x, err);
	if (r == 0)
		r = resync_send(&x, err);
	if (r == 0)
		r = resync_prove(&x, &done, err);
	if (r < 0)
		return r;
	snprintf(done.user, sizeof(done.user), "%s", x.user.name);
	snprintf(done.serial, sizeof(done.serial), "%s", x.device.serial);
	snprintf(done.oath_account, sizeof(done.oath_account), "%s",
		x.account);
	*ret = done;
	return 0;
}
